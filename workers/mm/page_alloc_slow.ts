/**
 * Mirrors: __alloc_pages_slowpath() and what it calls, of mm/page_alloc.c (6.1): no zone is above its low mark. kswapd is woken, the min marks are tried, then the one who asks reclaims
 * for itself as long as that leads anywhere. Whoever gets nothing may call the OOM killer (mm/process_oom.ts): that needs processes, and is left to the callers.
 * Left out: reserves for atomic requests and dying tasks. Why: what asks here may always wait.
 */
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import { KIND_BALLOON, KIND_MEMMAP, KIND_THP } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import { MAX_RECLAIM_RETRIES } from './boost_watermark.ts';
import { PAGE_ALLOC_COSTLY_ORDER } from './compact_control.ts';
import type { Mm } from './mm.ts';

/** What there is beside the allocator when memory is short: set by whoever has threads and lists of pages. */
export interface Pressure {
  /** A zone is below its low mark, or its marks were boosted. Source: wakeup_kswapd(). */
  wakeup_kswapd(zone_row: number, order: number, highest_zoneidx: number): void;
  /** Pages freed. Source: try_to_free_pages(). */
  try_to_free_pages(order: number, highest_zoneidx: number, nid: number, nodemask: number): number;
  zone_reclaimable_pages(zone_row: number): number;
}

/** Huge pages at a fault are not worth waiting for: GFP_TRANSHUGE_LIGHT. */
const mayReclaim = (kind: number): boolean => kind !== KIND_THP;
/** A balloon takes what there is: __GFP_NORETRY. */
const mayRetry = (kind: number): boolean => kind !== KIND_BALLOON;

/** @param get the free lists, with the min marks; @param drain what waits on per-cpu lists goes back; @param has_chunk is there a free chunk of this order at least? */
export function createSlowpath(mm: Mm, pressure: Pressure, zonelist: (nid: number, highest_zoneidx: number) => readonly number[], drain: () => void, has_chunk: (zone_row: number, order: number) => boolean) {
  const { nr_free_pages, watermark_min, watermark_boost } = mm.t.zone;
  const protection = [mm.t.zone.protection0, mm.t.zone.protection1, mm.t.zone.protection2, mm.t.zone.protection3, mm.t.zone.protection4] as const;
  const allowed = (row: number, nodemask: number): boolean => (nodemask & (1 << Math.trunc(row / MAX_NR_ZONES))) !== 0;

  /** Would giving back all that can be given back be enough, and is there a chunk of the order? Source: the second half of should_reclaim_retry(). */
  function should_reclaim_retry(rows: readonly number[], order: number, nodemask: number, highest_zoneidx: number): boolean {
    for (const row of rows) {
      if (!allowed(row, nodemask)) continue;
      const reclaimable = pressure.zone_reclaimable_pages(row);
      const available = (nr_free_pages[row] as number) + reclaimable;
      const min_wmark = (watermark_min[row] as number) + (watermark_boost[row] as number) + ((protection[highest_zoneidx] as Int32Array)[row] as number);
      mm.trace(EV.reclaim_retry_zone, row, order, reclaimable, available, min_wmark);
      if (available - ((1 << order) - 1) > min_wmark && (order === 0 || has_chunk(row, order))) return true;
    }
    return false;
  }
  return {
    /** Source: wake_all_kswapds(): each node once. */
    wake_all_kswapds(order: number, highest_zoneidx: number, nid: number, nodemask: number, kind: number): void {
      if (!mayReclaim(kind)) return;
      let last = -1;
      for (const row of zonelist(nid, highest_zoneidx)) {
        const node = Math.trunc(row / MAX_NR_ZONES);
        if (node === last || !allowed(row, nodemask)) continue;
        last = node;
        pressure.wakeup_kswapd(row, order, highest_zoneidx);
      }
    },
    should_reclaim_retry,
    /** One round of reclaim, and a look at what it brought: the page, or -1; and pages freed. Source: __alloc_pages_direct_reclaim(). */
    reclaim_once(order: number, highest_zoneidx: number, nid: number, nodemask: number, get: () => number): { readonly pfn: number; readonly progress: number } {
      const progress = pressure.try_to_free_pages(order, highest_zoneidx, nid, nodemask);
      let pfn = progress > 0 ? get() : -1;
      if (progress > 0 && pfn < 0) {
        drain();
        pfn = get();
      }
      return { pfn, progress };
    },
    /** The page that reclaim brought, or -1. */
    reclaim_and_retry(order: number, highest_zoneidx: number, nid: number, nodemask: number, kind: number, get: () => number): number {
      if (!mayReclaim(kind)) return -1;
      const rows = zonelist(nid, highest_zoneidx);
      let reclaimed = 0;
      for (let no_progress_loops = 0; ; ) {
        const { pfn, progress } = this.reclaim_once(order, highest_zoneidx, nid, nodemask, get);
        if (pfn >= 0) return pfn;
        reclaimed += progress;
        // One round is all that a large chunk is worth: who insists (__GFP_RETRY_MAYFAIL) compacts in between, and asks direct_compact.ts. Before, __GFP_REPEAT: until as much was reclaimed.
        const repeats = kind === KIND_MEMMAP && mm.edition.alloc.memmap_repeat === 1 && reclaimed < 1 << order;
        if (!mayRetry(kind) || (order > PAGE_ALLOC_COSTLY_ORDER && !repeats)) return -1;
        if (mm.edition.reclaim.retry_on_progress === 1) {
          if (progress > 0) continue;
          return -1;
        }
        no_progress_loops = progress > 0 ? 0 : no_progress_loops + 1;
        if (no_progress_loops > MAX_RECLAIM_RETRIES || !should_reclaim_retry(rows, order, nodemask, highest_zoneidx)) return -1;
      }
    },
  };
}
export type Slowpath = ReturnType<typeof createSlowpath>;
