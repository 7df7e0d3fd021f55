/** The classes of each lens: colour, letter, name. */
import { type DerivedLens, MOBILITY, NODE_CLASSES, ORDER_IN_USE, OWNER_CLASSES, OWNER_NONE } from '../../workers/uapi/lens.ts';
import { MAX_ORDER, MIGRATE_NAMES } from '../../workers/uapi/mmzone.ts';
import { type Coarse, type FilledKind, type Hex, type ThemeData, type ThemeName, THEMES } from './palette.data.ts';

/** Where a class's colour comes from: a kind's, one of the seven coarse ones, or a step of the even scale. All of them are measured in palette.test.ts. */
type Source = { readonly kind: FilledKind | 'isolated' } | { readonly coarse: Coarse } | { readonly step: number };

export interface LensClass {
  /** 0 … 15, as workers/uapi/lens.ts writes it. */
  readonly value: number;
  /** What the legend calls it: a word of the catalogue, or a name that is the kernel's own. */
  readonly name: string;
  readonly source: Source;
  readonly glyph: string;
}

const COARSE: Readonly<Record<(typeof MOBILITY)[number], readonly [Coarse, string]>> = {
  free: ['free', '·'], movable: ['movable', 'M'], unmovable: ['unmovable', 'U'], referenced: ['pinned', '◉'], aside: ['aside', 'R'], hwpoison: ['hwpoison', '✕'],
};
const TYPES: Readonly<Record<string, readonly [FilledKind | 'isolated', string]>> = {
  Unmovable: ['slab', 'U'], Movable: ['anon', 'M'], Reclaimable: ['pagetable', 'R'], HighAtomic: ['hwpoison', 'H'], CMA: ['hugetlb', 'C'], Isolate: ['isolated', '╱'], Reserve: ['memmap', 'S'],
};
/** Orders on the nine steps: small chunks pale, large ones strong. */
const STEP = [0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8];
/** Colours for things that have no order; those that lie side by side in the list are far apart. */
const APART: readonly (FilledKind | 'isolated')[] = [
  'anon', 'slab', 'file', 'pagetable', 'thp', 'memmap', 'hugetlb', 'crashkernel', 'pinned', 'mlocked', 'kernel', 'hwpoison', 'isolated', 'reserved',
];
const apart = (i: number): Source => ({ kind: APART[i % APART.length] as FilledKind });

const free: LensClass = { value: 0, name: 'free', source: { kind: 'free' }, glyph: '·' };

/** age: the class of what changed at most so many events ago, from 1 on; then what did earlier, and what was not seen to change. */
export const AGE_EVENTS = [100, 1000, 10_000, 100_000, 1_000_000] as const;
export const AGE_UNTOUCHED = AGE_EVENTS.length + 2;
/** The youngest strong, the oldest pale. */
const AGE_STEP = [8, 7, 5, 4, 3, 2];

/** Classes of a lens in the order of its legend. */
export const LENS_CLASSES: Readonly<Record<DerivedLens, readonly LensClass[]>> = {
  mobility: MOBILITY.map((name, value) => ({ value, name, source: { coarse: COARSE[name][0] }, glyph: COARSE[name][1] })),
  migratetype: MIGRATE_NAMES.map((name, i) => ({ value: i + 1, name, source: { kind: TYPES[name]?.[0] ?? 'reserved' }, glyph: TYPES[name]?.[1] ?? ' ' })),
  order: [
    ...Array.from({ length: MAX_ORDER }, (_, order): LensClass => ({ value: order + 1, name: String(order), source: { step: STEP[Math.min(order, 10)] as number }, glyph: order.toString(16) })),
    { value: ORDER_IN_USE, name: 'inUse', source: { coarse: 'aside' }, glyph: ' ' },
  ],
  owner: [
    free,
    ...Array.from({ length: OWNER_CLASSES }, (_, i): LensClass => ({ value: i + 1, name: String(i + 1), source: apart(i), glyph: ' ' })),
    { value: OWNER_NONE, name: 'nobody', source: { kind: 'reserved' }, glyph: ' ' },
  ],
  age: [
    ...[...AGE_EVENTS.map(String), 'older'].map((name, i): LensClass => ({ value: i + 1, name, source: { step: AGE_STEP[i] as number }, glyph: ' ' })),
    { value: AGE_UNTOUCHED, name: 'untouched', source: { kind: 'free' }, glyph: ' ' },
  ],
  node: Array.from({ length: NODE_CLASSES }, (_, i): LensClass => ({ value: i + 1, name: String(i), source: apart(i), glyph: i.toString(16) })),
};

/** Colour of a class, and ink of the letter on it. */
export function lookOf(theme: ThemeData, source: Source): readonly [fill: Hex, ink: Hex] {
  if ('kind' in source) return theme.kinds[source.kind];
  const fill = 'coarse' in source ? theme.coarse[source.coarse] : (theme.sequential[source.step] as Hex);
  const alike = Object.values(theme.kinds).find(([hex]) => hex === fill);
  return alike ?? [fill, inkOn(fill)];
}
/** Colour of a class in a theme, as CSS writes it. */
export const lensFill = (theme: ThemeName, { source }: LensClass): Hex => lookOf(THEMES[theme], source)[0];
/** Black or white, whichever reads better; the coarse and even colours have no measured ink of their own. */
function inkOn(fill: Hex): Hex {
  const n = Number.parseInt(fill.slice(1), 16);
  return 299 * (n >> 16) + 587 * ((n >> 8) & 0xff) + 114 * (n & 0xff) > 105_000 ? '#0b0e11' : '#ffffff';
}
