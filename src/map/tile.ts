/**
 * A run of pageblocks as a heatmap of its frames, at any scale.
 *
 * Far away the tile is written in columns, two CSS pixels wide, address downwards. A cell is an aligned run of frames, about five CSS pixels high: several
 * pageblocks, one, or some rows of one. Its pixels are divided among the kinds in proportion, in legend order: what is empty on top, what cannot move at the
 * ground. Coming nearer, cells hold fewer frames and keep their order; from one pixel a frame on each is drawn exactly where geometry.ts says.
 */
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import { KIND_ABSENT, KIND_FREE, KIND_INFERRED, KIND_ISOLATED, KIND_MASK, NR_KINDS } from '../../workers/uapi/page_kind.ts';
import { apportion } from './apportion.ts';
import { addDrawn, addDrawnRun, type DrawnCounts, MODE_ABSENT, MODE_CONTENTS, MODE_ISOLATED, MODE_OFFLINE, STORED_KINDS } from './counts.ts';
import { digitCount, drawGlyph, drawNumber, GLYPH_WIDTH, numberWidth } from './font.ts';
import { fillRect, type Framebuffer, strokeAround } from './framebuffer.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frameGap, GLYPH_HEIGHT, pageblockGap, partEdge } from './geometry.ts';
import type { Look } from './look.ts';
import type { Mirror } from './mirror.ts';
import { INK, INK_GLYPH, LEGEND_ORDER } from './palette.ts';

/** What is drawn with, beside the numbers of the tile. */
export interface TilePaint {
  readonly mirror: Mirror;
  readonly counts: DrawnCounts;
  readonly fb: Framebuffer;
  /** Whole device pixels per CSS pixel. */
  readonly unit: number;
  /** Device pixels of a letter's dot. */
  readonly dot: number;
  /** Byte of the lane's ground. */
  readonly ground: number;
  /** In ZONE_MOVABLE whatever cannot move is promoted, too. */
  readonly movableZone: boolean;
  /** Letters and promotion of the lens that the mirror is seen through. */
  readonly look: Look;
  /** Tiles and free cells get an edge. */
  readonly edges: boolean;
}

const acc = new Int32Array(NR_KINDS);
const ordered = new Int32Array(LEGEND_ORDER.length);
const kinds = new Uint8Array(LEGEND_ORDER.length);
const share = new Int32Array(LEGEND_ORDER.length);
/** Pixels the last divided cell gave each kind. */
const pixelsOf = new Int32Array(NR_KINDS);
const ORDER = Uint8Array.from(LEGEND_ORDER);

/** Frames of this many dots or more carry their letter. */
const LETTERED = 8;
/** Least height of a cell of many pageblocks, CSS pixels. */
const LEAST_CELL = 4;
/** Below this many pageblocks a column their frames are looked at; from here on their histograms do, which cost nothing however large the machine. */
const FEW = 3;

/** Draws pageblocks pb0 … pb1 (exclusive) into the rectangle. */
export function drawTile(p: TilePaint, x: number, y: number, width: number, height: number, pb0: number, pb1: number): void {
  drawContents(p, x, y, width, height, pb0, pb1);
  if (p.edges && width >= 6 * p.unit) strokeAround(p.fb.index, p.fb, x + p.unit, y + p.unit, width - 2 * p.unit, height - 2 * p.unit, p.unit, INK.lineStrong);
}

function drawContents(p: TilePaint, x: number, y: number, width: number, height: number, pb0: number, pb1: number): void {
  const n = pb1 - pb0;
  keepTo(x, y, width, height);
  fillRect(p.fb.index, p.fb, x, y, width, height, p.ground);
  if (width >= n * FRAME_COLUMNS) {
    const first = Math.max(0, Math.floor((-x * n) / width) - 1);
    for (let k = first; k < n; k++) {
      const left = partEdge(x, width, k, n);
      if (left >= p.fb.width) break;
      const right = partEdge(x, width, k + 1, n);
      drawPageblock(p, left, y, right - left - pageblockGap(right - left, p.unit), height, pb0 + k);
    }
    return;
  }
  const columns = Math.max(1, Math.floor(width / (2 * p.unit)));
  // One pageblock or more a column; nearer than that, a pageblock has columns of its own, so that none lies across two.
  const parts = Math.min(columns, n);
  const first = Math.max(0, Math.floor((-x * parts) / width) - 1);
  for (let c = first; c < parts; c++) {
    const left = partEdge(x, width, c, parts);
    if (left >= p.fb.width) break;
    const right = partEdge(x, width, c + 1, parts);
    const from = partEdge(pb0, n, c, parts);
    if (n >= FEW * columns) wholeColumn(p, left, right, y, height, from, partEdge(pb0, n, c + 1, parts));
    else if (n >= columns) fewPageblocks(p, left, right, y, height, from, partEdge(pb0, n, c + 1, parts), 2 * n >= 3 * columns ? 8 : 4);
    else pageblockColumns(p, left, right, y, height, from);
  }
}

