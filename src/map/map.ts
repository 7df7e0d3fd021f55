/** The picture as one value, without a screen: mirror, lanes, scene, palette and framebuffer kept together and brought up to date. The canvas (renderer.ts) and the tests hold one. */
import { type Lens, LENSES } from '../../workers/uapi/lens.ts';
import { type Counts, createCounts } from './counts.ts';
import { createFramebuffer, type Framebuffer } from './framebuffer.ts';
import { type Camera, clampCamera, fitMachine, type Viewport } from './geometry.ts';
import { type Hit, hitTest } from './hit.ts';
import { buildLanes, type Lanes, lanesHold } from './lanes.ts';
import { contentEnd, type Mirror } from './mirror.ts';
import { createPalette, type Palette, type Theme } from './palette.ts';
import { renderScene } from './raster.ts';
import { buildScene, createScene, type Hole, type Scene, type ViewState } from './scene.ts';

export interface Picture {
  mirror: Mirror;
  counts: Counts;
  lanes: Lanes;
  readonly holes: readonly Hole[];
  readonly scene: Scene;
  viewport: Viewport;
  view: ViewState;
  theme: Theme;
  fb: Framebuffer;
  /** The camera that showed the whole machine, and the end of memory then: while the view is that one, it follows a machine that grows. */
  fitted: Camera;
  end: number;
  /** Nobody else keeps the counts up to date. */
  ownCounts: boolean;
}

/** A picture of the whole machine. Width and height in device pixels. `kept`: the legend's, if it keeps them for the same mirror, so that frames are counted once. */
export function createPicture(mirror: Mirror, holes: readonly Hole[], viewport: Viewport, theme: Theme, kept?: Counts): Picture {
  const counts = kept ?? createCounts(mirror);
  const lanes = buildLanes(mirror);
  const camera = fitMachine(mirror, lanes, viewport);
  return {
    mirror, counts, lanes, holes, viewport, theme, scene: createScene(mirror, counts), fb: createFramebuffer(viewport.width, viewport.height),
    view: { camera, selection: [] }, fitted: camera, end: contentEnd(mirror), ownCounts: kept === undefined,
  };
}

/** Colour tables, made when first needed and kept: a theme, coarse or not, one kind alone or all. */
const palettes = new WeakMap<Theme, Map<number, Palette>>();
export function paletteFor(theme: Theme, coarse: boolean, only: number | undefined, lens: Lens = 'kind'): Palette {
  const made = palettes.get(theme) ?? new Map<number, Palette>();
  palettes.set(theme, made);
  const key = ((only ?? -1) * 2 + (coarse ? 1 : 0)) * LENSES.length + LENSES.indexOf(lens);
  const palette = made.get(key) ?? createPalette(theme, { coarse, ...(only === undefined ? {} : { only }), ...(lens === 'kind' ? {} : { lens }) });
  made.set(key, palette);
  return palette;
}

/** Shows the same machine through a lens: a mirror whose column of kinds holds classes, and frames counted by them, which the caller keeps up to date. */
export function setPictureLens(p: Picture, lens: Lens, mirror: Mirror, counts: Counts): void {
  p.mirror = mirror;
  p.counts = counts;
  p.ownCounts = false;
  p.scene.mirror = mirror;
  p.scene.counts = counts;
  p.scene.lens = lens;
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
  p.fb = createFramebuffer(viewport.width, viewport.height);
  if (whole) showWhole(p);
  else p.view = { ...p.view, camera: clampCamera({ pfnPerPixel: camera.pfnPerPixel / ratio, left: camera.left, top: camera.top * ratio }, p.mirror, p.lanes, viewport) };
}

/** Draws what changed since the last call into p.fb, and lists it in p.fb.dirty. */
export function drawPicture(p: Picture): void {
  if (p.ownCounts) p.counts.update();
  if (p.end !== contentEnd(p.mirror) && isFitted(p)) showWhole(p);
  if (!lanesHold(p.lanes, p.mirror)) {
    p.lanes = buildLanes(p.mirror);
    p.view = { ...p.view, camera: clampCamera(p.view.camera, p.mirror, p.lanes, p.viewport) };
  }
  buildScene(p.scene, p.lanes, p.holes, p.viewport, p.view);
  renderScene(p.scene, paletteFor(p.theme, p.scene.coarse, p.view.only, p.scene.lens), p.fb);
}

/** What lies under a point, device pixels. */
export const hitPicture = (p: Picture, x: number, y: number): Hit => hitTest(p.mirror, p.lanes, p.scene.metrics, p.view.camera, p.viewport, x, y);
