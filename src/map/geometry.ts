/**
 * Where things are. One camera for every scale from the whole machine down to a frame.
 *
 * The arrangement never changes, it is only magnified, so that everything keeps its place while zooming:
 * - x is the physical address, linear, in steps of a pageblock (2 MiB);
 * - a pageblock fills the height of its lane, as 16 rows of 32 frames, row by row like text: neighbours in a row are neighbours in memory, and an aligned
 *   run of 32, 64, 128 … frames is a rectangle. A Hilbert curve keeps neighbours nearer still, but nobody can read a pfn off it.
 * - Lanes keep a base height until frames are as wide as high; from there on the lanes grow with the zoom and the view scrolls down, too.
 */
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import { type Lanes, laneOfPageblock } from './lanes.ts';
import { contentEnd, type Mirror } from './mirror.ts';

/** Frames in a row of a pageblock, and rows. */
export const FRAME_COLUMNS = 32;
export const FRAME_ROWS = 16;

export interface Camera {
  /** Frames per device pixel along x; below 1 from about the pageblock level on. */
  readonly pfnPerPixel: number;
  /** Address at the left edge, in frames; need not be whole. */
  readonly left: number;
  /** Device pixels scrolled down. */
  readonly top: number;
}
export interface Viewport {
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly dpr: number;
  /** How much larger than on a desk letters are (--type): on a projector, in a lecture. */
  readonly letters?: number;
}
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** CSS pixels: room over a tile for its number, under it for the span line; least and largest height of a tile at the base (beyond, a screen as large as a wall gets emptiness instead); widest frame. */
export const PAD_TOP = 11;
export const PAD_BOTTOM = 7;
const MIN_TILE = 12;
const MAX_TILE = 320;
const MAX_CELL = 48;
/** Width of a frame that was looked for. */
const FOCUS = 20;

/** Dots that a letter of the picture is high (font.ts). */
export const GLYPH_HEIGHT = 7;

/** CSS length in whole device pixels, at least one. */
export const devicePx = (css: number, dpr: number): number => Math.max(1, Math.round(css * dpr));
/** Device pixels of a dot of a letter. They only come whole: where letters are to be larger, they are rather too large than too small. */
export const letterDot = ({ dpr, letters = 1 }: Pick<Viewport, 'dpr' | 'letters'>): number => (letters > 1 ? Math.ceil(dpr * letters) : devicePx(1, dpr));
/** How much more room than on a desk letters need. */
export const letterRoom = (viewport: Viewport): number => letterDot(viewport) / devicePx(1, viewport.dpr);

/** Left edge of part k of n in a span of pixels: the one rounding rule of the picture, shared by tile.ts and hit.ts. */
export const partEdge = (x: number, width: number, k: number, n: number): number => x + Math.floor((k * width) / n);
/** Gap right of a pageblock of this width, and right of and below a frame of this size (device pixels). */
export const pageblockGap = (width: number, unit: number): number => (width >= 48 * unit ? 2 * unit : width >= 20 * unit ? unit : 0);
export const frameGap = (cell: number, unit: number): number => (cell >= 6 * unit ? unit : 0);

/** Heights of the lanes at a camera: device pixels, before scrolling. Reused from picture to picture. */
export interface LaneMetrics {
  /** y of lane i at [i]; the total height at [number of lanes]. */
  readonly edge: Int32Array;
  /** Height of lane i's tiles. */
  readonly tile: Int32Array;
  count: number;
  padTop: number;
}
export const createLaneMetrics = (): LaneMetrics => ({ edge: new Int32Array(1025), tile: new Int32Array(1024), count: 0, padTop: 0 });

