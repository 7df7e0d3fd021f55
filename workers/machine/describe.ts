/** A scenario's settings → the machine to boot, or the reason why there is none. */
import { describeMachine } from '../init/firmware.ts';
import { MAX_RANGES } from '../scenario/limits.ts';
import { allOf, lastOf, type Scenario, titleOf } from '../scenario/scenario.ts';
import { formatSize } from '../scenario/units.ts';
import { type Arch, ARCHES, pageSizes } from '../uapi/arch.ts';
import type { Reply } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { BootRequest, MachineDescription } from '../uapi/machine_description.ts';
import { PAGE_SIZE } from '../uapi/units.ts';

const PROFILES: readonly MachineDescription['profile'][] = ['debian-6.1-q35', 'linux-3.11-pc', 'linux-2.6.12-i386', 'bare'];

const refuse = (reason: string, remedy: string): Reply<{ request: BootRequest }> => ({ ok: false, errno: ERRNO.EINVAL, reason, rule: 'a scenario states one machine', remedy });

/** `arm64`, or `arm64-64K` where the architecture has a choice of pages. */
const ARCH_NAMES = ARCHES.flatMap((arch) => [arch, ...(pageSizes(arch).length > 1 ? pageSizes(arch).map((size) => `${arch}-${size / 1024}K`) : [])]);
interface ArchAndPages {
  readonly arch: Arch;
  readonly pageSize?: number;
}
function archNamed(name: string): ArchAndPages | undefined {
  const m = /^(\w+)(?:-(\d+)K)?$/.exec(name);
  const arch = ARCHES.find((a) => a === m?.[1]);
  if (arch === undefined || !ARCH_NAMES.includes(name)) return undefined;
  return m?.[2] === undefined ? { arch } : { arch, pageSize: Number(m[2]) * 1024 };
}
/** Where RAM begins on a board that is no PC: on arm64 devices lie below. */
const RAM_BASE: Readonly<Partial<Record<Arch, number>>> = { arm64: 2 ** 30 };
/** A PC's memory map stays for a PC; any other board has its RAM in one piece, node after node, and nothing reserved. */
function onArch(scenario: Scenario, { arch, pageSize }: ArchAndPages, pc: MachineDescription): Partial<MachineDescription> {
  if (arch === 'x86_64' || arch === 'i386') return { arch };
  const nodes = allOf(scenario, 'node');
  const base = RAM_BASE[arch] ?? 0;
  const ram = lastOf(scenario, 'memory')?.size ?? nodes.reduce((bytes, { size }) => bytes + size, 0);
  let at = base;
  const numa = nodes.map(({ nid, size }) => {
    at += size;
    return { nid, start: at - size, end: at };
  });
  return { arch, ...(pageSize !== undefined && { pageSize }), profile: 'bare', memory: [{ start: base, end: base + ram, type: 'usable' }], numa, ...(pc.slots && { slots: pc.slots }) };
}

/** QEMU's arguments for memory, sockets and nodes; or what is wrong with them. */
function boardArguments(scenario: Scenario): { readonly args: readonly string[] } | { readonly reason: string; readonly remedy: string } {
  const nodes = allOf(scenario, 'node');
  const sockets = lastOf(scenario, 'sockets');
  const sum = nodes.reduce((bytes, { size }) => bytes + size, 0);
  const ram = lastOf(scenario, 'memory')?.size ?? sum;
  if (ram === 0) return { reason: 'The scenario states no machine.', remedy: 'add "memory 1G" or "recorded 4G"' };
  if (nodes.length > 0 && sum !== ram) return { reason: `The nodes have ${formatSize(sum)} together, the machine ${formatSize(ram)}.`, remedy: 'make them equal' };
  const odd = [ram, ...nodes.map(({ size }) => size), ...(sockets ? [sockets.maxmem] : [])].find((size) => size % PAGE_SIZE !== 0);
  if (odd !== undefined) return { reason: `${formatSize(odd)} is not a whole number of pages.`, remedy: 'use a multiple of 4K; a number without K, M or G counts bytes' };
  if (sockets && sockets.maxmem < ram) return { reason: `maxmem=${formatSize(sockets.maxmem)} is less than the machine's ${formatSize(ram)}.`, remedy: 'RAM and DIMMs together have to fit' };
  const taken = new Set<number>();
  for (const { slots } of allOf(scenario, 'container')) {
    for (const slot of slots) {
      if (slot >= (sockets?.count ?? 0)) return { reason: `A container names socket ${slot}, and the board has ${sockets?.count ?? 0}.`, remedy: `add "sockets ${slot + 1} maxmem=SIZE"` };
      if (taken.has(slot)) return { reason: `Socket ${slot} is in two containers.`, remedy: 'give each its own' };
      taken.add(slot);
    }
  }
  const kib = (size: number): string => `${size / 1024}K`;
  return {
    args: [
      '-m', `${kib(ram)}${sockets ? `,slots=${sockets.count},maxmem=${kib(sockets.maxmem)}` : ''}`,
      ...nodes.flatMap(({ nid, size }) => ['-numa', `node,nodeid=${nid},mem=${kib(size)}`]),
    ],
  };
}

