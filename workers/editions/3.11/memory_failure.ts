/**
 * Mirrors: mm/memory-failure.c (3.11). Where it differs from 6.1: a huge page of the pool is lost as a whole, and stays in HugePages_Total for ever; what is known to be broken is no error
 * (to the hard way) and EBUSY (to the soft one); the log speaks of MCE.
 * A free page stays in its chunk in Linux until somebody is about to get it; here it is taken out at once. hwpoison-inject claims to hold a reference and holds none (mended in 3.12): one
 * user fewer is counted than there is.
 * Left out: that a kernel page loses its owner's reference then. Why: what is freed under its user's hands has no rules.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { pageFlagsText } from '../../mm/debug.ts';
import { dequeue_hwpoisoned_huge_page, HPageFreed, huge_page_head, isActiveHugePage, page_hstate, PageHuge } from '../../mm/hugetlb.ts';
import type { Kernel } from '../../mm/kernel.ts';
import {
  drain_for_poison, isCleanCache, keepAway, leftover, losePage, lruType, numPoisoned, pfn_valid, SetPageHWPoison, takeFree, try_to_split_thp_page,
} from '../../mm/memory_failure.ts';
import { isolate_lru_page, migrate_pages, MR_MEMORY_FAILURE, putback_movable_pages } from '../../mm/migrate.ts';
import type { Mm } from '../../mm/mm.ts';
import { compound_head, isFree, page_zone_row, PageLRU, PageReserved } from '../../mm/mmzone.ts';
import { kindOf, page_pincount, PageHWPoison } from '../../mm/page_flags.ts';
import { makeHugeHwpoisonEntry } from '../../mm/rmap.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { SECTION_ONLINE } from '../../uapi/memory_block.ts';
import { KPF, kpf } from '../../uapi/page_flags.ts';
import { KIND_FILE } from '../../uapi/page_kind.ts';

const LEVEL_ERR = 3;
const LEVEL_INFO = 6;
const hex = (pfn: number): string => `0x${pfn.toString(16)}`;
type Result = 'Ignored' | 'Failed' | 'Delayed' | 'Recovered';

function action_result(mm: Mm, pfn: number, what: string, result: Result): number {
  mm.printk(LEVEL_ERR, `MCE ${hex(pfn)}: ${what} page recovery: ${result}`);
  return result === 'Ignored' || result === 'Failed' ? -ERRNO.EBUSY : 0;
}
const isOnline = (mm: Mm, pfn: number): boolean => ((mm.t.section.state[Math.floor(pfn / 2 ** mm.PFN_SECTION_SHIFT)] as number) & SECTION_ONLINE) !== 0;
/** References nobody's mapping explains, on all frames of a huge page. */
function usersOf(mm: Mm, head: number): number {
  let users = 0;
  for (let i = head; i < head + page_hstate(mm, head).pages; i++) users += page_pincount(mm, i);
  return users;
}
/** All frames of a huge page are nobody's from now on; the pool counts it still. Source: set_page_hwpoison_huge_page(), dequeue_hwpoisoned_huge_page(). */
function loseHugePage(mm: Mm, head: number): number {
  const { pages } = page_hstate(mm, head);
  dequeue_hwpoisoned_huge_page(mm, head);
  for (let i = head; i < head + pages; i++) {
    makeHugeHwpoisonEntry(mm, i);
    keepAway(mm, i, kpf(KPF.HUGE));
  }
  numPoisoned(mm, pages);
  return pages;
}

/**
 * A frame has broken. 0: it is out of use, or was before; -ENXIO: no memory there; -EBUSY: the kernel's own, or still held. `injected`: MF_COUNT_INCREASED by one who did not.
 * Source: memory_failure(), 3.11.
 */
