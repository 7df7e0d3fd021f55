/**
 * Mirrors: mm/compaction.c (6.1): free memory in pieces becomes free memory in one: pages move from the low end of a zone to free frames at its high end until the scanners meet, or a
 * chunk of the wanted order is free.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { freeRow, NODE_ONLINE } from '../uapi/layout.ts';
import { MAX_NR_ZONES, MIGRATE_CMA, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import {
  COMPACT_COMPLETE, COMPACT_CONTENDED, COMPACT_CONTINUE, COMPACT_NO_SUITABLE_PAGE, COMPACT_NOT_SUITABLE_ZONE, COMPACT_PARTIAL_SKIPPED, COMPACT_SKIPPED, COMPACT_SUCCESS,
  __reset_isolation_suitable, compact_scanners_met, type CompactControl, is_via_compact_memory, MIGRATE_ASYNC, PAGE_ALLOC_COSTLY_ORDER, pageblock_start_pfn, reset_cached_positions,
} from './compact_control.ts';
import type { CaptureControl } from './capture.ts';
import { compaction_restarting } from './compact_defer.ts';
import { isolate_freepages, isolate_migratepages } from './compact_scanners.ts';
import { fragmentation_index, fragmentation_score_wmark, fragmentation_score_zone, kswapd_is_running } from './fragmentation.ts';
import { GFP_KERNEL } from './gfp.ts';
import { migrate_pages, MIGRATE_SYNC, MR_COMPACTION, putback_movable_pages } from './migrate.ts';
import type { Mm } from './mm.ts';
import { populated_zone, zone_end_pfn, zone_idx, zone_to_nid } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { count_vm_events, VM } from './vm_event.ts';
import { __zone_watermark_ok, ALLOC_CMA, ALLOC_WMARK_LOW, ALLOC_WMARK_MIN, wmark_pages } from './zone_watermark.ts';

/** vm.extfrag_threshold: at or below, a failure is put down to lack of memory. */
export const EXTFRAG_THRESHOLD = 500;

type Wish = Pick<CompactControl, 'zone' | 'order' | 'mode'> & Partial<CompactControl>;
export const compact_control = (wish: Wish): CompactControl => ({
  gfp: GFP_KERNEL, migratetype: MIGRATE_UNMOVABLE, alloc_flags: ALLOC_WMARK_MIN, highest_zoneidx: zone_idx(wish.zone), direct_compaction: false, ignore_skip_hint: false,
  ignore_block_suitable: false, whole_zone: false, finish_pageblock: false, proactive_compaction: false, search_order: wish.order, fast_search_fail: 0, fast_start_pfn: 0, migrate_pfn: 0, free_pfn: 0, freepages: [], migratepages: [], total_migrate_scanned: 0, total_free_scanned: 0,
  ...wish,
});

/** Would compaction of the zone help: COMPACT_SUCCESS (there is such a chunk), CONTINUE, or SKIPPED (too little free, or too little of it in pieces). `more`: pages that could be free as well. */
export function compaction_suitable(mm: Mm, row: number, order: number, alloc_flags: number, highest_zoneidx: number, more = 0): number {
  const ret = suitable(mm, row, order, alloc_flags, highest_zoneidx, more);
  mm.trace(EV.mm_compaction_suitable, zone_to_nid(row), zone_idx(row), order, ret);
  return ret === COMPACT_NOT_SUITABLE_ZONE ? COMPACT_SKIPPED : ret;
}
function suitable(mm: Mm, row: number, order: number, alloc_flags: number, highest_zoneidx: number, more: number): number {
  if (is_via_compact_memory(order)) return COMPACT_CONTINUE;
  if (__zone_watermark_ok(mm, row, order, wmark_pages(mm, row, alloc_flags), highest_zoneidx, alloc_flags)) return COMPACT_SUCCESS;
  const costly = order > PAGE_ALLOC_COSTLY_ORDER;
  // Room for the free frames that pages move to: compact_gap().
  const watermark = wmark_pages(mm, row, costly ? ALLOC_WMARK_LOW : ALLOC_WMARK_MIN) + (2 << order);
  if (!__zone_watermark_ok(mm, row, 0, watermark - more, highest_zoneidx, ALLOC_CMA)) return COMPACT_SKIPPED;
  const index = costly ? fragmentation_index(mm, row, order) : -1000;
  return index >= 0 && index <= EXTFRAG_THRESHOLD ? COMPACT_NOT_SUITABLE_ZONE : COMPACT_CONTINUE;
}

