/** Mirrors: mm/hugetlb.c and alloc_contig_pages() of mm/page_alloc.c (6.1): how the pools of huge pages grow and shrink. */
import type { Kthread } from '../kernel/kthread.ts';
import { SECTION_ONLINE } from '../uapi/memory_block.ts';
import { STATE_ALLOC } from '../uapi/layout.ts';
import { MAX_ORDER, MAX_ORDER_NR_PAGES, pageblock_nr_pages, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_HUGETLB } from '../uapi/page_kind.ts';
import type { Memory } from './kernel.ts';
import { alloc_contig_range } from './alloc_contig.ts';
import { alloc_buddy_huge_page, enqueue_huge_page, default_hstate, type Hstate, hstate_is_gigantic, hugetlbCounts, PageHuge, remove_pool_huge_page } from './hugetlb.ts';
import { configured, M_HUGETLB_NEXT_NID, M_HUGETLB_NR, M_HUGETLB_SURPLUS, type Mm } from './mm.ts';
import { page_zone_row, PageReserved, zone_end_pfn, zone_to_nid } from './mmzone.ts';

/** A range worth trying: online, of the zone, with nothing reserved and no huge page. Source: pfn_range_valid_contig(). */
function pfn_range_valid_contig(mm: Mm, row: number, start_pfn: number, nr_pages: number): boolean {
  for (let pfn = start_pfn; pfn < start_pfn + nr_pages; pfn++) {
    if (pfn % pageblock_nr_pages === 0 && (((mm.t.section.state[pfn >>> mm.PFN_SECTION_SHIFT] as number) & SECTION_ONLINE) === 0 || page_zone_row(mm, pfn) !== row)) return false;
    if (PageReserved(mm, pfn) || PageHuge(mm, pfn)) return false;
  }
  return true;
}
/** nr_pages, a power of two, aligned to their size, on the node: the first range from which all can be moved away; -1: none, or a kernel with neither compaction nor CMA. Not from ZONE_MOVABLE: such pages do not move. */
function* alloc_contig_pages(k: Memory, nr_pages: number, nid: number): Kthread<number> {
  const { mm } = k;
  if (!configured(mm, 'COMPACTION') && !configured(mm, 'CMA')) return -1;
  for (const row of k.buddy.zonelist(nid, ZONE_NORMAL)) {
    if (zone_to_nid(row) !== nid) continue;
    const start = Math.ceil((mm.t.zone.zone_start_pfn[row] as number) / nr_pages) * nr_pages;
    for (let pfn = start; pfn + nr_pages <= zone_end_pfn(mm, row); pfn += nr_pages) {
      if (!pfn_range_valid_contig(mm, row, pfn, nr_pages)) continue;
      if ((yield* alloc_contig_range(k, pfn, pfn + nr_pages)) === 0) return pfn;
    }
  }
  return -1;
}
/** Single frames become one huge page. Source: prep_compound_gigantic_page(). */
export function prep_compound_gigantic_page(mm: Mm, pfn: number, h: Hstate): void {
  const { state, kind } = mm.t.memmap;
  state.fill(0, pfn, pfn + h.pages);
  kind.fill(KIND_HUGETLB, pfn, pfn + h.pages);
  for (let at = pfn; at < pfn + h.pages; at += MAX_ORDER_NR_PAGES) state[at] = STATE_ALLOC | (MAX_ORDER - 1);
  for (let at = pfn; at < pfn + h.pages; at += pageblock_nr_pages) mm.touch(at);
}
/** A page made for the pool joins it. */
export function add_to_pool(mm: Mm, pfn: number, h: Hstate): void {
  const { word } = mm.t.misc;
  const nr = h.base + M_HUGETLB_NR + zone_to_nid(page_zone_row(mm, pfn));
  word[nr] = (word[nr] as number) + 1;
  enqueue_huge_page(mm, pfn, h);
}

/** Grows the pool by one page, the allowed nodes taking turns. Source: alloc_pool_huge_page(). */
function* alloc_pool_huge_page(k: Memory, h: Hstate, allowed: readonly number[]): Kthread<boolean> {
  const { mm, buddy } = k;
  const { word } = mm.t.misc;
  const nodes = allowed.filter((nid) => buddy.zonelist(nid, ZONE_MOVABLE).some((row) => zone_to_nid(row) === nid));
  const first = word[h.base + M_HUGETLB_NEXT_NID] as number;
  for (const nid of [...nodes.filter((n) => n >= first), ...nodes.filter((n) => n < first)]) {
    const gigantic = hstate_is_gigantic(h);
    const pfn = gigantic ? yield* alloc_contig_pages(k, h.pages, nid) : alloc_buddy_huge_page(mm, buddy, nid, 1 << nid, ZONE_MOVABLE);
    word[h.base + M_HUGETLB_NEXT_NID] = nid + 1 < mm.t.sizes.nodes ? nid + 1 : 0;
    if (pfn < 0) continue;
    if (gigantic) prep_compound_gigantic_page(mm, pfn, h);
    add_to_pool(mm, pfn, h);
    return true;
  }
  return false;
}

/**
 * Brings a pool to `count` pages as far as memory, use and reservations let it; what is in use beyond that becomes surplus. `nid`: only this node's share of it changes, to `count`.
 * Source: set_max_huge_pages().
 */
export function* set_max_huge_pages(k: Memory, wanted: number, h: Hstate = default_hstate(k.mm), nid?: number): Kthread<void> {
  const { mm, buddy } = k;
  const { word } = mm.t.misc;
  const nodes = nid === undefined ? Array.from({ length: mm.t.sizes.nodes }, (_, node) => node) : [nid];
  const of = (): ReturnType<typeof hugetlbCounts> => hugetlbCounts(mm, undefined, h);
  const persistent = (): number => of().nr - of().surplus;
  const count = nid === undefined ? wanted : wanted + of().nr - hugetlbCounts(mm, nid, h).nr;
  const adjustSurplus = (by: 1 | -1): boolean => {
    const surplus = (node: number): number => word[h.base + M_HUGETLB_SURPLUS + node] as number;
    const node = nodes.find((n) => (by < 0 ? surplus(n) > 0 : surplus(n) < (word[h.base + M_HUGETLB_NR + n] as number)));
    if (node !== undefined) word[h.base + M_HUGETLB_SURPLUS + node] = surplus(node) + by;
    return node !== undefined;
  };
  while (count > persistent() && adjustSurplus(-1));
  while (count > persistent() && !mm.signal_pending() && (yield* alloc_pool_huge_page(k, h, nodes)));
  const { nr, free, resv } = of();
  const least = Math.max(count, resv + nr - free);
  while (persistent() > least && remove_pool_huge_page(mm, buddy, h, nodes));
  while (persistent() > count && adjustSurplus(1));
}
