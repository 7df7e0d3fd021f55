/** Mirrors: mm/memory_hotplug.c (6.1): the tests by which offline_pages() refuses at once, asked without doing anything. */
import { system_ram_bytes } from '../kernel/resource.ts';
import { ERRNO } from '../uapi/errno.ts';
import { pageblock_nr_pages } from '../uapi/mmzone.ts';
import type { OfflineReason } from '../uapi/offline_reason.ts';
import type { Pfn } from '../uapi/units.ts';
import type { Kernel } from './kernel.ts';
import { scan_movable_pages } from './memory_hotplug.ts';
import { configured, page_size } from './mm.ts';
import { vetoes_bootmem_remove } from './memory_listeners.ts';
import { block_start_pfn } from './mmzone.ts';
import { has_unmovable_pages } from './page_isolation.ts';

export interface OfflineRefusal {
  readonly errno: number;
  readonly reason: OfflineReason;
}

/** The answer of an online block to a write of "offline"; undefined: it would begin to move pages. */
export function offline_refusal({ mm, iomem }: Kernel, id: number): OfflineRefusal | undefined {
  const start = block_start_pfn(mm, id);
  const end = start + (1 << mm.PFN_BLOCK_SHIFT);
  if (!configured(mm, 'MEMORY_HOTREMOVE')) return { errno: ERRNO.EINVAL, reason: { code: 'not_configured', option: 'MEMORY_HOTREMOVE' } };
  if ((mm.t.memory_block.zone[id] as number) < 0) return { errno: ERRNO.EINVAL, reason: { code: 'two_zones' } };
  if (system_ram_bytes(iomem, start * page_size(mm), end * page_size(mm) - 1) !== (end - start) * page_size(mm)) return { errno: ERRNO.EINVAL, reason: { code: 'memory_holes' } };
  for (let pfn = start; pfn < end; pfn += pageblock_nr_pages) {
    const unmovable = has_unmovable_pages(mm, pfn, pfn + pageblock_nr_pages);
    if (unmovable >= 0) return { errno: ERRNO.EBUSY, reason: { code: 'isolate', pfn: unmovable as Pfn } };
  }
  if (vetoes_bootmem_remove(mm, start, end - start)) return { errno: ERRNO.EPERM, reason: { code: 'bootmem' } };
  return scan_movable_pages(mm, start, end) === -ERRNO.EBUSY ? { errno: ERRNO.EBUSY, reason: { code: 'unmovable_page' } } : undefined;
}
