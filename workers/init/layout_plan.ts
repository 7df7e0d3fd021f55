/** From a description to numbers: RAM by node, zones' limits, table sizes; or the one sentence that says why not. Nothing is allocated here. */
import type { BootEdition } from './edition.ts';
import { type NodeRange, find_zone_movable_pfns_for_nodes } from '../mm/mm_init.ts';
import { ARCHES, type Geometry, geometryOf, pageSizes } from '../uapi/arch.ts';
import type { Refusal } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';
import { impossibleConfig, isSet } from '../uapi/kconfig.ts';
import type { MachineSizes } from '../uapi/layout.ts';
import { MMOP_OFFLINE, MMOP_ONLINE } from '../uapi/memory_block.ts';
import { type FirmwareRange, type MachineDescription, type NumaRange, type StatedBlocks, type StatedZone, standbyStart } from '../uapi/machine_description.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import { assignNodes, fakeNodes } from './numa.ts';
import { applyMemoryOptions, type BootParameters, parseParameters } from './parameters.ts';

const MAX_NODES = 32;
const MAX_CPUS = 64;
/** Frame numbers stay below 2³⁰ (4 TiB), so that JavaScript engines keep them as small integers. */
const MAX_PFN = 2 ** 30;
const MAX_BLOCK_BYTES = 2 ** 40;
const MiB = 2 ** 20;
const TRACE_ROWS = 1 << 17;
const TEXT_ROWS = 1 << 14;
const TEXT_BYTES = 1 << 21;

export interface BootPlan {
  readonly edition: BootEdition;
  readonly parameters: BootParameters;
  readonly geometry: Geometry;
  /** Memory map after mem= and memmap=. */
  readonly memory: readonly FirmwareRange[];
  /** RAM that Linux sees and uses, by node, in pfns. */
  readonly ram: readonly NodeRange[];
  /** RAM in memory blocks that the description says are offline. */
  readonly offline: readonly NodeRange[];
  /** One past the highest RAM of either. */
  readonly end_pfn: number;
  /** Zones and blocks of a machine that was running when it was described; undefined: as boot makes them. */
  readonly zones: readonly StatedZone[] | undefined;
  readonly blocks: readonly StatedBlocks[];
  /** SRAT, or what numa=fake= made of it. Bytes. */
  readonly numa: readonly NumaRange[];
  readonly faked: boolean;
  /** Node ids that may ever have memory. */
  readonly possible: readonly number[];
  readonly hotplugWindow: boolean;
  readonly zone_movable_pfn: readonly number[];
  readonly sizes: MachineSizes;
}

const refuse = (reason: string, rule: string, remedy: string): Refusal => ({ ok: false, errno: ERRNO.EINVAL, reason, rule, remedy });
const hex = (n: number): string => `0x${n.toString(16)}`;

