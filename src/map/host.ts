/**
 * Who copies and counts frames, and who paints: a worker beside the page, where a canvas can be handed to one and the machine's tables are shared memory, else the page's
 * own thread. The same code either way (frames.ts, painter.ts).
 */
import { type Counts, type CountsColumns, viewCounts } from './counts.ts';
import { createFrames } from './frames.ts';
import { drawnOf, type Mirror } from './mirror.ts';
import type { Answer, Order } from './painter.ts';

/** What the worker is told. */
export type Told =
  | Order
  | { readonly type: 'canvas'; readonly canvas: OffscreenCanvas }
  /** Another machine: its frames are copied from the engine's (MEMMAP.kind) and counted. Answered with the counts' columns. */
  | { readonly type: 'keep'; readonly mirror: Mirror; readonly from: Uint8Array }
  /** These pageblocks have changed. */
  | { readonly type: 'frames'; readonly pageblocks: Int32Array };

interface Helper {
  /** Answers come in order, when all that was told before is done. */
  ask(told: Told, transfer?: Transferable[]): Promise<unknown>;
  /** Whom to tell that it has died. */
  failed: (error: unknown) => void;
  stop(): void;
}

function listenTo(worker: Worker): Helper {
  const waiting: ((answer: unknown) => void)[] = [];
  const helper: Helper = {
    ask: (told, transfer = []) => new Promise((resolve) => {
      waiting.push(resolve);
      worker.postMessage(told, transfer);
    }),
    failed: () => undefined,
    stop() {
      worker.terminate();
      helping = Promise.resolve(undefined);
    },
  };
  worker.onmessage = ({ data }) => { waiting.shift()?.(data); };
  worker.onerror = ({ message }) => { helper.failed(message); };
  return helper;
}
/** One for the page; undefined: this browser has none that can paint. */
let helping: Promise<Helper | undefined> | undefined;
function startHelper(): Promise<Helper | undefined> {
  if (!globalThis.crossOriginIsolated || !('transferControlToOffscreen' in HTMLCanvasElement.prototype)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./painter.worker.ts', import.meta.url), { type: 'module', name: 'painter' });
    worker.onmessage = ({ data }) => { resolve(data === true ? listenTo(worker) : undefined); };
    worker.onerror = () => { resolve(undefined); };
  });
}
const helper = (): Promise<Helper | undefined> => {
  helping ??= startHelper();
  return helping;
};

export interface KeptFrames {
  readonly counts: Counts;
  /** Resolves when these pageblocks are copied and counted; all else of the mirror is up to date already. */
  update(pageblocks: Int32Array): Promise<unknown>;
}
/** Keeps a machine's frames. `from`: MEMMAP.kind of an engine that shares its memory; undefined: patches bring them, and they are counted only. */
export async function keepFrames(mirror: Mirror, from: Uint8Array | undefined): Promise<KeptFrames> {
  const worker = from && (await helper());
  if (!worker) {
    const { counts, update } = createFrames(mirror, from);
    return { counts, update: (pageblocks) => Promise.resolve(update(pageblocks)) };
  }
  const columns = (await worker.ask({ type: 'keep', mirror: drawnOf(mirror), from })) as CountsColumns;
  return { counts: viewCounts(columns), update: (pageblocks) => worker.ask({ type: 'frames', pageblocks }) };
}

export interface PaintHost {
  /** Answers come in order, when all that was sent before is on the canvas. */
  send(order: Order): Promise<Answer>;
}
function inWorker(worker: Helper, canvas: HTMLCanvasElement, failed: (error: unknown) => void): PaintHost {
  worker.failed = failed;
  const surface = canvas.transferControlToOffscreen();
  void worker.ask({ type: 'canvas', canvas: surface }, [surface]);
  return { send: (order) => worker.ask(order) as Promise<Answer> };
}
async function onPage(canvas: HTMLCanvasElement): Promise<PaintHost> {
  const { createPainter } = await import('./painter.ts');
  const paint = createPainter(canvas);
  return { send: (order) => Promise.resolve(paint(order)) };
}

export interface Standby {
  /** Chooses once and for all: a canvas that was handed over does not come back. `shared`: the tables can be read from a worker. `failed`: the worker has died. */
  choose(shared: boolean, failed: (error: unknown) => void): Promise<PaintHost>;
}
/** By canvas: a page that mounts it a second time finds its painter. */
const standing = new WeakMap<HTMLCanvasElement, Standby>();

/** Starts the worker while the machine boots. */
export function standBy(canvas: HTMLCanvasElement): Standby {
  const before = standing.get(canvas);
  if (before) return before;
  const starting = helper();
  let chosen: Promise<PaintHost> | undefined;
  const standby: Standby = {
    choose(shared, failed) {
      chosen ??= starting.then((worker) => {
        if (worker && shared) return inWorker(worker, canvas, failed);
        worker?.stop();
        return onPage(canvas);
      });
      return chosen;
    },
  };
  standing.set(canvas, standby);
  return standby;
}