export function* memory_failure(k: Kernel, pfn: number, injected = false): Kthread<number> {
  const { mm } = k;
  yield;
  if (!pfn_valid(mm, pfn)) {
    mm.printk(LEVEL_ERR, `MCE ${hex(pfn)}: memory outside kernel control`);
    return -ERRNO.ENXIO;
  }
  if (PageHWPoison(mm, pfn)) {
    mm.printk(LEVEL_ERR, `MCE ${hex(pfn)}: already hardware poisoned`);
    return 0;
  }
  if (PageHuge(mm, pfn)) return hugePageFails(mm, pfn, injected);
  numPoisoned(mm, 1);
  // Nobody has had this memory since it was added or taken offline.
  if (page_zone_row(mm, pfn) < 0 || !isOnline(mm, pfn)) return action_result(mm, pfn, 'non LRU', 'Ignored');
  drain_for_poison(k, pfn);
  if (isFree(mm, pfn)) return takeFree(k, pfn) ? action_result(mm, pfn, injected ? 'free buddy, 2nd try' : 'free buddy', 'Delayed') : -ERRNO.EBUSY;
  if (PageReserved(mm, pfn) || !PageLRU(mm, compound_head(mm, pfn))) {
    SetPageHWPoison(mm, pfn);
    return action_result(mm, pfn, 'non LRU', 'Ignored');
  }
  if (!try_to_split_thp_page(k, pfn)) {
    SetPageHWPoison(mm, pfn);
    mm.printk(LEVEL_ERR, 'MCE: failed to split THP');
    mm.printk(LEVEL_ERR, `MCE ${hex(pfn)}: cannot unmap page, give up`);
    return -ERRNO.EBUSY;
  }
  const type = lruType(mm, pfn).replace(/ page$/, '');
  if (type.startsWith('clean')) mm.printk(LEVEL_INFO, `MCE ${hex(pfn)}: corrupted page was clean: dropped without side effects`);
  const anon = kindOf(mm, pfn) !== KIND_FILE;
  const users = losePage(mm, pfn);
  if (!injected) return stillReferenced(mm, pfn, type, 'Recovered', users);
  // Unmapping took the last reference: the page is off the LRU before its state is looked up, which then goes by the flags from before, when only the page table knew that it is dirty.
  return anon && users === 0 ? stillReferenced(mm, pfn, type.replace('dirty', 'clean'), 'Failed', -1) : stillReferenced(mm, pfn, type, 'Recovered', users - 1);
}
/** Whoever holds it besides is counted when the result has been said: 0, or -EBUSY with a line. Source: page_action(). */
function stillReferenced(mm: Mm, pfn: number, what: string, result: Result, users: number): number {
  action_result(mm, pfn, what, result);
  if (users !== 0) mm.printk(LEVEL_ERR, `MCE ${hex(pfn)}: ${what} page still referenced by ${users} users`);
  return users === 0 ? 0 : -ERRNO.EBUSY;
}
function hugePageFails(mm: Mm, pfn: number, injected: boolean): number {
  const head = huge_page_head(mm, pfn);
  const free = HPageFreed(mm, head);
  if (!free && !isActiveHugePage(mm, head)) return -ERRNO.EBUSY;
  const users = free ? 0 : usersOf(mm, head);
  loseHugePage(mm, head);
  // Whoever unmaps it gives it back to the pool, from where it is taken.
  if (injected) return users === 0 ? action_result(mm, pfn, 'huge', 'Recovered') : stillReferenced(mm, pfn, 'huge', 'Delayed', users - 1);
  return stillReferenced(mm, pfn, free ? 'free huge' : 'huge', 'Delayed', users);
}

/** A frame is to be taken out of use before it breaks: 0; -EBUSY: it was before, or cannot be split; -EIO: the kernel's own, or it did not move. Source: soft_offline_page(), 3.11. */
export function* soft_offline_page(k: Kernel, pfn: number): Kthread<number> {
  const { mm, buddy } = k;
  if (PageHWPoison(mm, pfn)) {
    mm.printk(LEVEL_INFO, `soft offline: ${hex(pfn)} page already poisoned`);
    return -ERRNO.EBUSY;
  }
  const huge = PageHuge(mm, pfn);
  const head = huge ? huge_page_head(mm, pfn) : pfn;
  if (huge && HPageFreed(mm, head)) {
    mm.printk(LEVEL_INFO, `__get_any_page: ${hex(pfn)} free huge page`);
    loseHugePage(mm, head);
    return 0;
  }
  if (!huge) drain_for_poison(k, pfn);
  if (!huge && isFree(mm, pfn)) {
    mm.printk(LEVEL_INFO, `__get_any_page: ${hex(pfn)} free buddy page`);
    if (!takeFree(k, pfn)) return -ERRNO.EBUSY;
    numPoisoned(mm, 1);
    return 0;
  }
  const flags = (): string => /^0x([0-9a-f]+)/.exec(pageFlagsText(mm, pfn))?.[1] ?? '0';
  if (huge ? !isActiveHugePage(mm, head) : PageReserved(mm, pfn) || !PageLRU(mm, compound_head(mm, pfn))) {
    mm.printk(LEVEL_INFO, `soft_offline: ${hex(pfn)}: unknown non LRU page type ${flags()}`);
    return -ERRNO.EIO;
  }
  if (!huge && !try_to_split_thp_page(k, pfn)) {
    mm.printk(LEVEL_INFO, `soft offline: ${hex(pfn)}: failed to split THP`);
    return -ERRNO.EBUSY;
  }
  const left = leftover(mm, pfn, kindOf(mm, pfn));
  if (!huge && kindOf(mm, pfn) === KIND_FILE && isCleanCache(mm, pfn)) {
    isolate_lru_page(mm, pfn);
    keepAway(mm, pfn, left);
    numPoisoned(mm, 1);
    mm.printk(LEVEL_INFO, `soft_offline: ${hex(pfn)}: invalidated`);
    return 0;
  }
  isolate_lru_page(mm, head);
  const moved = yield* migrate_pages(mm, buddy, [head], { nid: 0, nodemask: -1 }, MR_MEMORY_FAILURE);
  if (moved.left.length > 0) {
    mm.printk(LEVEL_INFO, `soft offline: ${hex(pfn)}: migration failed ${moved.ret}, type ${flags()}`);
    putback_movable_pages(mm, buddy, [head]);
    return moved.ret > 0 ? -ERRNO.EIO : moved.ret;
  }
  if (huge && HPageFreed(mm, head)) {
    loseHugePage(mm, head);
    return 0;
  }
  if (!huge) keepAway(mm, pfn, left);
  // It was beyond the pool, and went to the allocator.
  else if (!takeFree(k, pfn)) return -ERRNO.EBUSY;
  numPoisoned(mm, 1);
  return 0;
}
