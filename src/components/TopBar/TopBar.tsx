/** Name, machine, edition, transport, clock, theme. */
import type { Stride } from '../../../workers/uapi/time.ts';
import { clock, count } from '../../format/numbers.ts';
import { type Speed, useMachine } from '../../state/machine.ts';
import { useChrome } from '../../state/chrome.ts';
import { chooseTheme, type Theme, THEME_NAMES, useTheme } from '../../state/theme.ts';
import { showScenarioDialog, useScenario } from '../../state/scenario.ts';
import { t } from '../../strings/index.ts';
import { ImportButton } from '../ImportDialog/ImportButton.tsx';
import { askForMenu, VIEW_BUTTON, VIEW_MENU } from '../Panels/view_button.ts';
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

/** `wide`: shown where there is room; what it does is in the list of places to go to as well. */
function Tool({ icon, label, onClick, on, wide }: { icon: IconName; label: string; onClick: () => void; on?: boolean; wide?: boolean }) {
  return <button type="button" className={[styles.tool, on && styles.on, wide && styles.wide].filter(Boolean).join(' ')} aria-label={label} title={label} onClick={onClick}><Icon name={icon} /></button>;
}

/** Longer ways: one choice, and it goes. */
const WAYS = [
  ['into', 'into', 1], ['over', 'over', 1], ['out', 'out', 1], ['notifier', 'notifier', 1], ['failure', 'failure', 1], ['pass', 'pass', 1], ['command', 'command', 1],
  ['backInto', 'into', -1], ['backOver', 'over', -1], ['backOut', 'out', -1], ['backNotifier', 'notifier', -1], ['backFailure', 'failure', -1], ['backPass', 'pass', -1], ['backCommand', 'command', -1],
] as const satisfies readonly (readonly [keyof typeof t.time.strides, Stride, 1 | -1])[];
function GoTo() {
  const session = useSession();
  function go(name: string): void {
    const way = WAYS.find(([of]) => of === name);
    if (way) void session.stride(way[1], way[2]);
    else void session.seek(name === 'start' ? 0 : Number.MAX_SAFE_INTEGER);
  }
  return (
    <label className={styles.speed}>
      <span className="visually-hidden">{t.time.goTo}</span>
      <select value="" onChange={(event) => { go(event.target.value); }}>
        <option value="" disabled hidden>{t.time.goTo}</option>
        {[...WAYS.map(([name]) => name), 'start' as const, 'end' as const].map((name) => <option key={name} value={name}>{t.time.strides[name]}</option>)}
      </select>
    </label>
  );
}

function Transport() {
  const session = useSession();
  const playing = useMachine((s) => s.pace.mode === 'playing');
  const speed = useMachine((s) => s.speed);
  const time = useMachine((s) => s.time);
  return (
    <div className={styles.transport} role="group" aria-label={t.top.controls}>
      <Tool icon="undo" label={t.time.undo} onClick={() => void session.undo()} />
      <Tool icon="backOut" wide label={t.time.backOut} onClick={() => void session.stride('out', -1)} />
      <Tool icon="backOver" wide label={t.time.backOver} onClick={() => void session.stride('over', -1)} />
      <Tool icon="stepBack" label={t.time.back} onClick={() => void session.stride('event', -1)} />
      {playing
        ? <Tool icon="pause" label={t.top.pause} on onClick={() => void session.pause()} />
        : <Tool icon="play" label={t.top.play} on onClick={() => void session.play()} />}
      <Tool icon="step" label={t.top.step} onClick={() => void session.step()} />
      <Tool icon="over" wide label={t.time.over} onClick={() => void session.stride('over', 1)} />
      <Tool icon="stepOut" wide label={t.top.stepOut} onClick={() => void session.stride('out', 1)} />
      <GoTo />
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
  // A lecture has picture, transport and captions: what opens or builds machines is for before it.
  const lecture = useChrome((s) => s.lecture);
  const edition = useMachine((s) => s.edition);
  const release = useMachine((s) => s.booted?.release);
  const theme = useTheme((s) => s.theme);
  const other = THEME_NAMES[(THEME_NAMES.indexOf(theme) + 1) % THEME_NAMES.length] as Theme;
  return (
    <header className={styles.bar}>
      <Brand />
      <MachineChooser />
      {!lecture && <ImportButton />}
      <Tool icon="gallery" label={t.top.scenarios} onClick={() => { showScenarioDialog('gallery'); }} />
      {edition !== '' && <span className={styles.edition} title={release}><span>{t.top.kernel}</span> {t.top.edition(edition)}</span>}
      <Transport />
      {!lecture && <PlugButton />}
      <button type="button" id={VIEW_BUTTON} className={styles.tool} aria-label={t.top.view} title={t.top.view} popoverTarget={VIEW_MENU} onClick={askForMenu}><Icon name="view" /></button>
      <Tool icon="share" label={t.top.share} onClick={() => { showScenarioDialog('share'); }} />
      <Tool icon={THEME_ICONS[other]} label={t.top[other]} onClick={() => { chooseTheme(other); }} />
    </header>
  );
}
