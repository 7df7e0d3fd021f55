/**
 * What is painted beside the picture by whoever paints that, from the same machine: the address ruler, the mark on the small map, and the frames of a block. None of it is waited for, and the
 * page's thread has nothing to lay out or to paint when it moves.
 */
import { PAGE_SHIFT } from '../../workers/uapi/units.ts';
import { type DetailView, renderDetail } from './detail.ts';
import { createFramebuffer, type Framebuffer } from './framebuffer.ts';
import { blockCount } from './mirror.ts';
import type { Order, Shown } from './painter.ts';
import { INK, type Palette, paletteFor } from './palette.ts';
import { rulerTicks } from './ruler.ts';

export type Place = 'ruler' | 'mark' | 'block';
/** What it needs of a canvas, be it in the document or not. */
export interface Ground {
  width: number;
  height: number;
  getContext(kind: '2d'): CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
}
/** The frames of a block: `only` is the kind (or class) that keeps its colour. */
export type BlockView = Pick<DetailView, 'block' | 'movableZone' | 'selected'> & { readonly only: number | undefined };

export type Beside =
  | { readonly type: 'canvas'; readonly place: Place; readonly canvas: Ground }
  /** Device pixels, and how many a CSS pixel has; how much larger than on a desk letters are; size (CSS pixels) and family of letters. */
  | { readonly type: 'size'; readonly place: Place; readonly width: number; readonly height: number; readonly dpr: number; readonly letters: number; readonly font: { readonly size: number; readonly family: string } }
  /** Letters that a worker has to load itself. */
  | { readonly type: 'font'; readonly family: string; readonly url: string }
  | { readonly type: 'block'; readonly view: BlockView | undefined }
  /** Pageblocks of that block, counted from its first, whose frames changed; undefined: any may have. */
  | { readonly type: 'changed'; readonly pageblocks: ReadonlySet<number> | undefined };

interface Surface {
  readonly canvas: Ground;
  readonly context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  dpr: number;
  letters: number;
  font: { readonly size: number; readonly family: string };
}

/** CSS pixels of the ruler where its letters have 11, and in proportion where they are larger: from a tick's upper end down, to the middle of its letters, and from the tick to them. */
const TICK_TOP = 9;
const TICK_HEIGHT = 19;
const LETTERS_MIDDLE = 16;
const LETTERS_LEFT = 4;
const LETTERS = 11;
/** From the middle of a line to the foot of its letters, of their size: (ascent − descent) / 2 of JetBrains Mono. */
const FOOT = 0.36;
/** From one letter of it to the next, of their size. */
const WIDE = 0.6;
/** The mark on the small map, CSS pixels. */
const MARK_LEAST = 4;
const MARK_LINE = 1.5;
const MARK_ROUND = 3;

const css = (colour: number): string => `rgb(${colour & 255} ${(colour >>> 8) & 255} ${(colour >>> 16) & 255})`;

export interface BesidePainter {
  tell(beside: Beside): void;
  /** The picture's painter has been told this. */
  follow(order: Order['type']): void;
}

