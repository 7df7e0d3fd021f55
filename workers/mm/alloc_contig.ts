/**
 * Mirrors: alloc_contig_range() of mm/page_alloc.c and isolate_migratepages_range() of mm/compaction.c (6.1): getting exactly this range of frames, by moving away what is in it.
 * Left out: clean page cache dropped on the way. Why: it changes only how fast it is.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { NODE_MEMORY, STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE } from '../uapi/mmzone.ts';
import { KIND_KERNEL } from '../uapi/page_kind.ts';
import type { Memory } from './kernel.ts';
import { pageblock_end_pfn } from './compact_control.ts';
import { dissolve_free_huge_page, isActiveHugePage, PageGigantic, PageHuge } from './hugetlb.ts';
import { isMovableNonLru, isolate_lru_page, migrate_pages, MR_CONTIG_RANGE, putback_movable_pages } from './migrate.ts';
import { M_WORK_NS, type Mm } from './mm.ts';
import { compound_head, page_zone_row, typeBlockPages, zone_to_nid } from './mmzone.ts';
import { start_isolate_page_range, test_pages_isolated, undo_isolate_page_range } from './page_isolation.ts';
import { page_pincount } from './page_flags.ts';

/** Pages isolated before they are moved: COMPACT_CLUSTER_MAX. */
const CLUSTER = 32;
/** A list whose pages fail is tried so often. */
const TRIES = 5;
/** No flags: poisoned pages and those of other drivers are in the way, and nobody dumps pages. */
const NO_FLAGS = 0;

/** Anonymous memory with a reference nobody's mapping explains is not even tried. */
const isPinned = (mm: Mm, head: number, order: number): boolean => {
  for (let i = head; i < head + (1 << order); i++) if (page_pincount(mm, i) > 0) return true;
  return false;
};

/** Isolates from pfn on until a cluster is full: the pages, and where the next search begins; or -errno. Source: isolate_migratepages_range(). */
function isolate_migratepages_range({ mm, buddy }: Memory, start_pfn: number, end_pfn: number): { readonly pages: number[]; readonly next: number } | number {
  const { state } = mm.t.memmap;
  const pages: number[] = [];
  let count = 0;
  let pfn = start_pfn;
  while (pfn < end_pfn && count < CLUSTER) {
    const head = compound_head(mm, pfn);
    const s = state[head] as number;
    const order = s & STATE_ORDER;
    const next = s === 0 ? pfn + 1 : head + (1 << order);
    // One of 1 GiB would need a range like this itself.
    if (PageGigantic(mm, head)) return -ERRNO.ENOMEM;
    if (PageHuge(mm, head) && !isActiveHugePage(mm, head)) {
      const ret = dissolve_free_huge_page(mm, buddy, head);
      if (ret !== 0) return ret;
    }
    const movable = (s & STATE_LRU) !== 0 || isActiveHugePage(mm, head) || isMovableNonLru(mm, head);
    if (movable && !isPinned(mm, head, order)) {
      isolate_lru_page(mm, head);
      pages.push(head);
      count += 1 << order;
    }
    pfn = next;
  }
  return { pages, next: pfn };
}

/** Moves everything movable out of the range: 0, -EBUSY after some tries, -ENOMEM at once, -EINTR. Source: __alloc_contig_migrate_range(). */
function* __alloc_contig_migrate_range(k: Memory, start_pfn: number, end_pfn: number): Kthread<number> {
  const { mm, buddy } = k;
  const nid = zone_to_nid(page_zone_row(mm, start_pfn));
  let pages: number[] = [];
  let tries = 0;
  for (let pfn = start_pfn; pfn < end_pfn || pages.length > 0; ) {
    if (mm.signal_pending()) {
      putback_movable_pages(mm, buddy, pages);
      return -ERRNO.EINTR;
    }
    if (pages.length === 0) {
      const found = isolate_migratepages_range(k, pfn, end_pfn);
      if (typeof found === 'number') return found;
      ({ pages, next: pfn } = found);
      tries = 0;
    } else if (++tries === TRIES) {
      putback_movable_pages(mm, buddy, pages);
      return -ERRNO.EBUSY;
    }
    const { left, ret } = yield* migrate_pages(mm, buddy, pages, { nid, nodemask: withMemory(mm) }, MR_CONTIG_RANGE);
    pages = [...left];
    if (ret === -ERRNO.ENOMEM) {
      putback_movable_pages(mm, buddy, pages);
      return -ERRNO.ENOMEM;
    }
  }
  return 0;
}
const withMemory = (mm: Mm): number => mm.t.node.state.reduce((mask, state, nid) => ((state & NODE_MEMORY) !== 0 ? mask | (1 << nid) : mask), 0);

