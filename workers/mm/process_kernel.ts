/**
 * Mirrors: kernel/fork.c, arch/x86/mm/pgtable.c and the counting of page tables in mm/memory.c (6.1): what the kernel itself keeps for a process, which nobody can move: stacks, page tables,
 * slab of programs, objects, chunks of drivers.
 */
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { NODE_NORMAL_MEMORY } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_KERNEL, KIND_MASK, KIND_PAGETABLE, KIND_SLAB } from '../uapi/page_kind.ts';
import { AGENT, hasAgent } from './guest_agent.ts';
import type { Kernel } from './kernel.ts';
import type { Mm } from './mm.ts';
import type { Held } from './mm_types.ts';
import { zone_to_nid } from './mmzone.ts';
import { ALL_NODES } from './page_alloc.ts';
import type { ProcessOom } from './process_oom.ts';
import { addOwner, ownKernelPage } from './rmap.ts';
import type { CacheName } from './slub.ts';
import { RECLAIMABLE_OWNER } from './vmstat.ts';

/** THREAD_SIZE of x86_64 is 16 KiB; with VMAP_STACK these are single pages. */
const STACK_PAGES = 4;
/**
 * Slab pages (dentries, inodes, task structures) that stay behind when a program ends, one for each that was started, up to the size at which caches begin to be reused.
 * They are why a kernel zone that has just come online is soon busy: recorded machines without another ZONE_NORMAL could hardly ever take it offline again.
 */
const SLAB_PAGES_MAX = 2048;
/** Dentries in a page. */
const OBJECTS_PER_SLAB = 21;
/** A page of page table maps 512 pages. */
export const PTRS_PER_PTE = 512;

