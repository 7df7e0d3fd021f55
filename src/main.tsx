/** Composition root: reads the address, starts the kernel's worker, hands both to the page. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource/jetbrains-mono/latin-400.css';
import '@fontsource/jetbrains-mono/latin-500.css';
import './styles/theme.css';
import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { Fatal } from './components/Fatal/Fatal.tsx';
import { SessionContext } from './components/SessionContext.ts';
import { connect } from './engine/connect.ts';
import { Failure } from './engine/failure.ts';
import { bootFirst, startSession } from './engine/session.ts';
import { installTestHandle } from './engine/test_handle.ts';
import { startTheme } from './state/theme.ts';
import { t } from './strings/index.ts';

/** ?machine=ID · ?transport=copy · ?test=1 (full speed, no animation, window.lab) */
const query = new URLSearchParams(location.search);
const test = query.get('test') === '1';
const container = document.getElementById('root') as HTMLElement;
const root = createRoot(container);
startTheme(document.documentElement);

try {
  const engine = import.meta.env.DEV && query.has('fake')
    ? { api: (await import('./engine/fake.ts')).createFake({ timers: true }), died: new Promise<Failure>(() => undefined), stop: () => undefined }
    : connect();
  const session = startSession(engine, { forceCopy: query.get('transport') === 'copy', ...(test && { speed: Number.POSITIVE_INFINITY }) });
  if (test) installTestHandle(session);
  root.render(<StrictMode><SessionContext value={session}><App /></SessionContext></StrictMode>);
  // What reads and writes scenarios comes when it is wanted: a plain visit is up before.
  const hash = location.hash.length > 1;
  const opened = hash && await (await import('./scenario/start.ts')).openAddress(session, location.hash);
  if (!opened) await bootFirst(session, query.get('machine'));
  await (await import('./scenario/start.ts')).startScenarios(session, !hash && !test);
} catch (error) {
  const failure = error instanceof Failure ? error : new Failure(t.failure.engine, error);
  root.render(<Fatal sentence={failure.message} detail={failure.detail} />);
}
