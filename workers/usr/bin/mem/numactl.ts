/**
 * numactl of numactl 2.0.16: --hardware (nodes, their processors, sizes and distances, from /sys/devices/system/node), and --membind, which binds a program's memory to nodes.
 * Left out: every other policy, and processors. Why: nothing here tells them apart.
 */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
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

/** Numbers of nodes → a bit for each; undefined: not a list of nodes that may have memory. Source: numa_parse_nodestring(). */
function* nodesOf(tool: Tool, list: string): Kthread<number | undefined> {
  const there = numbersOf(((yield* attribute(tool.sys, `${NODES}/online`)) ?? '').trim());
  const wanted = list === 'all' ? there : /^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(list) ? numbersOf(list) : [];
  return wanted.length > 0 && wanted.every((nid) => there.includes(nid)) ? wanted.reduce((mask, nid) => mask | (1 << nid), 0) : undefined;
}
const USAGE = 'numactl --hardware | numactl --membind=<nodes> <command> <arguments>';

export const numactl = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'HsSm:', inOrder: true, long: { hardware: { key: 'H' }, show: { key: 's' }, membind: { key: 'm', arg: 'required' } } }, USAGE);
  const membind = options.findLast(([key]) => key === 'm')?.[1];
  if (membind !== undefined) return yield* bound(tool, membind, operands);
  if (!options.some(([k]) => k === 'H')) return yield* tool.die('only --hardware (-H) and --membind (-m) are here');
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
function* bound(tool: Tool, list: string, argv: readonly string[]): Kthread<number> {
  const membind = yield* nodesOf(tool, list);
  if (membind === undefined) {
    yield* tool.stderr(`libnuma: Warning: node argument ${list.split(/[-,]/).at(-1)} is out of range\n\n<${list}> is invalid\n`);
    return 1;
  }
  if (argv.length === 0) return yield* tool.die(`usage: ${USAGE}`);
  yield* tool.flush();
  const status = tool.proc.spawn ? yield* tool.proc.spawn(argv, { membind }) : -ERRNO.ENOSYS;
  if (status >= 0) return status;
  yield* tool.stderr(`numactl: execution of \`${argv[0]}': ${strerror(status)}\n`);
  return 1;
}
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
