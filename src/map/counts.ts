/**
 * Frames by kind, counted once and kept: per pageblock, per block and over the machine. An update looks at every pageblock's generation and recounts those that
 * changed, so it costs what changed. The picture reads its columns from here, the legend its numbers.
 */
import { MEM_ABSENT, SECTION_PRESENT } from '../../workers/uapi/memory_block.ts';
import { MIGRATE_ISOLATE, pageblock_nr_pages, pageblock_order } from '../../workers/uapi/mmzone.ts';
import { KIND_ABSENT, KIND_FREE, KIND_ISOLATED, KIND_MASK, KIND_OFFLINE, NR_KINDS } from '../../workers/uapi/page_kind.ts';
import { blockCount, blockOfPageblock, hasContents, type Mirror } from './mirror.ts';
import { roomLike } from './shared.ts';

/** Kinds a frame can store; isolated, offline and absent follow from the tables. */
export const STORED_KINDS = 16;

const PAGEBLOCK_WORDS = pageblock_nr_pages >> 2;

/** How a pageblock is to be read. */
export const MODE_ABSENT = 0;
export const MODE_OFFLINE = 1;
export const MODE_CONTENTS = 2;
/** Contents, and the pageblock is isolated: its free frames are caged. */
export const MODE_ISOLATED = 3;

/** Has not been looked at yet. */
const NEVER = 255;

/** What a picture reads of them. */
export type DrawnCounts = Pick<Counts, 'histogram' | 'pairs' | 'mode' | 'stamp'>;

/** What is counted, as columns that another thread can read. */
export type CountsColumns = Pick<Counts, 'machine' | 'histogram' | 'pairs' | 'mode' | 'stamp' | 'blocks'>;

export interface Counts {
  /** Frames of the machine by kind; absent ones are not counted, those of offline blocks are KIND_OFFLINE whatever they hold. */
  readonly machine: Int32Array;
  /** Frames by stored kind, STORED_KINDS a pageblock. */
  readonly histogram: Uint16Array;
  /** The same, two kinds in a word, the first in its lower half. */
  readonly pairs: Int32Array;
  /** MODE_* by pageblock. */
  readonly mode: Uint8Array;
  /** By block: another number whenever something in it changed, written after what changed: a painter in another thread that read it before draws it once more. */
  readonly stamp: Uint32Array;
  /** Frames by kind, NR_KINDS a block. */
  readonly blocks: Int32Array;
  /** Frames by kind in one block, written to `out` (NR_KINDS long). */
  block(id: number, out: Int32Array): Int32Array;
  /** Brings all of it up to date; true if anything changed. `stamped`: the pageblocks that got a new generation, where they are known; otherwise all are looked at. */
  update(stamped?: Int32Array): boolean;
}

