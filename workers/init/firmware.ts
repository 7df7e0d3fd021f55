/**
 * What is known of a machine from outside → MachineDescription: the firmware's lines of a boot log, QEMU's arguments, or just an amount of memory.
 * Source: spec machine-profile.md §1 (QEMU 7.2's q35).
 */
import { ERRNO } from '../uapi/errno.ts';
import type { Reply } from '../uapi/command.ts';
import { type Edition, type FirmwareRange, type MachineDescription, MMCONFIG, type NumaRange, type VirtioMemDescription } from '../uapi/machine_description.ts';
import { memparse } from './cmdline.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const Q35_LOW_WHEN_SPLIT = 2 * GiB;
/** Room for the ACPI tables at the end of low RAM. */
const ACPI_TABLES = 128 * 1024;

/** What a recording's question says about its machine. */
export interface MachineQuestion {
  /** Name of an edition; absent: what the kernel's version says, else the default. */
  readonly edition?: string;
  /** QEMU's arguments in short: -m, -smp, and others as they are. */
  readonly qemu?: { readonly mem?: string; readonly smp?: number; readonly extra?: readonly string[] };
  /** Only the modules loaded at boot are read from it. */
  readonly scenario?: { readonly boot?: { readonly mods?: readonly string[] } };
  readonly title?: string;
  readonly firmware?: readonly string[];
  readonly cmdline?: string;
  readonly qemu_args?: readonly string[];
  /** uname -r, or what is known of the build: its version and its configuration as words ("…; MOVABLE_NODE on"). */
  readonly kernel?: string | { readonly version?: string; readonly config?: string; readonly instrumentation?: string };
  readonly kernel_version?: string;
}
export interface QemuNode {
  readonly nid: number;
  /** Bytes. */
  readonly size: number;
}

/** QEMU's machine types: the one with PCI Express, and the one of 1996. */
export type Board = 'q35' | 'pc';
/** RAM below 4 GiB: up to where the board has it in one piece, and what stays there of more. */
const LOW_RAM: Readonly<Record<Board, readonly [below: number, split: number]>> = { q35: [MMCONFIG.start, Q35_LOW_WHEN_SPLIT], pc: [3.5 * GiB, 3 * GiB] };

/** AMD processors keep these addresses, the last 12 GiB below a TiB, to HyperTransport. */
const HYPERTRANSPORT = { start: 0xfd00000000, end: 0x10000000000 };
/** Behind all memory the board leaves room for PCI devices. */
const PCI_HOLE64: Readonly<Record<Board, number>> = { q35: 32 * GiB, pc: 2 * GiB };
/** QEMU's models of Intel processors, by what their names begin with; qemu64, max and the recorded hosts are AMD's. */
const INTEL = /^(486|pentium|core|n270|kvm|Conroe|Penryn|Nehalem|Westmere|SandyBridge|IvyBridge|Haswell|Broadwell|Skylake|Cascadelake|Cooperlake|Icelake|Snowridge|Denverton|Knights|SapphireRapids|GraniteRapids|SierraForest)/;
const isIntel = (cpu: string): boolean => INTEL.test(cpu);

const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;
/**
 * Where RAM that has no room below 4 GiB begins: at 4 GiB, or at 1 TiB where all that the board may use from there on would reach what AMD keeps.
 * The processor is taken to have as many address bits as that needs (QEMU's own have 40, and it refuses to start with less). Source: QEMU 7.2, pc_memory_init(), pc_max_used_gpa().
 */
function above4gStart(high: number, sockets: number, board: Board, intel: boolean): number {
  const memory = 4 * GiB + high;
  const used = (sockets > 0 ? roundUp(memory, GiB) + sockets : roundUp(memory, GiB)) + PCI_HOLE64[board];
  return !intel && used > HYPERTRANSPORT.start ? HYPERTRANSPORT.end : 4 * GiB;
}

