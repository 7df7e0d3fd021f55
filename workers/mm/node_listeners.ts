/**
 * Mirrors: memtier_hotplug_callback() of mm/memory-tiers.c, cpuset_track_online_nodes() of kernel/cgroup/cpuset.c (6.1): who keeps a list of the nodes that have memory, and learns of changes by the
 * chain alone. A listener that ends a round before them leaves their lists as they were.
 * Left out: tiers of slower memory and demotion (no driver here states an abstract distance, so that all nodes are DRAM, tier 4); cpusets other than the topmost; the workqueue between chain and tasks.
 */
import { remember } from '../lib/remember.ts';
import { NODE_MEMORY } from '../uapi/layout.ts';
import { MEM_OFFLINE, MEM_ONLINE } from '../uapi/memory_block.ts';
import { NOTIFY_OK } from '../uapi/notifiers.ts';
import type { Kernel } from './kernel.ts';
import { registerListener } from './memory_listeners.ts';
import type { Mm } from './mm.ts';

/** MEMTIER_ADISTANCE_DRAM >> MEMTIER_CHUNK_BITS. */
export const DRAM_TIER = 4;

interface Nodes {
  /** Nodes of the memory tier, and those processes may have memory of (mems_allowed of the topmost cpuset): bit masks. */
  tier: number;
  mems_allowed: number;
}
const known = new WeakMap<Mm, Nodes>();
const withMemory = (mm: Mm): number => mm.t.node.state.reduce((mask, state, nid) => ((state & NODE_MEMORY) !== 0 ? mask | (1 << nid) : mask), 0);
function nodesOf(mm: Mm): Nodes {
  const nodes = known.get(mm) ?? remember({ tier: withMemory(mm), mems_allowed: withMemory(mm) });
  known.set(mm, nodes);
  return nodes;
}
const listed = (mask: number): number[] => Array.from({ length: 31 }, (_, nid) => nid).filter((nid) => (mask & (1 << nid)) !== 0);
/** Nodes of the one memory tier; none: there is no tier. */
export const tierNodes = (mm: Mm): number[] => listed(nodesOf(mm).tier);
/** Nodes that processes may have memory of. */
export const memsAllowed = (mm: Mm): number[] => listed(nodesOf(mm).mems_allowed);

/** Only a node's first and last memory changes its tier. */
export function register_memtier_hotplug({ mm, memory_chain }: Kernel): void {
  const nodes = nodesOf(mm);
  registerListener(memory_chain, 'memtier_hotplug_callback', (action, { status_change_nid: nid }) => {
    if (nid >= 0 && action === MEM_ONLINE) nodes.tier |= 1 << nid;
    else if (nid >= 0 && action === MEM_OFFLINE) nodes.tier &= ~(1 << nid);
    return NOTIFY_OK;
  });
}
/** Whatever happened, it looks at the nodes again. */
export function register_cpuset_track_online_nodes({ mm, memory_chain }: Kernel): void {
  const nodes = nodesOf(mm);
  registerListener(memory_chain, 'cpuset_track_online_nodes', () => {
    nodes.mems_allowed = withMemory(mm);
    return NOTIFY_OK;
  });
}
