import { importBundled } from '../../scripts/bundle.mjs';

let loaded: Promise<typeof import('./long_runs.ts')> | undefined;
/** long_runs.ts as the page would have it, in half the time that single modules take. A kernel of its own: nothing of it may be mixed with what a test imports itself. */
export function longRuns(): Promise<typeof import('./long_runs.ts')> {
  loaded ??= importBundled('workers/testing/long_runs.ts') as Promise<typeof import('./long_runs.ts')>;
  return loaded;
}
