/**
 * Mirrors: mm/page_alloc.c (6.1): who gets which pages: zonelists, watermark checks, per-cpu lists before buddy lists, freeing. The lists themselves are free_area.ts and pcp.ts.
 * Left out: reclaim and compaction on the way: page_alloc_slow.ts.
 * Shape: closures over constant views, because that is what V8 compiles best (research, §2); every number here is a pfn, a page count or a table row. README, "Rules that keep it fast".
 */
import { SECTION_GOING_OFFLINE } from '../uapi/memory_block.ts';
import { writeFailedAllocation } from '../uapi/failed_alloc.ts';
import { freeRow, H_GENERATION, H_SEQ, PB_COLD, PCP_LISTS, PCP_TYPES, STATE_ALLOC, STATE_BUDDY, STATE_ORDER, STATE_PCP, ZONE_RECLAIM_ACTIVE } from '../uapi/layout.ts';
import { MAX_NR_ZONES, MIGRATE_CMA, MIGRATE_HIGHATOMIC, MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_TYPES, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_FREE, KIND_ISOLATED, KIND_MASK, KIND_THP } from '../uapi/page_kind.ts';
import { ftraceOf, LISTENED, NOBODY, TOLD_ABOVE } from '../kernel/ftrace.ts';
import { GFP_TEXTS, TE_PAGE_ALLOC, TE_PAGE_FREE } from '../uapi/trace_events.ts';
import { allocStat } from './alloc_stat.ts';
import { boost_watermark } from './boost_watermark.ts';
import { type CaptureControl, createCapture } from './capture.ts';
import { createChunkFrames } from './chunk_frames.ts';
import { createFallback } from './fallback.ts';
import { createFreeArea } from './free_area.ts';
import { createPageMover, type PageMover } from './migrate_page.ts';
import { M_GROUPING_DISABLED, type Mm } from './mm.ts';
import { createSlowpath, type Pressure, type Slowpath } from './page_alloc_slow.ts';
import { set_pageblock_migratetype, typeBlockPages } from './mmzone.ts';
import { createPcp } from './pcp.ts';
import { zoneReclaim } from './zone_reclaim.ts';
import { createZonelists } from './zonelists.ts';

export interface AllocRequest {
  readonly order: number;
  readonly migratetype: number;
  /** gfp_zone(): highest zone index allowed. */
  readonly highest_zoneidx: number;
  /** Node whose zonelist is walked. */
  readonly nid: number;
  /** Nodes allowed, as a bit mask; absent: all. */
  readonly nodemask?: number;
  /** KIND_* the frames become. */
  readonly kind: number;
}
/** All nodes. */
export const ALL_NODES = -1;

export interface Buddy {
  /** Frees a chunk at boot or when memory comes online: to the tail, merging. Source: __free_pages_core(). */
  __free_pages_core(pfn: number, order: number): void;
  /** A whole section of one zone that nobody has touched goes to the allocator at once, and costs nothing until somebody does. */
  free_virgin_section(nr: number): void;
  /** Places exactly this chunk on a list's tail without merging: loading a picture of a machine. */
  add_free_chunk(pfn: number, order: number, migratetype: number): void;
  /** Chunks of one order in a zone, all types together: what /proc/buddyinfo prints. */
  nr_free(zone_row: number, order: number): number;
  /** Chunks on one list, counted by walking it, as /proc/pagetypeinfo does. */
  nr_free_type(zone_row: number, order: number, migratetype: number): number;
  /** pfn, or -1: no zone on the list had a chunk above its watermark. */
  alloc_pages(request: AllocRequest): number;
  /** The same without reclaim of its own: the low marks, then, kswapd told (unless it is not worth that), the min marks. For who compacts before it reclaims (direct_compact.ts). */
  alloc_pages_no_reclaim(request: AllocRequest, wakes?: boolean): number;
  /** One round of direct reclaim for a request, and another look: the page, -1 = none, and pages freed. Source: __alloc_pages_direct_reclaim(). */
  alloc_pages_direct_reclaim(request: AllocRequest): { readonly pfn: number; readonly progress: number };
  /** A request is given up: what the zones had is kept for whoever asks why (uapi/failed_alloc.ts). alloc_pages() does it by itself. */
  note_failure(request: AllocRequest): void;
  /** Could giving back all that can be given back make room for it? False without reclaim. Source: should_reclaim_retry(). */
  should_reclaim_retry(request: AllocRequest): boolean;
  /** Pages of a zone that could be given back. Source: zone_reclaimable_pages(). */
  zone_reclaimable_pages(zone_row: number): number;
  /** The same as alloc_pages() without an object, for loops. `nodemask`: ALL_NODES, or a bit for each node allowed. */
  __alloc_pages(order: number, migratetype: number, highest_zoneidx: number, nid: number, nodemask: number, kind: number): number;
  /**
   * GFP_ATOMIC: the caller cannot sleep and may go below the marks. One of a higher order sets its pageblock aside for its like, up to 1 % of the zone (MIGRATE_HIGHATOMIC).
   * Source: reserve_highatomic_pageblock().
   */
  alloc_pages_atomic(request: AllocRequest): number;
  /**
   * Memory is short: one pageblock kept for atomic requests serves everybody again, on the lists of `migratetype`. True: pages were freed by it. Unless forced, each zone keeps one.
   * Source: unreserve_highatomic_pageblock().
   */
  unreserve_highatomic_pageblock(nid: number, highest_zoneidx: number, migratetype: number, force: boolean): boolean;
  /** Gives an allocated chunk back. Owner, tag and cold columns are cleared. */
  free_pages(pfn: number, order: number): void;
  /** Moves the free chunks of one pageblock to another type's lists; pages moved. Source: move_freepages_block(). */
  move_freepages_block(pfn: number, migratetype: number): number;
  /** Takes a free chunk off its list without giving it to anybody. */
  del_page_from_free_list(pfn: number): void;
  /** Un-isolating a pageblock: chunks of pageblock order or more are freed again so that they merge. Source: unset_migratetype_isolate(). */
  unset_isolate_freepages(pfn: number, migratetype: number): void;
  /** Splits the free chunk that holds `pfn` so that none crosses it. Source: split_free_page(). */
  split_free_page_at(pfn: number): number;
  /** Undoes a split of a chunk of this order, as far as the pieces before `pfn` are still free: it is one again, at the tail of its list. */
  rejoin_free_page_at(pfn: number, order: number): void;
  /** Takes one frame out of the free chunk it is in; the rest stays free. False: it is not free. Source: take_page_off_buddy(). */
  take_page_off_buddy(pfn: number): boolean;
  /** Zone rows in the order they are tried: nearest node first, inside a node from the highest populated zone down. */
  zonelist(nid: number, highest_zoneidx: number): readonly number[];
  /** Makes the zonelists anew: after boot, and when a zone became populated or empty. */
  build_all_zonelists(): void;
  /** What waits on per-cpu lists goes back to the buddy lists: of one zone, or of all. `capc`: unless it completes the chunk that is waited for. Source: drain_all_pages(). */
  drain_all_pages(zone_row?: number, capc?: CaptureControl): void;
  /** A chunk that was captured is its owner's. Source: prep_new_page(). */
  prep_captured(pfn: number, request: Pick<AllocRequest, 'order' | 'migratetype' | 'highest_zoneidx' | 'kind'>): void;
  /** A zone's per-cpu lists keep nothing while part of it is taken away. */
  zone_pcp_disable(zone_row: number): void;
  zone_pcp_enable(zone_row: number): void;
  /** Before a path reads the states of a section's frames itself: what SECTION.virgin stands for is written. */
  touch_section(nr: number): void;
  /** What helps when memory is short; without it an allocation that finds nothing fails. */
  under_pressure(pressure: Pressure | undefined): void;
  /** Moving single pages, one by one. */
  readonly mover: PageMover;
}

