/**
 * Mirrors: mm/filemap.c, mm/page-writeback.c, mm/truncate.c (6.1), as far as files of a disk need frames: pages are read in, become dirty, are written back, are dropped.
 * A page of the cache has a row of PTE as a process's page has, so that it moves and is checked like one. Whoever takes it away frees that row; the file finds out when it looks.
 * Left out: folios of more than one page, readahead windows, buffer heads. Why: what can be told from outside is which frames hold what.
 */
import type { AddressSpace } from '../kernel/vnode.ts';
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { STATE_LRU } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_FILE } from '../uapi/page_kind.ts';
import type { Kernel } from './kernel.ts';
import { mark_page_accessed } from './lru.ts';
import { M_WORK_NS } from './mm.ts';
import { clearColdFlags, coldFlags, makeCold, mapcountOf, page_pincount, setColdFlags } from './page_flags.ts';
import { createPageTrees } from './page_tree.ts';
import { addOwner, del_page_from_lru_list, lru_add, mapPage, unmapPage } from './rmap.ts';
import { BACKGROUND_RATIO, DIRTY_RATIO } from './vmstat.ts';

export interface Filemap {
  address_space(ino: number): AddressSpace;
  /** Frame of a page, -1: it is not in memory. */
  find(mapping: AddressSpace, index: number): number;
  /** The page is in memory after this: its frame, or -ENOMEM. Source: filemap_read(), read_pages(). */
  read(mapping: AddressSpace, index: number): number;
  /** The page is written to and dirty after this. Its frame, or -ENOMEM. Source: generic_perform_write(). */
  write(mapping: AddressSpace, index: number): number;
  /** Pages from `from` on are gone, dirty or not. Source: truncate_inode_pages(). */
  truncate(mapping: AddressSpace, from: number): void;
  /** Dirty pages go to the disk; how many did. Only files that have been dirty since `before` (ns since boot). Source: wb_writeback(). */
  writeback(before?: number): number;
  /** Clean pages that no process maps go; how many did. Source: invalidate_mapping_pages(). */
  invalidate(): number;
  /** A process maps a page, or does no longer. */
  map(pfn: number, change: 1 | -1): void;
  nr_dirty(): number;
  /** The file is no longer known, if nothing of it is in memory: true. */
  forget(mapping: AddressSpace): boolean;
}

/** A page from or to the disk, ns: 400 MB/s. */
const IO_NS = 10_000;
/** vm.dirty_writeback_centisecs and vm.dirty_expire_centisecs, ms. */
const WRITEBACK_INTERVAL_MS = 5000;
const EXPIRE_MS = 30_000;
const MS = 1_000_000;
const DIRTY = kpf(KPF.DIRTY);

