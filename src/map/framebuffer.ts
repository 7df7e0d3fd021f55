/**
 * What the rasteriser draws into: a picture of bytes (palette.ts says what each means), and the same picture in colours for the screen. Whole numbers only: no
 * canvas, no font and no graphics driver takes part, so Node and every browser get the same pixels.
 */
import { MARK, type Palette, PATTERN_PERIOD, patternAt } from './palette.ts';

/** Rectangles a frame can report as changed before they are merged. */
const MAX_DIRTY = 64;

export interface Framebuffer {
  readonly width: number;
  readonly height: number;
  readonly index: Uint8Array;
  /** The same bytes by four. */
  readonly words: Int32Array;
  readonly rgba: Uint32Array;
  /** The same numbers with a sign, which hot loops are faster with. */
  readonly colours: Int32Array;
  /** `rgba` as an ImageData wants it. */
  readonly bytes: Uint8ClampedArray<ArrayBuffer>;
  /** Rectangles changed by the last renderScene(): x, y, width, height each. */
  readonly dirty: Int32Array;
  dirtyCount: number;
}

export function createFramebuffer(width: number, height: number): Framebuffer {
  const buffer = new ArrayBuffer(width * height * 4);
  const bytes = new ArrayBuffer((width * height + 3) & ~3);
  return {
    width, height, index: new Uint8Array(bytes, 0, width * height), words: new Int32Array(bytes), rgba: new Uint32Array(buffer), colours: new Int32Array(buffer), bytes: new Uint8ClampedArray(buffer), dirty: new Int32Array(MAX_DIRTY * 4), dirtyCount: 0,
  };
}

/** Where primitives draw: the index picture (values are palette bytes) or the coloured one (values are colours). */
export type Pixels = Uint8Array | Uint32Array;

/** Fills a rectangle, clipped to the picture. */
export function fillRect(to: Pixels, fb: Framebuffer, x: number, y: number, width: number, height: number, value: number): void {
  const x0 = Math.max(0, x);
  const x1 = Math.min(fb.width, x + width);
  const y0 = Math.max(0, y);
  const y1 = Math.min(fb.height, y + height);
  if (x0 >= x1) return;
  for (let row = y0; row < y1; row++) {
    const from = row * fb.width + x0;
    const end = row * fb.width + x1;
    // fill() costs a call: too much for the few pixels of a cell.
    if (x1 - x0 > 16) to.fill(value, from, end);
    else for (let i = from; i < end; i++) to[i] = value;
  }
}

/** A frame of `thickness` pixels around the rectangle, outside it. */
export function strokeAround(to: Pixels, fb: Framebuffer, x: number, y: number, width: number, height: number, thickness: number, value: number): void {
  fillRect(to, fb, x - thickness, y - thickness, width + 2 * thickness, thickness, value);
  fillRect(to, fb, x - thickness, y + height, width + 2 * thickness, thickness, value);
  fillRect(to, fb, x - thickness, y, thickness, height, value);
  fillRect(to, fb, x + width, y, thickness, height, value);
}

/** A dashed line of `thickness` inside the rectangle's edge: 3 on, 2 off, in units of `unit` pixels, counted from the corners so that it holds still. */
export function dashInside(to: Pixels, fb: Framebuffer, x: number, y: number, width: number, height: number, unit: number, value: number): void {
  const step = 5 * unit;
  const dash = 3 * unit;
  const first = Math.max(0, Math.floor(-x / step));
  for (let at = first * step; at < width && x + at < fb.width; at += step) {
    const length = Math.min(dash, width - at);
    fillRect(to, fb, x + at, y, length, unit, value);
    fillRect(to, fb, x + at, y + height - unit, length, unit, value);
  }
  for (let at = 0; at < height; at += step) {
    const length = Math.min(dash, height - at);
    fillRect(to, fb, x, y + at, unit, length, value);
    fillRect(to, fb, x + width - unit, y + at, unit, length, value);
  }
}

