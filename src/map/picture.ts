/** Where everything is on the picture: what hits, labels and zoom ask. It knows no pixels: who paints them may be another thread (painter.ts). */
import { type Camera, clampCamera, createLaneMetrics, fitMachine, type LaneMetrics, measureLanes, type Viewport } from './geometry.ts';
import { type Hit, hitTest } from './hit.ts';
import { buildLanes, type Lanes, lanesHold } from './lanes.ts';
import { contentEnd, type Mirror } from './mirror.ts';
import type { Hole, ViewState } from './scene.ts';

export interface Picture {
  mirror: Mirror;
  lanes: Lanes;
  readonly holes: readonly Hole[];
  /** Of the lanes as they were laid out last. */
  readonly metrics: LaneMetrics;
  viewport: Viewport;
  view: ViewState;
  /** The camera that showed the whole machine, and the end of memory then: while the view is that one, it follows a machine that grows. */
  fitted: Camera;
  end: number;
}

/** The whole machine, laid out. Width and height in device pixels. */
export function placePicture(mirror: Mirror, holes: readonly Hole[], viewport: Viewport): Picture {
  const lanes = buildLanes(mirror);
  const camera = fitMachine(mirror, lanes, viewport);
  return { mirror, lanes, holes, metrics: createLaneMetrics(), viewport, view: { camera, selection: [] }, fitted: camera, end: contentEnd(mirror) };
}

const isFitted = (p: Picture): boolean => p.view.camera.pfnPerPixel === p.fitted.pfnPerPixel && p.view.camera.left === p.fitted.left;

function showWhole(p: Picture): void {
  p.fitted = fitMachine(p.mirror, p.lanes, p.viewport);
  p.end = contentEnd(p.mirror);
  p.view = { ...p.view, camera: p.fitted };
}

/** Changes size. A view of the whole machine stays one; any other keeps its left edge and its scale in CSS pixels. */
export function resizePicture(p: Picture, viewport: Viewport): void {
  const { camera } = p.view;
  const ratio = viewport.dpr / p.viewport.dpr;
  const whole = isFitted(p);
  p.viewport = viewport;
  if (whole) showWhole(p);
  else p.view = { ...p.view, camera: clampCamera({ pfnPerPixel: camera.pfnPerPixel / ratio, left: camera.left, top: camera.top * ratio }, p.mirror, p.lanes, viewport) };
}

/** Follows the machine: its end, nodes and zones that came or went. To be called before every picture. */
export function layPicture(p: Picture): void {
  if (p.end !== contentEnd(p.mirror) && isFitted(p)) showWhole(p);
  if (!lanesHold(p.lanes, p.mirror)) {
    p.lanes = buildLanes(p.mirror);
    p.view = { ...p.view, camera: clampCamera(p.view.camera, p.mirror, p.lanes, p.viewport) };
  }
  measureLanes(p.lanes, p.view.camera, p.viewport, p.metrics);
}

/** What lies under a point, device pixels. */
export const hitPicture = (p: Picture, x: number, y: number): Hit => hitTest(p.mirror, p.lanes, p.metrics, p.view.camera, p.viewport, x, y);

/** Frames from left to right that the view shows, and the end of the line they are part of: all that is present, plugged or in view. */
export function rangeOf({ view: { camera }, viewport, fitted }: Picture): { readonly from: number; readonly to: number; readonly end: number } {
  const to = camera.left + viewport.width * camera.pfnPerPixel;
  return { from: camera.left, to, end: Math.max(to, fitted.left + viewport.width * fitted.pfnPerPixel) };
}
