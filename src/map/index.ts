/** The picture, as the rest of the page sees it. */
export { type Counts, createCounts } from './counts.ts';
export { keepFrames, lend, type Lent, lettersOf, startPainter } from './host.ts';
export { type Camera, FIT_MARGIN, fitFrame, fitMachine, fitRange, panBy, type Rect, zoomAt, type ZoomLevel, zoomLevel } from './geometry.ts';
export type { Hit } from './hit.ts';
export { type HoleLabel, holeLabels, type LaneLabel, laneLabels, type SlotLabel, slotLabels } from './labels.ts';
export { ageClass, stampAges } from './ages.ts';
export { buildLanes, type Lane, laneOfPageblock } from './lanes.ts';
export { AGE_UNTOUCHED, LENS_CLASSES, type LensClass, lensFill } from './lenses.ts';
export { createLoop } from './loop.ts';
export type { Mirror } from './mirror.ts';
export { INK, paletteFor, patternAt, type Theme } from './palette.ts';
export { type Picture, rangeOf } from './picture.ts';
export { spotRect } from './places.ts';
export type { Capture } from './painter.ts';
export { createRenderer, type Renderer } from './renderer.ts';
export { roomLike } from './shared.ts';
export { rulerTicks } from './ruler.ts';
export { attachZoom, keyCamera } from './zoom.ts';