/** Fills `out` for these lanes. Allocates nothing. */
export function measureLanes(lanes: Lanes, camera: Camera, viewport: Viewport, out: LaneMetrics): LaneMetrics {
  const n = Math.min(lanes.list.length, out.tile.length);
  const padTop = devicePx(PAD_TOP, viewport.dpr) + GLYPH_HEIGHT * (letterDot(viewport) - devicePx(1, viewport.dpr));
  const pad = padTop + devicePx(PAD_BOTTOM, viewport.dpr);
  let weights = 0;
  for (let i = 0; i < n; i++) weights += lanes.list[i]?.weight ?? 0;
  const share = (viewport.height - n * pad) / weights;
  const base = Math.min(Math.max(share, MIN_TILE * viewport.dpr), MAX_TILE * viewport.dpr);
  // Half as high as wide: 16 rows under 32 columns make square frames.
  const square = Math.floor(pageblock_nr_pages / camera.pfnPerPixel / 2);
  let y = 0;
  for (let i = 0; i < n; i++) {
    const tile = Math.max(Math.floor(base * (lanes.list[i]?.weight ?? 1)), square);
    out.edge[i] = y;
    out.tile[i] = tile;
    y += tile + pad;
  }
  out.edge[n] = y;
  out.count = n;
  out.padTop = padTop;
  return out;
}

/** Device pixel of the left edge of a frame's pageblock. Whole, and the same distance from its neighbours wherever the view is panned to. */
export const pixelOf = (camera: Camera, pfn: number): number => Math.floor(pfn / camera.pfnPerPixel) - Math.round(camera.left / camera.pfnPerPixel);
/** Address (frames, not whole) under a device pixel. */
export const pfnAt = (camera: Camera, x: number): number => (Math.round(camera.left / camera.pfnPerPixel) + x) * camera.pfnPerPixel;

/** Lane under a device y, or -1 below the last. */
export function laneAt(metrics: LaneMetrics, camera: Camera, y: number): number {
  const at = y + camera.top;
  if (at < 0) return -1;
  for (let i = 0; i < metrics.count; i++) if (at < (metrics.edge[i + 1] as number)) return i;
  return -1;
}

/** Nearest and farthest scale: a frame MAX_CELL CSS pixels wide, and everything the machine could ever hold. */
export const minPfnPerPixel = (viewport: Viewport): number => pageblock_nr_pages / (FRAME_COLUMNS * MAX_CELL * viewport.dpr * letterRoom(viewport));
export const maxPfnPerPixel = (m: Mirror, viewport: Viewport): number => Math.max(m.sizes.max_pfn / viewport.width, minPfnPerPixel(viewport));

const scratch = createLaneMetrics();

/** The nearest camera that shows something: scale within bounds, no emptiness left of zero, right of the last possible frame or under the last lane. */
export function clampCamera(camera: Camera, m: Mirror, lanes: Lanes, viewport: Viewport): Camera {
  const pfnPerPixel = Math.min(Math.max(camera.pfnPerPixel, minPfnPerPixel(viewport)), maxPfnPerPixel(m, viewport));
  const left = Math.max(0, Math.min(camera.left, m.sizes.max_pfn - viewport.width * pfnPerPixel));
  const metrics = measureLanes(lanes, { pfnPerPixel, left, top: 0 }, viewport, scratch);
  const top = Math.round(Math.max(0, Math.min(camera.top, (metrics.edge[metrics.count] as number) - viewport.height)));
  return { pfnPerPixel, left, top };
}

/** Zooms by `factor` (2: twice as near) so that what is under (x, y), in device pixels, stays there, as far as the bounds allow. */
export function zoomAt(camera: Camera, m: Mirror, lanes: Lanes, viewport: Viewport, factor: number, x: number, y: number): Camera {
  const pfnPerPixel = Math.min(Math.max(camera.pfnPerPixel / factor, minPfnPerPixel(viewport)), maxPfnPerPixel(m, viewport));
  const before = measureLanes(lanes, camera, viewport, scratch);
  const lane = laneAt(before, camera, y);
  // Share of the tile under the pointer; the paddings do not grow.
  let share = 0;
  let rest = 0;
  if (lane >= 0) {
    const inside = y + camera.top - (before.edge[lane] as number) - before.padTop;
    const tile = before.tile[lane] as number;
    share = Math.min(Math.max(inside, 0), tile) / tile;
    rest = inside - share * tile;
  }
  const left = pfnAt(camera, x) - x * pfnPerPixel;
  let top = camera.top;
  if (lane >= 0) {
    const after = measureLanes(lanes, { pfnPerPixel, left, top: 0 }, viewport, scratch);
    top = (after.edge[lane] as number) + after.padTop + share * (after.tile[lane] as number) + rest - y;
  }
  return clampCamera({ pfnPerPixel, left, top }, m, lanes, viewport);
}

