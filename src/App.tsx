/** Where the panels are; no logic. */
import { Facts } from './components/Facts/Facts.tsx';
import { Fatal } from './components/Fatal/Fatal.tsx';
import { panel } from './components/later.tsx';
import { Live } from './components/Live/Live.tsx';
import { MemoryMap } from './components/MemoryMap/MemoryMap.tsx';
import { Caption } from './components/Caption/Caption.tsx';
import { ScenarioBar } from './components/ScenarioBar/ScenarioBar.tsx';
import { Separator } from './components/Separator/Separator.tsx';
import { TopBar } from './components/TopBar/TopBar.tsx';
import { useDroppedFiles } from './components/useDroppedFiles.ts';
import { useChrome } from './state/chrome.ts';
import { useShown } from './state/hidden.ts';
import { useLayout } from './state/layout.ts';
import { useMachine } from './state/machine.ts';
import { t } from './strings/index.ts';
import styles from './App.module.css';

const Detail = panel('Detail', () => <div />);
const Dialogs = panel('Dialogs');
const Events = panel('Events', () => <div />);
const Footer = panel('Footer', () => <footer className={styles.foot} />);
const SidePanel = panel('SidePanel', () => <div id="calls" />);
const Terminal = panel('Terminal', () => <div id="terminal" />);

export function App() {
  const failure = useMachine((s) => s.failure);
  const phase = useMachine((s) => s.phase);
  const sizes = useLayout();
  const lecture = useChrome((s) => s.lecture);
  const [detail, terminal, calls, events] = [useShown('detail'), useShown('terminal'), useShown('calls'), useShown('events')];
  useDroppedFiles();
  if (failure) return <Fatal sentence={failure.sentence} detail={failure.detail} />;
  const waiting = phase === 'ready' || phase === 'failed' ? undefined : t.phase[phase];
  const left = { '--map': `${sizes.map}px`, '--terminal': `${sizes.terminal}px` } as React.CSSProperties;
  const right = { '--calls': `${sizes.calls}px` } as React.CSSProperties;
  return (
    <div className={lecture ? `${styles.app} ${styles.lecture}` : styles.app}>
      <div>
        <TopBar />
        <ScenarioBar />
      </div>
      <main className={calls || events ? styles.main : `${styles.main} ${styles.noSide}`} style={{ '--side': `${sizes.side}px` } as React.CSSProperties} aria-busy={waiting !== undefined}>
        <div className={[styles.left, !detail && styles.noDetail, !terminal && styles.noTerminal].filter(Boolean).join(' ')} style={left}>
          <Facts />
          <MemoryMap />
          {detail && <Separator panel="map" grows="down" controls="map" />}
          {detail && <Detail />}
          {terminal && <Separator panel="terminal" grows="up" controls="terminal" />}
          {terminal && <Terminal />}
          {waiting && <p className={styles.waiting} role="status">{waiting}</p>}
        </div>
        {(calls || events) && (
          <>
            <Separator panel="side" grows="left" controls="side" />
            <aside className={calls && events ? styles.side : `${styles.side} ${styles.single}`} style={right} id="side" aria-label={t.side.tabs}>
              {calls && <SidePanel />}
              {calls && events && <Separator panel="calls" grows="down" controls="calls" />}
              {events && <Events />}
            </aside>
          </>
        )}
      </main>
      <Footer />
      <Caption />
      <Dialogs />
      <Live />
    </div>
  );
}