/** The memory map the board gives `ram` bytes (-m), and the SRAT it writes if there are `numa` nodes or sockets (slots=, maxmem=). `intel`: its processor is Intel's. */
export function memoryForQemu(ram: number, slots = 0, maxmem = ram, nodes: readonly QemuNode[] = [], board: Board = 'q35', intel = false): { memory: FirmwareRange[]; numa: NumaRange[] } {
  const [below, split] = LOW_RAM[board];
  const low = ram < below ? ram : split;
  const high = ram - low;
  const sockets = maxmem > ram ? maxmem - ram + slots * GiB : 0;
  const above = above4gStart(high, sockets, board, intel);
  const ranges: FirmwareRange[] = [
    { start: 0, end: 0x9fc00, type: 'usable' },
    { start: 0x9fc00, end: 0xa0000, type: 'reserved' },
    { start: 0xf0000, end: 0x100000, type: 'reserved' },
    { start: 0x100000, end: low - ACPI_TABLES, type: 'usable' },
    { start: low - ACPI_TABLES, end: low, type: 'reserved' },
    ...(board === 'q35' ? [{ ...MMCONFIG, type: 'reserved' }, { start: 0xfed1c000, end: 0xfed20000, type: 'reserved' }] as const : []),
    { start: 0xfffc0000, end: 4 * GiB, type: 'reserved' },
    ...(intel ? [] : [{ ...HYPERTRANSPORT, type: 'reserved' } as const]),
    ...(high > 0 ? [{ start: above, end: above + high, type: 'usable' } as const] : []),
  ];
  const memory = ranges.sort((a, b) => a.start - b.start);
  if (nodes.length === 0 && maxmem <= ram) return { memory, numa: [] };
  const shares = nodes.length > 0 ? nodes : [{ nid: 0, size: ram }];
  const numa: NumaRange[] = [];
  let at = 0;
  for (const { nid, size } of shares) {
    const end = at + size;
    for (const [start, stop, to] of [[0, 0xa0000, 0], [0x100000, low, 0], [low, ram, above - low]] as const) {
      const a = Math.max(at, start);
      const b = Math.min(end, stop);
      if (a < b) numa.push({ nid, start: a + to, end: b + to });
    }
    at = end;
  }
  if (sockets > 0) {
    const window = roundUp(above + high, GiB);
    numa.push({ nid: Math.max(...shares.map((n) => n.nid)), start: window, end: window + sockets, hotplug: true });
  }
  return { memory, numa };
}

const RANGE = /\[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\]/i;
const rangeIn = (line: string): { start: number; end: number } | undefined => {
  const m = RANGE.exec(line);
  return m ? { start: Number.parseInt(m[1] as string, 16), end: Number.parseInt(m[2] as string, 16) + 1 } : undefined;
};

/** Kernel log lines (without time stamps) → memory map, SRAT and initrd. Lines of other kinds are skipped. */
export function parseFirmware(lines: readonly string[]): { memory: FirmwareRange[]; numa: NumaRange[]; ramdisk?: { start: number; end: number }; cpus?: number } {
  const memory: FirmwareRange[] = [];
  const numa: NumaRange[] = [];
  let ramdisk: { start: number; end: number } | undefined;
  let cpus: number | undefined;
  for (const line of lines) {
    const range = rangeIn(line);
    const smp = /^smpboot: Allowing (\d+) CPUs/.exec(line);
    if (smp) cpus = Number(smp[1]);
    if (!range) continue;
    const e820 = /^BIOS-e820:.*\] (usable|reserved|ACPI data|ACPI NVS|unusable|persistent)/.exec(line);
    const srat = /^(?:ACPI: )?SRAT: Node (\d+) PXM \d+ \[mem [^\]]*\](.*)/.exec(line);
    if (e820) memory.push({ ...range, type: e820[1] as FirmwareRange['type'] });
    else if (srat) numa.push({ nid: Number(srat[1]), ...range, ...((srat[2] as string).includes('hotplug') ? { hotplug: true } : {}) });
    else if (line.startsWith('RAMDISK:')) ramdisk = range;
  }
  // Older kernels do not say which lines are for memory to come: those that no RAM lies in.
  const hotplug = (n: NumaRange): boolean => n.hotplug === true || (memory.length > 0 && !memory.some((r) => r.type === 'usable' && r.start < n.end && n.start < r.end));
  const marked = numa.map((n) => (hotplug(n) ? { ...n, hotplug: true } : n));
  return { memory, numa: marked, ...(ramdisk ? { ramdisk } : {}), ...(cpus === undefined ? {} : { cpus }) };
}

