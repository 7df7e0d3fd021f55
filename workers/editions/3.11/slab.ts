/**
 * Memory that use leaves behind: caches of inodes and names grow with each program started and each file made, and nothing takes it back. On 3.11 such a page is what keeps a block of a
 * kernel zone from going offline, because a fresh Normal block is the first place it comes from. Source: findings of the recordings (a02: 20000 empty files, r-walk13), amounts inferred from them.
 */
import type { Kernel } from '../../mm/kernel.ts';
import { M_SLAB_LEFT, M_SLAB_OWNER } from '../../mm/mm.ts';
import { addOwner, ownKernelPage } from '../../mm/rmap.ts';
import { RECLAIMABLE_OWNER } from '../../mm/vmstat.ts';
import { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { KIND_INFERRED, KIND_SLAB } from '../../uapi/page_kind.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';

/** What one object takes, and how many fit into what boot's slabs have left. Fitted to the recorded walks: there the first reclaimable page is needed after some forty commands, sooner if more blocks went online. */
const CACHES = [
  { name: 'slab', migratetype: MIGRATE_UNMOVABLE, bytes: 752, room: 0 },
  { name: RECLAIMABLE_OWNER, migratetype: MIGRATE_RECLAIMABLE, bytes: 752, room: 276 },
] as const;

/** What a block that goes online leaves behind. Fitted like the rest. */
export const OBJECTS_OF_ONLINE = 4;

export function grow_caches(k: Kernel, objects: number): void {
  const { mm, buddy } = k;
  if (mm.description.profile !== 'linux-3.11-pc') return;
  const { word } = mm.t.misc;
  for (const [i, { name, migratetype, bytes, room }] of CACHES.entries()) {
    if (word[M_SLAB_OWNER + i] === 0) {
      word[M_SLAB_OWNER + i] = addOwner(mm, KIND_SLAB, name, 0);
      word[M_SLAB_LEFT + i] = room * bytes;
    }
    let left = (word[M_SLAB_LEFT + i] as number) - objects * bytes;
    for (; left < 0; left += PAGE_SIZE) {
      const pfn = buddy.alloc_pages({ order: 0, migratetype, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB | KIND_INFERRED });
      if (pfn < 0) return;
      ownKernelPage(mm, word[M_SLAB_OWNER + i] as number, pfn);
    }
    word[M_SLAB_LEFT + i] = left;
  }
}
