/**
 * Mirrors: mm/slub.c, mm/slab_common.c (6.1): caches of equal objects in slabs, one partial list a cache, empty slabs given back beyond min_partial.
 * A slab cannot move while one object of it is in use: that is how a few objects hold many pages. Objects are not told apart: an object is known by the first frame of its slab,
 * and how many of a slab's objects are in use stands in that frame's tag.
 * Left out: partial lists of each CPU, debugging, merging of caches. Why: one task runs at a time.
 */
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_SLAB } from '../uapi/page_kind.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import type { Kernel } from './kernel.ts';
import { addOwner, changed, ownKernelPage } from './rmap.ts';
import { RECLAIMABLE_OWNER } from './vmstat.ts';

/** Size of an object in bytes; whether what it holds can be given back (SLAB_RECLAIM_ACCOUNT). As /proc/slabinfo has them. */
const CACHES = {
  dentry: { size: 192, reclaimable: true },
  ext4_inode_cache: { size: 1176, reclaimable: true },
  filp: { size: 256, reclaimable: false },
  task_struct: { size: 9792, reclaimable: false },
  skbuff_head_cache: { size: 256, reclaimable: false },
  'kmalloc-512': { size: 512, reclaimable: false },
  'kmalloc-2k': { size: 2048, reclaimable: false },
} as const;
const slub_max_order = 3;
/**
 * Order of a cache's slabs: as small as it can be with so many objects in it (more with more CPUs), and no more than a sixteenth of it left over; if that cannot be, an eighth, a quarter,
 * then fewer objects. Source: calculate_order(), calc_slab_order().
 */
export function calculate_order(size: number, nr_cpu_ids: number): number {
  const fits = (order: number): number => Math.floor((PAGE_SIZE << order) / size);
  const most = Math.max(1, Math.min(4 * (32 - Math.clz32(nr_cpu_ids) + 1), fits(slub_max_order)));
  for (let objects = most; objects > 1; objects--) {
    for (let fraction = 16; fraction >= 4; fraction >>= 1) {
      for (let order = 0; order <= slub_max_order; order++) if (fits(order) >= objects && (PAGE_SIZE << order) % size <= (PAGE_SIZE << order) / fraction) return order;
    }
  }
  let order = 0;
  while (fits(order) === 0) order++;
  return order;
}
export type CacheName = keyof typeof CACHES;
export const CACHE_NAMES = Object.keys(CACHES) as readonly CacheName[];

interface Cache {
  readonly name: CacheName;
  readonly size: number;
  readonly objects: number;
  readonly order: number;
  readonly reclaimable: boolean;
  /** Row of OWNER, 0 before the first slab. */
  owner: number;
  /** First frame of the slab that new objects come from, 0 = none. */
  cpu: number;
  /** First frames of slabs with free objects, the next one to be used first. */
  readonly partial: number[];
  slabs: number;
  active: number;
}
export interface CacheReport {
  readonly name: CacheName;
  readonly size: number;
  readonly objectsPerSlab: number;
  readonly pagesPerSlab: number;
  readonly slabs: number;
  readonly active: number;
  readonly owner: number;
}
export interface Slab {
  /** An object: the first frame of its slab, or -ENOMEM. Source: kmem_cache_alloc(). */
  alloc(name: CacheName): number;
  /** Gives one back, by the first frame of its slab. Source: kmem_cache_free(). */
  free(name: CacheName, slab: number): void;
  /** Caches that have slabs. */
  report(): CacheReport[];
}

/** More than so many empty slabs are not kept. Source: set_min_partial(). */
const min_partial = (size: number): number => Math.max(5, Math.min(10, Math.floor(Math.log2(size) / 2)));

export function createSlab({ mm, buddy }: Kernel): Slab {
  const { tag } = mm.t.memmap;
  const caches = remember(CACHE_NAMES.map((name): Cache => {
    const { size } = CACHES[name];
    const order = calculate_order(size, mm.description.cpus);
    return { ...CACHES[name], order, objects: Math.floor((PAGE_SIZE << order) / size), name, owner: 0, cpu: 0, partial: [], slabs: 0, active: 0 };
  }));
  const cacheOf = (name: CacheName): Cache => caches[CACHE_NAMES.indexOf(name)] as Cache;
  const inUse = (slab: number): number => tag[slab] as number;
  function setInUse(slab: number, objects: number): void {
    tag[slab] = objects;
    changed(mm, slab);
  }

  /** Source: new_slab(). The smallest order that holds an object is tried when its own cannot be had. */
  function new_slab(c: Cache): number {
    const migratetype = c.reclaimable ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
    const pfn = buddy.alloc_pages({ order: c.order, migratetype, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
    if (pfn < 0) return -1;
    c.owner ||= addOwner(mm, KIND_SLAB, c.reclaimable ? `${RECLAIMABLE_OWNER}: ${c.name}` : c.name, 0);
    for (let i = 0; i < 1 << c.order; i++) ownKernelPage(mm, c.owner, pfn + i);
    c.slabs++;
    return pfn;
  }
  function discard_slab(c: Cache, slab: number): void {
    c.slabs--;
    setInUse(slab, 0);
    buddy.free_pages(slab, c.order);
  }
  return {
    alloc(name) {
      const c = cacheOf(name);
      if (c.cpu === 0 || inUse(c.cpu) === c.objects) {
        c.cpu = 0;
        const slab = c.partial.shift() ?? new_slab(c);
        if (slab < 0) return -ERRNO.ENOMEM;
        c.cpu = slab;
      }
      setInUse(c.cpu, inUse(c.cpu) + 1);
      c.active++;
      return c.cpu;
    },
    free(name, slab) {
      const c = cacheOf(name);
      const full = inUse(slab) === c.objects;
      setInUse(slab, inUse(slab) - 1);
      c.active--;
      if (slab === c.cpu) return;
      if (full) c.partial.push(slab);
      if (inUse(slab) === 0 && c.partial.length > min_partial(c.size)) {
        c.partial.splice(c.partial.indexOf(slab), 1);
        discard_slab(c, slab);
      }
    },
    report: () => caches.filter((c) => c.slabs > 0).map((c) => ({ name: c.name, size: c.size, objectsPerSlab: c.objects, pagesPerSlab: 1 << c.order, slabs: c.slabs, active: c.active, owner: c.owner })),
  };
}
