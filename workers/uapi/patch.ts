/**
 * What a reader needs to bring its picture of a machine up to date. Both transports use it: with shared memory the page collects patches itself, without it the
 * worker collects them and posts the buffers by transfer.
 */
import { H_GENERATION, H_SEQCOUNT, H_TEXT_HEAD, H_TRACE_HEAD, HEADER_WORDS, type Tables } from './layout.ts';
import { classify, type TableLens } from './lens.ts';
import { pageblock_nr_pages, pageblock_order } from './mmzone.ts';
import { readText, type TextRow } from './text.ts';
import { SINGLE_FRAMES } from './trace.ts';

export interface PatchCursor {
  /** Generation, trace records and text rows seen so far. */
  readonly generation: number;
  readonly trace: number;
  readonly text: number;
  /** Records of single frames that the reader still takes; of more, only the newest are copied. Undefined: all. */
  readonly spare?: number;
  /** Wanted beside the kinds: classes by this lens, of what changed since `generation` (0: of everything). */
  readonly lens?: { readonly name: TableLens; readonly generation: number };
}
/** Nothing seen: a stamp of 0 means that the pageblock was never touched, which is what an empty copy says already. */
export const START: PatchCursor = { generation: 0, trace: 0, text: 0 };

export interface Patch {
  readonly cursor: PatchCursor;
  readonly header: Int32Array;
  /** Copies of the small tables, column by column in declaration order: see SMALL. */
  readonly small: Readonly<Record<(typeof SMALL)[number], readonly ArrayBufferView[]>>;
  /** Pageblocks whose frames or type changed, and for each one byte of PAGEBLOCK.migratetype and .zone. */
  readonly pageblocks: Int32Array;
  /** 512 bytes of MEMMAP.kind for each; none if the reader shares the memory, and fewer in a first patch: the last pageblocks are free and were never touched, which is what an empty copy says. */
  readonly kinds: Uint8Array;
  readonly migratetypes: Uint8Array;
  readonly zones: Uint8Array;
  /** What the cursor's lens says of the pageblocks that changed since its own generation: 512 classes each. */
  readonly classes?: { readonly lens: TableLens; readonly pageblocks: Int32Array; readonly bytes: Uint8Array };
  /** New trace records, eight words each, oldest first; `lost` were dropped before this reader came, or were more than it wanted. */
  readonly events: Int32Array;
  readonly lost: number;
  readonly texts: readonly TextRow[];
  /** False if the engine worked while the numbers were copied: pictures are fine, numbers may be torn, ask again. */
  readonly consistent: boolean;
}

/** Tables copied whole: a few kB on an ordinary machine. */
export const SMALL = ['zone', 'node', 'slot', 'task', 'memory_block', 'section', 'free_area', 'misc'] as const;
/** Bound on events per patch; the rest comes with the next one. */
const MAX_EVENTS = 1 << 16;
const MAX_TEXTS = 4096;

/** Rows of a backlog that are kept; reused. */
const worded = new Int32Array(MAX_EVENTS);
/** Pageblocks that changed; reused. */
let found = new Int32Array(0);

/** A column of bytes as words: a pageblock is 128 of them, which a plain loop copies faster than two views and set(). */
const asWords = ({ buffer, byteOffset, length }: Uint8Array): Int32Array => new Int32Array(buffer, byteOffset, length >> 2);
const PAGEBLOCK_WORDS = pageblock_nr_pages >> 2;

/**
 * Trace records from number `from` on, until MAX_EVENTS are copied. Records of single frames before the last `spare` of a backlog are passed over: they cost a look at
 * their type, not a copy. `to`: the first record that the next patch has to look at.
 */
