/**
 * Mirrors: the buddy half of mm/page_alloc.c (6.1): free lists by zone, order and migrate type; merging and splitting. Numbers are pfns, page counts and table rows.
 * Shape: one closure over constant views, because that is what V8 compiles best (research, §2). Links of the largest order are kept by chunk (CHUNK), all others by frame:
 * a section nobody has touched (SECTION.virgin) is on the lists with not one of its frames written.
 */
import { ftraceOf, NOBODY } from '../kernel/ftrace.ts';
import { TE_PAGE_MERGE, TE_PAGE_SPLIT, TE_ZONE_LOCKED } from '../uapi/trace_events.ts';
import { freeRow, PB_COLD, PCP_TYPES, STATE_BUDDY, STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_RECLAIMABLE, MIGRATE_TYPES, pageblock_order } from '../uapi/mmzone.ts';
import type { Mm } from './mm.ts';
import { typeBlockPages } from './mmzone.ts';

export interface FreeArea {
  add_to_free_list(pfn: number, zone_row: number, order: number, mt: number): void;
  add_to_free_list_tail(pfn: number, zone_row: number, order: number, mt: number): void;
  /** Takes a free chunk of this zone and order off its list. */
  del_from(pfn: number, zone_row: number, order: number): void;
  /** Takes a free chunk off its list without giving it to anybody. */
  del_page_from_free_list(pfn: number): void;
  /** Frees a chunk: merges it with its buddies and counts it, on the list of this type. `to_tail`: it had better not be handed out soon. */
  __free_one_page(pfn: number, order: number, mt: number, to_tail: boolean): void;
  /** Upper halves go to the heads of their lists, the low half is kept: one big chunk is handed out in ascending order. */
  expand(pfn: number, low: number, high: number, zone_row: number, mt: number): void;
  /** Order of the chunk that __rmqueue_smallest() would take, -1: none. */
  order_of_smallest(zone_row: number, order: number, mt: number): number;
  /** What splitting a chunk page by page leaves on the lists when [pfn, end), its upper part, was not needed. `pfn` at its end: nothing. */
  add_remainder(pfn: number, end: number, zone_row: number, mt: number): void;
  /** The first chunk of the smallest order that will do, split; -1: none. */
  __rmqueue_smallest(zone_row: number, order: number, mt: number): number;
  /** First chunk of a list, below 0: it is empty. */
  first(zone_row: number, order: number, mt: number): number;
  /** One free chunk changes its list; its pages. */
  move_to(pfn: number, mt: number): number;
  /** Moves the free chunks of one pageblock to another type's lists; pages moved. Source: move_freepages_block(). */
  move_freepages_block(pfn: number, mt: number): number;
  /** Head of the free chunk that holds the frame, -1 if none does. */
  free_head(pfn: number): number;
  /** Puts a section that was never touched, and lies in one zone, on the list: its largest chunks ascending, at the tail. */
  add_virgin_section(nr: number): void;
  /** Writes what SECTION.virgin stood for. Before anything reads or changes the states of a section's frames in a kernel path. */
  touch_section(nr: number): void;
}

/** Chunks below this order that will probably merge go to the tail: buddy_merge_likely(). */
export const mergesLikelyBelow = ({ edition, geometry }: Pick<Mm, 'edition' | 'geometry'>): number => (edition.alloc.merge_likely_to_tail === 1 ? geometry.MAX_ORDER - 2 : 0);

