/**
 * Mirrors: the memory notifiers of mm/ksm.c, mm/memory-tiers.c, kernel/cgroup/cpuset.c, mm/mm_init.c, drivers/acpi/numa/hmat.c, mm/slub.c, mm/mmap.c, fs/proc/kcore.c (6.1).
 * Left out: what they do to state nobody can see here. Why: their answers and their order are what a reader of the event stream wants to know. Tiers and cpusets are in node_listeners.ts, the reserves in reserve_mem.ts.
 */
import { type NotifierBlock, type NotifierChain, notifier_from_errno } from '../kernel/notifier.ts';
import { ERRNO } from '../uapi/errno.ts';
import { type NotifierInfo, NOTIFIERS, NOTIFY_BAD, NOTIFY_OK } from '../uapi/notifiers.ts';
import { MEM_GOING_OFFLINE, SECTION_EARLY } from '../uapi/memory_block.ts';
import type { Kernel } from './kernel.ts';
import { type Mm, page_size } from './mm.ts';
import { pfn_to_section_nr } from './mmzone.ts';

/** x86_64 6.1 without debug options, in the order the initcalls run. */
const IN_TREE = [
  'ksm_memory_callback', 'memtier_hotplug_callback', 'cpuset_track_online_nodes', 'mm_compute_batch_notifier', 'hmat_callback', 'slab_memory_callback',
];
/** Registers the in-tree listeners; none of them vetoes as long as slab can allocate its per-node structures. `own`: registers one by its name, in its turn; the others only answer. */
export function registerInTreeListeners(chain: NotifierChain, acpi = true, own: Readonly<Record<string, () => void>> = {}): void {
  const register = (name: string): void => (own[name] ? own[name]() : registerListener(chain, name, () => NOTIFY_OK));
  for (const name of IN_TREE) if (acpi || name !== 'hmat_callback') register(name);
  register('reserve_mem_notifier');
  registerListener(chain, 'kcore_callback', () => NOTIFY_OK);
}
/** arm64 lets no memory go that was there at boot, because its kernel image or tables could lie in it. Source: prevent_bootmem_remove_notifier() of arch/arm64/mm/mmu.c, 6.1. */
export function register_prevent_bootmem_remove({ mm, memory_chain }: Kernel): void {
  registerListener(memory_chain, 'prevent_bootmem_remove_notifier', (action, { start_pfn, nr_pages }) => {
    if (action !== MEM_GOING_OFFLINE || !vetoes_bootmem_remove(mm, start_pfn, nr_pages)) return NOTIFY_OK;
    const at = (frame: number): string => (frame * page_size(mm)).toString(16);
    mm.printk(4, `Boot memory [${at(start_pfn)} ${at(start_pfn + nr_pages)}] offlining attempted`);
    return NOTIFY_BAD;
  });
}
/** Would that listener, where there is one, refuse the range? */
export function vetoes_bootmem_remove(mm: Mm, start_pfn: number, nr_pages: number): boolean {
  if (mm.geometry.arch !== 'arm64') return false;
  const last = pfn_to_section_nr(mm, start_pfn + nr_pages - 1);
  for (let nr = pfn_to_section_nr(mm, start_pfn); nr <= last; nr++) if (((mm.t.section.state[nr] as number) & SECTION_EARLY) !== 0) return true;
  return false;
}
/** s390x keeps areas for devices where they are. Source: s390_cma_mem_notifier() of arch/s390/mm/init.c, 6.1. */
export function register_s390_cma_mem_notifier(k: Kernel): void {
  registerListener(k.memory_chain, 's390_cma_mem_notifier', (action, { start_pfn, nr_pages }) => {
    const meets = k.cma?.some(({ base_pfn, count }) => start_pfn < base_pfn + count && start_pfn + nr_pages > base_pfn) === true;
    return action === MEM_GOING_OFFLINE && meets ? notifier_from_errno(-ERRNO.EBUSY) : NOTIFY_OK;
  });
}
/** A crash kernel of s390x is exchanged with as much memory from address 0 on: that stays. `size`: bytes reserved for it. Source: kdump_mem_notifier() of arch/s390/kernel/setup.c, 6.1. */
export function register_kdump_mem_notifier({ mm, memory_chain }: Kernel, size: number): void {
  registerListener(memory_chain, 'kdump_mem_notifier', (action, { start_pfn }) => (action === MEM_GOING_OFFLINE && start_pfn < size / page_size(mm) ? NOTIFY_BAD : NOTIFY_OK));
}
/** Registers the listener of that name (of NOTIFIERS). Throws on a name that is not there. */
export function registerListener(chain: NotifierChain, name: string, notifier_call: NotifierBlock['notifier_call']): void {
  const id = NOTIFIERS.findIndex((n) => n.name === name);
  const { priority } = NOTIFIERS[id] as NotifierInfo;
  chain.register({ id, name, priority, notifier_call });
}
