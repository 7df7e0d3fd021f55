/**
 * Mirrors: the second half of shrink_folio_list() (shrink_page_list() of 3.11, shrink_list() of 2.6.12) in mm/vmscan.c: a page that nobody used lately leaves memory: anonymous memory
 * for swap, clean page cache for good. Who looked whether it was used is the edition's affair.
 */
import { KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_ANON, KIND_FILE, KIND_THP } from '../uapi/page_kind.ts';
import type { Memory } from './kernel.ts';
import { isPteMapped } from './deferred_split.ts';
import { split_isolated_folio } from './migrate.ts';
import { M_WORK_NS } from './mm.ts';
import { clearColdFlags, coldFlags, hasCold, kindOf, page_pincount } from './page_flags.ts';
import { changedPte, del_page_from_lru_list, lru_add, unmapPage } from './rmap.ts';
import { swapSpace } from './swap.ts';
import { count_vm_event, VM } from './vm_event.ts';

/** Looking at a page; and writing one to a compressed swap device, ns. The recorded guest, under emulation, swapped out 14 055 pages in about half a second. */
const SCAN_NS = 300;
const SWAP_OUT_NS = 25_000;
/** Writing a page of a file. */
const WRITE_FILE_NS = 60_000;
const DIRTY = kpf(KPF.DIRTY);

export interface PageReclaim {
  /** Time of looking at so many pages passes. */
  scanned(pages: number): void;
  /** Could it leave memory at all: nobody holds it, and one mapping at most is to be found? */
  evictable(pfn: number, file: boolean): boolean;
  isHuge(pfn: number): boolean;
  /** A huge page becomes small ones, the first of them oldest. */
  split(pfn: number): void;
  isDirty(pfn: number): boolean;
  /** A dirty page of a file was written, here and now or by the flusher. `here`: that takes its time. */
  written(pfn: number, here: boolean): void;
  /** Clean page cache: the frame is free. */
  drop(pfn: number): void;
  /** Anonymous memory: the frame is free, or (false) swap is full. */
  swap_out(pfn: number): boolean;
}

export function createPageReclaim({ mm, buddy }: Memory): PageReclaim {
  const { owner, tag } = mm.t.memmap;
  const { pte, cold, misc: { word } } = mm.t;
  const work = (ns: number): void => {
    word[M_WORK_NS] = (word[M_WORK_NS] as number) + ns;
  };
  return {
    scanned: (pages) => work(pages * SCAN_NS),
    evictable(pfn, file) {
      const was = kindOf(mm, pfn);
      // Held by somebody, or mapped by several: one row of page table is all that could be found.
      const shared = hasCold(mm, pfn) && (cold.mapcount[pfn] as number) > (file ? 0 : 1);
      // The first page of a huge one may be nobody's while others are somebody's.
      return ((owner[pfn] as number) > 0 || isPteMapped(mm, pfn)) && !shared && page_pincount(mm, pfn) === 0 && (was === KIND_ANON || was === KIND_FILE || was === KIND_THP);
    },
    isHuge: (pfn) => kindOf(mm, pfn) === KIND_THP,
    split(pfn) {
      del_page_from_lru_list(mm, pfn);
      for (const part of split_isolated_folio(mm, buddy, pfn)) lru_add(mm, part);
    },
    isDirty: (pfn) => (coldFlags(mm, pfn) & DIRTY) !== 0,
    written(pfn, here) {
      if (here) work(WRITE_FILE_NS);
      clearColdFlags(mm, pfn, DIRTY);
    },
    drop(pfn) {
      // The file finds out when it looks for the page.
      unmapPage(mm, pfn);
      del_page_from_lru_list(mm, pfn);
      buddy.free_pages(pfn, 0);
    },
    swap_out(pfn) {
      const entry = swapSpace(mm)?.get_swap_page(tag[pfn] as number, kindOf(mm, pfn)) ?? 0;
      if (entry === 0) return false;
      work(SWAP_OUT_NS);
      count_vm_event(mm, VM.pswpout);
      const slot = owner[pfn] as number;
      pte.pfn[slot] = entry;
      changedPte(mm, slot);
      owner[pfn] = 0;
      del_page_from_lru_list(mm, pfn);
      buddy.free_pages(pfn, 0);
      return true;
    },
  };
}

/** What is free, on per-cpu lists as well: slabs that became empty are counted by what it grew. */
export function freePages({ mm }: Pick<Memory, 'mm'>): number {
  const { nr_free_pages, pageset_count } = mm.t.zone;
  let sum = 0;
  for (let row = 0; row < nr_free_pages.length; row++) sum += (nr_free_pages[row] as number) + (pageset_count[row] as number);
  return sum;
}
