/** A picture with its pixels: what whoever paints holds (painter.ts), and tests. */
import type { Lens } from '../../workers/uapi/lens.ts';
import { type Counts, createCounts, type DrawnCounts } from './counts.ts';
import { createFramebuffer, type Framebuffer } from './framebuffer.ts';
import type { Viewport } from './geometry.ts';
import { buildLanes, lanesHold } from './lanes.ts';
import type { Mirror } from './mirror.ts';
import { paletteFor, type Theme } from './palette.ts';
import { layPicture, type Picture, placePicture } from './picture.ts';
import { renderScene } from './raster.ts';
import { buildScene, createScene, type Hole, type Scene } from './scene.ts';

export interface Painting extends Picture {
  counts: DrawnCounts;
  readonly scene: Scene;
  theme: Theme;
  fb: Framebuffer;
  /** Counts that nobody else keeps up to date. */
  own: Counts | undefined;
}

/** A painting of the whole machine. `kept`: frames counted by somebody who keeps them up to date for the same mirror. */
export function createPicture(mirror: Mirror, holes: readonly Hole[], viewport: Viewport, theme: Theme, kept?: DrawnCounts): Painting {
  const own = kept === undefined ? createCounts(mirror) : undefined;
  const counts = kept ?? (own as Counts);
  const scene = createScene(mirror, counts);
  return { ...placePicture(mirror, holes, viewport), metrics: scene.metrics, counts, own, theme, scene, fb: createFramebuffer(viewport.width, viewport.height) };
}

/** Shows the same machine through a lens: a mirror whose column of kinds holds classes, and frames counted by them, which the caller keeps up to date. */
export function setPictureLens(p: Painting, lens: Lens, mirror: Mirror, counts: DrawnCounts): void {
  p.mirror = mirror;
  p.counts = counts;
  p.own = undefined;
  p.scene.mirror = mirror;
  p.scene.counts = counts;
  p.scene.lens = lens;
}

/** Draws what changed since the last call into p.fb, as the view says, and lists it in p.fb.dirty. */
export function paintPicture(p: Painting): void {
  const { width, height } = p.viewport;
  if (p.fb.width !== width || p.fb.height !== height) p.fb = createFramebuffer(width, height);
  // Whoever laid it out may have done so a moment ago.
  if (!lanesHold(p.lanes, p.mirror)) p.lanes = buildLanes(p.mirror);
  buildScene(p.scene, p.lanes, p.holes, p.viewport, p.view);
  renderScene(p.scene, paletteFor(p.theme, p.scene.coarse, p.view.only, p.scene.lens), p.fb);
}

/** Both, for those who have no page around the picture. */
export function drawPicture(p: Painting): void {
  p.own?.update();
  layPicture(p);
  paintPicture(p);
}
