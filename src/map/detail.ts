/**
 * The detail view: one block as a grid of its pageblocks, each with all its frames, in reading order. The same pageblocks as in the score, so a frame looks alike in both.
 */
import type { Lens } from '../../workers/uapi/lens.ts';
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import type { DrawnCounts } from './counts.ts';
import { fillRect, type Framebuffer, markDirty, resolve, strokeAround } from './framebuffer.ts';
import { devicePx, FRAME_COLUMNS, FRAME_ROWS, letterDot, partEdge, type Viewport } from './geometry.ts';
import { LOOKS } from './look.ts';
import { type Mirror, pageblocksPerBlock } from './mirror.ts';
import { INK, type Palette } from './palette.ts';
import type { MutableRect } from './places.ts';
import { drawPageblock, drawTile, type TilePaint } from './tile.ts';

export interface DetailGrid {
  readonly columns: number;
  readonly rows: number;
}

/** CSS pixels between pageblocks. */
const GAP = 4;

/** The number of columns, a power of two, that makes pageblocks most nearly twice as wide as high, as their 32 × 16 frames are. */
export function detailGrid(pageblocks: number, width: number, height: number): DetailGrid {
  let best = 1;
  let error = Number.POSITIVE_INFINITY;
  for (let columns = 1; columns <= pageblocks; columns *= 2) {
    const shape = (width / columns / (height / Math.ceil(pageblocks / columns))) / 2;
    const off = Math.max(shape, 1 / shape);
    if (off < error) {
      error = off;
      best = columns;
    }
  }
  return { columns: best, rows: Math.ceil(pageblocks / best) };
}

/** Sets `out` to the rectangle of the block's i-th pageblock, device pixels. */
export function detailRect(grid: DetailGrid, width: number, height: number, dpr: number, i: number, out: MutableRect): void {
  const gap = devicePx(GAP, dpr);
  const column = i % grid.columns;
  const row = (i - column) / grid.columns;
  out.x = partEdge(0, width + gap, column, grid.columns);
  out.y = partEdge(0, height + gap, row, grid.rows);
  out.width = Math.max(1, partEdge(0, width + gap, column + 1, grid.columns) - gap - out.x);
  out.height = Math.max(1, partEdge(0, height + gap, row + 1, grid.rows) - gap - out.y);
}

/** Frame under a point of the detail view (device pixels), or -1 between pageblocks. */
export function detailHit(m: Mirror, block: number, width: number, height: number, dpr: number, x: number, y: number): number {
  const pageblocks = pageblocksPerBlock(m);
  const grid = detailGrid(pageblocks, width, height);
  const box: MutableRect = { x: 0, y: 0, width: 0, height: 0 };
  for (let i = 0; i < pageblocks; i++) {
    detailRect(grid, width, height, dpr, i, box);
    if (x < box.x || y < box.y || x >= box.x + box.width || y >= box.y + box.height) continue;
    let column = FRAME_COLUMNS - 1;
    let row = FRAME_ROWS - 1;
    while (column > 0 && partEdge(box.x, box.width, column, FRAME_COLUMNS) > x) column--;
    while (row > 0 && partEdge(box.y, box.height, row, FRAME_ROWS) > y) row--;
    return (block * pageblocks + i) * pageblock_nr_pages + row * FRAME_COLUMNS + column;
  }
  return -1;
}

/** What renderDetail() draws. */
export interface DetailView extends Pick<Viewport, 'dpr' | 'letters'> {
  readonly block: number;
  readonly movableZone: boolean;
  /** Frame that gets an outline. */
  readonly selected?: number | undefined;
  readonly lens?: Lens;
}

/** Draws the view, or of one that is there already the pageblocks that changed (counted from the block's first). The counts must be up to date. fb.dirty lists the rectangles. */
export function renderDetail(mirror: Mirror, counts: DrawnCounts, palette: Palette, fb: Framebuffer, view: DetailView, changed?: ReadonlySet<number>): void {
  const unit = devicePx(1, view.dpr);
  const pageblocks = pageblocksPerBlock(mirror);
  const grid = detailGrid(pageblocks, fb.width, fb.height);
  const paint: TilePaint = { mirror, counts, look: LOOKS[view.lens ?? 'kind'], fb, unit, dot: letterDot(view), ground: INK.bg, movableZone: view.movableZone, edges: palette.edges };
  const box: MutableRect = { x: 0, y: 0, width: 0, height: 0 };
  fb.dirtyCount = 0;
  if (changed === undefined) {
    fillRect(fb.index, fb, 0, 0, fb.width, fb.height, INK.bg);
    markDirty(fb, 0, 0, fb.width, fb.height);
  }
  for (let i = 0; i < pageblocks; i++) {
    if (changed?.has(i) === false) continue;
    detailRect(grid, fb.width, fb.height, view.dpr, i, box);
    const pageblock = view.block * pageblocks + i;
    if (changed !== undefined) {
      fillRect(fb.index, fb, box.x, box.y, box.width, box.height, INK.bg);
      markDirty(fb, box.x, box.y, box.width, box.height);
    }
    if (box.width >= FRAME_COLUMNS && box.height >= FRAME_ROWS) drawPageblock(paint, box.x, box.y, box.width, box.height, pageblock);
    else drawTile(paint, box.x, box.y, box.width, box.height, pageblock, pageblock + 1);
    outline(fb, unit, box, (view.selected ?? -1) - pageblock * pageblock_nr_pages);
  }
  for (let d = 0; d < fb.dirtyCount * 4; d += 4) resolve(fb, palette, fb.dirty[d] as number, fb.dirty[d + 1] as number, fb.dirty[d + 2] as number, fb.dirty[d + 3] as number, 0, 0, unit);
}

/** A frame's outline: it reaches into the gap between pageblocks, and not beyond. `at`: frame of the pageblock, or none of its frames. */
function outline(fb: Framebuffer, unit: number, box: MutableRect, at: number): void {
  if (at < 0 || at >= pageblock_nr_pages) return;
  const column = at % FRAME_COLUMNS;
  const row = (at - column) / FRAME_COLUMNS;
  const x = partEdge(box.x, box.width, column, FRAME_COLUMNS);
  const y = partEdge(box.y, box.height, row, FRAME_ROWS);
  const right = partEdge(box.x, box.width, column + 1, FRAME_COLUMNS);
  const bottom = partEdge(box.y, box.height, row + 1, FRAME_ROWS);
  strokeAround(fb.index, fb, x - unit, y - unit, right - x + 2 * unit, bottom - y + 2 * unit, 2 * unit, INK.accent);
}