function collectEvents(t: Tables, from: number, head: number, spare: number): { readonly events: Int32Array; readonly to: number; readonly passed: number } {
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
  const rows = w2.length;
  // Up to here only what is not about a single frame.
  const thin = Math.max(from, head - spare);
  let kept = 0;
  let to = from;
  for (let row = from % rows; to < thin && kept < MAX_EVENTS; to++) {
    // Of a flood nearly all are of single frames: four are asked at once.
    while (to + 4 < thin && row + 4 < rows
      && (SINGLE_FRAMES[(w2[row] as number) & 0xff]! & SINGLE_FRAMES[(w2[row + 1] as number) & 0xff]! & SINGLE_FRAMES[(w2[row + 2] as number) & 0xff]! & SINGLE_FRAMES[(w2[row + 3] as number) & 0xff]!) === 1) {
      row += 4;
      to += 4;
    }
    if (SINGLE_FRAMES[(w2[row] as number) & 0xff] === 0) worded[kept++] = row;
    if (++row === rows) row = 0;
  }
  const passed = to - from - kept;
  // A reader that went back in time has seen more than there is.
  const whole = to < thin ? to : Math.max(to, Math.min(head, to + MAX_EVENTS - kept));
  const events = new Int32Array((kept + whole - to) * 8);
  for (let i = 0, row = to % rows; i * 8 < events.length; i++) {
    const source = i < kept ? (worded[i] as number) : row;
    const at = i * 8;
    events[at] = w0[source] as number;
    events[at + 1] = w1[source] as number;
    events[at + 2] = w2[source] as number;
    events[at + 3] = w3[source] as number;
    events[at + 4] = w4[source] as number;
    events[at + 5] = w5[source] as number;
    events[at + 6] = w6[source] as number;
    events[at + 7] = w7[source] as number;
    if (i >= kept && ++row === rows) row = 0;
  }
  return { events, to: whole, passed };
}

/** Classes of every pageblock stamped after the lens's generation, and of the one that shares its largest free chunk. */
function collectClasses(t: Tables, { name, generation }: NonNullable<PatchCursor['lens']>): NonNullable<Patch['classes']> {
  const stamps = t.pageblock.generation;
  const changed: number[] = [];
  for (let i = 0; i < stamps.length; i++) if ((stamps[i] as number) > generation || (stamps[i ^ 1] ?? 0) > generation) changed.push(i);
  const bytes = new Uint8Array(changed.length * pageblock_nr_pages);
  changed.forEach((pageblock, i) => { classify(t, name, pageblock, bytes, i * pageblock_nr_pages); });
  return { lens: name, pageblocks: Int32Array.from(changed), bytes };
}

/** Pageblocks stamped after a generation. Whoever has nothing yet (0) gets those of sections that nobody touched last: the first `touched` are all others. */
function changedSince(t: Tables, generation: number): { readonly pageblocks: Int32Array; readonly touched: number } {
  const stamps = t.pageblock.generation;
  const { virgin } = t.section;
  const shift = t.sizes.section_shift - pageblock_order;
  const n = stamps.length;
  if (found.length < n) found = new Int32Array(n);
  let touched = 0;
  let rest = n;
  for (let i = 0; i < n;) {
    // Most are as they were: eight at a time are asked whether any is newer. A TiB has half a million of them, and somebody asks before every picture.
    if (i + 8 <= n && ((generation - (stamps[i] as number)) | (generation - (stamps[i + 1] as number)) | (generation - (stamps[i + 2] as number)) | (generation - (stamps[i + 3] as number))
      | (generation - (stamps[i + 4] as number)) | (generation - (stamps[i + 5] as number)) | (generation - (stamps[i + 6] as number)) | (generation - (stamps[i + 7] as number))) >= 0) {
      i += 8;
      continue;
    }
    for (const end = Math.min(i + 8, n); i < end; i++) {
      if ((stamps[i] as number) <= generation) continue;
      if (generation === 0 && virgin[i >>> shift] === 1) found[--rest] = i;
      else found[touched++] = i;
    }
  }
  const pageblocks = new Int32Array(touched + n - rest);
  pageblocks.set(found.subarray(0, touched));
  pageblocks.set(found.subarray(rest, n).reverse(), touched);
  return { pageblocks, touched };
}

/** Neighbours from which on a run is copied by the browser's own code. */
const LONG = 64;
/** How many pageblocks from row `i` of an ascending list on lie side by side. */
function runAt(pageblocks: Int32Array, i: number): number {
  const first = (pageblocks[i] as number) - i;
  let end = i + 1;
  while (end < pageblocks.length && (pageblocks[end] as number) - end === first) end++;
  return end - i;
}

/**
 * Copies what changed since `cursor`. Cost grows with the number of pageblocks (one word each) and with what changed. `shares`: the reader shares the memory: what frames hold is not carried along.
 */
