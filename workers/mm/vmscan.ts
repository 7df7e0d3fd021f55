/**
 * Mirrors: mm/vmscan.c (6.1, without MGLRU as recorded): which pages are taken back when memory is short: from the inactive lists first, those nobody used since the last look.
 * Anonymous memory goes to swap, clean page cache is dropped, dirty page cache is written first (by kswapd and the flusher, never by direct reclaim).
 * Left out: cgroups, refaults, throttling. Why: there is one group, and nothing here measures a working set.
 */
import { remember } from '../lib/remember.ts';
import { STATE_ORDER } from '../uapi/layout.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';
import { COMPACT_CONTINUE, COMPACT_SUCCESS, PAGE_ALLOC_COSTLY_ORDER } from './compact_control.ts';
import { compaction_suitable } from './compaction.ts';
import {
  createLruLists, LRU_ACTIVE_ANON, LRU_ACTIVE_FILE, LRU_INACTIVE_ANON, LRU_INACTIVE_FILE, putback, set_referenced, test_clear_referenced, test_clear_young,
} from './lru.ts';
import { configured } from './mm.ts';
import { zone_to_nid } from './mmzone.ts';
import { createPageReclaim, freePages } from './reclaim_page.ts';
import { hasPageCache } from './rmap.ts';
import { get_nr_swap_pages, SWAP_CLUSTER_MAX } from './swap.ts';
import { type Deferred, shrink_slab } from './shrinker.ts';
import { count_vm_event, count_vm_events, VM } from './vm_event.ts';
import { __zone_watermark_ok, ALLOC_WMARK_HIGH, wmark_pages } from './zone_watermark.ts';

/** Priority reclaim begins with: a 4096th of each list. */
export const DEF_PRIORITY = 12;
/** vm.swappiness: what anonymous memory costs against page cache, of 200. */
const swappiness = 60;
const ANON_AND_FILE = 200;
const EVICTABLE = [LRU_INACTIVE_ANON, LRU_ACTIVE_ANON, LRU_INACTIVE_FILE, LRU_ACTIVE_FILE] as const;
/** pgpgout counts KiB. */
const KB_PER_PAGE = 4;

/** struct scan_control: one call for reclaim. */
export interface ScanControl {
  readonly nr_to_reclaim: number;
  readonly order: number;
  /** Highest zone whose pages are of use. */
  readonly reclaim_idx: number;
  readonly may_swap: boolean;
  readonly kswapd: boolean;
  priority: number;
  nr_scanned: number;
  nr_reclaimed: number;
}
export const scanControl = (more: Partial<ScanControl> & Pick<ScanControl, 'order' | 'reclaim_idx' | 'kswapd'>): ScanControl =>
  ({ nr_to_reclaim: Math.max(SWAP_CLUSTER_MAX, 1 << more.order), may_swap: true, priority: DEF_PRIORITY, nr_scanned: 0, nr_reclaimed: 0, ...more });

export interface Vmscan {
  /** Reclaims from one node at sc.priority. Source: shrink_node(). */
  shrink_node(nid: number, sc: ScanControl): void;
  /** Direct reclaim; the pages it freed. Source: try_to_free_pages(). */
  try_to_free_pages(order: number, reclaim_idx: number, nid: number, nodemask: number): number;
  /** Pages of a zone that could be reclaimed at all. Source: zone_reclaimable_pages(). */
  zone_reclaimable_pages(zone_row: number): number;
}

