/** Camera + mirror + what is selected, hovered and dragged → two display lists: the machine, and what lies over it. Pure but for the lists, which are reused. */
import type { Hole as EngineHole } from '../../workers/uapi/engine.ts';
import type { Lens } from '../../workers/uapi/lens.ts';
import { MEM_ABSENT, MEM_STATE_GOING_OFFLINE, SECTION_PRESENT } from '../../workers/uapi/memory_block.ts';
import { MAX_NR_ZONES, pageblock_nr_pages, ZONE_MOVABLE } from '../../workers/uapi/mmzone.ts';
import { SLOT_PLUGGED } from '../../workers/uapi/layout.ts';
import type { DrawnCounts } from './counts.ts';
import { createDisplayList, type DisplayList, emit, OP_DASH, OP_FILL, OP_GHOST, OP_NUMBER, OP_STROKE, OP_TILE, OP_VIEW } from './display_list.ts';
import { ADVANCE, digitCount } from './font.ts';
import { type Camera, createLaneMetrics, devicePx, GLYPH_HEIGHT, type LaneMetrics, letterDot, letterRoom, measureLanes, PAD_BOTTOM, pfnAt, pixelOf, type Viewport } from './geometry.ts';
import { type Lanes, laneOfPageblock, runEnd } from './lanes.ts';
import { blockCount, contentEnd, type Mirror, pageblocksPerBlock } from './mirror.ts';
import { INK, INK_ZONE } from './palette.ts';
import { frameRect, type MutableRect, pageblockRect, placeTile } from './places.ts';
import { tickStep } from './ruler.ts';
import { eachSlotRange } from './slots.ts';

/** A range of addresses without RAM, in frames, end exclusive. */
export type Hole = Pick<EngineHole, 'start' | 'end' | 'kind'>;

export interface Drag {
  readonly blocks: readonly number[];
  /** CSS pixels from where the blocks were taken up. */
  readonly dx: number;
  readonly dy: number;
  /** Lane under the pointer, and what a drop there would be answered. */
  readonly target?: { readonly lane: number; readonly verdict: 'yes' | 'likely' | 'no' };
}

/** What a hover or a selection means: a block, a pageblock of it, or a frame. */
export interface Spot {
  readonly block: number;
  readonly pageblock?: number;
  readonly pfn?: number;
}

export interface ViewState {
  readonly camera: Camera;
  readonly selection: readonly Spot[];
  /** The keyboard is in the picture: the first of the selected is where. */
  readonly focused?: boolean;
  readonly hover?: Spot | undefined;
  readonly drag?: Drag | undefined;
  /** KIND_* (or class of the lens) that keeps its colour while the others step back. */
  readonly only?: number | undefined;
}

export interface Scene {
  readonly base: DisplayList;
  readonly overlay: DisplayList;
  readonly metrics: LaneMetrics;
  mirror: Mirror;
  counts: DrawnCounts;
  /** What the mirror is seen through. */
  lens: Lens;
  /** Whole device pixels per CSS pixel: thickness of lines. */
  unit: number;
  /** Device pixels of a letter's dot. */
  dot: number;
  /** Pixels the map is scrolled by, as patterns take it. */
  offsetX: number;
  offsetY: number;
  /** Cells are under two CSS pixels: seven colours are enough. */
  coarse: boolean;
}

/** Tiles narrower than this (CSS pixels) stand for several blocks. */
const LEAST_TILE = 3;
/** CSS pixels between two block numbers. */
const NUMBER_EVERY = 44;

export const createScene = (mirror: Mirror, counts: DrawnCounts): Scene => ({
  base: createDisplayList(1024), overlay: createDisplayList(64), metrics: createLaneMetrics(), mirror, counts, lens: 'kind', unit: 1, dot: 1, offsetX: 0, offsetY: 0, coarse: false,
});

/** Rebuilds the scene in place. Cost: what is visible, and one look at every section. */
export function buildScene(scene: Scene, lanes: Lanes, holes: readonly Hole[], viewport: Viewport, view: ViewState): void {
  const { camera } = view;
  measureLanes(lanes, camera, viewport, scene.metrics);
  scene.unit = devicePx(1, viewport.dpr);
  scene.dot = letterDot(viewport);
  scene.offsetX = Math.round(camera.left / camera.pfnPerPixel) % (scene.unit * 5040);
  scene.offsetY = camera.top;
  scene.coarse = 2 ** scene.mirror.sizes.block_shift / camera.pfnPerPixel < 2 * viewport.dpr;
  scene.base.length = 0;
  scene.overlay.length = 0;
  emit(scene.base, OP_VIEW, 0, 0, viewport.width, viewport.height, scene.offsetX, scene.offsetY, scene.unit, scene.dot);
  drawGround(scene, lanes, holes, viewport, view);
  drawSpans(scene, lanes, camera, viewport);
  drawSlots(scene, lanes, camera, viewport);
  drawTiles(scene, lanes, viewport, view);
  drawOverlay(scene, lanes, camera, viewport, view);
}

