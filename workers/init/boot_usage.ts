/**
 * Memory that the recorded system uses right after boot, for a machine booted without a picture: taken from the allocator as the kernel and its first programs take it, so that it
 * lands where the recordings have it (the first Normal block, or block 0; movable pages in the first Movable block). Amounts are recorded, places are inferred.
 * Source: spec machine-profile.md §5.
 */
import { AGENT, hasAgent } from '../mm/guest_agent.ts';
import type { Mm } from '../mm/mm.ts';
import type { Buddy } from '../mm/page_alloc.ts';
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
}
const USES: readonly Use[] = [
  { name: RECLAIMABLE_OWNER, kind: KIND_SLAB, pages: 2236, migratetype: MIGRATE_RECLAIMABLE },
  { name: 'slab', kind: KIND_SLAB, pages: 1613, migratetype: MIGRATE_UNMOVABLE },
  { name: 'kernel', kind: KIND_KERNEL, pages: 2300, migratetype: MIGRATE_UNMOVABLE },
  { name: 'page tables', kind: KIND_PAGETABLE, pages: 16, migratetype: MIGRATE_UNMOVABLE },
  { name: `${SHMEM_OWNER}: initramfs`, kind: KIND_FILE, pages: 3363, migratetype: MIGRATE_MOVABLE },
  { name: 'init', kind: KIND_ANON, pages: 22, migratetype: MIGRATE_MOVABLE },
];
/** The recorded system starts tracing itself unless told `rec.notrace`: dentries of tracefs, probes and ring buffers. */
const TRACING: readonly Use[] = [
  { name: RECLAIMABLE_OWNER, kind: KIND_SLAB, pages: 2100, migratetype: MIGRATE_RECLAIMABLE }, { name: 'slab of tracing', kind: KIND_SLAB, pages: 130, migratetype: MIGRATE_UNMOVABLE },
  { name: 'ring buffers', kind: KIND_KERNEL, pages: 340, migratetype: MIGRATE_UNMOVABLE },
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
/** Pages taken. */
function takePools(mm: Mm, buddy: Buddy, nid: number): number {
  const order = poolOrder(mm);
  const owner = addOwner(mm, KIND_KERNEL, 'pools for atomic DMA', 0);
  let pages = 0;
  for (const highest_zoneidx of POOLS) {
    const pfn = buddy.alloc_pages({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx, nid, kind: KIND_KERNEL | KIND_INFERRED });
    if (pfn < 0) continue;
    for (let i = 0; i < 1 << order; i++) {
      // No compound page: each frame stands for itself.
      mm.t.memmap.state[pfn + i] = STATE_ALLOC;
      ownKernelPage(mm, owner, pfn + i);
    }
    pages += 1 << order;
  }
  return pages;
}

/** Takes the pages in small turns, so that kinds mix as they do in a real boot. Stops quietly where a small machine has no more. */
export function occupyAfterBoot(mm: Mm, buddy: Buddy, plan: BootPlan): void {
  const uses = hasFlag(plan.parameters.all, 'rec.notrace') ? USES : [...USES, ...TRACING];
  const owners = uses.map((u) => addOwner(mm, u.kind, u.name, u.kind === KIND_ANON ? 1 : 0));
  const nid = plan.ram[0]?.nid ?? 0;
  const pools = takePools(mm, buddy, nid);
  const left = uses.map((u) => (u.name === 'kernel' ? Math.max(0, u.pages - pools) : u.kind === KIND_FILE && hasAgent(mm) ? u.pages + AGENT_FILES : u.pages));
  for (let going = true; going; ) {
    going = false;
    for (let i = 0; i < uses.length; i++) {
      const use = uses[i] as Use;
      for (let turn = 0; turn < TURN && (left[i] as number) > 0; turn++) {
        const highest_zoneidx = use.migratetype === MIGRATE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
        const pfn = buddy.alloc_pages({ order: 0, migratetype: use.migratetype, highest_zoneidx, nid, kind: use.kind | KIND_INFERRED });
        if (pfn < 0) return;
        left[i] = (left[i] as number) - 1;
        going = true;
        const owner = owners[i] as number;
        if (use.migratetype === MIGRATE_MOVABLE) {
          mapPage(mm, owner, pfn, 1 + ((owner * CONTENT_STEP + (left[i] as number)) & 0x7fff));
          lru_add(mm, pfn);
        } else ownKernelPage(mm, owner, pfn);
      }
    }
  }
  if (hasAgent(mm)) lockAgent(mm, buddy, nid);
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
