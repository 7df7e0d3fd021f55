/** Composition root: reads the address, starts the kernel's worker, hands both to the page. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource/jetbrains-mono/latin-400.css';
import '@fontsource/jetbrains-mono/latin-500.css';
import './styles/theme.css';
import './styles/base.css';
import { createRoot } from 'react-dom/client';
import { embedParameters } from './embed/parameters.ts';
import { connect } from './engine/connect.ts';
import { Failure } from './engine/failure.ts';
import { startSession } from './engine/session.ts';
import { installTestHandle } from './engine/test_handle.ts';
import { guard } from './security.ts';
import { startTheme } from './state/theme.ts';
import { t } from './strings/index.ts';

/** ?machine=ID · ?transport=copy · ?test=1 (full speed, no animation, window.lab) · ?embed=1 (embed/parameters.ts) */
const query = new URLSearchParams(location.search);
const test = query.get('test') === '1';
const embed = embedParameters(query);
const container = document.getElementById('root') as HTMLElement;
guard();
const root = createRoot(container);
startTheme(document.documentElement);

try {
  const engine = import.meta.env.DEV && query.has('fake')
    ? { api: (await import('./engine/fake.ts')).createFake({ timers: true }), died: new Promise<Failure>(() => undefined), stop: () => undefined }
    : connect();
  const session = startSession(engine, { forceCopy: query.get('transport') === 'copy', ...(test && { speed: Number.POSITIVE_INFINITY }) });
  if (test) installTestHandle(session);
  // Two pages in one: each loads what it shows and no more.
  if (embed) await (await import('./embed/start.tsx')).startEmbed(root, session, embed, query.get('machine'));
  else await (await import('./page.tsx')).startPage(root, session, query.get('machine'), test);
} catch (error) {
  const failure = error instanceof Failure ? error : new Failure(t.failure.engine, error);
  const { Fatal } = await import('./components/Fatal/Fatal.tsx');
  root.render(<Fatal sentence={failure.message} detail={failure.detail} />);
}