export function createCounts(m: Mirror): Counts {
  const pageblocks = m.pageblock.generation.length;
  const blockStates = m.memory_block.state;
  const sectionStates = m.section.state;
  const sectionToBlock = m.sizes.block_shift - m.sizes.section_shift;
  const room = roomLike(m.memmap.kind.buffer);
  const machine = new Int32Array(room(NR_KINDS * 4));
  const histogram = new Uint16Array(room(pageblocks * STORED_KINDS * 2));
  const pairs = new Int32Array(histogram.buffer);
  const mode = new Uint8Array(room(pageblocks));
  // Generations start at 0, so "never seen" needs a flag of its own: mode NEVER until the first update.
  mode.fill(NEVER);
  const seen = new Uint32Array(pageblocks);
  /** Of every section, how it was read last. */
  const sections = new Uint8Array(m.section.state.length).fill(NEVER);
  const words = new Int32Array(m.memmap.kind.buffer, m.memmap.kind.byteOffset, m.memmap.kind.length >> 2);
  const blocks = new Int32Array(room(blockCount(m) * NR_KINDS * 4));
  const stamp = new Uint32Array(room(blockCount(m) * 4));
  let clock = 0;
  /** Frames by stored kind of one pageblock. */
  const fresh = new Int32Array(STORED_KINDS);

  /** How the contents of a section are to be read, but for isolation: MODE_ABSENT, MODE_OFFLINE or MODE_CONTENTS. Sections never lie across blocks. */
  function modeOfSection(section: number): number {
    const state = blockStates[section >> sectionToBlock] as number;
    if (state === MEM_ABSENT || ((sectionStates[section] as number) & SECTION_PRESENT) === 0) return MODE_ABSENT;
    return hasContents(state) ? MODE_CONTENTS : MODE_OFFLINE;
  }

  /** Adds a pageblock's frames, as its mode says to read them, to the totals; sign -1 takes them out. */
  function tally(pageblock: number, sign: number): void {
    const base = blockOfPageblock(m, pageblock) * NR_KINDS;
    const how = mode[pageblock] as number;
    if (how === MODE_OFFLINE) {
      machine[KIND_OFFLINE] = (machine[KIND_OFFLINE] as number) + sign * pageblock_nr_pages;
      blocks[base + KIND_OFFLINE] = (blocks[base + KIND_OFFLINE] as number) + sign * pageblock_nr_pages;
    } else if (how === MODE_CONTENTS || how === MODE_ISOLATED) {
      for (let k = 0; k < STORED_KINDS; k++) {
        const n = sign * (histogram[pageblock * STORED_KINDS + k] as number);
        const kind = k === KIND_FREE && how === MODE_ISOLATED ? KIND_ISOLATED : k;
        machine[kind] = (machine[kind] as number) + n;
        blocks[base + kind] = (blocks[base + kind] as number) + n;
      }
    }
  }

  /** Counts a pageblock's frames into `fresh`. */
  function countFrames(pageblock: number): void {
    fresh.fill(0);
    const { kind } = m.memmap;
    const start = pageblock * pageblock_nr_pages;
    // Nobody has touched the section: all frames are alike.
    if (m.section.virgin[start >>> m.sizes.section_shift] === 1) {
      fresh[(kind[start] as number) & KIND_MASK] = pageblock_nr_pages;
      return;
    }
    const end = Math.min((pageblock + 1) * PAGEBLOCK_WORDS, words.length);
    // Neighbours are mostly alike: equal words are counted together.
    for (let at = pageblock * PAGEBLOCK_WORDS; at < end;) {
      const word = words[at] as number;
      const from = at++;
      while (at + 4 <= end && (((words[at] as number) ^ word) | ((words[at + 1] as number) ^ word) | ((words[at + 2] as number) ^ word) | ((words[at + 3] as number) ^ word)) === 0) at += 4;
      while (at < end && words[at] === word) at++;
      if (word === Math.imul(word & 255, 0x01010101)) {
        fresh[word & KIND_MASK] = (fresh[word & KIND_MASK] as number) + 4 * (at - from);
        continue;
      }
      for (let byte = 0; byte < 32; byte += 8) {
        const of = (word >>> byte) & KIND_MASK;
        fresh[of] = (fresh[of] as number) + at - from;
      }
    }
  }

  /** Counts a pageblock's frames anew. `counted`: how the totals have it, which are put right as well; MODE_ABSENT: they do not. */
  function recount(pageblock: number, counted: number): void {
    countFrames(pageblock);
    const base = pageblock * STORED_KINDS;
    const block = blockOfPageblock(m, pageblock) * NR_KINDS;
    for (let k = 0; k < STORED_KINDS; k++) {
      const more = (fresh[k] as number) - (histogram[base + k] as number);
      if (more === 0) continue;
      histogram[base + k] = fresh[k] as number;
      if (counted < MODE_CONTENTS) continue;
      const kind = k === KIND_FREE && counted === MODE_ISOLATED ? KIND_ISOLATED : k;
      machine[kind] = (machine[kind] as number) + more;
      blocks[block + kind] = (blocks[block + kind] as number) + more;
    }
  }

  /** Looks at a pageblock of a section that is to be read as `present`; true if its numbers changed. */
  function look(pageblock: number, present: number): boolean {
    const changed = mode[pageblock] === NEVER || m.pageblock.generation[pageblock] !== seen[pageblock];
    const before = mode[pageblock] as number;
    // A pageblock whose type changes is stamped as well, so nothing else needs a look.
    const how = present === MODE_CONTENTS && m.pageblock.migratetype[pageblock] === MIGRATE_ISOLATE ? MODE_ISOLATED : present;
    if (!changed && how === before) return false;
    if (changed) seen[pageblock] = m.pageblock.generation[pageblock] as number;
    // Nearly always it is read as before, and only what differs goes into the totals.
    if (how === before && how >= MODE_CONTENTS) recount(pageblock, how);
    else {
      if (before !== NEVER) tally(pageblock, -1);
      // What is not there is not counted.
      if (how !== MODE_ABSENT && (changed || before === MODE_ABSENT)) recount(pageblock, MODE_ABSENT);
      mode[pageblock] = how;
      tally(pageblock, 1);
    }
    stamp[blockOfPageblock(m, pageblock)] = ++clock;
    return true;
  }

  const shift = m.sizes.section_shift - pageblock_order;
  /** First isolated pageblock behind where one was looked for last. */
  let caged = -1;
  /**
   * Sections from here on that are seen for the first time and are all alike, as they are not there or nobody has touched them: of a TiB nearly all, and none is looked at pageblock by
   * pageblock. Returns the first one that is not; `from` itself: it is none of them.
   */
  function takeAlike(from: number, present: number): number {
    const { generation, migratetype } = m.pageblock;
    const { kind } = m.memmap;
    const there = present === MODE_CONTENTS;
    if (!there && present !== MODE_ABSENT) return from;
    const first = from << shift;
    if (caged < first) caged = migratetype.indexOf(MIGRATE_ISOLATE, first) >>> 0;
    const of = (kind[first * pageblock_nr_pages] as number) & KIND_MASK;
    const alike = (section: number): boolean => !there || (m.section.virgin[section] === 1 && ((kind[(section << shift) * pageblock_nr_pages] as number) & KIND_MASK) === of && (section + 1) << shift <= caged);
    let to = from;
    for (; to < sections.length && (to === from || (sections[to] === NEVER && modeOfSection(to) === present)) && alike(to); to++) sections[to] = present;
    const end = Math.min(to << shift, pageblocks);
    if (end <= first) return from;
    mode.fill(present, first, end);
    seen.set(generation.subarray(first, end), first);
    const each = there ? 1 << m.sizes.section_shift : 0;
    for (let section = from; section < to; section++) {
      const block = section >> sectionToBlock;
      blocks[block * NR_KINDS + of] = (blocks[block * NR_KINDS + of] as number) + each;
      stamp[block] = ++clock;
    }
    machine[of] = (machine[of] as number) + (to - from) * each;
    if (!there) return to;
    // The first row is copied, then twice as many, and so on: of half a million the browser's own code is done before ours would be compiled.
    histogram[first * STORED_KINDS + of] = pageblock_nr_pages;
    for (let rows = 1; rows < end - first; rows *= 2) histogram.copyWithin((first + rows) * STORED_KINDS, first * STORED_KINDS, (first + Math.min(rows, end - first - rows)) * STORED_KINDS);
    return to;
  }

  function update(stamped?: Int32Array): boolean {
    let changed = false;
    const { generation } = m.pageblock;
    for (let section = 0; section < sections.length; section++) {
      const present = modeOfSection(section);
      const before = sections[section];
      const turned = before !== present;
      sections[section] = present;
      if (stamped !== undefined && !turned) continue;
      const taken = before === NEVER ? takeAlike(section, present) : section;
      if (taken > section) {
        changed = true;
        section = taken - 1;
        continue;
      }
      const first = section << shift;
      const end = Math.min(first + (1 << shift), pageblocks);
      for (let pageblock = first; pageblock < end; pageblock++) if ((turned || generation[pageblock] !== seen[pageblock]) && look(pageblock, present)) changed = true;
    }
    if (stamped === undefined) return changed;
    for (let i = 0; i < stamped.length; i++) {
      const pageblock = stamped[i] as number;
      if (look(pageblock, sections[pageblock >>> shift] as number)) changed = true;
    }
    return changed;
  }

  update();
  return { machine, histogram, pairs, mode, stamp, blocks, block: readBlock(blocks), update };
}

