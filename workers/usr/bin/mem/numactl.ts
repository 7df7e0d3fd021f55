/** numactl --hardware of numactl 2.0.16: nodes, their processors, sizes and distances, from /sys/devices/system/node. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { getopt } from '../text/getopt.ts';
import { program, type Tool } from '../text/io.ts';
import { attribute } from './util-linux.ts';

const NODES = '/sys/devices/system/node';

/** '0-1,3' of ascending numbers. */
function listOf(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const from = numbers[i] as number;
    while (numbers[i + 1] === (numbers[i] as number) + 1) i++;
    parts.push(from === numbers[i] ? String(from) : `${from}-${numbers[i]}`);
  }
  return parts.join(',');
}
/** '0-2,4' → every number. */
const numbersOf = (list: string): number[] => list.split(',').filter((p) => p !== '').flatMap((part) => {
  const [from = 0, to = from] = part.split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
});

export const numactl = program(function* (tool) {
  const { options } = yield* getopt(tool, { short: 'HsS', long: { hardware: { key: 'H' }, show: { key: 's' } } }, 'numactl --hardware');
  if (!options.some(([k]) => k === 'H')) return yield* tool.die('only --hardware (-H) is here');
  const names = tool.sys.readdir(NODES);
  const nodes = typeof names === 'number' ? [] : names.filter((n) => /^node\d+$/.test(n)).map((n) => Number(n.slice(4))).sort((a, b) => a - b);
  if (nodes.length === 0) {
    tool.put('No NUMA available on this system\n');
    return 1;
  }
  tool.put(`available: ${nodes.length} nodes (${listOf(nodes)})\n`);
  for (const node of nodes) yield* describeNode(tool, node);
  yield* distances(tool, nodes);
  return 0;
});
function* describeNode(tool: Tool, node: number): Kthread<void> {
  const cpus = numbersOf((yield* attribute(tool.sys, `${NODES}/node${node}/cpulist`)) ?? '');
  const meminfo = (yield* attribute(tool.sys, `${NODES}/node${node}/meminfo`)) ?? '';
  const megabytes = (name: string): number => Math.floor(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(meminfo)?.[1] ?? 0) / 1024);
  tool.put(`node ${node} cpus:${cpus.map((n) => ` ${n}`).join('')}\nnode ${node} size: ${megabytes('MemTotal')} MB\nnode ${node} free: ${megabytes('MemFree')} MB\n`);
}
function* distances(tool: Tool, nodes: readonly number[]): Kthread<void> {
  tool.put(`node distances:\nnode ${nodes.map((n) => `${String(n).padStart(3)} `).join('')}\n`);
  for (const node of nodes) {
    const row = ((yield* attribute(tool.sys, `${NODES}/node${node}/distance`)) ?? '').split(' ').filter((w) => w !== '');
    tool.put(`${String(node).padStart(3)}: ${row.map((d) => `${d.padStart(3)} `).join('')}\n`);
  }
}
