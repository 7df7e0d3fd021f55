/**
 * Who counts frames, and who paints: a worker beside the page, where a canvas can be handed to one and the machine's tables are shared memory, else the page's
 * own thread. The same code either way (counts.ts, studio.ts).
 */
import mono from '@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2?url';
import type { Beside, Place } from './beside.ts';
import { type Counts, type CountsColumns, createCounts, viewCounts } from './counts.ts';
import { drawnOf, type Mirror } from './mirror.ts';
import type { Answer, Order } from './painter.ts';
import { isShared } from './shared.ts';
import type { StudioOrder } from './studio.ts';

/** What the worker is told. */
export type Told =
  | StudioOrder
  | { readonly type: 'canvas'; readonly canvas: OffscreenCanvas }
  /** Another machine: its frames are counted. Answered with the counts' columns. */
  | { readonly type: 'keep'; readonly mirror: Mirror }
  /** These pageblocks have changed. */
  | { readonly type: 'frames'; readonly pageblocks: Int32Array };

interface Helper {
  /** Answers come in order, when all that was told before is done. */
  ask(told: Told, transfer?: Transferable[]): Promise<unknown>;
  /** What is beside the picture: without an answer. */
  tell(beside: Beside, transfer?: Transferable[]): void;
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
    tell(beside, transfer = []) { worker.postMessage({ type: 'beside', beside }, transfer); },
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

/** Starts the painter's worker: it is wanted when the machine is there. */
export const startPainter = (): void => { void helper(); };

export interface KeptFrames {
  readonly counts: Counts;
  /** Resolves when these pageblocks are counted; the mirror is up to date already. */
  update(pageblocks: Int32Array): Promise<unknown>;
}
/** Counts a machine's frames and keeps it up: in the worker, if the machine's memory can be read there. */
export async function keepFrames(mirror: Mirror): Promise<KeptFrames> {
  const worker = isShared(mirror.memmap.kind.buffer) ? await helper() : undefined;
  if (!worker) {
    const counts = createCounts(mirror);
    return { counts, update: (pageblocks) => Promise.resolve(counts.update(pageblocks)) };
  }
  const columns = (await worker.ask({ type: 'keep', mirror: drawnOf(mirror) })) as CountsColumns;
  return { counts: viewCounts(columns), update: (pageblocks) => worker.ask({ type: 'frames', pageblocks }) };
}

export interface PaintHost {
  /** Answers come in order, when all that was sent before is on the canvas. */
  send(order: Order): Promise<Answer>;
  tell(beside: Beside): void;
  /** Gives it a canvas beside the picture, which does not come back. */
  give(place: Place, canvas: HTMLCanvasElement): void;
}
function inWorker(worker: Helper, canvas: HTMLCanvasElement, failed: (error: unknown) => void): PaintHost {
  worker.failed = failed;
  const surface = canvas.transferControlToOffscreen();
  void worker.ask({ type: 'canvas', canvas: surface }, [surface]);
  return {
    send: (order) => worker.ask(order) as Promise<Answer>,
    tell: (beside) => { worker.tell(beside); },
    give(place, node) {
      const other = node.transferControlToOffscreen();
      worker.tell({ type: 'canvas', place, canvas: other }, [other]);
    },
  };
}
async function onPage(canvas: HTMLCanvasElement): Promise<PaintHost> {
  const { createStudio } = await import('./studio.ts');
  const paint = createStudio(canvas);
  const tell = (beside: Beside): void => { paint({ type: 'beside', beside }); };
  return { send: (order) => Promise.resolve(paint(order) as Answer), tell, give: (place, node) => { tell({ type: 'canvas', place, canvas: node }); } };
}

let tellHost: (host: Promise<PaintHost>) => void = () => undefined;
/** Who paints the page's picture, once that is known. */
const painting = new Promise<PaintHost>((resolve) => { tellHost = resolve; });
/** How much larger than on a desk letters are around an element: --type of the page, 1 where nothing is said. */
export const lettersOf = (element: Element): number => Number(getComputedStyle(element).getPropertyValue('--type')) || 1;

const given = new WeakSet<HTMLCanvasElement>();

/** A canvas beside the picture: painted by whoever paints that. */
export interface Lent {
  /** Anything but a canvas, in order. */
  tell(beside: Beside): void;
  /** No size is told any more. */
  stop(): void;
}
/** Gives a canvas away when the picture is there (`after`), with its size in device pixels, whenever that changes; `sized` hears of it. */
export function lend(place: Place, canvas: HTMLCanvasElement, after: Promise<void>, sized?: (width: number, height: number) => void): Lent {
  const host = after.then(() => painting);
  const tell = (beside: Beside): void => { void host.then((to) => { to.tell(beside); }); };
  if (!given.has(canvas)) {
    given.add(canvas);
    tell({ type: 'font', family: 'JetBrains Mono', url: mono });
    void host.then((to) => { to.give(place, canvas); });
  }
  // Asked for when the page is laid out anyway: a size that is asked for after something moved makes the browser do that at once.
  const observer = new ResizeObserver(([entry]) => {
    const dpr = devicePixelRatio;
    const [width, height] = [Math.round((entry?.contentRect.width ?? 0) * dpr), Math.round((entry?.contentRect.height ?? 0) * dpr)];
    const { fontSize, fontFamily } = getComputedStyle(canvas);
    const letters = lettersOf(canvas);
    sized?.(width, height);
    tell({ type: 'size', place, width, height, dpr, letters, font: { size: Number.parseFloat(fontSize), family: fontFamily } });
  });
  observer.observe(canvas);
  return { tell, stop: () => { observer.disconnect(); } };
}

export interface Standby {
  /** Chooses once and for all: a canvas that was handed over does not come back. `shared`: the tables can be read from a worker. `failed`: the worker has died. */
  choose(shared: boolean, failed: (error: unknown) => void): Promise<PaintHost>;
}
/** By canvas: a page that mounts it a second time finds its painter. */
const standing = new WeakMap<HTMLCanvasElement, Standby>();

/** Who will paint on a canvas. */
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
      tellHost(chosen);
      return chosen;
    },
  };
  standing.set(canvas, standby);
  return standby;
}