/** All frames alike: most pageblocks of a machine are, and need no second look. */
function isUniform(p: TilePaint, pageblock: number): boolean {
  const stored = (p.mirror.memmap.kind[pageblock * pageblock_nr_pages] as number) & KIND_MASK;
  return p.counts.histogram[pageblock * STORED_KINDS + stored] === pageblock_nr_pages;
}

/** A column of whole pageblocks, address downwards, cut into cells of one pageblock, or of several where a pageblock would have less than LEAST_CELL. */
function wholeColumn(p: TilePaint, left: number, right: number, y: number, height: number, pbFrom: number, pbTo: number): void {
  const n = pbTo - pbFrom;
  const cells = Math.max(1, Math.min(n, Math.floor(height / (LEAST_CELL * p.unit))));
  for (let i = 0; i < cells; i++) {
    const from = partEdge(pbFrom, n, i, cells);
    const to = partEdge(pbFrom, n, i + 1, cells);
    const top = partEdge(y, height, i, cells);
    acc.fill(0);
    addDrawnRun(p.counts, from, to, acc);
    divide(p, left, right, top, partEdge(y, height, i + 1, cells));
    markPromoted(p, left, top);
  }
}

/** A column of one pageblock or two: each cut into two cells or four. */
function fewPageblocks(p: TilePaint, left: number, right: number, y: number, height: number, pbFrom: number, pbTo: number, rows: number): void {
  const n = pbTo - pbFrom;
  for (let i = 0; i < n; i++) {
    const top = partEdge(y, height, i, n);
    partColumn(p, left, right, top, partEdge(y, height, i + 1, n) - top, (pbFrom + i) * FRAME_COLUMNS, (pbFrom + i + 1) * FRAME_COLUMNS, rows);
  }
}

/** A pageblock too narrow for a pixel a frame: as many columns as fit, each in cells of one row. */
function pageblockColumns(p: TilePaint, left: number, right: number, y: number, height: number, pageblock: number): void {
  const columns = Math.max(1, Math.floor((right - left) / (2 * p.unit)));
  const u = pageblock * FRAME_COLUMNS;
  for (let c = 0; c < columns; c++) partColumn(p, partEdge(left, right - left, c, columns), partEdge(left, right - left, c + 1, columns), y, height, u + partEdge(0, FRAME_COLUMNS, c, columns), u + partEdge(0, FRAME_COLUMNS, c + 1, columns), 1);
}

/** A column that is a pageblock or part of one: its frame columns u0 … u1, counted through the whole machine, in cells of `rows` rows. */
function partColumn(p: TilePaint, left: number, right: number, y: number, height: number, u0: number, u1: number, rows: number): void {
  const pageblock = Math.floor(u0 / FRAME_COLUMNS);
  const mode = p.counts.mode[pageblock] as number;
  if (mode < MODE_CONTENTS || isUniform(p, pageblock)) {
    acc.fill(0);
    addDrawn(p.counts, pageblock, acc);
    divide(p, left, right, y, y + height);
    return;
  }
  const start = pageblock * pageblock_nr_pages;
  const whole = u1 - u0 === FRAME_COLUMNS;
  for (let row = 0; row < FRAME_ROWS; row += rows) {
    acc.fill(0);
    const top = partEdge(y, height, row, FRAME_ROWS);
    if (whole) addFrames(p, start + row * FRAME_COLUMNS, rows * FRAME_COLUMNS);
    else for (let r = row; r < row + rows; r++) addFrames(p, start + r * FRAME_COLUMNS + (u0 % FRAME_COLUMNS), u1 - u0);
    if (mode === MODE_ISOLATED) {
      acc[KIND_ISOLATED] = (acc[KIND_ISOLATED] as number) + (acc[KIND_FREE] as number);
      acc[KIND_FREE] = 0;
    }
    divide(p, left, right, top, partEdge(y, height, row + rows, FRAME_ROWS));
    markPromoted(p, left, top);
  }
}

