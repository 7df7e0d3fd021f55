/**
 * Mirrors: __alloc_pages_direct_compact(), the compaction half of __alloc_pages_slowpath() (mm/page_alloc.c), try_to_compact_pages() (mm/compaction.c, 6.1): a request of a higher order
 * that found no chunk makes one.
 */
import { runToEnd } from '../kernel/kthread.ts';
import { MIGRATE_MOVABLE } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import {
  COMPACT_COMPLETE, COMPACT_CONTENDED, COMPACT_CONTINUE, COMPACT_DEFERRED, COMPACT_NOT_SUITABLE_ZONE, COMPACT_PARTIAL_SKIPPED, COMPACT_PRIO_ASYNC, COMPACT_PRIO_SYNC_FULL, COMPACT_PRIO_SYNC_LIGHT, COMPACT_SKIPPED,
  COMPACT_SUCCESS, MIGRATE_ASYNC, MIGRATE_SYNC_LIGHT, PAGE_ALLOC_COSTLY_ORDER,
} from './compact_control.ts';
import { compaction_defer_reset, compaction_deferred, defer_compaction } from './compact_defer.ts';
import { MAX_RECLAIM_RETRIES } from './boost_watermark.ts';
import { compact_control, compact_zone, compaction_suitable } from './compaction.ts';
import { __GFP_DIRECT_RECLAIM, __GFP_IO, __GFP_KSWAPD_RECLAIM, __GFP_NORETRY, __GFP_RETRY_MAYFAIL } from './gfp.ts';
import type { CaptureControl } from './capture.ts';
import { configured, type Mm } from './mm.ts';
import { page_zone_row, zone_to_nid } from './mmzone.ts';
import { ALL_NODES, type AllocRequest, type Buddy } from './page_alloc.ts';
import { count_vm_event, VM } from './vm_event.ts';
import { ALLOC_CMA, ALLOC_WMARK_MIN } from './zone_watermark.ts';

/** What compaction came to, COMPACT_*, and the chunk it made for the caller, -1: it made none, or there are others. */
interface Compacted {
  readonly result: number;
  readonly captured: number;
}
/** Zones the request may be served from, by preference. */
const zonesFor = (buddy: Buddy, { highest_zoneidx, nid, nodemask = ALL_NODES }: AllocRequest): readonly number[] =>
  nodemask === ALL_NODES ? buddy.zonelist(nid, highest_zoneidx) : buddy.zonelist(nid, highest_zoneidx).filter((row) => (nodemask & (1 << zone_to_nid(row))) !== 0);

/** Zone after zone until one has a chunk: the best COMPACT_* of them. */
function try_to_compact_pages(mm: Mm, buddy: Buddy, request: AllocRequest, gfp: number, prio: number, kthread: boolean): Compacted {
  if (!configured(mm, 'COMPACTION') || (gfp & __GFP_IO) === 0) return { result: COMPACT_SKIPPED, captured: -1 };
  const { order, migratetype, highest_zoneidx } = request;
  mm.trace(EV.mm_compaction_try_to_compact_pages, order, gfp, prio);
  const everything = prio === COMPACT_PRIO_SYNC_FULL;
  let rc = COMPACT_SKIPPED;
  let captured = -1;
  for (const zone of zonesFor(buddy, request)) {
    if (!everything && compaction_deferred(mm, zone, order)) {
      rc = Math.max(COMPACT_DEFERRED, rc);
      continue;
    }
    const capc: CaptureControl | undefined = mm.edition.compaction.capture && !kthread ? { zone, order, page: -1 } : undefined;
    const came = runToEnd(compact_zone(mm, buddy, compact_control({
      zone, order, gfp, migratetype, highest_zoneidx, mode: prio === COMPACT_PRIO_ASYNC ? MIGRATE_ASYNC : MIGRATE_SYNC_LIGHT, alloc_flags: ALLOC_WMARK_MIN | (migratetype === MIGRATE_MOVABLE ? ALLOC_CMA : 0),
      direct_compaction: true, whole_zone: everything, ignore_skip_hint: everything, ignore_block_suitable: everything,
    }), capc));
    captured = capc?.page ?? -1;
    const status = captured >= 0 ? COMPACT_SUCCESS : came;
    rc = Math.max(status, rc);
    if (status === COMPACT_SUCCESS) {
      compaction_defer_reset(mm, zone, order, false);
      break;
    }
    if (prio !== COMPACT_PRIO_ASYNC && (status === COMPACT_COMPLETE || status === COMPACT_PARTIAL_SKIPPED)) defer_compaction(mm, zone, order);
    if (mm.signal_pending()) break;
  }
  return { result: rc, captured };
}

/** Compacts once and asks again: the pfn (-1: none), and what compaction came to. */
function __alloc_pages_direct_compact(mm: Mm, buddy: Buddy, request: AllocRequest, gfp: number, prio: number, kthread: boolean): { readonly pfn: number; readonly result: number } {
  const { result, captured } = try_to_compact_pages(mm, buddy, request, gfp, prio, kthread);
  if (result === COMPACT_SKIPPED) return { pfn: -1, result };
  count_vm_event(mm, VM.compact_stall);
  if (captured >= 0) buddy.prep_captured(captured, request);
  const pfn = captured >= 0 ? captured : buddy.alloc_pages_no_reclaim(request);
  count_vm_event(mm, pfn < 0 ? VM.compact_fail : VM.compact_success);
  if (pfn < 0) return { pfn, result };
  const row = page_zone_row(mm, pfn);
  mm.t.zone.compact_blockskip_flush[row] = 0;
  compaction_defer_reset(mm, row, request.order, true);
  return { pfn, result };
}

