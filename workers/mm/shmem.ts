/**
 * Mirrors: mm/shmem.c and fs/ramfs/inode.c (6.1), as far as files in memory need frames: each page that was written to has one. Those of tmpfs can move and go to swap, those of ramfs
 * have nowhere to go: they are asked for as memory that stays (GFP_HIGHUSER) and lie on the list of what cannot be evicted.
 * Left out: huge pages of tmpfs, the OOM killer for a write that finds none. Why: no recorded machine has asked for them.
 */
import { ERRNO } from '../uapi/errno.ts';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_FILE } from '../uapi/page_kind.ts';
import type { FilePages } from '../kernel/vnode.ts';
import { remember } from '../lib/remember.ts';
import type { Kernel } from './kernel.ts';
import { page_size } from './mm.ts';
import { compound_head, PageLRU } from './mmzone.ts';
import { setColdFlags } from './page_flags.ts';
import { createPageTrees } from './page_tree.ts';
import { addOwner, changed, del_page_from_lru_list, freePte, lru_add, mapPage, unmapPage, SHMEM_OWNER } from './rmap.ts';
import { is_swap_pte, swapSpace } from './swap.ts';
import { do_swap_page } from './swap_in.ts';
import { RAMFS_OWNER } from './vmstat.ts';

/** Pages of files in memory. */
export interface FramesOfFiles {
  /** Bytes. */
  readonly pageSize: number;
  /** Pages `from` to `to` - 1 are there after this: 0, or -ENOMEM. Source: shmem_get_folio(). */
  fill(file: FilePages, from: number, to: number): number;
  /** What of them lies in swap comes back: 0, or -ENOMEM. Source: shmem_swapin_folio(). */
  read(file: FilePages, from: number, to: number): number;
  /** Pages from `from` on are given back. Source: shmem_undo_range(). */
  truncate(file: FilePages, from: number): void;
}

export function createFramesOfFiles(k: Kernel, type: 'tmpfs' | 'ramfs'): FramesOfFiles {
  const { mm, buddy } = k;
  const { pte } = mm.t;
  const trees = createPageTrees(k);
  const of = remember({ owner: 0 });
  const evictable = type === 'tmpfs';
  const request = evictable
    ? { order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, kind: KIND_FILE }
    : { order: 0, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_FILE };

  function add(file: FilePages, index: number): boolean {
    const pfn = buddy.alloc_pages(request);
    if (pfn < 0) return false;
    if (!trees.insert(file, index)) {
      buddy.free_pages(pfn, 0);
      return false;
    }
    const { slots } = file;
    of.owner ||= addOwner(mm, KIND_FILE, evictable ? `${SHMEM_OWNER}: files` : `${RAMFS_OWNER}: files`, 0);
    while (slots.length < index) slots.push(0);
    slots[index] = mapPage(mm, of.owner, pfn, ((pfn * 31 + index) & 0xffff) | 1);
    if (!evictable) setColdFlags(mm, pfn, kpf(KPF.UNEVICTABLE) | kpf(KPF.DIRTY));
    lru_add(mm, pfn);
    changed(mm, pfn);
    return true;
  }
  function swapIn(slot: number): boolean {
    return !is_swap_pte(pte.pfn[slot] as number) || do_swap_page(mm, buddy, slot) >= 0;
  }
  return {
    pageSize: page_size(mm),
    fill(file, from, to) {
      for (let index = from; index < to; index++) {
        const slot = file.slots[index] ?? 0;
        if (slot === 0 ? !add(file, index) : !swapIn(slot)) return -ERRNO.ENOMEM;
      }
      return 0;
    },
    read({ slots }, from, to) {
      for (let index = from; index < to; index++) {
        const slot = slots[index] ?? 0;
        if (slot !== 0 && !swapIn(slot)) return -ERRNO.ENOMEM;
      }
      return 0;
    },
    truncate(file, from) {
      const { slots } = file;
      for (let index = from; index < slots.length; index++) {
        const slot = slots[index] as number;
        if (slot === 0) continue;
        const pfn = pte.pfn[slot] as number;
        if (pfn <= 0) {
          if (is_swap_pte(pfn)) swapSpace(mm)?.free(pfn);
          freePte(mm, slot);
          continue;
        }
        unmapPage(mm, pfn);
        // Whoever isolated it holds the last reference.
        if (!PageLRU(mm, compound_head(mm, pfn))) continue;
        del_page_from_lru_list(mm, pfn);
        buddy.free_pages(pfn, 0);
      }
      slots.length = Math.min(from, slots.length);
      trees.truncate(file, from);
    },
  };
}
