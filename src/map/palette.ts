/**
 * From what is drawn to how it looks. The rasteriser writes one byte a pixel: a kind of frame or a part of the chrome. A palette turns that byte into a colour, and
 * for patterned bytes into one of two by position. Changing the theme, dimming all kinds but one, or forced colours change the palette, never the drawing.
 */
import {
  KIND_ABSENT, KIND_BALLOON, KIND_CRASHKERNEL, KIND_FREE, KIND_HWPOISON, KIND_ISOLATED, KIND_MLOCKED, KIND_NAMES, KIND_OFFLINE, KIND_PINNED, KIND_RESERVED,
  KIND_UNPLUGGED, NR_KINDS,
} from '../../workers/uapi/page_kind.ts';
import { type DerivedLens, type Lens, LENSES } from '../../workers/uapi/lens.ts';
import { LENS_CLASSES, lookOf } from './lenses.ts';
import { type Chrome, type Coarse, type FilledKind, type Hex, type ThemeName, THEMES, ZONE_COLOURS } from './palette.data.ts';

/** Bytes of the index picture: 0 … NR_KINDS - 1 are the kinds. */
const CHROME_NAMES = [
  'bg', 'laneA', 'laneB', 'hole', 'holeLine', 'line', 'lineStrong', 'raised', 'ink', 'ink2', 'ink3', 'accent', 'danger', 'cage', 'quiet',
] as const satisfies readonly Chrome[];
/** Byte of a part of the chrome. */
export const INK = Object.fromEntries(CHROME_NAMES.map((name, i) => [name, NR_KINDS + i])) as { readonly [C in Chrome]: number };
/** Byte of zone 0's colour; the others follow. */
export const INK_ZONE = NR_KINDS + CHROME_NAMES.length;
/** Byte of the ink a kind's glyph is written in: this + kind. */
export const INK_GLYPH = 64;
const INDEXES = 128;

/** Patterns over the fill, in CSS pixels of the map (they move with it). */
const PLAIN = 0;
const HATCH_6 = 1;
const HATCH_10 = 2;
const DOTS_5 = 3;
const RINGS_8 = 4;
const DOTS_4 = 5;
const LINES_3 = 6;
/** Every pattern repeats after this many CSS pixels in x and y. */
export const PATTERN_PERIOD = 120;

const RING = [0b0110, 0b1001, 0b1001, 0b0110];

/** True where the pattern's ink goes. x, y ≥ 0 in CSS pixels. */
export function patternAt(pattern: number, x: number, y: number): boolean {
  switch (pattern) {
    case HATCH_6: return (x + y) % 6 === 0;
    case HATCH_10: return (x + y) % 10 === 0;
    case DOTS_5: return (y % 10 < 2 && x % 10 < 2) || (y % 10 >= 5 && y % 10 < 7 && x % 10 >= 5 && x % 10 < 7);
    case RINGS_8: return x % 8 < 4 && y % 8 < 4 && (((RING[y % 8] as number) >> (x % 8)) & 1) === 1;
    case DOTS_4: return x % 4 < 2 && y % 4 < 2;
    case LINES_3: return y % 3 === 0;
    default: return false;
  }
}

/** Colours as the framebuffer holds them: bytes R, G, B, A in memory, so 0xAABBGGRR as a number on the little-endian machines that browsers run on. */
export interface Palette {
  readonly fill: Uint32Array;
  readonly ink: Uint32Array;
  readonly pattern: Uint8Array;
  /** `fill`, with MARK taken out of the colours of patterned bytes. */
  readonly marked: Int32Array;
  /** Forced colours: tiles and cells need an edge, because free ones have no fill. */
  readonly edges: boolean;
}

/** A bit of opacity: all colours have it. */
export const MARK = 0x1000000;
const markedOf = (fill: Uint32Array, pattern: Uint8Array): Int32Array => Int32Array.from(fill, (colour, byte) => (pattern[byte] === 0 ? colour | MARK : colour & ~MARK));