/** Time to split one page off and to give it to the caller, ns: the recorded machine takes about 0.2 s for 128 MiB. */
const PAGE_NS = 6000;
/** The free pages of an isolated range leave their lists, each for itself. Source: isolate_freepages_range(). */
function* takeFreePages({ mm, buddy }: Memory, start_pfn: number, end_pfn: number): Kthread<void> {
  const { state, kind } = mm.t.memmap;
  for (let pfn = start_pfn; pfn < end_pfn; ) {
    const order = (state[pfn] as number) & STATE_ORDER;
    if (((state[pfn] as number) & STATE_BUDDY) !== 0) buddy.del_page_from_free_list(pfn);
    pfn += 1 << order;
  }
  state.fill(STATE_ALLOC, start_pfn, end_pfn);
  kind.fill(KIND_KERNEL, start_pfn, end_pfn);
  for (let pfn = start_pfn; pfn < end_pfn; pfn = pageblock_end_pfn(pfn)) mm.touch(pfn);
  for (let pfn = start_pfn; pfn < end_pfn; pfn = pageblock_end_pfn(pfn)) {
    mm.t.misc.word[M_WORK_NS] = (mm.t.misc.word[M_WORK_NS] as number) + PAGE_NS * (Math.min(end_pfn, pageblock_end_pfn(pfn)) - pfn);
    yield;
  }
}

/**
 * The frames [start_pfn, end_pfn) of one zone for the caller alone; pageblocks around them are set aside meanwhile. `migratetype`: what the pageblocks are, MIGRATE_CMA for an area's
 * own use. 0, -EBUSY (something does not move), -ENOMEM (nowhere to move to), -EINTR; then nothing was taken, though some pages may have moved. Source: alloc_contig_range(), 6.1.
 */
export function* alloc_contig_range(k: Memory, start_pfn: number, end_pfn: number, migratetype = MIGRATE_MOVABLE): Kthread<number> {
  const { mm, buddy } = k;
  const block_pages = typeBlockPages(mm);
  const first = start_pfn & ~(block_pages - 1);
  const last = ((end_pfn - 1) & ~(block_pages - 1)) + block_pages;
  let ret = yield* start_isolate_page_range(mm, buddy, first, last, migratetype, NO_FLAGS);
  if (ret !== 0) return ret;
  buddy.drain_all_pages(page_zone_row(mm, start_pfn));
  ret = yield* __alloc_contig_migrate_range(k, start_pfn, end_pfn);
  // Busy pages may have gone free meanwhile: the test has the last word.
  if (ret === 0 || ret === -ERRNO.EBUSY) {
    // Chunks that reach out of the range: only the part inside is taken.
    buddy.split_free_page_at(start_pfn);
    if (end_pfn < last) buddy.split_free_page_at(end_pfn);
    ret = test_pages_isolated(mm, start_pfn, end_pfn, NO_FLAGS);
    yield;
    if (ret === 0) yield* takeFreePages(k, start_pfn, end_pfn);
  }
  yield* undo_isolate_page_range(mm, buddy, first, last, migratetype);
  return ret;
}
/** Gives single frames of a range back. Source: free_contig_range(). */
export function free_contig_range({ buddy }: Memory, start_pfn: number, nr_pages: number): void {
  for (let pfn = start_pfn; pfn < start_pfn + nr_pages; pfn++) buddy.free_pages(pfn, 0);
}