export function collectPatch(t: Tables, cursor: PatchCursor, shares = false): Patch {
  const before = Atomics.load(t.header, H_SEQCOUNT);
  const generation = t.header[H_GENERATION] as number;
  const header = t.header.slice(0, HEADER_WORDS);
  const small = {} as Record<(typeof SMALL)[number], ArrayBufferView[]>;
  for (const name of SMALL) small[name] = Object.values(t[name]).map((column) => (column as Uint8Array).slice());

  const { pageblocks, touched } = changedSince(t, cursor.generation);
  const kinds = new Uint8Array(shares ? 0 : touched * pageblock_nr_pages);
  const carried = kinds.length / pageblock_nr_pages;
  const source = asWords(t.memmap.kind);
  const target = asWords(kinds);
  const migratetypes = new Uint8Array(pageblocks.length);
  const zones = new Uint8Array(pageblocks.length);
  for (let i = 0; i < carried; i++) {
    const start = (pageblocks[i] as number) * PAGEBLOCK_WORDS;
    const to = i * PAGEBLOCK_WORDS;
    for (let k = 0; k < PAGEBLOCK_WORDS; k++) target[to + k] = source[start + k] as number;
  }
  for (let i = 0, n = 0; i < pageblocks.length; i += n) {
    n = runAt(pageblocks, i);
    const pageblock = pageblocks[i] as number;
    if (n >= LONG) {
      migratetypes.set(t.pageblock.migratetype.subarray(pageblock, pageblock + n), i);
      zones.set(t.pageblock.zone.subarray(pageblock, pageblock + n), i);
      continue;
    }
    for (let k = 0; k < n; k++) {
      migratetypes[i + k] = t.pageblock.migratetype[pageblock + k] as number;
      zones[i + k] = t.pageblock.zone[pageblock + k] as number;
    }
  }

  // A machine that was put back lives through what the reader knows already: nothing is new until it is past that.
  const rows = t.trace.w0.length;
  const head = t.header[H_TRACE_HEAD] as number;
  // Beside a writer that goes on, the oldest records are about to be written over.
  const from = Math.max(cursor.trace, head - rows + (shares ? rows >>> 4 : 0));
  const { events, to, passed } = collectEvents(t, from, head, cursor.spare ?? rows);

  const textHead = t.header[H_TEXT_HEAD] as number;
  const texts: TextRow[] = [];
  let text = Math.max(cursor.text, textHead - t.text.seq.length);
  for (; text < textHead && texts.length < MAX_TEXTS; text++) {
    const row = readText(t, text);
    if (row) texts.push(row);
  }
  const { lens } = cursor;
  return {
    cursor: lens === undefined ? { generation, trace: to, text } : { generation, trace: to, text, lens: { name: lens.name, generation } },
    ...(lens === undefined ? {} : { classes: collectClasses(t, lens) }),
    header, small, pageblocks, kinds, migratetypes, zones, events, lost: from - cursor.trace + passed, texts,
    consistent: before % 2 === 0 && Atomics.load(t.header, H_SEQCOUNT) === before,
  };
}

/** Buffers of a patch that can be handed over instead of copied. */
export const patchTransfers = (p: Patch): ArrayBuffer[] => [p.header, p.pageblocks, p.kinds, p.migratetypes, p.zones, p.events, ...(p.classes ? [p.classes.pageblocks, p.classes.bytes] : []), ...Object.values(p.small).flat()].map((v) => v.buffer as ArrayBuffer);

/** Writes a patch into a reader's own tables (bound over a private buffer of the same sizes). */
export function applyPatch(t: Tables, p: Patch): void {
  t.header.set(p.header);
  for (const name of SMALL) Object.values(t[name]).forEach((column, i) => { (column as Uint8Array).set(p.small[name][i] as Uint8Array); });
  const touched = p.kinds.length / pageblock_nr_pages;
  const { migratetype, zone, generation } = t.pageblock;
  const { pageblocks } = p;
  const stamp = p.cursor.generation;
  for (let i = 0; i < touched; i++) t.memmap.kind.set(p.kinds.subarray(i * pageblock_nr_pages, (i + 1) * pageblock_nr_pages), (pageblocks[i] as number) * pageblock_nr_pages);
  for (let i = 0, n = 0; i < pageblocks.length; i += n) {
    n = runAt(pageblocks, i);
    const pageblock = pageblocks[i] as number;
    if (n >= LONG) {
      migratetype.set(p.migratetypes.subarray(i, i + n), pageblock);
      zone.set(p.zones.subarray(i, i + n), pageblock);
      generation.fill(stamp, pageblock, pageblock + n);
      continue;
    }
    for (let k = 0; k < n; k++) {
      migratetype[pageblock + k] = p.migratetypes[i + k] as number;
      zone[pageblock + k] = p.zones[i + k] as number;
      generation[pageblock + k] = stamp;
    }
  }
}
