/**
 * Mirrors: mm/hugetlb.c (6.1) for the one size of 2 MiB: the pool of huge pages, who takes from it and how it grows and shrinks. Its numbers and list heads are words of MISC,
 * its free lists run through the frames' own links; a free huge page has no owner, one in use is mapped frame by frame.
 * Left out: gigantic pages, overcommit, optimised vmemmap, cgroups. Why: the recorded machines could reserve none of the first, and use none of the others.
 */
import { ERRNO } from '../uapi/errno.ts';
import { STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, pageblock_nr_pages, pageblock_order, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { KIND_COLD, KIND_HUGETLB, KIND_MASK } from '../uapi/page_kind.ts';
import { alloc_pages_compacting } from './direct_compact.ts';
import { __GFP_RETRY_MAYFAIL, GFP_KERNEL } from './gfp.ts';
import { M_HUGETLB_FREE, M_HUGETLB_FREELIST, M_HUGETLB_NEXT_NID, M_HUGETLB_NR, M_HUGETLB_RESV, M_HUGETLB_SURPLUS, type Mm } from './mm.ts';
import { page_zone_row, zone_to_nid } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { changed } from './rmap.ts';
import { count_vm_event, VM } from './vm_event.ts';

const nidOf = (mm: Mm, pfn: number): number => zone_to_nid(page_zone_row(mm, pfn));
const nodesOf = (mm: Mm): number[] => Array.from({ length: mm.t.sizes.nodes }, (_, nid) => nid);
const add = (mm: Mm, word: number, n: number): void => {
  mm.t.misc.word[word] = (mm.t.misc.word[word] as number) + n;
};

export interface HugetlbCounts {
  readonly nr: number;
  readonly free: number;
  readonly resv: number;
  readonly surplus: number;
}
/** Huge pages of a node, or of all. Reservations belong to no node: counted only in the whole. */
export function hugetlbCounts(mm: Mm, nid?: number): HugetlbCounts {
  const nodes = nid === undefined ? nodesOf(mm) : [nid];
  const sum = (word: number): number => nodes.reduce((n, node) => n + (mm.t.misc.word[word + node] as number), 0);
  return { nr: sum(M_HUGETLB_NR), free: sum(M_HUGETLB_FREE), surplus: sum(M_HUGETLB_SURPLUS), resv: nid === undefined ? (mm.t.misc.word[M_HUGETLB_RESV] as number) : 0 };
}

export const PageHuge = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_HUGETLB;
/** HPageMigratable: a huge page (head) that somebody has mapped. */
export const isActiveHugePage = (mm: Mm, head: number): boolean => PageHuge(mm, head) && (mm.t.memmap.owner[head] as number) > 0;

/** The page that was freed last is taken first. Source: enqueue_huge_page(). */
function enqueue_huge_page(mm: Mm, pfn: number): void {
  const { next, prev } = mm.t.memmap;
  const nid = nidOf(mm, pfn);
  const first = mm.t.misc.word[M_HUGETLB_FREELIST + nid] as number;
  next[pfn] = first;
  prev[pfn] = 0;
  changed(mm, pfn);
  if (first !== 0) {
    prev[first] = pfn;
    changed(mm, first);
  }
  mm.t.misc.word[M_HUGETLB_FREELIST + nid] = pfn;
  add(mm, M_HUGETLB_FREE + nid, 1);
}
function unlist(mm: Mm, pfn: number): void {
  const { next, prev } = mm.t.memmap;
  const nid = nidOf(mm, pfn);
  const n = next[pfn] as number;
  const p = prev[pfn] as number;
  if (p === 0) mm.t.misc.word[M_HUGETLB_FREELIST + nid] = n;
  else {
    next[p] = n;
    changed(mm, p);
  }
  if (n !== 0) {
    prev[n] = p;
    changed(mm, n);
  }
  add(mm, M_HUGETLB_FREE + nid, -1);
}

/** A huge page from the allocator, of this node; -1: none. Source: alloc_buddy_huge_page(). */
function alloc_buddy_huge_page(mm: Mm, buddy: Buddy, nid: number, nodemask: number, highest_zoneidx: number): number {
  const request = { order: pageblock_order, migratetype: MIGRATE_MOVABLE, highest_zoneidx, nid, nodemask, kind: KIND_HUGETLB };
  const pfn = alloc_pages_compacting(mm, buddy, request, GFP_KERNEL | __GFP_RETRY_MAYFAIL);
  count_vm_event(mm, pfn < 0 ? VM.htlb_buddy_alloc_fail : VM.htlb_buddy_alloc_success);
  return pfn;
}
/** Grows the pool by one page, the nodes taking turns. Source: alloc_pool_huge_page(). */
function alloc_pool_huge_page(mm: Mm, buddy: Buddy): boolean {
  const nodes = nodesOf(mm).filter((nid) => buddy.zonelist(nid, ZONE_MOVABLE).some((row) => zone_to_nid(row) === nid));
  const first = mm.t.misc.word[M_HUGETLB_NEXT_NID] as number;
  for (const nid of [...nodes.filter((n) => n >= first), ...nodes.filter((n) => n < first)]) {
    const pfn = alloc_buddy_huge_page(mm, buddy, nid, 1 << nid, ZONE_MOVABLE);
    mm.t.misc.word[M_HUGETLB_NEXT_NID] = nid + 1 < mm.t.sizes.nodes ? nid + 1 : 0;
    if (pfn < 0) continue;
    add(mm, M_HUGETLB_NR + nid, 1);
    enqueue_huge_page(mm, pfn);
    return true;
  }
  return false;
}
/** A free huge page leaves the pool for good; its frames go back to the allocator. Source: remove_hugetlb_page(), update_and_free_page(). */
function remove_free_page(mm: Mm, buddy: Buddy, pfn: number): void {
  const nid = nidOf(mm, pfn);
  unlist(mm, pfn);
  add(mm, M_HUGETLB_NR + nid, -1);
  buddy.free_pages(pfn, pageblock_order);
}
function remove_pool_huge_page(mm: Mm, buddy: Buddy): boolean {
  for (const nid of nodesOf(mm)) {
    const pfn = mm.t.misc.word[M_HUGETLB_FREELIST + nid] as number;
    if (pfn === 0) continue;
    remove_free_page(mm, buddy, pfn);
    return true;
  }
  return false;
}

/** Brings the pool to `count` pages as far as memory, use and reservations let it; what is in use beyond that becomes surplus. Source: set_max_huge_pages(). */
export function set_max_huge_pages(mm: Mm, buddy: Buddy, count: number): void {
  const persistent = (): number => {
    const { nr, surplus } = hugetlbCounts(mm);
    return nr - surplus;
  };
  const adjustSurplus = (by: 1 | -1): boolean => {
    const { word } = mm.t.misc;
    const fits = (nid: number): boolean => (by < 0 ? (word[M_HUGETLB_SURPLUS + nid] as number) > 0 : (word[M_HUGETLB_SURPLUS + nid] as number) < (word[M_HUGETLB_NR + nid] as number));
    const nid = nodesOf(mm).find(fits);
    if (nid !== undefined) add(mm, M_HUGETLB_SURPLUS + nid, by);
    return nid !== undefined;
  };
  while (count > persistent() && adjustSurplus(-1));
  while (count > persistent() && alloc_pool_huge_page(mm, buddy));
  const { nr, free, resv } = hugetlbCounts(mm);
  const least = Math.max(count, resv + nr - free);
  while (persistent() > least && remove_pool_huge_page(mm, buddy));
  while (persistent() > count && adjustSurplus(1));
}

/** Sets `pages` huge pages aside for a mapping: 0, or -ENOMEM. Source: hugetlb_acct_memory(). */
export function hugetlb_reserve_pages(mm: Mm, pages: number): number {
  const { free, resv } = hugetlbCounts(mm);
  if (free - resv < pages) return -ERRNO.ENOMEM;
  add(mm, M_HUGETLB_RESV, pages);
  return 0;
}
/** A reserved huge page for a process on `nid`, else on another node; -1: none (a reservation was not made). Source: alloc_huge_page(). */
export function alloc_huge_page(mm: Mm, nid: number): number {
  const order = [...nodesOf(mm).filter((n) => n >= nid), ...nodesOf(mm).filter((n) => n < nid)];
  for (const node of order) {
    const pfn = mm.t.misc.word[M_HUGETLB_FREELIST + node] as number;
    if (pfn === 0) continue;
    unlist(mm, pfn);
    add(mm, M_HUGETLB_RESV, -1);
    return pfn;
  }
  return -1;
}
/** A huge page nobody uses any more goes back to the pool, or, if its node has surplus, to the allocator. Source: free_huge_page(). */
export function free_huge_page(mm: Mm, buddy: Buddy, pfn: number): void {
  const { kind, tag, owner } = mm.t.memmap;
  const nid = nidOf(mm, pfn);
  for (let i = pfn; i < pfn + pageblock_nr_pages; i++) {
    if (((kind[i] as number) & KIND_COLD) !== 0) mm.t.cold.flags[i] = mm.t.cold.mapcount[i] = mm.t.cold.pincount[i] = 0;
    kind[i] = KIND_HUGETLB;
    tag[i] = 0;
    owner[i] = 0;
  }
  mm.touch(pfn);
  if ((mm.t.misc.word[M_HUGETLB_SURPLUS + nid] as number) > 0) {
    add(mm, M_HUGETLB_SURPLUS + nid, -1);
    add(mm, M_HUGETLB_NR + nid, -1);
    buddy.free_pages(pfn, pageblock_order);
  } else enqueue_huge_page(mm, pfn);
}

/** Where a huge page in use can move to. `fresh`: not from the pool, the page that is left takes its place there. */
export interface HugeTarget {
  readonly pfn: number;
  readonly fresh: boolean;
}
/**
 * A target for migration: a free page of the pool (whichever range it lies in), else a new one from the allocator that takes the old one's place in the pool.
 * pfn -1: neither. Source: alloc_huge_page_nodemask().
 */
export function alloc_huge_page_nodemask(mm: Mm, buddy: Buddy, nid: number, nodemask: number, highest_zoneidx: number): HugeTarget {
  const { free, resv } = hugetlbCounts(mm);
  if (free - resv > 0) {
    for (const node of nodesOf(mm)) {
      const pfn = mm.t.misc.word[M_HUGETLB_FREELIST + node] as number;
      if ((nodemask & (1 << node)) === 0 || pfn === 0) continue;
      unlist(mm, pfn);
      return { pfn, fresh: false };
    }
  }
  return { pfn: alloc_buddy_huge_page(mm, buddy, nid, nodemask, highest_zoneidx), fresh: true };
}
/** After the move: the pool keeps its size, pages of the pool and the allocator's change places. Source: move_hugetlb_state(), putback. */
export function release_migrated_huge_page(mm: Mm, buddy: Buddy, from: number, to: HugeTarget): void {
  if (!to.fresh) {
    free_huge_page(mm, buddy, from);
    return;
  }
  add(mm, M_HUGETLB_NR + nidOf(mm, from), -1);
  add(mm, M_HUGETLB_NR + nidOf(mm, to.pfn), 1);
  buddy.free_pages(from, pageblock_order);
}
/** The move did not happen: the target goes back where it came from. */
export function putback_target(mm: Mm, buddy: Buddy, { pfn, fresh }: HugeTarget): void {
  if (pfn < 0) return;
  if (fresh) buddy.free_pages(pfn, pageblock_order);
  else enqueue_huge_page(mm, pfn);
}

/** A free huge page is given up: 0, or -EBUSY (in use, or needed for a reservation). Source: dissolve_free_huge_page(). */
export function dissolve_free_huge_page(mm: Mm, buddy: Buddy, head: number): number {
  if (!PageHuge(mm, head)) return 0;
  const { free, resv } = hugetlbCounts(mm);
  if (isActiveHugePage(mm, head) || free - resv <= 0) return -ERRNO.EBUSY;
  remove_free_page(mm, buddy, head);
  return 0;
}
/** All free huge pages of a range: 0, or -EBUSY. Source: dissolve_free_huge_pages(). */
export function dissolve_free_huge_pages(mm: Mm, buddy: Buddy, start_pfn: number, end_pfn: number): number {
  for (let pfn = start_pfn; pfn < end_pfn; pfn += pageblock_nr_pages) {
    if (((mm.t.memmap.state[pfn] as number) & STATE_ORDER) !== pageblock_order) continue;
    const ret = dissolve_free_huge_page(mm, buddy, pfn);
    if (ret !== 0) return ret;
  }
  return 0;
}
