/**
 * How fragmented a machine's memory is, in the terms of the papers: where unmovable pages lie, what the pageblocks are for, and whether 2 MiB can be had. What counts is what the script
 * counted that looked at Meta's servers and at the build test of the same mail: slab whose objects can be given back (inodes, names) is not unmovable, but pollutes a movable pageblock.
 */
import type { Mm } from '../mm/mm.ts';
import { ownerName } from '../mm/rmap.ts';
import { RECLAIMABLE_OWNER } from '../mm/vmstat.ts';
import { STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { SECTION_ONLINE } from '../uapi/memory_block.ts';
import { MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_BALLOON, KIND_FILE, KIND_FREE, KIND_HUGETLB, KIND_MASK, KIND_MLOCKED, KIND_PG_RESERVED, KIND_SLAB, KIND_THP } from '../uapi/page_kind.ts';

export interface Fragmentation {
  /** Pageblocks (2 MiB) that belong to the allocator, and of these: with a page that cannot be moved; by type; movable ones with any page of the kernel's own in them; wholly free ones. */
  readonly pageblocks: number;
  readonly withUnmovable: number;
  readonly unmovableBlocks: number;
  readonly reclaimableBlocks: number;
  readonly movableBlocks: number;
  readonly polluted: number;
  readonly freeBlocks: number;
  /** Pages: of the allocator's memory, free ones, those in use that cannot be moved (slab, page tables, stacks), and reclaimable slab. What was reserved at boot is not among them. */
  readonly pages: number;
  readonly free: number;
  readonly unmovable: number;
  readonly reclaimable: number;
  /** Pages of both kinds in movable pageblocks. */
  readonly pollutingSlab: number;
  readonly pollutingKernel: number;
}

const MOVABLE_KINDS = new Set([KIND_ANON, KIND_FILE, KIND_THP, KIND_MLOCKED, KIND_HUGETLB, KIND_BALLOON]);

/** Cost: one look at each frame of online memory. */
export function measureFragmentation(mm: Mm): Fragmentation {
  const { t, PFN_SECTION_SHIFT } = mm;
  const { state, kind, owner } = t.memmap;
  const { migratetype, zone } = t.pageblock;
  const isReclaimable = Array.from(t.owner.pid, (_, row) => ownerName(mm, row).startsWith(RECLAIMABLE_OWNER));
  const sum = {
    pageblocks: 0, withUnmovable: 0, unmovableBlocks: 0, reclaimableBlocks: 0, movableBlocks: 0, polluted: 0, freeBlocks: 0, pages: 0, free: 0, unmovable: 0, reclaimable: 0, pollutingSlab: 0, pollutingKernel: 0,
  };
  let chunkEnd = 0;
  for (let block = 0; block < zone.length; block++) {
    const start = block << pageblock_order;
    const nr = start >>> PFN_SECTION_SHIFT;
    if (zone[block] === 0 || ((t.section.state[nr] as number) & SECTION_ONLINE) === 0) continue;
    let free = 0;
    let unmovable = 0;
    let reclaimable = 0;
    let managed = 0;
    if (t.section.virgin[nr] === 1) free = managed = pageblock_nr_pages;
    else for (let pfn = start; pfn < start + pageblock_nr_pages; pfn++) {
      const s = state[pfn] as number;
      if ((s & STATE_BUDDY) !== 0) chunkEnd = pfn + (1 << (s & STATE_ORDER));
      const k = kind[pfn] as number;
      if ((k & KIND_PG_RESERVED) !== 0) continue;
      managed++;
      if (pfn < chunkEnd || (k & KIND_MASK) === KIND_FREE) free++;
      else if (!MOVABLE_KINDS.has(k & KIND_MASK) && (s === 0 || (s & (STATE_ALLOC | STATE_LRU)) !== 0)) {
        if ((k & KIND_MASK) === KIND_SLAB && isReclaimable[-(owner[pfn] as number)] === true) reclaimable++;
        else unmovable++;
      }
    }
    // The kernel's image and other boot memory are not the allocator's.
    if (managed === 0) continue;
    sum.pageblocks++;
    sum.pages += managed;
    sum.free += free;
    sum.unmovable += unmovable;
    sum.reclaimable += reclaimable;
    if (unmovable > 0) sum.withUnmovable++;
    if (free === pageblock_nr_pages) sum.freeBlocks++;
    const type = migratetype[block];
    if (type === MIGRATE_UNMOVABLE) sum.unmovableBlocks++;
    if (type === MIGRATE_RECLAIMABLE) sum.reclaimableBlocks++;
    if (type === MIGRATE_MOVABLE) {
      sum.movableBlocks++;
      if (unmovable + reclaimable > 0) sum.polluted++;
      sum.pollutingSlab += reclaimable;
      sum.pollutingKernel += unmovable;
    }
  }
  return sum;
}
