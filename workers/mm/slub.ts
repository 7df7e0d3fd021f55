/**
 * Mirrors: mm/slub.c, mm/slab_common.c (6.1): caches of equal objects in slabs, one partial list a cache, empty slabs given back beyond min_partial.
 * Slabs are as large as the cache likes them while such chunks are to be had, and as small as they can be when memory is short.
 * A slab cannot move while one object of it is in use: that is how a few objects hold many pages. Objects are not told apart: an object is known by the first frame of its slab,
 * and how many of a slab's objects are in use stands in that frame's tag.
 * Left out: partial lists of each CPU, debugging, merging of caches. Why: one task runs at a time.
 */
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_SLAB } from '../uapi/page_kind.ts';
import { STATE_ORDER } from '../uapi/layout.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import type { Kernel } from './kernel.ts';
import { addOwner, changed, ownKernelPage } from './rmap.ts';
import { RECLAIMABLE_OWNER } from './vmstat.ts';

/** Size of an object in bytes; whether what it holds can be given back (SLAB_RECLAIM_ACCOUNT). As /proc/slabinfo has them. */
const CACHES = {
  dentry: { size: 192, reclaimable: true },
  ext4_inode_cache: { size: 1176, reclaimable: true },
  radix_tree_node: { size: 584, reclaimable: true },
  // A connection: what the protocol keeps of it, its inode (and its name, and the open file).
  TCP: { size: 2368, reclaimable: false },
  sock_inode_cache: { size: 832, reclaimable: true },
  filp: { size: 256, reclaimable: false },
  task_struct: { size: 9792, reclaimable: false },
  skbuff_head_cache: { size: 256, reclaimable: false },
  'kmalloc-512': { size: 512, reclaimable: false },
  'kmalloc-2k': { size: 2048, reclaimable: false },
  // A process and its address space.
  mm_struct: { size: 1152, reclaimable: false },
  signal_cache: { size: 1152, reclaimable: false },
  sighand_cache: { size: 2112, reclaimable: false },
  files_cache: { size: 704, reclaimable: false },
  cred_jar: { size: 192, reclaimable: false },
  vm_area_struct: { size: 200, reclaimable: false },
  maple_node: { size: 256, reclaimable: false },
  anon_vma: { size: 104, reclaimable: false },
  anon_vma_chain: { size: 64, reclaimable: false },
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
/** Smallest order that holds so many bytes. */
const get_order = (size: number): number => Math.max(0, Math.ceil(Math.log2(size / PAGE_SIZE)));
export type CacheName = keyof typeof CACHES;
export const CACHE_NAMES = Object.keys(CACHES) as readonly CacheName[];

interface Cache {
  readonly name: CacheName;
  readonly size: number;
  /** Of a slab as the cache likes it; one made when memory was short has the order below. */
  readonly objects: number;
  readonly order: number;
  readonly min_order: number;
  readonly reclaimable: boolean;
  /** Row of OWNER, 0 before the first slab. */
  owner: number;
  /** First frame of the slab that new objects come from, 0 = none. */
  cpu: number;
  /** First frames of slabs with free objects, the next one to be used first. */
  readonly partial: number[];
  slabs: number;
  /** Objects there is room for, and those in use. */
  total: number;
  active: number;
}
export interface CacheReport {
  readonly name: CacheName;
  readonly size: number;
  readonly objectsPerSlab: number;
  readonly pagesPerSlab: number;
  readonly slabs: number;
  readonly total: number;
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
  const { tag, state } = mm.t.memmap;
  const caches = remember(CACHE_NAMES.map((name): Cache => {
    const { size } = CACHES[name];
    const order = calculate_order(size, mm.description.cpus);
    return { ...CACHES[name], order, objects: Math.floor((PAGE_SIZE << order) / size), name, min_order: get_order(size), owner: 0, cpu: 0, partial: [], slabs: 0, total: 0, active: 0 };
  }));
  const cacheOf = (name: CacheName): Cache => caches[CACHE_NAMES.indexOf(name)] as Cache;
  const inUse = (slab: number): number => tag[slab] as number;
  function setInUse(slab: number, objects: number): void {
    tag[slab] = objects;
    changed(mm, slab);
  }

  const orderOf = (slab: number): number => (state[slab] as number) & STATE_ORDER;
  const objectsIn = (c: Cache, slab: number): number => (orderOf(slab) === c.order ? c.objects : Math.floor((PAGE_SIZE << c.min_order) / c.size));
  /** For a large slab nobody is troubled, not even kswapd; then the smallest that holds an object, with all that can be done for it. Source: allocate_slab(). */
  function new_slab(c: Cache): number {
    const request = { migratetype: c.reclaimable ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB };
    const large = c.order > c.min_order ? buddy.alloc_pages_no_reclaim({ ...request, order: c.order }, false) : -1;
    const pfn = large >= 0 ? large : buddy.alloc_pages({ ...request, order: c.min_order });
    if (pfn < 0) return -1;
    c.owner ||= addOwner(mm, KIND_SLAB, c.reclaimable ? `${RECLAIMABLE_OWNER}: ${c.name}` : c.name, 0);
    for (let i = 0; i < 1 << orderOf(pfn); i++) ownKernelPage(mm, c.owner, pfn + i);
    c.slabs++;
    c.total += objectsIn(c, pfn);
    return pfn;
  }
  function discard_slab(c: Cache, slab: number): void {
    c.slabs--;
    c.total -= objectsIn(c, slab);
    setInUse(slab, 0);
    buddy.free_pages(slab, orderOf(slab));
  }
  return {
    alloc(name) {
      const c = cacheOf(name);
      if (c.cpu === 0 || inUse(c.cpu) === objectsIn(c, c.cpu)) {
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
      const full = inUse(slab) === objectsIn(c, slab);
      setInUse(slab, inUse(slab) - 1);
      c.active--;
      if (slab === c.cpu) return;
      if (full) c.partial.push(slab);
      if (inUse(slab) === 0 && c.partial.length > min_partial(c.size)) {
        c.partial.splice(c.partial.indexOf(slab), 1);
        discard_slab(c, slab);
      }
    },
    report: () => caches.filter((c) => c.slabs > 0).map((c) => ({ name: c.name, size: c.size, objectsPerSlab: c.objects, pagesPerSlab: 1 << c.order, slabs: c.slabs, total: c.total, active: c.active, owner: c.owner })),
  };
}
