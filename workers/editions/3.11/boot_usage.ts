/**
 * Memory the recorded 3.11 uses when its first program runs: taken from the allocator as boot takes it, so that it lands where the recordings have it (the highest free memory that is not
 * Movable). Amounts are recorded or follow from the machine's size, places are inferred. Files of the initramfs are not movable by type, though they can be migrated: ramfs asks for such pages.
 */
import type { BootPlan } from '../../init/layout_plan.ts';
import type { Mm } from '../../mm/mm.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import { addOwner, lru_add, mapPage, ownKernelPage } from '../../mm/rmap.ts';
import { RAMFS_OWNER, RECLAIMABLE_OWNER } from '../../mm/vmstat.ts';
import { SECTION_PRESENT } from '../../uapi/memory_block.ts';
import { MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_MOVABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { KIND_ANON, KIND_FILE, KIND_INFERRED, KIND_KERNEL, KIND_PAGETABLE, KIND_SLAB } from '../../uapi/page_kind.ts';
import { init_section_page_cgroup } from './listeners.ts';

interface Use {
  readonly name: string;
  readonly kind: number;
  readonly pages: number;
  readonly migratetype: number;
  readonly onLru?: true;
}
/** Entries of a hash table of 8 bytes each: one for so many bytes of memory, a power of two, at most this many pages of table. */
const DENTRY_SCALE = 13;
const INODE_SCALE = 14;
const MOST_DENTRY_PAGES = 2048;
const MOST_INODE_PAGES = 1024;
const hashPages = (pages: number, scale: number, most: number): number => Math.min(most, Math.max(1, (2 ** Math.ceil(Math.log2(pages / 2 ** (scale - 12))) * 8) / 4096));

const USES: readonly Use[] = [
  { name: 'slab', kind: KIND_SLAB, pages: 305, migratetype: MIGRATE_UNMOVABLE },
  { name: RECLAIMABLE_OWNER, kind: KIND_SLAB, pages: 84, migratetype: MIGRATE_RECLAIMABLE },
  { name: 'kernel', kind: KIND_KERNEL, pages: 86, migratetype: MIGRATE_UNMOVABLE },
  { name: 'page tables', kind: KIND_PAGETABLE, pages: 13, migratetype: MIGRATE_UNMOVABLE },
  { name: `${RAMFS_OWNER}: initramfs`, kind: KIND_FILE, pages: 983, migratetype: MIGRATE_UNMOVABLE, onLru: true },
  { name: 'init', kind: KIND_ANON, pages: 52, migratetype: MIGRATE_MOVABLE, onLru: true },
];
/** Pages one user takes before the next has its turn. */
const TURN = 16;
/** Spreads content tags of different owners apart. */
const CONTENT_STEP = 4099;

export function occupy(mm: Mm, buddy: Buddy, plan: BootPlan): void {
  if (mm.description.profile !== 'linux-3.11-pc') return;
  const { section } = mm.t;
  for (let nr = 0; nr < section.state.length; nr++) if (((section.state[nr] as number) & SECTION_PRESENT) !== 0) init_section_page_cgroup(mm, buddy, nr, section.nid[nr] as number);
  const pages = plan.ram.reduce((sum, r) => sum + r.end - r.start, 0);
  takeAll(mm, buddy, [
    { name: 'dentry hash table', kind: KIND_KERNEL, pages: hashPages(pages, DENTRY_SCALE, MOST_DENTRY_PAGES), migratetype: MIGRATE_UNMOVABLE },
    { name: 'inode hash table', kind: KIND_KERNEL, pages: hashPages(pages, INODE_SCALE, MOST_INODE_PAGES), migratetype: MIGRATE_UNMOVABLE },
  ], Number.MAX_SAFE_INTEGER);
  takeAll(mm, buddy, USES, TURN);
}

/** Takes the pages in turns, so that kinds mix as they do in a real boot. Stops quietly where a small machine has no more. */
function takeAll(mm: Mm, buddy: Buddy, uses: readonly Use[], turn: number): void {
  const owners = uses.map((u) => addOwner(mm, u.kind, u.name, u.kind === KIND_ANON ? 1 : 0));
  const left = uses.map((u) => u.pages);
  while (left.some((n) => n > 0)) {
    for (const [i, use] of uses.entries()) {
      for (let n = Math.min(turn, left[i] as number); n > 0; n--) {
        const highest_zoneidx = use.migratetype === MIGRATE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
        const pfn = buddy.alloc_pages({ order: 0, migratetype: use.migratetype, highest_zoneidx, nid: 0, kind: use.kind | KIND_INFERRED });
        if (pfn < 0) return;
        left[i] = (left[i] as number) - 1;
        const owner = owners[i] as number;
        if (use.onLru) {
          mapPage(mm, owner, pfn, 1 + ((owner * CONTENT_STEP + (left[i] as number)) & 0x7fff));
          lru_add(mm, pfn);
        } else ownKernelPage(mm, owner, pfn);
      }
    }
  }
}