/** Adds `n` frames from `pfn` on to `acc`. Neighbours are mostly alike: equal ones are counted together. */
function addFrames(p: TilePaint, pfn: number, n: number): void {
  const { kind } = p.mirror.memmap;
  const end = pfn + n;
  for (let at = pfn; at < end;) {
    const byte = kind[at] as number;
    const from = at++;
    while (at < end && kind[at] === byte) at++;
    const stored = byte & KIND_MASK;
    acc[stored] = (acc[stored] as number) + at - from;
  }
}

/** Fills a cell's pixels from `acc`, row by row in legend order. */
function divide(p: TilePaint, left: number, right: number, top: number, bottom: number): void {
  const width = right - left;
  let n = 0;
  for (let i = 0; i < ORDER.length; i++) {
    const kind = ORDER[i] as number;
    pixelsOf[kind] = 0;
    if (acc[kind] === 0) continue;
    ordered[n] = acc[kind] as number;
    kinds[n++] = kind;
  }
  if (n === 1) {
    fillRect(p.fb.index, p.fb, left, top, width, bottom - top, kinds[0] as number);
    pixelsOf[kinds[0] as number] = width * (bottom - top);
    return;
  }
  apportion(ordered, n, width * (bottom - top), share);
  let at = 0;
  for (let i = 0; i < n; i++) {
    let pixels = share[i] as number;
    pixelsOf[kinds[i] as number] = pixels;
    while (pixels > 0) {
      const column = at % width;
      const row = top + (at - column) / width;
      const whole = column === 0 ? Math.floor(pixels / width) : 0;
      const length = whole > 0 ? width : Math.min(pixels, width - column);
      fillRect(p.fb.index, p.fb, left + column, row, length, Math.max(1, whole), kinds[i] as number);
      at += whole > 0 ? whole * width : length;
      pixels -= whole > 0 ? whole * width : length;
    }
  }
}

function isPromoted(p: TilePaint, kind: number): boolean {
  const when = p.look.promotes[kind] as number;
  return when === 1 || (when === 2 && p.movableZone);
}

/** A rare and decisive kind that the division left with less than two by two CSS pixels. */
function wantsMark(p: TilePaint, kind: number): boolean {
  return (acc[kind] as number) > 0 && isPromoted(p, kind) && (pixelsOf[kind] as number) < 4 * p.unit * p.unit;
}

/** Marks what `acc` holds of promoted kinds at the upper left of its cell. */
function markPromoted(p: TilePaint, left: number, top: number): void {
  const { promoted } = p.look;
  for (let i = 0; i < promoted.length; i++) if (wantsMark(p, promoted[i] as number)) mark(p, left, top, promoted[i] as number);
}

/** The rectangle that marks keep to: a tile is redrawn alone, so nothing of it may lie outside. */
const bounds = { x: 0, y: 0, width: 0, height: 0 };

function keepTo(x: number, y: number, width: number, height: number): void {
  bounds.x = x;
  bounds.y = y;
  bounds.width = width;
  bounds.height = height;
}

/** Two by two CSS pixels with a halo of the lane's ground, moved inside the tile where it would stick out. */
function mark(p: TilePaint, x: number, y: number, kind: number): void {
  const size = 2 * p.unit;
  const left = Math.max(bounds.x, Math.min(x, bounds.x + bounds.width - size));
  const top = Math.max(bounds.y, Math.min(y, bounds.y + bounds.height - size));
  const x0 = Math.max(bounds.x, left - p.unit);
  const y0 = Math.max(bounds.y, top - p.unit);
  const x1 = Math.min(bounds.x + bounds.width, left + size + p.unit);
  const y1 = Math.min(bounds.y + bounds.height, top + size + p.unit);
  fillRect(p.fb.index, p.fb, x0, y0, x1 - x0, y1 - y0, p.ground);
  fillRect(p.fb.index, p.fb, left, top, Math.min(size, x1 - left), Math.min(size, y1 - top), kind);
}

