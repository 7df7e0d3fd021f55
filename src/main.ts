/** Composition root: reads the address, starts the kernel's worker, hands both to the page or to the embedded one. What either is built with is loaded while the worker starts. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource/jetbrains-mono/latin-400.css';
import '@fontsource/jetbrains-mono/latin-500.css';
import './styles/theme.css';
import './styles/base.css';
import { embedParameters } from './embed/parameters.ts';
import { connect } from './engine/connect.ts';
import { Failure } from './engine/failure.ts';
import { guard } from './security.ts';
import { t } from './strings/index.ts';

/** ?machine=ID · ?transport=copy · ?test=1 (full speed, no animation, window.lab) · ?embed=1 (embed/parameters.ts) */
const query = new URLSearchParams(location.search);
const embed = embedParameters(query);
const container = document.getElementById('root') as HTMLElement;
guard();

try {
  const engine = await connect();
  const visit = { machine: query.get('machine'), test: query.get('test') === '1', forceCopy: query.get('transport') === 'copy' };
  // Two pages in one: each loads what it shows and no more.
  if (embed) await (await import('./embed/start.ts')).startEmbed(container, engine, embed, visit);
  else await (await import('./page.tsx')).startPage(container, engine, visit);
} catch (error) {
  const failure = error instanceof Failure ? error : new Failure(t.failure.engine, error);
  (await import('./components/Fatal/show.tsx')).showFatal(container, failure);
}