export function createVmscan(k: Kernel): Vmscan {
  const { mm, buddy } = k;
  const lists = createLruLists(mm);
  const { state } = mm.t.memmap;
  /** Pages of either kind that reclaim wrote lately, by node: anonymous, file. Source: lruvec->anon_cost, file_cost. */
  const cost = remember(new Int32Array(mm.t.sizes.nodes * 2));
  const deferred = remember<Deferred>(new Map());
  const pages = createPageReclaim(k);

  /** What becomes of one page at the old end of an inactive list; pages freed. Source: shrink_folio_list(). */
  function shrink_folio(pfn: number, file: boolean, sc: ScanControl): number {
    const evictable = pages.evictable(pfn, file);
    const referenced = test_clear_referenced(mm, pfn);
    if (test_clear_young(mm, pfn)) {
      if (!referenced) set_referenced(mm, pfn);
      else count_vm_events(mm, VM.pgactivate, 1 << ((state[pfn] as number) & STATE_ORDER));
      putback(mm, pfn, referenced);
      return 0;
    }
    if (!evictable) {
      putback(mm, pfn, false);
      return 0;
    }
    if (pages.isHuge(pfn)) {
      pages.split(pfn);
      return 0;
    }
    if (file) return shrink_file(pfn, sc);
    if (!sc.may_swap) {
      putback(mm, pfn, false);
      return 0;
    }
    if (pages.swap_out(pfn)) return 1;
    putback(mm, pfn, true);
    return 0;
  }
  function shrink_file(pfn: number, sc: ScanControl): number {
    if (pages.isDirty(pfn)) {
      // Only kswapd writes pages of files itself; both wake the flusher, which has written the page when it comes round again.
      const written = k.filemap?.writeback() ?? 0;
      count_vm_events(mm, VM.pgpgout, KB_PER_PAGE * Math.max(1, written));
      pages.written(pfn, sc.kswapd);
      putback(mm, pfn, false);
      return 0;
    }
    pages.drop(pfn);
    return 1;
  }

  /** Source: shrink_inactive_list(). */
  function shrink_inactive_list(row: number, lru: number, nr_to_scan: number, sc: ScanControl): void {
    const file = lru === LRU_INACTIVE_FILE;
    let scanned = 0;
    let reclaimed = 0;
    while (scanned < nr_to_scan) {
      const pfn = lists.next(row, lru);
      if (pfn === 0) break;
      scanned += 1 << ((state[pfn] as number) & STATE_ORDER);
      reclaimed += shrink_folio(pfn, file, sc);
    }
    if (scanned === 0) return;
    pages.scanned(scanned);
    sc.nr_scanned += scanned;
    sc.nr_reclaimed += reclaimed;
    const nid = zone_to_nid(row);
    count_vm_events(mm, sc.kswapd ? VM.pgscan_kswapd : VM.pgscan_direct, scanned);
    count_vm_events(mm, sc.kswapd ? VM.pgsteal_kswapd : VM.pgsteal_direct, reclaimed);
    count_vm_events(mm, file ? VM.pgscan_file : VM.pgscan_anon, scanned);
    count_vm_events(mm, file ? VM.pgsteal_file : VM.pgsteal_anon, reclaimed);
    // All of anonymous memory that went was written; page cache only goes when it is clean.
    lru_note_cost(nid, file, file ? 0 : reclaimed);
    mm.trace(EV.mm_vmscan_lru_shrink_inactive, nid, scanned, reclaimed, sc.priority, file ? 1 : 0);
  }
  /** Pages of a kind were written. What was written long ago counts half, and half again. Source: lru_note_cost(). */
  function lru_note_cost(nid: number, file: boolean, nr_pages: number): void {
    const [anon, other] = [nid * 2, nid * 2 + 1];
    const at = file ? other : anon;
    cost[at] = (cost[at] as number) + nr_pages;
    const rows = rowsOf(nid, MAX_NR_ZONES - 1);
    const lrusize = EVICTABLE.reduce<number>((all, lru) => all + sum(rows, lru), 0);
    if ((cost[anon] as number) + (cost[other] as number) <= lrusize >>> 2) return;
    cost[anon] = (cost[anon] as number) >> 1;
    cost[other] = (cost[other] as number) >> 1;
  }
  /** Pages of an active list become inactive, oldest first. Mapped anonymous ones whether used or not. Source: shrink_active_list(). */
  function shrink_active_list(row: number, lru: number, nr_to_scan: number, sc: ScanControl): void {
    let taken = 0;
    while (taken < nr_to_scan) {
      const pfn = lists.next(row, lru);
      if (pfn === 0) break;
      taken += 1 << ((state[pfn] as number) & STATE_ORDER);
      test_clear_young(mm, pfn);
      putback(mm, pfn, false);
    }
    if (taken === 0) return;
    lists.moved(row, lru, lru - 1, taken);
    pages.scanned(taken);
    count_vm_events(mm, VM.pgrefill, taken);
    count_vm_events(mm, VM.pgdeactivate, taken);
    mm.trace(EV.mm_vmscan_lru_shrink_active, zone_to_nid(row), taken, taken, sc.priority, lru === LRU_ACTIVE_FILE ? 1 : 0);
  }

  /** Is there anything that could be given back: room in swap, or page cache of some file? Saves walks over lists of which nothing can go. */
  function anythingReclaimable(): boolean {
    return get_nr_swap_pages(mm) > 0 || hasPageCache(mm);
  }
  const rowsOf = (nid: number, last: number): number[] => Array.from({ length: last + 1 }, (_, zone) => nid * MAX_NR_ZONES + zone).filter((row) => (mm.t.lru.nr[row] as number) > 0);
  const sum = (rows: readonly number[], lru: number): number => rows.reduce((all, row) => all + lists.size(row, lru), 0);
  /** inactive_is_low(): short of what a walk over it should take. Source: inactive_is_low(). */
  function inactive_is_low(inactive: number, active: number): boolean {
    const gb = (inactive + active) >>> 18;
    return inactive * (gb > 0 ? Math.floor(Math.sqrt(10 * gb)) : 1) < active;
  }
  /** How many pages of each evictable list to look at, at this priority. Source: get_scan_count(). */
  function get_scan_count(nid: number, rows: readonly number[], sizes: readonly number[], sc: ScanControl): number[] {
    const anon = (sizes[LRU_INACTIVE_ANON] as number) + (sizes[LRU_ACTIVE_ANON] as number);
    const file = (sizes[LRU_INACTIVE_FILE] as number) + (sizes[LRU_ACTIVE_FILE] as number);
    const share = (part: number, whole: number): number[] => sizes.map((size, lru) => {
      const scan = size >>> sc.priority;
      const of = lru >= LRU_INACTIVE_FILE ? whole - part : part;
      return Math.floor((scan === 0 ? Math.min(size, SWAP_CLUSTER_MAX) : scan) * of / whole);
    });
    if (!sc.may_swap || get_nr_swap_pages(mm) === 0 || anon === 0) return share(0, 1);
    const { nr_free_pages } = mm.t.zone;
    const free = rows.reduce((all, row) => all + (nr_free_pages[row] as number), 0);
    const high = rows.reduce((all, row) => all + wmark_pages(mm, row, ALLOC_WMARK_HIGH), 0);
    // Page cache is nearly gone: more pressure on it frees nothing.
    if (file + free <= high && (sizes[LRU_INACTIVE_ANON] as number) >>> sc.priority > 0) return share(1, 1);
    if ((sizes[LRU_INACTIVE_FILE] as number) >>> sc.priority > 0 && !inactive_is_low(sizes[LRU_INACTIVE_FILE] as number, sizes[LRU_ACTIVE_FILE] as number)) return share(0, 1);
    const [anon_cost, file_cost] = [cost[nid * 2] as number, cost[nid * 2 + 1] as number];
    const total = anon_cost + file_cost;
    const ap = (swappiness * (total + 1)) / (total + anon_cost + 1);
    const fp = ((ANON_AND_FILE - swappiness) * (total + 1)) / (total + file_cost + 1);
    return share(ap, ap + fp);
  }
  function shrink_node(nid: number, sc: ScanControl): void {
    const before = sc.nr_reclaimed;
    let now: number;
    do {
      now = sc.nr_reclaimed;
      // The LRU lists first, then the caches. Source: shrink_node_memcgs().
      if (anythingReclaimable()) shrink_lruvec(nid, sc);
      const free = freePages(k);
      if (shrink_slab(k, deferred, sc.priority, (objects) => count_vm_events(mm, VM.slabs_scanned, objects)) > 0) sc.nr_reclaimed += Math.max(0, freePages(k) - free);
    } while (should_continue_reclaim(nid, sc.nr_reclaimed - now, sc));
    // A node that gives something is not hopeless.
    if (sc.nr_reclaimed > before) mm.t.node.kswapd_failures[nid] = 0;
  }
  /** For a chunk so much is reclaimed that compaction has room to make it. Source: in_reclaim_compaction(), should_continue_reclaim(). */
  function should_continue_reclaim(nid: number, nr_reclaimed: number, sc: ScanControl): boolean {
    if (sc.order === 0 || (sc.order <= PAGE_ALLOC_COSTLY_ORDER && sc.priority >= DEF_PRIORITY - 2) || nr_reclaimed === 0) return false;
    const { managed_pages } = mm.t.zone;
    for (let row = nid * MAX_NR_ZONES; row <= nid * MAX_NR_ZONES + sc.reclaim_idx; row++) {
      if ((managed_pages[row] as number) > 0 && compaction_suitable(mm, row, sc.order, 0, sc.reclaim_idx) >= COMPACT_CONTINUE) return false;
    }
    const rows = rowsOf(nid, sc.reclaim_idx);
    const inactive = sum(rows, LRU_INACTIVE_FILE) + (sc.may_swap && get_nr_swap_pages(mm) > 0 ? sum(rows, LRU_INACTIVE_ANON) : 0);
    return inactive > 2 << sc.order;
  }
  /** For a large chunk: has the zone enough free already, so that the rest is compaction's work? Source: compaction_ready(). */
  function compaction_ready(row: number, sc: ScanControl): boolean {
    const suitable = compaction_suitable(mm, row, sc.order, 0, sc.reclaim_idx);
    if (suitable < COMPACT_CONTINUE || suitable === COMPACT_SUCCESS) return suitable === COMPACT_SUCCESS;
    return __zone_watermark_ok(mm, row, 0, wmark_pages(mm, row, ALLOC_WMARK_HIGH) + (2 << sc.order), sc.reclaim_idx, 0);
  }
  /** Reclaims from each node of which a zone is short. True: compaction has what it needs in one of the zones. Source: shrink_zones(). */
  function shrink_zones(rows: readonly number[], sc: ScanControl): boolean {
    const compacts = sc.order > PAGE_ALLOC_COSTLY_ORDER && configured(mm, 'COMPACTION');
    let ready = false;
    let last = -1;
    for (const row of rows) {
      if (compacts && compaction_ready(row, sc)) ready = true;
      else if (zone_to_nid(row) !== last) {
        last = zone_to_nid(row);
        shrink_node(last, sc);
      }
    }
    return ready;
  }
  /** Source: shrink_lruvec(). */
  function shrink_lruvec(nid: number, sc: ScanControl): void {
    const rows = rowsOf(nid, sc.reclaim_idx);
    const sizes = EVICTABLE.map((lru) => sum(rows, lru));
    const left = get_scan_count(nid, rows, sizes, sc);
    const before = sc.nr_reclaimed;
    while (left[LRU_INACTIVE_ANON] as number > 0 || left[LRU_INACTIVE_FILE] as number > 0 || left[LRU_ACTIVE_FILE] as number > 0) {
      for (const lru of EVICTABLE) {
        const turn = Math.min(left[lru] as number, SWAP_CLUSTER_MAX);
        if (turn === 0) continue;
        left[lru] = (left[lru] as number) - turn;
        const active = lru === LRU_ACTIVE_ANON || lru === LRU_ACTIVE_FILE;
        if (active && !inactive_is_low(sizes[lru - 1] as number, sizes[lru] as number)) continue;
        const size = Math.max(1, sizes[lru] as number);
        for (const row of rows) {
          const part = Math.ceil((turn * lists.size(row, lru)) / size);
          if (part === 0) continue;
          if (active) shrink_active_list(row, lru, part, sc);
          else shrink_inactive_list(row, lru, part, sc);
        }
      }
      if (sc.nr_reclaimed - before >= sc.nr_to_reclaim) break;
    }
  }

  const allocstall = [VM.allocstall_dma, VM.allocstall_dma32, VM.allocstall_normal, VM.allocstall_movable, VM.allocstall_device] as const;
  return {
    shrink_node,
    try_to_free_pages(order, reclaim_idx, nid, nodemask) {
      const sc = scanControl({ order, reclaim_idx, kswapd: false, nr_to_reclaim: SWAP_CLUSTER_MAX });
      mm.trace(EV.mm_vmscan_direct_reclaim_begin, order, reclaim_idx);
      count_vm_event(mm, allocstall[reclaim_idx] ?? VM.allocstall_normal);
      const rows = buddy.zonelist(nid, reclaim_idx).filter((row) => (nodemask & (1 << zone_to_nid(row))) !== 0);
      let ready = false;
      for (; sc.priority >= 0 && sc.nr_reclaimed < sc.nr_to_reclaim && !ready; sc.priority--) ready = shrink_zones(rows, sc);
      mm.trace(EV.mm_vmscan_direct_reclaim_end, sc.nr_reclaimed);
      return sc.nr_reclaimed > 0 ? sc.nr_reclaimed : Number(ready);
    },
    zone_reclaimable_pages(row) {
      if (!anythingReclaimable()) return 0;
      const file = lists.size(row, LRU_INACTIVE_FILE) + lists.size(row, LRU_ACTIVE_FILE);
      return get_nr_swap_pages(mm) > 0 ? file + lists.size(row, LRU_INACTIVE_ANON) + lists.size(row, LRU_ACTIVE_ANON) : file;
    },
  };
}
