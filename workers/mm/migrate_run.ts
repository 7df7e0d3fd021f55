/**
 * Mirrors: what mm/migrate.c and mm/page_alloc.c (6.1) do with many small pages one after the other: a frame is taken for each, contents and mapping move, the old frame is freed in its
 * isolated pageblock. Here pages that lie side by side move side by side, column by column: chunks are cut and merged once, not page by page. What is left behind is the same to the last
 * link, also in frames whose links mean nothing any more.
 */
import { H_GENERATION, PCP_LISTS, PTE_CHUNK_ORDER, STATE_ALLOC, STATE_BUDDY, STATE_LRU } from '../uapi/layout.ts';
import { MIGRATE_ISOLATE, MIGRATE_TYPES, pageblock_order } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_COLD, KIND_FILE, KIND_FREE, KIND_MASK, KIND_MLOCKED, KIND_PG_RESERVED } from '../uapi/page_kind.ts';
import { allocStat } from './alloc_stat.ts';
import { type FreeArea, mergesLikelyBelow } from './free_area.ts';
import type { Mm } from './mm.ts';

/** Steps at most that are told together: the pages of a pageblock. */
export const STEPS = 512;

export interface RunMover {
  /** Where the pages of the last run came from and went, and their rows of PTE. */
  readonly froms: Int32Array;
  readonly tos: Int32Array;
  readonly slots: Int32Array;
  /** Off its LRU, of a process or the page cache, with one mapping, and nothing recorded about it that has to move along. */
  isSimple(pfn: number): boolean;
  /**
   * Moves up to `n` such pages of one isolated pageblock, from index `at` of the list on, to frames straight from the buddy lists of `zone` while it has more than `mark` free: what
   * __alloc_pages(), lru_add() and free_pages() do with each, in the same order. How many; 0: not even the first.
   */
  move_run(list: Int32Array, at: number, n: number, zone: number, migratetype: number, mark: number): number;
}

