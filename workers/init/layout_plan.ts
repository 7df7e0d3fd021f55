/** From a description to numbers: RAM by node, zones' limits, table sizes; or the one sentence that says why not. Nothing is allocated here. */
import type { Edition } from '../editions/edition.ts';
import { editionNamed, editionNames } from '../editions/index.ts';
import { type NodeRange, find_zone_movable_pfns_for_nodes, probe_memory_block_shift } from '../mm/mm_init.ts';
import type { Refusal } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { MachineSizes } from '../uapi/layout.ts';
import type { FirmwareRange, MachineDescription, NumaRange } from '../uapi/machine_description.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import { assignNodes, fakeNodes } from './numa.ts';
import { applyMemoryOptions, type BootParameters, parseParameters } from './parameters.ts';

/** Sections of x86_64: 128 MiB. */
const SECTION_SIZE_BITS = 27;
const MAX_NODES = 32;
const MAX_CPUS = 64;
/** Frame numbers stay below 2³⁰ (4 TiB), so that JavaScript engines keep them as small integers. */
const MAX_PFN = 2 ** 30;
const TRACE_ROWS = 1 << 17;
const TEXT_ROWS = 1 << 14;
const TEXT_BYTES = 1 << 21;

export interface BootPlan {
  readonly edition: Edition;
  readonly parameters: BootParameters;
  /** Memory map after mem= and memmap=. */
  readonly memory: readonly FirmwareRange[];
  /** RAM that Linux sees, by node, in pfns. */
  readonly ram: readonly NodeRange[];
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

function checkDescription(d: MachineDescription): Refusal | undefined {
  if (d.arch !== 'x86_64') return refuse(`The architecture ${d.arch} is not known.`, 'section and zone limits belong to an architecture', 'use x86_64');
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
  const node = d.numa.find((n) => !Number.isInteger(n.nid) || n.nid < 0 || n.nid >= MAX_NODES);
  if (node) return refuse(`Node ${node.nid} cannot be.`, `nodes are numbered from 0 to ${MAX_NODES - 1}`, 'number the nodes from 0');
  return undefined;
}

export function planBoot(d: MachineDescription): { ok: true; plan: BootPlan } | Refusal {
  const edition = editionNamed(d.edition);
  if (!edition) {
    const names = editionNames().join(' and ');
    return refuse(`This build boots Linux ${names}, not ${d.edition}.`, 'editions are added one by one', `describe the machine with one of ${names}`);
  }
  const bad = checkDescription(d);
  if (bad) return bad;
  const parameters = parseParameters(d.cmdline, edition.boot.core);
  const memory = applyMemoryOptions(d.memory, parameters.all);
  const pages = memory
    .filter((r) => r.type === 'usable')
    .map((r) => ({ start: Math.max(1, Math.ceil(r.start / PAGE_SIZE)), end: Math.floor(r.end / PAGE_SIZE) }))
    .filter((r) => r.start < r.end);
  const max_boot_pfn = pages.at(-1)?.end ?? 0;
  if (pages.length === 0) {
    return refuse('The machine has no memory that Linux may use.', 'RAM is what the memory map calls usable, as cut by mem= and memmap=', 'add a usable range, or take mem= from the command line');
  }
  const bytes = pages.map((r) => ({ start: r.start * PAGE_SIZE, end: r.end * PAGE_SIZE }));
  const fake = parameters.numa_fake === undefined || parameters.numa_off ? undefined : fakeNodes(parameters.numa_fake, bytes);
  const window = d.numa.filter((n) => n.hotplug);
  const numa = parameters.numa_off ? [] : fake ? [...fake, ...window] : d.numa;
  const ram = assignNodes(bytes, numa).map((r) => ({ nid: r.nid, start: r.start / PAGE_SIZE, end: r.end / PAGE_SIZE }));
  const possible = [...new Set([...ram.map((r) => r.nid), ...numa.map((n) => n.nid)])].sort((a, b) => a - b);
  const top = Math.max(max_boot_pfn, edition.boot.probe_limit, ...window.map((n) => Math.floor(n.end / PAGE_SIZE)), socketsEnd(d, max_boot_pfn));
  const blockShift = probe_memory_block_shift(max_boot_pfn * PAGE_SIZE, SECTION_SIZE_BITS, d.hypervisor);
  const max_pfn = Math.ceil((top * PAGE_SIZE) / 2 ** blockShift) * (2 ** blockShift / PAGE_SIZE);
  if (max_pfn > MAX_PFN) {
    return refuse(`Memory up to ${hex(max_pfn * PAGE_SIZE)} is more than can be simulated.`, 'frames are numbered below 2^30: 4 TiB', 'use a smaller maxmem, or less memory');
  }
  const nodes = Math.max(...possible) + 1;
  const hotpluggable = numa.filter((n) => n.hotplug).map((n) => ({ nid: n.nid, start: Math.floor(n.start / PAGE_SIZE), end: Math.floor(n.end / PAGE_SIZE) }));
  return {
    ok: true,
    plan: {
      edition, parameters, memory, ram, numa, faked: fake !== undefined, possible, hotplugWindow: window.length > 0 || d.slots !== undefined,
      zone_movable_pfn: find_zone_movable_pfns_for_nodes(ram, nodes, parameters.core, parameters.movable_node, hotpluggable, edition.boot.keep_border_behind_end === 1),
      sizes: {
        max_pfn, section_shift: SECTION_SIZE_BITS - 12, block_shift: blockShift - 12, nodes, slots: Math.max(1, (d.slots?.count ?? 0) + (d.virtioMem?.length ?? 0)),
        trace_rows: TRACE_ROWS, text_rows: TEXT_ROWS, text_bytes: TEXT_BYTES,
      },
    },
  };
}

/** Without an SRAT the sockets still take addresses: from the next GiB above RAM on, a GiB of slack each. pfn. */
const socketsEnd = (d: MachineDescription, max_boot_pfn: number): number => {
  if (d.slots === undefined) return 0;
  const GiB = 2 ** 18;
  const window = Math.ceil(Math.max(max_boot_pfn, 4 * GiB) / GiB) * GiB;
  return window + Math.ceil((d.slots.maxmem - d.slots.ram) / PAGE_SIZE) + d.slots.count * GiB;
};
