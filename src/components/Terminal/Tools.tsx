/** Clear, size of letters, wrapping, saving. */
import { useMachine } from '../../state/machine.ts';
import { clearTerminal, linesOf, setLook, SIZES, useTerminal } from '../../state/terminal.ts';
import { t } from '../../strings/later.ts';
import { Icon, type IconName } from '../Icon/Icon.tsx';
import { HidePanel } from '../Panels/HidePanel.tsx';
import { useSession } from '../SessionContext.ts';
import { save, scenarioOf, transcript } from './transcript.ts';
import styles from './Terminal.module.css';

function Tool({ icon, label, disabled, pressed, onClick }: { icon: IconName; label: string; disabled?: boolean; pressed?: boolean; onClick: () => void }) {
  return <button type="button" className={styles.tool} aria-label={label} title={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}><Icon name={icon} /></button>;
}

export function Tools() {
  const session = useSession();
  const size = useTerminal((s) => s.size);
  const wrap = useTerminal((s) => s.wrap);
  const at = (SIZES as readonly number[]).indexOf(size);
  const other = (by: number): void => { setLook({ size: SIZES[at + by] ?? size }); };
  async function saveScenario(): Promise<void> {
    const { machine, machines } = useMachine.getState();
    const entry = machines.find(({ id }) => id === machine);
    save(`${machine ?? 'machine'}.scn`, scenarioOf(entry?.name ?? t.name, entry?.imported === true ? undefined : machine, await session.engine.api.journal()));
  }
  return (
    <div className={styles.tools} role="toolbar" aria-label={t.terminal.tools}>
      <Tool icon="smaller" label={t.terminal.smaller} disabled={at <= 0} onClick={() => { other(-1); }} />
      <Tool icon="larger" label={t.terminal.larger} disabled={at === SIZES.length - 1} onClick={() => { other(1); }} />
      <Tool icon="wrap" label={t.terminal.wrap} pressed={wrap} onClick={() => { setLook({ wrap: !wrap }); }} />
      <HidePanel panel="terminal" />
      <Tool icon="save" label={t.terminal.save} onClick={() => { save(`${t.terminal.transcript(useMachine.getState().machine ?? '')}.txt`.replace(/\s+/g, '-'), transcript(linesOf(useTerminal.getState()))); }} />
      <Tool icon="scenario" label={t.terminal.saveScenario} onClick={() => void saveScenario()} />
      <Tool icon="clear" label={t.terminal.clear} onClick={clearTerminal} />
    </div>
  );
}
