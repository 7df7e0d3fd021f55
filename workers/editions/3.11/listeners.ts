/**
 * Mirrors: the memory notifiers of 3.11 (mm/ksm.c, kernel/cpuset.c, mm/mm_init.c, ipc/ipcns_notifier.c, drivers/base/node.c, mm/slub.c, mm/page_cgroup.c, mm/mmap.c, fs/proc/kcore.c).
 * Left out: what they do to state nobody can see here, but for page_cgroup: its tables are memory, and lie in the way of an offline. Source: recordings of 3.11, findings B.
 */
import type { Kernel } from '../../mm/kernel.ts';
import { notifier_from_errno, type MemoryNotify } from '../../kernel/notifier.ts';
import { remember } from '../../lib/remember.ts';
import { registerListener } from '../../mm/memory_listeners.ts';
import type { Mm } from '../../mm/mm.ts';
import { register_cpuset_track_online_nodes } from '../../mm/node_listeners.ts';
import { register_reserve_mem_notifier } from '../../mm/reserve_mem.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import { addOwner, ownKernelPage, removeOwner } from '../../mm/rmap.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { MEM_CANCEL_ONLINE, MEM_GOING_ONLINE, MEM_OFFLINE } from '../../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { KIND_KERNEL } from '../../uapi/page_kind.ts';
import { NOTIFY_OK } from '../../uapi/notifiers.ts';
import { register_ipc_memory_callback } from './msgmni.ts';

/** Registration order; priorities decide first. */
const BEFORE_PAGE_CGROUP = ['ksm_memory_callback', 'cpuset_track_online_nodes', 'mm_compute_batch_notifier', 'ipc_memory_callback', 'node_memory_callback', 'slab_memory_callback'];

/** sizeof(struct page_cgroup) = 16: 512 KiB for a section of 32768 pages, in one piece. */
const PAGE_CGROUP_BYTES = 16;
const tableOrder = (mm: Mm): number => mm.PFN_SECTION_SHIFT + Math.log2(PAGE_CGROUP_BYTES) - 12;

interface Table {
  readonly pfn: number;
  readonly owner: number;
}
/** Tables by section; words for people are in the owner's name. */
const tables = new WeakMap<Mm, Map<number, Table>>();
const tablesOf = (mm: Mm): Map<number, Table> => {
  const known = tables.get(mm) ?? remember(new Map<number, Table>());
  tables.set(mm, known);
  return known;
};

/** The memory controller's table of one section, on its node. -ENOMEM: no 512 KiB in one piece. Source: init_section_page_cgroup(). */
export function init_section_page_cgroup(mm: Mm, buddy: Buddy, nr: number, nid: number): number {
  const known = tablesOf(mm);
  if (known.has(nr)) return 0;
  const order = tableOrder(mm);
  const pfn = buddy.alloc_pages({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid, kind: KIND_KERNEL });
  if (pfn < 0) return -ERRNO.ENOMEM;
  const owner = addOwner(mm, KIND_KERNEL, `page_cgroup of section ${nr}`, 0);
  for (let i = pfn; i < pfn + (1 << order); i++) ownKernelPage(mm, owner, i);
  known.set(nr, { pfn, owner });
  return 0;
}
function free_section_page_cgroup(mm: Mm, buddy: Buddy, nr: number): void {
  const table = tablesOf(mm).get(nr);
  if (!table) return;
  tablesOf(mm).delete(nr);
  removeOwner(mm, table.owner);
  buddy.free_pages(table.pfn, tableOrder(mm));
}
function page_cgroup_callback({ mm, buddy }: Kernel, action: number, arg: MemoryNotify): number {
  const first = arg.start_pfn >>> mm.PFN_SECTION_SHIFT;
  const last = (arg.start_pfn + arg.nr_pages - 1) >>> mm.PFN_SECTION_SHIFT;
  if (action === MEM_GOING_ONLINE) {
    for (let nr = first; nr <= last; nr++) {
      const ret = init_section_page_cgroup(mm, buddy, nr, mm.t.section.nid[nr] as number);
      if (ret === 0) continue;
      for (let back = first; back < nr; back++) free_section_page_cgroup(mm, buddy, back);
      return notifier_from_errno(ret);
    }
  } else if (action === MEM_OFFLINE || action === MEM_CANCEL_ONLINE) for (let nr = first; nr <= last; nr++) free_section_page_cgroup(mm, buddy, nr);
  return NOTIFY_OK;
}

export function register_listeners(k: Kernel): void {
  for (const name of BEFORE_PAGE_CGROUP) {
    if (name === 'cpuset_track_online_nodes') register_cpuset_track_online_nodes(k);
    else if (name === 'ipc_memory_callback') register_ipc_memory_callback(k);
    else registerListener(k.memory_chain, name, () => NOTIFY_OK);
  }
  registerListener(k.memory_chain, 'page_cgroup_callback', (action, arg) => page_cgroup_callback(k, action, arg));
  register_reserve_mem_notifier(k, '');
  registerListener(k.memory_chain, 'kcore_callback', () => NOTIFY_OK);
}
