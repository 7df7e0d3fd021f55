/**
 * Memory that the recorded system uses right after boot, for a machine booted without a picture: taken from the allocator as the kernel and its first programs take it, so that it
 * lands where the recordings have it (the first Normal block, or block 0; movable pages in the first Movable block). Amounts are recorded, places are inferred.
 * Source: spec machine-profile.md §5.
 */
import type { Mm } from '../mm/mm.ts';
import type { Buddy } from '../mm/page_alloc.ts';
import { addOwner, lru_add, mapPage, ownKernelPage } from '../mm/rmap.ts';
import { RECLAIMABLE_OWNER, SHMEM_OWNER } from '../mm/vmstat.ts';
import { MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_FILE, KIND_INFERRED, KIND_KERNEL, KIND_PAGETABLE, KIND_SLAB } from '../uapi/page_kind.ts';
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
  { name: 'init', kind: KIND_ANON, pages: 120, migratetype: MIGRATE_MOVABLE },
];
/** The recorded system starts tracing itself unless told `rec.notrace`: dentries of tracefs and ring buffers. */
const TRACING: Use = { name: RECLAIMABLE_OWNER, kind: KIND_SLAB, pages: 2100, migratetype: MIGRATE_RECLAIMABLE };

/** Takes the pages in small turns, so that kinds mix as they do in a real boot. Stops quietly where a small machine has no more. */
export function occupyAfterBoot(mm: Mm, buddy: Buddy, plan: BootPlan): void {
  const uses = hasFlag(plan.parameters.all, 'rec.notrace') ? USES : [...USES, TRACING];
  const owners = uses.map((u) => addOwner(mm, u.kind, u.name, u.kind === KIND_ANON ? 1 : 0));
  const left = uses.map((u) => u.pages);
  const nid = plan.ram[0]?.nid ?? 0;
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
}
/** Pages one user takes before the next has its turn. */
const TURN = 16;
/** Spreads content tags of different owners apart. */
const CONTENT_STEP = 4099;