/** Moves the view by device pixels: positive dx shows higher addresses. */
export const panBy = (camera: Camera, m: Mirror, lanes: Lanes, viewport: Viewport, dx: number, dy: number): Camera =>
  clampCamera({ ...camera, left: camera.left + dx * camera.pfnPerPixel, top: camera.top + dy }, m, lanes, viewport);

/** CSS pixels left free on both sides of what is fitted. */
export const FIT_MARGIN = 8;
/** The camera that fits the frames start … end (exclusive), with a lane in the middle of the view if one is named. */
export function fitRange(m: Mirror, lanes: Lanes, viewport: Viewport, start: number, end: number, lane = -1): Camera {
  const margin = FIT_MARGIN * viewport.dpr;
  const pfnPerPixel = Math.min(Math.max((end - start) / Math.max(1, viewport.width - 2 * margin), minPfnPerPixel(viewport)), maxPfnPerPixel(m, viewport));
  const left = (start + end) / 2 - (viewport.width * pfnPerPixel) / 2;
  const metrics = measureLanes(lanes, { pfnPerPixel, left, top: 0 }, viewport, scratch);
  const top = lane < 0 ? 0 : ((metrics.edge[lane] as number) + (metrics.edge[lane + 1] as number) - viewport.height) / 2;
  return clampCamera({ pfnPerPixel, left, top }, m, lanes, viewport);
}

/** The camera that has a frame in the middle, FOCUS CSS pixels wide; its lane's rows count, so the address alone would not find it. */
export function fitFrame(m: Mirror, lanes: Lanes, viewport: Viewport, pfn: number): Camera {
  const pageblock = Math.floor(pfn / pageblock_nr_pages);
  const row = Math.floor((pfn % pageblock_nr_pages) / FRAME_COLUMNS);
  const pfnPerPixel = pageblock_nr_pages / (FRAME_COLUMNS * FOCUS * viewport.dpr);
  const middle = (pageblock + ((pfn % FRAME_COLUMNS) + 0.5) / FRAME_COLUMNS) * pageblock_nr_pages;
  const left = middle - (viewport.width * pfnPerPixel) / 2;
  const metrics = measureLanes(lanes, { pfnPerPixel, left, top: 0 }, viewport, scratch);
  const lane = laneOfPageblock(lanes, m, pageblock);
  const top = lane < 0 ? 0 : (metrics.edge[lane] as number) + metrics.padTop + ((row + 0.5) / FRAME_ROWS) * (metrics.tile[lane] as number) - viewport.height / 2;
  return clampCamera({ pfnPerPixel, left, top }, m, lanes, viewport);
}

/** The first camera: all memory that is present or plugged, and room for one more DIMM of an eighth of that, whole blocks. What could still be plugged lies to the right. */
export function fitMachine(m: Mirror, lanes: Lanes, viewport: Viewport): Camera {
  const block = 2 ** m.sizes.block_shift;
  const end = Math.max(contentEnd(m), block);
  const shown = Math.min(Math.ceil((end * 1.125) / block) * block, m.sizes.max_pfn);
  return clampCamera({ pfnPerPixel: shown / viewport.width, left: 0, top: 0 }, m, lanes, viewport);
}

export type ZoomLevel = 'machine' | 'block' | 'pageblock' | 'frame';
/** What the picture shows at this scale, for the breadcrumb: a frame counts from 12 CSS pixels on, a pageblock from 24, a block from 96. */
export function zoomLevel(camera: Camera, m: Mirror, viewport: Viewport): ZoomLevel {
  const pageblock = pageblock_nr_pages / camera.pfnPerPixel / viewport.dpr;
  if (pageblock >= FRAME_COLUMNS * 12) return 'frame';
  if (pageblock >= 24) return 'pageblock';
  return (2 ** m.sizes.block_shift / camera.pfnPerPixel) / viewport.dpr >= 96 ? 'block' : 'machine';
}
