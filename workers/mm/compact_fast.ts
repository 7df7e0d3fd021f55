/**
 * Mirrors: fast_find_migrateblock(), fast_isolate_freepages() and fast_isolate_around() of mm/compaction.c (6.1): before a scanner goes through frames it looks into the free lists: for a
 * pageblock that is half empty already, and for free frames far up in the zone. The lists are turned so that the next look finds others.
 * A pageblock that the first one found is marked as skipped there and then, and the scan that follows passes it by: so in 6.0 and again in 6.1.y, from 6.3 on otherwise.
 */
import { freeRow } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import { COMPACT_CLUSTER_MAX, type CompactControl, MIGRATE_ASYNC, PAGE_ALLOC_COSTLY_ORDER, pageblock_end_pfn, pageblock_start_pfn } from './compact_control.ts';
import type { Mm } from './mm.ts';
import { zone_end_pfn } from './mmzone.ts';

/** Longest shift of the limit: it is down to one look long before. */
const MAX_SHIFT = 31;
const freelist_scan_limit = ({ fast_search_fail }: CompactControl): number => (COMPACT_CLUSTER_MAX >> Math.min(MAX_SHIFT, fast_search_fail)) + 1;

/** A list of chunks below the largest order is turned until `first` is its head. Source: list_splice_tail() in move_freelist_head(), move_freelist_tail(). */
function turnList(mm: Mm, row: number, first: number): void {
  const { head, tail } = mm.t.free_area;
  const { next, prev } = mm.t.memmap;
  const { dirty } = mm.t.pageblock;
  const top = head[row] as number;
  if (first < 0 || first === top) return;
  const end = tail[row] as number;
  const before = prev[first] as number;
  next[end] = top;
  prev[top] = end;
  prev[first] = ~row;
  next[before] = ~row;
  head[row] = first;
  tail[row] = before;
  for (const pfn of [top, end, before, first]) dirty[pfn >>> pageblock_order] = 1;
}
const move_freelist_head = turnList;
const move_freelist_tail = (mm: Mm, row: number, pfn: number): void => turnList(mm, row, mm.t.memmap.next[pfn] as number);

function update_fast_start_pfn(cc: CompactControl, pfn: number): void {
  if (cc.fast_start_pfn === Infinity) return;
  cc.fast_start_pfn = cc.fast_start_pfn === 0 ? pfn : Math.min(cc.fast_start_pfn, pfn);
}
function reinit_migrate_pfn(cc: CompactControl): number {
  if (cc.fast_start_pfn === 0 || cc.fast_start_pfn === Infinity) return cc.migrate_pfn;
  cc.migrate_pfn = cc.fast_start_pfn;
  cc.fast_start_pfn = Infinity;
  return cc.migrate_pfn;
}
/** Where the migrate scanner had better go on: a pageblock with a free chunk in it, or where it stands. */
export function fast_find_migrateblock(mm: Mm, cc: CompactControl): number {
  const start = mm.t.zone.zone_start_pfn[cc.zone] as number;
  const begun = cc.migrate_pfn !== start && cc.migrate_pfn % pageblock_nr_pages !== 0;
  const ofOthers = cc.direct_compaction && cc.migratetype !== MIGRATE_MOVABLE;
  if (!mm.edition.compaction.fast_search || cc.ignore_skip_hint || begun || cc.order <= PAGE_ALLOC_COSTLY_ORDER || ofOthers) return cc.migrate_pfn;
  const limit = freelist_scan_limit(cc);
  // Half of the way to the other scanner at the very beginning, then an eighth.
  const distance = (cc.free_pfn - cc.migrate_pfn) >> (cc.migrate_pfn === start ? 1 : 3);
  const high_pfn = pageblock_start_pfn(cc.migrate_pfn + distance);
  const { head, nr_free } = mm.t.free_area;
  let nr_scanned = 0;
  let found = -1;
  for (let order = cc.order - 1; order >= PAGE_ALLOC_COSTLY_ORDER && found < 0 && nr_scanned < limit; order--) {
    if (nr_free[freeRow(mm.geometry.MAX_ORDER, cc.zone, order, 0)] === 0) continue;
    const row = freeRow(mm.geometry.MAX_ORDER, cc.zone, order, MIGRATE_MOVABLE);
    for (let pfn = head[row] as number; pfn >= 0; pfn = mm.t.memmap.next[pfn] as number) {
      if (nr_scanned++ >= limit) {
        move_freelist_tail(mm, row, pfn);
        break;
      }
      if (pfn >= high_pfn || mm.t.pageblock.skip[pfn >>> pageblock_order] !== 0) continue;
      move_freelist_tail(mm, row, pfn);
      update_fast_start_pfn(cc, pfn);
      found = Math.max(start, pageblock_start_pfn(pfn));
      cc.fast_search_fail = 0;
      mm.t.pageblock.skip[pfn >>> pageblock_order] = 1;
      break;
    }
  }
  cc.total_migrate_scanned += nr_scanned;
  if (found >= 0) return found;
  cc.fast_search_fail++;
  return reinit_migrate_pfn(cc);
}

