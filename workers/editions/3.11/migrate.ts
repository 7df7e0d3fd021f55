/**
 * Mirrors: scan_lru_pages(), do_migrate_range() of mm/memory_hotplug.c and migrate_pages() of mm/migrate.c (3.11): pages move in portions of 256, a huge page is split first, and a copy
 * never goes to ZONE_MOVABLE.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { isolate_lru_page, MIGRATE_SYNC, MR_MEMORY_HOTPLUG, putback_movable_pages, split_isolated_folio, unmap_and_move } from '../../mm/migrate.ts';
import { M_NR_MIGRATED, M_WORK_NS, type Mm } from '../../mm/mm.ts';
import { compound_head, PageReserved } from '../../mm/mmzone.ts';
import { lru_add } from '../../mm/rmap.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { FN } from '../../uapi/functions.ts';
import { STATE_BUDDY, STATE_LRU, STATE_ORDER, STATE_PCP } from '../../uapi/layout.ts';
import { MIGRATE_MOVABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { EV } from '../../uapi/trace.ts';
import { out_of_memory } from './oom_kill.ts';

const NR_OFFLINE_AT_ONCE_PAGES = 256;
/** migrate_pages() goes over its list at most this often. */
const MAX_PASSES = 10;
/** What an attempt that fails costs: a copy's frame taken and given back, page tables changed and changed back (ns, inferred: emulated processors are slow). */
const FAILED_ATTEMPT_NS = 20_000;
/** GFP_USER | __GFP_MOVABLE: without the highmem bit, which only a highmem page brings, ZONE_NORMAL is the highest. */
const TARGET = { nid: 0, nodemask: -1, highest_zoneidx: ZONE_NORMAL, migratetype: MIGRATE_MOVABLE } as const;

/** First page of the range on an LRU list, -1: none. It always looks from the start. Source: scan_lru_pages(). */
export function scan_lru_pages(mm: Mm, start_pfn: number, end_pfn: number): number {
  const { state } = mm.t.memmap;
  for (let pfn = start_pfn; pfn < end_pfn; pfn++) {
    const s = state[pfn] as number;
    if ((s & STATE_LRU) !== 0) return pfn;
    if ((s & STATE_BUDDY) !== 0) pfn += (1 << (s & STATE_ORDER)) - 1;
  }
  return -1;
}

/** Collects up to 256 pages from pfn on. A page in use that is on no list ends it: what was collected goes back, -EBUSY. Else the pages that did not move, or -ENOMEM. */
export function* do_migrate_range(k: Kernel, start_pfn: number, end_pfn: number): Kthread<number> {
  const { mm, buddy } = k;
  const { state } = mm.t.memmap;
  mm.trace(EV.sim_func_entry, FN.do_migrate_range, start_pfn, end_pfn);
  yield;
  const source: number[] = [];
  let ret = 0;
  for (let pfn = start_pfn; pfn < end_pfn && source.length < NR_OFFLINE_AT_ONCE_PAGES; pfn++) {
    const head = compound_head(mm, pfn);
    const s = state[head] as number;
    // Free pages and the tails of compound ones have no reference to take.
    if ((s & (STATE_BUDDY | STATE_PCP)) !== 0 || head !== pfn) continue;
    if ((s & STATE_LRU) !== 0) {
      isolate_lru_page(mm, pfn);
      source.push(pfn);
    } else if (s !== 0 || PageReserved(mm, pfn)) {
      ret = -ERRNO.EBUSY;
      break;
    }
  }
  if (ret !== 0) putback_movable_pages(mm, buddy, source);
  else if (source.length > 0) ret = yield* migrate_pages(k, source);
  mm.trace(EV.sim_func_exit, FN.do_migrate_range, ret);
  yield;
  return ret;
}

/** Moves isolated pages; those that do not move go back to their list. 0, how many are left, or -ENOMEM. */
function* migrate_pages(k: Kernel, pages: readonly number[]): Kthread<number> {
  const { mm, buddy } = k;
  const { state } = mm.t.memmap;
  const { word } = mm.t.misc;
  mm.trace(EV.sim_func_entry, FN.migrate_pages, pages.length);
  yield;
  let list = [...pages];
  let succeeded = 0;
  let ret = 0;
  for (let pass = 0; pass < MAX_PASSES && list.length > 0 && ret === 0; pass++) {
    const again: number[] = [];
    for (let i = 0; i < list.length; i++) {
      const pfn = list[i] as number;
      // Only the head of a huge page moves now: the others are on the LRU and have their turn later.
      if (((state[pfn] as number) & STATE_ORDER) > 0) {
        const parts = split_isolated_folio(mm, buddy, pfn);
        for (const part of parts) if (part !== pfn) lru_add(mm, part);
        if (parts[0] !== pfn) continue;
      }
      let err = unmap_and_move(mm, buddy, pfn, TARGET, MR_MEMORY_HOTPLUG);
      while (err === -ERRNO.ENOMEM && (yield* out_of_memory(k))) err = unmap_and_move(mm, buddy, pfn, TARGET, MR_MEMORY_HOTPLUG);
      if (err !== 0) word[M_WORK_NS] = (word[M_WORK_NS] as number) + FAILED_ATTEMPT_NS;
      yield;
      if (err === 0) succeeded++;
      else if (err === -ERRNO.ENOMEM) {
        again.push(...list.slice(i));
        ret = err;
        break;
      } else again.push(pfn);
    }
    list = again;
  }
  putback_movable_pages(mm, buddy, list);
  word[M_NR_MIGRATED] = (word[M_NR_MIGRATED] as number) + succeeded;
  if (ret === 0) ret = list.length;
  mm.trace(EV.mm_migrate_pages, succeeded, list.length, 0, MR_MEMORY_HOTPLUG, MIGRATE_SYNC);
  mm.trace(EV.sim_func_exit, FN.migrate_pages, ret);
  yield;
  return ret;
}
