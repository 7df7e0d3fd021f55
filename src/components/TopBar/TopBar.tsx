/** Name, machine, edition, transport, clock, theme. */
import { clock, count } from '../../format/numbers.ts';
import { type Speed, useMachine } from '../../state/machine.ts';
import { chooseTheme, type Theme, THEME_NAMES, useTheme } from '../../state/theme.ts';
import { showScenarioDialog, useScenario } from '../../state/scenario.ts';
import { t } from '../../strings/index.ts';
import { ImportButton } from '../ImportDialog/ImportButton.tsx';
import { PlugButton } from '../PlugDialog/PlugButton.tsx';
import { Icon, type IconName } from '../Icon/Icon.tsx';
import { useSession } from '../SessionContext.ts';
import styles from './TopBar.module.css';

/** Events a second that can be chosen. */
const SPEEDS = ['auto', 5, 25, 100, 250, 1000, 10_000, Number.POSITIVE_INFINITY] as const satisfies readonly Speed[];
const speedName = (speed: Speed): string => (speed === 'auto' ? t.top.auto : Number.isFinite(speed) ? t.top.perSecond(count(speed)) : t.top.full);

const THEME_ICONS = { dark: 'moon', light: 'sun', projector: 'projector' } as const satisfies Record<Theme, IconName>;

function Brand() {
  return (
    <h1 className={styles.brand}>
      <svg viewBox="0 0 22 14" aria-hidden="true">
        <path className={styles.normal} d="M8 0h6v6H8zM0 8h6v6H0z" />
        <path className={styles.movable} d="M0 0h6v6H0zM16 0h6v6h-6zM8 8h6v6H8z" />
        <path className={styles.away} d="M16.5 8.5h5v5h-5z" />
      </svg>
      {t.name}
    </h1>
  );
}

function MachineChooser() {
  const session = useSession();
  const machines = useMachine((s) => s.machines);
  const machine = useMachine((s) => s.machine);
  const busy = useMachine((s) => s.phase === 'loading' || s.phase === 'booting');
  const title = useScenario((s) => s.title);
  const about = machines.find(({ id }) => id === machine)?.about;
  return (
    <label className={styles.select} title={about}>
      <span className="visually-hidden">{t.top.machine}</span>
      <select
        value={machine ?? ''}
        disabled={busy || machines.length === 0}
        onChange={(event) => {
          const entry = machines.find(({ id }) => id === event.target.value);
          if (entry) void session.choose(entry);
        }}
      >
        {machine === undefined && <option value="">{title || t.top.own}</option>}
        {machines.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
      </select>
    </label>
  );
}

function Tool({ icon, label, onClick, on }: { icon: IconName; label: string; onClick: () => void; on?: boolean }) {
  return <button type="button" className={on ? `${styles.tool} ${styles.on}` : styles.tool} aria-label={label} title={label} onClick={onClick}><Icon name={icon} /></button>;
}

function Transport() {
  const session = useSession();
  const playing = useMachine((s) => s.pace.mode === 'playing');
  const speed = useMachine((s) => s.speed);
  const time = useMachine((s) => s.time);
  return (
    <div className={styles.transport} role="group" aria-label={t.top.controls}>
      {playing
        ? <Tool icon="pause" label={t.top.pause} on onClick={() => void session.pause()} />
        : <Tool icon="play" label={t.top.play} on onClick={() => void session.play()} />}
      <Tool icon="step" label={t.top.step} onClick={() => void session.step()} />
      <Tool icon="stepOut" label={t.top.stepOut} onClick={() => void session.stepOut()} />
      <Tool icon="finish" label={t.top.finish} onClick={() => void session.finish()} />
      <output className={styles.clock} aria-live="off" title={t.top.clock}>{clock(time)}</output>
      <label className={styles.speed}>
        <span className="visually-hidden">{t.top.speed}</span>
        <select value={String(speed)} onChange={(event) => void session.setSpeed(event.target.value === 'auto' ? 'auto' : Number(event.target.value))}>
          {SPEEDS.map((n) => <option key={n} value={String(n)}>{speedName(n)}</option>)}
        </select>
      </label>
    </div>
  );
}

export function TopBar() {
  const edition = useMachine((s) => s.edition);
  const release = useMachine((s) => s.booted?.release);
  const theme = useTheme((s) => s.theme);
  const other = THEME_NAMES[(THEME_NAMES.indexOf(theme) + 1) % THEME_NAMES.length] as Theme;
  return (
    <header className={styles.bar}>
      <Brand />
      <MachineChooser />
      <ImportButton />
      <Tool icon="gallery" label={t.top.scenarios} onClick={() => { showScenarioDialog('gallery'); }} />
      {edition !== '' && <span className={styles.edition} title={release}><span>{t.top.kernel}</span> {t.top.edition(edition)}</span>}
      <Transport />
      <PlugButton />
      <Tool icon="share" label={t.top.share} onClick={() => { showScenarioDialog('share'); }} />
      <Tool icon={THEME_ICONS[other]} label={t.top[other]} onClick={() => { chooseTheme(other); }} />
    </header>
  );
}
