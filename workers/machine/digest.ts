/**
 * One u32 over everything that is machine state: "are these two machines the same?" Frames nobody ever touched are all zero and are skipped by section, so the cost grows
 * with the memory in use. The trace and text rings count as well: two machines that said different things are different.
 */
import { M_NR_PTES, M_WORK_NS, M_ZONE_INITIALIZED } from '../mm/mm.ts';
import { H_BRANCH, H_GENERATION, H_REPLAY, H_SEQCOUNT, HEADER_WORDS, PTE_CHUNK_ORDER, type Tables } from '../uapi/layout.ts';
import { pageblock_order } from '../uapi/mmzone.ts';
import { type Changes, FOR_DIGEST, type Marks } from './changes.ts';
import { emptyPart, frameColumns, hashUnit, pteColumns, unitsOf, type WordColumn } from './rows.ts';

const PRIME = 0x01000193;

/** FNV-1a over 32-bit words: every word is folded in with one multiplication, good enough to tell states apart, no defence against an adversary. */
function fold(h: number, view: ArrayBufferView): number {
  const whole = view.byteLength >>> 2;
  if (view.byteOffset % 4 === 0) {
    const words = new Int32Array(view.buffer as ArrayBuffer, view.byteOffset, whole);
    for (let i = 0; i < whole; i++) h = Math.imul(h ^ (words[i] as number), 0x01000193);
  }
  const bytes = new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
  for (let i = view.byteOffset % 4 === 0 ? whole * 4 : 0; i < bytes.length; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193);
  return h;
}

/** Tables hashed whole: small, or dense. */
const WHOLE = ['zone', 'node', 'slot', 'memory_block', 'section', 'misc', 'vm_event', 'free_area', 'chunk', 'pcp', 'lru', 'owner', 'trace', 'text', 'text_bytes'] as const;
/** Tables with a row per frame, hashed where a section is present. */
const BY_FRAME = ['memmap', 'cold'] as const;

/** Is the section there, and are its columns its state? What SECTION.virgin says stands for all of its frames. */
const counts = (t: Tables, nr: number): boolean => t.section.state[nr] !== 0 && t.section.virgin[nr] !== 1;

/** What does not lie in the large tables, and their sums. */
function foldRest(t: Tables, outside: number, frames: number, ptes: number): number {
  let h = Math.imul(0x811c9dc5 ^ outside, PRIME);
  for (let i = 0; i < HEADER_WORDS; i++) {
    // How often slices were published, and in which branch this is, is the host's business, not the machine's.
    if (i !== H_SEQCOUNT && i !== H_GENERATION && i !== H_BRANCH && i !== H_REPLAY) h = Math.imul(h ^ (t.header[i] as number), PRIME);
  }
  for (const name of WHOLE) for (const column of Object.values(t[name])) h = fold(h, column as ArrayBufferView);
  const blocks = 1 << (t.sizes.section_shift - pageblock_order);
  t.section.state.forEach((_, nr) => {
    if (!counts(t, nr)) return;
    h = fold(h, t.pageblock.migratetype.subarray(nr * blocks, (nr + 1) * blocks));
    h = fold(h, t.pageblock.zone.subarray(nr * blocks, (nr + 1) * blocks));
  });
  h = Math.imul(h ^ frames, PRIME);
  h = Math.imul(h ^ ptes, PRIME);
  return (h ^ (h >>> 15)) >>> 0;
}

const foldLarge = (frames: number, ptes: number): number => Math.imul(frames, PRIME) ^ ptes;

export interface Digest {
  /** Frames and page tables alone. */
  large(): number;
  /** @param outside a number for what is not in the tables: the journal's length, say */
  now(outside?: number): number;
  /** Who wrote back a unit of frames or page tables knows what it holds. */
  knownFrames(unit: number, hash: number): void;
  knownPtes(unit: number, hash: number): void;
}

/**
 * The digest of a machine, asked for again and again: of frames and page tables only what was marked since is looked at. The large tables count as a sum over units of 512 rows, so
 * that what changed can be taken out and put in again.
 */
