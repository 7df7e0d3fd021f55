// A Vite plugin: the gallery's index and pictures, made from the scenarios themselves. Built once into dist, and while developing made when they are asked for.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'vite';
import { root } from './npm.mjs';

const FOLDER = join(root, 'public', 'scenarios');
const MAKER = '/workers/host/lab/thumbnails.ts';
const CACHE = join(root, 'node_modules', '.cache', 'thumbnails');

/** Of everything a picture depends on: the kernel, the rasteriser, the recorded machines. */
function sources() {
  const hash = createHash('sha256');
  for (const folder of ['workers', 'src/map', 'public/machines']) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|json|gz)$/.test(file) && !/(^|[\\/])testing[\\/]|\.test\.ts$/.test(file)).sort();
    for (const file of files) hash.update(file).update(readFileSync(join(root, folder, file)));
  }
  return hash.digest('hex');
}

/** @returns {(name: string, maker: { thumbnailFiles(name: string): string[], thumbnails(folder: string, name: string): Buffer[] }) => [string, Buffer][]} a scenario's pictures by their file, made once for the same sources */
function cached() {
  const of = sources();
  mkdirSync(CACHE, { recursive: true });
  return (name, { thumbnailFiles, thumbnails }) => {
    const key = createHash('sha256').update(of).update(name).update(readFileSync(join(FOLDER, `${name}.scn`))).digest('hex');
    const files = thumbnailFiles(name);
    const kept = files.map((_, i) => join(CACHE, `${key}.${i}.png`));
    try {
      return files.map((file, i) => [file, readFileSync(kept[i])]);
    } catch {
      const pictures = thumbnails(FOLDER, name);
      for (const [i, picture] of pictures.entries()) writeFileSync(kept[i], picture);
      return files.map((file, i) => [file, pictures[i]]);
    }
  };
}

export function scenarioLibrary() {
  return {
    name: 'scenario-library',
    configureServer(server) {
      const pictures = cached();
      server.middlewares.use(async (request, response, next) => {
        const path = /\/scenarios\/(index\.json|\w+\/([a-z0-9.-]+)\.png)$/.exec((request.url ?? '').replace(/\?.*$/, ''));
        if (!path) return next();
        try {
          const maker = await server.ssrLoadModule(MAKER);
          if (path[2] === undefined) return response.setHeader('Content-Type', 'application/json').end(JSON.stringify(maker.libraryIndex(FOLDER)));
          const found = maker.libraryNames(FOLDER).includes(path[2]) ? pictures(path[2], maker).find(([file]) => file === path[1]) : undefined;
          return found === undefined ? next() : response.setHeader('Content-Type', 'image/png').end(found[1]);
        } catch (error) {
          return next(error);
        }
      });
    },
    async generateBundle() {
      // Only the page itself has a library; its workers are built by the same plugins.
      if (this.environment?.name !== undefined && this.environment.name !== 'client') return;
      const server = await createServer({ root, configFile: false, appType: 'custom', logLevel: 'silent', server: { middlewareMode: true, ws: false, watch: null }, optimizeDeps: { noDiscovery: true } });
      try {
        const maker = await server.ssrLoadModule(MAKER);
        const pictures = cached();
        this.emitFile({ type: 'asset', fileName: 'scenarios/index.json', source: JSON.stringify(maker.libraryIndex(FOLDER)) });
        for (const name of maker.libraryNames(FOLDER)) for (const [file, source] of pictures(name, maker)) this.emitFile({ type: 'asset', fileName: `scenarios/${file}`, source });
      } finally {
        await server.close();
      }
    },
  };
}
