/** Words that belong on the picture but are real text, laid over the canvas by the page: lanes, holes, DIMMs. All in CSS pixels of the canvas. */
import { SLOT_PLUGGED } from '../../workers/uapi/layout.ts';
import { pixelOf, type Rect } from './geometry.ts';
import type { Lane } from './lanes.ts';
import type { Picture } from './picture.ts';
import { contentEnd } from './mirror.ts';
import type { Hole } from './scene.ts';
import { eachSlotRange } from './slots.ts';

export interface LaneLabel extends Rect {
  readonly lane: number;
  readonly of: Lane;
}
export interface SlotLabel extends Rect {
  readonly slot: number;
  /** First frame of this range of it. */
  readonly start: number;
  /** Frames of all its ranges. */
  readonly pages: number;
  readonly plugged: boolean;
}
export interface HoleLabel extends Rect {
  readonly kind: Hole['kind'];
}

/** The visible part of a range of frames as a box over lanes first … last; width 0 if none of it shows. */
function box(p: Picture, start: number, end: number, first: number, last: number): Rect {
  const { metrics } = p;
  const { camera } = p.view;
  const { dpr, width } = p.viewport;
  const left = Math.max(0, pixelOf(camera, start));
  const right = Math.min(width, pixelOf(camera, end));
  const y = (metrics.edge[first] as number) - camera.top;
  return { x: left / dpr, width: Math.max(0, right - left) / dpr, y: y / dpr, height: ((metrics.edge[last + 1] as number) - camera.top - y) / dpr };
}

/** Every lane, also those scrolled out of sight (y below 0 or past the height). */
export function laneLabels(p: Picture): LaneLabel[] {
  const { metrics } = p;
  const { dpr, width } = p.viewport;
  return p.lanes.list.map((of, lane) => ({
    lane, of, x: 0, width: width / dpr,
    y: ((metrics.edge[lane] as number) - p.view.camera.top) / dpr,
    height: ((metrics.edge[lane + 1] as number) - (metrics.edge[lane] as number)) / dpr,
  }));
}

/** DIMMs in the Slots lane that are in sight, each range of them. */
export function slotLabels(p: Picture): SlotLabel[] {
  const { slot } = p.mirror;
  const labels: SlotLabel[] = [];
  eachSlotRange(p.mirror, (i, start, end) => {
    const at = box(p, start, end, p.lanes.slots, p.lanes.slots);
    if (at.width > 0) labels.push({ ...at, slot: i, start, pages: slot.nr_pages[i] as number, plugged: slot.state[i] === SLOT_PLUGGED });
  });
  return labels;
}

/** Holes that are shaded and in sight, over all lanes. */
export function holeLabels(p: Picture): HoleLabel[] {
  const end = contentEnd(p.mirror);
  return p.holes
    .filter((hole) => hole.start < end)
    .map((hole) => ({ ...box(p, hole.start, Math.min(hole.end, end), 0, p.lanes.list.length - 1), kind: hole.kind }))
    .filter((label) => label.width > 0);
}
