/** Where the panels are; no logic. */
import { Compare } from './components/Compare/Compare.tsx';
import { Detail } from './components/Detail/Detail.tsx';
import { Events } from './components/Events/Events.tsx';
import { Facts } from './components/Facts/Facts.tsx';
import { Fatal } from './components/Fatal/Fatal.tsx';
import { Footer } from './components/Footer/Footer.tsx';
import { ImportDialog } from './components/ImportDialog/ImportDialog.tsx';
import { Live } from './components/Live/Live.tsx';
import { MemoryMap } from './components/MemoryMap/MemoryMap.tsx';
import { Commands } from './components/Palette/Commands.tsx';
import { Caption } from './components/Caption/Caption.tsx';
import { PlugDialog } from './components/PlugDialog/PlugDialog.tsx';
import { ScenarioBar } from './components/ScenarioBar/ScenarioBar.tsx';
import { Separator } from './components/Separator/Separator.tsx';
import { SidePanel } from './components/SidePanel/SidePanel.tsx';
import { Terminal } from './components/Terminal/Terminal.tsx';
import { TopBar } from './components/TopBar/TopBar.tsx';
import { useChrome } from './state/chrome.ts';
import { useLayout } from './state/layout.ts';
import { useMachine } from './state/machine.ts';
import { t } from './strings/index.ts';
import styles from './App.module.css';

export function App() {
  const failure = useMachine((s) => s.failure);
  const phase = useMachine((s) => s.phase);
  const sizes = useLayout();
  const lecture = useChrome((s) => s.lecture);
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
      <main className={styles.main} style={{ '--side': `${sizes.side}px` } as React.CSSProperties} aria-busy={waiting !== undefined}>
        <div className={styles.left} style={left}>
          <Facts />
          <MemoryMap />
          <Separator panel="map" grows="down" controls="map" />
          <Detail />
          <Separator panel="terminal" grows="up" controls="terminal" />
          <Terminal />
          {waiting && <p className={styles.waiting} role="status">{waiting}</p>}
        </div>
        <Separator panel="side" grows="left" controls="side" />
        <aside className={styles.side} style={right} id="side" aria-label={t.side.tabs}>
          <SidePanel />
          <Separator panel="calls" grows="down" controls="calls" />
          <Events />
        </aside>
      </main>
      <Footer />
      <Caption />
      <PlugDialog />
      <ImportDialog />
      <Commands />
      <Compare />
      <Live />
    </div>
  );
}
