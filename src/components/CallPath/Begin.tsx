/** Before anything has run: three ways to begin. */
import { OFFLINE_LANE } from '../../gestures/lanes.ts';
import { showDialog } from '../../state/gesture.ts';
import { useMachine } from '../../state/machine.ts';
import { showScenarioDialog } from '../../state/scenario.ts';
import { useView } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { carryOut, planFor } from '../moves.ts';
import { useSession } from '../SessionContext.ts';
import styles from './CallPath.module.css';

export function Begin() {
  const session = useSession();
  const sockets = useMachine((s) => s.snapshot?.slots.length ?? 0);
  const began = useMachine((s) => s.seq > 0);
  const block = useView((s) => s.block);
  const plan = block === undefined ? undefined : planFor(block, OFFLINE_LANE);
  return (
    <div className={styles.empty}>
      <p>{began ? t.calls.none : t.calls.empty}</p>
      <p className={styles.jumps}>
        {plan?.kind === 'move' && <button type="button" onClick={() => { carryOut(session, plan); }}>{t.calls.takeOffline(block ?? 0)}</button>}
        {sockets > 0 && <button type="button" onClick={() => { showDialog({ kind: 'plug' }); }}>{t.map.plug}</button>}
        <button type="button" onClick={() => { showScenarioDialog('gallery'); }}>{t.calls.scenarios}</button>
      </p>
    </div>
  );
}