function checkDescription(d: MachineDescription, geometry: Geometry): Refusal | undefined {
  const config = impossibleConfig(d);
  if (config) return refuse(config.reason, 'options depend on each other as in Kconfig', config.remedy);
  if (!Number.isInteger(d.cpus) || d.cpus < 1 || d.cpus > MAX_CPUS) {
    return refuse(`A machine with ${d.cpus} CPUs cannot be booted.`, `1 to ${MAX_CPUS} CPUs are modelled`, 'set cpus to 1');
  }
  for (const r of [...d.memory, ...d.numa]) {
    if (!(Number.isSafeInteger(r.start) && Number.isSafeInteger(r.end) && r.start >= 0 && r.end > r.start)) {
      return refuse(`The range ${hex(r.start)} to ${hex(r.end)} is empty or not a range of addresses.`, 'ranges are bytes with the end exclusive', 'give an end above the start');
    }
  }
  const sorted = [...d.memory].sort((a, b) => a.start - b.start);
  const clash = sorted.findIndex((r, i) => i > 0 && r.start < (sorted[i - 1] as FirmwareRange).end);
  if (clash > 0) {
    const r = sorted[clash] as FirmwareRange;
    return refuse(`The memory map names the addresses from ${hex(r.start)} twice.`, 'ranges of a firmware memory map do not overlap', 'end the range before where the next begins');
  }
  const size = d.blockSize;
  if (size !== undefined && (size < 2 ** geometry.section_size_bits || !Number.isInteger(Math.log2(size)) || size > MAX_BLOCK_BYTES)) {
    return refuse(`Memory blocks of ${hex(size)} bytes cannot be.`, `a memory block is one or more whole sections of ${2 ** (geometry.section_size_bits - 20)} MiB, a power of two`, `give blockSize as a power of two from ${2 ** geometry.section_size_bits} on`);
  }
  if (d.standby) {
    const { size: bytes, increment } = d.standby;
    if (d.arch !== 's390x') return refuse(`There is no standby memory on ${d.arch}.`, 'it is storage that the hypervisor of an s390x holds in readiness', 'set arch to s390x, or leave standby out');
    if (!Number.isInteger(Math.log2(increment)) || increment < MiB || increment > MAX_BLOCK_BYTES) return refuse(`Storage increments of ${hex(increment)} bytes cannot be.`, 'an increment is a power of two from 1 MiB on', 'give increment as 256 MiB');
    if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes % increment !== 0) return refuse(`Standby memory of ${hex(bytes)} bytes cannot be.`, 'it comes in whole increments', `give size as a multiple of ${hex(increment)}`);
  }
  const block = d.blocks?.find((b) => !(Number.isSafeInteger(b.first) && Number.isSafeInteger(b.last) && b.first >= 0 && b.last >= b.first));
  if (block) return refuse(`Memory blocks ${block.first} to ${block.last} cannot be.`, 'blocks are numbered from 0, the last one included', 'number the blocks in ascending order');
  const zone = d.zones?.find((z) => !(z.zone >= 0 && z.zone < MAX_NR_ZONES && z.nid >= 0 && z.nid < MAX_NODES && z.start_pfn >= 0 && z.spanned >= 0 && z.present >= 0));
  if (zone) return refuse(`Zone ${zone.zone} of node ${zone.nid} cannot be.`, `a node has zones 0 to ${MAX_NR_ZONES - 1}, none of negative size`, 'take the numbers of /proc/zoneinfo');
  const node = d.numa.find((n) => !Number.isInteger(n.nid) || n.nid < 0 || n.nid >= MAX_NODES);
  if (node) return refuse(`Node ${node.nid} cannot be.`, `nodes are numbered from 0 to ${MAX_NODES - 1}`, 'number the nodes from 0');
  return undefined;
}

