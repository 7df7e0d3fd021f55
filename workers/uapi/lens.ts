/**
 * What the picture is coloured by, when not by kind: one class a frame, 0 … 15, derived from the machine's tables. Patches carry the classes of what changed, so that
 * page and worker agree and the page needs no column but this one. Class 0 is always free memory, which an isolated pageblock turns into caged memory.
 */
import { geometryAt } from './arch.ts';
import { STATE_BUDDY, STATE_ORDER, type Tables } from './layout.ts';
import { MAX_ORDER, pageblock_nr_pages, pageblock_order } from './mmzone.ts';
import {
  KIND_CRASHKERNEL, KIND_FREE, KIND_HWPOISON, KIND_MASK, KIND_MLOCKED, KIND_PINNED, KIND_RESERVED,
} from './page_kind.ts';

export const LENSES = ['kind', 'mobility', 'migratetype', 'order', 'owner', 'node', 'age'] as const;
export type Lens = (typeof LENSES)[number];
/** Every lens but the frame's kind, which has a column of its own. */
export type DerivedLens = Exclude<Lens, 'kind'>;
/** Derived from the tables by classify(). How long ago something changed is known to whoever watches: the page keeps that itself, a word for each pageblock (src/engine/age.ts). */
export type TableLens = Exclude<DerivedLens, 'age'>;

/** mobility: could the frame go elsewhere, by what it holds and who refers to it. */
export const MOBILITY = ['free', 'movable', 'unmovable', 'referenced', 'aside', 'hwpoison'] as const;
const FREE = 0;
const MOVABLE = 1;
const UNMOVABLE = 2;
const REFERENCED = 3;
const ASIDE = 4;
const HWPOISON = 5;
/** migratetype: 1 + MIGRATE_* of the frame's pageblock. */
const FIRST_TYPE = 1;
/** order: 1 + order of the free chunk the frame lies in; frames in use are of one class. */
const FIRST_ORDER = 1;
export const ORDER_IN_USE = FIRST_ORDER + MAX_ORDER;
/** The highest order with a class of its own; larger chunks of other architectures are of that class, too. */
const SHOWN_ORDER = MAX_ORDER - 1;
/** owner: 1 + row of OWNER modulo this; neighbours in the table differ. What nobody owns by name is the last class. */
export const OWNER_CLASSES = 13;
export const OWNER_NONE = OWNER_CLASSES + 1;
/** node: 1 + node modulo this. */
export const NODE_CLASSES = 14;

/** Class of an owner of memory (its row in OWNER, > 0). */
export const ownerClass = (row: number): number => 1 + ((row - 1) % OWNER_CLASSES);

function mobility(t: Tables, start: number, out: Uint8Array, at: number): void {
  const { kind } = t.memmap;
  const { pincount } = t.cold;
  for (let i = 0; i < pageblock_nr_pages; i++) {
    const k = (kind[start + i] as number) & KIND_MASK;
    let found: number = UNMOVABLE;
    if (k === KIND_FREE) found = FREE;
    else if (k === KIND_HWPOISON) found = HWPOISON;
    else if (k === KIND_PINNED || (k <= KIND_MLOCKED && (pincount[start + i] as number) > 0)) found = REFERENCED;
    else if (k <= KIND_MLOCKED) found = MOVABLE;
    else if (k >= KIND_RESERVED && k <= KIND_CRASHKERNEL) found = ASIDE;
    out[at + i] = found;
  }
}

/** Free chunks lie aligned, so a frame's chunk is found from its pageblock's beginning, or begins before it with a larger order than a pageblock's. */
function order(t: Tables, start: number, out: Uint8Array, at: number): void {
  const { state } = t.memmap;
  if (t.section.virgin[start >>> t.sizes.section_shift] === 1) {
    out.fill(FIRST_ORDER + SHOWN_ORDER, at, at + pageblock_nr_pages);
    return;
  }
  for (let larger = geometryAt(t.sizes).MAX_ORDER - 1; larger > pageblock_order; larger--) {
    const head = start - (start % (1 << larger));
    const s = state[head] as number;
    if ((s & STATE_BUDDY) === 0 || (s & STATE_ORDER) < larger) continue;
    out.fill(FIRST_ORDER + Math.min(SHOWN_ORDER, s & STATE_ORDER), at, at + pageblock_nr_pages);
    return;
  }
  for (let i = 0; i < pageblock_nr_pages;) {
    const s = state[start + i] as number;
    const chunk = (s & STATE_BUDDY) !== 0;
    const end = chunk ? Math.min(pageblock_nr_pages, i + (1 << (s & STATE_ORDER))) : i + 1;
    out.fill(chunk ? FIRST_ORDER + Math.min(SHOWN_ORDER, s & STATE_ORDER) : ORDER_IN_USE, at + i, at + end);
    i = end;
  }
}

function owner(t: Tables, start: number, out: Uint8Array, at: number): void {
  const { kind, owner: by } = t.memmap;
  for (let i = 0; i < pageblock_nr_pages; i++) {
    const o = by[start + i] as number;
    const row = o > 0 ? (t.pte.owner[o] as number) : -o;
    out[at + i] = ((kind[start + i] as number) & KIND_MASK) === KIND_FREE ? FREE : row > 0 ? ownerClass(row) : OWNER_NONE;
  }
}

/** Writes the classes of a pageblock's frames to out[at …]. Reads only; frames of absent memory give what an untouched frame gives. */
export function classify(t: Tables, lens: TableLens, pageblock: number, out: Uint8Array, at: number): void {
  const start = pageblock * pageblock_nr_pages;
  switch (lens) {
    case 'mobility': mobility(t, start, out, at); break;
    case 'migratetype': out.fill(FIRST_TYPE + (t.pageblock.migratetype[pageblock] as number), at, at + pageblock_nr_pages); break;
    case 'order': order(t, start, out, at); break;
    case 'owner': owner(t, start, out, at); break;
    case 'node': out.fill(1 + ((t.section.nid[pageblock >> (t.sizes.section_shift - pageblock_order)] as number) % NODE_CLASSES), at, at + pageblock_nr_pages); break;
  }
}
