/** The scene as the rasteriser takes it: ten whole numbers an operation. Two lists that are equal, number for number, are the same picture. */

/** Operation, x, y, width, height, and up to five arguments. */
export const STRIDE = 10;

/** Camera and size: any change means a new picture. a: pattern offset x, b: y, c: pixels of a line, d: of a letter's dot. */
export const OP_VIEW = 0;
/** a: palette byte. */
export const OP_FILL = 1;
/** A frame outside the rectangle; a: palette byte, b: thickness. */
export const OP_STROKE = 2;
/** Dashes inside the rectangle's edge; a: palette byte. */
export const OP_DASH = 3;
/** a, b: first pageblock and end; c: ground byte; d: 1 in ZONE_MOVABLE; e: stamp, the only number that may change without a new picture. */
export const OP_TILE = 4;
/** a: number, decimal; b: palette byte. Drawn from (x, y). */
export const OP_NUMBER = 5;
/** A copy of what lies under (a, b), lifted to (x, y). */
export const OP_GHOST = 6;

export interface DisplayList {
  words: Int32Array;
  /** Words used. */
  length: number;
}

export const createDisplayList = (operations: number): DisplayList => ({ words: new Int32Array(operations * STRIDE), length: 0 });

/** Appends an operation. Allocates only when the list has to grow. */
export function emit(list: DisplayList, op: number, x: number, y: number, width: number, height: number, a = 0, b = 0, c = 0, d = 0, e = 0): void {
  if (list.length + STRIDE > list.words.length) {
    const larger = new Int32Array(list.words.length * 2);
    larger.set(list.words);
    list.words = larger;
  }
  const { words, length } = list;
  words[length] = op;
  words[length + 1] = x;
  words[length + 2] = y;
  words[length + 3] = width;
  words[length + 4] = height;
  words[length + 5] = a;
  words[length + 6] = b;
  words[length + 7] = c;
  words[length + 8] = d;
  words[length + 9] = e;
  list.length = length + STRIDE;
}

/** True if both lists draw the same; stamps of tiles are left aside with `stamps` false. */
export function sameList(a: DisplayList, b: DisplayList, stamps: boolean): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a.words[i] === b.words[i]) continue;
    if (stamps || i % STRIDE !== STRIDE - 1 || a.words[i - STRIDE + 1] !== OP_TILE) return false;
  }
  return true;
}

/** Makes `to` equal `from`. */
export function copyList(from: DisplayList, to: DisplayList): void {
  if (to.words.length < from.length) to.words = new Int32Array(from.words.length);
  to.words.set(from.length === from.words.length ? from.words : from.words.subarray(0, from.length));
  to.length = from.length;
}
