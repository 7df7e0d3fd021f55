/** The kinds, with how many frames of each there are; a click shows one alone. */
import {
  KIND_ANON, KIND_BALLOON, KIND_CRASHKERNEL, KIND_FILE, KIND_FREE, KIND_HUGETLB, KIND_HWPOISON, KIND_ISOLATED, KIND_KERNEL, KIND_MEMMAP, KIND_MLOCKED, KIND_NAMES, KIND_OFFLINE,
  KIND_PAGETABLE, KIND_PINNED, KIND_RESERVED, KIND_SLAB, KIND_THP, KIND_UNPLUGGED,
} from '../../../workers/uapi/page_kind.ts';
import { count } from '../../format/numbers.ts';
import { useLens } from '../../state/lens.ts';
import { useMachine } from '../../state/machine.ts';
import { toggleKind, useView } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { LensLegend } from './LensLegend.tsx';
import { Swatch } from './Swatch.tsx';
import styles from './Legend.module.css';

const GROUPS = [
  ['movable', [KIND_ANON, KIND_FILE, KIND_THP, KIND_HUGETLB, KIND_MLOCKED]],
  ['unmovable', [KIND_SLAB, KIND_PAGETABLE, KIND_KERNEL, KIND_MEMMAP, KIND_PINNED]],
  ['idle', [KIND_FREE, KIND_ISOLATED, KIND_OFFLINE]],
  ['aside', [KIND_RESERVED, KIND_CRASHKERNEL, KIND_HWPOISON, KIND_UNPLUGGED, KIND_BALLOON]],
] as const;
/** Shown although the machine has none of them: the picture is read by them. The others come when they are there. */
const ALWAYS = new Set<number>([KIND_ANON, KIND_FILE, KIND_THP, KIND_HUGETLB, KIND_MLOCKED, KIND_SLAB, KIND_PAGETABLE, KIND_KERNEL, KIND_MEMMAP, KIND_PINNED, KIND_FREE, KIND_ISOLATED, KIND_OFFLINE, KIND_RESERVED, KIND_CRASHKERNEL, KIND_HWPOISON]);

function Kind({ kind }: { kind: number }) {
  const frames = useMachine((s) => s.kinds[kind] ?? 0);
  const isolated = useView((s) => s.isolated);
  const name = KIND_NAMES[kind] ?? 'absent';
  if (frames === 0 && !ALWAYS.has(kind)) return null;
  return (
    <li data-none={frames === 0 || undefined}>
      <button type="button" className={isolated !== undefined && isolated !== kind ? `${styles.kind} ${styles.faded}` : styles.kind} aria-pressed={isolated === kind} onClick={() => { toggleKind(kind); }}>
        <Swatch kind={kind} />
        <span className={styles.name}>{t.legend.kinds[name]}</span>
        <span className={styles.count}>{frames === 0 ? '–' : count(frames)}</span>
      </button>
    </li>
  );
}

export function Legend() {
  const lens = useLens((s) => s.shown);
  if (lens !== 'kind') return <LensLegend lens={lens} />;
  return (
    <section className={styles.legend} aria-label={t.legend.label}>
      {GROUPS.map(([group, kinds]) => (
        <div key={group} className={styles.group}>
          <h4>{t.legend.groups[group]}</h4>
          <ul>{kinds.map((kind) => <Kind key={kind} kind={kind} />)}</ul>
        </div>
      ))}
    </section>
  );
}
