/** Two branches side by side: a strip of the map that shows where they differ, their numbers, and the blocks that are otherwise. */
import type { Comparison, Place } from '../../../workers/uapi/time.ts';
import { clock, count, word } from '../../format/numbers.ts';
import { useTime } from '../../state/time.ts';
import { selectBlock } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import { useDialog } from '../useDialog.ts';
import styles from './Compare.module.css';

/** Rows beyond this are summed up by their number alone. */
const MAX_ROWS = 200;
const signed = (n: number): string => (n > 0 ? `+${count(n)}` : n < 0 ? `−${count(-n)}` : '0');

function Strip({ changed }: { changed: readonly number[] }) {
  const last = changed.findLastIndex((share) => share > 0);
  const n = changed.filter((share) => share > 0).length;
  return (
    <svg className={styles.strip} viewBox={`0 0 ${Math.max(1, changed.length)} 10`} preserveAspectRatio="none" role="img" aria-label={t.time.strip(n)}>
      <rect className={styles.ground} width={changed.length} height={10} />
      {changed.slice(0, last + 1).map((share, id) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place
        share > 0 && <rect key={id} className={styles.changed} x={id} width={1} y={10 - 10 * Math.max(0.15, share)} height={10 * Math.max(0.15, share)} />
      ))}
    </svg>
  );
}

function Numbers({ of }: { of: Comparison }) {
  const { a, b } = of;
  const branches = useTime((s) => s.branches);
  const title = ({ branch, seq }: Place): string => `${t.time.branchName(branches.find(({ id }) => id === branch)?.name ?? '', branch)}, ${t.time.atEvent(count(seq))}`;
  const names = [...new Set([...Object.keys(a.counts), ...Object.keys(b.counts)])].filter((name) => a.counts[name] !== b.counts[name]);
  return (
    <table className={styles.table}>
      <thead><tr><td /><th scope="col">{title(a)}</th><th scope="col">{title(b)}</th><th scope="col">{t.time.difference}</th></tr></thead>
      <tbody>
        <tr><th scope="row">{t.top.clock}</th><td>{clock(a.time)}</td><td>{clock(b.time)}</td><td /></tr>
        <tr><th scope="row">{t.foot.digest('')}</th><td>{word(a.digest)}</td><td>{word(b.digest)}</td><td /></tr>
        {names.map((name) => (
          <tr key={name}><th scope="row">{name}</th><td>{count(a.counts[name] ?? 0)}</td><td>{count(b.counts[name] ?? 0)}</td><td>{signed((b.counts[name] ?? 0) - (a.counts[name] ?? 0))}</td></tr>
        ))}
        {of.blocks.slice(0, MAX_ROWS).map(({ id, a: was, b: is, frames }) => (
          <tr key={id}>
            <th scope="row"><button type="button" onClick={() => { selectBlock(id); }}>memory{id}</button></th>
            <td>{was || t.time.absent}</td><td>{is || t.time.absent}</td><td>{frames > 0 ? t.time.framesDiffer(count(frames)) : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Compare() {
  const comparison = useTime((s) => s.comparison);
  const open = comparison !== undefined;
  const dialog = useDialog(open);
  if (!open) return null;
  const close = (): void => { useTime.setState({ comparison: undefined }); };
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="compare-title" onClose={close}>
      <header>
        <h2 id="compare-title">{t.time.compareTitle}</h2>
        <button type="button" onClick={close}>{t.time.close}</button>
      </header>
      {comparison === 'asking' ? <p role="status">{t.time.asking}</p> : (
        <>
          <Strip changed={comparison.changed} />
          {comparison.a.digest === comparison.b.digest ? <p>{t.time.same}</p> : <Numbers of={comparison} />}
        </>
      )}
    </dialog>
  );
}
