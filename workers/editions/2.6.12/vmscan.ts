/**
 * Mirrors: mm/vmscan.c (2.6.12), from shrink_list() to shrink_zone(): a zone has two lists, active and inactive, with anonymous memory and page cache on both. Memory of processes stays
 * active until the zone is in distress, or so much memory is mapped that it must be the one to go (swap_tendency).
 * Left out: congestion, buffer heads, pages locked or under I/O. Why: nothing runs beside reclaim, and disks are never congested.
 */
import { remember } from '../../lib/remember.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { createLruLists, PageActive, putback, test_clear_referenced, test_clear_young } from '../../mm/lru.ts';
import type { Mm } from '../../mm/mm.ts';
import { zone_to_nid } from '../../mm/mmzone.ts';
import { isAnonKind, mapcountOf } from '../../mm/page_flags.ts';
import { createPageReclaim } from '../../mm/reclaim_page.ts';
import { ownerName, ownerOf, SHMEM_OWNER } from '../../mm/rmap.ts';
import { get_nr_swap_pages, swapSpace, SWAP_CLUSTER_MAX } from '../../mm/swap.ts';
import { count_vm_event, count_vm_events, VM } from '../../mm/vm_event.ts';
import { DEF_PRIORITY } from '../../mm/vmscan.ts';
import { RAMFS_OWNER } from '../../mm/vmstat.ts';
import { count_zone_vm_events, PGREFILL, PGSCAN_DIRECT, PGSCAN_KSWAPD, PGSTEAL_DIRECT, PGSTEAL_KSWAPD, zoneReclaim } from '../../mm/zone_reclaim.ts';
import { KIND_MASK, KIND_MLOCKED } from '../../uapi/page_kind.ts';
import { EV } from '../../uapi/trace.ts';

const vm_swappiness = 60;
const KB_PER_PAGE = 4;
export const LRU_INACTIVE = 0;
export const LRU_ACTIVE = 1;

/** struct scan_control. */
export interface ScanControl {
  readonly kswapd: boolean;
  priority: number;
  /** Mapped pages of the machine when the round began. */
  nr_mapped: number;
  nr_to_reclaim: number;
  nr_scanned: number;
  nr_reclaimed: number;
}
export interface Vmscan {
  shrink_zone(row: number, sc: ScanControl): void;
  /** Pages on both lists of a zone. */
  lru_pages(row: number): number;
  /** Mapped pages of the machine: those of processes that are not in swap. */
  nr_mapped(): number;
  /** The least priority reclaim of the zone needed in its last round, and in this one, by row. */
  readonly prev_priority: Int32Array;
  readonly temp_priority: Int32Array;
}
const listOf = (mm: Mm, pfn: number): number => (PageActive(mm, pfn) ? LRU_ACTIVE : LRU_INACTIVE);