export function createFilemap(k: Kernel, now: () => number): Filemap {
  const { mm, buddy } = k;
  const { memmap, cold, pte } = mm.t;
  const { word } = mm.t.misc;
  const trees = createPageTrees(k);
  const files = remember(new Map<number, AddressSpace>());
  /** Whose page a row of PTE is: file and index. */
  const rows = remember({ ino: new Int32Array(0), index: new Int32Array(0) });
  const all = remember({ owner: 0, dirty: 0, timer: false });

  const isOf = (mapping: AddressSpace, index: number, slot: number): boolean =>
    slot > 0 && rows.ino[slot] === mapping.ino && rows.index[slot] === index && pte.owner[slot] === all.owner && (pte.pfn[slot] as number) > 0;
  function find(mapping: AddressSpace, index: number): number {
    const slot = mapping.slots[index] ?? 0;
    return isOf(mapping, index, slot) ? (pte.pfn[slot] as number) : -1;
  }
  const work = (pages: number): void => {
    word[M_WORK_NS] = (word[M_WORK_NS] as number) + pages * IO_NS;
  };
  /** Contents of a page: never 0. */
  const tagOf = (ino: number, index: number): number => ((ino * 40503 + index * 31) & 0xffff) | 1;
  function add(mapping: AddressSpace, index: number): number {
    const pfn = buddy.alloc_pages({ order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, kind: KIND_FILE });
    if (pfn < 0) return -ERRNO.ENOMEM;
    if (!trees.insert(mapping, index)) {
      buddy.free_pages(pfn, 0);
      return -ERRNO.ENOMEM;
    }
    all.owner ||= addOwner(mm, KIND_FILE, 'page cache of /srv', 0);
    const slot = mapPage(mm, all.owner, pfn, tagOf(mapping.ino, index));
    if (slot >= rows.ino.length) {
      for (const key of ['ino', 'index'] as const) {
        const grown = new Int32Array(Math.max(1024, slot * 2));
        grown.set(rows[key]);
        rows[key] = grown;
      }
    }
    rows.ino[slot] = mapping.ino;
    rows.index[slot] = index;
    while (mapping.slots.length < index) mapping.slots.push(0);
    mapping.slots[index] = slot;
    lru_add(mm, pfn);
    return pfn;
  }
  function delete_from_page_cache(pfn: number): void {
    unmapPage(mm, pfn);
    // Whoever isolated it holds the last reference.
    if (((memmap.state[pfn] as number) & STATE_LRU) === 0) return;
    del_page_from_lru_list(mm, pfn);
    buddy.free_pages(pfn, 0);
  }
  const kept = (pfn: number): boolean => mapcountOf(mm, pfn) > 0 || page_pincount(mm, pfn) > 0;

  function writeback(before = Number.POSITIVE_INFINITY): number {
    let written = 0;
    for (const mapping of files.values()) {
      if (mapping.dirtied < 0 || mapping.dirtied > before) continue;
      mapping.dirtied = -1;
      const before_it = written;
      for (let index = 0; index < mapping.slots.length; index++) {
        const pfn = find(mapping, index);
        if (pfn < 0 || !clearColdFlags(mm, pfn, DIRTY)) continue;
        mm.touch(pfn);
        written++;
      }
      if (written > before_it) mapping.written?.();
    }
    all.dirty = before === Number.POSITIVE_INFINITY ? 0 : Math.max(0, all.dirty - written);
    work(written);
    return written;
  }
  /** The flusher wakes by itself as long as there is something to write. Source: wb_workfn(). */
  function wakeLater(): void {
    if (all.timer || k.queue_delayed_work === undefined) return;
    all.timer = true;
    k.queue_delayed_work(WRITEBACK_INTERVAL_MS, () => {
      all.timer = false;
      writeback(now() - EXPIRE_MS * MS);
      if (all.dirty > 0) wakeLater();
    });
  }
  /** Pages that could be dirty: free ones and those of files. Source: global_dirtyable_memory(). */
  function dirtyable(): number {
    let pages = 0;
    for (const free of mm.t.zone.nr_free_pages) pages += free;
    return pages + (all.owner === 0 ? 0 : (mm.t.owner.nr_ptes[all.owner] as number));
  }
  /** Source: balance_dirty_pages(): beyond the ratio the writer waits for the disk; beyond the background ratio the flusher begins. */
  function balance_dirty_pages(): void {
    const limit = dirtyable();
    if (all.dirty * 100 > limit * DIRTY_RATIO) writeback();
    else if (all.dirty * 100 > limit * BACKGROUND_RATIO) k.queue_delayed_work?.(0, () => { writeback(); });
    wakeLater();
  }

  return {
    find, writeback,
    address_space(ino) {
      const known = files.get(ino);
      if (known) return known;
      const made: AddressSpace = { ino, slots: [], nodes: [], dirtied: -1 };
      files.set(ino, made);
      return made;
    },
    read(mapping, index) {
      let pfn = find(mapping, index);
      if (pfn < 0) {
        work(1);
        pfn = add(mapping, index);
      }
      if (pfn >= 0) mark_page_accessed(mm, pfn);
      return pfn;
    },
    write(mapping, index) {
      const there = find(mapping, index);
      const pfn = there >= 0 ? there : add(mapping, index);
      if (pfn < 0) return pfn;
      if ((coldFlags(mm, pfn) & DIRTY) === 0) {
        setColdFlags(mm, pfn, DIRTY);
        if (mapping.dirtied < 0) mapping.dirtied = now();
        if (++all.dirty % 64 === 0) balance_dirty_pages();
        else wakeLater();
      }
      mm.touch(pfn);
      return pfn;
    },
    truncate(mapping, from) {
      for (let index = from; index < mapping.slots.length; index++) {
        const pfn = find(mapping, index);
        if (pfn < 0) continue;
        if ((coldFlags(mm, pfn) & DIRTY) !== 0) all.dirty--;
        delete_from_page_cache(pfn);
      }
      mapping.slots.length = Math.min(from, mapping.slots.length);
      trees.truncate(mapping, from);
    },
    invalidate() {
      let dropped = 0;
      for (const mapping of files.values()) {
        for (let index = 0; index < mapping.slots.length; index++) {
          const pfn = find(mapping, index);
          if (pfn < 0 || (coldFlags(mm, pfn) & DIRTY) !== 0 || kept(pfn)) continue;
          delete_from_page_cache(pfn);
          dropped++;
        }
      }
      return dropped;
    },
    map(pfn, change) {
      makeCold(mm, pfn);
      cold.mapcount[pfn] = Math.max(0, (cold.mapcount[pfn] as number) + change);
      if (change > 0) cold.flags[pfn] = (cold.flags[pfn] as number) | kpf(KPF.MMAP);
      else if (cold.mapcount[pfn] === 0) cold.flags[pfn] = (cold.flags[pfn] as number) & ~kpf(KPF.MMAP);
    },
    nr_dirty: () => all.dirty,
    forget(mapping) {
      if (!mapping.slots.every((_, index) => find(mapping, index) < 0)) return false;
      trees.truncate(mapping, 0);
      return files.delete(mapping.ino);
    },
  };
}
