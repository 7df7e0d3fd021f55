/**
 * Memory that use leaves behind: caches of inodes and names grow with each program started and each file made, and nothing takes it back. On 3.11 such a page is what keeps a block of a
 * kernel zone from going offline, because a fresh Normal block is the first place it comes from. Source: findings of the recordings (a02: 20000 empty files, r-walk13), amounts inferred from them.
 */
import type { Kernel } from '../../kernel/kernel.ts';
import { M_SLAB_LEFT, M_SLAB_OWNER } from '../../mm/mm.ts';
import { addOwner, ownKernelPage } from '../../mm/rmap.ts';
import { RECLAIMABLE_OWNER } from '../../mm/vmstat.ts';
import { MIGRATE_RECLAIMABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { KIND_INFERRED, KIND_SLAB } from '../../uapi/page_kind.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';

/** An inode and its name. */
const OBJECT_BYTES = 752;

export function grow_caches(k: Kernel, objects: number): void {
  const { mm, buddy } = k;
  if (mm.description.profile !== 'linux-3.11-pc') return;
  const { word } = mm.t.misc;
  if (word[M_SLAB_OWNER] === 0) {
    word[M_SLAB_OWNER] = addOwner(mm, KIND_SLAB, RECLAIMABLE_OWNER, 0);
    word[M_SLAB_LEFT] = 0;
  }
  let left = word[M_SLAB_LEFT] as number;
  for (let i = 0; i < objects; i++) {
    if (left < OBJECT_BYTES) {
      const pfn = buddy.alloc_pages({ order: 0, migratetype: MIGRATE_RECLAIMABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB | KIND_INFERRED });
      if (pfn < 0) return;
      ownKernelPage(mm, word[M_SLAB_OWNER] as number, pfn);
      left = PAGE_SIZE;
    }
    left -= OBJECT_BYTES;
  }
  word[M_SLAB_LEFT] = left;
}