/** Is there a chunk of the order that the request would be given, from its own lists or by stealing? */
function wanted_is_free(mm: Mm, cc: CompactControl): boolean {
  const { head } = mm.t.free_area;
  for (let order = cc.order; order < mm.geometry.MAX_ORDER; order++) {
    const row = freeRow(mm.geometry.MAX_ORDER, cc.zone, order, 0);
    if ((head[row + cc.migratetype] as number) >= 0 || (cc.migratetype === MIGRATE_MOVABLE && (head[row + MIGRATE_CMA] as number) >= 0)) return true;
    const can_steal = order >= mm.geometry.pageblock_order >> 1 || cc.migratetype === MIGRATE_RECLAIMABLE || cc.migratetype === MIGRATE_UNMOVABLE;
    if (can_steal && (mm.edition.alloc.fallbacks[cc.migratetype] ?? []).some((mt) => (head[row + mt] as number) >= 0)) return true;
  }
  return false;
}
function compact_finished(mm: Mm, cc: CompactControl): number {
  const ret = finished(mm, cc);
  mm.trace(EV.mm_compaction_finished, zone_to_nid(cc.zone), zone_idx(cc.zone), cc.order, ret);
  return ret === COMPACT_NO_SUITABLE_PAGE ? COMPACT_CONTINUE : ret;
}
function finished(mm: Mm, cc: CompactControl): number {
  if (compact_scanners_met(cc)) {
    reset_cached_positions(mm, cc.zone);
    if (cc.direct_compaction) mm.t.zone.compact_blockskip_flush[cc.zone] = 1;
    return cc.whole_zone ? COMPACT_COMPLETE : COMPACT_PARTIAL_SKIPPED;
  }
  if (cc.proactive_compaction) {
    if (kswapd_is_running(mm, zone_to_nid(cc.zone))) return COMPACT_PARTIAL_SKIPPED;
    return fragmentation_score_zone(mm, cc.zone) > fragmentation_score_wmark(mm, true) ? COMPACT_CONTINUE : COMPACT_SUCCESS;
  }
  // A pageblock is always finished, so that fewer are left half empty.
  if (is_via_compact_memory(cc.order) || cc.migrate_pfn % pageblock_nr_pages !== 0) return COMPACT_CONTINUE;
  if (wanted_is_free(mm, cc)) return COMPACT_SUCCESS;
  return mm.signal_pending() ? COMPACT_CONTENDED : COMPACT_NO_SUITABLE_PAGE;
}

/** Where the scanners begin: where they were left, or at both ends. */
function setScanners(mm: Mm, cc: CompactControl): void {
  const z = mm.t.zone;
  const { zone } = cc;
  const start = z.zone_start_pfn[zone] as number;
  const end = zone_end_pfn(mm, zone);
  const cached = cc.mode === MIGRATE_ASYNC ? z.compact_cached_migrate_pfn0 : z.compact_cached_migrate_pfn1;
  cc.migrate_pfn = cc.whole_zone ? start : (cached[zone] as number);
  cc.free_pfn = cc.whole_zone ? pageblock_start_pfn(end - 1) : (z.compact_cached_free_pfn[zone] as number);
  if (cc.free_pfn < start || cc.free_pfn >= end) {
    cc.free_pfn = pageblock_start_pfn(end - 1);
    z.compact_cached_free_pfn[zone] = cc.free_pfn;
  }
  if (cc.migrate_pfn < start || cc.migrate_pfn >= end) {
    cc.migrate_pfn = start;
    z.compact_cached_migrate_pfn0[zone] = z.compact_cached_migrate_pfn1[zone] = start;
  }
  if (cc.migrate_pfn <= (z.compact_init_migrate_pfn[zone] as number)) cc.whole_zone = true;
}