/** The order to look at next, -1: all were. */
function next_search_order(cc: CompactControl, order: number): number {
  const next = order > 0 ? order - 1 : cc.order - 1;
  if (next !== cc.search_order) return next;
  cc.search_order = cc.search_order > 0 ? cc.search_order - 1 : cc.order - 1;
  return -1;
}
/** What the search needs of the scanner: takes one free chunk for the control (its pages, 0: the zone cannot spare them), and all of a pageblock (where it stopped). */
export interface Taker {
  chunk(pfn: number, order: number): number;
  block(start_pfn: number, end_pfn: number): number;
}
/** Free frames from the far end of the zone, by way of the lists. */
export function fast_isolate_freepages(mm: Mm, cc: CompactControl, take: Taker): void {
  if (!mm.edition.compaction.fast_search || cc.order <= 0) return;
  const z = mm.t.zone;
  const { tail, nr_free } = mm.t.free_area;
  const start = z.zone_start_pfn[cc.zone] as number;
  const scan_start = cc.free_pfn >= (z.compact_init_free_pfn[cc.zone] as number);
  let limit = scan_start ? pageblock_nr_pages >> 1 : Math.max(1, freelist_scan_limit(cc) >> 1);
  const distance = cc.free_pfn - cc.migrate_pfn;
  const low_pfn = pageblock_start_pfn(cc.free_pfn - (distance >> 2));
  const min_pfn = pageblock_start_pfn(cc.free_pfn - (distance >> 1));
  let nr_scanned = 0;
  let total_isolated = 0;
  let highest = 0;
  let page = -1;
  cc.search_order = Math.min(cc.order - 1, cc.search_order, mm.geometry.MAX_ORDER - 2);
  for (let order = cc.search_order; page < 0 && order >= 0; order = next_search_order(cc, order)) {
    if (nr_free[freeRow(mm.geometry.MAX_ORDER, cc.zone, order, 0)] === 0) continue;
    const row = freeRow(mm.geometry.MAX_ORDER, cc.zone, order, MIGRATE_MOVABLE);
    let order_scanned = 0;
    let high_pfn = 0;
    let at = tail[row] as number;
    for (; at >= 0; at = mm.t.memmap.prev[at] as number) {
      order_scanned++;
      nr_scanned++;
      if (at >= highest) highest = Math.max(pageblock_start_pfn(at), start);
      if (at >= low_pfn) {
        cc.fast_search_fail = 0;
        cc.search_order = order;
        page = at;
        break;
      }
      if (at >= min_pfn && at > high_pfn) {
        high_pfn = at;
        limit >>= 1;
      }
      if (order_scanned >= limit) break;
    }
    if (page < 0 && high_pfn > 0) page = at = high_pfn;
    move_freelist_head(mm, row, at);
    if (page >= 0) {
      const pages = take.chunk(page, order);
      nr_scanned += Math.max(0, pages - 1);
      total_isolated += pages;
      if (pages === 0) {
        order = cc.search_order + 1;
        page = -1;
      }
    }
    if (cc.freepages.length >= cc.migratepages.length) break;
    if (order_scanned >= limit) limit = Math.max(1, limit >> 1);
  }
  mm.trace(EV.mm_compaction_fast_isolate_freepages, min_pfn, cc.free_pfn, nr_scanned, total_isolated);
  if (page < 0) {
    cc.fast_search_fail++;
    if (scan_start && highest >= min_pfn) page = cc.free_pfn = highest;
    else if (scan_start && cc.direct_compaction) {
      if (mm.t.pageblock.zone[min_pfn >>> pageblock_order] === cc.zone + 1) page = min_pfn;
      cc.free_pfn = min_pfn;
    }
  }
  if (highest > 0 && highest >= (z.compact_cached_free_pfn[cc.zone] as number)) z.compact_cached_free_pfn[cc.zone] = highest - pageblock_nr_pages;
  cc.total_free_scanned += nr_scanned;
  if (page >= 0) fast_isolate_around(mm, cc, page, take);
}
/** The rest of the pageblock, too, unless there is enough. */
function fast_isolate_around(mm: Mm, cc: CompactControl, pfn: number, take: Taker): void {
  if (cc.freepages.length >= cc.migratepages.length || (cc.direct_compaction && cc.mode === MIGRATE_ASYNC)) return;
  const end = Math.min(pageblock_end_pfn(pfn), zone_end_pfn(mm, cc.zone));
  const start = Math.max(pageblock_start_pfn(pfn), mm.t.zone.zone_start_pfn[cc.zone] as number);
  if (mm.t.pageblock.zone[start >>> pageblock_order] !== cc.zone + 1) return;
  if (take.block(start, end) === end) mm.t.pageblock.skip[start >>> pageblock_order] = 1;
}
