/**
 * Mirrors: mm/vmscan.c (3.11), from shrink_page_list() to shrink_zone(): each zone has its own lists, and is judged by itself: how much of anonymous memory and of page cache to look at
 * follows from what was lately found in use there (recent_rotated of recent_scanned).
 * Left out: memory cgroups, isolation limits, congestion waits, VM_EXEC. Why: there is one group, nothing runs beside reclaim, disks are never congested, program text is not mapped.
 */
import { COMPACT_SKIPPED, PAGE_ALLOC_COSTLY_ORDER } from '../../mm/compact_control.ts';
import { compaction_suitable } from '../../mm/compaction.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { createLruLists, LRU_ACTIVE_ANON, LRU_ACTIVE_FILE, LRU_INACTIVE_ANON, LRU_INACTIVE_FILE, putback, set_referenced, swapbacked, test_clear_referenced, test_clear_young } from '../../mm/lru.ts';
import { configured, type Mm } from '../../mm/mm.ts';
import { zone_to_nid } from '../../mm/mmzone.ts';
import { mapcountOf, setColdFlags } from '../../mm/page_flags.ts';
import { createPageReclaim } from '../../mm/reclaim_page.ts';
import { ownerName, ownerOf } from '../../mm/rmap.ts';
import { get_nr_swap_pages, swapSpace, SWAP_CLUSTER_MAX } from '../../mm/swap.ts';
import { count_vm_event, count_vm_events, VM } from '../../mm/vm_event.ts';
import { RAMFS_OWNER } from '../../mm/vmstat.ts';
import { DEF_PRIORITY } from '../../mm/vmscan.ts';
import { count_zone_vm_events, PGREFILL, PGSCAN_DIRECT, PGSCAN_KSWAPD, PGSTEAL_DIRECT, PGSTEAL_KSWAPD, zoneReclaim } from '../../mm/zone_reclaim.ts';
import { remember } from '../../lib/remember.ts';
import { STATE_ORDER } from '../../uapi/layout.ts';
import { KPF, kpf } from '../../uapi/page_flags.ts';
import { EV } from '../../uapi/trace.ts';

const swappiness = 60;
const ANON_AND_FILE = 200;
const KB_PER_PAGE = 4;
const LISTS = [LRU_INACTIVE_ANON, LRU_ACTIVE_ANON, LRU_INACTIVE_FILE, LRU_ACTIVE_FILE] as const;

/** struct scan_control. */
export interface ScanControl {
  order: number;
  readonly kswapd: boolean;
  nr_to_reclaim: number;
  priority: number;
  nr_scanned: number;
  nr_reclaimed: number;
}
export interface Vmscan {
  /** Reclaims from one zone at sc.priority. */
  shrink_zone(row: number, sc: ScanControl): void;
  zone_reclaimable_pages(row: number): number;
  /** Some anonymous memory goes to the inactive list, so that it can be found in use before it is its turn. */
  age_active_anon(row: number, sc: ScanControl): void;
  /** ZONE_TAIL_LRU_DIRTY: the flusher does not keep up, so that kswapd writes pages of files itself. 0 or 1 by row. */
  readonly tail_lru_dirty: Uint8Array;
}

/** How much longer the active list of anonymous memory may be: the root of ten times the GiB. Source: calculate_zone_inactive_ratio(). */
export const inactive_ratio = (mm: Mm, row: number): number => Math.max(1, Math.floor(Math.sqrt(10 * ((mm.t.zone.managed_pages[row] as number) >>> 18))));

