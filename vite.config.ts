import { availableParallelism } from 'node:os';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { scenarioLibrary } from './scripts/scenario_library.mjs';
import { site } from './scripts/site.mjs';

/** Cross-origin isolation: without it there is no SharedArrayBuffer and the engine posts copies instead (public/_headers says the same to static hosts). */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

export default defineConfig({
  // Relative addresses: the built page works under any sub-path.
  base: './',
  plugins: [react(), scenarioLibrary(), site()],
  server: { headers, port: 5173, strictPort: true },
  preview: { headers, port: 4173, strictPort: true },
  worker: { format: 'es' },
  build: {
    target: 'es2022', sourcemap: true,
    // Named after what is in them; else the bundler takes the name of whichever small part comes along. Apart: the embedded page has React's core (its stores use it) and no React DOM.
    // What every page loads first in small parts compresses better as one.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/]react[\\/]/, priority: 2 }, { name: 'react-dom', test: /node_modules[\\/](react-dom|scheduler)[\\/]/, priority: 1 },
            { name: 'shared', test: /(uapi[\\/](errno|mmzone|units)|format[\\/]numbers|engine[\\/]failure|map[\\/]lanes|state[\\/](machine|scenario|view|importing))\.ts$/ },
          ],
        },
      },
    },
  },
  test: {
    // Vitest leaves one processor alone; of two that is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      // The kernel is loaded once for all files of a process: what its modules keep, they keep by machine.
      { extends: true, test: { name: 'kernel', include: ['workers/**/*.test.ts', 'scripts/**/*.test.mjs'], setupFiles: ['workers/testing/setup.ts'], isolate: false } },
      // The page's stores are modules.
      { extends: true, test: { name: 'page', include: ['src/**/*.test.{ts,tsx}'] } },
    ],
  },
});