/** `total_memory`: pages above the high marks at boot; memory added later does not count. */
export function createVmscan(k: Kernel, total_memory: number): Vmscan {
  const { mm } = k;
  const lists = createLruLists(mm, listOf);
  const pages = createPageReclaim(k);
  const zone = zoneReclaim(mm);
  const column = (value = 0): Int32Array => remember(new Int32Array(mm.t.zone.spanned_pages.length).fill(value));
  const [prev_priority, temp_priority, nr_scan_active, nr_scan_inactive] = [column(DEF_PRIORITY), column(DEF_PRIORITY), column(), column()] as const;
  const { kind } = mm.t.memmap;
  const isAnon = (pfn: number): boolean => isAnonKind((kind[pfn] as number) & KIND_MASK);
  const ownedBy = (pfn: number, prefix: string): boolean => ownerName(mm, ownerOf(mm, pfn)).startsWith(prefix);

  /** Up to 32 pages of the old end; one more counts as scanned, as the loop there counts. */
  function isolate_lru_pages(row: number, lru: number, nr_to_scan: number): { readonly taken: readonly number[]; readonly scanned: number } {
    const taken: number[] = [];
    for (let pfn = 1; taken.length < nr_to_scan && pfn !== 0; ) {
      pfn = lists.next(row, lru);
      if (pfn !== 0) taken.push(pfn);
    }
    zone.pages_scanned[row] = (zone.pages_scanned[row] as number) + taken.length + 1;
    pages.scanned(taken.length);
    return { taken, scanned: taken.length + 1 };
  }
  function page_referenced(pfn: number): boolean {
    const young = test_clear_young(mm, pfn);
    return test_clear_referenced(mm, pfn) || young;
  }
  function activate(row: number, pfn: number): number {
    putback(mm, pfn, true);
    lists.moved(row, LRU_INACTIVE, LRU_ACTIVE, 1);
    count_vm_event(mm, VM.pgactivate);
    return 0;
  }
  function keep(pfn: number): number {
    putback(mm, pfn, false);
    return 0;
  }
  /** Pages freed. */
  function shrink_list(row: number, pfn: number, sc: ScanControl): number {
    const mapped = mapcountOf(mm, pfn) > 0;
    sc.nr_scanned += mapped ? 2 : 1;
    const referenced = page_referenced(pfn);
    if (referenced && mapped) return activate(row, pfn);
    // Locked memory is on the lists like any other; that it cannot be unmapped is found out here. Files of ramfs have nowhere to be written to.
    if (((kind[pfn] as number) & KIND_MASK) === KIND_MLOCKED || ownedBy(pfn, RAMFS_OWNER)) return activate(row, pfn);
    const swaps = isAnon(pfn) || ownedBy(pfn, SHMEM_OWNER);
    if (!pages.evictable(pfn, !swaps)) return keep(pfn);
    if (swaps) return pages.swap_out(pfn) ? 1 : activate(row, pfn);
    if (pages.isDirty(pfn)) {
      if (referenced) return keep(pfn);
      count_vm_events(mm, VM.pgpgout, KB_PER_PAGE);
      pages.written(pfn, true);
      return keep(pfn);
    }
    pages.drop(pfn);
    return 1;
  }
  function shrink_cache(row: number, nr_to_scan: number, sc: ScanControl): void {
    const { taken, scanned } = isolate_lru_pages(row, LRU_INACTIVE, nr_to_scan);
    if (taken.length === 0) return;
    count_zone_vm_events(zone, sc.kswapd ? PGSCAN_KSWAPD : PGSCAN_DIRECT, row, scanned);
    let freed = 0;
    for (const pfn of taken) freed += shrink_list(row, pfn, sc);
    lists.left(row, LRU_INACTIVE, freed);
    count_zone_vm_events(zone, sc.kswapd ? PGSTEAL_KSWAPD : PGSTEAL_DIRECT, row, freed);
    sc.nr_to_reclaim -= freed;
    sc.nr_reclaimed += freed;
    mm.trace(EV.mm_vmscan_lru_shrink_inactive, zone_to_nid(row), taken.length, freed, sc.priority, 0);
  }
  /** Is it time for memory of processes to go? */
  function reclaim_mapped(row: number, sc: ScanControl): boolean {
    const distress = 100 >> (prev_priority[row] as number);
    const mapped_ratio = Math.floor((sc.nr_mapped * 100) / total_memory);
    return (mapped_ratio >> 1) + distress + vm_swappiness >= 100;
  }
  function refill_inactive_zone(row: number, nr_to_scan: number, sc: ScanControl): void {
    const { taken, scanned } = isolate_lru_pages(row, LRU_ACTIVE, nr_to_scan);
    const mapped_go = reclaim_mapped(row, sc);
    const no_swap = (swapSpace(mm)?.total_swap_pages() ?? 0) === 0;
    const [active, inactive]: [number[], number[]] = [[], []];
    for (const pfn of taken) {
      const stays = mapcountOf(mm, pfn) > 0 && (!mapped_go || (no_swap && isAnon(pfn)) || page_referenced(pfn));
      (stays ? active : inactive).push(pfn);
    }
    for (const pfn of inactive) putback(mm, pfn, false);
    for (const pfn of active) putback(mm, pfn, true);
    lists.moved(row, LRU_ACTIVE, LRU_INACTIVE, inactive.length);
    count_zone_vm_events(zone, PGREFILL, row, scanned);
    count_vm_events(mm, VM.pgdeactivate, inactive.length);
    if (taken.length > 0) mm.trace(EV.mm_vmscan_lru_shrink_active, zone_to_nid(row), taken.length, inactive.length, sc.priority, 0);
  }
  /** What is due adds up until it is worth a walk; one more each time, so that the active list is sifted in any case. */
  function due(counter: Int32Array, row: number, lru: number, priority: number): number {
    const sum = (counter[row] as number) + (lists.size(row, lru) >>> priority) + 1;
    counter[row] = sum >= SWAP_CLUSTER_MAX ? 0 : sum;
    return sum >= SWAP_CLUSTER_MAX ? sum : 0;
  }
  return {
    prev_priority, temp_priority,
    lru_pages: (row) => lists.size(row, LRU_ACTIVE) + lists.size(row, LRU_INACTIVE),
    nr_mapped() {
      const { kind: kinds, nr_ptes } = mm.t.owner;
      let sum = 0;
      for (let row = 1; row < kinds.length; row++) if (isAnonKind(kinds[row] as number)) sum += nr_ptes[row] as number;
      return Math.max(0, sum - ((swapSpace(mm)?.total_swap_pages() ?? 0) - get_nr_swap_pages(mm)));
    },
    shrink_zone(row, sc) {
      let nr_active = due(nr_scan_active, row, LRU_ACTIVE, sc.priority);
      let nr_inactive = due(nr_scan_inactive, row, LRU_INACTIVE, sc.priority);
      sc.nr_to_reclaim = SWAP_CLUSTER_MAX;
      while (nr_active > 0 || nr_inactive > 0) {
        const [active, inactive] = [Math.min(nr_active, SWAP_CLUSTER_MAX), Math.min(nr_inactive, SWAP_CLUSTER_MAX)];
        nr_active -= active;
        nr_inactive -= inactive;
        if (active > 0) refill_inactive_zone(row, active, sc);
        if (inactive > 0) shrink_cache(row, inactive, sc);
        if (sc.nr_to_reclaim <= 0) break;
      }
    },
  };
}
