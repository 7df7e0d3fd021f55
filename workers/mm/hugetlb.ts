/**
 * Mirrors: mm/hugetlb.c (6.1): the pools of huge pages, 2 MiB and 1 GiB, and who takes from them. Their numbers and list heads are words of MISC, their free lists run through the
 * frames' own links; a free huge page has no owner, one in use is mapped frame by frame. A page of 1 GiB is larger than any order a frame can state: 256 chunks of the largest, of kind
 * hugetlb, are one. How pools grow and shrink: hugetlb_pool.ts.
 * Left out: optimised vmemmap, cgroups. Why: the recorded machines use none.
 */
import { ERRNO } from '../uapi/errno.ts';
import { STATE_ALLOC, STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, pageblock_nr_pages, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { COLD_RAW_HWP, KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_COLD, KIND_HUGETLB, KIND_MASK } from '../uapi/page_kind.ts';
import { __GFP_RETRY_MAYFAIL, GFP_KERNEL } from './gfp.ts';
import { M_HUGETLB_FREE, M_HUGETLB_FREELIST, M_HUGETLB_NR, M_HUGETLB_OVERCOMMIT, M_HUGETLB_RESV, M_HUGETLB_SURPLUS, type Mm } from './mm.ts';
import { compound_head, page_zone_row, zone_to_nid } from './mmzone.ts';
import { ALL_NODES, type Buddy } from './page_alloc.ts';
import { clearColdFlags, coldFlags, hasCold, PageHWPoison, setColdFlags } from './page_flags.ts';
import { changed } from './rmap.ts';
import { count_vm_event, VM } from './vm_event.ts';

const nidOf = (mm: Mm, pfn: number): number => zone_to_nid(page_zone_row(mm, pfn));
const nodesOf = (mm: Mm): number[] => Array.from({ length: mm.t.sizes.nodes }, (_, nid) => nid);
const add = (mm: Mm, word: number, n: number): void => {
  mm.t.misc.word[word] = (mm.t.misc.word[word] as number) + n;
};

/** A size of huge pages. */
export interface Hstate {
  readonly order: number;
  /** Frames of a page. */
  readonly pages: number;
  /** Where its words of MISC begin, from those of the 2 MiB pool. */
  readonly base: number;
}
/** By order. */
const USUAL: readonly Hstate[] = Array.from({ length: 16 }, (_, order) => ({ order, pages: 2 ** order, base: 0 }));
/** The size that nobody has to name: 2 MiB on x86_64. */
export const default_hstate = ({ geometry }: Pick<Mm, 'geometry'>): Hstate => USUAL[geometry.hpage_order] as Hstate;
export const HPAGE_1G: Hstate = { order: 18, pages: 2 ** 18, base: 256 };
/** Sizes this kernel has, as it lists them. */
export const hstates = (mm: Pick<Mm, 'edition' | 'geometry'>): readonly Hstate[] => (mm.edition.gigantic_pages && mm.geometry.arch === 'x86_64' ? [HPAGE_1G, default_hstate(mm)] : [default_hstate(mm)]);
export const hstate_is_gigantic = (h: Hstate): boolean => h === HPAGE_1G;

export interface HugetlbCounts {
  readonly nr: number;
  readonly free: number;
  readonly resv: number;
  readonly surplus: number;
}
/** Huge pages of a node, or of all. Reservations belong to no node: counted only in the whole. */
export function hugetlbCounts(mm: Mm, nid?: number, { base }: Hstate = default_hstate(mm)): HugetlbCounts {
  const nodes = nid === undefined ? nodesOf(mm) : [nid];
  const sum = (word: number): number => nodes.reduce((n, node) => n + (mm.t.misc.word[base + word + node] as number), 0);
  return { nr: sum(M_HUGETLB_NR), free: sum(M_HUGETLB_FREE), surplus: sum(M_HUGETLB_SURPLUS), resv: nid === undefined ? (mm.t.misc.word[base + M_HUGETLB_RESV] as number) : 0 };
}

export const PageHuge = (mm: Mm, pfn: number): boolean => ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_HUGETLB;
/** Is a huge page (head) on the free list of its pool? One that nobody maps need not be: it may be on its way to or from a process. Source: HPageFreed(). */
export function HPageFreed(mm: Mm, head: number): boolean {
  if (!PageHuge(mm, head) || (mm.t.memmap.owner[head] as number) > 0) return false;
  return mm.t.memmap.prev[head] !== 0 || mm.t.misc.word[page_hstate(mm, head).base + M_HUGETLB_FREELIST + nidOf(mm, head)] === head;
}
/** HPageMigratable: a huge page (head) that somebody has mapped. */
export const isActiveHugePage = (mm: Mm, head: number): boolean => PageHuge(mm, head) && (mm.t.memmap.owner[head] as number) > 0;

/** Size of the huge page a frame belongs to, and its first frame. */
export function page_hstate(mm: Mm, pfn: number): Hstate {
  return ((mm.t.memmap.state[compound_head(mm, pfn)] as number) & STATE_ORDER) === mm.geometry.MAX_ORDER - 1 && hstates(mm).length > 1 ? HPAGE_1G : default_hstate(mm);
}
export const huge_page_head = (mm: Mm, pfn: number): number => pfn & ~(page_hstate(mm, pfn).pages - 1);
/** Part of a huge page of 1 GiB? */
export const PageGigantic = (mm: Mm, pfn: number): boolean => PageHuge(mm, pfn) && hstate_is_gigantic(page_hstate(mm, pfn));

/** The page that was freed last is taken first. Source: enqueue_huge_page(). */
export function enqueue_huge_page(mm: Mm, pfn: number, { base }: Hstate): void {
  const { next, prev } = mm.t.memmap;
  const nid = nidOf(mm, pfn);
  const first = mm.t.misc.word[base + M_HUGETLB_FREELIST + nid] as number;
  next[pfn] = first;
  prev[pfn] = 0;
  changed(mm, pfn);
  if (first !== 0) {
    prev[first] = pfn;
    changed(mm, first);
  }
  mm.t.misc.word[base + M_HUGETLB_FREELIST + nid] = pfn;
  add(mm, base + M_HUGETLB_FREE + nid, 1);
}
function unlist(mm: Mm, pfn: number, { base }: Hstate): void {
  const { next, prev } = mm.t.memmap;
  const nid = nidOf(mm, pfn);
  const n = next[pfn] as number;
  const p = prev[pfn] as number;
  if (p === 0) mm.t.misc.word[base + M_HUGETLB_FREELIST + nid] = n;
  else {
    next[p] = n;
    changed(mm, p);
  }
  if (n !== 0) {
    prev[n] = p;
    changed(mm, n);
  }
  next[pfn] = prev[pfn] = 0;
  changed(mm, pfn);
  add(mm, base + M_HUGETLB_FREE + nid, -1);
}
/** The first free huge page of a node that is not broken, off its list; 0: none. Source: dequeue_huge_page_node_exact(). */
function dequeue_huge_page(mm: Mm, nid: number, h: Hstate): number {
  let pfn = mm.t.misc.word[h.base + M_HUGETLB_FREELIST + nid] as number;
  while (pfn !== 0 && PageHWPoison(mm, pfn)) pfn = mm.t.memmap.next[pfn] as number;
  if (pfn !== 0) unlist(mm, pfn, h);
  return pfn;
}
/**
 * A frame of a huge page is broken: the head is marked, and the frame goes on the huge page's list of broken ones. True: the head was marked before; `fresh`: the frame was not.
 * Source: hugetlb_update_hwpoison().
 */
export function hugetlb_update_hwpoison(mm: Mm, pfn: number): { readonly marked: boolean; readonly fresh: boolean } {
  const head = huge_page_head(mm, pfn);
  const marked = PageHWPoison(mm, head);
  const fresh = !marked || (coldFlags(mm, pfn) & COLD_RAW_HWP) === 0;
  setColdFlags(mm, head, kpf(KPF.HWPOISON));
  setColdFlags(mm, pfn, COLD_RAW_HWP);
  return { marked, fresh };
}
/** The mark goes from the head to the frames that are broken: they, and no others, are lost once the huge page is none any more. Source: hugetlb_clear_page_hwpoison(). */
export function hugetlb_clear_page_hwpoison(mm: Mm, pfn: number): number[] {
  const broken: number[] = [];
  if (!PageHWPoison(mm, pfn)) return broken;
  const { pages } = page_hstate(mm, pfn);
  for (let i = pfn; i < pfn + pages; i++) {
    if ((coldFlags(mm, i) & COLD_RAW_HWP) !== 0) broken.push(i);
    clearColdFlags(mm, i, COLD_RAW_HWP | kpf(KPF.HWPOISON));
  }
  return broken;
}

/** A huge page from the allocator, of this node; -1: none. Source: alloc_buddy_huge_page(). */
export function alloc_buddy_huge_page(mm: Mm, buddy: Buddy, nid: number, nodemask: number, highest_zoneidx: number): number {
  const { next, prev } = mm.t.memmap;
  const request = { order: mm.geometry.hpage_order, migratetype: MIGRATE_MOVABLE, highest_zoneidx, nid, nodemask, kind: KIND_HUGETLB };
  const pfn = mm.alloc_pages_compacting(buddy, request, GFP_KERNEL | __GFP_RETRY_MAYFAIL);
  count_vm_event(mm, pfn < 0 ? VM.htlb_buddy_alloc_fail : VM.htlb_buddy_alloc_success);
  if (pfn >= 0) next[pfn] = prev[pfn] = 0;
  return pfn;
}
/**
 * The frames of a huge page go back to the allocator: one of 1 GiB page by page. Broken ones are not handed out again; Linux leaves those in their free chunk until somebody is about to
 * get it. Source: update_and_free_page().
 */
export function update_and_free_page(mm: Mm, buddy: Buddy, pfn: number, h: Hstate): void {
  const broken = hugetlb_clear_page_hwpoison(mm, pfn);
  if (!hstate_is_gigantic(h)) buddy.free_pages(pfn, h.order);
  else {
    mm.t.memmap.state.fill(STATE_ALLOC, pfn, pfn + h.pages);
    for (let i = pfn; i < pfn + h.pages; i++) buddy.free_pages(i, 0);
  }
  if (broken.length > 0) buddy.drain_all_pages(page_zone_row(mm, pfn));
  for (const at of broken) {
    if (!buddy.take_page_off_buddy(at)) continue;
    setColdFlags(mm, at, kpf(KPF.HWPOISON));
    buddy.free_pages(at, 0);
  }
}
/** A free huge page leaves the pool for good. Source: remove_hugetlb_page(). */
function remove_free_page(mm: Mm, buddy: Buddy, pfn: number, h: Hstate): void {
  const nid = nidOf(mm, pfn);
  unlist(mm, pfn, h);
  add(mm, h.base + M_HUGETLB_NR + nid, -1);
  update_and_free_page(mm, buddy, pfn, h);
}
export function remove_pool_huge_page(mm: Mm, buddy: Buddy, h: Hstate, nodes: readonly number[]): boolean {
  for (const nid of nodes) {
    const pfn = mm.t.misc.word[h.base + M_HUGETLB_FREELIST + nid] as number;
    if (pfn === 0) continue;
    remove_free_page(mm, buddy, pfn, h);
    return true;
  }
  return false;
}

/** Sets `pages` huge pages aside for a mapping, if need be pages beyond the pool (nr_overcommit): 0, or -ENOMEM. Source: hugetlb_acct_memory(), gather_surplus_pages(). */
export function hugetlb_reserve_pages(mm: Mm, buddy: Buddy, pages: number, h: Hstate = default_hstate(mm)): number {
  const { free, resv, surplus } = hugetlbCounts(mm, undefined, h);
  const missing = resv + pages - free;
  const fresh: number[] = [];
  if (missing > 0) {
    if (hstate_is_gigantic(h) || surplus + missing > (mm.t.misc.word[h.base + M_HUGETLB_OVERCOMMIT] as number)) return -ERRNO.ENOMEM;
    while (fresh.length < missing) {
      const pfn = alloc_buddy_huge_page(mm, buddy, 0, -1, ZONE_MOVABLE);
      if (pfn < 0) {
        for (const page of fresh) update_and_free_page(mm, buddy, page, h);
        return -ERRNO.ENOMEM;
      }
      fresh.push(pfn);
    }
  }
  for (const pfn of fresh) {
    add(mm, h.base + M_HUGETLB_NR + nidOf(mm, pfn), 1);
    add(mm, h.base + M_HUGETLB_SURPLUS + nidOf(mm, pfn), 1);
    enqueue_huge_page(mm, pfn, h);
  }
  add(mm, h.base + M_HUGETLB_RESV, pages);
  return 0;
}
/** A reserved huge page for a process on `nid`, else on another node of `nodemask`; -1: none (a reservation was not made). Source: alloc_huge_page(). */
export function alloc_huge_page(mm: Mm, nid: number, h: Hstate = default_hstate(mm), nodemask = ALL_NODES): number {
  const order = [...nodesOf(mm).filter((n) => n >= nid), ...nodesOf(mm).filter((n) => n < nid)];
  for (const node of order) {
    const pfn = (nodemask & (1 << node)) === 0 ? 0 : dequeue_huge_page(mm, node, h);
    if (pfn === 0) continue;
    add(mm, h.base + M_HUGETLB_RESV, -1);
    return pfn;
  }
  return -1;
}
/** What a mapping reserved and never got is nobody's any more; pages beyond the pool that were made for it go. Source: hugetlb_unreserve_pages(), return_unused_surplus_pages(). */
export function hugetlb_unreserve_pages(mm: Mm, buddy: Buddy, pages: number, h: Hstate): void {
  add(mm, h.base + M_HUGETLB_RESV, -pages);
  for (let left = Math.min(pages, hugetlbCounts(mm, undefined, h).surplus); left > 0; left--) {
    const nid = nodesOf(mm).find((node) => (mm.t.misc.word[h.base + M_HUGETLB_SURPLUS + node] as number) > 0 && mm.t.misc.word[h.base + M_HUGETLB_FREELIST + node] !== 0);
    if (nid === undefined) return;
    add(mm, h.base + M_HUGETLB_SURPLUS + nid, -1);
    remove_pool_huge_page(mm, buddy, h, [nid]);
  }
}
/** A huge page nobody uses any more goes back to the pool, or, if its node has surplus, to the allocator. Source: free_huge_page(). */
export function free_huge_page(mm: Mm, buddy: Buddy, pfn: number): void {
  const { kind, tag, owner } = mm.t.memmap;
  const nid = nidOf(mm, pfn);
  const h = page_hstate(mm, pfn);
  for (let i = pfn; i < pfn + h.pages; i++) {
    const broken = coldFlags(mm, i) & (COLD_RAW_HWP | kpf(KPF.HWPOISON));
    if (hasCold(mm, i)) {
      mm.t.cold.flags[i] = broken;
      mm.t.cold.mapcount[i] = mm.t.cold.pincount[i] = 0;
    }
    kind[i] = KIND_HUGETLB | (broken === 0 ? 0 : KIND_COLD);
    tag[i] = 0;
    owner[i] = 0;
  }
  for (let i = pfn; i < pfn + h.pages; i += pageblock_nr_pages) mm.touch(i);
  if ((mm.t.misc.word[h.base + M_HUGETLB_SURPLUS + nid] as number) > 0) {
    add(mm, h.base + M_HUGETLB_SURPLUS + nid, -1);
    add(mm, h.base + M_HUGETLB_NR + nid, -1);
    update_and_free_page(mm, buddy, pfn, h);
  } else enqueue_huge_page(mm, pfn, h);
}

/** Where a huge page in use can move to. `fresh`: not from the pool, the page that is left takes its place there. */
export interface HugeTarget {
  readonly pfn: number;
  readonly fresh: boolean;
}
/**
 * A target for migration: a free page of the pool (whichever range it lies in), else a new one from the allocator that takes the old one's place in the pool (never one of 1 GiB).
 * pfn -1: neither. Source: alloc_huge_page_nodemask().
 */
export function alloc_huge_page_nodemask(mm: Mm, buddy: Buddy, h: Hstate, nid: number, nodemask: number, highest_zoneidx: number): HugeTarget {
  const { free, resv } = hugetlbCounts(mm, undefined, h);
  if (free - resv > 0) {
    for (const node of nodesOf(mm)) {
      const pfn = (nodemask & (1 << node)) === 0 ? 0 : dequeue_huge_page(mm, node, h);
      if (pfn !== 0) return { pfn, fresh: false };
    }
  }
  return { pfn: hstate_is_gigantic(h) ? -1 : alloc_buddy_huge_page(mm, buddy, nid, nodemask, highest_zoneidx), fresh: true };
}
/** After the move: the pool keeps its size, pages of the pool and the allocator's change places. Source: move_hugetlb_state(), putback. */
export function release_migrated_huge_page(mm: Mm, buddy: Buddy, from: number, to: HugeTarget): void {
  if (!to.fresh) {
    free_huge_page(mm, buddy, from);
    return;
  }
  add(mm, M_HUGETLB_NR + nidOf(mm, from), -1);
  add(mm, M_HUGETLB_NR + nidOf(mm, to.pfn), 1);
  update_and_free_page(mm, buddy, from, default_hstate(mm));
}
/** The move did not happen: the target goes back where it came from. */
export function putback_target(mm: Mm, buddy: Buddy, { pfn, fresh }: HugeTarget): void {
  if (pfn < 0) return;
  if (fresh) buddy.free_pages(pfn, mm.geometry.hpage_order);
  else enqueue_huge_page(mm, pfn, page_hstate(mm, pfn));
}

/** A broken huge page leaves the list of free ones, if it is on it; the pool keeps counting it. Source: dequeue_hwpoisoned_huge_page(), 3.11. */
export function dequeue_hwpoisoned_huge_page(mm: Mm, head: number): void {
  if (HPageFreed(mm, head)) unlist(mm, head, page_hstate(mm, head));
}
/** A free huge page is given up, whichever frame of it is named: 0, or -EBUSY (in use, or needed for a reservation). Source: dissolve_free_huge_page(). */
export function dissolve_free_huge_page(mm: Mm, buddy: Buddy, pfn: number): number {
  if (!PageHuge(mm, pfn)) return 0;
  const h = page_hstate(mm, pfn);
  const { free, resv } = hugetlbCounts(mm, undefined, h);
  const head = huge_page_head(mm, pfn);
  if (!HPageFreed(mm, head) || free - resv <= 0) return -ERRNO.EBUSY;
  remove_free_page(mm, buddy, head, h);
  return 0;
}
/** All free huge pages of a range: 0, or -EBUSY. Source: dissolve_free_huge_pages(). */
export function dissolve_free_huge_pages(mm: Mm, buddy: Buddy, start_pfn: number, end_pfn: number): number {
  for (let pfn = start_pfn; pfn < end_pfn; pfn += 1 << mm.geometry.hpage_order) {
    const ret = dissolve_free_huge_page(mm, buddy, pfn);
    if (ret !== 0) return ret;
  }
  return 0;
}

/** What is wrong with the lists of free huge pages; undefined: nothing. Each entry is a huge page of its node that nobody has, and they are as many as counted. */
export function brokenPool(mm: Mm): string | undefined {
  const { state, kind, next, prev, owner } = mm.t.memmap;
  const { word } = mm.t.misc;
  for (const { base } of [default_hstate(mm), HPAGE_1G]) {
    for (let nid = 0; nid < mm.t.node.state.length; nid++) {
      let before = 0;
      let count = 0;
      for (let pfn = word[base + M_HUGETLB_FREELIST + nid] as number; pfn !== 0; pfn = next[pfn] as number) {
        const at = `0x${pfn.toString(16)}`;
        const free = ((kind[pfn] as number) & KIND_MASK) === KIND_HUGETLB && ((state[pfn] as number) & STATE_ALLOC) !== 0 && (owner[pfn] as number) <= 0;
        if (!free || nidOf(mm, pfn) !== nid) return `frame ${at} is on the list of free huge pages of node ${nid} and is none of it`;
        if (prev[pfn] !== before) return `the list of free huge pages of node ${nid} is broken before frame ${at}`;
        before = pfn;
        count++;
      }
      if (count !== word[base + M_HUGETLB_FREE + nid]) return `node ${nid}: ${word[base + M_HUGETLB_FREE + nid]} free huge pages are counted, ${count} are listed`;
    }
  }
  return undefined;
}