export interface SystemColours {
  readonly Canvas: Hex;
  readonly CanvasText: Hex;
  readonly GrayText: Hex;
  readonly Highlight: Hex;
}
export type Theme = { readonly name: ThemeName } | { readonly name: 'forced'; readonly colours: SystemColours };

export const rgba = (hex: Hex): number => {
  const n = Number.parseInt(hex.slice(1), 16);
  return (0xff000000 | ((n & 0xff) << 16) | (n & 0xff00) | (n >>> 16)) >>> 0;
};

/** Class of a kind where cells are too small for fifteen colours, and for forced colours. */
export function coarseClass(kind: number): Coarse {
  if (kind === KIND_FREE) return 'free';
  if (kind === KIND_ISOLATED) return 'isolated';
  if (kind === KIND_PINNED) return 'pinned';
  if (kind === KIND_HWPOISON) return 'hwpoison';
  if (kind <= KIND_MLOCKED) return 'movable';
  if (kind >= KIND_RESERVED && kind <= KIND_CRASHKERNEL) return 'aside';
  return 'unmovable';
}

/** Legend order, which is also the order inside a divided cell, top to bottom: what is empty, what can move, what cannot, what is set aside. Sediment sinks. */
export const LEGEND_ORDER: readonly number[] = [
  KIND_ABSENT, KIND_OFFLINE, KIND_FREE, KIND_ISOLATED, KIND_UNPLUGGED, KIND_BALLOON, ...Array.from({ length: KIND_HWPOISON }, (_, i) => i + 1),
];

/** Quarter colour, three quarters ground; whole numbers, so that it is the same everywhere. */
function dim(colour: number, ground: number): number {
  let mixed = 0xff000000;
  for (let shift = 0; shift < 24; shift += 8) mixed |= ((((colour >>> shift) & 0xff) + 3 * ((ground >>> shift) & 0xff)) >>> 2) << shift;
  return mixed >>> 0;
}

export interface PaletteOptions {
  /** Seven classes instead of fifteen kinds: for cells under two CSS pixels. */
  readonly coarse?: boolean;
  /** Only this kind (or class) keeps its colour; the others step back. */
  readonly only?: number;
  /** Classes of a lens take the places of the kinds. */
  readonly lens?: DerivedLens;
}

export function createPalette(theme: Theme, options: PaletteOptions = {}): Palette {
  if (theme.name === 'forced') return forcedPalette(theme.colours, options);
  const data = THEMES[theme.name];
  const fill = new Uint32Array(INDEXES);
  const ink = new Uint32Array(INDEXES);
  const pattern = new Uint8Array(INDEXES);
  CHROME_NAMES.forEach((name, i) => { fill[NR_KINDS + i] = rgba(data.chrome[name]); });
  ZONE_COLOURS.forEach((colour, i) => { fill[INK_ZONE + i] = rgba(colour); });
  const ground = rgba(data.chrome.laneA);
  const chosen = options.only;
  for (let kind = 0; kind < NR_KINDS; kind++) {
    const named = data.kinds[KIND_NAMES[kind] as FilledKind] as readonly [Hex, Hex] | undefined;
    const colour = named === undefined ? ground : rgba(options.coarse ? data.coarse[coarseClass(kind)] : named[0]);
    const fades = chosen !== undefined && chosen !== kind;
    fill[kind] = fades ? dim(colour, ground) : colour;
    fill[INK_GLYPH + kind] = fades ? dim(rgba(data.patternInk), ground) : rgba(named?.[1] ?? data.patternInk);
    ink[kind] = rgba(data.patternInk);
  }
  for (const { value, source } of options.lens === undefined ? [] : LENS_CLASSES[options.lens]) {
    const [colour, glyph] = lookOf(data, source);
    const fades = chosen !== undefined && chosen !== value;
    fill[value] = fades ? dim(rgba(colour), ground) : rgba(colour);
    fill[INK_GLYPH + value] = fades ? dim(rgba(data.patternInk), ground) : rgba(glyph);
  }
  // The cage's bars: towards the theme's cage line, quiet enough to read the frames beside it.
  ink[KIND_ISOLATED] = dim(rgba(data.chrome.cage), fill[KIND_ISOLATED] as number);
  ink[INK.hole] = rgba(data.chrome.holeLine);
  fill[KIND_ABSENT] = rgba(data.chrome.hole);
  ink[KIND_ABSENT] = rgba(data.chrome.holeLine);
  pattern[KIND_ISOLATED] = HATCH_6;
  if (options.lens === undefined) {
    pattern[KIND_UNPLUGGED] = DOTS_5;
    pattern[KIND_BALLOON] = RINGS_8;
  }
  pattern[KIND_ABSENT] = HATCH_10;
  pattern[INK.hole] = HATCH_10;
  return { fill, ink, pattern, marked: markedOf(fill, pattern), edges: false };
}

