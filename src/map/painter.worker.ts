/** The painter in a thread of its own: the canvas comes first, then orders, each of which is answered. */
import { createPainter, type Order } from './painter.ts';

const scope = globalThis as unknown as { onmessage: ((event: MessageEvent<OffscreenCanvas | Order>) => void) | null; postMessage(message: unknown): void };
let paint: ReturnType<typeof createPainter> | undefined;
scope.onmessage = ({ data }) => {
  if (data instanceof OffscreenCanvas) paint = createPainter(data);
  else scope.postMessage(paint?.(data));
};
// Before it is given a canvas, which nobody could take back, it says whether it can paint at all.
scope.postMessage(typeof OffscreenCanvas !== 'undefined' && new OffscreenCanvas(1, 1).getContext('2d') !== null);