export function createDigest(t: Tables, changes: Changes): Digest {
  const perSection = t.sizes.section_shift - pageblock_order;
  const empty = emptyUnit(pteColumns(t));
  const frames = createSum(frameColumns(t), changes.frames, (unit) => counts(t, unit >>> perSection));
  const ptes = createSum(pteColumns(t), changes.ptes, (unit) => !empty(unit));
  return { large: () => foldLarge(frames.now(), ptes.now()), now: (outside = 0) => foldRest(t, outside, frames.now(), ptes.now()), knownFrames: frames.known, knownPtes: ptes.known };
}
/** Units of one table, added up as far as they count. */
function createSum(columns: readonly WordColumn[], marks: Marks, included: (unit: number) => boolean): { now(): number; known(unit: number, hash: number): void } {
  const parts = new Int32Array(unitsOf(columns));
  let sum = 0;
  const put = (unit: number, part: number): void => {
    sum = (sum + part - (parts[unit] as number)) | 0;
    parts[unit] = part;
  };
  return {
    now() {
      marks.each(FOR_DIGEST, (unit) => { put(unit, included(unit) ? hashUnit(columns, unit) : 0); });
      return sum;
    },
    known(unit, hash) {
      put(unit, included(unit) ? hash : 0);
      marks.seen(FOR_DIGEST, unit);
    },
  };
}
/** A unit that holds nothing counts nothing: nobody has to look at rows that were never used. */
const emptyUnit = (columns: readonly WordColumn[]) => (unit: number): boolean =>
  columns.every((column) => emptyPart(column, unit * column.per, Math.min(column.words.length, (unit + 1) * column.per)));

/** The same number from a look at everything: what a mark that is missing is found by. */
export const digestOf = (t: Tables, outside = 0): number => foldRest(t, outside, ...largeSums(t));
/** The same for Digest.large. */
export const largeDigestOf = (t: Tables): number => foldLarge(...largeSums(t));

function largeSums(t: Tables): [frames: number, ptes: number] {
  const frames = frameColumns(t);
  const ptes = pteColumns(t);
  const perSection = t.sizes.section_shift - pageblock_order;
  let [f, p] = [0, 0];
  for (let unit = 0; unit < unitsOf(frames); unit++) if (counts(t, unit >>> perSection)) f = (f + hashUnit(frames, unit)) | 0;
  const empty = emptyUnit(ptes);
  const used = Math.min(unitsOf(ptes), ((t.misc.word[M_NR_PTES] as number) >>> PTE_CHUNK_ORDER) + 1);
  for (let unit = 0; unit < used; unit++) if (!empty(unit)) p = (p + hashUnit(ptes, unit)) | 0;
  return [f, p];
}

/** Words of MISC that say how much time work took, and which empty zones somebody has looked at. */
const NOT_STATE = new Set<number>([M_WORK_NS, ...Array.from({ length: 5 }, (_, i) => M_ZONE_INITIALIZED + i)]);
const SMALL = ['node', 'slot', 'memory_block', 'section', 'free_area', 'lru', 'owner'] as const;

/**
 * One u32 over what memory is, without clock, trace and texts: equal before and after a write that was refused. `frames`: with every frame of every present section; without, the
 * lists, counters and tables around them.
 */
export function stateDigest(t: Tables, frames = true): number {
  let h = 0x811c9dc5;
  const { zone_start_pfn, ...zone } = t.zone;
  // A zone that spans nothing begins nowhere.
  zone_start_pfn.forEach((pfn, row) => { h = Math.imul(h ^ (zone.spanned_pages[row] === 0 ? 0 : pfn), 0x01000193); });
  for (const column of Object.values(zone)) h = fold(h, column);
  for (const name of SMALL) for (const column of Object.values(t[name])) h = fold(h, column as ArrayBufferView);
  h = fold(fold(h, t.pageblock.migratetype), t.pageblock.zone);
  for (let i = 0; i < t.misc.word.length; i++) if (!NOT_STATE.has(i)) h = Math.imul(h ^ (t.misc.word[i] as number), 0x01000193);
  const pages = frames ? 1 << t.sizes.section_shift : 0;
  t.section.state.forEach((state, nr) => {
    if (state === 0) return;
    for (const name of BY_FRAME) for (const column of Object.values(t[name])) h = fold(h, (column as Uint8Array).subarray(nr * pages, (nr + 1) * pages));
  });
  const slots = frames ? Math.min(t.pte.pfn.length, (t.misc.word[M_NR_PTES] as number) + 1) : 0;
  for (const column of Object.values(t.pte)) h = fold(h, (column as Int32Array).subarray(0, slots));
  return h >>> 0;
}