/** A lane that would take what is dragged over it is lit. */
const laneGround = (lane: number, drag: Drag | undefined): number =>
  drag?.target?.lane === lane && drag.target.verdict !== 'no' ? INK.raised : lane % 2 === 0 ? INK.laneA : INK.laneB;

/** Lanes, the grid of the ruler, and shading where there is no memory and none can be plugged. */
function drawGround(scene: Scene, lanes: Lanes, holes: readonly Hole[], viewport: Viewport, { camera, drag }: ViewState): void {
  const { base, metrics, unit, mirror } = scene;
  emit(base, OP_FILL, 0, 0, viewport.width, viewport.height, INK.bg);
  for (let i = 0; i < lanes.list.length; i++) {
    const y = (metrics.edge[i] as number) - camera.top;
    emit(base, OP_FILL, 0, y, viewport.width, (metrics.edge[i + 1] as number) - (metrics.edge[i] as number), laneGround(i, drag));
  }
  const height = (metrics.edge[metrics.count] as number) - camera.top;
  for (const hole of holes) shade(scene, camera, viewport, hole.start, Math.min(hole.end, Math.max(contentEnd(mirror), hole.start)), height);
  const step = tickStep(camera, viewport);
  for (let pfn = Math.ceil(pfnAt(camera, 0) / step) * step; pfn < pfnAt(camera, viewport.width); pfn += step) emit(base, OP_FILL, pixelOf(camera, pfn), 0, unit, height, INK.line);
}

/** Shades start … end, whole sections, where no section is present. */
function shade(scene: Scene, camera: Camera, viewport: Viewport, start: number, end: number, height: number): void {
  const { state } = scene.mirror.section;
  const size = 2 ** scene.mirror.sizes.section_shift;
  const last = Math.ceil(Math.min(end, pfnAt(camera, viewport.width)) / size);
  let from = -1;
  for (let s = Math.floor(start / size); s <= last; s++) {
    const empty = s < last && ((state[s] ?? 0) & SECTION_PRESENT) === 0;
    if (empty && from < 0) from = s;
    if (empty || from < 0) continue;
    const x = Math.max(-scene.unit, pixelOf(camera, Math.max(start, from * size)));
    emit(scene.base, OP_FILL, x, 0, Math.min(viewport.width, pixelOf(camera, Math.min(end, s * size))) - x, height, INK.hole);
    from = -1;
  }
}

/** Under each lane: a hair line as far as its zone spans, and a bar where the zone owns memory. */
function drawSpans(scene: Scene, lanes: Lanes, camera: Camera, viewport: Viewport): void {
  const { mirror, metrics, unit, base } = scene;
  const perBlock = pageblocksPerBlock(mirror);
  for (let i = 0; i < lanes.list.length; i++) {
    const lane = lanes.list[i];
    if (lane === undefined || lane.kind !== 'zone') continue;
    const row = lane.nid * MAX_NR_ZONES + lane.zone;
    const spanned = mirror.zone.spanned_pages[row] as number;
    if (spanned === 0) continue;
    const start = mirror.zone.zone_start_pfn[row] as number;
    const y = (metrics.edge[i + 1] as number) - camera.top - devicePx(PAD_BOTTOM - 3, viewport.dpr);
    const from = Math.max(0, Math.floor(start / pageblock_nr_pages), Math.floor(pfnAt(camera, 0) / pageblock_nr_pages));
    const to = Math.min(Math.ceil((start + spanned) / pageblock_nr_pages), Math.ceil(pfnAt(camera, viewport.width) / pageblock_nr_pages));
    if (from >= to) continue;
    const left = pixelOf(camera, from * pageblock_nr_pages);
    emit(base, OP_FILL, left, y, pixelOf(camera, to * pageblock_nr_pages) - left, unit, INK_ZONE + lane.zone);
    // Bars: whole blocks at a time; a block with two zones is walked pageblock by pageblock by runEnd().
    for (let pb = from; pb < to;) {
      if (mirror.memory_block.state[Math.floor(pb / perBlock)] === MEM_ABSENT) {
        pb = (Math.floor(pb / perBlock) + 1) * perBlock;
        continue;
      }
      const end = runEnd(lanes, mirror, pb, to);
      if (laneOfPageblock(lanes, mirror, pb) === i) {
        const x = pixelOf(camera, pb * pageblock_nr_pages);
        emit(base, OP_FILL, x, y, Math.max(unit, pixelOf(camera, end * pageblock_nr_pages) - x), 2 * unit, INK_ZONE + lane.zone);
      }
      pb = end;
    }
  }
}

