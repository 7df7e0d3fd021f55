/** Who paints the picture, and what stands beside it: that comes when the picture is there. The one code for it, whether the page's thread runs it or a worker of its own (host.ts). */
import type { Beside, BesidePainter } from './beside.ts';
import { type Answer, createPainter, type Order, type Shown, type Surface } from './painter.ts';

/** What is beside the picture is asked for without an answer. */
export type StudioOrder = Order | { readonly type: 'beside'; readonly beside: Beside };

/** Throws if the canvas cannot give a 2D context. */
export function createStudio(canvas: Surface): (order: StudioOrder) => Answer {
  const shown: Shown = { theme: { name: 'dark' }, machine: undefined, lens: undefined, drawn: undefined };
  const paint = createPainter(canvas, shown);
  let painter: BesidePainter | undefined;
  let loading: Promise<BesidePainter> | undefined;
  return (order) => {
    if (order.type === 'beside') {
      loading ??= import('./beside.ts').then(({ createBeside }) => {
        painter = createBeside(shown);
        return painter;
      });
      void loading.then(({ tell }) => { tell(order.beside); });
      return undefined;
    }
    const answer = paint(order);
    painter?.follow(order.type);
    return answer;
  };
}
