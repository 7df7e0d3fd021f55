/** The values of the palette: how they were found and measured is told in palette.test.ts, which no edit may make worse. One row a kind: colour, ink of its glyph. */
import type { KindName } from '../../workers/uapi/page_kind.ts';

export type Hex = `#${string}`;

export interface ThemeData {
  readonly background: Hex;
  readonly panel: Hex;
  /** By name of the kind: fill, and ink of the glyph on it. */
  readonly kinds: Readonly<Record<FilledKind | 'isolated', readonly [fill: Hex, glyphInk: Hex]>>;
  /** Outline and dots of what has no fill: offline, unplugged, balloon. */
  readonly patternInk: Hex;
  /** Could this block go offline? */
  readonly verdict: Readonly<Record<'yes' | 'likely' | 'no', Hex>>;
  /** Where a cell is under two CSS pixels wide. */
  readonly coarse: Readonly<Record<Coarse, Hex>>;
  /** Nine even steps, low to high. */
  readonly sequential: readonly Hex[];
  readonly chrome: Readonly<Record<Chrome, Hex>>;
}
export type FilledKind = 'free' | 'anon' | 'file' | 'thp' | 'hugetlb' | 'mlocked' | 'slab' | 'pagetable' | 'kernel' | 'memmap' | 'pinned' | 'reserved' | 'crashkernel' | 'hwpoison';
export type Coarse = 'free' | 'isolated' | 'movable' | 'unmovable' | 'pinned' | 'aside' | 'hwpoison';
/** Everything that is not a frame: neutral inks, one accent. */
export type Chrome = 'bg' | 'laneA' | 'laneB' | 'hole' | 'holeLine' | 'line' | 'lineStrong' | 'raised' | 'ink' | 'ink2' | 'ink3' | 'accent' | 'danger' | 'cage' | 'quiet';

export type ThemeName = 'dark' | 'light' | 'projector';

const dark: ThemeData = {
  background: '#0f1216', panel: '#151a20',
  kinds: {
    free: ['#272c33', '#ffffff'], isolated: ['#615846', '#ffffff'], anon: ['#3c72c7', '#ffffff'], file: ['#4cbbc7', '#0b0e11'],
    thp: ['#3e43a5', '#ffffff'], hugetlb: ['#998df4', '#0b0e11'], mlocked: ['#cee9fa', '#0b0e11'], slab: ['#c98b45', '#0b0e11'],
    pagetable: ['#f9e078', '#0b0e11'], kernel: ['#6e2b11', '#ffffff'], memmap: ['#f2b59a', '#0b0e11'], pinned: ['#fd5286', '#0b0e11'],
    reserved: ['#53565b', '#ffffff'], crashkernel: ['#69835f', '#0b0e11'], hwpoison: ['#da1c0b', '#ffffff'],
  },
  patternInk: '#6b7887',
  verdict: { yes: '#45d2c6', likely: '#ffe563', no: '#d8585f' },
  coarse: { free: '#272c33', isolated: '#615846', movable: '#3c72c7', unmovable: '#c98b45', pinned: '#fd5286', aside: '#53565b', hwpoison: '#da1c0b' },
  sequential: ['#192d35', '#194852', '#0e626b', '#127b7a', '#249384', '#40ac8b', '#75c590', '#addc99', '#e5f5ac'],
  chrome: {
    bg: '#0f1216', laneA: '#10151a', laneB: '#12171c', hole: '#0c0f13', holeLine: '#1a2027', line: '#262e38', lineStrong: '#364150', raised: '#1b2129',
    ink: '#e8edf2', ink2: '#a6b1bd', ink3: '#94a0ad', accent: '#5cc8ff', danger: '#ff6b6b', cage: '#d9b45a', quiet: '#7b8794',
  },
};

const light: ThemeData = {
  background: '#ffffff', panel: '#f6f7f9',
  kinds: {
    free: ['#d8e2ed', '#0b0e11'], isolated: ['#a09f8e', '#0b0e11'], anon: ['#2865bf', '#ffffff'], file: ['#55abb7', '#0b0e11'],
    thp: ['#2d32a8', '#ffffff'], hugetlb: ['#997fe5', '#0b0e11'], mlocked: ['#a2caf9', '#0b0e11'], slab: ['#c87b17', '#0b0e11'],
    pagetable: ['#eeda5c', '#0b0e11'], kernel: ['#582413', '#ffffff'], memmap: ['#dea573', '#0b0e11'], pinned: ['#d62a67', '#ffffff'],
    reserved: ['#2a2a2b', '#ffffff'], crashkernel: ['#4f6744', '#ffffff'], hwpoison: ['#bf0e01', '#ffffff'],
  },
  patternInk: '#7b8794',
  verdict: { yes: '#117a6f', likely: '#996700', no: '#940028' },
  coarse: { free: '#d8e2ed', isolated: '#a09f8e', movable: '#2865bf', unmovable: '#c87b17', pinned: '#d62a67', aside: '#2a2a2b', hwpoison: '#bf0e01' },
  sequential: ['#e1ead9', '#c0ddb8', '#87c99a', '#5bab8c', '#35917f', '#0e7972', '#056063', '#02454f', '#002936'],
  chrome: {
    bg: '#ffffff', laneA: '#f6f7f9', laneB: '#fafbfc', hole: '#eef0f3', holeLine: '#dde1e6', line: '#dfe3e8', lineStrong: '#c2c9d2', raised: '#eceff3',
    ink: '#151a20', ink2: '#47525e', ink3: '#626d79', accent: '#0a6cb4', danger: '#b3261e', cage: '#8f6a12', quiet: '#7b8794',
  },
};

/** A lamp in a lit room eats what is pale: the light theme's frames, with lines and words as dark as they go. */
const projector: ThemeData = {
  ...light,
  patternInk: '#4a545f',
  chrome: {
    ...light.chrome, laneA: '#ffffff', laneB: '#f3f5f7', hole: '#e3e7eb', holeLine: '#b4bcc5', line: '#b4bcc5', lineStrong: '#5d6874', ink: '#000000', ink2: '#1d242c', ink3: '#333d48',
    accent: '#00467f', danger: '#8c0f08', cage: '#5e4300', quiet: '#4a545f',
  },
};

export const THEMES: Readonly<Record<ThemeName, ThemeData>> = { dark, light, projector };

/** One set for both themes; lines and bars, never fills. */
export const ZONE_COLOURS: readonly Hex[] = ['#737373', '#53678a', '#a87525', '#389ba5'];

/** What the legend and the tooltip call each kind, and its letter from 12 px on. */
export const KIND_LABELS: Readonly<Record<KindName, readonly [label: string, glyph: string]>> = {
  free: ['Free', '·'],
  isolated: ['Isolated (caged)', '╱'],
  anon: ['Anonymous', 'A'],
  file: ['Page cache', 'F'],
  thp: ['Transparent huge page', 'T'],
  hugetlb: ['HugeTLB', 'H'],
  mlocked: ['mlocked', 'L'],
  slab: ['Slab', 'S'],
  pagetable: ['Page table', 'P'],
  kernel: ['Kernel text, data, stack', 'K'],
  memmap: ['memmap (struct page)', 'M'],
  pinned: ['Long-term pinned', '◉'],
  reserved: ['Reserved, firmware', 'R'],
  crashkernel: ['Crash kernel', 'C'],
  hwpoison: ['hwpoison', '✕'],
  unplugged: ['virtio-mem unplugged', '∴'],
  balloon: ['Balloon', '○'],
  offline: ['Offline', '□'],
  absent: ['Absent, hole', ' '],
};