/** One zone: COMPACT_*. What moved keeps its users; free frames that were not needed are given back. With `capc` it ends when the chunk that is wanted has become whole, and the caller has it. */
export function* compact_zone(mm: Mm, buddy: Buddy, cc: CompactControl, capc?: CaptureControl): Kthread<number> {
  const z = mm.t.zone;
  let ret = compaction_suitable(mm, cc.zone, cc.order, cc.alloc_flags, cc.highest_zoneidx);
  if (ret === COMPACT_SUCCESS || ret === COMPACT_SKIPPED) return ret;
  if (compaction_restarting(mm, cc.zone, cc.order)) __reset_isolation_suitable(mm, cc.zone);
  setScanners(mm, cc);
  const start = z.zone_start_pfn[cc.zone] as number;
  const sync = cc.mode === MIGRATE_ASYNC ? 0 : 1;
  let update_cached = sync === 0 && z.compact_cached_migrate_pfn0[cc.zone] === z.compact_cached_migrate_pfn1[cc.zone];
  let last_migrated = 0;
  mm.trace(EV.mm_compaction_begin, start, cc.migrate_pfn, cc.free_pfn, zone_end_pfn(mm, cc.zone), sync);
  yield;
  const compaction_alloc = (): number => {
    if (cc.freepages.length === 0) isolate_freepages(mm, buddy, cc);
    return cc.freepages.pop() ?? -1;
  };
  const target = { nid: zone_to_nid(cc.zone), nodemask: -1, get_new_page: compaction_alloc, put_new_page: (pfn: number) => void cc.freepages.push(pfn), mode: cc.mode };
  for (ret = compact_finished(mm, cc); ret === COMPACT_CONTINUE; ret = compact_finished(mm, cc)) {
    const begun = cc.migrate_pfn;
    cc.finish_pageblock = last_migrated > 0 && pageblock_start_pfn(last_migrated) === pageblock_start_pfn(begun);
    if (isolate_migratepages(mm, buddy, cc)) {
      update_cached = false;
      last_migrated = Math.max(start, pageblock_start_pfn(cc.migrate_pfn - 1));
      // Lists grow at their head: the page found last goes first.
      const { succeeded, left, ret: why } = yield* migrate_pages(mm, buddy, cc.migratepages.toReversed(), target, MR_COMPACTION);
      mm.trace(EV.mm_compaction_migratepages, succeeded, left.length);
      cc.migratepages = [];
      putback_movable_pages(mm, buddy, left);
      if (why === -ERRNO.ENOMEM && !compact_scanners_met(cc)) {
        ret = COMPACT_CONTENDED;
        break;
      }
      if (left.length > 0 && cc.direct_compaction && cc.mode === MIGRATE_ASYNC) {
        // The chunk cannot become whole: on to the next one.
        cc.migrate_pfn = Math.ceil(cc.migrate_pfn / 2 ** cc.order) * 2 ** cc.order;
        last_migrated = 0;
      }
    } else if (update_cached) z.compact_cached_migrate_pfn1[cc.zone] = z.compact_cached_migrate_pfn0[cc.zone] as number;
    // What was freed waits on a per-cpu list; merged it may be what is wanted.
    if (cc.order > 0 && last_migrated > 0 && last_migrated < Math.floor(cc.migrate_pfn / 2 ** cc.order) * 2 ** cc.order) {
      buddy.drain_all_pages(cc.zone, capc);
      last_migrated = 0;
    }
    if (capc !== undefined && capc.page >= 0) {
      ret = COMPACT_SUCCESS;
      break;
    }
    yield;
  }
  release_freepages(mm, buddy, cc);
  count_vm_events(mm, VM.compact_migrate_scanned, cc.total_migrate_scanned);
  count_vm_events(mm, VM.compact_free_scanned, cc.total_free_scanned);
  mm.trace(EV.mm_compaction_end, start, cc.migrate_pfn, cc.free_pfn, sync, ret);
  yield;
  return ret;
}
/** The next run looks at these frames again. */
function release_freepages(mm: Mm, buddy: Buddy, cc: CompactControl): void {
  if (cc.freepages.length === 0) return;
  const { compact_cached_free_pfn: cached } = mm.t.zone;
  const high = pageblock_start_pfn(Math.max(...cc.freepages));
  for (const pfn of cc.freepages.toReversed()) buddy.free_pages(pfn, 0);
  cc.freepages.length = 0;
  if (high > (cached[cc.zone] as number)) cached[cc.zone] = high;
}

/** All that can be, on one node: a write to its `compact`. Source: compact_node(). */
export function* compact_node(mm: Mm, buddy: Buddy, nid: number): Kthread<void> {
  for (let zone = 0; zone <= ZONE_MOVABLE; zone++) {
    const row = nid * MAX_NR_ZONES + zone;
    if (populated_zone(mm, row)) yield* compact_zone(mm, buddy, compact_control({ zone: row, order: -1, mode: MIGRATE_SYNC, ignore_skip_hint: true, whole_zone: true }));
  }
}
/** On all nodes: a write to /proc/sys/vm/compact_memory. Source: compact_nodes(). */
export function* compact_nodes(mm: Mm, buddy: Buddy): Kthread<void> {
  for (let nid = 0; nid < mm.t.sizes.nodes; nid++) if (((mm.t.node.state[nid] as number) & NODE_ONLINE) !== 0) yield* compact_node(mm, buddy, nid);
}
