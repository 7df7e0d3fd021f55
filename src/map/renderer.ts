/** Puts the picture on a canvas: only the rectangles that changed, straight from the framebuffer. */
import type { Lens } from '../../workers/uapi/lens.ts';
import type { Counts } from './counts.ts';
import { hashPixels } from './framebuffer.ts';
import type { Camera, Viewport } from './geometry.ts';
import type { Hit } from './hit.ts';
import { createPicture, drawPicture, hitPicture, type Picture, resizePicture, setPictureLens } from './map.ts';
import type { Mirror } from './mirror.ts';
import type { Theme } from './palette.ts';
import type { Hole, ViewState } from './scene.ts';

export interface Renderer {
  /** The picture behind the canvas; undefined before the first machine. */
  readonly picture: () => Picture | undefined;
  /** A new machine: the camera fits it. `holes` in frames; `counts` as for createPicture(). */
  setMachine(mirror: Mirror, holes: readonly Hole[], counts?: Counts): void;
  /** Shows the machine through a lens. `mirror` and `counts` are the lens's. */
  setLens(lens: Lens, mirror: Mirror, counts: Counts): void;
  /** Changes parts of the view: camera, selection, hover, drag, only. */
  setView(change: Partial<ViewState>): void;
  setCamera(camera: Camera): void;
  setTheme(theme: Theme): void;
  /** Size in CSS pixels and device pixels per CSS pixel. A size of zero draws nothing. */
  resize(width: number, height: number, dpr: number): void;
  /** Draws what changed; the number of rectangles put. */
  draw(): number;
  /** CSS pixels of the canvas → what lies there. */
  hit(x: number, y: number): Hit | undefined;
  /** Of the pixels as drawn: equal in every browser and in Node. */
  hash(): string | undefined;
}

/** Throws if the canvas cannot give a 2D context. `invalidate` is called whenever a draw has become worth while. */
export function createRenderer(canvas: HTMLCanvasElement, theme: Theme, invalidate: () => void): Renderer {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('this browser gives no 2D context for a canvas');
  let picture: Picture | undefined;
  let viewport: Viewport = { width: 0, height: 0, dpr: 1 };
  let image: ImageData | undefined;
  let current = theme;
  // A machine that arrives before the canvas has a size waits for it.
  let waiting: { readonly mirror: Mirror; readonly holes: readonly Hole[]; readonly counts: Counts | undefined } | undefined;

  function adopt(): void {
    if (waiting === undefined || viewport.width === 0 || viewport.height === 0) return;
    picture = createPicture(waiting.mirror, waiting.holes, viewport, current, waiting.counts);
    image = new ImageData(picture.fb.bytes, viewport.width, viewport.height);
    waiting = undefined;
  }

  return {
    picture: () => picture,
    setMachine(mirror, holes, counts) {
      waiting = { mirror, holes, counts };
      adopt();
      invalidate();
    },
    setLens(lens, mirror, counts) {
      if (picture) setPictureLens(picture, lens, mirror, counts);
      invalidate();
    },
    setView(change) {
      if (picture) picture.view = { ...picture.view, ...change };
      invalidate();
    },
    setCamera(camera) {
      if (picture) picture.view = { ...picture.view, camera };
      invalidate();
    },
    setTheme(next) {
      current = next;
      if (picture) picture.theme = next;
      invalidate();
    },
    resize(width, height, dpr) {
      const next: Viewport = { width: Math.round(width * dpr), height: Math.round(height * dpr), dpr };
      if (next.width === viewport.width && next.height === viewport.height && next.dpr === viewport.dpr) return;
      viewport = next;
      canvas.width = next.width;
      canvas.height = next.height;
      if (next.width > 0 && next.height > 0) {
        if (picture) {
          resizePicture(picture, next);
          image = new ImageData(picture.fb.bytes, next.width, next.height);
        }
        adopt();
      }
      invalidate();
    },
    draw() {
      if (picture === undefined || image === undefined || viewport.width === 0 || viewport.height === 0) return 0;
      drawPicture(picture);
      const { dirty, dirtyCount } = picture.fb;
      for (let i = 0; i < dirtyCount; i++) {
        const d = i * 4;
        context.putImageData(image, 0, 0, dirty[d] as number, dirty[d + 1] as number, dirty[d + 2] as number, dirty[d + 3] as number);
      }
      return dirtyCount;
    },
    hit: (x, y) => picture && hitPicture(picture, x * viewport.dpr, y * viewport.dpr),
    hash: () => picture && hashPixels(picture.fb),
  };
}
