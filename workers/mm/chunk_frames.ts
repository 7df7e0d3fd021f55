/**
 * Mirrors: what prep_new_page() and free_pages_prepare() of mm/page_alloc.c (6.1) write to each frame of a chunk: here its kind, tag and owner, and its row in the cold columns.
 * Shape: closures over constant views, small enough to be put into the allocator's own functions (README, "Rules that keep it fast").
 */
import { H_GENERATION, STATE_ALLOC } from '../uapi/layout.ts';
import { pageblock_order } from '../uapi/mmzone.ts';
import { KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_COLD, KIND_FREE, KIND_HWPOISON } from '../uapi/page_kind.ts';
import type { Mm } from './mm.ts';

export interface ChunkFrames {
  /** MEMMAP.kind, two frames at once. */
  readonly kind2: Uint16Array;
  /** Kind of the frames of a chunk of order 1 or more. */
  paint(pfn: number, order: number, new_kind: number): void;
  /** Frames of a chunk become nobody's. */
  wipe(pfn: number, order: number): void;
  /** The picture shows them, and the machine's past looks at them again. */
  stamp(pfn: number, order: number): void;
  /** A page known to be broken is not handed out again: true, and it is out of use. Source: free_pages_prepare(). */
  keep_broken(pfn: number): boolean;
  /** A pageblock is marked (PB_COLD): rows of the chunk's frames in the cold columns become empty. */
  clear_cold(pfn: number, order: number): void;
}

export function createChunkFrames(mm: Mm): ChunkFrames {
  const { state, kind, tag, owner } = mm.t.memmap;
  const { flags: cold_flags, mapcount, pincount } = mm.t.cold;
  const { generation } = mm.t.pageblock;
  const { header } = mm.t;
  const kind2 = new Uint16Array(kind.buffer as ArrayBuffer, kind.byteOffset, kind.length >>> 1);
  const kind4 = new Int32Array(kind.buffer as ArrayBuffer, kind.byteOffset, kind.length >>> 2);
  const tag2 = new Int32Array(tag.buffer as ArrayBuffer, tag.byteOffset, tag.length >>> 1);
  // Eight bytes at once. A zero of this type is all zero bits; of other numbers only those of `eight` are written, which are copied as they are: the one NaN among them, 0xff, is no kind.
  const kind8 = new Float64Array(kind.buffer as ArrayBuffer, kind.byteOffset, kind.length >>> 3);
  const tag4 = new Float64Array(tag.buffer as ArrayBuffer, tag.byteOffset, tag.length >>> 2);
  const owner2 = new Float64Array(owner.buffer as ArrayBuffer, owner.byteOffset, owner.length >>> 1);
  /** By KIND_*: eight frames of this kind. */
  const eight = new Float64Array(Uint8Array.from({ length: 256 * 8 }, (_, i) => i >>> 3).buffer);

  function paint(pfn: number, order: number, new_kind: number): void {
    if (order === 1) kind2[pfn >>> 1] = new_kind | (new_kind << 8);
    else if (order === 2) kind4[pfn >>> 2] = Math.imul(new_kind, 0x01010101);
    else {
      const column = kind8;
      const eight_frames = eight[new_kind]!;
      for (let at = pfn >>> 3, end = at + (1 << (order - 3)); at < end; at++) column[at] = eight_frames;
    }
  }
  // TypedArray.fill() takes 70 ns before it writes anything.
  function wipe(pfn: number, order: number): void {
    const at2 = pfn >>> 1;
    if (order === 0) {
      kind[pfn] = KIND_FREE;
      tag[pfn] = 0;
      owner[pfn] = 0;
    } else if (order <= 2) {
      // The first two frames and the last two: no processor foresees whether they are the same.
      const last2 = at2 + order - 1;
      kind2[at2] = KIND_FREE;
      kind2[last2] = KIND_FREE;
      tag2[at2] = 0;
      tag2[last2] = 0;
      owner2[at2] = 0;
      owner2[last2] = 0;
    } else {
      for (let at = pfn >>> 3, end = at + (1 << (order - 3)); at < end; at++) {
        kind8[at] = KIND_FREE;
        tag4[at << 1] = 0;
        tag4[(at << 1) + 1] = 0;
        owner2[at << 2] = 0;
        owner2[(at << 2) + 1] = 0;
        owner2[(at << 2) + 2] = 0;
        owner2[(at << 2) + 3] = 0;
      }
    }
  }
  function stamp(pfn: number, order: number): void {
    const now = header[H_GENERATION]! + 1;
    generation[pfn >>> pageblock_order] = now;
    // A chunk lies at a multiple of its size: only the largest reach over more than one pageblock.
    if (order > pageblock_order) for (let i = 1; i < 1 << (order - pageblock_order); i++) generation[(pfn >>> pageblock_order) + i] = now;
  }
  function keep_broken(pfn: number): boolean {
    if ((kind[pfn]! & KIND_COLD) === 0 || (cold_flags[pfn]! & kpf(KPF.HWPOISON)) === 0) return false;
    kind[pfn] = KIND_HWPOISON | KIND_COLD;
    state[pfn] = STATE_ALLOC;
    tag[pfn] = owner[pfn] = mapcount[pfn] = pincount[pfn] = 0;
    stamp(pfn, 0);
    return true;
  }
  function clear_cold(pfn: number, order: number): void {
    for (let at = pfn; at < pfn + (1 << order); at++) if ((kind[at]! & KIND_COLD) !== 0) cold_flags[at] = mapcount[at] = pincount[at] = 0;
  }

  return { kind2, paint, wipe, stamp, keep_broken, clear_cold };
}