const readBlock = (blocks: Int32Array): Counts['block'] => (id, out) => {
  for (let k = 0; k < NR_KINDS; k++) out[k] = blocks[id * NR_KINDS + k] as number;
  return out;
};

/** Counts that somebody else keeps up to date. */
export const viewCounts = (columns: CountsColumns): Counts => ({ ...columns, block: readBlock(columns.blocks), update: () => false });

/** Adds a pageblock's frames by drawn kind to `out`. */
export function addDrawn(counts: DrawnCounts, pageblock: number, out: Int32Array): void {
  const mode = counts.mode[pageblock] as number;
  if (mode === MODE_ABSENT || mode === MODE_OFFLINE) {
    const kind = mode === MODE_ABSENT ? KIND_ABSENT : KIND_OFFLINE;
    out[kind] = (out[kind] as number) + pageblock_nr_pages;
    return;
  }
  const base = pageblock * STORED_KINDS;
  for (let k = 0; k < STORED_KINDS; k++) {
    const kind = k === KIND_FREE && mode === MODE_ISOLATED ? KIND_ISOLATED : k;
    out[kind] = (out[kind] as number) + (counts.histogram[base + k] as number);
  }
}

/** Pageblocks whose numbers fit into half a word together. */
const TOGETHER = Math.floor(0xffff / pageblock_nr_pages);

/** Adds the frames of pageblocks from … to (exclusive) by drawn kind to `out`: half a million of them are in a picture of a TiB. */
export function addDrawnRun(counts: DrawnCounts, from: number, to: number, out: Int32Array): void {
  const { pairs, mode } = counts;
  for (let pageblock = from; pageblock < to;) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    let g = 0;
    let h = 0;
    for (const end = Math.min(to, pageblock + TOGETHER); pageblock < end; pageblock++) {
      if (mode[pageblock] !== MODE_CONTENTS) {
        addDrawn(counts, pageblock, out);
        continue;
      }
      const at = pageblock * (STORED_KINDS >> 1);
      a = (a + (pairs[at] as number)) | 0;
      b = (b + (pairs[at + 1] as number)) | 0;
      c = (c + (pairs[at + 2] as number)) | 0;
      d = (d + (pairs[at + 3] as number)) | 0;
      e = (e + (pairs[at + 4] as number)) | 0;
      f = (f + (pairs[at + 5] as number)) | 0;
      g = (g + (pairs[at + 6] as number)) | 0;
      h = (h + (pairs[at + 7] as number)) | 0;
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
    sums[4] = e;
    sums[5] = f;
    sums[6] = g;
    sums[7] = h;
    for (let k = 0; k < STORED_KINDS; k += 2) {
      const sum = sums[k >> 1] as number;
      out[k] = (out[k] as number) + (sum & 0xffff);
      out[k + 1] = (out[k + 1] as number) + (sum >>> 16);
    }
  }
}
const sums = new Int32Array(STORED_KINDS >> 1);
