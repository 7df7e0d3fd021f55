/** lsmem's view of the memory directory: blocks read one by one and merged while nothing that splits differs. */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Tool } from '../text/io.ts';
import { attribute, blockNames, blockSize, fatal, MEMORY_DIR } from './util-linux.ts';

export type SplitColumn = 'STATE' | 'REMOVABLE' | 'NODE' | 'ZONES';
export interface Range {
  readonly index: bigint;
  count: bigint;
  readonly state: 'online' | 'offline' | 'on->off' | '?';
  readonly removable: boolean;
  /** -1: no node entry. */
  readonly node: number;
  readonly zones: readonly string[];
}
export interface Memory {
  readonly blockSize: bigint;
  readonly ranges: readonly Range[];
  readonly online: bigint;
  /** Everything that is not online. */
  readonly offline: bigint;
  readonly haveNodes: boolean;
  readonly haveZones: boolean;
}
const ZONES = ['DMA', 'DMA32', 'Normal', 'Highmem', 'Movable', 'Device', 'None'];
const STATES: Readonly<Record<string, Range['state']>> = { online: 'online', offline: 'offline', 'going-offline': 'on->off' };

const nodeOf = (tool: Tool, directory: string): number => {
  const names = tool.sys.readdir(directory);
  const entry = typeof names === 'number' ? undefined : names.find((n) => /^node\d+$/.test(n));
  return entry === undefined ? -1 : Number(entry.slice(4));
};

/** @param all no merging @param old valid_zones is looked for in memory0 only and nodes in the first block only (2.38) */
export function* readMemory(tool: Tool, sysroot: string, splits: ReadonlySet<SplitColumn>, all: boolean, old: boolean): Kthread<Memory> {
  const { sys } = tool;
  const directory = sysroot + MEMORY_DIR;
  const size = yield* attribute(sys, `${directory}/block_size_bytes`);
  if (size === undefined) return yield* tool.die('This system does not support memory blocks');
  const names = blockNames(sys, directory);
  if (typeof names === 'number') return yield* fatal(tool, `Failed to read ${directory}`, names);
  if (names.length === 0) return yield* tool.die(`Failed to read ${directory}: Success`);
  const bytes = blockSize(size);
  if (bytes === undefined) return yield* tool.die('failed to read memory block size');
  const haveNodes = (old ? names.slice(0, 1) : names).some((name) => nodeOf(tool, `${directory}/${name}`) !== -1);
  const haveZones = (old ? ['memory0'] : names).some((name) => typeof sys.stat(`${directory}/${name}/valid_zones`) !== 'number');
  const ranges: Range[] = [];
  let [online, offline] = [0n, 0n];
  for (const name of names) {
    const path = `${directory}/${name}`;
    const zones = haveZones ? ((yield* attribute(sys, `${path}/valid_zones`)) ?? '') : '';
    const range: Range = {
      index: BigInt(name.slice(6)), count: 1n, state: STATES[(yield* attribute(sys, `${path}/state`)) ?? ''] ?? '?',
      removable: Number.parseInt((yield* attribute(sys, `${path}/removable`)) ?? '', 10) === 1,
      node: haveNodes ? nodeOf(tool, path) : -1, zones: zones.split(' ').filter((z) => z !== '').map((z) => ZONES.find((known) => known.toLowerCase() === z.toLowerCase()) ?? 'Unknown'),
    };
    if (range.state === 'online') online += bytes;
    else offline += bytes;
    const last = ranges.at(-1);
    if (last && !all && mergeable(last, range, splits)) last.count += 1n;
    else ranges.push(range);
  }
  return { blockSize: bytes, ranges, online, offline, haveNodes, haveZones };
}
function mergeable(last: Range, next: Range, splits: ReadonlySet<SplitColumn>): boolean {
  if (last.index + last.count !== next.index) return false;
  if (splits.has('STATE') && last.state !== next.state) return false;
  if (splits.has('REMOVABLE') && last.removable !== next.removable) return false;
  if (splits.has('NODE') && last.node !== next.node) return false;
  if (!splits.has('ZONES')) return true;
  return last.zones.length === next.zones.length && last.zones.every((z, i) => z !== 'Unknown' && z === next.zones[i]);
}
