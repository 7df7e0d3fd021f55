/** The picture, as the rest of the page sees it. */
export { type Counts, createCounts } from './counts.ts';
export { keepFrames } from './host.ts';
export { createFramebuffer, type Framebuffer } from './framebuffer.ts';
export { type Camera, FIT_MARGIN, fitFrame, fitMachine, fitRange, panBy, type Rect, zoomAt, type ZoomLevel, zoomLevel } from './geometry.ts';
export type { Hit } from './hit.ts';
export { type HoleLabel, holeLabels, type LaneLabel, laneLabels, type SlotLabel, slotLabels } from './labels.ts';
export { buildLanes, type Lane, laneOfPageblock } from './lanes.ts';
export { AGE_EVENTS, AGE_UNTOUCHED, LENS_CLASSES, type LensClass, lensFill } from './lenses.ts';
export { createLoop } from './loop.ts';
export type { Mirror } from './mirror.ts';
export { INK, paletteFor, patternAt, type Theme } from './palette.ts';
export type { Picture } from './picture.ts';
export { spotRect } from './places.ts';
export type { Capture } from './painter.ts';
export { createRenderer, type Renderer } from './renderer.ts';
export { roomLike } from './shared.ts';
export { rulerTicks, type Tick } from './ruler.ts';
export { attachZoom, keyCamera } from './zoom.ts';
