/** The few letters inside the picture: block numbers, hexadecimal pfns and the kinds' glyphs. Five by seven dots, drawn for this project; everything else is real text over the canvas. */
import { KIND_NAMES } from '../../workers/uapi/page_kind.ts';
import { fillRect, type Framebuffer, type Pixels } from './framebuffer.ts';
import { GLYPH_HEIGHT } from './geometry.ts';
import { KIND_LABELS } from './palette.data.ts';

export const GLYPH_WIDTH = 5;
/** Dots from one letter to the next. */
export const ADVANCE = 6;

/** Seven rows of five dots; `#` is ink. */
const SHAPES: Readonly<Record<string, string>> = {
  0: '.###. #...# #..## #.#.# ##..# #...# .###.',
  1: '..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.',
  2: '.###. #...# ....# ..##. .#... #.... #####',
  3: '####. ....# ....# .###. ....# ....# ####.',
  4: '...#. ..##. .#.#. #..#. ##### ...#. ...#.',
  5: '##### #.... ####. ....# ....# #...# .###.',
  6: '..##. .#... #.... ####. #...# #...# .###.',
  7: '##### ....# ...#. ...#. ..#.. ..#.. ..#..',
  8: '.###. #...# #...# .###. #...# #...# .###.',
  9: '.###. #...# #...# .#### ....# ...#. .##..',
  a: '..... ..... .###. ....# .#### #...# .####',
  b: '#.... #.... ####. #...# #...# #...# ####.',
  c: '..... ..... .###. #.... #.... #...# .###.',
  d: '....# ....# .#### #...# #...# #...# .####',
  e: '..... ..... .###. #...# ##### #.... .###.',
  f: '..##. .#... .#... ####. .#... .#... .#...',
  A: '..#.. .#.#. #...# #...# ##### #...# #...#',
  C: '.###. #...# #.... #.... #.... #...# .###.',
  F: '##### #.... #.... ####. #.... #.... #....',
  H: '#...# #...# #...# ##### #...# #...# #...#',
  K: '#...# #..#. #.#.. ##... #.#.. #..#. #...#',
  L: '#.... #.... #.... #.... #.... #.... #####',
  M: '#...# ##.## #.#.# #.#.# #...# #...# #...#',
  P: '####. #...# #...# ####. #.... #.... #....',
  R: '####. #...# #...# ####. #.#.. #..#. #...#',
  S: '.#### #.... #.... .###. ....# ....# ####.',
  T: '##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..',
  U: '#...# #...# #...# #...# #...# #...# .###.',
  '·': '..... ..... ..... ..#.. ..... ..... .....',
  '╱': '....# ....# ...#. ..#.. .#... #.... #....',
  '◉': '..... .###. #...# #.#.# #...# .###. .....',
  '✕': '#...# #...# .#.#. ..#.. .#.#. #...# #...#',
  '∴': '..#.. ..... ..... ..... #...# ..... .....',
  '○': '..... .###. #...# #...# #...# .###. .....',
  '□': '##.## #...# ..... ..... ..... #...# ##.##',
  ' ': '..... ..... ..... ..... ..... ..... .....',
};

const LETTERS = Object.keys(SHAPES);
/** Rows of all letters, one byte each, left dot in the highest bit. */
const DOTS = Uint8Array.from(LETTERS.flatMap((letter) => (SHAPES[letter] as string).split(' ').map((row) => Number.parseInt(row.replaceAll('.', '0').replaceAll('#', '1'), 2))));
const HEX = Uint8Array.from('0123456789abcdef', (digit) => LETTERS.indexOf(digit));
/** Letter by its sign; throws for one that has no shape. */
export function glyphOf(sign: string): number {
  const glyph = LETTERS.indexOf(sign);
  if (glyph < 0) throw new Error(`no shape for "${sign}"`);
  return glyph;
}
/** Letter of a kind. */
export const GLYPH_OF_KIND = Uint8Array.from(KIND_NAMES, (name) => LETTERS.indexOf(KIND_LABELS[name][1]));

/** Draws a letter with its upper left dot at (x, y), each dot `scale` pixels wide. */
export function drawGlyph(to: Pixels, fb: Framebuffer, glyph: number, x: number, y: number, scale: number, value: number): void {
  // The rule on an ordinary screen, and there are thousands in a picture: one dot a pixel, all of it in sight.
  if (scale === 1 && x >= 0 && y >= 0 && x + GLYPH_WIDTH <= fb.width && y + GLYPH_HEIGHT <= fb.height) {
    for (let row = 0, at = y * fb.width + x; row < GLYPH_HEIGHT; row++, at += fb.width) {
      const dots = DOTS[glyph * GLYPH_HEIGHT + row] as number;
      for (let column = 0; column < GLYPH_WIDTH; column++) if ((dots >> (GLYPH_WIDTH - 1 - column)) & 1) to[at + column] = value;
    }
    return;
  }
  for (let row = 0; row < GLYPH_HEIGHT; row++) {
    const dots = DOTS[glyph * GLYPH_HEIGHT + row] as number;
    for (let column = 0; column < GLYPH_WIDTH; column++) {
      if ((dots >> (GLYPH_WIDTH - 1 - column)) & 1) fillRect(to, fb, x + column * scale, y + row * scale, scale, scale, value);
    }
  }
}

/** Digits of a whole number. */
export function digitCount(n: number, base: 10 | 16): number {
  let digits = 1;
  for (let rest = Math.floor(n / base); rest > 0; rest = Math.floor(rest / base)) digits++;
  return digits;
}

/** Pixels a number takes, without the gap after its last digit. */
export const numberWidth = (digits: number, scale: number): number => (digits * ADVANCE - 1) * scale;

/** Draws the lowest `digits` digits of a whole number. */
export function drawNumber(to: Pixels, fb: Framebuffer, n: number, base: 10 | 16, digits: number, x: number, y: number, scale: number, value: number): void {
  let rest = n;
  for (let i = digits - 1; i >= 0; i--) {
    drawGlyph(to, fb, HEX[rest % base] as number, x + i * ADVANCE * scale, y, scale, value);
    rest = Math.floor(rest / base);
  }
}