/** `1G,slots=4,maxmem=8G` → bytes; a number without a suffix is in MiB, as QEMU has it. */
export function parseQemuMemory(text: string): { ram: number; slots: number; maxmem: number } {
  const [first = '', ...rest] = text.split(',');
  const size = (t: string): number => (/[0-9]$/.test(t) ? Number(t) * MiB : memparse(t).value);
  const options = new Map(rest.map((o) => o.split('=', 2) as [string, string]));
  const ram = size(options.get('size') ?? first.replace(/^size=/, ''));
  return { ram, slots: Number(options.get('slots') ?? 0), maxmem: options.has('maxmem') ? size(options.get('maxmem') as string) : ram };
}

/** Whose firmware and reservations go with an edition, and what its recorded build has built in instead of as modules. */
const BOARDS: Readonly<Record<Edition, Board>> = { '6.1': 'q35', '3.11': 'pc', '2.6.12-mhp': 'pc' };
const PROFILES: Readonly<Record<Edition, MachineDescription['profile']>> = { '6.1': 'debian-6.1-q35', '3.11': 'linux-3.11-pc', '2.6.12-mhp': 'linux-2.6.12-i386' };
const BUILT_IN: Readonly<Record<Edition, readonly string[]>> = { '6.1': [], '3.11': ['memory-notifier-error-inject'], '2.6.12-mhp': [] };

/** `-machine q35,…`, `-M pc-i440fx-7.2`; undefined: another kind of board, or none was named. */
const boardOf = (machine = ''): Board | undefined => (/^(type=)?(pc-)?q35\b/.test(machine) ? 'q35' : /^(type=)?pc(-i440fx.*)?(,|$)/.test(machine) ? 'pc' : undefined);

const buildOf = ({ kernel }: MachineQuestion): { readonly version?: string | undefined; readonly config?: string; readonly instrumentation?: string } => (typeof kernel === 'object' ? kernel : { version: kernel });
/** What was built into the recorded kernel so that more could be seen. */
const instruments = (question: MachineQuestion): readonly string[] => (/\brec_zones\b/.test(buildOf(question).instrumentation ?? '') ? ['rec-zones'] : []);

/** The edition that is named, or that the kernel's version begins with; 6.1 where neither says. */
function editionOf(question: MachineQuestion): Edition {
  const { version } = buildOf(question);
  const names = Object.keys(BOARDS) as Edition[];
  return names.find((name) => name === question.edition) ?? names.find((name) => question.edition === undefined && version?.startsWith(`${name}.`)) ?? '6.1';
}