/** DIMMs: a filled box while only the board knows them, an outline once their memory is Linux's. */
function drawSlots(scene: Scene, lanes: Lanes, camera: Camera, viewport: Viewport): void {
  const { mirror, metrics, unit, base } = scene;
  const y = (metrics.edge[lanes.slots] as number) - camera.top + metrics.padTop;
  const height = metrics.tile[lanes.slots] as number;
  eachSlotRange(mirror, (slot, start, end) => {
    const x0 = pixelOf(camera, start);
    const x1 = pixelOf(camera, end);
    if (x1 <= 0 || x0 >= viewport.width) return;
    const x = Math.max(x0, -2 * unit) + unit;
    const width = Math.max(unit, Math.min(x1, viewport.width + 2 * unit) - x - unit);
    // The stroke lies around the box and leaves the corners open, which rounds them.
    if (mirror.slot.state[slot] === SLOT_PLUGGED) emit(base, OP_FILL, x, y, width, height, INK.raised);
    emit(base, OP_FILL, x + unit, y - unit, width - 2 * unit, unit, INK.lineStrong);
    emit(base, OP_FILL, x + unit, y + height, width - 2 * unit, unit, INK.lineStrong);
    emit(base, OP_FILL, x - unit, y + unit, unit, height - 2 * unit, INK.lineStrong);
    emit(base, OP_FILL, x + width, y + unit, unit, height - 2 * unit, INK.lineStrong);
  });
}

const tileBox: MutableRect = { x: 0, y: 0, width: 0, height: 0 };

/** One tile a block (or group of blocks, or part of a block with two zones), with its state and its number. */
function drawTiles(scene: Scene, lanes: Lanes, viewport: Viewport, { camera, drag }: ViewState): void {
  const { mirror, base, unit, metrics, counts } = scene;
  const perBlock = pageblocksPerBlock(mirror);
  const blockPx = (perBlock * pageblock_nr_pages) / camera.pfnPerPixel;
  let group = 1;
  while (blockPx * group < LEAST_TILE * viewport.dpr) group *= 2;
  let numberEvery = 1;
  while (blockPx * numberEvery < NUMBER_EVERY * viewport.dpr * letterRoom(viewport)) numberEvery *= 2;
  const first = Math.max(0, Math.floor(pfnAt(camera, 0) / pageblock_nr_pages / perBlock / group) * group);
  const end = Math.min(blockCount(mirror), Math.ceil(pfnAt(camera, viewport.width) / pageblock_nr_pages / perBlock));
  for (let from = first; from < end; from += group) {
    const groupEnd = Math.min(from + group, blockCount(mirror)) * perBlock;
    for (let pb = from * perBlock; pb < groupEnd;) {
      const lane = laneOfPageblock(lanes, mirror, pb);
      const to = lane < 0 ? Math.min(groupEnd, (Math.floor(pb / perBlock) + 1) * perBlock) : runEnd(lanes, mirror, pb, groupEnd);
      if (lane >= 0) {
        placeTile(mirror, metrics, camera, viewport, lane, pb, to, tileBox);
        const { x, y, width, height } = tileBox;
        if (lane === lanes.offline) emit(base, width >= 4 * unit ? OP_DASH : OP_FILL, x, y, width, height, INK.quiet);
        else {
          let stamp = 0;
          for (let block = Math.floor(pb / perBlock); block * perBlock < to; block++) stamp = Math.max(stamp, counts.stamp[block] as number);
          emit(base, OP_TILE, x, y, width, height, pb, to, laneGround(lane, drag), lanes.list[lane]?.zone === ZONE_MOVABLE ? 1 : 0, stamp);
          if (mirror.memory_block.state[Math.floor(pb / perBlock)] === MEM_STATE_GOING_OFFLINE) emit(base, OP_STROKE, x, y, width, height, INK.cage, unit);
        }
        const block = Math.floor(pb / perBlock);
        if (pb === block * perBlock && block % numberEvery === 0 && y > 0) drawNumberOver(base, x, y, block, scene.dot, metrics.padTop);
      }
      pb = to;
    }
  }
}

