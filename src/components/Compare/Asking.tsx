/** How far the way to both places is. */
import { percent } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { useTime } from '../../state/time.ts';
import { t } from '../../strings/later.ts';
import styles from './Compare.module.css';

export function Asking() {
  const heading = useTime((s) => s.heading);
  const seq = useMachine((s) => s.seq);
  const at = heading === undefined ? 0 : Math.min(seq, heading);
  const end = Math.max(1, heading ?? 1);
  return (
    <p role="status" className={styles.asking}>
      <progress max={end} value={at} aria-hidden="true" />
      {t.timeline.asking(percent(at, end))}
    </p>
  );
}
