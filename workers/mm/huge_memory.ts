/**
 * Mirrors: mm/huge_memory.c (6.1): when a fault gets a huge page, how hard is tried for it, and how one becomes single pages again.
 * Left out: huge zero pages, those of files. Why: nobody here reads what was never written, or has such files.
 */
import { ERRNO } from '../uapi/errno.ts';
import { STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { KIND_MASK, KIND_THP } from '../uapi/page_kind.ts';
import { isPteMapped, leave_split_queue, split_queue, split_queue_len } from './deferred_split.ts';
import { alloc_pages_compacting } from './direct_compact.ts';
import { __GFP_DIRECT_RECLAIM, __GFP_IO, __GFP_KSWAPD_RECLAIM, __GFP_NORETRY } from './gfp.ts';
import { isolate_lru_page, putback_movable_pages, split_isolated_folio } from './migrate.ts';
import type { Memory, Shrinker } from './kernel.ts';
import { M_THP_DEFRAG, M_THP_ENABLED, type Mm } from './mm.ts';
import { ALL_NODES, type Buddy } from './page_alloc.ts';
import { page_pincount } from './page_flags.ts';
import { count_vm_event, VM } from './vm_event.ts';

/** Words of `enabled` and `defrag` by number; what a table of zeros says is off. */
export const THP_ENABLED = ['never', 'madvise', 'always'] as const;
export const THP_DEFRAG = ['madvise', 'always', 'defer', 'defer+madvise', 'never'] as const;
const thpEnabled = (mm: Mm): (typeof THP_ENABLED)[number] => THP_ENABLED[mm.t.misc.word[M_THP_ENABLED] as number] ?? 'never';
/** May a mapping have huge pages? `madvised`: it asked for them. Source: hugepage_vma_check(). */
export const hugepage_allowed = (mm: Mm, madvised: boolean): boolean => thpEnabled(mm) === 'always' || (madvised && thpEnabled(mm) === 'madvise');

/** GFP_TRANSHUGE_LIGHT has none of the flags that make room; GFP_TRANSHUGE compacts. */
export const GFP_TRANSHUGE_LIGHT = __GFP_IO;
export const GFP_TRANSHUGE = GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM;
/** Source: vma_thp_gfp_mask(). */
function vma_thp_gfp_mask(mm: Mm, madvised: boolean): number {
  switch (THP_DEFRAG[mm.t.misc.word[M_THP_DEFRAG] as number]) {
    case 'always': return madvised ? GFP_TRANSHUGE : GFP_TRANSHUGE | __GFP_NORETRY;
    case 'defer': return GFP_TRANSHUGE_LIGHT | __GFP_KSWAPD_RECLAIM;
    case 'defer+madvise': return madvised ? GFP_TRANSHUGE : GFP_TRANSHUGE_LIGHT | __GFP_KSWAPD_RECLAIM;
    case 'madvise': return madvised ? GFP_TRANSHUGE : GFP_TRANSHUGE_LIGHT;
    default: return GFP_TRANSHUGE_LIGHT;
  }
}
/** A huge page for a process, -1: none. Source: alloc_pages_vma(). */
export const alloc_hugepage = (mm: Mm, buddy: Buddy, nid: number, gfp: number, kthread = false, nodemask = ALL_NODES): number =>
  alloc_pages_compacting(mm, buddy, { order: mm.geometry.hpage_order, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid, nodemask, kind: KIND_THP }, gfp, kthread);
/**
 * At first from the node alone, and compacting it at most; only who may reclaim tries again, with reclaim and on all nodes: far huge pages are better than near small ones.
 * Source: vma_alloc_folio(). Before 5.6 there was the second attempt alone.
 */
function vma_alloc_hugepage(mm: Mm, buddy: Buddy, nid: number, gfp: number, nodemask: number): number {
  if (mm.edition.compaction.thp_local_first && (nodemask & (1 << nid)) !== 0) {
    const local = alloc_hugepage(mm, buddy, nid, gfp | __GFP_NORETRY, false, 1 << nid);
    if (local >= 0 || (gfp & __GFP_DIRECT_RECLAIM) === 0) return local;
  }
  return alloc_hugepage(mm, buddy, nid, gfp, false, nodemask);
}
/** The huge page a fault gets, or -1: it is to do with a small one. Source: do_huge_pmd_anonymous_page(). */
export function do_huge_pmd_anonymous_page(mm: Mm, buddy: Buddy, nid: number, madvised: boolean, nodemask = ALL_NODES): number {
  const pfn = vma_alloc_hugepage(mm, buddy, nid, vma_thp_gfp_mask(mm, madvised), nodemask);
  count_vm_event(mm, pfn < 0 ? VM.thp_fault_fallback : VM.thp_fault_alloc);
  return pfn;
}

/** A huge page on the LRU becomes single ones there: 0, or -EBUSY: somebody holds a reference. Source: split_huge_page(). */
export function split_huge_page(mm: Mm, buddy: Buddy, head: number): number {
  const pages = 1 << ((mm.t.memmap.state[head] as number) & STATE_ORDER);
  for (let i = head; i < head + pages; i++) {
    if (page_pincount(mm, i) === 0) continue;
    count_vm_event(mm, VM.thp_split_page_failed);
    return -ERRNO.EBUSY;
  }
  isolate_lru_page(mm, head);
  putback_movable_pages(mm, buddy, split_isolated_folio(mm, buddy, head));
  return 0;
}
/** Every huge page of processes there is. Source: split_huge_pages_all(). */
export function split_huge_pages_all(mm: Mm, buddy: Buddy): void {
  const { state, kind } = mm.t.memmap;
  const { hpage_order } = mm.geometry;
  for (let pfn = 0; pfn < state.length; pfn += 1 << hpage_order) {
    const s = state[pfn] as number;
    if ((s & STATE_LRU) !== 0 && (s & STATE_ORDER) === hpage_order && ((kind[pfn] as number) & KIND_MASK) === KIND_THP) split_huge_page(mm, buddy, pfn);
  }
}

/** The shrinker of the deferred list: splits what waits longest, so that pages nobody has are free again. A huge page that somebody holds stays on it. Source: deferred_split_scan(). */
export function deferred_split_shrinker({ mm, buddy }: Memory): Shrinker {
  const { state } = mm.t.memmap;
  const waits = (head: number): boolean => (state[head] as number) === (STATE_LRU | mm.geometry.hpage_order) && isPteMapped(mm, head);
  return {
    count_objects: () => split_queue_len(mm),
    scan_objects(nr_to_scan) {
      let split = 0;
      for (const head of split_queue(mm).slice(0, nr_to_scan)) {
        if (!waits(head)) leave_split_queue(mm, head);
        else if (split_huge_page(mm, buddy, head) === 0) split++;
      }
      return split;
    },
  };
}