export function createFreeArea(mm: Mm): FreeArea {
  const { listening, emit } = ftraceOf(mm.t);
  const { state, next, prev } = mm.t.memmap;
  const { next: chunk_next, prev: chunk_prev } = mm.t.chunk;
  const { migratetype: pb_type, zone: pb_zone, flags: pb_flags, dirty } = mm.t.pageblock;
  const { head, tail, nr_free } = mm.t.free_area;
  const { nr_free_pages, nr_free_cma, zone_start_pfn, spanned_pages } = mm.t.zone;
  const { virgin } = mm.t.section;
  const { move_to_tail, merge_by_type, move_needs_span } = mm.edition.alloc;
  const { MAX_ORDER } = mm.geometry;
  const LIKELY = mergesLikelyBelow(mm);
  /** The largest order. */
  const TOP = MAX_ORDER - 1;
  /** Frames whose type changes together. */
  const block_pages = typeBlockPages(mm);
  const max_pfn = state.length;
  const section_shift = mm.PFN_SECTION_SHIFT;
  for (let row = 0; row < head.length; row++) head[row] = tail[row] = ~row;

  const typeOf = (pfn: number): number => pb_type[pfn >>> pageblock_order]!;
  const zoneOf = (pfn: number): number => pb_zone[pfn >>> pageblock_order]! - 1;

  // Lists end in ~row instead of a plain nil, so that a chunk can leave a list without knowing which: after a steal a chunk may sit on another type's list.
  function add_to_free_list(pfn: number, zone_row: number, order: number, mt: number): void {
    pfn |= 0;
    order |= 0;
    const count = (zone_row * MAX_ORDER + order) * MIGRATE_TYPES;
    const row = count + mt;
    const first = head[row]!;
    if (order === TOP) {
      chunk_next[pfn >>> TOP] = first;
      chunk_prev[pfn >>> TOP] = ~row;
      if (first >= 0) chunk_prev[first >>> TOP] = pfn;
    } else {
      next[pfn] = first;
      prev[pfn] = ~row;
      if (first >= 0) {
        prev[first] = pfn;
        dirty[first >>> pageblock_order] = 1;
      }
    }
    if (first < 0) tail[row] = pfn;
    head[row] = pfn;
    state[pfn] = STATE_BUDDY | order;
    dirty[pfn >>> pageblock_order] = 1;
    nr_free[count] = nr_free[count]! + 1;
  }
  function link_tail(pfn: number, row: number, order: number): void {
    pfn |= 0;
    const last = tail[row]!;
    if (order === TOP) {
      chunk_prev[pfn >>> TOP] = last;
      chunk_next[pfn >>> TOP] = ~row;
      if (last >= 0) chunk_next[last >>> TOP] = pfn;
    } else {
      prev[pfn] = last;
      next[pfn] = ~row;
      if (last >= 0) {
        next[last] = pfn;
        dirty[last >>> pageblock_order] = 1;
      }
    }
    if (last < 0) head[row] = pfn;
    tail[row] = pfn;
  }
  function add_to_free_list_tail(pfn: number, zone_row: number, order: number, mt: number): void {
    pfn |= 0;
    order |= 0;
    const count = (zone_row * MAX_ORDER + order) * MIGRATE_TYPES;
    link_tail(pfn, count + mt, order);
    state[pfn] = STATE_BUDDY | order;
    dirty[pfn >>> pageblock_order] = 1;
    nr_free[count] = nr_free[count]! + 1;
  }
  /** The same for a chunk whose zone and order the caller knows. */
  function del_from(pfn: number, zone_row: number, order: number): void {
    pfn |= 0;
    order |= 0;
    if (order === TOP) {
      if (virgin[pfn >>> section_shift] !== 0) touch_section(pfn >>> section_shift);
      const n = chunk_next[pfn >>> TOP]!;
      const p = chunk_prev[pfn >>> TOP]!;
      if (p < 0) head[~p] = n;
      else chunk_next[p >>> TOP] = n;
      if (n < 0) tail[~n] = p;
      else chunk_prev[n >>> TOP] = p;
    } else {
      const n = next[pfn]!;
      const p = prev[pfn]!;
      if (p < 0) head[~p] = n;
      else {
        next[p] = n;
        dirty[p >>> pageblock_order] = 1;
      }
      if (n < 0) tail[~n] = p;
      else {
        prev[n] = p;
        dirty[n >>> pageblock_order] = 1;
      }
    }
    const count = (zone_row * MAX_ORDER + order) * MIGRATE_TYPES;
    nr_free[count] = nr_free[count]! - 1;
    state[pfn] = 0;
    dirty[pfn >>> pageblock_order] = 1;
  }
  function del_page_from_free_list(pfn: number): void {
    del_from(pfn, zoneOf(pfn), state[pfn]! & STATE_ORDER);
  }

  /** At pageblock order and above only like with like merges, so that an isolated pageblock never joins its neighbour. */
  function mayMerge(pfn: number, buddy: number): boolean {
    if (pb_zone[pfn >>> pageblock_order] !== pb_zone[buddy >>> pageblock_order]) return false;
    if (merge_by_type === 0) return true;
    const a = typeOf(pfn);
    const b = typeOf(buddy);
    return a === b || (a <= MIGRATE_RECLAIMABLE && b <= MIGRATE_RECLAIMABLE);
  }

  function __free_one_page(pfn: number, order: number, mt: number, to_tail: boolean): void {
    pfn |= 0;
    order |= 0;
    mt |= 0;
    const zone_row = zoneOf(pfn);
    if (mt < MIGRATE_ISOLATE) nr_free_pages[zone_row] = nr_free_pages[zone_row]! + (1 << order);
    else if (mt === MIGRATE_CMA) {
      nr_free_pages[zone_row] = nr_free_pages[zone_row]! + (1 << order);
      nr_free_cma[zone_row] = nr_free_cma[zone_row]! + (1 << order);
    }
    const freed = order;
    let buddy = pfn ^ (1 << order);
    while (order < TOP) {
      if (buddy >= max_pfn || state[buddy] !== (STATE_BUDDY | order)) break;
      // Zones begin and end on pageblocks: below that order buddies are of one zone.
      if (order >= pageblock_order && !mayMerge(pfn, buddy)) break;
      // del_from(), in line: never the largest order.
      const n = next[buddy]!;
      const p = prev[buddy]!;
      if (p < 0) head[~p] = n;
      else {
        next[p] = n;
        dirty[p >>> pageblock_order] = 1;
      }
      if (n < 0) tail[~n] = p;
      else {
        prev[n] = p;
        dirty[n >>> pageblock_order] = 1;
      }
      const count = (zone_row * MAX_ORDER + order) * MIGRATE_TYPES;
      nr_free[count] = nr_free[count]! - 1;
      state[buddy] = 0;
      dirty[buddy >>> pageblock_order] = 1;
      pfn &= buddy;
      order++;
      buddy = pfn ^ (1 << order);
    }
    let at_tail = to_tail;
    if (!at_tail && order < LIKELY) {
      // buddy_merge_likely(): the buddy of the next-higher order is free, so this chunk had better not be handed out soon.
      const higher = (pfn & buddy) ^ (1 << (order + 1));
      at_tail = higher < max_pfn && state[higher] === (STATE_BUDDY | (order + 1));
    }
    if (at_tail) add_to_free_list_tail(pfn, zone_row, order, mt);
    else add_to_free_list(pfn, zone_row, order, mt);
    // Nothing is in use there.
    if (order >= pageblock_order) for (let i = pfn >>> pageblock_order; i < (pfn + (1 << order)) >>> pageblock_order; i++) pb_flags[i] = pb_flags[i]! & ~PB_COLD;
    if (listening[0] !== NOBODY && order > freed) emit(TE_PAGE_MERGE, pfn, order, freed);
  }

  function expand(pfn: number, low: number, high: number, zone_row: number, mt: number): void {
    while (high > low) {
      high--;
      add_to_free_list(pfn + (1 << high), zone_row, high, mt);
    }
  }
  function order_of_smallest(zone_row: number, order: number, mt: number): number {
    for (let o = order, row = (zone_row * MAX_ORDER + order) * MIGRATE_TYPES + mt; o < MAX_ORDER; o++, row += MIGRATE_TYPES) if (head[row]! >= 0) return o;
    return -1;
  }
  function add_remainder(pfn: number, end: number, zone_row: number, mt: number): void {
    // The smallest first: one of an order at most.
    for (let at = pfn; at < end; ) {
      const order = 31 - Math.clz32(at & -at);
      add_to_free_list(at, zone_row, order, mt);
      at += 1 << order;
    }
  }
  /** A chunk of order `from` was found for a request of order `order`. */
  function told(pfn: number, order: number, from: number, mt: number): void {
    if (from > order) emit(TE_PAGE_SPLIT, pfn, order, from);
    const { pcp_costly_order, pcp_thp } = mm.edition.alloc;
    emit(TE_ZONE_LOCKED, pfn, order, mt, mt < PCP_TYPES && (order <= pcp_costly_order || (pcp_thp === 1 && order === mm.geometry.pageblock_order)) ? 1 : 0);
  }
  function __rmqueue_smallest(zone_row: number, order: number, mt: number): number {
    order |= 0;
    mt |= 0;
    for (let o = order; o < MAX_ORDER; o++) {
      const row = (zone_row * MAX_ORDER + o) * MIGRATE_TYPES + mt;
      const pfn = head[row]!;
      if (pfn < 0) continue;
      if (o === TOP) del_from(pfn, zone_row, TOP);
      else {
        // del_from(), in line: the first of its list.
        const n = next[pfn]!;
        head[row] = n;
        if (n < 0) tail[row] = n;
        else {
          prev[n] = ~row;
          dirty[n >>> pageblock_order] = 1;
        }
        nr_free[row - mt] = nr_free[row - mt]! - 1;
        state[pfn] = 0;
      }
      dirty[pfn >>> pageblock_order] = 1;
      // expand(), in line: the lists below were found empty.
      for (let low = o - 1, to = row - MIGRATE_TYPES; low >= order; low--, to -= MIGRATE_TYPES) {
        const upper = pfn + (1 << low);
        next[upper] = prev[upper] = ~to;
        head[to] = tail[to] = upper;
        state[upper] = STATE_BUDDY | low;
        dirty[upper >>> pageblock_order] = 1;
        nr_free[to - mt] = nr_free[to - mt]! + 1;
      }
      if (listening[0] !== NOBODY) told(pfn, order, o, mt);
      return pfn;
    }
    return -1;
  }

  function move_to(pfn: number, mt: number): number {
    if (virgin[pfn >>> section_shift] !== 0) touch_section(pfn >>> section_shift);
    const order = state[pfn]! & STATE_ORDER;
    const zone_row = zoneOf(pfn);
    del_from(pfn, zone_row, order);
    if (move_to_tail === 1) add_to_free_list_tail(pfn, zone_row, order, mt);
    else add_to_free_list(pfn, zone_row, order, mt);
    return 1 << order;
  }
  /** zone_spans_pfn(), with a span that may have wrapped around. */
  function zone_spans(zone_row: number, pfn: number): boolean {
    const start = zone_start_pfn[zone_row]!;
    return start <= pfn && pfn < start + spanned_pages[zone_row]!;
  }
  function move_freepages_block(pfn: number, mt: number): number {
    const start = pfn & ~(block_pages - 1);
    if (move_needs_span === 1 && !zone_spans(zoneOf(pfn), start + block_pages - 1)) return 0;
    if (virgin[start >>> section_shift] !== 0) touch_section(start >>> section_shift);
    let moved = 0;
    for (let at = start; at < start + block_pages; ) {
      if ((state[at]! & STATE_BUDDY) === 0) {
        at++;
        continue;
      }
      const pages = move_to(at, mt);
      moved += pages;
      at += pages;
    }
    return moved;
  }

  function free_head(pfn: number): number {
    if (virgin[pfn >>> section_shift] !== 0) touch_section(pfn >>> section_shift);
    for (let o = 0; o < MAX_ORDER; o++) {
      const at = pfn & ~((1 << o) - 1);
      const s = state[at]!;
      if ((s & STATE_BUDDY) !== 0) return (s & STATE_ORDER) >= o ? at : -1;
    }
    return -1;
  }

  function add_virgin_section(nr: number): void {
    const start = nr << section_shift;
    const end = start + (1 << section_shift);
    const zone_row = zoneOf(start);
    const count = freeRow(MAX_ORDER, zone_row, TOP, 0);
    const row = count + typeOf(start);
    virgin[nr] = 1;
    for (let pfn = start; pfn < end; pfn += 1 << TOP) link_tail(pfn, row, TOP);
    nr_free[count] = nr_free[count]! + ((end - start) >>> TOP);
    nr_free_pages[zone_row] = nr_free_pages[zone_row]! + (end - start);
  }
  function touch_section(nr: number): void {
    if (virgin[nr] === 0) return;
    virgin[nr] = 0;
    const start = nr << section_shift;
    const end = start + (1 << section_shift);
    for (let pfn = start; pfn < end; pfn += 1 << TOP) {
      state[pfn] = STATE_BUDDY | TOP;
      dirty[pfn >>> pageblock_order] = 1;
    }
  }

  return {
    add_to_free_list, add_to_free_list_tail, del_from, del_page_from_free_list, __free_one_page, expand, order_of_smallest, add_remainder, __rmqueue_smallest, move_to, move_freepages_block, free_head, add_virgin_section, touch_section,
    first: (zone_row, order, mt) => head[freeRow(MAX_ORDER, zone_row, order, mt)]!,
  };
}
