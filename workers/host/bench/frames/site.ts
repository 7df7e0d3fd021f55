/** The built page behind a server of its own, with isolation headers, and the bench's worker in the place of the kernel's. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { bundle } from '../../../../scripts/bundle.mjs';

export interface Site {
  readonly url: string;
  /** The site as it was built, with its own worker. */
  readonly built: string;
  stop(): void;
}
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.woff2': 'font/woff2', '.png': 'image/png', '.gz': 'application/octet-stream' };

/** Below this path nothing is replaced. */
const BUILT = '/built/';

/** Builds into `dir` and serves it. Throws where it does not build. */
export async function startSite(root: string, dir: string): Promise<Site> {
  const dist = join(dir, 'site');
  // A process of its own: what runs this file has set up another environment than a visitor's build has.
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error', '--outDir', dist], { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } });
  if (status !== 0) throw new Error(stderr);
  const script = readFileSync(await bundle('workers/host/bench/frames/worker.ts', dir), 'utf8');
  const kernel = readdirSync(join(dist, 'assets')).find((name) => name.startsWith('engine.worker-') && name.endsWith('.js'));
  if (kernel === undefined) throw new Error('the built page has no worker of the kernel');
  const server = createServer((request, response) => {
    const asked = decodeURIComponent((request.url ?? '/').replace(/[?#].*$/, '')).replace(/\/$/, '/index.html');
    const path = asked.startsWith(BUILT) ? asked.slice(BUILT.length - 1) : asked;
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    try {
      const body = asked === `/assets/${kernel}` ? script : readFileSync(join(dist, path));
      response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return { url: `${origin}/`, built: `${origin}${BUILT}`, stop: () => { server.close(); } };
}
