import { describe, expect, test } from 'vitest';
import type { DerivedLens } from '../../workers/uapi/lens.ts';
import { KIND_ANON, KIND_FREE, KIND_HWPOISON, KIND_ISOLATED, KIND_NAMES, KIND_PINNED, KIND_SLAB } from '../../workers/uapi/page_kind.ts';
import { type Hex, KIND_LABELS, type ThemeName, THEMES, ZONE_COLOURS } from './palette.data.ts';
import { LENS_CLASSES, lookOf } from './lenses.ts';
import { coarseClass, createPalette, patternAt, PATTERN_PERIOD, rgba } from './palette.ts';
import { deltaE, lab, type Sight, type Triple } from './testing/colour.ts';

/** Table 1 of Sharma, Wu and Dalal (2005): L, a, b twice, and the difference. */
const PUBLISHED: readonly (readonly [number, number, number, number, number, number, number])[] = [
  [50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425], [50, 3.1571, -77.2803, 50, 0, -82.7485, 2.8615], [50, 2.8361, -74.02, 50, 0, -82.7485, 3.4412],
  [50, -1.3802, -84.2814, 50, 0, -82.7485, 1], [50, -1.1848, -84.8006, 50, 0, -82.7485, 1], [50, -0.9009, -85.5211, 50, 0, -82.7485, 1],
  [50, 0, 0, 50, -1, 2, 2.3669], [50, -1, 2, 50, 0, 0, 2.3669], [50, 2.49, -0.001, 50, -2.49, 0.0009, 7.1792], [50, 2.49, -0.001, 50, -2.49, 0.001, 7.1792],
  [50, 2.49, -0.001, 50, -2.49, 0.0011, 7.2195], [50, 2.49, -0.001, 50, -2.49, 0.0012, 7.2195], [50, -0.001, 2.49, 50, 0.0009, -2.49, 4.8045],
  [50, -0.001, 2.49, 50, 0.001, -2.49, 4.8045], [50, -0.001, 2.49, 50, 0.0011, -2.49, 4.7461], [50, 2.5, 0, 50, 0, -2.5, 4.3065], [50, 2.5, 0, 73, 25, -18, 27.1492],
  [50, 2.5, 0, 61, -5, 29, 22.8977], [50, 2.5, 0, 56, -27, -3, 31.903], [50, 2.5, 0, 58, 24, 15, 19.4535], [50, 2.5, 0, 50, 3.1736, 0.5854, 1],
  [50, 2.5, 0, 50, 3.2972, 0, 1], [50, 2.5, 0, 50, 1.8634, 0.5757, 1], [50, 2.5, 0, 50, 3.2592, 0.335, 1],
  [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644], [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.263],
  [61.2901, 3.7196, -5.3901, 61.4292, 2.248, -4.962, 1.8731], [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
  [22.7233, 20.0904, -46.694, 23.0331, 14.973, -42.5619, 2.0373], [36.4612, 47.858, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
  [90.8027, -2.0831, 1.441, 91.1528, -1.6435, 0.0447, 1.4441], [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
  [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377], [2.0776, 0.0795, -1.135, 0.9033, -0.0636, -0.5514, 0.9082],
];

test('CIEDE2000 gives the 34 published differences, both ways round, to four digits', () => {
  for (const [l1, a1, b1, l2, a2, b2, expected] of PUBLISHED) {
    const [one, two]: [Triple, Triple] = [[l1, a1, b1], [l2, a2, b2]];
    expect(deltaE(one, two)).toBeCloseTo(expected, 4);
    expect(deltaE(two, one)).toBeCloseTo(expected, 4);
  }
});

/** Worst difference among named colours. */
function worst(colours: Readonly<Record<string, Hex>>, sight: Sight): { pair: string; dE: number } {
  const named = Object.entries(colours);
  let least = { pair: '', dE: Number.POSITIVE_INFINITY };
  named.forEach(([a, one], i) => {
    for (const [b, two] of named.slice(i + 1)) {
      const dE = deltaE(lab(one, sight), lab(two, sight));
      if (dE < least.dE) least = { pair: `${a}/${b}`, dE };
    }
  });
  return least;
}
const fills = (theme: ThemeName): Record<string, Hex> => Object.fromEntries(Object.entries(THEMES[theme].kinds).map(([name, [fill]]) => [name, fill]));

// What the palette reached when it was computed. A better palette raises these numbers; nothing may lower them.
const REACHED = [
  ['dark', 'normal', 12.6, 'isolated/reserved'], ['dark', 'protanopia', 12.2, 'kernel/hwpoison'], ['dark', 'deuteranopia', 11.8, 'slab/hwpoison'], ['dark', 'tritanopia', 11.7, 'pagetable/memmap'],
  ['light', 'normal', 13.1, 'free/mlocked'], ['light', 'protanopia', 12.2, 'isolated/memmap'], ['light', 'deuteranopia', 11.9, 'isolated/pinned'], ['light', 'tritanopia', 12.0, 'pinned/hwpoison'],
] as const;
for (const [theme, sight, least, pair] of REACHED) {
  test(`${theme}, ${sight}: the two most alike of fifteen kinds (${pair}) differ by ${least}`, () => {
    const found = worst(fills(theme), sight);
    expect([found.pair, found.pair.split('/').reverse().join('/')]).toContain(pair);
    expect(Math.round(found.dE * 10) / 10).toBeGreaterThanOrEqual(least);
  });
}

test.each(['dark', 'light'] as const)('%s: the seven coarse classes, the verdicts and the zones stay apart for everyone', (theme) => {
  const zones = Object.fromEntries(ZONE_COLOURS.map((hex, i) => [String(i), hex]));
  for (const sight of ['normal', 'protanopia', 'deuteranopia', 'tritanopia'] as const) {
    expect(worst(THEMES[theme].coarse, sight).dE).toBeGreaterThan(11.7);
    expect(worst(THEMES[theme].verdict, sight).dE).toBeGreaterThan(15.9);
    expect(worst(zones, sight).dE).toBeGreaterThan(14.8);
  }
});

test.each(['dark', 'light'] as const)('%s: what can move and what cannot differ by at least 23.9 in every sight', (theme) => {
  const kinds = fills(theme);
  for (const sight of ['normal', 'protanopia', 'deuteranopia', 'tritanopia'] as const) {
    for (const cool of ['anon', 'file', 'thp', 'hugetlb', 'mlocked']) {
      for (const warm of ['slab', 'pagetable', 'kernel', 'memmap']) expect(Math.round(deltaE(lab(kinds[cool] as Hex, sight), lab(kinds[warm] as Hex, sight)) * 10) / 10).toBeGreaterThanOrEqual(23.9);
    }
  }
});

/** WCAG contrast. */
function contrast(one: Hex, two: Hex): number {
  const luminance = (hex: Hex): number => (lab(hex, 'normal')[0] > 8 ? ((lab(hex, 'normal')[0] + 16) / 116) ** 3 : lab(hex, 'normal')[0] / 903.3);
  const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}
test.each(['dark', 'light'] as const)('%s: every glyph can be read on its kind (4.5:1), every zone line on the ground (3:1)', (theme) => {
  for (const [fill, ink] of Object.values(THEMES[theme].kinds)) expect(contrast(fill, ink)).toBeGreaterThanOrEqual(4.5);
  for (const zone of ZONE_COLOURS) expect(contrast(zone, THEMES[theme].background)).toBeGreaterThanOrEqual(3);
});

test('for a projector the frames are the light theme\'s, and every word has 7:1 on every ground', () => {
  expect(THEMES.projector.kinds).toBe(THEMES.light.kinds);
  const { ink, ink2, ink3, accent, danger, bg, laneA, laneB, raised } = THEMES.projector.chrome;
  for (const ground of [bg, laneA, laneB, raised]) for (const word of [ink, ink2, ink3, accent, danger]) expect(contrast(word, ground)).toBeGreaterThanOrEqual(7);
});

describe.each(Object.keys(LENS_CLASSES) as DerivedLens[])('coloured by %s', (lens) => {
  const classes = LENS_CLASSES[lens];
  test('each class has a value of its own, as workers/uapi/lens.ts writes it: 0 to 15', () => {
    expect(new Set(classes.map(({ value }) => value)).size).toBe(classes.length);
    for (const { value } of classes) expect(value >= 0 && value < 16).toBe(true);
  });
  test.each(['dark', 'light'] as const)('%s: the two most alike classes stay apart for everyone, and every letter can be read', (theme) => {
    const colours: Record<string, Hex> = {};
    for (const { name, source } of classes) colours[name] = lookOf(THEMES[theme], source)[0];
    // Orders and ages lie on nine even steps: what is equal there are the pairs 2–3 and 6–7, and neighbours are near by intent.
    if (lens !== 'order' && lens !== 'age') for (const sight of ['normal', 'protanopia', 'deuteranopia', 'tritanopia'] as const) expect(worst(colours, sight).dE).toBeGreaterThan(11.6);
    for (const { source } of classes) expect(contrast(...lookOf(THEMES[theme], source))).toBeGreaterThanOrEqual(4.5);
  });
});

test('every kind has a name and a glyph of its own', () => {
  const glyphs = KIND_NAMES.map((name) => KIND_LABELS[name][1]);
  expect(new Set(glyphs).size).toBe(KIND_NAMES.length);
});

test('patterns repeat after PATTERN_PERIOD, so a map scrolled by it looks the same', () => {
  for (let pattern = 1; pattern <= 6; pattern++) {
    let inked = 0;
    for (let y = 0; y < 30; y++) {
      for (let x = 0; x < 30; x++) {
        inked += patternAt(pattern, x, y) ? 1 : 0;
        expect(patternAt(pattern, x + PATTERN_PERIOD, y + PATTERN_PERIOD)).toBe(patternAt(pattern, x, y));
      }
    }
    expect(inked).toBeGreaterThan(0);
  }
});

test('one kind alone keeps its colour, the others step back towards the ground', () => {
  const all = createPalette({ name: 'dark' });
  const anon = createPalette({ name: 'dark' }, { only: KIND_ANON });
  expect(anon.fill[KIND_ANON]).toBe(all.fill[KIND_ANON]);
  expect(anon.fill[KIND_SLAB]).not.toBe(all.fill[KIND_SLAB]);
});

test('in forced colours only system colours appear, and the seven classes differ in fill or pattern', () => {
  const colours = { Canvas: '#000000', CanvasText: '#ffffff', GrayText: '#00ff00', Highlight: '#ffff00' } as const;
  const palette = createPalette({ name: 'forced', colours });
  const allowed = new Set(Object.values(colours).map(rgba));
  for (const value of [...palette.fill, ...palette.ink]) expect(allowed).toContain(value);
  const look = (kind: number): string => `${palette.fill[kind]} ${palette.pattern[kind]} ${palette.pattern[kind] ? palette.ink[kind] : ''}`;
  const kinds = [KIND_FREE, KIND_ISOLATED, KIND_ANON, KIND_SLAB, KIND_PINNED, 11];
  expect(new Set(kinds.map(look)).size).toBe(kinds.length);
  expect(coarseClass(KIND_HWPOISON)).toBe('hwpoison');
});
