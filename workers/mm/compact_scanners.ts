/**
 * Mirrors: the two scanners of mm/compaction.c (6.1): the migrate scanner goes up from the start of a zone and takes pages that can move, the free scanner comes down from its end and takes
 * free frames for them.
 * Left out: writeback. Why: nothing here is written while it is looked at.
 */
import { STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { is_migrate_movable, MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE, MIGRATE_MOVABLE, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';
import { KIND_FILE, KIND_KERNEL, KIND_MASK } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import {
  COMPACT_CLUSTER_MAX, type CompactControl, isolation_suitable, MIGRATE_ASYNC, pageblock_end_pfn, pageblock_start_pfn, test_and_set_skip, update_cached_migrate, update_pageblock_skip,
} from './compact_control.ts';
import { fast_find_migrateblock, fast_isolate_freepages } from './compact_fast.ts';
import { isMovableNonLru, isolate_lru_page, putback_movable_pages } from './migrate.ts';
import type { Mm } from './mm.ts';
import { page_state, set_pageblock_migratetype, typeBlockPages, zone_end_pfn } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { page_pincount } from './page_flags.ts';
import { count_vm_events, VM } from './vm_event.ts';
import { __zone_watermark_ok, ALLOC_CMA } from './zone_watermark.ts';

const block_end_pfn = (pfn: number, order: number): number => (Math.floor(pfn / 2 ** order) + 1) * 2 ** order;
const typeOf = (mm: Mm, pfn: number): number => mm.t.pageblock.migratetype[pfn >>> pageblock_order] as number;
const inZone = (mm: Mm, row: number, pfn: number): boolean => mm.t.pageblock.zone[pfn >>> pageblock_order] === row + 1;
const headOrder = (mm: Mm, pfn: number): number => page_state(mm, pfn) & STATE_ORDER;

/** A huge page begins the pageblock, or somebody waits only for pages of another type. */
function suitable_migration_source(mm: Mm, cc: CompactControl, pfn: number): boolean {
  if ((page_state(mm, pfn) & STATE_BUDDY) === 0 && headOrder(mm, pfn) >= pageblock_order) return false;
  if (cc.mode !== MIGRATE_ASYNC || !cc.direct_compaction) return true;
  return cc.migratetype === MIGRATE_MOVABLE ? is_migrate_movable(typeOf(mm, pfn)) : typeOf(mm, pfn) === cc.migratetype;
}
/** Free frames come from movable pageblocks that are not free as a whole. */
function suitable_migration_target(mm: Mm, cc: CompactControl, pfn: number): boolean {
  const s = page_state(mm, pfn);
  if ((s & STATE_BUDDY) !== 0 && (s & STATE_ORDER) >= pageblock_order) return false;
  return cc.ignore_block_suitable || is_migrate_movable(typeOf(mm, pfn));
}
/** On an LRU and not pinned, or a driver's page that can move. Compound pages are too large to help. */
function isolatable(mm: Mm, pfn: number, s: number): boolean {
  if ((s & STATE_LRU) === 0) return isMovableNonLru(mm, pfn);
  return ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_FILE || page_pincount(mm, pfn) === 0;
}

/** Isolates what can move in [start, end), at most a cluster; the scanner stands behind it. Source: isolate_migratepages_block(). */
function isolate_migratepages_block(mm: Mm, buddy: Buddy, cc: CompactControl, start_pfn: number, end_pfn: number): void {
  const skip_on_failure = cc.direct_compaction && cc.mode === MIGRATE_ASYNC;
  const taken: number[] = [];
  let next_skip_pfn = skip_on_failure ? block_end_pfn(start_pfn, cc.order) : 0;
  let nr_scanned = 0;
  let valid = false;
  let skip_updated = false;
  let pfn = start_pfn;
  for (; pfn < end_pfn; pfn++) {
    if (skip_on_failure && pfn >= next_skip_pfn) {
      if (taken.length > 0) break;
      next_skip_pfn = block_end_pfn(pfn, cc.order);
    }
    nr_scanned++;
    if (!valid && pfn % pageblock_nr_pages === 0) {
      if (!isolation_suitable(mm, cc, pfn)) {
        pfn = end_pfn;
        break;
      }
      valid = true;
    }
    const s = page_state(mm, pfn);
    const order = s & STATE_ORDER;
    if ((s & STATE_BUDDY) !== 0) {
      if (order > 0 && order < mm.geometry.MAX_ORDER) pfn += (1 << order) - 1;
      continue;
    }
    if (order === 0 && isolatable(mm, pfn, s)) {
      if (!skip_updated) {
        skip_updated = true;
        if (test_and_set_skip(mm, cc, pfn)) break;
      }
      isolate_lru_page(mm, pfn);
      taken.push(pfn);
      if (taken.length >= COMPACT_CLUSTER_MAX && !cc.finish_pageblock) {
        pfn++;
        break;
      }
      continue;
    }
    if (order > 0) pfn += (1 << order) - 1;
    if (!skip_on_failure) continue;
    // A hole in the wanted chunk: what was taken of it is of no use.
    putback_movable_pages(mm, buddy, taken);
    taken.length = 0;
    if (pfn < next_skip_pfn) {
      pfn = next_skip_pfn - 1;
      next_skip_pfn += 1 << cc.order;
    }
  }
  if (pfn > end_pfn) pfn = end_pfn;
  if (pfn === end_pfn && (taken.length === 0 || cc.finish_pageblock)) {
    if (valid && !skip_updated) mm.t.pageblock.skip[start_pfn >>> pageblock_order] = 1;
    update_cached_migrate(mm, cc, pfn);
  }
  mm.trace(EV.mm_compaction_isolate_migratepages, start_pfn, pfn, nr_scanned, taken.length);
  cc.total_migrate_scanned += nr_scanned;
  count_vm_events(mm, VM.compact_isolated, taken.length);
  cc.migrate_pfn = pfn;
  cc.migratepages.push(...taken);
}
/** The next pages to move: true if there are any. Source: isolate_migratepages(). */
export function isolate_migratepages(mm: Mm, buddy: Buddy, cc: CompactControl): boolean {
  const start = mm.t.zone.zone_start_pfn[cc.zone] as number;
  let low = fast_find_migrateblock(mm, cc);
  // Found by way of the lists: that it is to be skipped from now on says nothing about this time.
  let found = low !== cc.migrate_pfn && cc.fast_search_fail === 0;
  for (let end = pageblock_end_pfn(low); end <= cc.free_pfn; found = false, cc.migrate_pfn = low = end, end += pageblock_nr_pages) {
    const block = Math.max(start, pageblock_start_pfn(low));
    if (!inZone(mm, cc.zone, block)) continue;
    if ((low % pageblock_nr_pages === 0 || low === start) && !found && !isolation_suitable(mm, cc, block)) continue;
    if (!suitable_migration_source(mm, cc, block)) {
      update_cached_migrate(mm, cc, end);
      continue;
    }
    isolate_migratepages_block(mm, buddy, cc, low, end);
    break;
  }
  return cc.migratepages.length > 0;
}

/** A free chunk leaves its list, if the zone can spare it; its pages. Source: __isolate_free_page(). */
function __isolate_free_page(mm: Mm, buddy: Buddy, row: number, pfn: number, order: number): number {
  const { nr_free_pages, nr_free_cma, watermark_min } = mm.t.zone;
  if (typeOf(mm, pfn) !== MIGRATE_ISOLATE) {
    if (!__zone_watermark_ok(mm, row, 0, (watermark_min[row] as number) + (1 << order), 0, ALLOC_CMA)) return 0;
    if (typeOf(mm, pfn) === MIGRATE_CMA) nr_free_cma[row] = (nr_free_cma[row] as number) - (1 << order);
    nr_free_pages[row] = (nr_free_pages[row] as number) - (1 << order);
  }
  buddy.del_page_from_free_list(pfn);
  if (order >= mm.geometry.pageblock_order - 1) {
    for (let at = pfn; at < pfn + (1 << order); at += typeBlockPages(mm)) {
      const mt = typeOf(mm, at);
      if (mt < MIGRATE_HIGHATOMIC) set_pageblock_migratetype(mm, at, MIGRATE_MOVABLE);
    }
  }
  return 1 << order;
}
/** Frames of a free chunk that was taken wait for pages to move to them. */
function keep(mm: Mm, cc: CompactControl, pfn: number, pages: number): void {
  const { state, kind } = mm.t.memmap;
  for (let at = pfn; at < pfn + pages; at++) {
    state[at] = STATE_ALLOC;
    kind[at] = KIND_KERNEL;
    cc.freepages.push(at);
  }
  mm.touch(pfn);
}
/** Takes free chunks of [start, end), frame by frame in steps of `stride`: where it stopped. Source: isolate_freepages_block(). */
function isolate_freepages_block(mm: Mm, buddy: Buddy, cc: CompactControl, start_pfn: number, end_pfn: number, stride: number): { readonly next: number; readonly taken: number } {
  let nr_scanned = 0;
  let total_isolated = 0;
  let pfn = start_pfn;
  for (; pfn < end_pfn; pfn += stride) {
    nr_scanned++;
    const s = page_state(mm, pfn);
    const order = s & STATE_ORDER;
    if ((s & STATE_BUDDY) === 0) {
      if (order > 0) {
        pfn += (1 << order) - 1;
        nr_scanned += (1 << order) - 1;
      }
      continue;
    }
    const pages = __isolate_free_page(mm, buddy, cc.zone, pfn, order);
    if (pages === 0) break;
    keep(mm, cc, pfn, pages);
    total_isolated += pages;
    if (cc.migratepages.length <= cc.freepages.length) {
      pfn += pages;
      break;
    }
    pfn += pages - 1;
  }
  if (pfn > end_pfn) pfn = end_pfn;
  mm.trace(EV.mm_compaction_isolate_freepages, start_pfn, pfn, nr_scanned, total_isolated);
  count_vm_events(mm, VM.compact_isolated, total_isolated);
  cc.total_free_scanned += nr_scanned;
  return { next: pfn, taken: total_isolated };
}
/** Fills cc.freepages from the lists, or else from the pageblocks the free scanner comes by. Source: isolate_freepages(). */
export function isolate_freepages(mm: Mm, buddy: Buddy, cc: CompactControl): void {
  fast_isolate_freepages(mm, cc, {
    chunk(pfn, order) {
      const pages = __isolate_free_page(mm, buddy, cc.zone, pfn, order);
      keep(mm, cc, pfn, pages);
      count_vm_events(mm, VM.compact_isolated, pages);
      return pages;
    },
    block: (start_pfn, end_pfn) => isolate_freepages_block(mm, buddy, cc, start_pfn, end_pfn, 1).next,
  });
  if (cc.freepages.length > 0) return;
  let stride = cc.mode === MIGRATE_ASYNC ? COMPACT_CLUSTER_MAX : 1;
  const low = pageblock_end_pfn(cc.migrate_pfn);
  let from = cc.free_pfn;
  let block = pageblock_start_pfn(from);
  let end = Math.min(block + pageblock_nr_pages, zone_end_pfn(mm, cc.zone));
  for (; block >= low; end = block, block -= pageblock_nr_pages, from = block) {
    if (!inZone(mm, cc.zone, block) || !suitable_migration_target(mm, cc, block) || !isolation_suitable(mm, cc, block)) continue;
    const { next, taken } = isolate_freepages_block(mm, buddy, cc, from, end, stride);
    from = next;
    if (from === end) update_pageblock_skip(mm, cc, block);
    if (cc.freepages.length >= cc.migratepages.length) {
      if (from >= end) from = block - pageblock_nr_pages;
      break;
    }
    // The zone can spare no more.
    if (from < end) break;
    stride = taken > 0 ? 1 : Math.min(COMPACT_CLUSTER_MAX, stride << 1);
  }
  cc.free_pfn = from;
}