/** The block's number, in the room over its tile. */
function drawNumberOver(base: DisplayList, x: number, y: number, block: number, dot: number, room: number): void {
  const height = GLYPH_HEIGHT * dot;
  emit(base, OP_NUMBER, x + 2 * dot, y - height - Math.max(dot, (room - height) >> 1), digitCount(block, 10) * ADVANCE * dot, height, block, INK.ink3);
}

const spotBox: MutableRect = { x: 0, y: 0, width: 0, height: 0 };

function drawOverlay(scene: Scene, lanes: Lanes, camera: Camera, viewport: Viewport, view: ViewState): void {
  view.selection.forEach((spot, i) => { strokeSpot(scene, lanes, camera, viewport, spot, INK.accent, (view.focused && i === 0 ? 3 : 2) * scene.unit); });
  if (view.hover) strokeSpot(scene, lanes, camera, viewport, view.hover, INK.ink2, scene.unit);
  if (view.drag) drawDrag(scene, lanes, camera, viewport, view.drag);
}

/** Outlines a frame, a pageblock, or all parts of a block; too small to be seen, it is widened to 4 CSS pixels. */
function strokeSpot(scene: Scene, lanes: Lanes, camera: Camera, viewport: Viewport, spot: Spot, ink: number, thickness: number): void {
  const { mirror, overlay, metrics, unit } = scene;
  const perBlock = pageblocksPerBlock(mirror);
  if (spot.pfn !== undefined || spot.pageblock !== undefined) {
    const found = spot.pfn !== undefined ? frameRect(mirror, lanes, metrics, camera, viewport, spot.pfn, spotBox) : pageblockRect(mirror, lanes, metrics, camera, viewport, spot.pageblock as number, spotBox);
    if (found) emit(overlay, OP_STROKE, spotBox.x, spotBox.y, Math.max(spotBox.width, 4 * unit), Math.max(spotBox.height, 4 * unit), ink, thickness);
    if (found) return;
  }
  for (let pb = spot.block * perBlock; pb < (spot.block + 1) * perBlock;) {
    const lane = laneOfPageblock(lanes, mirror, pb);
    if (lane < 0) return;
    const to = runEnd(lanes, mirror, pb, (spot.block + 1) * perBlock);
    placeTile(mirror, metrics, camera, viewport, lane, pb, to, tileBox);
    emit(overlay, OP_STROKE, tileBox.x, tileBox.y, Math.max(tileBox.width, 4 * unit), tileBox.height, ink, thickness);
    pb = to;
  }
}

/** Where the blocks come from (dashes), where they would land (dashes in the target lane), and themselves under the pointer. */
function drawDrag(scene: Scene, lanes: Lanes, camera: Camera, viewport: Viewport, drag: Drag): void {
  const { mirror, overlay, metrics, unit } = scene;
  const perBlock = pageblocksPerBlock(mirror);
  const ink = drag.target?.verdict === 'no' ? INK.danger : INK.accent;
  for (const block of drag.blocks) {
    const lane = laneOfPageblock(lanes, mirror, block * perBlock);
    if (lane < 0) continue;
    if (drag.target) {
      placeTile(mirror, metrics, camera, viewport, drag.target.lane, block * perBlock, (block + 1) * perBlock, tileBox);
      emit(overlay, OP_DASH, tileBox.x, tileBox.y, tileBox.width, tileBox.height, ink);
    }
    placeTile(mirror, metrics, camera, viewport, lane, block * perBlock, (block + 1) * perBlock, tileBox);
    emit(overlay, OP_DASH, tileBox.x, tileBox.y, tileBox.width, tileBox.height, INK.accent);
  }
  const dx = Math.round(drag.dx * viewport.dpr);
  const dy = Math.round(drag.dy * viewport.dpr);
  for (const block of drag.blocks) {
    const lane = laneOfPageblock(lanes, mirror, block * perBlock);
    if (lane < 0) continue;
    placeTile(mirror, metrics, camera, viewport, lane, block * perBlock, (block + 1) * perBlock, tileBox);
    emit(overlay, OP_STROKE, tileBox.x + dx, tileBox.y + dy, tileBox.width, tileBox.height, ink, 2 * unit);
    emit(overlay, OP_GHOST, tileBox.x + dx, tileBox.y + dy, tileBox.width, tileBox.height, tileBox.x, tileBox.y);
  }
}