export function createRunMover(mm: Mm, area: Pick<FreeArea, '__free_one_page' | 'order_of_smallest' | 'add_remainder' | 'del_from'>): RunMover {
  const { MAX_ORDER } = mm.geometry;
  /** The largest order. */
  const TOP = MAX_ORDER - 1;
  const LIKELY = mergesLikelyBelow(mm);
  const { state, kind, tag, next, prev, owner } = mm.t.memmap;
  const max_pfn = state.length;
  const { head, tail, nr } = mm.t.lru;
  const { head: free_head, tail: free_tail } = mm.t.free_area;
  const { head: pcp_head } = mm.t.pcp;
  const { nr_free_pages, pcp_free_factor } = mm.t.zone;
  const { zone: pb_zone, generation, dirty } = mm.t.pageblock;
  const { pfn: pte_pfn } = mm.t.pte;
  const { dirty: pte_dirty } = mm.t.pte_chunk;
  const { header } = mm.t;
  const { allocated, taken } = allocStat(mm);
  const { isolated_counts } = mm.edition.alloc;
  const { __free_one_page, order_of_smallest, add_remainder, del_from } = area;
  const froms = new Int32Array(STEPS);
  const tos = new Int32Array(STEPS);
  const slots = new Int32Array(STEPS);

  function isSimple(pfn: number): boolean {
    const raw = kind[pfn]!;
    const what = raw & KIND_MASK;
    return state[pfn] === STATE_ALLOC && owner[pfn]! > 0 && (raw & (KIND_COLD | KIND_PG_RESERVED)) === 0 && (what === KIND_ANON || what === KIND_FILE || what === KIND_MLOCKED);
  }
  /** How many simple pages lie side by side, from index `at` of the list on, `most` at most; the first is known to be simple. */
  function side_by_side(list: Int32Array, at: number, most: number): number {
    const pfn = list[at]!;
    let n = 1;
    while (n < most && list[at + n] === pfn + n && isSimple(pfn + n)) n++;
    return n;
  }
  /** Contents and mappings of [from, from + n) move to free frames that lie side by side, and these to the young end of the LRU; `k`: the run's pages before. */
  function copy(from: number, to: number, n: number, k: number, zone: number): void {
    from |= 0;
    to |= 0;
    n |= 0;
    k |= 0;
    const first = head[zone]!;
    for (let i = 0; i < n; i++) {
      const slot = owner[from + i]!;
      owner[to + i] = slot;
      pte_pfn[slot] = to + i;
      pte_dirty[slot >>> PTE_CHUNK_ORDER] = 1;
      froms[k + i] = from + i;
      tos[k + i] = to + i;
      slots[k + i] = slot;
    }
    for (let i = 0; i < n; i++) {
      kind[to + i] = kind[from + i]!;
      tag[to + i] = tag[from + i]!;
      state[to + i] = STATE_LRU;
    }
    const last = to + n - 1;
    for (let at = to; at < last; at++) {
      next[at + 1] = at;
      prev[at] = at + 1;
    }
    next[to] = first;
    prev[last] = 0;
    if (first === 0) tail[zone] = to;
    else {
      prev[first] = to;
      dirty[first >>> pageblock_order] = 1;
    }
    head[zone] = last;
    const now = header[H_GENERATION]! + 1;
    for (let i = to >>> pageblock_order; i <= last >>> pageblock_order; i++) {
      generation[i] = now;
      dirty[i] = 1;
    }
  }
  /** copy() and free_run() of a single page: what a block is made of whose pages do not lie side by side. */
  function move_one(from: number, to: number, k: number, zone: number): void {
    from |= 0;
    to |= 0;
    const slot = owner[from]!;
    const first = head[zone]!;
    owner[to] = slot;
    pte_pfn[slot] = to;
    pte_dirty[slot >>> PTE_CHUNK_ORDER] = 1;
    kind[to] = kind[from]!;
    tag[to] = tag[from]!;
    state[to] = STATE_LRU;
    next[to] = first;
    prev[to] = 0;
    if (first === 0) tail[zone] = to;
    else {
      prev[first] = to;
      dirty[first >>> pageblock_order] = 1;
    }
    head[zone] = to;
    generation[to >>> pageblock_order] = header[H_GENERATION]! + 1;
    dirty[to >>> pageblock_order] = 1;
    froms[k] = from;
    tos[k] = to;
    slots[k] = slot;
    kind[from] = KIND_FREE;
    tag[from] = 0;
    owner[from] = 0;
    state[from] = 0;
    __free_one_page(from, 0, MIGRATE_ISOLATE, false);
  }
  /**
   * Frees pages of one isolated pageblock, ascending. A page that is freed while its buddy is in use comes to a list and leaves it when the buddy follows: of that nothing stays but the
   * links of the first half. So these are written, and each aligned chunk is freed as one.
   */
  function free_run(pfn: number, n: number): void {
    pfn |= 0;
    const end = (pfn + n) | 0;
    for (let at = pfn; at < end; at++) {
      kind[at] = KIND_FREE;
      tag[at] = 0;
      owner[at] = 0;
      state[at] = 0;
    }
    const base = (pb_zone[pfn >>> pageblock_order]! - 1) * MAX_ORDER * MIGRATE_TYPES + MIGRATE_ISOLATE;
    for (let at = pfn; at < end; ) {
      const fits = 31 - Math.clz32(end - at);
      const aligned = 31 - Math.clz32(at & -at);
      const order = Math.min(fits, aligned, TOP);
      if (order > 0) leave_links(at, order, base);
      __free_one_page(at, order, MIGRATE_ISOLATE, false);
      at += 1 << order;
    }
  }
  /** Of a chunk of this order that was freed page by page: the links of its halves, quarters, ... while they waited for the other one. */
  function leave_links(pfn: number, order: number, base: number): void {
    pfn |= 0;
    order |= 0;
    const end = pfn + (1 << order);
    let row = base | 0;
    for (let o = 0; o < order - 1; o++, row += MIGRATE_TYPES) {
      // The chunk before it is whole: buddy_merge_likely().
      const likely = o < LIKELY;
      const after = likely ? ~row : free_head[row]!;
      const before = likely ? free_tail[row]! : ~row;
      for (let at = pfn + (2 << o); at < end; at += 4 << o) {
        next[at] = after;
        prev[at] = before;
      }
    }
    const higher = pfn ^ (1 << order);
    const likely = order - 1 < LIKELY && higher < max_pfn && state[higher] === (STATE_BUDDY | order);
    next[pfn] = likely ? ~row : free_head[row]!;
    prev[pfn] = likely ? free_tail[row]! : ~row;
  }
  function move_run(list: Int32Array, at: number, n: number, zone: number, migratetype: number, mark: number): number {
    if (pcp_head[zone * PCP_LISTS + migratetype]! >= 0) return 0;
    const most = Math.min(n, nr_free_pages[zone]! - mark);
    const pageblock = list[at]! >>> pageblock_order;
    let k = 0;
    // What is left of the chunk that is being cut up.
    let to = 0;
    let to_end = 0;
    while (k < most) {
      const from = list[at + k]!;
      if (from >>> pageblock_order !== pageblock || !isSimple(from)) break;
      if (to === to_end) {
        const order = order_of_smallest(zone, 0, migratetype);
        if (order < 0) break;
        to = free_head[(zone * MAX_ORDER + order) * MIGRATE_TYPES + migratetype]!;
        to_end = to + (1 << order);
        del_from(to, zone, order);
      }
      const n = side_by_side(list, at + k, Math.min(most - k, to_end - to, ((pageblock + 1) << pageblock_order) - from));
      if (n === 1) move_one(from, to, k, zone);
      else {
        copy(from, to, n, k, zone);
        free_run(from, n);
      }
      to += n;
      k += n;
    }
    if (k === 0) return 0;
    add_remainder(to, to_end, zone, migratetype);
    generation[pageblock] = header[H_GENERATION]! + 1;
    nr[zone] = nr[zone]! + k;
    nr_free_pages[zone] = nr_free_pages[zone]! - k;
    allocated[zone] = allocated[zone]! + k;
    taken[zone] = taken[zone]! + k;
    const left = pb_zone[pageblock]! - 1;
    if (isolated_counts === 1) taken[left] = taken[left]! - k;
    pcp_free_factor[zone] = pcp_free_factor[zone]! >> Math.min(k, 31);
    return k;
  }
  return { froms, tos, slots, isSimple, move_run };
}
