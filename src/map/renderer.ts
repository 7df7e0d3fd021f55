/** The picture on the page: where everything is, kept here, and orders to whoever paints it (host.ts). */
import type { Lens } from '../../workers/uapi/lens.ts';
import type { DrawnCounts } from './counts.ts';
import type { Camera, Viewport } from './geometry.ts';
import type { Hit } from './hit.ts';
import { type PaintHost, standBy } from './host.ts';
import { drawnOf, type Mirror } from './mirror.ts';
import type { Answer, Capture, Order } from './painter.ts';
import type { Theme } from './palette.ts';
import { hitPicture, layPicture, type Picture, placePicture, rangeOf, resizePicture } from './picture.ts';
import type { Hole, ViewState } from './scene.ts';
import { isShared } from './shared.ts';

export interface Renderer {
  /** Where everything is on the canvas; undefined before the first machine. */
  readonly picture: () => Picture | undefined;
  /** A new machine: the camera fits it. `holes` in frames; `counts` of its frames, which the caller keeps up to date. */
  setMachine(mirror: Mirror, holes: readonly Hole[], counts: DrawnCounts): void;
  /** Shows the machine through a lens. `mirror` and `counts` are the lens's. */
  setLens(lens: Lens, mirror: Mirror, counts: DrawnCounts): void;
  /** Changes parts of the view: camera, selection, hover, drag, only. */
  setView(change: Partial<ViewState>): void;
  setCamera(camera: Camera): void;
  setTheme(theme: Theme): void;
  /** Size in CSS pixels, device pixels per CSS pixel, and how much larger than on a desk letters are. A size of zero draws nothing. */
  resize(width: number, height: number, dpr: number, letters?: number): void;
  /** Has drawn what changed. While a picture is being painted, the next one waits for it, and shows what there is then. */
  draw(): void;
  /** Resolves when what has been asked for is on the canvas. */
  painted(): Promise<void>;
  /** CSS pixels of the canvas → what lies there. */
  hit(x: number, y: number): Hit | undefined;
  /** Of the pixels as last asked for: equal in every browser and in Node. */
  hash(): Promise<string | undefined>;
  /** Those pixels. */
  capture(): Promise<Capture | undefined>;
}

export interface RendererEvents {
  /** A draw has become worth while. */
  invalidate(): void;
  /** The canvas shows the picture. */
  drawn(picture: Picture): void;
  /** Nobody paints any more. */
  failed(error: unknown): void;
}

const countsOf = ({ histogram, pairs, mode, stamp }: DrawnCounts): DrawnCounts => ({ histogram, pairs, mode, stamp });

export function createRenderer(canvas: HTMLCanvasElement, theme: Theme, { invalidate, drawn, failed }: RendererEvents): Renderer {
  const standby = standBy(canvas);
  let host: Promise<PaintHost> | undefined;
  let picture: Picture | undefined;
  let viewport: Viewport = { width: 0, height: 0, dpr: 1, letters: 1 };
  let current = theme;
  // A machine that arrives before the canvas has a size waits for it.
  let waiting: { readonly mirror: Mirror; readonly holes: readonly Hole[] } | undefined;
  /** The picture that is being painted, and whether another is wanted after it. */
  let painting: Promise<unknown> | undefined;
  let again = false;

  /** To the painter, once there is one; before, nothing is to be painted. */
  async function send(order: Order): Promise<Answer> {
    return (await host)?.send(order);
  }
  function adopt(): void {
    if (waiting === undefined || viewport.width === 0 || viewport.height === 0) return;
    picture = placePicture(waiting.mirror, waiting.holes, viewport);
    waiting = undefined;
  }
  function draw(): void {
    if (picture === undefined || viewport.width === 0 || viewport.height === 0) return;
    layPicture(picture);
    again = painting !== undefined;
    if (again) return;
    painting = send({ type: 'draw', viewport, view: picture.view, end: rangeOf(picture).end }).then(() => {
      painting = undefined;
      if (picture) drawn(picture);
      if (again) draw();
    }, failed);
  }
  async function painted(): Promise<void> {
    const other = again;
    await painting;
    if (other) await painting;
  }
  /** Asks for something of the picture as it was last asked for. */
  async function ask(order: Order): Promise<Answer> {
    await painted();
    return send(order);
  }

  return {
    picture: () => picture,
    setMachine(mirror, holes, counts) {
      host ??= standby.choose(isShared(mirror.memmap.kind.buffer), failed);
      host.catch(failed);
      void send({ type: 'theme', theme: current });
      void send({ type: 'machine', mirror: drawnOf(mirror), holes, counts: countsOf(counts) });
      waiting = { mirror, holes };
      adopt();
      invalidate();
    },
    setLens(lens, mirror, counts) {
      if (picture) {
        picture.mirror = mirror;
        void send({ type: 'lens', lens, mirror: drawnOf(mirror), counts: countsOf(counts) });
      }
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
      void send({ type: 'theme', theme: next });
      invalidate();
    },
    resize(width, height, dpr, letters = 1) {
      const next: Viewport = { width: Math.round(width * dpr), height: Math.round(height * dpr), dpr, letters };
      if (next.width === viewport.width && next.height === viewport.height && next.dpr === viewport.dpr && next.letters === viewport.letters) return;
      viewport = next;
      if (next.width > 0 && next.height > 0) {
        if (picture) resizePicture(picture, next);
        adopt();
      }
      invalidate();
    },
    draw,
    painted,
    hit: (x, y) => picture && hitPicture(picture, x * viewport.dpr, y * viewport.dpr),
    hash: async () => (await ask({ type: 'hash' })) as string | undefined,
    capture: async () => (await ask({ type: 'capture' })) as Capture | undefined,
  };
}