/** One pageblock, frame by frame, in a rectangle of at least one pixel a frame. Also the detail view's unit. */
export function drawPageblock(p: TilePaint, x: number, y: number, width: number, height: number, pageblock: number): void {
  const mode = p.counts.mode[pageblock] as number;
  if (mode === MODE_ABSENT || mode === MODE_OFFLINE) {
    fillRect(p.fb.index, p.fb, x, y, width, height, mode === MODE_ABSENT ? KIND_ABSENT : p.ground);
    return;
  }
  const { kind } = p.mirror.memmap;
  const start = pageblock * pageblock_nr_pages;
  const cell = Math.min(Math.floor(width / FRAME_COLUMNS), Math.floor(height / FRAME_ROWS));
  const gap = frameGap(cell, p.unit);
  let promoted = false;
  const first = (kind[start] as number) & KIND_MASK;
  // Cells without gaps, letters or edges that are all alike are one rectangle.
  const plain = gap === 0 && !p.edges && isUniform(p, pageblock) && !isPromoted(p, first);
  if (plain) fillRect(p.fb.index, p.fb, x, y, width, height, first === KIND_FREE && mode === MODE_ISOLATED ? KIND_ISOLATED : first);
  for (let row = plain ? FRAME_ROWS : 0; row < FRAME_ROWS; row++) {
    const top = partEdge(y, height, row, FRAME_ROWS);
    const bottom = partEdge(y, height, row + 1, FRAME_ROWS) - gap;
    if (bottom <= 0 || top >= p.fb.height) continue;
    for (let column = 0; column < FRAME_COLUMNS; column++) {
      const left = partEdge(x, width, column, FRAME_COLUMNS);
      const right = partEdge(x, width, column + 1, FRAME_COLUMNS) - gap;
      if (right <= 0 || left >= p.fb.width) continue;
      const raw = kind[start + row * FRAME_COLUMNS + column] as number;
      const stored = raw & KIND_MASK;
      const drawn = stored === KIND_FREE && mode === MODE_ISOLATED ? KIND_ISOLATED : stored;
      fillRect(p.fb.index, p.fb, left, top, right - left, bottom - top, drawn);
      if (cell >= LETTERED * p.dot) frameGlyph(p, left, top, right, bottom, drawn, raw, start + row * FRAME_COLUMNS + column);
      else if (p.edges && cell >= 4 * p.unit && drawn === KIND_FREE) strokeAround(p.fb.index, p.fb, left + 1, top + 1, right - left - 2, bottom - top - 2, 1, INK.lineStrong);
      promoted ||= isPromoted(p, stored);
    }
  }
  if (mode === MODE_ISOLATED && pageblockGap(width, p.unit) > 0) strokeAround(p.fb.index, p.fb, x + p.unit, y + p.unit, width - 2 * p.unit, height - 2 * p.unit, p.unit, INK.cage);
  if (promoted && cell < LETTERED * p.dot) {
    keepTo(x, y, width, height);
    drawPromoted(p, x, y, width, height, start, cell);
  }
}

/** Second pass over a pageblock: rare frames over their neighbours. */
function drawPromoted(p: TilePaint, x: number, y: number, width: number, height: number, start: number, cell: number): void {
  for (let i = 0; i < pageblock_nr_pages; i++) {
    const kind = (p.mirror.memmap.kind[start + i] as number) & KIND_MASK;
    // Not a lone frame but a run of them needs no halo: they are seen anyway.
    if (!isPromoted(p, kind) || (cell >= 2 * p.unit && p.look.promotes[kind] !== 1)) continue;
    const column = i % FRAME_COLUMNS;
    const row = (i - column) / FRAME_COLUMNS;
    mark(p, partEdge(x, width, column, FRAME_COLUMNS), partEdge(y, height, row, FRAME_ROWS), kind);
  }
}

/** Letter of the kind; the pfn under it where there is room; a notched corner where the kind is inferred, not recorded. */
function frameGlyph(p: TilePaint, left: number, top: number, right: number, bottom: number, drawn: number, raw: number, pfn: number): void {
  const { unit, dot } = p;
  const width = right - left;
  const height = bottom - top;
  const digits = digitCount(pfn, 16);
  const label = numberWidth(digits, dot);
  const labelled = label + 4 * dot <= width && height >= 24 * dot;
  const glyphTop = labelled ? top + Math.floor((height - (2 * GLYPH_HEIGHT + 5) * dot) / 2) : top + Math.floor((height - GLYPH_HEIGHT * dot) / 2);
  if (drawn !== KIND_ISOLATED) drawGlyph(p.fb.index, p.fb, p.look.glyphs[drawn] as number, left + Math.floor((width - GLYPH_WIDTH * dot) / 2), glyphTop, dot, INK_GLYPH + drawn);
  if (labelled) drawNumber(p.fb.index, p.fb, pfn, 16, digits, left + Math.floor((width - label) / 2), glyphTop + (GLYPH_HEIGHT + 5) * dot, dot, INK_GLYPH + drawn);
  if ((raw & KIND_INFERRED) !== 0) {
    fillRect(p.fb.index, p.fb, right - 2 * unit, top, 2 * unit, unit, p.ground);
    fillRect(p.fb.index, p.fb, right - unit, top + unit, unit, unit, p.ground);
  }
}