/** Forced colours: seven classes told apart by pattern, in the user's own colours. */
function forcedPalette(system: SystemColours, options: PaletteOptions): Palette {
  const canvas = rgba(system.Canvas);
  const text = rgba(system.CanvasText);
  const gray = rgba(system.GrayText);
  const highlight = rgba(system.Highlight);
  const fill = new Uint32Array(INDEXES).fill(canvas);
  const ink = new Uint32Array(INDEXES).fill(text);
  const pattern = new Uint8Array(INDEXES);
  // No grid: system colours have no quiet one for it.
  for (const name of ['lineStrong', 'ink3', 'quiet'] as const) fill[INK[name]] = gray;
  for (const name of ['ink', 'ink2', 'cage', 'danger'] as const) fill[INK[name]] = text;
  fill[INK.accent] = highlight;
  ZONE_COLOURS.forEach((_, i) => { fill[INK_ZONE + i] = text; });
  for (let kind = 0; kind < NR_KINDS; kind++) {
    fill[INK_GLYPH + kind] = text;
    if (options.only !== undefined && options.only !== kind) continue;
    const group = coarseClass(kind);
    if (kind === KIND_UNPLUGGED || kind === KIND_BALLOON) pattern[kind] = DOTS_5;
    else if (kind >= KIND_OFFLINE || kind === KIND_FREE) pattern[kind] = PLAIN;
    else if (group === 'isolated') pattern[kind] = HATCH_6;
    else if (group === 'movable') pattern[kind] = DOTS_4;
    else if (group === 'aside') { pattern[kind] = LINES_3; ink[kind] = gray; }
    else {
      fill[kind] = kind === KIND_PINNED ? highlight : text;
      fill[INK_GLYPH + kind] = canvas;
    }
  }
  if (options.lens !== undefined) forcedClasses(options.lens, options.only, { fill, ink, pattern }, [canvas, text, gray, highlight]);
  return { fill, ink, pattern, marked: markedOf(fill, pattern), edges: true };
}

/** Looks that system colours can tell apart, cycled through: more classes than these share one, and the letters and the inspector tell them. */
function forcedClasses(lens: DerivedLens, only: number | undefined, to: Pick<Palette, 'fill' | 'ink' | 'pattern'>, [canvas, text, gray, highlight]: readonly [number, number, number, number]): void {
  const looks = [[canvas, text, DOTS_4], [text, canvas, PLAIN], [canvas, gray, LINES_3], [highlight, canvas, PLAIN], [canvas, text, HATCH_6], [gray, canvas, PLAIN], [canvas, text, DOTS_5]] as const;
  for (const { value, name } of LENS_CLASSES[lens]) {
    const [fill, ink, pattern] = name === 'free' || (only !== undefined && only !== value) ? [canvas, text, PLAIN] as const : looks[value % looks.length] as (typeof looks)[number];
    to.fill[value] = fill;
    to.ink[value] = ink;
    to.pattern[value] = pattern;
    to.fill[INK_GLYPH + value] = fill === canvas ? text : canvas;
  }
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
