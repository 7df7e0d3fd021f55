/**
 * Mirrors: the per-cpu lists of mm/page_alloc.c (6.1): struct per_cpu_pages, rmqueue_bulk(), free_pcppages_bulk(), drain. Pages on them are free to their user and not to the zone:
 * NR_FREE_PAGES and /proc/buddyinfo do not count them. Lists run through the frames' links and end in the complement of their row.
 * Left out: a set of lists for each CPU. Why: one task runs at a time, and where it runs cannot be told; all of a zone's lists are those of one CPU.
 */
import { ftraceOf, NOBODY } from '../kernel/ftrace.ts';
import { TE_PCPU_DRAIN } from '../uapi/trace_events.ts';
import { PCP_LISTS, PCP_LOWORDER_LISTS, PCP_TYPES, pcpRow, STATE_PCP, ZONE_RECLAIM_ACTIVE } from '../uapi/layout.ts';
import { MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_TYPES, pageblock_order } from '../uapi/mmzone.ts';
import { allocStat } from './alloc_stat.ts';
import type { FreeArea } from './free_area.ts';
import type { Mm } from './mm.ts';
import { zoneReclaim } from './zone_reclaim.ts';

/** No more than this many times is a batch doubled: it then exceeds any list. */
const MAX_FACTOR = 20;

export interface Pcp {
  /**
   * rmqueue_bulk() as far as the lists of this type reach, for an order the per-cpu lists keep: chunk by chunk instead of piece by piece, which leaves the same behind. Not where a
   * zone has memory of devices (CMA), which movable requests share piece by piece.
   */
  rmqueue_run(zone_row: number, order: number, count: number, row: number, mt: number): number;
  /** A chunk of an order the lists keep: from its list, which is filled from the buddy lists first where it is empty; -1: nothing there either. Source: rmqueue_pcplist(). */
  rmqueue_pcplist(zone_row: number, order: number, mt: number, nofragment: boolean): number;
  /** Appends up to `count` chunks to a list (row of PCP) from the buddy lists; how many. They are no longer free to the zone. Source: rmqueue_bulk(). */
  rmqueue_bulk(zone_row: number, order: number, count: number, row: number, mt: number, nofragment: boolean): number;
  /** A chunk nobody uses any more, of an order the lists keep; its pageblock's type decides where it goes. False: it does not go to these lists. Source: free_unref_page(). */
  free_unref_page(pfn: number, order: number): boolean;
  /** Everything on a zone's lists goes back to the buddy lists. Source: drain_pages_zone(). */
  drain_zone(zone_row: number): void;
  /** The same, but each chunk is handed to `give` instead of being freed. */
  drain_zone_to(zone_row: number, give: (pfn: number, order: number, mt: number) => void): void;
  /** The lists keep nothing from now on: what is being isolated must not hide here. Source: zone_pcp_disable(), zone_pcp_enable(). */
  disable(zone_row: number): void;
  enable(zone_row: number): void;
}

