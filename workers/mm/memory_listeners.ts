/**
 * Mirrors: the memory notifiers of mm/ksm.c, mm/memory-tiers.c, kernel/cgroup/cpuset.c, mm/mm_init.c, drivers/acpi/numa/hmat.c, mm/slub.c, mm/mmap.c, fs/proc/kcore.c (6.1).
 * Left out: what they do to state nobody can see here. Why: their answers and their order are what a reader of the event stream wants to know.
 */
import type { NotifierChain } from '../kernel/notifier.ts';
import { NOTIFIERS, NOTIFY_OK } from '../uapi/notifiers.ts';

/** Registers the in-tree listeners in the order their initcalls run; none of them vetoes as long as slab can allocate its per-node structures. */
export function registerInTreeListeners(chain: NotifierChain): void {
  NOTIFIERS.forEach(({ name, priority }, id) => chain.register({ id, name, priority, notifier_call: () => NOTIFY_OK }));
}