const GFP_KERNEL = GFP_TEXTS.indexOf('GFP_KERNEL');
const GFP_HIGHUSER_MOVABLE = GFP_TEXTS.indexOf('GFP_HIGHUSER_MOVABLE');
const GFP_RECLAIMABLE = GFP_TEXTS.indexOf('GFP_KERNEL|__GFP_RECLAIMABLE');
const GFP_TRANSHUGE = GFP_TEXTS.indexOf('GFP_TRANSHUGE');

export function createBuddy(mm: Mm): Buddy {
  const { listening, emit } = ftraceOf(mm.t);
  const { state, kind, tag, next, prev, owner } = mm.t.memmap;
  const { head: pcp_head, tail: pcp_tail } = mm.t.pcp;
  const { next: chunk_next } = mm.t.chunk;
  const { migratetype: pb_type, zone: pb_zone, flags: pb_flags, generation, dirty } = mm.t.pageblock;
  const { head, nr_free } = mm.t.free_area;
  const { nr_free_pages, watermark_min, watermark_low, watermark_boost, managed_pages, present_pages, pageset_count, pcp_batch, pcp_high, pcp_free_factor, flags, nr_reserved_highatomic, cma_pages, nr_free_cma } = mm.t.zone;
  const { protection0, protection1, protection4 } = mm.t.zone;
  /** Five columns side by side as one: row highest_zoneidx * reserve_stride + zone row. */
  const reserve_stride = (protection1.byteOffset - protection0.byteOffset) / protection0.BYTES_PER_ELEMENT;
  const lowmem_reserve = new Int32Array(mm.t.buffer as ArrayBuffer, protection0.byteOffset, reserve_stride * 4 + protection4.length);
  const { header } = mm.t;
  const { word } = mm.t.misc;
  const { state: section_state } = mm.t.section;
  const { MAX_ORDER, pageblock_order: order_of_block } = mm.geometry;
  const block_pages = typeBlockPages(mm);
  const max_pfn = state.length;
  const { nodes } = mm.t.sizes;
  const every_node = nodes === 32 ? -1 : (1 << nodes) - 1;
  const { core_free_to_tail, merge_by_type, take_found_fallback, reserve_type, pcp_costly_order, pcp_thp, pcp_scaled, nofragment: avoids_fragments, group_by_mobility, intercept_freed, isolated_counts } = mm.edition.alloc;
  const { boost_factor } = mm.edition.watermarks;
  const { lists_by_zone } = mm.edition.reclaim;
  const { allocated, taken, numa_miss, numa_foreign } = allocStat(mm);
  /** Rows of ZONE: between two orders of `allocated`. */
  const zone_rows = nodes * MAX_NR_ZONES;
  const { pages_scanned, all_unreclaimable } = zoneReclaim(mm);
  /** Does the kernel have per-cpu lists by type? Then most requests are served, and most pages freed, on a short way. */
  const short_ways = pcp_costly_order >= 0 && group_by_mobility === 1;
  /** The order freed in line: 0, where there are per-cpu lists. */
  const order_in_line = pcp_costly_order >= 0 ? 0 : -1;
  const { kind2, paint, wipe, stamp, keep_broken, clear_cold } = createChunkFrames(mm);
  const area = createFreeArea(mm);
  const { __free_one_page, __rmqueue_smallest, add_to_free_list_tail, del_page_from_free_list, free_head, move_freepages_block } = area;
  const short: { slowpath: Slowpath | undefined; pressure: Pressure | undefined } = { slowpath: undefined, pressure: undefined };
  const { __rmqueue_fallback, take_fallback } = createFallback(mm, area, (row) => {
    if (boost_factor > 0 && boost_watermark(mm, row, boost_factor)) short.pressure?.wakeup_kswapd(row, 0, row % MAX_NR_ZONES);
  });
  const pcp = createPcp(mm, area, __rmqueue);
  const free_or_capture = createCapture(mm, area);
  const { rmqueue_pcplist, rmqueue_bulk, rmqueue_run, free_unref_page } = pcp;

  const typeOf = (pfn: number): number => pb_type[pfn >>> pageblock_order]!;
  const zoneOf = (pfn: number): number => pb_zone[pfn >>> pageblock_order]! - 1;

  function __rmqueue(zone_row: number, order: number, mt: number, nofragment: boolean): number {
    const cma = mt === MIGRATE_MOVABLE && cma_pages[zone_row]! > 0;
    if (cma && nr_free_cma[zone_row]! > nr_free_pages[zone_row]! >> 1) {
      const pfn = __rmqueue_cma_fallback(zone_row, order);
      if (pfn >= 0) return pfn;
    }
    for (;;) {
      let pfn = __rmqueue_smallest(zone_row, order, mt);
      if (pfn < 0 && cma) pfn = __rmqueue_cma_fallback(zone_row, order);
      if (pfn >= 0) return pfn;
      if (take_found_fallback === 1) {
        const found = take_fallback(zone_row, order, mt);
        return found >= 0 || reserve_type < 0 ? found : __rmqueue_smallest(zone_row, order, reserve_type);
      }
      if (!__rmqueue_fallback(zone_row, order, mt, nofragment)) return -1;
    }
  }
  /** Movable pages borrow what is set aside for devices: from the start when more than half of what is free is that, else before a pageblock of another type is broken into. */
  function __rmqueue_cma_fallback(zone_row: number, order: number): number {
    const pfn = __rmqueue_smallest(zone_row, order, MIGRATE_CMA);
    if (pfn >= 0) nr_free_cma[zone_row] = nr_free_cma[zone_row]! - (1 << order);
    return pfn;
  }
  const pcp_allowed = (order: number): boolean => order <= pcp_costly_order || (pcp_thp === 1 && order === order_of_block);
  /** Source: rmqueue(). */
  function rmqueue(zone_row: number, order: number, mt: number, nofragment: boolean, atomic: boolean): number {
    if (pcp_allowed(order)) {
      const pfn = rmqueue_pcplist(zone_row, order, mt, nofragment);
      if (pfn >= 0) {
        handed_out(zone_row, order);
        return pfn;
      }
    }
    let pfn = atomic && order > 0 && reserves_highatomic ? __rmqueue_smallest(zone_row, order, MIGRATE_HIGHATOMIC) : -1;
    if (pfn < 0) pfn = __rmqueue(zone_row, order, mt, nofragment);
    if (pfn >= 0) {
      nr_free_pages[zone_row] = nr_free_pages[zone_row]! - (1 << order);
      taken[zone_row] = taken[zone_row]! + (1 << order);
      handed_out(zone_row, order);
    }
    return pfn;
  }
  /** PGALLOC, and NUMA_HIT unless zone_statistics() says otherwise. */
  function handed_out(zone_row: number, order: number): void {
    const at = order * zone_rows + zone_row;
    allocated[at] = allocated[at]! + 1;
  }
  /** A zone of another node than the one it was wanted of gave a page. */
  function zone_statistics(preferred_row: number, zone_row: number): void {
    if (Math.trunc(preferred_row / MAX_NR_ZONES) === Math.trunc(zone_row / MAX_NR_ZONES)) return;
    numa_miss[zone_row] = numa_miss[zone_row]! + 1;
    numa_foreign[preferred_row] = numa_foreign[preferred_row]! + 1;
  }

  /** Kernels since 4.4; before, the same number was MIGRATE_RESERVE. */
  const reserves_highatomic = group_by_mobility === 1 && reserve_type < 0;
  /** Types any request may have in the end. */
  const usable_types = Math.max(MIGRATE_RECLAIMABLE, reserve_type);

  /**
   * Mirrors zone_watermark_fast(): enough left after this one, and a chunk of the order at all. Pages set aside for lower zones count as gone, those kept for atomic requests too,
   * unless this is one: then three eighths of the mark will do (ALLOC_HIGH, ALLOC_HARDER). Those of devices count for movable requests alone (ALLOC_CMA).
   */
  function zone_watermark_ok(zone_row: number, order: number, mt: number, mark: number, highest_zoneidx: number, atomic: boolean): boolean {
    const reserve = lowmem_reserve[highest_zoneidx * reserve_stride + zone_row]!;
    const half = mark - (mark >> 1);
    const least = (atomic ? half - (half >> 2) : mark + nr_reserved_highatomic[zone_row]!) + (mt === MIGRATE_MOVABLE ? 0 : nr_free_cma[zone_row]!);
    if (nr_free_pages[zone_row]! - ((1 << order) - 1) <= least + reserve) return false;
    return order === 0 || has_chunk(zone_row, order, mt, atomic);
  }
  function has_chunk(zone_row: number, order: number, wanted: number, atomic: boolean): boolean {
    for (let o = order | 0, row = freeRow(MAX_ORDER, zone_row, order, 0); o < MAX_ORDER; o++, row += MIGRATE_TYPES) {
      if (nr_free[row] === 0) continue;
      if (head[row + wanted]! >= 0) return true;
      for (let mt = 0; mt <= usable_types; mt++) if (head[row + mt]! >= 0) return true;
      if (wanted === MIGRATE_MOVABLE && head[row + MIGRATE_CMA]! >= 0) return true;
      if (atomic && reserves_highatomic && head[row + MIGRATE_HIGHATOMIC]! >= 0) return true;
    }
    return false;
  }

  const { preferred, zonelist, build_all_zonelists, looked_at_twice, looked_at_once } = createZonelists(mm);

  function prep_new_page(pfn: number, order: number, new_kind: number): void {
    pfn |= 0;
    order |= 0;
    new_kind |= 0;
    state[pfn] = STATE_ALLOC | order;
    if (order === 0) kind[pfn] = new_kind;
    else paint(pfn, order, new_kind);
    stamp(pfn, order);
  }

  /** First attempts leave the pageblocks of other types alone, where lower zones of the node can help. Source: alloc_flags_nofragment(). */
  function alloc_nofragment(first: number): boolean {
    return avoids_fragments === 1 && first % MAX_NR_ZONES === ZONE_NORMAL && (nodes === 1 || present_pages[first - ZONE_NORMAL + ZONE_DMA32]! > 0);
  }
  function get_page_from_freelist(rows: readonly number[], order: number, mt: number, highest_zoneidx: number, nodemask: number, new_kind: number, marks: Int32Array, careful: boolean, atomic = false): number {
    let nofragment = careful;
    let near = -1;
    /** The first zone that may be asked. */
    let preferred_row = -1;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (nodemask !== ALL_NODES || nofragment) {
        const nid = (row / MAX_NR_ZONES) | 0;
        if ((nodemask & (1 << nid)) === 0) continue;
        if (near < 0) near = nid;
        // Being near is worth more than tidy pageblocks.
        if (nofragment && nid !== near) break;
      }
      if (preferred_row < 0) preferred_row = row;
      if (!zone_watermark_ok(row, order, mt, marks[row]! + watermark_boost[row]!, highest_zoneidx, atomic)) continue;
      const pfn = rmqueue(row, order, mt, nofragment, atomic);
      if (pfn < 0) continue;
      zone_statistics(preferred_row, row);
      if (atomic && order > 0) reserve_highatomic_pageblock(pfn, row);
      prep_new_page(pfn, order, new_kind);
      return pfn;
    }
    if (!nofragment) return -1;
    nofragment = false;
    return get_page_from_freelist(rows, order, mt, highest_zoneidx, nodemask, new_kind, marks, false);
  }

  // Several functions: this one is small enough for V8 to put it into the loops that call it, together with free_pages(), and alloc_from() too large to be put into this one.
  function __alloc_pages(order: number, migratetype: number, highest_zoneidx: number, nid: number, nodemask: number, new_kind: number): number {
    if (short_ways && nodemask === ALL_NODES && listening[0] !== LISTENED) {
      // The common case: the first zone is above its low mark. zone_watermark_fast().
      const zone_row = preferred[nid * MAX_NR_ZONES + highest_zoneidx]!;
      if (zone_row >= 0 && nr_free_pages[zone_row]! - (1 << order) >= watermark_low[zone_row]! + watermark_boost[zone_row]! + lowmem_reserve[highest_zoneidx * reserve_stride + zone_row]!) {
        if (order === 0) {
          const row = zone_row * PCP_LISTS + migratetype;
          const pfn = pcp_head[row]!;
          if (pfn >= 0) {
            // And its per-cpu list has a page, in line. rmqueue_pcplist().
            pcp_free_factor[zone_row] = pcp_free_factor[zone_row]! >> 1;
            const n = next[pfn]!;
            pcp_head[row] = n;
            if (n < 0) pcp_tail[row] = n;
            else {
              prev[n] = ~row;
              dirty[n >>> pageblock_order] = 1;
            }
            pageset_count[zone_row] = pageset_count[zone_row]! - 1;
            allocated[zone_row] = allocated[zone_row]! + 1;
            state[pfn] = STATE_ALLOC;
            kind[pfn] = new_kind;
            generation[pfn >>> pageblock_order] = header[H_GENERATION]! + 1;
            return pfn;
          }
        }
        return alloc_from(zone_row, order, migratetype, highest_zoneidx, nid, new_kind);
      }
    }
    return alloc_any(order, migratetype, highest_zoneidx, nid, nodemask, new_kind);
  }
  /** From a zone that is above its low mark with this request: from the per-cpu lists, or from the buddy lists where those never keep the order; else after a closer look, at all zones. */
  function alloc_from(zone_row: number, order: number, mt: number, highest_zoneidx: number, nid: number, new_kind: number): number {
    zone_row |= 0;
    order |= 0;
    mt |= 0;
    new_kind |= 0;
    // Mostly the list of the very order and type has a chunk.
    if (order === 0 || head[(Math.imul(Math.imul(zone_row, MAX_ORDER) + order, MIGRATE_TYPES) + mt) | 0]! >= 0 || has_chunk(zone_row, order, mt, false)) {
      if (order <= pcp_costly_order) {
        const row = (Math.imul(zone_row, PCP_LISTS) + Math.imul(order, PCP_TYPES) + mt) | 0;
        let pfn = pcp_head[row]!;
        if (pfn < 0) pfn = refill(zone_row, order, row, mt);
        if (pfn >= 0) {
          pcp_free_factor[zone_row] = pcp_free_factor[zone_row]! >> 1;
          const n = next[pfn]!;
          pcp_head[row] = n;
          if (n < 0) pcp_tail[row] = n;
          else {
            prev[n] = ~row;
            dirty[n >>> pageblock_order] = 1;
          }
          pageset_count[zone_row] = (pageset_count[zone_row]! - (1 << order)) | 0;
          handed_out(zone_row, order);
          state[pfn] = STATE_ALLOC | order;
          if (order === 0) kind[pfn] = new_kind;
          else {
            // Of an order up to 3: two frames at a time, in four writes whatever the order, of which some are the same. No processor foresees which order comes next.
            const two = new_kind | (new_kind << 8);
            const at2 = pfn >>> 1;
            const pairs = 1 << (order - 1);
            kind2[at2] = two;
            kind2[at2 + (pairs >>> 2)] = two;
            kind2[at2 + (pairs >>> 1)] = two;
            kind2[at2 + pairs - 1] = two;
          }
          generation[pfn >>> pageblock_order] = header[H_GENERATION]! + 1;
          return pfn;
        }
      } else if (order !== order_of_block) {
        const pfn = __rmqueue_smallest(zone_row, order, mt);
        if (pfn >= 0) {
          nr_free_pages[zone_row] = nr_free_pages[zone_row]! - (1 << order);
          taken[zone_row] = taken[zone_row]! + (1 << order);
          handed_out(zone_row, order);
          prep_new_page(pfn, order, new_kind);
          return pfn;
        }
      }
    }
    return alloc_slow(order, mt, highest_zoneidx, nid, ALL_NODES, new_kind);
  }
  function alloc_any(order: number, migratetype: number, highest_zoneidx: number, nid: number, nodemask: number, new_kind: number): number {
    order |= 0;
    if (listening[0] === LISTENED) return alloc_told(order, migratetype, highest_zoneidx, nid, nodemask, new_kind);
    const mt = typeFor(migratetype | 0);
    const mask = (nodemask & every_node) === every_node ? ALL_NODES : nodemask;
    const zone_row = mask === ALL_NODES ? preferred[nid * MAX_NR_ZONES + highest_zoneidx]! : -1;
    if (zone_row >= 0 && nr_free_pages[zone_row]! - (1 << order) >= low_mark(zone_row, highest_zoneidx)) {
      return alloc_from(zone_row, order, mt, highest_zoneidx, nid, new_kind);
    }
    return alloc_slow(order, mt, highest_zoneidx, nid, mask, new_kind);
  }
  /** The same while somebody listens. */
  function alloc_told(order: number, migratetype: number, highest_zoneidx: number, nid: number, nodemask: number, new_kind: number): number {
    listening[0] = TOLD_ABOVE;
    const pfn = __alloc_pages(order, migratetype, highest_zoneidx, nid, nodemask, new_kind);
    listening[0] = LISTENED;
    if (pfn >= 0) tell_alloc(pfn, order, migratetype, highest_zoneidx, new_kind);
    return pfn;
  }
  function tell_alloc(pfn: number, order: number, migratetype: number, highest_zoneidx: number, new_kind: number): void {
    const gfp = new_kind === KIND_THP ? GFP_TRANSHUGE : highest_zoneidx >= ZONE_MOVABLE ? GFP_HIGHUSER_MOVABLE : migratetype === MIGRATE_RECLAIMABLE ? GFP_RECLAIMABLE : GFP_KERNEL;
    emit(TE_PAGE_ALLOC, pfn, order, gfp, migratetype);
  }
  /** An empty per-cpu list gets a batch; its first chunk, below 0: there is none to be had. */
  function refill(zone_row: number, order: number, row: number, mt: number): number {
    const batch = pcp_batch[zone_row]!;
    const count = batch > 1 && pcp_scaled === 1 ? Math.max(batch >> order, 2) : batch;
    // Whoever listens hears of every chunk.
    const taken = listening[0] === NOBODY ? rmqueue_run(zone_row, order, count, row, mt) : 0;
    if (taken < count) rmqueue_bulk(zone_row, order, count - taken, row, mt, alloc_nofragment(zone_row));
    return pcp_head[row]!;
  }
  function direct_zone(highest_zoneidx: number, nid: number, nodemask: number): number {
    if (listening[0] !== NOBODY) return -1;
    const zone_row = preferred[nid * MAX_NR_ZONES + highest_zoneidx]!;
    return short_ways && (nodemask & every_node) === every_node && zone_row >= 0 && pcp_batch[zone_row] === 1 ? zone_row : -1;
  }
  const low_mark = (zone_row: number, highest_zoneidx: number): number =>
    watermark_low[zone_row]! + watermark_boost[zone_row]! + lowmem_reserve[highest_zoneidx * reserve_stride + zone_row]!;
  function alloc_slow(order: number, mt: number, highest_zoneidx: number, nid: number, nodemask: number, new_kind: number, reclaims = true, wakes = true): number {
    const rows = zonelist(nid, highest_zoneidx);
    const first = nodemask === ALL_NODES ? rows[0] : rows.find((row) => (nodemask & (1 << Math.trunc(row / MAX_NR_ZONES))) !== 0);
    if (first === undefined) {
      // None of the nodes has a zone for it: neither kswapd nor reclaim could help.
      if (reclaims) note_failure(order, mt, highest_zoneidx, nid, nodemask, new_kind);
      return -1;
    }
    const pfn = get_page_from_freelist(rows, order, mt, highest_zoneidx, nodemask, new_kind, watermark_low, alloc_nofragment(first));
    if (pfn >= 0) return pfn;
    const { slowpath } = short;
    if (wakes) slowpath?.wake_all_kswapds(order, highest_zoneidx, nid, nodemask, new_kind);
    const get = (): number => get_page_from_freelist(zonelist(nid, highest_zoneidx), order, mt, highest_zoneidx, nodemask, new_kind, watermark_min, false);
    const left = get();
    const got = left >= 0 || slowpath === undefined || !reclaims ? left : slowpath.reclaim_and_retry(order, highest_zoneidx, nid, nodemask, new_kind, get);
    if (got < 0 && reclaims) note_failure(order, mt, highest_zoneidx, nid, nodemask, new_kind);
    return got;
  }
  /** Which zones an allocation looked at in vain, and what they had: for whoever asks why. A huge page that a fault would have liked is no loss (__GFP_NOWARN). */
  function note_failure(order: number, mt: number, highest_zoneidx: number, nid: number, nodemask: number, new_kind: number): void {
    if (new_kind === KIND_THP) return;
    writeFailedAllocation(mm.t, {
      order, migratetype: mt, highest_zoneidx, kind: new_kind & KIND_MASK, nid, nodemask, seq: header[H_SEQ]!,
      zones: zonelist(nid, highest_zoneidx).filter((row) => (nodemask & (1 << Math.trunc(row / MAX_NR_ZONES))) !== 0).map((row) => ({
        row, free: nr_free_pages[row]!, min: watermark_min[row]! + watermark_boost[row]!, reserve: lowmem_reserve[highest_zoneidx * reserve_stride + row]!, chunk: has_chunk(row, order, mt, false),
      })),
    });
  }

  const typeFor = (migratetype: number): number => (group_by_mobility === 1 && word[M_GROUPING_DISABLED] === 0 ? migratetype : MIGRATE_UNMOVABLE);
  /** Whoever listens hears of a page that was had on a slow way. */
  function told(pfn: number, { order, migratetype, highest_zoneidx, kind: becomes }: AllocRequest): number {
    if (pfn >= 0 && listening[0] === LISTENED) tell_alloc(pfn, order, migratetype, highest_zoneidx, becomes);
    return pfn;
  }
  function alloc_pages_direct_reclaim(request: AllocRequest): { readonly pfn: number; readonly progress: number } {
    const { order, migratetype, highest_zoneidx, nid, nodemask = ALL_NODES, kind: becomes } = request;
    const get = (): number => get_page_from_freelist(zonelist(nid, highest_zoneidx), order, typeFor(migratetype), highest_zoneidx, nodemask, becomes, watermark_min, false);
    const { pfn, progress } = short.slowpath?.reclaim_once(order, highest_zoneidx, nid, nodemask, get) ?? { pfn: -1, progress: 0 };
    return { pfn: told(pfn, request), progress };
  }
  function alloc_pages_atomic({ order, migratetype, highest_zoneidx, nid, nodemask = ALL_NODES, kind: becomes }: AllocRequest): number {
    const mt = typeFor(migratetype);
    const rows = zonelist(nid, highest_zoneidx);
    if (rows.length === 0) return -1;
    const pfn = get_page_from_freelist(rows, order, mt, highest_zoneidx, nodemask, becomes, watermark_low, alloc_nofragment(rows[0]!));
    return pfn >= 0 ? pfn : get_page_from_freelist(rows, order, mt, highest_zoneidx, nodemask, becomes, watermark_min, false, true);
  }
  function reserve_highatomic_pageblock(pfn: number, zone_row: number): void {
    if (!reserves_highatomic || nr_reserved_highatomic[zone_row]! >= ((managed_pages[zone_row]! / 100) | 0) + block_pages) return;
    // Neither one that is reserved already nor one that is isolated.
    if (typeOf(pfn) > MIGRATE_RECLAIMABLE) return;
    nr_reserved_highatomic[zone_row] = nr_reserved_highatomic[zone_row]! + block_pages;
    set_pageblock_migratetype(mm, pfn, MIGRATE_HIGHATOMIC);
    move_freepages_block(pfn, MIGRATE_HIGHATOMIC);
    mm.touch(pfn);
    // From now on the zone's marks need more than one look: no short way for the common case.
    looked_at_twice(zone_row);
  }
  function unreserve_highatomic_pageblock(nid: number, highest_zoneidx: number, mt: number, force: boolean): boolean {
    if (!reserves_highatomic) return false;
    for (const row of zonelist(nid, highest_zoneidx)) {
      if (!force && nr_reserved_highatomic[row]! <= block_pages) continue;
      for (let order = 0; order < MAX_ORDER; order++) {
        const pfn = head[freeRow(MAX_ORDER, row, order, MIGRATE_HIGHATOMIC)]!;
        if (pfn < 0) continue;
        if (typeOf(pfn) === MIGRATE_HIGHATOMIC) nr_reserved_highatomic[row] = nr_reserved_highatomic[row]! - Math.min(block_pages, nr_reserved_highatomic[row]!);
        set_pageblock_migratetype(mm, pfn, mt);
        mm.touch(pfn);
        looked_at_once(row);
        if (move_freepages_block(pfn, mt) > 0) return true;
      }
    }
    return false;
  }

  function free_pages(pfn: number, order: number): void {
    const block = pfn >>> pageblock_order;
    if (order === order_in_line && listening[0] === NOBODY && (pb_flags[block]! & PB_COLD) === 0) {
      const type = pb_type[block]!;
      const zone_row = pb_zone[block]! - 1;
      const count = pageset_count[zone_row]! + 1;
      if (type < PCP_TYPES && count < pcp_high[zone_row]! && (flags[zone_row]! & ZONE_RECLAIM_ACTIVE) === 0) {
        // The common case in line: the per-cpu lists have room. free_unref_page().
        const row = zone_row * PCP_LISTS + type;
        const first = pcp_head[row]!;
        kind[pfn] = KIND_FREE;
        tag[pfn] = 0;
        owner[pfn] = 0;
        generation[block] = header[H_GENERATION]! + 1;
        next[pfn] = first;
        prev[pfn] = ~row;
        if (first < 0) pcp_tail[row] = pfn;
        else {
          prev[first] = pfn;
          dirty[first >>> pageblock_order] = 1;
        }
        pcp_head[row] = pfn;
        state[pfn] = STATE_PCP;
        pageset_count[zone_row] = count;
        return;
      }
    }
    free_any(pfn, order);
  }
  function free_any(pfn: number, order: number): void {
    pfn |= 0;
    order |= 0;
    if (listening[0] !== NOBODY) emit(TE_PAGE_FREE, pfn, order);
    const block = pfn >>> pageblock_order;
    // The largest chunks reach over more than one pageblock.
    if ((pb_flags[block]! & PB_COLD) !== 0 || order > pageblock_order) {
      if (order === 0 && keep_broken(pfn)) return;
      clear_cold(pfn, order);
    }
    wipe(pfn, order);
    generation[block] = header[H_GENERATION]! + 1;
    if (order > pageblock_order) stamp(pfn, order);
    const type = pb_type[block]!;
    if (order <= pcp_costly_order && type < PCP_TYPES) {
      const zone_row = pb_zone[block]! - 1;
      const count = (pageset_count[zone_row]! + (1 << order)) | 0;
      if (count < pcp_high[zone_row]! && (flags[zone_row]! & ZONE_RECLAIM_ACTIVE) === 0 && (order === 0 || pcp_free_factor[zone_row] === 0)) {
        // The lists have room, as above.
        const row = (Math.imul(zone_row, PCP_LISTS) + Math.imul(order, PCP_TYPES) + type) | 0;
        const first = pcp_head[row]!;
        next[pfn] = first;
        prev[pfn] = ~row;
        if (first < 0) pcp_tail[row] = pfn;
        else {
          prev[first] = pfn;
          dirty[first >>> pageblock_order] = 1;
        }
        pcp_head[row] = pfn;
        state[pfn] = STATE_PCP | order;
        pageset_count[zone_row] = count;
        return;
      }
    }
    if (order === 0 && type === MIGRATE_ISOLATE) {
      if (isolated_counts === 1) given_back(pfn, 0);
      state[pfn] = 0;
      __free_one_page(pfn, 0, MIGRATE_ISOLATE, false);
      return;
    }
    if (intercept_freed === 1 && (section_state[pfn >>> mm.PFN_SECTION_SHIFT]! & SECTION_GOING_OFFLINE) !== 0) {
      // Whoever takes the section away owns it from here on.
      state[pfn] = STATE_ALLOC | order;
      kind.fill(KIND_ISOLATED, pfn, pfn + (1 << order));
      stamp(pfn, order);
      return;
    }
    const for_pcp = pcp_allowed(order);
    if (for_pcp && free_unref_page(pfn, order)) return;
    if (!for_pcp || isolated_counts === 1) given_back(pfn, order);
    state[pfn] = 0;
    __free_one_page(pfn, order, type, false);
    if (lists_by_zone === 1) pages_scanned[zoneOf(pfn)] = all_unreclaimable[zoneOf(pfn)] = 0;
  }

  /** PGFREE of what comes to the free lists without a stay on a per-cpu list. */
  function given_back(pfn: number, order: number): void {
    const zone_row = zoneOf(pfn);
    taken[zone_row] = taken[zone_row]! - (1 << order);
  }

  function nr_free_type(zone_row: number, order: number, mt: number): number {
    let n = 0;
    const top = order === MAX_ORDER - 1;
    for (let pfn = head[freeRow(MAX_ORDER, zone_row, order, mt)]!; pfn >= 0; pfn = top ? chunk_next[pfn >>> (MAX_ORDER - 1)]! : next[pfn]!) n++;
    return n;
  }
  /** The chunk that holds `pfn`, split so that none crosses it. Its order; -1: none crossed it. */
  function split_free_page_at(pfn: number): number {
    const at = free_head(pfn);
    if (at < 0 || at === pfn) return -1;
    const order = state[at]! & STATE_ORDER;
    const row = zoneOf(at);
    const mt = typeOf(at);
    del_page_from_free_list(at);
    for (let part = at, left = order; part < at + (1 << order); ) {
      // The largest aligned chunk that does not cross the boundary.
      while (left > 0 && (part % (1 << left) !== 0 || (part < pfn && part + (1 << left) > pfn))) left--;
      add_to_free_list_tail(part, row, left, mt);
      part += 1 << left;
      left = order;
    }
    return order;
  }
  function rejoin_free_page_at(pfn: number, order: number): void {
    if ((state[pfn]! & STATE_BUDDY) === 0) return;
    let low = pfn;
    for (let o = state[pfn]! & STATE_ORDER; o < order; o++) {
      const before = low & ~(1 << o);
      if (before === low || state[before] !== (STATE_BUDDY | o)) return;
      del_page_from_free_list(before);
      del_page_from_free_list(low);
      low = before;
      add_to_free_list_tail(low, zoneOf(low), o + 1, typeOf(low));
    }
  }
  function take_page_off_buddy(pfn: number): boolean {
    if ((state[pfn]! & STATE_PCP) !== 0) pcp.drain_zone(zoneOf(pfn));
    const at = free_head(pfn);
    if (at < 0) return false;
    const row = zoneOf(at);
    const mt = typeOf(at);
    let high = state[at]! & STATE_ORDER;
    del_page_from_free_list(at);
    for (let low = at; high > 0; ) {
      high--;
      const upper = low + (1 << high);
      area.expand(pfn >= upper ? low - (1 << high) : low, high, high + 1, row, mt);
      if (pfn >= upper) low = upper;
    }
    if (mt !== MIGRATE_ISOLATE) nr_free_pages[row] = nr_free_pages[row]! - 1;
    if (mt === MIGRATE_CMA) nr_free_cma[row] = nr_free_cma[row]! - 1;
    state[pfn] = STATE_ALLOC;
    stamp(pfn, 0);
    return true;
  }
  function drain_all_pages(zone_row?: number, capc?: CaptureControl): void {
    if (capc !== undefined) {
      pcp.drain_zone_to(capc.zone, (pfn, order, mt) => free_or_capture(capc, pfn, order, mt));
      return;
    }
    for (let row = zone_row ?? 0; row <= (zone_row ?? nodes * MAX_NR_ZONES - 1); row++) pcp.drain_zone(row);
  }
  function unset_isolate_freepages(pfn: number, mt: number): void {
    const s = state[pfn]!;
    const order = s & STATE_ORDER;
    if (merge_by_type === 1 && (s & STATE_BUDDY) !== 0 && 1 << order >= block_pages && order < MAX_ORDER - 1) {
      const buddy = pfn ^ (1 << order);
      if (buddy < max_pfn && state[buddy] === (STATE_BUDDY | order) && typeOf(buddy) !== MIGRATE_ISOLATE) {
        del_page_from_free_list(pfn);
        set_pageblock_migratetype(mm, pfn, mt);
        __free_one_page(pfn, order, mt, true);
        return;
      }
    }
    const moved = move_freepages_block(pfn, mt);
    const row = zoneOf(pfn);
    nr_free_pages[row] = nr_free_pages[row]! + moved;
    if (mt === MIGRATE_CMA) nr_free_cma[row] = nr_free_cma[row]! + moved;
    set_pageblock_migratetype(mm, pfn, mt);
  }

  return {
    __free_pages_core: (pfn, order) => {
      stamp(pfn, order);
      given_back(pfn, order);
      __free_one_page(pfn, order, typeOf(pfn), core_free_to_tail === 1);
      if (lists_by_zone === 1) pages_scanned[zoneOf(pfn)] = all_unreclaimable[zoneOf(pfn)] = 0;
    },
    free_virgin_section: (nr) => {
      const start = nr << mm.PFN_SECTION_SHIFT;
      for (let pfn = start; pfn < start + (1 << mm.PFN_SECTION_SHIFT); pfn += pageblock_nr_pages) generation[pfn >>> pageblock_order] = header[H_GENERATION]! + 1;
      const zone_row = zoneOf(start);
      taken[zone_row] = taken[zone_row]! - (1 << mm.PFN_SECTION_SHIFT);
      area.add_virgin_section(nr);
    },
    add_free_chunk: (pfn, order, mt) => {
      const row = zoneOf(pfn);
      kind.fill(KIND_FREE, pfn, pfn + (1 << order));
      add_to_free_list_tail(pfn, row, order, mt);
      given_back(pfn, order);
      if (mt !== MIGRATE_ISOLATE) nr_free_pages[row] = nr_free_pages[row]! + (1 << order);
      stamp(pfn, order);
    },
    nr_free: (zone_row, order) => nr_free[freeRow(MAX_ORDER, zone_row, order, 0)]!,
    nr_free_type,
    alloc_pages: ({ order, migratetype, highest_zoneidx, nid, nodemask = ALL_NODES, kind: becomes }) => __alloc_pages(order, migratetype, highest_zoneidx, nid, nodemask, becomes),
    alloc_pages_no_reclaim: (request, wakes = true) => told(alloc_slow(request.order, typeFor(request.migratetype), request.highest_zoneidx, request.nid, request.nodemask ?? ALL_NODES, request.kind, false, wakes), request),
    alloc_pages_direct_reclaim,
    note_failure: ({ order, migratetype, highest_zoneidx, nid, nodemask = ALL_NODES, kind: becomes }) => note_failure(order, typeFor(migratetype), highest_zoneidx, nid, nodemask, becomes),
    should_reclaim_retry: ({ order, highest_zoneidx, nid, nodemask = ALL_NODES }) => short.slowpath?.should_reclaim_retry(zonelist(nid, highest_zoneidx), order, nodemask, highest_zoneidx) ?? false,
    zone_reclaimable_pages: (row) => short.pressure?.zone_reclaimable_pages(row) ?? 0,
    alloc_pages_atomic, unreserve_highatomic_pageblock, __alloc_pages, free_pages, move_freepages_block, del_page_from_free_list, unset_isolate_freepages, split_free_page_at, rejoin_free_page_at, take_page_off_buddy, zonelist,
    build_all_zonelists,
    under_pressure: (pressure) => {
      short.pressure = pressure;
      short.slowpath = pressure && createSlowpath(mm, pressure, zonelist, () => drain_all_pages(), (row, order) => has_chunk(row, order, MIGRATE_MOVABLE, false));
    },
    drain_all_pages,
    prep_captured: (pfn, { order, migratetype, highest_zoneidx, kind: becomes }) => {
      prep_new_page(pfn, order, becomes);
      if (listening[0] === LISTENED) tell_alloc(pfn, order, migratetype, highest_zoneidx, becomes);
    },
    zone_pcp_disable: pcp.disable, zone_pcp_enable: pcp.enable, touch_section: area.touch_section, mover: createPageMover(mm, { area, __alloc_pages, free_pages, direct_zone, low_mark }),
  };
}
