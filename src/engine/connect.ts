/** Starts the kernel's worker. Whatever can go wrong here ends as a Failure with one sentence. */
import { type Remote, wrap } from 'comlink';
import type { ScenarioEngineApi } from '../../workers/scenario/engine.ts';
import { t } from '../strings/index.ts';
import { Failure } from './failure.ts';

export interface Engine {
  readonly api: Remote<ScenarioEngineApi> | ScenarioEngineApi;
  /** Resolves (never rejects) when the worker has died; calls in flight get no answer then. */
  readonly died: Promise<Failure>;
  stop(): void;
}

/** Pinned for the page's life: comlink drops calls in flight when a proxy is collected. */
const pinned = new Set<Engine>();

/** What the browser lacks, in its own terms; empty if it has everything. */
export function lacking(scope: typeof globalThis = globalThis): string[] {
  const needed = { Worker: 'Worker', DecompressionStream: 'DecompressionStream', ResizeObserver: 'ResizeObserver', Atomics: 'Atomics' } as const;
  return Object.keys(needed).filter((name) => !(name in scope));
}

/** Starts the worker, which answers calls as soon as its module has run. */
export function connect(): Engine {
  const missing = lacking();
  if (missing.length > 0) throw new Failure(t.failure.browser(missing.join(', ')));
  let worker: Worker;
  try {
    worker = new Worker(new URL('../../workers/host/engine.worker.ts', import.meta.url), { type: 'module', name: 'engine' });
  } catch (error) {
    throw new Failure(t.failure.worker, error);
  }
  const died = new Promise<Failure>((resolve) => {
    worker.addEventListener('error', (event) => { resolve(new Failure(t.failure.worker, event.message || undefined)); }, { once: true });
    worker.addEventListener('messageerror', () => { resolve(new Failure(t.failure.worker, 'a message could not be read')); }, { once: true });
  });
  const engine: Engine = {
    api: wrap<ScenarioEngineApi>(worker),
    died,
    stop() {
      worker.terminate();
      pinned.delete(engine);
    },
  };
  pinned.add(engine);
  return engine;
}