/** A question file (or the same fields from anywhere) → description. Refused: neither firmware lines nor -m. */
export function describeMachine(question: MachineQuestion): Reply<{ description: MachineDescription }> {
  const edition = editionOf(question);
  const { qemu } = question;
  const args = question.qemu_args ?? (qemu ? [...(qemu.mem === undefined ? [] : ['-m', qemu.mem]), ...(qemu.smp === undefined ? [] : ['-smp', String(qemu.smp)]), ...(qemu.extra ?? [])] : []);
  const valuesOf = (name: string): string[] => args.flatMap((a, i) => (a === name && i + 1 < args.length ? [args[i + 1] as string] : []));
  const m = valuesOf('-m').at(-1);
  const firmware = parseFirmware(question.firmware ?? []);
  if (m === undefined && firmware.memory.length === 0) {
    return {
      ok: false, errno: ERRNO.EINVAL, reason: 'The question names no memory: there is neither a BIOS-e820 line nor a -m argument.',
      rule: 'a machine is described by its firmware memory map or by QEMU arguments', remedy: 'add -m 1G to qemu_args',
    };
  }
  const board = m === undefined ? undefined : parseQemuMemory(m);
  const nodes = valuesOf('-numa').flatMap((text) => nodeOf(text, valuesOf('-object')));
  const built = board && memoryForQemu(board.ram, board.slots, board.maxmem, nodes, boardOf([...valuesOf('-machine'), ...valuesOf('-M')].at(-1)) ?? BOARDS[edition], isIntel(valuesOf('-cpu').at(-1) ?? ''));
  const memory = firmware.memory.length > 0 ? firmware.memory : (built?.memory ?? []);
  const numa = firmware.memory.length > 0 ? firmware.numa : (built?.numa ?? []);
  const smp = /^(?:cpus=)?(\d+)/.exec(valuesOf('-smp').at(-1) ?? '');
  const appended = valuesOf('-append').at(-1);
  const build = buildOf(question);
  const modules = [...BUILT_IN[edition], ...instruments(question)];
  const release = build.version?.split(' ', 1)[0];
  return {
    ok: true,
    description: {
      format: 'hotplug-lab machine', version: 1, name: question.title ?? 'a machine', edition, arch: edition === '2.6.12-mhp' ? 'i386' : 'x86_64',
      memory, numa, cmdline: question.cmdline ?? appended ?? '', cpus: smp ? Number(smp[1]) : (firmware.cpus ?? 1),
      hypervisor: !(valuesOf('-cpu').at(-1) ?? '').includes('-hypervisor'),
      profile: PROFILES[edition],
      ...(firmware.ramdisk ? { ramdisk: firmware.ramdisk } : {}),
      ...(question.scenario?.boot?.mods ? { modules: question.scenario.boot.mods } : modules.length > 0 ? { modules } : {}),
      ...(/\bMOVABLE_NODE on\b/.test(build.config ?? '') ? { config: { MOVABLE_NODE: true } } : {}),
      ...(board && board.maxmem > board.ram ? { slots: { count: board.slots, maxmem: board.maxmem, ram: board.ram } } : {}),
      ...virtioDevices(valuesOf('-device'), valuesOf('-object')),
      ...(release === undefined ? {} : { release }),
      ...(question.kernel_version === undefined ? {} : { kernelVersion: question.kernel_version }),
    },
  };
}

/** `driver,id=x,size=1G` → driver and options. */
function qemuOptions(text: string): { readonly driver: string; readonly options: ReadonlyMap<string, string> } {
  const [driver = '', ...rest] = text.split(',');
  return { driver, options: new Map(rest.map((o) => o.split('=', 2) as [string, string])) };
}
const bytesOf = (text: string): number => (/[0-9]$/.test(text) ? Number(text) : memparse(text).value);
/** Granularity of a virtio-mem device that does not say: one transparent huge page. */
const VIRTIO_MEM_BLOCK = 2 * MiB;
/** virtio-mem and virtio-balloon devices among -device arguments. */
function virtioDevices(devices: readonly string[], objects: readonly string[]): Pick<MachineDescription, 'virtioMem' | 'balloon'> {
  const found = devices.map(qemuOptions);
  const backends = new Map(objects.map((text) => [qemuOptions(text).options.get('id') ?? '', qemuOptions(text).options]));
  const virtioMem = found.filter(({ driver }) => driver.startsWith('virtio-mem')).map(({ options }): VirtioMemDescription => {
    const memdev = options.get('memdev') ?? '';
    return {
      id: options.get('id') ?? '', memdev, size: bytesOf(backends.get(memdev)?.get('size') ?? '0'), blockSize: bytesOf(options.get('block-size') ?? String(VIRTIO_MEM_BLOCK)),
      requestedSize: bytesOf(options.get('requested-size') ?? '0'), node: Number(options.get('node') ?? 0),
    };
  });
  const balloon = found.find(({ driver }) => driver.startsWith('virtio-balloon'))?.options.get('id');
  return { ...(virtioMem.length > 0 && { virtioMem }), ...(found.some(({ driver }) => driver.startsWith('virtio-balloon')) && { balloon: balloon ?? 'balloon' }) };
}

/** `node,nodeid=1,memdev=n1` or `node,nodeid=1,mem=512M` → the node and its boot memory (0 without a memdev). */
function nodeOf(text: string, objects: readonly string[]): QemuNode[] {
  if (!text.startsWith('node')) return [];
  const options = new Map(text.split(',').slice(1).map((o) => o.split('=', 2) as [string, string]));
  const backend = objects.find((o) => o.split(',').includes(`id=${options.get('memdev')}`));
  const size = options.get('mem') ?? /(?:^|,)size=([^,]+)/.exec(backend ?? '')?.[1] ?? '0';
  return [{ nid: Number(options.get('nodeid') ?? 0), size: parseQemuMemory(size).ram }];
}