/** Notes a changed rectangle, clipped. When the list is full, its last entry grows. */
export function markDirty(fb: Framebuffer, x: number, y: number, width: number, height: number): void {
  const x0 = Math.max(0, x);
  const y0 = Math.max(0, y);
  const x1 = Math.min(fb.width, x + width);
  const y1 = Math.min(fb.height, y + height);
  if (x0 >= x1 || y0 >= y1) return;
  // Neighbours in a lane come one after the other: extend the last rectangle if it has the same rows and they meet.
  const last = (fb.dirtyCount - 1) * 4;
  const d = fb.dirty;
  const meets = last >= 0 && d[last + 1] === y0 && d[last + 3] === y1 - y0 && x0 <= (d[last] as number) + (d[last + 2] as number) + 8 && x1 >= (d[last] as number);
  if (meets || fb.dirtyCount === MAX_DIRTY) {
    const left = Math.min(x0, d[last] as number);
    const upper = Math.min(y0, d[last + 1] as number);
    d[last + 2] = Math.max(x1, (d[last] as number) + (d[last + 2] as number)) - left;
    d[last + 3] = Math.max(y1, (d[last + 1] as number) + (d[last + 3] as number)) - upper;
    d[last] = left;
    d[last + 1] = upper;
    return;
  }
  const at = last + 4;
  d[at] = x0;
  d[at + 1] = y0;
  d[at + 2] = x1 - x0;
  d[at + 3] = y1 - y0;
  fb.dirtyCount++;
}

/** Colours a rectangle of the index picture. (offsetX, offsetY): pixels the map is scrolled by, so that patterns move with it; `unit`: pixels per CSS pixel, whole. */
export function resolve(fb: Framebuffer, palette: Palette, x: number, y: number, width: number, height: number, offsetX: number, offsetY: number, unit: number): void {
  for (let row = y; row < y + height; row++) resolveRow(fb, palette, row * fb.width + x, row * fb.width + x, width, x + offsetX, row + offsetY, unit);
}

/** Words of one byte from which on a run is filled at once. */
const RUN = 8;

/** Colours `length` bytes from `from`, writing them at `to`. */
export function resolveRow(fb: Framebuffer, palette: Palette, from: number, to: number, length: number, patternX: number, patternY: number, unit: number): void {
  const { index, words, colours } = fb;
  const { marked } = palette;
  const end = from + length;
  const shift = to - from;
  // No question per pixel: cells are two pixels wide, and a processor guesses wrong at every second one. The mark is in what patterned bytes lack of being opaque.
  let all = -1;
  let i = from;
  for (; i < end && (i & 3) !== 0; i++) all &= colours[i + shift] = marked[index[i] as number] as number;
  for (const last = end >> 2; i >> 2 < last;) {
    const at = i >> 2;
    const word = words[at] as number;
    let next = at + 1;
    while (next < last && words[next] === word) next++;
    const a = marked[word & 255] as number;
    if (next - at >= RUN && word === Math.imul(word & 255, 0x01010101)) {
      all &= a;
      colours.fill(a, i + shift, next * 4 + shift);
      i = next * 4;
      continue;
    }
    const b = marked[(word >>> 8) & 255] as number;
    const c = marked[(word >>> 16) & 255] as number;
    const d = marked[word >>> 24] as number;
    all &= a & b & c & d;
    for (; i < next * 4; i += 4) {
      colours[i + shift] = a;
      colours[i + shift + 1] = b;
      colours[i + shift + 2] = c;
      colours[i + shift + 3] = d;
    }
  }
  for (; i < end; i++) all &= colours[i + shift] = marked[index[i] as number] as number;
  if ((all & MARK) === 0) inkRow(fb, palette, from, to, length, patternX, patternY, unit);
}

/** Colours the patterned bytes of a row. */
function inkRow(fb: Framebuffer, palette: Palette, from: number, to: number, length: number, patternX: number, patternY: number, unit: number): void {
  const { index, rgba } = fb;
  const { fill, ink, pattern } = palette;
  const y = Math.floor(patternY / unit) % PATTERN_PERIOD;
  for (let i = 0; i < length; i++) {
    const byte = index[from + i] as number;
    if (pattern[byte] === 0) continue;
    rgba[to + i] = (patternAt(pattern[byte] as number, Math.floor((patternX + i) / unit) % PATTERN_PERIOD, y) ? ink[byte] : fill[byte]) as number;
  }
}

/** 64 bits of FNV-1a over the colours, as 16 hexadecimal digits: two streams of 32 bits over even and odd pixels. */
export function hashPixels(fb: Framebuffer): string {
  let a = 0x811c9dc5 ^ fb.width;
  let b = 0x811c9dc5 ^ fb.height;
  const { rgba } = fb;
  for (let i = 0; i < rgba.length; i += 2) a = Math.imul(a ^ (rgba[i] as number), 0x01000193);
  for (let i = 1; i < rgba.length; i += 2) b = Math.imul(b ^ (rgba[i] as number), 0x01000193);
  return [a, b].map((n) => (n >>> 0).toString(16).padStart(8, '0')).join('');
}
