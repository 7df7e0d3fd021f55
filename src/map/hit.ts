/** What lies under a point. The inverse is places.ts; both use the same whole numbers. */
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import { type Camera, FRAME_COLUMNS, FRAME_ROWS, laneAt, type LaneMetrics, pfnAt, pixelOf, type Viewport } from './geometry.ts';
import { type Lanes, laneOfPageblock } from './lanes.ts';
import { blockOfPageblock, type Mirror } from './mirror.ts';
import { type MutableRect, partOfBlock, pageblockRect, placeTile } from './places.ts';
import { eachSlotRange } from './slots.ts';

export interface Hit {
  /** Lane under the point, -1 below the last; node and zone of that lane, -1 where it has none. */
  readonly lane: number;
  readonly nid: number;
  readonly zone: number;
  /** Block, pageblock and frame at this address, wherever they are drawn; -1 where Linux has no block. */
  readonly block: number;
  readonly pageblock: number;
  readonly pfn: number;
  /** True if the block is drawn here, not only above or below: the point is on its tile. */
  readonly onTile: boolean;
  /** DIMM socket whose memory has this address, -1 for none. */
  readonly slot: number;
  /** True if the point is on that DIMM's box. */
  readonly onSlot: boolean;
}

const box: MutableRect = { x: 0, y: 0, width: 0, height: 0 };

/** Part of `count` that a pixel of a span lies in: the last whose edge (tile.ts, partEdge) is not right of it. */
function partAt(offset: number, width: number, count: number): number {
  let part = Math.min(count - 1, Math.max(0, Math.floor((offset * count) / width)));
  while (part + 1 < count && Math.floor(((part + 1) * width) / count) <= offset) part++;
  return part;
}

/** Pageblock at device column x; with tiles narrower than their gaps the nearest. -1: outside the machine. */
function pageblockAt(m: Mirror, lanes: Lanes, metrics: LaneMetrics, camera: Camera, viewport: Viewport, x: number): number {
  const near = Math.floor(pfnAt(camera, x + 0.5) / pageblock_nr_pages);
  if (near < 0 || near >= m.pageblock.generation.length) return -1;
  const lane = laneOfPageblock(lanes, m, near);
  if (lane < 0) return near;
  // Within a tile, pageblocks share its width out among themselves; near its edges that may differ from the plain division by one.
  const [from, to] = partOfBlock(m, lanes, near);
  placeTile(m, metrics, camera, viewport, lane, from, to, box);
  const offset = Math.min(Math.max(x - box.x, 0), box.width - 1);
  return from + partAt(offset, box.width, to - from);
}

/** Frame of a pageblock under the point; its rows count down the lane's tile. */
function frameAt(m: Mirror, lanes: Lanes, metrics: LaneMetrics, camera: Camera, viewport: Viewport, pageblock: number, x: number, y: number): number {
  const start = pageblock * pageblock_nr_pages;
  if (!pageblockRect(m, lanes, metrics, camera, viewport, pageblock, box) || y < box.y || y >= box.y + box.height) return start;
  const column = partAt(Math.min(Math.max(x - box.x, 0), Math.max(0, box.width - 1)), Math.max(1, box.width), FRAME_COLUMNS);
  return start + partAt(y - box.y, box.height, FRAME_ROWS) * FRAME_COLUMNS + column;
}

/** (x, y) in device pixels of the picture. Far away the pageblock is the first under the pixel; frames are exact from one pixel a frame on. */
export function hitTest(m: Mirror, lanes: Lanes, metrics: LaneMetrics, camera: Camera, viewport: Viewport, x: number, y: number): Hit {
  const lane = laneAt(metrics, camera, y);
  const here = lanes.list[lane];
  const pageblock = pageblockAt(m, lanes, metrics, camera, viewport, Math.floor(x));
  const drawnIn = pageblock < 0 ? -1 : laneOfPageblock(lanes, m, pageblock);
  const inTile = lane >= 0 && y + camera.top >= (metrics.edge[lane] as number) + metrics.padTop && y + camera.top < (metrics.edge[lane] as number) + metrics.padTop + (metrics.tile[lane] as number);
  let slot = -1;
  eachSlotRange(m, (i, start, end) => {
    if (x >= pixelOf(camera, start) && x < pixelOf(camera, end)) slot = i;
  });
  return {
    lane, nid: here?.nid ?? -1, zone: here?.zone ?? -1,
    block: drawnIn < 0 ? -1 : blockOfPageblock(m, pageblock),
    pageblock: drawnIn < 0 ? -1 : pageblock,
    pfn: drawnIn < 0 ? -1 : frameAt(m, lanes, metrics, camera, viewport, pageblock, Math.floor(x), Math.floor(y)),
    onTile: drawnIn >= 0 && drawnIn === lane && inTile,
    slot, onSlot: slot >= 0 && here?.kind === 'slots' && inTile,
  };
}
