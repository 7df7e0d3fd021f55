/**
 * Mirrors: the counters of mm/vmstat.c and mm/show_mem.c (6.1), taken by counting frames instead of being kept: what /proc reports about use.
 * Left out: events: vm_event.ts and alloc_stat.ts count them.
 */
import { STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { pageblock_nr_pages } from '../uapi/mmzone.ts';
import { COLD_PTE_MAPPED, KPF } from '../uapi/page_flags.ts';
import {
  KIND_ANON, KIND_COLD, KIND_FILE, KIND_FREE, KIND_HUGETLB, KIND_KERNEL, KIND_MASK, KIND_MLOCKED, KIND_PAGETABLE, KIND_PINNED, KIND_PG_RESERVED, KIND_SLAB, KIND_THP,
} from '../uapi/page_kind.ts';
import type { Mm } from './mm.ts';
import { PageActive } from './lru.ts';
import { ownerName, SHMEM_OWNER } from './rmap.ts';

/** Prefix of the names of owners whose pages are files of ramfs: nobody locked them, they cannot be evicted all the same. */
export const RAMFS_OWNER = 'ramfs';
/** Prefix of the names of slab owners whose pages could be given back under pressure. */
export const RECLAIMABLE_OWNER = 'reclaimable slab';

/** Pages of one zone, or summed over several. */
export interface PageCounts {
  inactive_anon: number;
  active_anon: number;
  inactive_file: number;
  active_file: number;
  unevictable: number;
  mlock: number;
  anon_pages: number;
  /** Mapped pages of files, tmpfs included. */
  mapped: number;
  file_pages: number;
  shmem: number;
  slab_reclaimable: number;
  slab_unreclaimable: number;
  page_table_pages: number;
  /** Huge pages of processes, in pages of 4 KiB. */
  anon_thp_pages: number;
  hugetlb_pages: number;
  dirty: number;
  /** Pages of the stacks of processes and their threads. */
  kernel_stack: number;
}
const noCounts = (): PageCounts => ({
  inactive_anon: 0, active_anon: 0, inactive_file: 0, active_file: 0, unevictable: 0, mlock: 0, anon_pages: 0, mapped: 0, file_pages: 0, shmem: 0,
  slab_reclaimable: 0, slab_unreclaimable: 0, page_table_pages: 0, anon_thp_pages: 0, hugetlb_pages: 0, dirty: 0, kernel_stack: 0,
});

const UNEVICTABLE = 1 << KPF.UNEVICTABLE;
const DIRTY = 1 << KPF.DIRTY;

/** Counts every zone's frames by use; index = row of ZONE. Cost: one look at each frame in use. */
export function countPages(mm: Mm): PageCounts[] {
  const { state, kind } = mm.t.memmap;
  const { zone } = mm.t.pageblock;
  const counts = Array.from(mm.t.zone.spanned_pages, noCounts);
  const names = new Map<number, string>();
  const nameOf = (row: number): string => {
    const name = names.get(row) ?? ownerName(mm, row);
    names.set(row, name);
    return name;
  };
  let head = 0;
  let headEnd = 0;
  let free = 0;
  for (let pageblock = 0; pageblock < zone.length; pageblock++) {
    if (zone[pageblock] === 0) continue;
    const c = counts[(zone[pageblock] as number) - 1] as PageCounts;
    const end = (pageblock + 1) * pageblock_nr_pages;
    if (mm.t.section.virgin[(end - 1) >>> mm.PFN_SECTION_SHIFT] !== 0) continue;
    for (let pfn = Math.max(free, pageblock * pageblock_nr_pages); pfn < end; pfn++) {
      const s = state[pfn] as number;
      if ((s & STATE_BUDDY) !== 0) {
        // A free chunk is skipped whole; it may reach into the next pageblock.
        free = pfn + (1 << (s & STATE_ORDER));
        pfn = free - 1;
        continue;
      }
      const k = kind[pfn] as number;
      if ((k & KIND_MASK) === KIND_FREE || (k & KIND_PG_RESERVED) !== 0) continue;
      if (s !== 0) {
        head = pfn;
        headEnd = pfn + (1 << (s & STATE_ORDER));
      } else if (pfn >= headEnd) head = pfn;
      countFrame(mm, c, pfn, head, nameOf);
    }
  }
  return counts;
}

function countFrame(mm: Mm, c: PageCounts, pfn: number, head: number, nameOf: (row: number) => string): void {
  const k = mm.t.memmap.kind[pfn] as number;
  const coldOf = (at: number): number => (((mm.t.memmap.kind[at] as number) & KIND_COLD) !== 0 ? (mm.t.cold.flags[at] as number) : 0);
  const cold = coldOf(head);
  const owner = mm.t.memmap.owner[pfn] as number;
  const name = (): string => nameOf(owner > 0 ? (mm.t.pte.owner[owner] as number) : -owner);
  const lru = (anon: boolean): void => {
    if (((mm.t.memmap.state[head] as number) & STATE_LRU) === 0) return;
    if ((k & KIND_MASK) === KIND_MLOCKED || (cold & UNEVICTABLE) !== 0) {
      c.unevictable++;
      if (!name().startsWith(RAMFS_OWNER)) c.mlock++;
    } else if (PageActive(mm, head)) c[anon ? 'active_anon' : 'active_file']++;
    else c[anon ? 'inactive_anon' : 'inactive_file']++;
  };
  switch (k & KIND_MASK) {
    case KIND_ANON: case KIND_MLOCKED: case KIND_PINNED:
      c.anon_pages++;
      lru(true);
      break;
    case KIND_THP:
      // Mapped in part: no huge page to its users, though one to the allocator.
      if ((cold & COLD_PTE_MAPPED) === 0) c.anon_thp_pages++;
      if ((cold & COLD_PTE_MAPPED) === 0 || owner !== 0) c.anon_pages++;
      lru(true);
      break;
    case KIND_FILE: {
      const shmem = name().startsWith(SHMEM_OWNER);
      c.file_pages++;
      if (shmem) c.shmem++;
      else if ((cold & DIRTY) !== 0) c.dirty++;
      if ((k & KIND_COLD) !== 0 && (mm.t.cold.mapcount[pfn] as number) > 0) c.mapped++;
      lru(shmem);
      break;
    }
    case KIND_SLAB:
      c[name().startsWith(RECLAIMABLE_OWNER) ? 'slab_reclaimable' : 'slab_unreclaimable']++;
      break;
    case KIND_PAGETABLE:
      c.page_table_pages++;
      break;
    case KIND_KERNEL:
      if (owner < 0 && mm.t.owner.kind[-owner] === KIND_ANON) c.kernel_stack++;
      break;
    case KIND_HUGETLB:
      c.hugetlb_pages++;
      break;
    default:
  }
}

/** Sum of some zones' counts. */
export function sumCounts(counts: readonly PageCounts[], rows: (row: number) => boolean = () => true): PageCounts {
  const sum = noCounts();
  counts.forEach((c, row) => {
    if (rows(row)) for (const key of Object.keys(sum) as (keyof PageCounts)[]) sum[key] += c[key];
  });
  return sum;
}
/** Σ of a ZONE column over some zones. */
export function sumZoneColumn(column: Int32Array, rows: (row: number) => boolean = () => true): number {
  let sum = 0;
  for (let row = 0; row < column.length; row++) if (rows(row)) sum += column[row] as number;
  return sum;
}

/** Pages no allocation can have: the larger of a zone's reserves for higher requests, and its high mark. Source: calculate_totalreserve_pages(). */
export function totalreserve_pages(mm: Mm): number {
  const z = mm.t.zone;
  const columns = [z.protection0, z.protection1, z.protection2, z.protection3, z.protection4];
  let sum = 0;
  for (let row = 0; row < z.managed_pages.length; row++) {
    const reserve = Math.max(...columns.map((c) => c[row] as number)) + (z.watermark_high[row] as number);
    sum += Math.min(reserve, z.managed_pages[row] as number);
  }
  return sum;
}

/** MemAvailable in pages. Source: si_mem_available(). */
export function si_mem_available(mm: Mm, counts: readonly PageCounts[]): number {
  const c = sumCounts(counts);
  const low = sumZoneColumn(mm.t.zone.watermark_low) + sumZoneColumn(mm.t.zone.watermark_boost);
  const pagecache = c.active_file + c.inactive_file;
  const reclaimable = c.slab_reclaimable;
  const available = sumZoneColumn(mm.t.zone.nr_free_pages) - totalreserve_pages(mm) + (pagecache - Math.min(pagecache >> 1, low)) + (reclaimable - Math.min(reclaimable >> 1, low));
  return Math.max(0, available);
}

/** vm.dirty_ratio and vm.dirty_background_ratio: percent of the memory that could be dirty. */
export const DIRTY_RATIO = 20;
export const BACKGROUND_RATIO = 10;
/** nr_dirty_threshold and nr_dirty_background_threshold: pages. `reclaimable`: those that reclaim could make room for. Source: global_dirtyable_memory(), global_dirty_limits(). */
export function global_dirty_limits(mm: Mm, reclaimable: number): readonly [dirty: number, background: number] {
  const free = sumZoneColumn(mm.t.zone.nr_free_pages);
  const available = free - Math.min(free, totalreserve_pages(mm)) + reclaimable + 1;
  return [Math.floor((available * DIRTY_RATIO) / 100), Math.floor((available * BACKGROUND_RATIO) / 100)];
}