export function createVmscan(k: Kernel): Vmscan {
  const { mm } = k;
  const lists = createLruLists(mm);
  const pages = createPageReclaim(k);
  const zone = zoneReclaim(mm);
  const rows = mm.t.zone.spanned_pages.length;
  /** struct zone_reclaim_stat: anonymous memory, page cache, by row. */
  const recent_scanned = remember(new Int32Array(2 * rows));
  const recent_rotated = remember(new Int32Array(2 * rows));
  const tail_lru_dirty = remember(new Uint8Array(rows));
  const add = (column: Int32Array, at: number, n: number): void => {
    column[at] = (column[at] as number) + n;
  };
  /** Up to so many pages of the old end. Source: isolate_lru_pages(). */
  function isolate(row: number, lru: number, nr_to_scan: number): number[] {
    const taken: number[] = [];
    for (let pfn = 1; taken.length < nr_to_scan && pfn !== 0; ) {
      pfn = lists.next(row, lru);
      if (pfn !== 0) taken.push(pfn);
    }
    add(zone.pages_scanned, row, taken.length);
    pages.scanned(taken.length);
    return taken;
  }
  /** What can never be evicted is found to be so here, and leaves the lists for good. Source: putback_lru_page(). */
  function culled(pfn: number, file: boolean): boolean {
    if (!file || !ownerName(mm, ownerOf(mm, pfn)).startsWith(RAMFS_OWNER)) return false;
    setColdFlags(mm, pfn, kpf(KPF.UNEVICTABLE));
    putback(mm, pfn, false);
    count_vm_event(mm, VM.unevictable_pgs_culled);
    return true;
  }
  function activate(row: number, pfn: number, file: boolean): number {
    putback(mm, pfn, true);
    count_vm_event(mm, VM.pgactivate);
    const lru = file ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;
    lists.moved(row, lru, lru + 1, 1 << ((mm.t.memmap.state[pfn] as number) & STATE_ORDER));
    return 0;
  }
  function keep(pfn: number): number {
    putback(mm, pfn, false);
    return 0;
  }
  /** Pages freed. Source: shrink_page_list(), page_check_references(). */
  function shrink_page(row: number, pfn: number, file: boolean, sc: ScanControl): number {
    sc.nr_scanned++;
    if (culled(pfn, file)) return 0;
    if (mapcountOf(mm, pfn) > 0) sc.nr_scanned++;
    const young = test_clear_young(mm, pfn);
    const referenced = test_clear_referenced(mm, pfn);
    if (young) {
      if (swapbacked(mm, pfn)) return activate(row, pfn, file);
      set_referenced(mm, pfn);
      return referenced ? activate(row, pfn, file) : keep(pfn);
    }
    if (!pages.evictable(pfn, file)) return keep(pfn);
    if (pages.isHuge(pfn)) {
      pages.split(pfn);
      return 0;
    }
    if (file && pages.isDirty(pfn)) return shrink_dirty(row, pfn, referenced, sc);
    if (file) {
      pages.drop(pfn);
      return 1;
    }
    if (!pages.swap_out(pfn)) return activate(row, pfn, file);
    add(zone.nr_vmscan_write, row, 1);
    return 1;
  }
  function shrink_dirty(row: number, pfn: number, referenced: boolean, sc: ScanControl): number {
    if (!sc.kswapd || tail_lru_dirty[row] === 0) add(zone.nr_vmscan_immediate, row, 1);
    else if (!referenced) {
      add(zone.nr_vmscan_write, row, 1);
      count_vm_events(mm, VM.pgpgout, KB_PER_PAGE);
      pages.written(pfn, true);
    }
    return keep(pfn);
  }
  function shrink_inactive_list(row: number, lru: number, nr_to_scan: number, sc: ScanControl): number {
    const file = lru === LRU_INACTIVE_FILE;
    const taken = isolate(row, lru, nr_to_scan);
    count_zone_vm_events(zone, sc.kswapd ? PGSCAN_KSWAPD : PGSCAN_DIRECT, row, taken.length);
    if (taken.length === 0) return 0;
    const dirty = file ? taken.filter(pages.isDirty).length : 0;
    let reclaimed = 0;
    for (const pfn of taken) reclaimed += shrink_page(row, pfn, file, sc);
    lists.left(row, lru, reclaimed);
    add(recent_scanned, 2 * row + (file ? 1 : 0), taken.length);
    count_zone_vm_events(zone, sc.kswapd ? PGSTEAL_KSWAPD : PGSTEAL_DIRECT, row, reclaimed);
    if (dirty === taken.length) tail_lru_dirty[row] = 1;
    mm.trace(EV.mm_vmscan_lru_shrink_inactive, zone_to_nid(row), taken.length, reclaimed, sc.priority, file ? 1 : 0);
    return reclaimed;
  }
  function shrink_active_list(row: number, lru: number, nr_to_scan: number, sc: ScanControl): void {
    const file = lru === LRU_ACTIVE_FILE;
    const at = 2 * row + (file ? 1 : 0);
    const taken = isolate(row, lru, nr_to_scan);
    add(recent_scanned, at, taken.length);
    count_zone_vm_events(zone, PGREFILL, row, taken.length);
    let deactivated = 0;
    for (const pfn of taken) {
      if (culled(pfn, file)) continue;
      // In use or not: it leaves the list. How many were tells what this kind of memory is worth.
      if (test_clear_young(mm, pfn)) add(recent_rotated, at, 1);
      keep(pfn);
      deactivated++;
    }
    lists.moved(row, lru, lru - 1, deactivated);
    count_vm_events(mm, VM.pgdeactivate, deactivated);
    if (taken.length > 0) mm.trace(EV.mm_vmscan_lru_shrink_active, zone_to_nid(row), taken.length, deactivated, sc.priority, file ? 1 : 0);
  }

  /** Without swap the lists of anonymous memory are left as they are. Source: inactive_anon_is_low(). */
  const inactive_anon_is_low = (row: number): boolean =>
    (swapSpace(mm)?.total_swap_pages() ?? 0) > 0 && lists.size(row, LRU_INACTIVE_ANON) * inactive_ratio(mm, row) < lists.size(row, LRU_ACTIVE_ANON);
  const inactive_file_is_low = (row: number): boolean => lists.size(row, LRU_ACTIVE_FILE) > lists.size(row, LRU_INACTIVE_FILE);
  /** Shares of anonymous memory and page cache, and of what. Source: the first half of get_scan_count(). */
  function balance(row: number, sc: ScanControl): readonly [anon: number, file: number, whole: number] {
    if (get_nr_swap_pages(mm) === 0) return [0, 1, 1];
    if (sc.priority === 0) return [1, 1, 1];
    const anon = lists.size(row, LRU_ACTIVE_ANON) + lists.size(row, LRU_INACTIVE_ANON);
    const file = lists.size(row, LRU_ACTIVE_FILE) + lists.size(row, LRU_INACTIVE_FILE);
    if (file + (mm.t.zone.nr_free_pages[row] as number) <= (mm.t.zone.watermark_high[row] as number)) return [1, 0, 1];
    if (!inactive_file_is_low(row)) return [0, 1, 1];
    for (const [kind, size] of [anon, file].entries()) {
      const at = 2 * row + kind;
      if ((recent_scanned[at] as number) > size >>> 2) for (const column of [recent_scanned, recent_rotated]) column[at] = (column[at] as number) >> 1;
    }
    const part = (prio: number, at: number): number => Math.floor((prio * ((recent_scanned[at] as number) + 1)) / ((recent_rotated[at] as number) + 1));
    const ap = part(swappiness, 2 * row);
    const fp = part(ANON_AND_FILE - swappiness, 2 * row + 1);
    return [ap, fp, ap + fp + 1];
  }
  function get_scan_count(row: number, sc: ScanControl): number[] {
    const shares = balance(row, sc);
    const whole = shares[2];
    return LISTS.map((lru) => {
      const size = lists.size(row, lru);
      const scan = size >>> sc.priority;
      const least = scan === 0 && sc.kswapd && zone.all_unreclaimable[row] === 1 ? Math.min(size, SWAP_CLUSTER_MAX) : scan;
      return Math.floor((least * (shares[lru >= LRU_INACTIVE_FILE ? 1 : 0] as number)) / whole);
    });
  }
  /** kswapd has what it came for: the kind of which less is left to do ends here, the other goes as far in proportion. */
  function adjust(nr: number[], targets: readonly number[]): void {
    const left = (lru: number): number => (nr[lru] as number) + (nr[lru + 1] as number);
    const stop = left(LRU_INACTIVE_FILE) > left(LRU_INACTIVE_ANON) ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE;
    const percentage = Math.floor((left(stop) * 100) / ((targets[stop] as number) + (targets[stop + 1] as number) + 1));
    nr[stop] = nr[stop + 1] = 0;
    const other = stop === LRU_INACTIVE_ANON ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;
    for (const lru of [other, other + 1]) {
      const target = targets[lru] as number;
      const scanned = target - (nr[lru] as number);
      nr[lru] = Math.max(0, Math.floor((target * (100 - percentage)) / 100) - scanned);
    }
  }
  function shrink_lruvec(row: number, sc: ScanControl): void {
    const nr = get_scan_count(row, sc);
    const targets = [...nr];
    let reclaimed = 0;
    let adjusted = false;
    while ((nr[LRU_INACTIVE_ANON] as number) > 0 || (nr[LRU_ACTIVE_FILE] as number) > 0 || (nr[LRU_INACTIVE_FILE] as number) > 0) {
      for (const lru of LISTS) {
        const turn = Math.min(nr[lru] as number, SWAP_CLUSTER_MAX);
        if (turn === 0) continue;
        nr[lru] = (nr[lru] as number) - turn;
        if (lru === LRU_ACTIVE_ANON ? inactive_anon_is_low(row) : lru === LRU_ACTIVE_FILE && inactive_file_is_low(row)) shrink_active_list(row, lru, turn, sc);
        else if (lru === LRU_INACTIVE_ANON || lru === LRU_INACTIVE_FILE) reclaimed += shrink_inactive_list(row, lru, turn, sc);
      }
      if (reclaimed < sc.nr_to_reclaim || adjusted) continue;
      if (!sc.kswapd) break;
      adjust(nr, targets);
      adjusted = true;
    }
    sc.nr_reclaimed += reclaimed;
    age_active_anon(row, sc);
  }
  function age_active_anon(row: number, sc: ScanControl): void {
    if (inactive_anon_is_low(row)) shrink_active_list(row, LRU_ACTIVE_ANON, SWAP_CLUSTER_MAX, sc);
  }
  /** For a chunk so much is reclaimed that compaction has room to make it. */
  function should_continue_reclaim(row: number, nr_reclaimed: number, sc: ScanControl): boolean {
    if (!configured(mm, 'COMPACTION') || sc.order === 0 || (sc.order <= PAGE_ALLOC_COSTLY_ORDER && sc.priority >= DEF_PRIORITY - 2) || nr_reclaimed === 0) return false;
    const inactive = lists.size(row, LRU_INACTIVE_FILE) + (get_nr_swap_pages(mm) > 0 ? lists.size(row, LRU_INACTIVE_ANON) : 0);
    const needed = 2 << sc.order;
    return (sc.nr_reclaimed < needed && inactive > needed) || compaction_suitable(mm, row, sc.order, 0, 0) <= COMPACT_SKIPPED;
  }
  return {
    tail_lru_dirty, age_active_anon,
    shrink_zone(row, sc) {
      let before: number;
      do {
        before = sc.nr_reclaimed;
        shrink_lruvec(row, sc);
      } while (should_continue_reclaim(row, sc.nr_reclaimed - before, sc));
    },
    zone_reclaimable_pages: (row) => lists.size(row, LRU_INACTIVE_FILE) + lists.size(row, LRU_ACTIVE_FILE) + (get_nr_swap_pages(mm) > 0 ? lists.size(row, LRU_INACTIVE_ANON) + lists.size(row, LRU_ACTIVE_ANON) : 0),
  };
}