/** What stands in a scenario beside the board's memory. */
function details(scenario: Scenario): Partial<MachineDescription> {
  const cpus = lastOf(scenario, 'cpus');
  const seed = lastOf(scenario, 'seed');
  const hypervisor = lastOf(scenario, 'hypervisor');
  const boot = lastOf(scenario, 'boot');
  const config = Object.assign({}, ...allOf(scenario, 'config').map(({ options }) => options)) as Record<string, boolean>;
  const modules = allOf(scenario, 'modules').flatMap(({ words }) => words);
  const virtioMem = allOf(scenario, 'virtio-mem').map(({ type: _, ...device }) => device);
  const containers = allOf(scenario, 'container').map(({ type: _, ...container }) => container);
  const standby = lastOf(scenario, 'standby');
  const initrd = lastOf(scenario, 'initrd');
  const release = lastOf(scenario, 'release');
  const build = lastOf(scenario, 'build');
  const balloon = lastOf(scenario, 'balloon');
  return {
    ...(cpus && { cpus: cpus.n }), ...(seed && { seed: seed.n }), ...(hypervisor && { hypervisor: hypervisor.on }), ...(boot && { cmdline: boot.text }),
    ...(Object.keys(config).length > 0 && { config }), ...(modules.length > 0 && { modules }), ...(virtioMem.length > 0 && { virtioMem }), ...(containers.length > 0 && { containers }),
    ...(initrd && { ramdisk: { start: initrd.start, end: initrd.end } }), ...(release && { release: release.text }), ...(build && { kernelVersion: build.text }),
    ...(standby && { standby: { size: standby.size, increment: standby.increment } }),
    ...(balloon && { balloon: balloon.name }),
  };
}

/**
 * @param recorded the machine that `recorded NAME` names, if the scenario has that line. Its dump shows the machine as it was booted: with another boot line the frames are
 * those of a bare boot instead.
 */
export function describeScenario(scenario: Scenario, recorded?: BootRequest): Reply<{ request: BootRequest }> {
  const named = lastOf(scenario, 'arch')?.name;
  const arch = named === undefined ? undefined : archNamed(named);
  if (named !== undefined && arch === undefined) return refuse(`There is no machine of architecture ${named}.`, `use ${ARCH_NAMES.join(', ')}`);
  const edition = lastOf(scenario, 'edition')?.edition;
  const name = titleOf(scenario) || 'a machine';
  const wanted = lastOf(scenario, 'recorded');
  if (wanted) {
    if (!recorded) return refuse(`There is no recorded machine "${wanted.name}".`, 'choose one of the list of machines');
    const { description } = recorded;
    if (edition !== undefined && edition !== description.edition) return refuse(`The machine "${wanted.name}" was recorded from Linux ${description.edition}, not ${edition}.`, 'leave the edition out, or state the memory instead');
    const { picture, ...bare } = description;
    const changed = { ...details(scenario) };
    const booted = changed.cmdline === undefined || changed.cmdline === description.cmdline;
    return { ok: true, request: booted ? { ...recorded, description: { ...bare, ...(picture && { picture }), ...changed } } : { description: { ...bare, ...changed } } };
  }
  const ranges = allOf(scenario, 'range');
  if (ranges.length > MAX_RANGES) return refuse(`The firmware has ${ranges.length} ranges.`, `at most ${MAX_RANGES} are taken`);
  const board = boardArguments(scenario);
  if ('reason' in board && ranges.length === 0) return refuse(board.reason, board.remedy);
  const described = describeMachine({ edition: edition ?? '6.1', title: name, qemu_args: 'args' in board ? board.args : ['-m', '1G'] });
  if (!described.ok) return described;
  const profile = lastOf(scenario, 'profile');
  const known = profile && PROFILES.find((p) => p === profile.name);
  if (profile && !known) return refuse(`There is no profile "${profile.name}".`, `use ${PROFILES.join(', ')}`);
  return {
    ok: true,
    request: {
      description: {
        ...described.description, ...(arch && onArch(scenario, arch, described.description)), ...details(scenario), ...(known && { profile: known }),
        ...(ranges.length > 0 && { memory: ranges.map(({ start, end, kind }) => ({ start, end, type: kind })), numa: allOf(scenario, 'srat').map(({ nid, start, end, hotplug }) => ({ nid, start, end, ...(hotplug && { hotplug }) })) }),
      },
    },
  };
}
