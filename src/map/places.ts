/** Where a block, a pageblock and a frame are drawn: the same whole numbers that tile.ts draws with, so that a click hits what is seen. */
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import { type Camera, devicePx, FRAME_COLUMNS, FRAME_ROWS, frameGap, type LaneMetrics, pageblockGap, partEdge, pixelOf, type Rect, type Viewport } from './geometry.ts';
import { type Lanes, laneOfPageblock } from './lanes.ts';
import type { Picture } from './picture.ts';
import { type Mirror, pageblocksPerBlock } from './mirror.ts';
import type { Spot } from './scene.ts';

/** Device pixels. */
export interface MutableRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** From this width of a block on (CSS pixels), tiles keep apart. */
const GAP_FROM = 6;

/** Sets `out` to the tile of pageblocks from … to (of one block, or of one group of blocks) in a lane. */
export function placeTile(m: Mirror, metrics: LaneMetrics, camera: Camera, viewport: Viewport, lane: number, from: number, to: number, out: MutableRect): void {
  const blockPx = (pageblocksPerBlock(m) * pageblock_nr_pages) / camera.pfnPerPixel;
  const gap = blockPx >= GAP_FROM * viewport.dpr ? devicePx(1, viewport.dpr) : 0;
  out.x = pixelOf(camera, from * pageblock_nr_pages) + gap;
  out.width = Math.max(1, pixelOf(camera, to * pageblock_nr_pages) - gap - out.x);
  out.y = (metrics.edge[lane] as number) - camera.top + metrics.padTop;
  out.height = metrics.tile[lane] as number;
}

/** First pageblock, and end, of the part of the block around `pageblock` that lies in one lane. */
export function partOfBlock(m: Mirror, lanes: Lanes, pageblock: number): readonly [from: number, to: number] {
  const per = pageblocksPerBlock(m);
  const start = Math.floor(pageblock / per) * per;
  const lane = laneOfPageblock(lanes, m, pageblock);
  let from = pageblock;
  let to = pageblock + 1;
  while (from > start && laneOfPageblock(lanes, m, from - 1) === lane) from--;
  while (to < start + per && laneOfPageblock(lanes, m, to) === lane) to++;
  return [from, to];
}

/** Sets `out` to a pageblock's rectangle (in its present lane); false if no block holds it. */
export function pageblockRect(m: Mirror, lanes: Lanes, metrics: LaneMetrics, camera: Camera, viewport: Viewport, pageblock: number, out: MutableRect): boolean {
  const lane = laneOfPageblock(lanes, m, pageblock);
  if (lane < 0) return false;
  const [from, to] = partOfBlock(m, lanes, pageblock);
  placeTile(m, metrics, camera, viewport, lane, from, to, out);
  const x = partEdge(out.x, out.width, pageblock - from, to - from);
  const right = partEdge(out.x, out.width, pageblock - from + 1, to - from);
  out.x = x;
  const exact = right - x >= FRAME_COLUMNS;
  out.width = right - x - (exact ? pageblockGap(right - x, devicePx(1, viewport.dpr)) : 0);
  return true;
}

/** Sets `out` to a frame's rectangle; less than a pixel wide far away. False if no block holds it. */
export function frameRect(m: Mirror, lanes: Lanes, metrics: LaneMetrics, camera: Camera, viewport: Viewport, pfn: number, out: MutableRect): boolean {
  if (!pageblockRect(m, lanes, metrics, camera, viewport, Math.floor(pfn / pageblock_nr_pages), out)) return false;
  const { x, y, width, height } = out;
  const i = pfn % pageblock_nr_pages;
  const column = i % FRAME_COLUMNS;
  const row = (i - column) / FRAME_COLUMNS;
  const cell = Math.min(Math.floor(width / FRAME_COLUMNS), Math.floor(height / FRAME_ROWS));
  const gap = frameGap(cell, devicePx(1, viewport.dpr));
  out.x = partEdge(x, width, column, FRAME_COLUMNS);
  out.width = partEdge(x, width, column + 1, FRAME_COLUMNS) - out.x - gap;
  out.y = partEdge(y, height, row, FRAME_ROWS);
  out.height = partEdge(y, height, row + 1, FRAME_ROWS) - out.y - gap;
  return true;
}

/** Where a block, or a pageblock or frame of it, is drawn, in CSS pixels: for tooltips, menus and the keyboard's focus. Undefined if no block holds it. Of a block in two lanes: its first part. */
export function spotRect(p: Picture, spot: Spot): Rect | undefined {
  const box: MutableRect = { x: 0, y: 0, width: 0, height: 0 };
  const { mirror, lanes, viewport } = p;
  const { camera } = p.view;
  const { metrics } = p;
  const first = spot.block * pageblocksPerBlock(mirror);
  if (spot.pfn !== undefined) {
    if (!frameRect(mirror, lanes, metrics, camera, viewport, spot.pfn, box)) return undefined;
  } else if (spot.pageblock !== undefined) {
    if (!pageblockRect(mirror, lanes, metrics, camera, viewport, spot.pageblock, box)) return undefined;
  } else {
    const lane = laneOfPageblock(lanes, mirror, first);
    if (lane < 0) return undefined;
    const [from, to] = partOfBlock(mirror, lanes, first);
    placeTile(mirror, metrics, camera, viewport, lane, from, to, box);
  }
  const { dpr } = viewport;
  return { x: box.x / dpr, y: box.y / dpr, width: box.width / dpr, height: box.height / dpr };
}
