// A TypeScript file of the project, with all of the project it imports, as one JavaScript module for Node. Modules that are loaded one by one ask each other for every name at every use:
// what computes for seconds takes twice as long there.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Inside node_modules, so that packages are found from there and nobody else looks at it. */
const CACHE = join(root, 'node_modules', '.cache', 'hotplug-lab');

/** Files are still found beside the source that names them. */
const sourceAddresses = {
  name: 'source-addresses', enforce: 'pre',
  transform: (code, id) => (/\bimport\.meta\.url\b/.test(code) ? { code: code.replace(/\bimport\.meta\.url\b/g, JSON.stringify(pathToFileURL(id.replace(/\?.*$/, '')).href)), map: null } : null),
};

export async function bundle(file, dir, whole = true) {
  await build({
    root, configFile: false, logLevel: 'error', publicDir: false, plugins: [sourceAddresses], ...(whole && { ssr: { noExternal: true } }),
    build: { ssr: file, outDir: dir, emptyOutDir: false, minify: false, sourcemap: true, target: 'es2022', rollupOptions: { output: { entryFileNames: '[name].mjs', codeSplitting: false } } },
  });
  return join(dir, `${parse(file).name}.mjs`);
}
export async function importBundled(file) {
  mkdirSync(CACHE, { recursive: true });
  const dir = mkdtempSync(join(CACHE, 'bundle-'));
  try {
    return await import(pathToFileURL(await bundle(file, dir, false)).href);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