function wake_all_kswapds(mm: Mm, zones: readonly number[], { order, highest_zoneidx }: AllocRequest): void {
  for (const node of new Set(zones.map(zone_to_nid))) mm.wakeup_kswapd?.(node, order, highest_zoneidx);
}

/** Rounds that compaction which makes progress may go on for; a quarter of them for large orders. */
const MAX_COMPACT_RETRIES = 16;
/** What the loop of the slow path has tried so far. */
interface Tried {
  prio: number;
  /** Rounds in which compaction made a chunk that somebody else got; rounds in which reclaim freed nothing. */
  compactions: number;
  no_progress_loops: number;
}
/** Could any zone be compacted if all were freed that can be? Source: compaction_zonelist_suitable(). */
function compaction_zonelist_suitable(mm: Mm, buddy: Buddy, request: AllocRequest): boolean {
  const { order, highest_zoneidx } = request;
  return zonesFor(buddy, request).some((row) => {
    const available = Math.trunc(buddy.zone_reclaimable_pages(row) / order);
    return compaction_suitable(mm, row, order, ALLOC_WMARK_MIN, highest_zoneidx, available) === COMPACT_CONTINUE;
  });
}
/** Is another round of compaction worth it, and how thorough? Source: should_compact_retry(). */
function should_compact_retry(mm: Mm, buddy: Buddy, request: AllocRequest, result: number, tried: Tried): boolean {
  if (request.order === 0 || mm.signal_pending()) return false;
  const costly = request.order > PAGE_ALLOC_COSTLY_ORDER;
  if (result === COMPACT_SUCCESS) tried.compactions++;
  if (result === COMPACT_SKIPPED || result === COMPACT_NOT_SUITABLE_ZONE) return compaction_zonelist_suitable(mm, buddy, request);
  const failed = result === COMPACT_COMPLETE;
  const withdrawn = result === COMPACT_DEFERRED || result === COMPACT_CONTENDED || result === COMPACT_PARTIAL_SKIPPED;
  if (!failed && !withdrawn && tried.compactions <= (costly ? MAX_COMPACT_RETRIES / 4 : MAX_COMPACT_RETRIES)) return true;
  if (tried.prio <= (costly ? COMPACT_PRIO_SYNC_LIGHT : COMPACT_PRIO_SYNC_FULL)) return false;
  tried.prio--;
  tried.compactions = 0;
  return true;
}
/** Source: should_reclaim_retry(). */
function should_reclaim_retry(buddy: Buddy, request: AllocRequest, progress: number, tried: Tried): boolean {
  tried.no_progress_loops = progress > 0 && request.order <= PAGE_ALLOC_COSTLY_ORDER ? 0 : tried.no_progress_loops + 1;
  if (tried.no_progress_loops > MAX_RECLAIM_RETRIES) return buddy.unreserve_highatomic_pageblock(request.nid, request.highest_zoneidx, request.migratetype, true);
  return buddy.should_reclaim_retry(request);
}

/**
 * A request that may sleep: the page, or -1. First what is free; a chunk of more than eight pages, or of memory that cannot move later, is then made by the quick kind of compaction; then
 * reclaim and compaction take turns, as long as the caller insists and one of both may help. `kthread`: a thread of the kernel asks, which captures nothing.
 * Source: __alloc_pages_slowpath().
 */
export function alloc_pages_compacting(mm: Mm, buddy: Buddy, request: AllocRequest, gfp: number, kthread = false): number {
  const pfn = slowpath(mm, buddy, request, gfp, kthread);
  if (pfn < 0) buddy.note_failure(request);
  return pfn;
}
function slowpath(mm: Mm, buddy: Buddy, request: AllocRequest, gfp: number, kthread: boolean): number {
  const first = buddy.alloc_pages_no_reclaim(request);
  const { order, migratetype } = request;
  if (first >= 0) return first;
  const zones = zonesFor(buddy, request);
  if (zones.length === 0) return -1;
  if ((gfp & __GFP_KSWAPD_RECLAIM) !== 0) wake_all_kswapds(mm, zones, request);
  if (order === 0 || (gfp & __GFP_DIRECT_RECLAIM) === 0) return -1;
  const costly = order > PAGE_ALLOC_COSTLY_ORDER;
  const noretry = (gfp & __GFP_NORETRY) !== 0;
  if (costly || migratetype !== MIGRATE_MOVABLE) {
    const { pfn, result } = __alloc_pages_direct_compact(mm, buddy, request, gfp, COMPACT_PRIO_ASYNC, kthread);
    if (pfn >= 0) return pfn;
    if (costly && noretry && (result === COMPACT_SKIPPED || result === COMPACT_DEFERRED)) return -1;
  }
  const tried: Tried = { prio: costly && noretry ? COMPACT_PRIO_ASYNC : COMPACT_PRIO_SYNC_LIGHT, compactions: 0, no_progress_loops: 0 };
  for (;;) {
    const { pfn: reclaimed, progress } = buddy.alloc_pages_direct_reclaim(request);
    if (reclaimed >= 0) return reclaimed;
    const { pfn, result } = __alloc_pages_direct_compact(mm, buddy, request, gfp, tried.prio, kthread);
    if (pfn >= 0) return pfn;
    if (noretry || (costly && (gfp & __GFP_RETRY_MAYFAIL) === 0)) return -1;
    if (should_reclaim_retry(buddy, request, progress, tried)) continue;
    if (progress === 0 || !should_compact_retry(mm, buddy, request, result, tried)) return -1;
  }
}