export function createBeside(shown: Readonly<Shown>): BesidePainter {
  const surfaces = new Map<Place, Surface>();
  let view: BlockView | undefined;
  let sized: { readonly fb: Framebuffer; readonly image: ImageData } | undefined;

  const inks = (): Palette['fill'] => paletteFor(shown.theme, false, undefined).fill;
  /** What ruler and mark show: most pictures change nothing of it. */
  let told = '';
  function moved(): boolean {
    const { theme, drawn } = shown;
    const before = told;
    told = drawn ? [theme.name, drawn.view.camera.pfnPerPixel, drawn.view.camera.left, drawn.viewport.width, drawn.end].join(' ') : '';
    return told !== before;
  }

  function ruler(): void {
    const surface = surfaces.get('ruler');
    const { machine, drawn } = shown;
    if (!surface || !machine || !drawn) return;
    const { canvas: { width, height }, context, dpr, font } = surface;
    const fill = inks();
    context.clearRect(0, 0, width, height);
    // Of system colours, those of text: words, and what they hang on, are no ornament.
    const forced = shown.theme.name === 'forced';
    const line = css(fill[forced ? INK.ink : INK.line] as number);
    const ink = css(fill[forced ? INK.ink : INK.ink3] as number);
    context.font = `${font.size * dpr}px ${font.family}`;
    const unit = (dpr * font.size) / LETTERS;
    const foot = Math.round(LETTERS_MIDDLE * unit + FOOT * font.size * dpr);
    for (const { x, label } of rulerTicks(drawn.view.camera, drawn.viewport, 2 ** (machine.mirror.sizes.page_shift ?? PAGE_SHIFT))) {
      const at = Math.round(x * dpr);
      context.fillStyle = line;
      context.fillRect(at, Math.round(TICK_TOP * unit), Math.max(1, Math.round(dpr)), Math.round(TICK_HEIGHT * unit));
      context.fillStyle = ink;
      // A number that is cut off is another number.
      if (at + LETTERS_LEFT * unit + label.length * WIDE * font.size * dpr <= width) context.fillText(label, at + LETTERS_LEFT * unit, foot);
    }
  }
  function mark(): void {
    const surface = surfaces.get('mark');
    if (!surface || !shown.drawn) return;
    const { canvas: { width, height }, context, dpr } = surface;
    const { end, viewport, view: { camera } } = shown.drawn;
    context.clearRect(0, 0, width, height);
    if (end <= 0) return;
    const from = (width * camera.left) / end;
    const long = Math.max(MARK_LEAST * dpr, (width * Math.min(viewport.width * camera.pfnPerPixel, end - camera.left)) / end);
    const half = (MARK_LINE * dpr) / 2;
    const accent = css(inks()[INK.accent] as number);
    context.beginPath();
    context.roundRect(from + half, half, Math.max(0, long - 2 * half), height - 2 * half, MARK_ROUND * dpr - half);
    context.globalAlpha = 0.14;
    context.fillStyle = accent;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = accent;
    context.lineWidth = MARK_LINE * dpr;
    context.stroke();
  }
  function block(changed?: ReadonlySet<number>): void {
    const surface = surfaces.get('block');
    const of = shown.lens ?? shown.machine;
    if (!surface || !of || !view || surface.canvas.width === 0 || view.block >= blockCount(of.mirror)) return;
    const { canvas: { width, height }, context, dpr, letters } = surface;
    let only = changed;
    if (sized?.fb.width !== width || sized.fb.height !== height) {
      const fb = createFramebuffer(width, height);
      sized = { fb, image: new ImageData(fb.bytes, width, height) };
      only = undefined;
    }
    const { fb, image } = sized;
    const lens = shown.lens?.lens ?? 'kind';
    renderDetail(of.mirror, of.counts, paletteFor(shown.theme, false, view.only, lens), fb, { ...view, dpr, letters, lens }, only);
    for (let d = 0; d < fb.dirtyCount * 4; d += 4) context.putImageData(image, 0, 0, fb.dirty[d] as number, fb.dirty[d + 1] as number, fb.dirty[d + 2] as number, fb.dirty[d + 3] as number);
  }
  const paint: Readonly<Record<Place, () => void>> = { ruler, mark, block };

  function place(name: Place, canvas: Ground): void {
    const context = canvas.getContext('2d');
    if (context === null) return;
    surfaces.set(name, { canvas, context, dpr: 1, letters: 1, font: { size: 10, family: 'monospace' } });
    if (name === 'block') sized = undefined;
  }
  /** Until they are there, others stand in for them. */
  async function load(family: string, url: string): Promise<void> {
    const fonts = (globalThis as { readonly fonts?: FontFaceSet }).fonts;
    if (fonts === undefined) return;
    const face = new FontFace(family, `url(${url})`);
    fonts.add(face);
    await face.load();
    ruler();
  }

  return {
    tell(told) {
      switch (told.type) {
        case 'canvas':
          place(told.place, told.canvas);
          break;
        case 'size': {
          const surface = surfaces.get(told.place);
          if (!surface) break;
          surface.dpr = told.dpr;
          surface.letters = told.letters;
          surface.font = told.font;
          surface.canvas.width = told.width;
          surface.canvas.height = told.height;
          if (told.place === 'block') sized = undefined;
          paint[told.place]();
          break;
        }
        case 'font':
          void load(told.family, told.url).catch(() => undefined);
          break;
        case 'block':
          ({ view } = told);
          block();
          break;
        default:
          block(told.pageblocks);
      }
    },
    follow(order) {
      if (order === 'draw') {
        if (!moved()) return;
        ruler();
        mark();
      } else if (order !== 'hash' && order !== 'capture') block();
    },
  };
}
