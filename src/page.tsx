/** Composition root of the whole page. */
import { StrictMode } from 'react';
import type { Root } from 'react-dom/client';
import { App } from './App.tsx';
import { SessionContext } from './components/SessionContext.ts';
import { bootFirst, type Session } from './engine/session.ts';
import { keepOffline } from './offline.ts';

export async function startPage(root: Root, session: Session, machine: string | null, test: boolean): Promise<void> {
  root.render(<StrictMode><SessionContext value={session}><App /></SessionContext></StrictMode>);
  // What reads and writes scenarios comes when it is wanted: a plain visit is up before.
  const linked = location.hash.length > 1;
  const opened = linked && await (await import('./scenario/start.ts')).openAddress(session, location.hash);
  if (!opened) await bootFirst(session, machine);
  await (await import('./scenario/start.ts')).startScenarios(session, !linked && !test);
  if (!test) await keepOffline().catch(() => undefined);
}
