/** Opens the dialog that plugs a DIMM, on machines whose board has sockets. */
import { showDialog } from '../../state/gesture.ts';
import { useMachine } from '../../state/machine.ts';
import { t } from '../../strings/index.ts';
import styles from './PlugButton.module.css';

export function PlugButton() {
  const sockets = useMachine((s) => s.snapshot?.slots.length ?? 0);
  if (sockets === 0) return null;
  return <button type="button" className={styles.plug} onClick={() => { showDialog({ kind: 'plug' }); }}>{t.map.plug}</button>;
}
