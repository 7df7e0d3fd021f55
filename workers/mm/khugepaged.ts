/**
 * Mirrors: mm/khugepaged.c (6.1): every ten seconds 4096 pages of mappings that may have huge pages are looked at; 2 MiB of small pages become a huge one.
 * Left out: files, swapped and shared pages. Why: a range with any of them is left alone.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import { STATE_LRU } from '../uapi/layout.ts';
import { KIND_ANON, KIND_MASK, KIND_THP } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';
import { alloc_hugepage, GFP_TRANSHUGE, GFP_TRANSHUGE_LIGHT } from './huge_memory.ts';
import { M_KHUGEPAGED_DEFRAG, M_KHUGEPAGED_FULL_SCANS, M_KHUGEPAGED_MAX_PTES_NONE, M_KHUGEPAGED_PAGES_COLLAPSED, M_KHUGEPAGED_PAGES_TO_SCAN, M_KHUGEPAGED_SCAN_SLEEP, type Mm, page_size } from './mm.ts';
import { page_zone_row, zone_to_nid } from './mmzone.ts';
import { changed, changedPte, del_page_from_lru_list, lru_add } from './rmap.ts';
import type { Buddy } from './page_alloc.ts';
import { count_vm_event, VM } from './vm_event.ts';

const KHUGEPAGED = 34;
/** A mapping that may have huge pages: where it begins, and its slots of PTE in address order. */
export interface HugeCandidate {
  readonly pid: number;
  readonly address: number;
  readonly slots: readonly number[];
}
/** enum scan_result, those that come up here: row 0 is a huge page made. */
const SCAN_SUCCEED = 0;
const SCAN_EXCEED_NONE_PTE = 1;
const SCAN_PAGE_COUNT = 2;
const SCAN_PMD_MAPPED = 3;
const SCAN_ALLOC_HUGE_PAGE_FAIL = 4;

export interface Khugepaged {
  /** A mapping appeared that may have huge pages. Source: khugepaged_enter_vma(). */
  enter(): void;
}
/** Pages of a huge page. */
const HPAGE_PMD_NR = ({ geometry }: Mm): number => 1 << geometry.hpage_order;
/** The pages of a huge page from slot `at` on: could they be one? SCAN_*. Source: hpage_collapse_scan_pmd(). */
function scan_pmd(mm: Mm, slots: readonly number[], at: number): number {
  const { kind, state } = mm.t.memmap;
  let none = 0;
  const end = at + HPAGE_PMD_NR(mm);
  for (let i = at; i < end; i++) {
    const pfn = mm.t.pte.pfn[slots[i] as number] as number;
    if (pfn === 0) {
      if (++none > (mm.t.misc.word[M_KHUGEPAGED_MAX_PTES_NONE] as number)) {
        count_vm_event(mm, VM.thp_scan_exceed_none_pte);
        return SCAN_EXCEED_NONE_PTE;
      }
      continue;
    }
    if (pfn > 0 && ((kind[pfn] as number) & KIND_MASK) === KIND_THP) return SCAN_PMD_MAPPED;
    // On the LRU by itself, mapped once and held by nobody.
    if (pfn < 0 || kind[pfn] !== KIND_ANON || state[pfn] !== STATE_LRU || mm.t.memmap.owner[pfn] !== slots[i]) return SCAN_PAGE_COUNT;
  }
  return none > 0 ? SCAN_EXCEED_NONE_PTE : SCAN_SUCCEED;
}
/** Copies the small pages into a huge one and frees them. Source: collapse_huge_page(). */
function collapse_huge_page(mm: Mm, buddy: Buddy, slots: readonly number[], at: number): number {
  const { pte, memmap } = mm.t;
  const first = pte.pfn[slots[at] as number] as number;
  const gfp = mm.t.misc.word[M_KHUGEPAGED_DEFRAG] === 0 ? GFP_TRANSHUGE_LIGHT : GFP_TRANSHUGE;
  const huge = alloc_hugepage(mm, buddy, zone_to_nid(page_zone_row(mm, first)), gfp, true);
  count_vm_event(mm, huge < 0 ? VM.thp_collapse_alloc_failed : VM.thp_collapse_alloc);
  if (huge < 0) return SCAN_ALLOC_HUGE_PAGE_FAIL;
  const pages = HPAGE_PMD_NR(mm);
  for (let i = 0; i < pages; i++) {
    const slot = slots[at + i] as number;
    // Compaction may have moved it since it was looked at.
    const pfn = pte.pfn[slot] as number;
    memmap.tag[huge + i] = memmap.tag[pfn] as number;
    memmap.owner[huge + i] = slot;
    pte.pfn[slot] = huge + i;
    changed(mm, huge + i);
    changedPte(mm, slot);
    memmap.owner[pfn] = 0;
    del_page_from_lru_list(mm, pfn);
    buddy.free_pages(pfn, 0);
  }
  lru_add(mm, huge);
  mm.touch(huge);
  mm.trace(EV.mm_collapse_huge_page, huge, SCAN_SUCCEED);
  const { word } = mm.t.misc;
  word[M_KHUGEPAGED_PAGES_COLLAPSED] = (word[M_KHUGEPAGED_PAGES_COLLAPSED] as number) + 1;
  return SCAN_SUCCEED;
}

/** @param candidates mappings now, oldest first */
export function createKhugepaged(k: Kernel, candidates: () => readonly HugeCandidate[]): Khugepaged {
  const { mm, buddy } = k;
  const { word } = mm.t.misc;
  /** Where the next scan begins: mapping and its slot. */
  const scan = remember({ waits: false, mapping: 0, slot: 0 });
  const pages = HPAGE_PMD_NR(mm);
  const firstAligned = ({ address }: HugeCandidate): number => (pages - ((address / page_size(mm)) % pages)) % pages;

  function* khugepaged(): Kthread<void> {
    let found = candidates();
    for (let progress = 0; progress < (word[M_KHUGEPAGED_PAGES_TO_SCAN] as number); ) {
      found = candidates();
      const mapping = found[scan.mapping];
      if (mapping === undefined) {
        scan.mapping = scan.slot = 0;
        word[M_KHUGEPAGED_FULL_SCANS] = (word[M_KHUGEPAGED_FULL_SCANS] as number) + 1;
        break;
      }
      const at = Math.max(scan.slot, firstAligned(mapping));
      if (at + pages > mapping.slots.length) {
        scan.mapping++;
        scan.slot = 0;
        progress++;
        continue;
      }
      const result = scan_pmd(mm, mapping.slots, at);
      mm.trace(EV.mm_khugepaged_scan_pmd, mm.t.pte.pfn[mapping.slots[at] as number], result);
      if (result === SCAN_SUCCEED) collapse_huge_page(mm, buddy, mapping.slots, at);
      scan.slot = at + pages;
      progress += pages;
      yield;
    }
    scan.waits = false;
    if (found.length > 0) sleep();
  }
  function sleep(): void {
    if (scan.waits || k.queue_delayed_work === undefined) return;
    scan.waits = true;
    k.queue_delayed_work(word[M_KHUGEPAGED_SCAN_SLEEP] as number, () => {
      if (candidates().length > 0) k.kthreads?.work(KHUGEPAGED, 'khugepaged', khugepaged());
      else scan.waits = false;
    });
  }
  return { enter: sleep };
}
