/** A kind's colour or pattern, with the mark that carries it where colour cannot. */
import { KIND_BALLOON, KIND_FREE, KIND_HWPOISON, KIND_ISOLATED, KIND_NAMES, KIND_OFFLINE, KIND_PINNED, KIND_UNPLUGGED } from '../../../workers/uapi/page_kind.ts';
import { coloursForced, ForcedSwatch } from './ForcedSwatch.tsx';
import styles from './Swatch.module.css';

const MARKS: Readonly<Record<number, React.ReactNode>> = {
  [KIND_FREE]: <rect x=".5" y=".5" width="10" height="10" rx="1.5" className={styles.edge} />,
  [KIND_ISOLATED]: <path d="M0 5 5 0M1 11 11 1M7 11l4-4" className={styles.hatch} />,
  [KIND_OFFLINE]: <rect x=".5" y=".5" width="10" height="10" className={styles.dashed} />,
  [KIND_PINNED]: <circle cx="5.5" cy="5.5" r="2.6" className={styles.ring} />,
  [KIND_HWPOISON]: <path d="m3 3 5 5m0-5-5 5" className={styles.cross} />,
  [KIND_UNPLUGGED]: <g className={styles.dots}><circle cx="2" cy="2" r="1" /><circle cx="5.5" cy="5.5" r="1" /><circle cx="9" cy="2" r="1" /><circle cx="2" cy="9" r="1" /><circle cx="9" cy="9" r="1" /></g>,
  [KIND_BALLOON]: <circle cx="5.5" cy="5.5" r="3.6" className={styles.balloon} />,
};
const HOLLOW = new Set<number>([KIND_OFFLINE, KIND_UNPLUGGED, KIND_BALLOON]);

export function Swatch({ kind }: { kind: number }) {
  if (coloursForced() && kind !== KIND_OFFLINE) return <ForcedSwatch value={kind} lens="kind" />;
  return (
    <svg className={styles.swatch} viewBox="0 0 11 11" aria-hidden="true">
      {!HOLLOW.has(kind) && <rect width="11" height="11" rx="2" fill={`var(--k-${KIND_NAMES[kind]})`} />}
      {MARKS[kind]}
    </svg>
  );
}
