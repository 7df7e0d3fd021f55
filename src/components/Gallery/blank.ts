/** What the builder's fields say, as the text of a scenario. */
import type { Edition } from '../../../workers/uapi/machine_description.ts';
import { WORKLOAD_NAMES, type WorkloadName } from '../../../workers/uapi/workloads.ts';
import { formatSize, parseSize } from '../../../workers/scenario/units.ts';

type Choice = 'none' | 'splice' | WorkloadName;
const HUGE_PAGES = 32;
/** What can be chosen, and its lines: the workloads by name with their usual parameters, and one that only the program of the recordings has. */
export const WORKLOADS: Readonly<Record<Choice, readonly string[]>> = {
  none: [], ...(Object.fromEntries(WORKLOAD_NAMES.map((name) => [name, [`workload ${name} seed=1`]])) as unknown as Record<WorkloadName, readonly string[]>),
  hugetlb: [`$ echo ${HUGE_PAGES} > /proc/sys/vm/nr_hugepages`, 'workload hugetlb seed=1'], splice: ['workload 4K nothp splice'],
};

export interface Blank {
  readonly edition: Edition;
  readonly memory: string;
  readonly nodes: number;
  readonly dimms: number;
  readonly dimmSize: string;
  /** What becomes of the DIMMs' blocks: a word of state, or none. */
  readonly zone: 'none' | 'online' | 'online_kernel' | 'online_movable';
  readonly movablecore: string;
  readonly boot: string;
  readonly workload: Choice;
}
export const BLANK: Blank = { edition: '6.1', memory: '1G', nodes: 1, dimms: 1, dimmSize: '256M', zone: 'online_movable', movablecore: '', boot: '', workload: 'anon' };

const GIB = 2 ** 30;

export function textOf(b: Blank): string {
  const memory = parseSize(b.memory) ?? GIB;
  const dimm = parseSize(b.dimmSize) ?? 0;
  const share = memory / b.nodes;
  const boot = [b.movablecore.trim() && `movablecore=${b.movablecore.trim()}`, b.boot.trim()].filter((word) => word !== '').join(' ');
  const room = Math.ceil((memory + b.dimms * dimm) / GIB + 1) * GIB;
  const lines = [
    'scenario 1', 'title A machine of my own', `edition ${b.edition}`, `memory ${formatSize(memory)}`,
    ...(b.nodes > 1 ? Array.from({ length: b.nodes }, (_, nid) => `node ${nid} ${formatSize(share)}`) : []),
    ...(b.dimms > 0 ? [`sockets ${b.dimms} maxmem=${formatSize(room)}`] : []),
    ...(boot === '' ? [] : [`boot ${boot}`]),
    '',
    ...Array.from({ length: b.dimms }, (_, n) => `plug d${n} ${formatSize(dimm)}`),
    ...(b.dimms > 0 && b.zone !== 'none' ? [`$ for s in $(grep -l offline /sys/devices/system/memory/memory*/state); do echo ${b.zone} > $s; done`] : []),
    ...WORKLOADS[b.workload],
    'start end',
  ];
  return `${lines.join('\n')}\n`;
}
