/** How a tile is drawn through each lens: its letters, and which classes are too rare and too decisive to be lost at a distance. */
import { type DerivedLens, type Lens, MOBILITY } from '../../workers/uapi/lens.ts';
import { KIND_HWPOISON, KIND_NAMES, KIND_PINNED, KIND_SLAB, NR_KINDS } from '../../workers/uapi/page_kind.ts';
import { GLYPH_OF_KIND, glyphOf } from './font.ts';
import { LENS_CLASSES } from './lenses.ts';

/** What a tile needs to know of a lens. */
export interface Look {
  /** Letter by class. */
  readonly glyphs: Uint8Array;
  /** Classes promoted where a cell would lose them, the most decisive last. */
  readonly promoted: Uint8Array;
  /** By class: 0 never, 1 everywhere, 2 in ZONE_MOVABLE. */
  readonly promotes: Uint8Array;
}
/** Kinds that keep a block from going offline: the warm ones. */
const isUnmovableKind = (kind: number): boolean => kind >= KIND_SLAB && kind <= KIND_PINNED;
const promotesOf = (rule: (value: number) => number): Uint8Array => Uint8Array.from({ length: NR_KINDS }, (_, value) => rule(value));
const KIND_LOOK: Look = {
  glyphs: GLYPH_OF_KIND, promoted: Uint8Array.from([6, 7, 8, 9, KIND_PINNED, KIND_HWPOISON]),
  promotes: promotesOf((kind) => (kind === KIND_HWPOISON || kind === KIND_PINNED ? 1 : isUnmovableKind(kind) ? 2 : 0)),
};
function derivedLook(lens: DerivedLens): Look {
  const glyphs = Uint8Array.from(KIND_NAMES, () => glyphOf(' '));
  for (const { value, glyph } of LENS_CLASSES[lens]) glyphs[value] = glyphOf(glyph);
  const [unmovable, referenced, hwpoison] = (['unmovable', 'referenced', 'hwpoison'] as const).map((name) => MOBILITY.indexOf(name)) as [number, number, number];
  if (lens !== 'mobility') return { glyphs, promoted: new Uint8Array(0), promotes: promotesOf(() => 0) };
  return { glyphs, promoted: Uint8Array.from([unmovable, referenced, hwpoison]), promotes: promotesOf((value) => (value === referenced || value === hwpoison ? 1 : value === unmovable ? 2 : 0)) };
}
export const LOOKS: Readonly<Record<Lens, Look>> = {
  kind: KIND_LOOK, mobility: derivedLook('mobility'), migratetype: derivedLook('migratetype'), order: derivedLook('order'), owner: derivedLook('owner'), node: derivedLook('node'), age: derivedLook('age'),
};
