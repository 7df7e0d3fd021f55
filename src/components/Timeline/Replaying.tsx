/** On the way through time: how far it is, and a way out. */
import { percent } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { useTime } from '../../state/time.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import styles from './Timeline.module.css';

export function Replaying() {
  const session = useSession();
  const seq = useMachine((s) => s.seq);
  const heading = useTime((s) => s.heading);
  if (heading === undefined) return null;
  const [at, of] = [Math.min(seq, heading), Math.max(1, heading)];
  return (
    <p className={styles.replaying} role="status">
      <progress max={of} value={at} aria-hidden="true" />
      {t.timeline.replaying(percent(at, of))}
      <button type="button" onClick={() => void session.stop()}>{t.timeline.stop}</button>
    </p>
  );
}
