/**
 * One u32 over everything that is machine state: "are these two machines the same?" Frames nobody ever touched are all zero and are skipped by section, so the cost grows
 * with the memory in use. The trace and text rings count as well: two machines that said different things are different.
 */
import { M_NR_PTES, M_WORK_NS, M_ZONE_INITIALIZED } from '../mm/mm.ts';
import { H_BRANCH, H_GENERATION, H_REPLAY, H_SEQCOUNT, HEADER_WORDS, type Tables } from '../uapi/layout.ts';

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

/** @param outside a number for what is not in the tables: the journal's length, say */
export function digestOf(t: Tables, outside = 0): number {
  let h = Math.imul(0x811c9dc5 ^ outside, 0x01000193);
  for (let i = 0; i < HEADER_WORDS; i++) {
    // How often slices were published, and in which branch this is, is the host's business, not the machine's.
    if (i !== H_SEQCOUNT && i !== H_GENERATION && i !== H_BRANCH && i !== H_REPLAY) h = Math.imul(h ^ (t.header[i] as number), 0x01000193);
  }
  for (const name of WHOLE) for (const column of Object.values(t[name])) h = fold(h, column as ArrayBufferView);
  const pages = 1 << t.sizes.section_shift;
  t.section.state.forEach((state, nr) => {
    // What SECTION.virgin says stands for all of its frames.
    if (state === 0 || t.section.virgin[nr] === 1) return;
    h = Math.imul(h ^ nr, 0x01000193);
    for (const name of BY_FRAME) for (const column of Object.values(t[name])) h = fold(h, (column as Uint8Array).subarray(nr * pages, (nr + 1) * pages));
    const blocks = pages >>> 9;
    h = fold(h, t.pageblock.migratetype.subarray(nr * blocks, (nr + 1) * blocks));
    h = fold(h, t.pageblock.zone.subarray(nr * blocks, (nr + 1) * blocks));
  });
  const slots = Math.min(t.pte.pfn.length, (t.misc.word[M_NR_PTES] as number) + 1);
  for (const column of Object.values(t.pte)) h = fold(h, (column as Int32Array).subarray(0, slots));
  return h >>> 0;
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