export function createPcp(mm: Mm, area: FreeArea, __rmqueue: (zone_row: number, order: number, mt: number, nofragment: boolean) => number): Pcp {
  const { MAX_ORDER, pageblock_order: order_of_block } = mm.geometry;
  const { state, next, prev } = mm.t.memmap;
  const { head, tail } = mm.t.pcp;
  const { migratetype: pb_type, zone: pb_zone, dirty } = mm.t.pageblock;
  const { nr_free_pages, nr_isolate_pageblock, pageset_count, pageset_high, pageset_batch, pcp_high, pcp_batch, pcp_free_factor, flags } = mm.t.zone;
  const { pcp_costly_order, pcp_scaled } = mm.edition.alloc;
  const { pages_scanned, all_unreclaimable } = zoneReclaim(mm);
  const { head: free_head } = mm.t.free_area;
  const { taken: taken_pages } = allocStat(mm);
  const { __free_one_page, add_remainder, del_from, order_of_smallest } = area;
  const { listening, emit } = ftraceOf(mm.t);
  for (let row = 0; row < head.length; row++) head[row] = tail[row] = ~row;

  /** Source: order_to_pindex(). Huge pages of all types share one list. */
  const order_to_pindex = (order: number, mt: number): number => (order > pcp_costly_order ? PCP_LOWORDER_LISTS : order * PCP_TYPES + mt);

  function push_tail(pfn: number, row: number, order: number): void {
    const last = tail[row]!;
    prev[pfn] = last;
    next[pfn] = ~row;
    if (last < 0) head[row] = pfn;
    else {
      next[last] = pfn;
      dirty[last >>> pageblock_order] = 1;
    }
    tail[row] = pfn;
    state[pfn] = STATE_PCP | order;
    dirty[pfn >>> pageblock_order] = 1;
  }
  function rmqueue_bulk(zone_row: number, order: number, count: number, row: number, mt: number, nofragment: boolean): number {
    let i = 0;
    for (; i < count; i++) {
      const pfn = __rmqueue(zone_row, order, mt, nofragment);
      if (pfn < 0) break;
      push_tail(pfn, row, order);
    }
    nr_free_pages[zone_row] = nr_free_pages[zone_row]! - (i << order);
    taken_pages[zone_row] = taken_pages[zone_row]! + (i << order);
    pageset_count[zone_row] = pageset_count[zone_row]! + (i << order);
    return i;
  }
  function rmqueue_run(zone_row: number, order: number, count: number, row: number, mt: number): number {
    order |= 0;
    row |= 0;
    let taken = 0;
    while (taken < count) {
      const o = order_of_smallest(zone_row, order, mt);
      if (o < 0) break;
      const pfn = free_head[(zone_row * MAX_ORDER + o) * MIGRATE_TYPES + mt]!;
      del_from(pfn, zone_row, o);
      const n = Math.min(1 << (o - order), count - taken);
      append_run(pfn, n, row, order);
      add_remainder(pfn + (n << order), pfn + (1 << o), zone_row, mt);
      taken += n;
    }
    nr_free_pages[zone_row] = nr_free_pages[zone_row]! - (taken << order);
    taken_pages[zone_row] = taken_pages[zone_row]! + (taken << order);
    pageset_count[zone_row] = pageset_count[zone_row]! + (taken << order);
    return taken;
  }
  /** push_tail() of `n` chunks that lie side by side. */
  function append_run(pfn: number, n: number, row: number, order: number): void {
    pfn |= 0;
    row |= 0;
    const last = tail[row]!;
    if (last < 0) head[row] = pfn;
    else {
      next[last] = pfn;
      dirty[last >>> pageblock_order] = 1;
    }
    const step = 1 << order;
    const end = pfn + (n << order);
    let before = last;
    for (let at = pfn; at < end; at += step) {
      prev[at] = before;
      next[at] = at + step;
      state[at] = STATE_PCP | order;
      before = at;
    }
    next[before] = ~row;
    tail[row] = before;
    for (let i = pfn >>> pageblock_order; i <= before >>> pageblock_order; i++) dirty[i] = 1;
  }
  function rmqueue_pcplist(zone_row: number, order: number, mt: number, nofragment: boolean): number {
    const row = pcpRow(zone_row, order_to_pindex(order, mt));
    if (pcp_free_factor[zone_row] !== 0) pcp_free_factor[zone_row] = pcp_free_factor[zone_row]! >> 1;
    let pfn = head[row]!;
    if (pfn < 0) {
      const batch = pcp_batch[zone_row]!;
      // A batch of one: a small zone, or lists that are switched off.
      if (rmqueue_bulk(zone_row, order, batch > 1 && pcp_scaled === 1 ? Math.max(batch >> order, 2) : batch, row, mt, nofragment) === 0) return -1;
      pfn = head[row]!;
    }
    const n = next[pfn]!;
    head[row] = n;
    if (n < 0) tail[row] = n;
    else {
      prev[n] = ~row;
      dirty[n >>> pageblock_order] = 1;
    }
    pageset_count[zone_row] = pageset_count[zone_row]! - (1 << order);
    return pfn;
  }

  /** Type a chunk is freed as: its list's, unless its pageblock was set aside meanwhile, or is reserved. */
  function pcppage_migratetype(pfn: number, pindex: number, isolated: boolean): number {
    const type = pb_type[pfn >>> pageblock_order]!;
    if (pindex >= PCP_LOWORDER_LISTS || type === MIGRATE_HIGHATOMIC || type === MIGRATE_CMA || (isolated && type === MIGRATE_ISOLATE)) return type;
    return isolated ? type : pindex % PCP_TYPES;
  }
  /** Frees `count` pages from the tails, this list first, then the others in turn. Source: free_pcppages_bulk(). */
  function free_pcppages_bulk(zone_row: number, count: number, pindex: number): void {
    zone_row |= 0;
    const isolated = nr_isolate_pageblock[zone_row]! > 0;
    const base = pcpRow(zone_row, 0);
    const most = Math.min(pageset_count[zone_row]!, count) | 0;
    let left = most;
    let at = pindex | 0;
    while (left > 0) {
      const row = base + at;
      const order = at >= PCP_LOWORDER_LISTS ? order_of_block : (at / PCP_TYPES) | 0;
      while (left > 0 && tail[row]! >= 0) {
        const pfn = pop_tail(row);
        left -= 1 << order;
        const type = pcppage_migratetype(pfn, at, isolated);
        __free_one_page(pfn, order, type, false);
        if (listening[0] !== NOBODY) emit(TE_PCPU_DRAIN, pfn, order, type);
      }
      at++;
      if (at >= PCP_LISTS) at = 0;
    }
    pageset_count[zone_row] = pageset_count[zone_row]! - (most - left);
    taken_pages[zone_row] = taken_pages[zone_row]! - (most - left);
  }
  /** Empties the lists in the order of free_pcppages_bulk(), each chunk given to `give`. */
  function drain_zone_to(zone_row: number, give: (pfn: number, order: number, mt: number) => void): void {
    const isolated = nr_isolate_pageblock[zone_row]! > 0;
    for (let at = 0; at < PCP_LISTS; at++) {
      const order = at >= PCP_LOWORDER_LISTS ? order_of_block : (at / PCP_TYPES) | 0;
      for (const row = pcpRow(zone_row, at); tail[row]! >= 0; ) {
        const pfn = pop_tail(row);
        pageset_count[zone_row] = pageset_count[zone_row]! - (1 << order);
        taken_pages[zone_row] = taken_pages[zone_row]! - (1 << order);
        const type = pcppage_migratetype(pfn, at, isolated);
        give(pfn, order, type);
        if (listening[0] !== NOBODY) emit(TE_PCPU_DRAIN, pfn, order, type);
      }
    }
  }
  function pop_tail(row: number): number {
    const pfn = tail[row]!;
    const p = prev[pfn]!;
    tail[row] = p;
    if (p < 0) head[row] = p;
    else {
      next[p] = ~row;
      dirty[p >>> pageblock_order] = 1;
    }
    state[pfn] = 0;
    dirty[pfn >>> pageblock_order] = 1;
    return pfn;
  }
  /** The types take turns, and each turn takes one page more than the last, so that fuller lists give more. Source: free_pcppages_bulk(), 3.11. */
  function free_in_turn(zone_row: number, count: number): void {
    const isolated = nr_isolate_pageblock[zone_row]! > 0;
    const base = pcpRow(zone_row, 0);
    let left = Math.min(pageset_count[zone_row]!, count);
    let turn = 0;
    pages_scanned[zone_row] = all_unreclaimable[zone_row] = 0;
    for (let mt = 0; left > 0; ) {
      do {
        turn++;
        // Reclaimable is followed by Movable there, then by Unmovable.
        mt = mt === 0 ? PCP_TYPES - 1 : mt - 1;
      } while (tail[base + mt]! < 0);
      if (turn === PCP_TYPES) turn = left;
      do {
        const pfn = pop_tail(base + mt);
        pageset_count[zone_row] = pageset_count[zone_row]! - 1;
        taken_pages[zone_row] = taken_pages[zone_row]! - 1;
        __free_one_page(pfn, 0, pcppage_migratetype(pfn, mt, isolated), false);
        left--;
        turn--;
      } while (left > 0 && turn > 0 && tail[base + mt]! >= 0);
    }
  }
  function free_unref_page(pfn: number, order: number): boolean {
    pfn |= 0;
    order |= 0;
    const type = pb_type[pfn >>> pageblock_order]!;
    if (type === MIGRATE_ISOLATE) return false;
    const zone_row = pb_zone[pfn >>> pageblock_order]! - 1;
    const pindex = order_to_pindex(order, type >= PCP_TYPES ? MIGRATE_MOVABLE : type);
    const row = pcpRow(zone_row, pindex);
    const first = head[row]!;
    next[pfn] = first;
    prev[pfn] = ~row;
    if (first < 0) tail[row] = pfn;
    else {
      prev[first] = pfn;
      dirty[first >>> pageblock_order] = 1;
    }
    head[row] = pfn;
    state[pfn] = STATE_PCP | order;
    dirty[pfn >>> pageblock_order] = 1;
    const count = pageset_count[zone_row]! + (1 << order);
    pageset_count[zone_row] = count;
    if (pcp_scaled === 0) {
      if (count >= pcp_high[zone_row]!) free_in_turn(zone_row, pcp_batch[zone_row]!);
      return true;
    }
    const factor = pcp_free_factor[zone_row]!;
    const free_high = factor !== 0 && order !== 0 && order <= pcp_costly_order;
    const high = free_high ? 0 : highOf(zone_row);
    if (count >= high) free_pcppages_bulk(zone_row, free_high ? count : nr_pcp_free(zone_row, high, factor), pindex);
    return true;
  }
  /** Source: nr_pcp_high(). While pages are reclaimed the lists stay short. */
  function highOf(zone_row: number): number {
    const high = pcp_high[zone_row]!;
    return (flags[zone_row]! & ZONE_RECLAIM_ACTIVE) === 0 ? high : Math.min(pcp_batch[zone_row]! << 2, high);
  }
  /** Source: nr_pcp_free(). Twice as many each time something is freed with nothing allocated in between. */
  function nr_pcp_free(zone_row: number, high: number, factor: number): number {
    const batch = pcp_batch[zone_row]!;
    if (high < batch) return 1;
    const most = high - batch;
    const wanted = batch << factor;
    if (wanted < most && factor < MAX_FACTOR) pcp_free_factor[zone_row] = factor + 1;
    return Math.max(batch, Math.min(wanted, most));
  }

  function drain_zone(zone_row: number): void {
    if (pageset_count[zone_row]! === 0) return;
    pages_scanned[zone_row] = all_unreclaimable[zone_row] = 0;
    free_pcppages_bulk(zone_row, pageset_count[zone_row]!, 0);
  }
  return {
    rmqueue_pcplist, rmqueue_bulk, rmqueue_run, free_unref_page, drain_zone, drain_zone_to,
    disable(zone_row) {
      pcp_high[zone_row] = 0;
      pcp_batch[zone_row] = 1;
      drain_zone(zone_row);
    },
    enable(zone_row) {
      pcp_high[zone_row] = pageset_high[zone_row]!;
      pcp_batch[zone_row] = pageset_batch[zone_row]!;
    },
  };
}