interface Chunk {
  readonly pfn: number;
  readonly order: number;
}
/** A page of page table below the top level, which does not count. */
export const isTable = (mm: Mm, { pfn, order }: Chunk): boolean => order === 0 && ((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_PAGETABLE;
/** Nodes a process may take memory from. Source: policy_nodemask(). */
export const policy = (k: Kernel, held: Held): number => (k.membind?.(held.pid) ?? 0) || ALL_NODES;
/** A page for what a process writes; -1: none is free. */
export const allocUserPage = (k: Kernel, held: Held): number =>
  k.buddy.alloc_pages({ order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, nodemask: policy(k, held), kind: KIND_ANON });

export interface ProcessKernel {
  /** A process starts: its stack and the top of its page tables, and what its program leaves in slab. Where there is none left, and nobody to kill for it, it starts with less. */
  start(held: Held): void;
  /** So many page table entries more: tables for them. False: there is none to be had. */
  growTables(held: Held, pages: number): boolean;
  /** So many fewer, of mappings that are gone. Source: free_pgtables(). */
  shrinkTables(held: Held, pages: number): void;
  /** So many threads more: their stacks and task structures. 0, or -ENOMEM. */
  threads(held: Held, count: number): number;
  /** So many objects more (or, below 0, fewer: the ones that `pick` chooses) of a cache that the kernel keeps for the process. 0, or -ENOMEM. */
  objects(held: Held, name: CacheName, count: number, pick: (n: number) => number): number;
  /** Chunks of 2^order pages for which it may not wait (GFP_ATOMIC), as a network driver takes for what arrives: how many it got. */
  atomic(held: Held, order: number, count: number): number;
  /** All of it is given back. */
  exit(held: Held): void;
}

export function createProcessKernel(k: Kernel, processes: ReadonlyMap<number, Held>, orKill: ProcessOom['orKill']): ProcessKernel {
  const { mm, buddy } = k;
  const { kind } = mm.t.memmap;
  const { program_tables: tables } = mm.edition;
  /** Stacks of processes that ended wait for the next ones, the last one first. Source: cached_stacks of kernel/fork.c. */
  const stacks = remember<(readonly Chunk[])[]>([]);
  /** Slab pages of programs, and how many; owners of both kinds and of the stacks. */
  const slab = remember({ owner: 0, reclaimable: 0, stacks: 0, pages: 0 });
  /** Reclaimable slab pages of programs, oldest first: what is left of those that ended can be given back. */
  const dentries = remember<number[]>([]);
  k.shrinkers ??= [];
  k.shrinkers.push({
    count_objects: () => Math.max(0, dentries.length - processes.size) * OBJECTS_PER_SLAB,
    scan_objects(nr_to_scan) {
      const given = dentries.splice(0, Math.ceil(nr_to_scan / OBJECTS_PER_SLAB));
      for (const pfn of given) buddy.free_pages(pfn, 0);
      slab.pages -= given.length;
      return given.length * OBJECTS_PER_SLAB;
    },
  });

  /** A set of nodes without kernel memory does not bind what the kernel takes. Source: apply_policy_zone(). */
  const kernelPolicy = (held: Held): number => {
    const nodes = policy(k, held);
    return nodes === ALL_NODES || mm.t.node.state.some((state, nid) => (state & NODE_NORMAL_MEMORY) !== 0 && (nodes & (1 << nid)) !== 0) ? nodes : ALL_NODES;
  };
  function takeKernel(held: Held, order: number, what: number): boolean {
    const pfn = orKill(held, () => buddy.alloc_pages({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, nodemask: kernelPolicy(held), kind: what }), 'table');
    if (pfn < 0) return false;
    for (let i = 0; i < 1 << order; i++) ownKernelPage(mm, held.owner, pfn + i);
    held.kernel.push({ pfn, order });
    return true;
  }
  /** The top level, and so many pages below it. */
  function takeTables(held: Held, pages: number): void {
    takeKernel(held, tables.pgd_order, KIND_PAGETABLE);
    for (let i = 0; i < pages; i++) takeKernel(held, 0, KIND_PAGETABLE);
  }
  function growSlab(reclaimable: boolean): void {
    // The amount is that of the recorded 6.1 guest; another profile has its own, or none.
    if (mm.description.profile !== 'debian-6.1-q35' || slab.pages >= SLAB_PAGES_MAX) return;
    // Task structures and the like cannot be given back, dentries and inodes can: the two never share a pageblock if that can be helped.
    const pfn = buddy.alloc_pages({ order: 0, migratetype: reclaimable ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
    if (pfn < 0) return;
    slab.owner ||= addOwner(mm, KIND_SLAB, 'slab caches of programs', 0);
    slab.reclaimable ||= addOwner(mm, KIND_SLAB, `${RECLAIMABLE_OWNER}: dentries and inodes of programs`, 0);
    ownKernelPage(mm, reclaimable ? slab.reclaimable : slab.owner, pfn);
    if (reclaimable) dentries.push(pfn);
    slab.pages++;
  }
  function addObject(held: Held, name: CacheName): number {
    const slab = k.slab?.alloc(name) ?? -ERRNO.ENOSYS;
    if (slab < 0) return slab;
    const own = held.objects.get(name) ?? [];
    own.push(slab);
    held.objects.set(name, own);
    return 0;
  }

  return {
    start(held) {
      const cached = stacks.pop();
      if (cached !== undefined) {
        for (const stack of cached) {
          ownKernelPage(mm, held.owner, stack.pfn);
          held.kernel.push(stack);
        }
      } else for (let page = 0; page < STACK_PAGES; page++) takeKernel(held, 0, KIND_KERNEL);
      const first = held.kernel.length;
      const byAgent = held.name === 'bash' && hasAgent(mm);
      if (byAgent) {
        // fork(2) of the agent copies its page tables, its pipes want inodes and names, and what the child writes before it runs its program is copied; all but the slab is given back then.
        takeTables(held, AGENT.tables);
        growSlab(true);
        const copies = Array.from({ length: AGENT.copied }, () => orKill(held, () => allocUserPage(k, held), 'copy'));
        for (const pfn of copies) if (pfn >= 0) buddy.free_pages(pfn, 0);
        for (const { pfn, order } of held.kernel.splice(first)) buddy.free_pages(pfn, order);
      }
      takeTables(held, held.name === 'bash' ? tables.shell : tables.other);
      if (!byAgent) growSlab(slab.pages % 2 === 1);
    },
    growTables(held, pages) {
      for (let have = Math.ceil(held.mapped / PTRS_PER_PTE), need = Math.ceil((held.mapped + pages) / PTRS_PER_PTE); have < need; have++) {
        if (!takeKernel(held, 0, KIND_PAGETABLE)) return false;
      }
      held.mapped += pages;
      return true;
    },
    shrinkTables(held, pages) {
      const before = Math.ceil(held.mapped / PTRS_PER_PTE);
      held.mapped -= pages;
      for (let spare = before - Math.ceil(held.mapped / PTRS_PER_PTE), at = held.kernel.length - 1; spare > 0 && at >= 0; at--) {
        const { pfn, order } = held.kernel[at] as { pfn: number; order: number };
        if (((kind[pfn] as number) & KIND_MASK) !== KIND_PAGETABLE) continue;
        held.kernel.splice(at, 1);
        buddy.free_pages(pfn, order);
        spare--;
      }
    },
    threads(held, count) {
      for (let n = 0; n < count; n++) {
        for (let page = 0; page < STACK_PAGES; page++) if (!takeKernel(held, 0, KIND_KERNEL)) return -ERRNO.ENOMEM;
        if (addObject(held, 'task_struct') < 0) return -ERRNO.ENOMEM;
      }
      return 0;
    },
    objects(held, name, count, pick) {
      for (let n = 0; n < count; n++) if (addObject(held, name) < 0) return -ERRNO.ENOMEM;
      const own = held.objects.get(name) ?? [];
      for (let n = 0; n > count && own.length > 0; n--) {
        const at = pick(own.length);
        k.slab?.free(name, own[at] as number);
        own[at] = own.at(-1) as number;
        own.pop();
      }
      return 0;
    },
    atomic(held, order, count) {
      for (let n = 0; n < count; n++) {
        const pfn = buddy.alloc_pages_atomic({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_KERNEL });
        if (pfn < 0) {
          for (const row of new Set(buddy.zonelist(0, ZONE_NORMAL).map((zone) => zone_to_nid(zone)))) mm.wakeup_kswapd?.(row, order, ZONE_NORMAL);
          return n;
        }
        for (let i = 0; i < 1 << order; i++) ownKernelPage(mm, held.owner, pfn + i);
        held.kernel.push({ pfn, order });
      }
      return count;
    },
    exit(held) {
      for (const [name, slabs] of held.objects) for (const slab of slabs) k.slab?.free(name, slab);
      const keep = stacks.length < mm.edition.cached_stacks ? held.kernel.splice(0, STACK_PAGES) : [];
      if (keep.length === STACK_PAGES && keep.every(({ pfn }) => ((kind[pfn] as number) & KIND_MASK) === KIND_KERNEL)) {
        slab.stacks ||= addOwner(mm, KIND_KERNEL, 'cached kernel stacks', 0);
        for (const { pfn } of keep) ownKernelPage(mm, slab.stacks, pfn);
        stacks.push(keep);
      } else held.kernel.unshift(...keep);
      // The last level of page tables goes first, the top one last.
      for (const { pfn, order } of held.kernel.reverse()) buddy.free_pages(pfn, order);
    },
  };
}
