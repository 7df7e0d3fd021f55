/**
 * Mirrors: the memory notifiers of mm/ksm.c, mm/memory-tiers.c, kernel/cgroup/cpuset.c, mm/mm_init.c, drivers/acpi/numa/hmat.c, mm/slub.c, mm/mmap.c, fs/proc/kcore.c (6.1).
 * Left out: what they do to state nobody can see here. Why: their answers and their order are what a reader of the event stream wants to know.
 */
import type { NotifierBlock, NotifierChain } from '../kernel/notifier.ts';
import { type NotifierInfo, NOTIFIERS, NOTIFY_OK } from '../uapi/notifiers.ts';

/** x86_64 6.1 without debug options, in the order the initcalls run. */
const IN_TREE = [
  'ksm_memory_callback', 'memtier_hotplug_callback', 'cpuset_track_online_nodes', 'mm_compute_batch_notifier', 'hmat_callback', 'slab_memory_callback', 'reserve_mem_notifier',
  'kcore_callback',
];
/** Registers the in-tree listeners; none of them vetoes as long as slab can allocate its per-node structures. */
export function registerInTreeListeners(chain: NotifierChain): void {
  for (const name of IN_TREE) registerListener(chain, name, () => NOTIFY_OK);
}
/** Registers the listener of that name (of NOTIFIERS). Throws on a name that is not there. */
export function registerListener(chain: NotifierChain, name: string, notifier_call: NotifierBlock['notifier_call']): void {
  const id = NOTIFIERS.findIndex((n) => n.name === name);
  const { priority } = NOTIFIERS[id] as NotifierInfo;
  chain.register({ id, name, priority, notifier_call });
}
