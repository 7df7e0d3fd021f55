/** Mirrors: mm/memory_hotplug.c (6.1): the tests by which offline_pages() refuses at once, asked without doing anything. */
import { system_ram_bytes } from '../kernel/resource.ts';
import { ERRNO } from '../uapi/errno.ts';
import { pageblock_nr_pages } from '../uapi/mmzone.ts';
import type { Kernel } from './kernel.ts';
import { scan_movable_pages } from './memory_hotplug.ts';
import { configured, page_size } from './mm.ts';
import { vetoes_bootmem_remove } from './memory_listeners.ts';
import { block_start_pfn } from './mmzone.ts';
import { has_unmovable_pages } from './page_isolation.ts';

export interface OfflineRefusal {
  readonly errno: number;
  readonly reason: string;
}

/** The answer of an online block to a write of "offline"; undefined: it would begin to move pages. */
export function offline_refusal({ mm, iomem }: Kernel, id: number): OfflineRefusal | undefined {
  const start = block_start_pfn(mm, id);
  const end = start + (1 << mm.PFN_BLOCK_SHIFT);
  if (!configured(mm, 'MEMORY_HOTREMOVE')) return { errno: ERRNO.EINVAL, reason: 'CONFIG_MEMORY_HOTREMOVE is not set' };
  if ((mm.t.memory_block.zone[id] as number) < 0) return { errno: ERRNO.EINVAL, reason: 'valid_zones is none: the block lies in two zones or on two nodes' };
  if (system_ram_bytes(iomem, start * page_size(mm), end * page_size(mm) - 1) !== (end - start) * page_size(mm)) return { errno: ERRNO.EINVAL, reason: 'memory holes' };
  for (let pfn = start; pfn < end; pfn += pageblock_nr_pages) {
    const unmovable = has_unmovable_pages(mm, pfn, pfn + pageblock_nr_pages);
    if (unmovable >= 0) return { errno: ERRNO.EBUSY, reason: `failure to isolate range: unmovable page at pfn 0x${unmovable.toString(16)}` };
  }
  if (vetoes_bootmem_remove(mm, start, end - start)) return { errno: ERRNO.EPERM, reason: 'notifier failure: prevent_bootmem_remove_notifier lets no boot memory go' };
  return scan_movable_pages(mm, start, end) === -ERRNO.EBUSY ? { errno: ERRNO.EBUSY, reason: 'unmovable page' } : undefined;
}
