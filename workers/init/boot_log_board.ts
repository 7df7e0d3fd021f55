/**
 * Lines of the boot log that come from the board and from the command line: ACPI's tables, what hibernation leaves out, what is kept from PCI, what init is started with.
 * Source: boot logs of the recorded machine (Debian's 6.1 on QEMU 7.2's q35), which all of this reproduces.
 */
import { type FirmwareRange, hasMmconfig, type MachineDescription } from '../uapi/machine_description.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import type { Parameter } from './cmdline.ts';
import { ram_alignment } from './iomem.ts';
import { lowRamEnd } from './reservations.ts';

const TABLE_ROOM = 0x20000;
/** The table of devices: the board alone, each CPU besides the first, a NUMA board, sockets at all, each socket, each PCI device given by hand; and where a length needs one byte more. */
const DSDT = { board: 0x205d, cpu: 89, numa: 6, sockets: 990, socket: 123, device: 17, longer_from: 5 };
const APIC = { board: 0x78, cpu: 8 };
const SRAT = { head: 0x30, cpu: 16, range: 40 };

/** "ACPI: Reserving DSDT table memory at [mem …]" for each table, where QEMU puts it: the one that may not move first, the others packed behind it. */
export function acpiTableLines(d: MachineDescription): string[] {
  const others = d.cpus - 1;
  const slots = d.slots?.count ?? 0;
  const devices = (d.virtioMem?.length ?? 0) + (d.balloon === undefined ? 0 : 1);
  const socketBytes = slots === 0 ? (d.numa.length > 0 ? DSDT.numa : 0) : DSDT.sockets + DSDT.socket * slots + (slots >= DSDT.longer_from ? 1 : 0);
  const nodes = d.numa.reduce((most, n) => Math.max(most, n.nid + 1), 0);
  const hotplug = d.numa.filter((n) => n.hotplug === true).length;
  const ranges = Math.max(d.numa.length - hotplug, nodes + 2) + hotplug;
  const dsdt = DSDT.board + DSDT.cpu * others + socketBytes + DSDT.device * devices;
  const packed: [string, number][] = [
    ['FACP', 0xf4], ['APIC', APIC.board + APIC.cpu * others], ['HPET', 0x38],
    ...(d.numa.length > 0 ? [['SRAT', SRAT.head + SRAT.cpu * d.cpus + SRAT.range * ranges] as [string, number]] : []),
    ...(hasMmconfig(d.memory) ? [['MCFG', 0x3c] as [string, number]] : []), ['WAET', 0x28],
  ];
  const base = lowRamEnd(d.memory) - TABLE_ROOM;
  const line = (name: string, start: number, size: number): string => `ACPI: Reserving ${name} table memory at ${mem(start, start + size)}`;
  const lines: string[] = [];
  let at = base + 0x40 + dsdt;
  for (const [name, size] of packed) {
    lines.push(line(name, at, size));
    if (name === 'FACP') lines.push(line('DSDT', base + 0x40, dsdt), line('FACS', base, 0x40));
    at += size;
  }
  return lines;
}

const mem = (start: number, end: number, digits = 8): string => {
  const hex = (n: number): string => `0x${n.toString(16).padStart(digits, '0')}`;
  return `[mem ${hex(start)}-${hex(end - 1)}]`;
};
const ramOf = (memory: readonly FirmwareRange[]): { start: number; end: number }[] =>
  memory.filter((r) => r.type === 'usable').map((r) => ({ start: r.start === 0 ? PAGE_SIZE : r.start, end: r.end })).sort((a, b) => a.start - b.start);

/** Holes between RAM ranges, in whole pages. Source: e820__register_nosave_regions(). */
export function nosaveLines(memory: readonly FirmwareRange[]): string[] {
  let last = 0;
  return ramOf(memory).flatMap(({ start, end }) => {
    const hole = { start: Math.floor(last / PAGE_SIZE) * PAGE_SIZE, end: Math.ceil(start / PAGE_SIZE) * PAGE_SIZE };
    last = end;
    return hole.start < hole.end ? [`PM: hibernation: Registered nosave memory: ${mem(hole.start, hole.end)}`] : [];
  });
}
/** What is kept from PCI behind RAM that ends oddly. Source: e820__reserve_resources_late(). */
export const ramBufferLines = (memory: readonly FirmwareRange[]): string[] => ramOf(memory).flatMap(({ end }) => {
  const stop = Math.ceil(end / ram_alignment(end)) * ram_alignment(end);
  return stop > end ? [`e820: reserve RAM buffer ${mem(end, stop)}`] : [];
});

/** Parameters that some part of the kernel takes; those with a dot in their name are a module's. */
const KNOWN = new Set([
  'acpi', 'console', 'cpu', 'crashkernel', 'debug', 'default_hugepagesz', 'earlyprintk', 'hugepages', 'hugepagesz', 'init', 'initrd', 'isolcpus', 'kernelcore', 'loglevel', 'maxcpus', 'mem',
  'memhp_default_state', 'memmap', 'mitigations', 'movable_node', 'movablecore', 'nmi_watchdog', 'noapic', 'nosmp', 'nr_cpus', 'numa', 'numa_balancing', 'panic', 'pci', 'print_fatal_signals',
  'quiet', 'rdinit', 'ro', 'root', 'rootfstype', 'rw', 'swapaccount', 'transparent_hugepage', 'tsc', 'vm_debug',
]);
export interface InitArguments {
  readonly argv: readonly string[];
  readonly env: readonly string[];
}
/** What nobody in the kernel takes is passed to the first program: words as arguments, assignments as environment. Source: unknown_bootoption(). */
export function initArguments(parameters: readonly Parameter[]): InitArguments {
  const unknown = parameters.filter(({ name }) => !name.includes('.') && !KNOWN.has(name));
  return {
    argv: unknown.filter((p) => p.value === undefined).map((p) => p.name),
    env: unknown.filter((p) => p.value !== undefined).map((p) => `${p.name}=${p.value}`),
  };
}
