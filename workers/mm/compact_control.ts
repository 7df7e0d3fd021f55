/** Mirrors: struct compact_control (mm/internal.h) and the enums of include/linux/compaction.h (6.1); where each zone's scanners were left, and which pageblocks they need not look at again. */
import type { Mm } from './mm.ts';
import { page_state, zone_end_pfn } from './mmzone.ts';
import { STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';

/** enum migrate_mode. */
export const MIGRATE_ASYNC = 0;
export const MIGRATE_SYNC_LIGHT = 1;
/** enum compact_priority: the lower, the more is done. */
export const COMPACT_PRIO_SYNC_FULL = 0;
export const COMPACT_PRIO_SYNC_LIGHT = 1;
export const COMPACT_PRIO_ASYNC = 2;
/** enum compact_result (uapi/trace.ts has the words). */
export const COMPACT_NOT_SUITABLE_ZONE = 0;
export const COMPACT_SKIPPED = 1;
export const COMPACT_DEFERRED = 2;
export const COMPACT_NO_SUITABLE_PAGE = 3;
export const COMPACT_CONTINUE = 4;
export const COMPACT_COMPLETE = 5;
export const COMPACT_PARTIAL_SKIPPED = 6;
export const COMPACT_CONTENDED = 7;
export const COMPACT_SUCCESS = 8;

/** COMPACT_CLUSTER_MAX: so many pages are moved at once. */
export const COMPACT_CLUSTER_MAX = 32;
export const PAGE_ALLOC_COSTLY_ORDER = 3;

/** One run over one zone. */
export interface CompactControl {
  /** Row of ZONE. */
  readonly zone: number;
  /** -1: all that can be, for somebody who asked for it by file. */
  readonly order: number;
  readonly gfp: number;
  /** MIGRATE_*SYNC* */
  readonly mode: number;
  readonly migratetype: number;
  readonly alloc_flags: number;
  readonly highest_zoneidx: number;
  /** A task waits for the page. */
  readonly direct_compaction: boolean;
  readonly ignore_skip_hint: boolean;
  /** Free pages are taken from pageblocks of any type. */
  readonly ignore_block_suitable: boolean;
  /** The whole zone is or will be scanned. */
  whole_zone: boolean;
  /** kcompactd's own idea: until the zone is whole enough, not until there is a chunk of an order. */
  readonly proactive_compaction: boolean;
  /** Order the search of the free lists begins with, looks that found nothing in a row, and the lowest pageblock found (0: none yet, Infinity: it was gone back to). */
  search_order: number;
  fast_search_fail: number;
  fast_start_pfn: number;
  /** The pageblock was begun before: it is looked through to its end. */
  finish_pageblock: boolean;
  /** Where the scanners stand: pfns. */
  migrate_pfn: number;
  free_pfn: number;
  /** Free frames taken for the next pages, the next one last. */
  readonly freepages: number[];
  /** Pages to be moved, the next one last. */
  migratepages: number[];
  total_migrate_scanned: number;
  total_free_scanned: number;
}
export const is_via_compact_memory = (order: number): boolean => order === -1;
export const pageblock_start_pfn = (pfn: number): number => pfn & ~(pageblock_nr_pages - 1);
export const pageblock_end_pfn = (pfn: number): number => pageblock_start_pfn(pfn) + pageblock_nr_pages;
/** The free scanner of a zone that has lost its span (3.11) stands before the first frame. */
export const compact_scanners_met = (cc: CompactControl): boolean => cc.free_pfn >> pageblock_order <= cc.migrate_pfn >> pageblock_order;

/** The pageblock need not be looked at: nothing was found in it not long ago. */
export const isolation_suitable = (mm: Mm, cc: CompactControl, pfn: number): boolean => cc.ignore_skip_hint || mm.t.pageblock.skip[pfn >>> pageblock_order] === 0;
/** True: somebody was here before. Only asked at the first frame of a pageblock. */
export function test_and_set_skip(mm: Mm, cc: CompactControl, pfn: number): boolean {
  if (cc.ignore_skip_hint || pfn % pageblock_nr_pages !== 0) return false;
  const skip = mm.t.pageblock.skip[pfn >>> pageblock_order] !== 0;
  mm.t.pageblock.skip[pfn >>> pageblock_order] = 1;
  return skip;
}
/** Scans begin behind the pageblock of `pfn` the next time. */
export function update_cached_migrate(mm: Mm, cc: CompactControl, pfn: number): void {
  const { compact_cached_migrate_pfn0: async, compact_cached_migrate_pfn1: sync } = mm.t.zone;
  const end = pageblock_end_pfn(pfn);
  if (end > (async[cc.zone] as number)) async[cc.zone] = end;
  if (cc.mode !== MIGRATE_ASYNC && end > (sync[cc.zone] as number)) sync[cc.zone] = end;
}
/** The free scanner is through with a pageblock. */
export function update_pageblock_skip(mm: Mm, cc: CompactControl, pfn: number): void {
  const { compact_cached_free_pfn: cached } = mm.t.zone;
  mm.t.pageblock.skip[pfn >>> pageblock_order] = 1;
  if (pfn < (cached[cc.zone] as number)) cached[cc.zone] = pfn;
}
/** Both scanners begin at the ends again. */
export function reset_cached_positions(mm: Mm, row: number): void {
  const z = mm.t.zone;
  z.compact_cached_migrate_pfn0[row] = z.compact_cached_migrate_pfn1[row] = z.zone_start_pfn[row] as number;
  z.compact_cached_free_pfn[row] = pageblock_start_pfn(zone_end_pfn(mm, row) - 1);
}

/** Is there something to find again: a page to move, or a free one? Then the pageblock is no longer skipped. Every eighth frame is looked at. */
function __reset_isolation_pfn(mm: Mm, row: number, pfn: number, check_source: boolean, check_target: boolean): boolean {
  const block = pfn >>> pageblock_order;
  const { skip, zone, migratetype } = mm.t.pageblock;
  const first = page_state(mm, pageblock_start_pfn(pfn));
  if (zone[block] !== row + 1 || ((first & STATE_BUDDY) === 0 && (first & STATE_ORDER) >= pageblock_order)) return false;
  if (check_source && check_target && skip[block] === 0) return true;
  if (!check_source && check_target && migratetype[block] !== MIGRATE_MOVABLE) return false;
  for (let at = block << pageblock_order; at < (block + 1) << pageblock_order; at += 8) {
    const s = page_state(mm, at);
    if ((check_source && (s & STATE_LRU) !== 0) || (check_target && (s & STATE_BUDDY) !== 0)) {
      skip[block] = 0;
      return true;
    }
  }
  return false;
}
/** A zone whose scanners met is looked at from its ends again. Source: __reset_isolation_suitable(). */
export function __reset_isolation_suitable(mm: Mm, row: number): void {
  const z = mm.t.zone;
  if (z.compact_blockskip_flush[row] === 0) return;
  z.compact_blockskip_flush[row] = 0;
  const start = z.zone_start_pfn[row] as number;
  const last = zone_end_pfn(mm, row) - 1;
  let reset_migrate = last;
  let reset_free = start;
  let source_set = false;
  let free_set = false;
  let migrate = start;
  let free = last;
  for (; migrate < free; migrate += pageblock_nr_pages, free -= pageblock_nr_pages) {
    if (__reset_isolation_pfn(mm, row, migrate, true, source_set) && migrate < reset_migrate) {
      source_set = true;
      reset_migrate = migrate;
      z.compact_init_migrate_pfn[row] = z.compact_cached_migrate_pfn0[row] = z.compact_cached_migrate_pfn1[row] = migrate;
    }
    if (__reset_isolation_pfn(mm, row, free, free_set, true) && free > reset_free) {
      free_set = true;
      reset_free = free;
      z.compact_init_free_pfn[row] = z.compact_cached_free_pfn[row] = free;
    }
  }
  if (reset_migrate < reset_free) return;
  z.compact_cached_migrate_pfn0[row] = z.compact_cached_migrate_pfn1[row] = migrate;
  z.compact_cached_free_pfn[row] = free;
}
