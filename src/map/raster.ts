/** Draws a scene into a framebuffer, redrawing only what differs from what the framebuffer holds. Whole numbers, plain loops, nothing allocated per picture. */
import { copyList, createDisplayList, type DisplayList, OP_DASH, OP_FILL, OP_GHOST, OP_NUMBER, OP_STROKE, OP_TILE, sameList, STRIDE } from './display_list.ts';
import { digitCount, drawNumber } from './font.ts';
import { dashInside, fillRect, type Framebuffer, markDirty, resolve, resolveRow, strokeAround } from './framebuffer.ts';
import { LOOKS } from './look.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';
import { drawTile, type TilePaint } from './tile.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
/** What a framebuffer holds at present. */
interface Held {
  /** Reused for every tile. */
  readonly paint: Writable<TilePaint>;
  readonly base: DisplayList;
  readonly overlay: DisplayList;
  palette: Palette | undefined;
  counts: Scene['counts'] | undefined;
}
const held = new WeakMap<Framebuffer, Held>();

/** Outlines reach this many CSS pixels beyond their rectangle. */
const REACH = 4;

/** Brings `fb` up to date with the scene; fb.dirty then lists the rectangles that changed. */
export function renderScene(scene: Scene, palette: Palette, fb: Framebuffer): void {
  let before = held.get(fb);
  if (before === undefined) {
    const paint = { mirror: scene.mirror, counts: scene.counts, look: LOOKS[scene.lens], fb, unit: 1, dot: 1, ground: 0, movableZone: false, edges: false };
    before = { paint, base: createDisplayList(1024), overlay: createDisplayList(64), palette: undefined, counts: undefined };
    held.set(fb, before);
  }
  fb.dirtyCount = 0;
  const { paint } = before;
  paint.mirror = scene.mirror;
  paint.counts = scene.counts;
  paint.look = LOOKS[scene.lens];
  paint.unit = scene.unit;
  paint.dot = scene.dot;
  paint.edges = palette.edges;
  if (before.palette !== palette || before.counts !== scene.counts || !sameList(scene.base, before.base, false)) {
    for (let at = 0; at < scene.base.length; at += STRIDE) drawBase(scene, paint, fb, scene.base.words, at);
    markDirty(fb, 0, 0, fb.width, fb.height);
  } else {
    redrawChanged(scene, paint, fb, before.base);
    if (!sameList(scene.overlay, before.overlay, true)) {
      markOverlay(fb, before.overlay, scene.unit);
      markOverlay(fb, scene.overlay, scene.unit);
    }
  }
  for (let i = 0; i < fb.dirtyCount; i++) {
    const d = i * 4;
    resolve(fb, palette, fb.dirty[d] as number, fb.dirty[d + 1] as number, fb.dirty[d + 2] as number, fb.dirty[d + 3] as number, scene.offsetX, scene.offsetY, scene.unit);
  }
  // Everything in the overlay is opaque, so drawing it where nothing changed changes nothing.
  if (fb.dirtyCount > 0) for (let at = 0; at < scene.overlay.length; at += STRIDE) drawOver(scene, palette, fb, scene.overlay.words, at);
  copyList(scene.base, before.base);
  copyList(scene.overlay, before.overlay);
  before.palette = palette;
  before.counts = scene.counts;
}

/** Draws the tiles with a new stamp. A tile never leaves its rectangle, and what follows it in the list lies outside. */
function redrawChanged(scene: Scene, paint: Writable<TilePaint>, fb: Framebuffer, before: DisplayList): void {
  const { words, length } = scene.base;
  for (let at = 0; at < length; at += STRIDE) {
    if (words[at] !== OP_TILE || words[at + 9] === before.words[at + 9]) continue;
    drawBase(scene, paint, fb, words, at);
    markDirty(fb, words[at + 1] as number, words[at + 2] as number, words[at + 3] as number, words[at + 4] as number);
  }
}

function drawBase(scene: Scene, paint: Writable<TilePaint>, fb: Framebuffer, words: Int32Array, at: number): void {
  const x = words[at + 1] as number;
  const y = words[at + 2] as number;
  const width = words[at + 3] as number;
  const height = words[at + 4] as number;
  const a = words[at + 5] as number;
  const b = words[at + 6] as number;
  switch (words[at]) {
    case OP_FILL:
      fillRect(fb.index, fb, x, y, width, height, a);
      break;
    case OP_STROKE:
      strokeAround(fb.index, fb, x, y, width, height, b, a);
      break;
    case OP_DASH:
      dashInside(fb.index, fb, x, y, width, height, scene.unit, a);
      break;
    case OP_NUMBER:
      drawNumber(fb.index, fb, a, 10, digitCount(a, 10), x, y, scene.dot, b);
      break;
    case OP_TILE:
      paint.ground = words[at + 7] as number;
      paint.movableZone = words[at + 8] === 1;
      if (x < fb.width && x + width > 0 && y < fb.height && y + height > 0) drawTile(paint, x, y, width, height, a, b);
  }
}

function drawOver(scene: Scene, palette: Palette, fb: Framebuffer, words: Int32Array, at: number): void {
  const x = words[at + 1] as number;
  const y = words[at + 2] as number;
  const width = words[at + 3] as number;
  const height = words[at + 4] as number;
  const a = words[at + 5] as number;
  const b = words[at + 6] as number;
  switch (words[at]) {
    case OP_FILL:
      fillRect(fb.rgba, fb, x, y, width, height, palette.fill[a] as number);
      break;
    case OP_STROKE:
      strokeAround(fb.rgba, fb, x, y, width, height, b, palette.fill[a] as number);
      break;
    case OP_DASH:
      dashInside(fb.rgba, fb, x, y, width, height, scene.unit, palette.fill[a] as number);
      break;
    case OP_GHOST:
      drawGhost(scene, palette, fb, a, b, x, y, width, height);
      break;
  }
}

/** Copies a rectangle of the map to another place, in its colours. What is outside the view at either end is left out. */
function drawGhost(scene: Scene, palette: Palette, fb: Framebuffer, fromX: number, fromY: number, x: number, y: number, width: number, height: number): void {
  const skip = Math.max(0, -fromX, -x);
  const length = Math.min(width, fb.width - fromX, fb.width - x) - skip;
  if (length <= 0) return;
  for (let row = 0; row < height; row++) {
    const from = fromY + row;
    const to = y + row;
    if (from < 0 || from >= fb.height || to < 0 || to >= fb.height) continue;
    resolveRow(fb, palette, from * fb.width + fromX + skip, to * fb.width + x + skip, length, fromX + skip + scene.offsetX, from + scene.offsetY, scene.unit);
  }
}

function markOverlay(fb: Framebuffer, list: DisplayList, unit: number): void {
  const reach = REACH * unit;
  for (let at = 0; at < list.length; at += STRIDE) {
    const { words } = list;
    markDirty(fb, (words[at + 1] as number) - reach, (words[at + 2] as number) - reach, (words[at + 3] as number) + 2 * reach, (words[at + 4] as number) + 2 * reach);
  }
}
