/** Composition root of the whole page. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { listenEarly } from './commands/early.ts';
import { SessionContext } from './components/SessionContext.ts';
import type { Engine } from './engine/connect.ts';
import { bootFirst } from './engine/session.ts';
import { pageIsWhole } from './engine/test_handle.ts';
import { beginVisit, type Visit } from './engine/visit.ts';
import { startPainter } from './map/index.ts';
import { useMachine } from './state/machine.ts';
import { pictureSettled } from './state/picture.ts';

/** The kernel boots while the page is made, if it is asked for soon: the page is not kept waiting for what has to be fetched before. */
const SOON_MS = 100;
const machineAsked = (): Promise<void> => new Promise((resolve) => {
  const stop = useMachine.subscribe(({ phase }) => {
    if (phase === 'starting' || phase === 'loading') return;
    stop();
    resolve();
  });
  setTimeout(() => {
    stop();
    resolve();
  }, SOON_MS);
});

export async function startPage(container: HTMLElement, engine: Engine, visit: Visit): Promise<void> {
  const { machine, test } = visit;
  listenEarly();
  const session = beginVisit(engine, visit);
  startPainter();
  // What reads and writes scenarios comes when it is wanted: a plain visit is up before.
  const linked = location.hash.length > 1;
  const open = async (): Promise<void> => {
    const opened = linked && await (await import('./scenario/open.ts')).openAddress(session, location.hash);
    if (!opened) await bootFirst(session, machine);
  };
  const opening = open();
  await Promise.race([opening, machineAsked()]);
  createRoot(container).render(<StrictMode><SessionContext value={session}><App /></SessionContext></StrictMode>);
  await opening;
  // A painter shows the picture a moment after the machine is there: what comes now does not take its time.
  await pictureSettled();
  await (await import('./scenario/start.ts')).startScenarios(session, !linked && !test);
  if (test) await import('./components/panels.ts');
  pageIsWhole();
  if (!test) await (await import('./offline.ts')).keepOffline().catch(() => undefined);
}