export function planBoot(d: MachineDescription, editions: readonly BootEdition[]): { ok: true; plan: BootPlan } | Refusal {
  const edition = editions.find((e) => e.name === d.edition);
  if (!edition) {
    const names = editions.map((e) => e.name).join(' and ');
    return refuse(`This build boots Linux ${names}, not ${d.edition}.`, 'editions are added one by one', `describe the machine with one of ${names}`);
  }
  const geometry = geometryOf(d.arch, d.pageSize);
  if (!geometry && edition.arches.includes(d.arch)) {
    const sizes = pageSizes(d.arch);
    return refuse(`There are no pages of ${d.pageSize} bytes on ${d.arch} here.`, `${d.arch} has pages of ${sizes.join(', ')} bytes`, `set pageSize to ${sizes[0]}`);
  }
  if (!geometry || !edition.arches.includes(d.arch)) {
    return refuse(`Linux ${d.edition} is built for ${edition.arches.join(', ')} here, not for ${d.arch}.`, 'sections, zones and their limits belong to an architecture', `set arch to ${edition.arches[0]}`);
  }
  const bad = checkDescription(d, geometry);
  if (bad) return bad;
  const parameters = parseParameters(d.cmdline, edition.boot.core, isSet(d, 'MEMORY_HOTPLUG_DEFAULT_ONLINE') ? MMOP_ONLINE : MMOP_OFFLINE, geometry.page_size);
  const { page_size } = geometry;
  const memory = applyMemoryOptions(d.memory, parameters.all);
  const pages = memory
    .filter((r) => r.type === 'usable')
    .map((r) => ({ start: Math.max(1, Math.ceil(r.start / page_size)), end: Math.floor(Math.min(r.end, geometry.max_address) / page_size) }))
    .filter((r) => r.start < r.end);
  const max_boot_pfn = pages.at(-1)?.end ?? 0;
  if (pages.length === 0) {
    return refuse('The machine has no memory that Linux may use.', 'RAM is what the memory map calls usable, as cut by mem= and memmap=', 'add a usable range, or take mem= from the command line');
  }
  const bytes = pages.map((r) => ({ start: r.start * page_size, end: r.end * page_size }));
  const numa_off = parameters.numa_off || !isSet(d, 'NUMA');
  const fake = parameters.numa_fake === undefined || numa_off ? undefined : fakeNodes(parameters.numa_fake, bytes);
  const window = d.numa.filter((n) => n.hotplug);
  const numa = numa_off ? [] : fake ? [...fake, ...window] : d.numa;
  const blockShift = d.blockSize === undefined ? edition.boot.block_shift(max_boot_pfn * page_size, geometry, d) : Math.log2(d.blockSize);
  const { inside: offline, outside: ram } = splitRanges(
    assignNodes(bytes, numa).map((r) => ({ nid: r.nid, start: r.start / page_size, end: r.end / page_size })),
    (d.blocks ?? []).filter((b) => !b.online).map((b) => ({ start: b.first * (2 ** blockShift / page_size), end: (b.last + 1) * (2 ** blockShift / page_size) })),
  );
  if (ram.length === 0) return refuse('All memory of the machine is offline.', 'Linux needs memory to run in', 'let at least one block be online');
  const possible = [...new Set([...ram.map((r) => r.nid), ...offline.map((r) => r.nid), ...numa.map((n) => n.nid)])].sort((a, b) => a - b);
  const top = Math.max(max_boot_pfn, edition.boot.probe_limit(d), ...window.map((n) => Math.floor(n.end / page_size)), socketsEnd(d, max_boot_pfn, page_size), d.standby ? (standbyStart(d, d.standby.increment) + d.standby.size) / page_size : 0);
  const max_pfn = Math.ceil((top * page_size) / 2 ** blockShift) * (2 ** blockShift / page_size);
  if (max_pfn > MAX_PFN) {
    return refuse(`Memory up to ${hex(max_pfn * page_size)} is more than can be simulated.`, 'frames are numbered below 2^30: 4 TiB', 'use a smaller maxmem, or less memory');
  }
  const nodes = Math.max(...possible) + 1;
  const hotpluggable = numa.filter((n) => n.hotplug).map((n) => ({ nid: n.nid, start: Math.floor(n.start / page_size), end: Math.floor(n.end / page_size) }));
  return {
    ok: true,
    plan: {
      edition, parameters, geometry, memory, ram, offline, end_pfn: max_boot_pfn, zones: d.zones, blocks: d.blocks ?? [], numa, faked: fake !== undefined, possible, hotplugWindow: window.length > 0 || d.slots !== undefined,
      zone_movable_pfn: find_zone_movable_pfns_for_nodes(ram, nodes, parameters.core, parameters.movable_node, hotpluggable, edition.boot.keep_border_behind_end === 1, geometry),
      sizes: {
        max_pfn, section_shift: geometry.section_size_bits - geometry.page_shift, block_shift: blockShift - geometry.page_shift, arch: ARCHES.indexOf(d.arch), page_shift: geometry.page_shift, nodes, slots: Math.max(1, (d.slots?.count ?? 0) + (d.virtioMem?.length ?? 0)),
        trace_rows: TRACE_ROWS, text_rows: TEXT_ROWS, text_bytes: TEXT_BYTES,
      },
    },
  };
}

/** Cuts ranges in two: the parts that lie inside any of `by` (ascending), and the rest. */
function splitRanges(ranges: readonly NodeRange[], by: readonly { readonly start: number; readonly end: number }[]): { inside: NodeRange[]; outside: NodeRange[] } {
  const inside: NodeRange[] = [];
  let outside = [...ranges];
  for (const { start, end } of by) {
    const rest: NodeRange[] = [];
    for (const r of outside) {
      const from = Math.max(r.start, start);
      const to = Math.min(r.end, end);
      if (from >= to) {
        rest.push(r);
        continue;
      }
      inside.push({ nid: r.nid, start: from, end: to });
      if (r.start < from) rest.push({ ...r, end: from });
      if (to < r.end) rest.push({ ...r, start: to });
    }
    outside = rest;
  }
  return { inside, outside };
}

/** Without an SRAT the sockets still take addresses: from the next GiB above RAM on, a GiB of slack each. pfn. */
const socketsEnd = (d: MachineDescription, max_boot_pfn: number, page_size: number): number => {
  if (d.slots === undefined) return 0;
  const GiB = 2 ** 30 / page_size;
  const window = Math.ceil(Math.max(max_boot_pfn, 4 * GiB) / GiB) * GiB;
  return window + Math.ceil((d.slots.maxmem - d.slots.ram) / page_size) + d.slots.count * GiB;
};
