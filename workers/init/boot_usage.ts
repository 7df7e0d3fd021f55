/**
 * Memory that the recorded system uses right after boot, for a machine booted without a picture: taken from the allocator as the kernel and its first programs take it, so that it
 * lands where the recordings have it (the first Normal block, or block 0; movable pages in the first Movable block). Amounts are recorded, places are inferred.
 * Source: spec machine-profile.md §5.
 */
import { AGENT, hasAgent } from '../mm/guest_agent.ts';
import type { Mm } from '../mm/mm.ts';
import type { Buddy } from '../mm/page_alloc.ts';
import { setActive } from '../mm/lru.ts';
import { setColdFlags } from '../mm/page_flags.ts';
import { addOwner, lru_add, mapPage, ownKernelPage, SHMEM_OWNER } from '../mm/rmap.ts';
import { RECLAIMABLE_OWNER } from '../mm/vmstat.ts';
import { H_TOTALRAM, STATE_ALLOC } from '../uapi/layout.ts';
import { MAX_ORDER, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order, ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { COLD_MLOCKED, KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_ANON, KIND_FILE, KIND_INFERRED, KIND_KERNEL, KIND_MLOCKED, KIND_PAGETABLE, KIND_SLAB, KIND_THP } from '../uapi/page_kind.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import type { BootPlan } from './layout_plan.ts';
import { hasFlag } from './cmdline.ts';

interface Use {
  readonly name: string;
  readonly kind: number;
  readonly pages: number;
  readonly migratetype: number;
  /** Of the chunks it is taken in; absent: 0. */
  readonly order?: number;
}
/** `kernel` is what MemFree of the recorded guests leaves (512 MiB to 4 GiB, within 30 pages), hash tables and pools told apart. */
const USES: readonly Use[] = [
  { name: RECLAIMABLE_OWNER, kind: KIND_SLAB, pages: 2236, migratetype: MIGRATE_RECLAIMABLE },
  { name: 'slab', kind: KIND_SLAB, pages: 913, migratetype: MIGRATE_UNMOVABLE },
  { name: 'kernel', kind: KIND_KERNEL, pages: 2173, migratetype: MIGRATE_UNMOVABLE },
  { name: `${SHMEM_OWNER}: initramfs`, kind: KIND_FILE, pages: 3363, migratetype: MIGRATE_MOVABLE },
];
/** Drivers' objects, when the initrd has been unpacked beside them and is free: SLUB takes eight pages at a time. */
const DRIVERS: readonly Use[] = [{ name: 'slab of drivers', kind: KIND_SLAB, pages: 700, migratetype: MIGRATE_UNMOVABLE, order: 3 }];
/** The first program, once what boot needed is free: its page tables, and what it writes. */
const INIT: readonly Use[] = [{ name: 'page tables', kind: KIND_PAGETABLE, pages: 9, migratetype: MIGRATE_UNMOVABLE }, { name: 'init', kind: KIND_ANON, pages: 22, migratetype: MIGRATE_MOVABLE }];
/** Page tables there are with the agent beyond its own. */
const TABLES_BESIDE_AGENT = 2;
/** Of the initramfs's pages: those the first program runs from, and those that were written in two pieces while it was unpacked, which makes them active; with the agent, and without. */
const MAPPED = { agent: 197, none: 195 } as const;
const ACTIVE = { agent: 1345, none: 1223 } as const;
/** Of the mapped ones those that the agent has locked with all its memory. */
const LOCKED = 195;
/** The recorded system's first program starts tracing unless told `rec.notrace`: dentries of tracefs, probes and ring buffers. */
const TRACING: readonly Use[] = [
  { name: RECLAIMABLE_OWNER, kind: KIND_SLAB, pages: 2100, migratetype: MIGRATE_RECLAIMABLE }, { name: 'slab of tracing', kind: KIND_SLAB, pages: 130, migratetype: MIGRATE_UNMOVABLE },
  { name: 'ring buffers', kind: KIND_KERNEL, pages: 210, migratetype: MIGRATE_UNMOVABLE },
];
/** What the initramfs of the agent unpacks to beyond the others. */
const AGENT_FILES = 98;

/** Pools for atomic DMA: one from each zone a device may be limited to. 128 KiB for each GiB of memory, in one piece. Source: dma_atomic_pool_init() of kernel/dma/pool.c. */
const POOL_BYTES = 128 * 1024;
const POOL_PER_BYTES = 2 ** 30;
const poolOrder = (mm: Mm): number => {
  const pages = Math.min(Math.floor((mm.t.header[H_TOTALRAM] as number) / (POOL_PER_BYTES / POOL_BYTES)), 2 ** (MAX_ORDER - 1));
  return Math.ceil(Math.log2(Math.max(pages, POOL_BYTES / PAGE_SIZE)));
};
const POOLS = [ZONE_NORMAL, ZONE_DMA, ZONE_DMA32] as const;
function takePools(mm: Mm, buddy: Buddy, nid: number): void {
  const owner = addOwner(mm, KIND_KERNEL, 'pools for atomic DMA', 0);
  for (const highest_zoneidx of POOLS) takePiece(mm, buddy, owner, poolOrder(mm), highest_zoneidx, nid);
}
/** 2^order pages in one piece, which are no compound page: each frame stands for itself. False: there is none. */
function takePiece(mm: Mm, buddy: Buddy, owner: number, order: number, highest_zoneidx: number, nid: number): boolean {
  const pfn = buddy.alloc_pages({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx, nid, kind: KIND_KERNEL | KIND_INFERRED });
  for (let i = 0; i < 1 << order && pfn >= 0; i++) {
    mm.t.memmap.state[pfn + i] = STATE_ALLOC;
    ownKernelPage(mm, owner, pfn + i);
  }
  return pfn >= 0;
}
/** Hash tables that the allocator gives: bytes for each GiB of memory (rounded up to a power of two), and at most. Source: the log of the recorded boots; alloc_large_system_hash(). */
const HASH_TABLES: readonly { readonly name: string; readonly perGib: number; readonly most?: number }[] = [
  { name: 'Mount-cache', perGib: 16_384 }, { name: 'Mountpoint-cache', perGib: 16_384 }, { name: 'IP idents', perGib: 131_072, most: 2 ** 21 }, { name: 'tcp_listen_portaddr_hash', perGib: 8192, most: 2 ** 20 },
  { name: 'TCP established', perGib: 65_536, most: 2 ** 22 }, { name: 'TCP bind', perGib: 262_144, most: 2 ** 21 }, { name: 'MPTCP token', perGib: 24_576, most: 1_572_864 }, { name: 'UDP', perGib: 16_384, most: 2 ** 21 }, { name: 'UDP-Lite', perGib: 16_384, most: 2 ** 21 },
];
/** futex, Dquot-cache, Table-perturb: of one size everywhere, pages. */
const FIXED_TABLES = 69;
function takeHashTables(mm: Mm, buddy: Buddy, nid: number): void {
  const owner = addOwner(mm, KIND_KERNEL, 'hash tables', 0);
  const gib = 2 ** Math.ceil(Math.log2((mm.t.header[H_TOTALRAM] as number) / 2 ** 18));
  let single = FIXED_TABLES;
  for (const { perGib, most = Number.POSITIVE_INFINITY } of HASH_TABLES) {
    const pages = Math.ceil(Math.min(most, perGib * gib) / PAGE_SIZE);
    // A table that is no power of two, or finds no chunk, comes page by page (vmalloc).
    const order = Math.floor(Math.log2(pages));
    if (2 ** order !== pages || order >= MAX_ORDER || !takePiece(mm, buddy, owner, order, ZONE_NORMAL, nid)) single += pages;
  }
  for (; single > 0 && takePiece(mm, buddy, owner, 0, ZONE_NORMAL, nid); single--);
}

export function occupyAfterBoot(mm: Mm, buddy: Buddy, plan: BootPlan): void {
  const nid = bootNode(plan);
  takePools(mm, buddy, nid);
  takeHashTables(mm, buddy, nid);
  const pagesOf = (u: Use): number => (u.kind === KIND_FILE && hasAgent(mm) ? u.pages + AGENT_FILES : u.pages);
  const who = hasAgent(mm) ? 'agent' : 'none';
  takeAll(mm, buddy, USES.map((u) => ({ ...u, pages: pagesOf(u) })), nid, (pfn, left) => {
    if (left < MAPPED[who]) {
      setColdFlags(mm, pfn, kpf(KPF.MMAP));
      mm.t.cold.mapcount[pfn] = 1;
    }
    if (left < LOCKED && hasAgent(mm)) setColdFlags(mm, pfn, kpf(KPF.UNEVICTABLE) | COLD_MLOCKED);
    if (left < ACTIVE[who]) setActive(mm, pfn, true);
  });
}
/** Source: kernel_init(). */
export function run_init(mm: Mm, buddy: Buddy, plan: BootPlan): void {
  const nid = bootNode(plan);
  takeAll(mm, buddy, DRIVERS, nid);
  takeAll(mm, buddy, hasAgent(mm) ? INIT.map((u) => (u.kind === KIND_PAGETABLE ? { ...u, pages: TABLES_BESIDE_AGENT } : { ...u, kind: KIND_MLOCKED })) : INIT, nid);
  if (hasAgent(mm)) lockAgent(mm, buddy, nid);
  if (!hasFlag(plan.parameters.all, 'rec.notrace')) takeAll(mm, buddy, TRACING, nid);
}
const bootNode = (plan: BootPlan): number => plan.ram[0]?.nid ?? 0;
/** Takes the pages in small turns, so that kinds mix as they do in a real boot. Stops quietly where a small machine has no more. `file`: a page of a file, and how many of its kind are to come. */
function takeAll(mm: Mm, buddy: Buddy, uses: readonly Use[], nid: number, file?: (pfn: number, left: number) => void): void {
  const owners = uses.map((u) => addOwner(mm, u.kind, u.name, u.kind === KIND_ANON || u.kind === KIND_MLOCKED ? 1 : 0));
  const left = uses.map((u) => u.pages);
  for (let going = true; going; ) {
    going = false;
    for (let i = 0; i < uses.length; i++) {
      const use = uses[i] as Use;
      for (let turn = 0; turn < TURN && (left[i] as number) > 0; turn++) {
        const highest_zoneidx = use.migratetype === MIGRATE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
        const order = (left[i] as number) >= 1 << (use.order ?? 0) ? (use.order ?? 0) : 0;
        const pfn = buddy.alloc_pages({ order, migratetype: use.migratetype, highest_zoneidx, nid, kind: use.kind | KIND_INFERRED });
        if (pfn < 0) return;
        left[i] = (left[i] as number) - (1 << order);
        going = true;
        const owner = owners[i] as number;
        if (use.migratetype === MIGRATE_MOVABLE) {
          mapPage(mm, owner, pfn, 1 + ((owner * CONTENT_STEP + (left[i] as number)) & 0x7fff));
          if (use.kind === KIND_FILE) file?.(pfn, left[i] as number);
          lru_add(mm, pfn);
        } else for (let page = 0; page < 1 << order; page++) ownKernelPage(mm, owner, pfn + page);
      }
    }
  }
}
/** The agent's memory: its buffer in huge pages where they are on, but for the ends that are not aligned. */
function lockAgent(mm: Mm, buddy: Buddy, nid: number): void {
  const owner = addOwner(mm, KIND_MLOCKED, 'agent', 1);
  const take = (order: number, migratetype: number, kind: number): number =>
    buddy.alloc_pages({ order, migratetype, highest_zoneidx: migratetype === MIGRATE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL, nid, kind: kind | KIND_INFERRED });
  const map = (pfn: number, order: number): void => {
    for (let i = 0; i < 1 << order; i++) mapPage(mm, owner, pfn + i, 1 + ((pfn + i) & 0x7fff));
    lru_add(mm, pfn);
  };
  for (let i = 0; i < AGENT.tables; i++) {
    const pfn = take(0, MIGRATE_UNMOVABLE, KIND_PAGETABLE);
    if (pfn >= 0) ownKernelPage(mm, owner, pfn);
  }
  let left = AGENT.anon as number;
  for (let huge = Math.floor(AGENT.buffer / pageblock_nr_pages) - 1; mm.options.thp && huge > 0; huge--) {
    const pfn = take(pageblock_order, MIGRATE_MOVABLE, KIND_THP);
    if (pfn < 0) break;
    map(pfn, pageblock_order);
    setColdFlags(mm, pfn, kpf(KPF.UNEVICTABLE) | COLD_MLOCKED);
    left -= pageblock_nr_pages;
  }
  for (; left > 0; left--) {
    const pfn = take(0, MIGRATE_MOVABLE, KIND_MLOCKED);
    if (pfn < 0) return;
    map(pfn, 0);
  }
}
/** Pages one user takes before the next has its turn. */
const TURN = 16;
/** Spreads content tags of different owners apart. */
const CONTENT_STEP = 4099;
