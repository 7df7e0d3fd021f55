/** On the way through time, or to the moment that a link names: how far it is, and a way out. */
import { count, percent } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { useScenario } from '../../state/scenario.ts';
import { useTime } from '../../state/time.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import styles from './Timeline.module.css';

export function Replaying() {
  const session = useSession();
  const seq = useMachine((s) => s.seq);
  const heading = useTime((s) => s.heading);
  const arriving = useTime((s) => s.arriving);
  const position = useScenario((s) => s.report?.position ?? 0);
  const steps = useScenario((s) => s.steps);
  if (heading === undefined && !arriving) return null;
  const [at, of] = heading === undefined ? [position, Math.max(1, steps)] : [Math.min(seq, heading), Math.max(1, heading)];
  return (
    <p className={styles.replaying} role="status">
      <progress max={of} value={at} aria-hidden="true" />
      <span>{heading === undefined ? t.timeline.arriving(Math.min(at + 1, of), of, count(seq)) : t.timeline.replaying(percent(at, of))}</span>
      <button type="button" onClick={() => void session.stop()}>{t.timeline.stop}</button>
    </p>
  );
}
