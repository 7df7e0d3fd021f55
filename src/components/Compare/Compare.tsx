/** Two branches side by side: the map of each and of their difference, their numbers, and the blocks that are otherwise. */
import type { Comparison, Place } from '../../../workers/uapi/time.ts';
import { clock, count, word } from '../../format/numbers.ts';
import { useTime } from '../../state/time.ts';
import { selectBlock } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import { useDialog } from '../useDialog.ts';
import { Asking } from './Asking.tsx';
import styles from './Compare.module.css';
import { Maps } from './Maps.tsx';

/** Rows beyond this are summed up by their number alone. */
const MAX_ROWS = 200;
const signed = (n: number): string => (n > 0 ? `+${count(n)}` : n < 0 ? `−${count(-n)}` : '0');
const SIDES = ['a', 'b'] as const;
/** What is counted, beside what /proc/zoneinfo counts by names of its own. */
const counted = (name: string): string => name.replace('memory blocks', t.timeline.counted.blocks).replace('pages migrated', t.timeline.counted.migrated);

function useTitle(): (place: Place) => string {
  const branches = useTime((s) => s.branches);
  return ({ branch, seq }) => `${t.timeline.branchName(branches.find(({ id }) => id === branch)?.name ?? '', branch)}, ${t.timeline.atEvent(count(seq))}`;
}

/** Where there are more than two branches: which ones. Each at its end. */
function Sides({ of }: { of: Comparison }) {
  const session = useSession();
  const branches = useTime((s) => s.branches);
  if (branches.length < 3) return null;
  return (
    <div className={styles.sides}>
      {SIDES.map((side) => (
        <label key={side}>
          <span>{t.timeline.sides[side]}</span>
          <select
            value={of[side].branch}
            onChange={(event) => {
              const chosen = branches.find(({ id }) => id === Number(event.target.value));
              const place = chosen && { branch: chosen.id, seq: chosen.end };
              if (place) void session.compare(side === 'a' ? place : of.a, side === 'b' ? place : of.b);
            }}
          >
            {branches.map(({ id, name, end }) => <option key={id} value={id}>{`${t.timeline.branchName(name, id)} · ${count(end)}`}</option>)}
          </select>
        </label>
      ))}
    </div>
  );
}

function Numbers({ of }: { of: Comparison }) {
  const { a, b } = of;
  const title = useTitle();
  const names = [...new Set([...Object.keys(a.counts), ...Object.keys(b.counts)])].filter((name) => a.counts[name] !== b.counts[name]);
  return (
    <table className={styles.table}>
      <thead><tr><td /><th scope="col">{title(a)}</th><th scope="col">{title(b)}</th><th scope="col">{t.timeline.difference}</th></tr></thead>
      <tbody>
        <tr><th scope="row">{t.top.clock}</th><td>{clock(a.time)}</td><td>{clock(b.time)}</td><td /></tr>
        <tr><th scope="row">{t.foot.digest('')}</th><td>{word(a.digest)}</td><td>{word(b.digest)}</td><td /></tr>
        {names.map((name) => (
          <tr key={name}><th scope="row">{counted(name)}</th><td>{count(a.counts[name] ?? 0)}</td><td>{count(b.counts[name] ?? 0)}</td><td>{signed((b.counts[name] ?? 0) - (a.counts[name] ?? 0))}</td></tr>
        ))}
        {of.blocks.slice(0, MAX_ROWS).map(({ id, a: was, b: is, frames }) => (
          <tr key={id}>
            <th scope="row"><button type="button" onClick={() => { selectBlock(id); }}>memory{id}</button></th>
            <td>{was || t.timeline.absent}</td><td>{is || t.timeline.absent}</td><td>{frames > 0 ? t.timeline.framesDiffer(count(frames)) : ''}</td>
          </tr>
        ))}
        {of.blocks.length > MAX_ROWS && <tr><th scope="row">{t.map.more(of.blocks.length - MAX_ROWS)}</th><td /><td /><td /></tr>}
      </tbody>
    </table>
  );
}

export function Compare() {
  const session = useSession();
  const comparison = useTime((s) => s.comparison);
  const open = comparison !== undefined;
  const dialog = useDialog(open);
  const title = useTitle();
  if (!open) return null;
  const close = (): void => {
    if (comparison === 'asking') void session.stop();
    useTime.setState({ comparison: undefined });
  };
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="compare-title" onClose={close}>
      <header>
        <h2 id="compare-title">{t.timeline.compareTitle}</h2>
        <button type="button" onClick={close}>{comparison === 'asking' ? t.timeline.stop : t.timeline.close}</button>
      </header>
      {comparison === 'asking' ? <Asking /> : (
        <>
          <Sides of={comparison} />
          <Maps of={comparison} titles={[title(comparison.a), title(comparison.b)]} />
          {comparison.a.digest === comparison.b.digest ? <p>{t.timeline.same}</p> : <Numbers of={comparison} />}
        </>
      )}
    </dialog>
  );
}
