/** A block on its way out: how far it is, counted from the frames as they are drawn. */
import { KIND_ANON, KIND_FREE, KIND_ISOLATED, KIND_MLOCKED, NR_KINDS } from '../../../workers/uapi/page_kind.ts';
import { count } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';

const scratch = new Int32Array(NR_KINDS);

export function Going({ block }: { block: number }) {
  const session = useSession();
  // Published ten times a second while something runs: the counts are as fresh as that.
  useMachine((s) => s.snapshot);
  const frames = session.counts()?.block(block, scratch) ?? scratch;
  const all = frames.reduce((sum, n) => sum + n, 0);
  const caged = (frames[KIND_ISOLATED] ?? 0) + (frames[KIND_FREE] ?? 0);
  const left = frames.subarray(KIND_ANON, KIND_MLOCKED + 1).reduce((sum, n) => sum + n, 0);
  const rows = [[left, t.detail.left], [caged, t.detail.caged], [all - caged - left, t.detail.stuck]] as const;
  return (
    <>
      <progress max={all} value={caged} aria-label={t.detail.going} />
      <ul>{rows.map(([n, what]) => n > 0 && <li key={what}><span><b>{count(n)}</b> {what}</span></li>)}</ul>
    </>
  );
}
