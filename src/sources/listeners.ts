/** Which of the kernel's own listeners each edition has, and how they are known to answer as they do. 2.6.12 has the chain and nobody on it. */
import type { Edition } from '../../workers/uapi/machine_description.ts';
import type { Place } from './rules.ts';

/** Every round of the chain was recorded of 3.11, with each listener's name and answer. */
const OF_3_11 = [
  'ksm_memory_callback', 'cpuset_track_online_nodes', 'mm_compute_batch_notifier', 'ipc_memory_callback', 'node_memory_callback', 'slab_memory_callback', 'page_cgroup_callback', 'reserve_mem_notifier', 'kcore_callback',
];
const OF_6_1 = [
  'ksm_memory_callback', 'memtier_hotplug_callback', 'cpuset_track_online_nodes', 'mm_compute_batch_notifier', 'hmat_callback', 'slab_memory_callback', 'reserve_mem_notifier', 'kcore_callback',
  'prevent_bootmem_remove_notifier', 's390_cma_mem_notifier', 'kdump_mem_notifier', 'sclp_mem_notifier', 'iommu_mem_notifier',
];
/** Of 6.1 function tracing saw these. */
const TRACED_6_1 = ['ksm_memory_callback', 'slab_memory_callback'];

/** The file of a listener, where another edition has it elsewhere. */
export const listenerFile = (edition: Edition, { name, file }: { readonly name: string; readonly file: string }): string => (edition === '3.11' && name === 'cpuset_track_online_nodes' ? 'kernel/cpuset.c' : file);

/** Undefined: the edition has no listener of the name. */
export function listenerKnown(edition: Edition, name: string): Place['known'] | undefined {
  if (edition === '3.11') return OF_3_11.includes(name) ? [['a01-dimm', name]] : undefined;
  if (edition === '2.6.12-mhp' || !OF_6_1.includes(name)) return undefined;
  return TRACED_6_1.includes(name) ? [['trace-calls', name]] : 'spec';
}
