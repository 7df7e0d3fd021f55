/** Who paints: a worker of its own, where a canvas can be handed to one and the machine's tables are shared memory, else this thread. */
import type { Answer, Order } from './painter.ts';

export interface PaintHost {
  /** Answers come in order, when all that was sent before is on the canvas. */
  send(order: Order): Promise<Answer>;
}

/** A worker that can paint; undefined: there is none. */
function startWorker(): Promise<Worker | undefined> {
  if (!globalThis.crossOriginIsolated || !('transferControlToOffscreen' in HTMLCanvasElement.prototype)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./painter.worker.ts', import.meta.url), { type: 'module', name: 'painter' });
    worker.onmessage = ({ data }) => { resolve(data === true ? worker : undefined); };
    worker.onerror = () => { resolve(undefined); };
  });
}

function inWorker(worker: Worker, canvas: HTMLCanvasElement, failed: (error: unknown) => void): PaintHost {
  const waiting: ((answer: Answer) => void)[] = [];
  worker.onmessage = ({ data }: MessageEvent<Answer>) => { waiting.shift()?.(data); };
  worker.onerror = ({ message }) => { failed(message); };
  const surface = canvas.transferControlToOffscreen();
  worker.postMessage(surface, [surface]);
  return {
    send: (order) => new Promise((resolve) => {
      waiting.push(resolve);
      worker.postMessage(order);
    }),
  };
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
  const starting = startWorker();
  let chosen: Promise<PaintHost> | undefined;
  const standby: Standby = {
    choose(shared, failed) {
      chosen ??= starting.then((worker) => {
        if (worker && shared) return inWorker(worker, canvas, failed);
        worker?.terminate();
        return onPage(canvas);
      });
      return chosen;
    },
  };
  standing.set(canvas, standby);
  return standby;
}
