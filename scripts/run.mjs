#!/usr/bin/env node
// Runs a TypeScript file of the project in Node, without a build: node scripts/run.mjs FILE.ts [ARGUMENT]…
// The file exports main(argv): Promise<number> | number, the exit status.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const [file, ...argv] = process.argv.slice(2);
if (!file) {
  console.error('usage: node scripts/run.mjs FILE.ts [ARGUMENT]…');
  process.exit(2);
}
const server = await createServer({
  root, configFile: false, appType: 'custom', logLevel: 'silent',
  server: { middlewareMode: true, ws: false, watch: null }, optimizeDeps: { noDiscovery: true },
});
try {
  const { main } = await server.ssrLoadModule(`/${file}`);
  process.exitCode = await main(argv);
} catch (error) {
  if (error instanceof Error) server.ssrFixStacktrace(error);
  console.error(error);
  process.exitCode = 70;
} finally {
  await server.close();
}
