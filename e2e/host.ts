/** The built site on a host that knows nothing of it: files under a path, a type for each, no other header. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.png': 'image/png', '.woff2': 'font/woff2', '.scn': 'text/plain', '.sh': 'text/plain' };

export interface Host {
  /** With the path, and a slash at its end. */
  readonly address: string;
  /** From now on the file reads otherwise. */
  change(file: string, edit: (text: string) => string): void;
  close(): void;
}

export async function bareHost(path: string): Promise<Host> {
  const edits = new Map<string, (text: string) => string>();
  const server = createServer((request, response) => {
    const wanted = decodeURIComponent((request.url ?? '').replace(/[?#].*$/, ''));
    const file = wanted.startsWith(path) ? wanted.slice(path.length) || 'index.html' : undefined;
    try {
      if (file === undefined || file.includes('..')) throw new Error('not here');
      const body = readFileSync(DIST + file);
      const edit = edits.get(file);
      response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(edit ? edit(body.toString('utf8')) : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    change: (file, edit) => { edits.set(file, edit); },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
