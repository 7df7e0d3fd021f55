/** Mirrors: drivers/base/node.c (6.1): /sys/devices/system/node. Node directories appear and vanish as nodes come online. */
import { numaStats, numastat_show } from '../../mm/alloc_stat.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { compact_node } from '../../mm/compaction.ts';
import type { Mm } from '../../mm/mm.ts';
import { zone_to_nid } from '../../mm/mmzone.ts';
import { countPages, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { NODE_CPU, NODE_MEMORY, NODE_NORMAL_MEMORY, NODE_ONLINE, NODE_POSSIBLE } from '../../uapi/layout.ts';
import { node_read_meminfo } from '../proc/meminfo.ts';
import { nodeStats, zoneStats } from '../proc/zoneinfo.ts';
import { present, withoutLines } from '../present.ts';
import type { DirNode, VNode } from '../../kernel/vnode.ts';
import { hugepagesDir } from './hugepages.ts';
import { attr, kdir, kept, klink, powerDir } from './kernfs.ts';
import { blockIds, nodesOfBlock } from './memory.ts';
import { uevent_store } from './uevent.ts';

/** LOCAL_DISTANCE and REMOTE_DISTANCE. */
const LOCAL = 10;
const REMOTE = 20;

/** %*pbl: 0,1,2,5 → '0-2,5'. */
export function bitmapList(ids: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const last = runs.at(-1);
    if (last && last[1] === id - 1) last[1] = id;
    else runs.push([id, id]);
  }
  return runs.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)).join(',');
}
export const nodesWith = (mm: Mm, bit: number): number[] => [...mm.t.node.state].flatMap((state, nid) => ((state & bit) !== 0 ? [nid] : []));
/** Several nodes with CPUs on a machine whose firmware names no such nodes: numa=fake= cut them out of one real node, so all are near. */
const isFaked = (mm: Mm): boolean => mm.description.numa.every((n) => n.hotplug === true) && nodesWith(mm, NODE_MEMORY).length > 1;
export const distance = (mm: Mm, from: number, to: number): number => (from === to || isFaked(mm) ? LOCAL : REMOTE);

/** Attributes of nodeN in 6.1. */
export function node_attributes(k: Kernel, nid: number): Readonly<Record<string, VNode>> {
  const { mm } = k;
  const own = (row: number): boolean => zone_to_nid(row) === nid;
  const cpus = (): number[] => (((mm.t.node.state[nid] as number) & NODE_CPU) !== 0 ? Array.from({ length: mm.description.cpus }, (_, cpu) => cpu) : []);
  const mask = (): string => cpus().reduce((bits, cpu) => bits + 2 ** cpu, 0).toString(16).padStart(Math.ceil(mm.description.cpus / 4), '0');
  const vmstat = (): string => {
    const c = sumCounts(countPages(mm), own);
    return [...zoneStats(sumZoneColumn(mm.t.zone.nr_free_pages, own), c, sumZoneColumn(mm.t.zone.nr_free_cma, own)), ...numaStats(mm, own), ...nodeStats(mm, c, nid)].map(([name, value]) => `${name} ${value}\n`).join('');
  };
  return {
    compact: attr(0o200, () => '', function* (text) {
      yield* compact_node(mm, k.buddy, nid);
      return text.length;
    }),
    cpulist: attr(0o444, () => `${bitmapList(cpus())}\n`),
    cpumap: attr(0o444, () => `${mask()}\n`),
    hugepages: hugepagesDir(k, nid),
    distance: attr(0o444, () => `${nodesWith(mm, NODE_ONLINE).map((to) => distance(mm, nid, to)).join(' ')}\n`),
    meminfo: attr(0o444, () => withoutLines(mm, node_read_meminfo(mm, nid))),
    numastat: attr(0o444, () => numastat_show(mm, nid)),
    power: powerDir(),
    subsystem: klink('../../../../bus/node'),
    uevent: attr(0o644, () => '', (text) => uevent_store(mm, 'node', nid, text)),
    vmstat: attr(0o444, vmstat),
  };
}

function nodeDir(k: Kernel, nid: number): DirNode {
  const { mm } = k;
  const blocks = (): number[] => blockIds(mm).filter((id) => nodesOfBlock(mm, id).includes(nid));
  return kdir(present(mm, 'sys/devices/system/node/nodeN', mm.edition.files.node(k, nid)), {
    list: () => blocks().map((id) => `memory${id}`),
    lookup: (name) => (blocks().some((id) => name === `memory${id}`) ? klink(`../../memory/${name}`) : undefined),
  });
}

/** Attributes of /sys/devices/system/node in 6.1. */
export function nodes_attributes(k: Kernel): Readonly<Record<string, VNode>> {
  const { mm } = k;
  const list = (bit: number) => (): string => `${bitmapList(nodesWith(mm, bit))}\n`;
  return {
    has_cpu: attr(0o444, list(NODE_CPU)),
    has_generic_initiator: attr(0o444, () => '\n'),
    has_memory: attr(0o444, list(NODE_MEMORY)),
    has_normal_memory: attr(0o444, list(NODE_NORMAL_MEMORY)),
    online: attr(0o444, list(NODE_ONLINE)),
    possible: attr(0o444, list(NODE_POSSIBLE)),
    power: powerDir(),
    uevent: attr(0o644, () => '', (text) => (/^(add|remove|change|online|offline|move|bind|unbind)/.test(text) ? text.length : -22)),
  };
}

export function nodesDir(k: Kernel): DirNode {
  const { mm } = k;
  const online = (nid: number): boolean => nid < mm.t.node.state.length && ((mm.t.node.state[nid] as number) & NODE_ONLINE) !== 0;
  const node = kept<number, DirNode>(online, (nid) => nodeDir(k, nid));
  return kdir(
    mm.edition.files.nodes(k),
    {
      list: () => nodesWith(mm, NODE_ONLINE).map((nid) => `node${nid}`),
      lookup: (name) => (/^node(0|[1-9]\d*)$/.test(name) ? node(Number(name.slice('node'.length))) : undefined),
    },
  );
}
