/** Paints the picture on a canvas, as it is told to. The one code for it, whether the page's thread runs it or a worker of its own (host.ts). */
import type { Lens } from '../../workers/uapi/lens.ts';
import type { DrawnCounts } from './counts.ts';
import { hashPixels } from './framebuffer.ts';
import type { Viewport } from './geometry.ts';
import { createPicture, type Painting, paintPicture, setPictureLens } from './map.ts';
import type { Mirror } from './mirror.ts';
import type { Theme } from './palette.ts';
import type { Hole, ViewState } from './scene.ts';

/** What a painter is told. Everything in it can be posted to a worker; tables and counts are read while somebody else writes them. */
export type Order =
  /** Another machine. Holes in frames. */
  | { readonly type: 'machine'; readonly mirror: Mirror; readonly holes: readonly Hole[]; readonly counts: DrawnCounts }
  /** The same machine through a lens: its mirror and counts. */
  | { readonly type: 'lens'; readonly lens: Lens; readonly mirror: Mirror; readonly counts: DrawnCounts }
  | { readonly type: 'theme'; readonly theme: Theme }
  /** Draw what changed. Device pixels; a size of zero draws nothing. `end`: frame at which the line ends that the view is a part of. */
  | { readonly type: 'draw'; readonly viewport: Viewport; readonly view: ViewState; readonly end: number }
  /** Answered with a hash of the pixels, equal in every browser and in Node. */
  | { readonly type: 'hash' }
  /** Answered with the pixels. */
  | { readonly type: 'capture' };

type OrderOf<Type extends Order['type']> = Extract<Order, { readonly type: Type }>;
/** What a painter was told last: whoever paints beside the picture reads it. */
export interface Shown {
  theme: Theme;
  machine: OrderOf<'machine'> | undefined;
  lens: OrderOf<'lens'> | undefined;
  drawn: OrderOf<'draw'> | undefined;
}

/** RGBA, a copy. */
export interface Capture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}
export type Answer = string | Capture | undefined;

/** What it needs of a canvas, be it in the document or not. */
export interface Surface {
  width: number;
  height: number;
  getContext(kind: '2d', settings: { readonly alpha: false }): Pick<CanvasRenderingContext2D, 'putImageData'> | null;
}

/** Throws if the canvas cannot give a 2D context. `shown`: kept up to date. */
export function createPainter(canvas: Surface, shown: Shown = { theme: { name: 'dark' }, machine: undefined, lens: undefined, drawn: undefined }): (order: Order) => Answer {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('this browser gives no 2D context for a canvas');
  let painting: Painting | undefined;
  let image: ImageData | undefined;

  function begin(viewport: Viewport): Painting | undefined {
    const { machine, lens, theme } = shown;
    if (machine === undefined) return undefined;
    painting = createPicture(machine.mirror, machine.holes, viewport, theme, machine.counts);
    if (lens) setPictureLens(painting, lens.lens, lens.mirror, lens.counts);
    return painting;
  }
  function draw(order: OrderOf<'draw'>): void {
    const { viewport, view } = order;
    if (viewport.width === 0 || viewport.height === 0) return;
    const p = painting ?? begin(viewport);
    if (!p) return;
    shown.drawn = order;
    p.viewport = viewport;
    p.view = view;
    paintPicture(p);
    const { fb } = p;
    // A canvas that is given a size is empty, and so is the new framebuffer: all of it is drawn.
    if (canvas.width !== fb.width) canvas.width = fb.width;
    if (canvas.height !== fb.height) canvas.height = fb.height;
    if (image?.data !== fb.bytes) image = new ImageData(fb.bytes, fb.width, fb.height);
    for (let d = 0; d < fb.dirtyCount * 4; d += 4) context?.putImageData(image, 0, 0, fb.dirty[d] as number, fb.dirty[d + 1] as number, fb.dirty[d + 2] as number, fb.dirty[d + 3] as number);
  }
  return (order) => {
    switch (order.type) {
      case 'machine':
        shown.machine = order;
        shown.lens = undefined;
        shown.drawn = undefined;
        painting = undefined;
        return undefined;
      case 'lens':
        shown.lens = order;
        if (painting) setPictureLens(painting, order.lens, order.mirror, order.counts);
        return undefined;
      case 'theme':
        shown.theme = order.theme;
        if (painting) painting.theme = order.theme;
        return undefined;
      case 'draw':
        draw(order);
        return undefined;
      case 'hash':
        return painting && hashPixels(painting.fb);
      default:
        return painting && { width: painting.fb.width, height: painting.fb.height, pixels: painting.fb.bytes.slice() };
    }
  };
}
