/**
 * Kernel configuration as part of a machine: the options that memory hotplug hangs on, what each depends on, and what a usual kernel of each edition has.
 * Sources: mm/Kconfig, arch/x86/Kconfig, drivers/acpi/Kconfig, fs/Kconfig (6.1, 3.11); config of the recorded kernels; seed 001, section 2; for 2005 the patches named in the spec.
 */
import type { Arch } from './arch.ts';
import type { Edition, MachineDescription } from './machine_description.ts';

export interface KernelOption {
  /** Without CONFIG_. */
  readonly name: string;
  /** As the configuration menu says it. */
  readonly prompt: string;
  /** What is missing without it. */
  readonly brings: string;
  /** Editions that know it, and whether the kernel people use (for 6.1 and 3.11: the recorded one) has it. */
  readonly usual: Readonly<Partial<Record<Edition, boolean>>>;
  /** Where an architecture differs from that. */
  readonly usualOn?: Readonly<Partial<Record<Arch, boolean>>>;
  /** Options it cannot be set without; `|` between alternatives. */
  readonly needs?: readonly string[];
  /** Only on these architectures. */
  readonly arches?: readonly Arch[];
}
const X86_64: readonly Arch[] = ['x86_64'];
const ALWAYS = { '2.6.12-mhp': true, '3.11': true, '6.1': true } as const;

/** In the order of a configuration file. */
export const KERNEL_OPTIONS: readonly KernelOption[] = [
  { name: 'SPARSEMEM', prompt: 'Sparse Memory', brings: 'memory in sections, which all of memory hotplug builds on', usual: ALWAYS },
  { name: 'NUMA', prompt: 'NUMA Memory Allocation and Scheduler Support', brings: 'nodes: /sys/devices/system/node, node links, the SRAT', usual: { '2.6.12-mhp': false, '3.11': true, '6.1': true } },
  { name: 'HIGHMEM', prompt: 'High Memory Support (4GB)', brings: 'memory above 896 MiB', usual: { '2.6.12-mhp': true }, arches: ['i386'] },
  { name: 'HOTPLUG', prompt: 'Support for hot-pluggable devices', brings: '/sbin/hotplug', usual: { '2.6.12-mhp': true } },
  { name: 'MEMORY_HOTPLUG', prompt: 'Allow for memory hot-add', brings: '/sys/devices/system/memory: blocks, online, hot-add', usual: ALWAYS, needs: ['SPARSEMEM'] },
  { name: 'MEMORY_HOTPLUG_DEFAULT_ONLINE', prompt: 'Online the newly added memory blocks by default', brings: 'added memory comes online by itself', usual: { '6.1': false }, needs: ['MEMORY_HOTPLUG'] },
  { name: 'MEMORY_REMOVE', prompt: 'Allow for memory hot-remove', brings: 'offline: a section is captured and removed', usual: { '2.6.12-mhp': true }, needs: ['MEMORY_HOTPLUG'] },
  { name: 'SIMULATED_MEM_HOTPLUG', prompt: 'Simulate memory hot-add with RAM that mem= left out', brings: 'adding RAM that mem= left out', usual: { '2.6.12-mhp': true }, needs: ['MEMORY_HOTPLUG'] },
  { name: 'MIGRATION', prompt: 'Page migration', brings: 'moving pages to other frames', usual: { '3.11': true, '6.1': true }, needs: ['NUMA | MEMORY_HOTPLUG | COMPACTION | CMA'] },
  { name: 'MEMORY_HOTREMOVE', prompt: 'Allow for memory hot remove', brings: 'offline, valid_zones, eject', usual: { '3.11': true, '6.1': true }, needs: ['MEMORY_HOTPLUG', 'MIGRATION'] },
  { name: 'MHP_MEMMAP_ON_MEMORY', prompt: 'Memmap on memory', brings: 'a block that holds its own memmap', usual: { '6.1': true }, needs: ['MEMORY_HOTPLUG'], arches: ['x86_64', 'arm64'] },
  { name: 'MOVABLE_NODE', prompt: 'Enable to assign a node which has only movable memory', brings: 'nodes of nothing but movable memory, has_memory', usual: { '3.11': false }, needs: ['NUMA'], arches: X86_64 },
  { name: 'COMPACTION', prompt: 'Allow for memory compaction', brings: 'compaction of a zone', usual: { '3.11': true, '6.1': true }, needs: ['MIGRATION'] },
  { name: 'TRANSPARENT_HUGEPAGE', prompt: 'Transparent Hugepage Support', brings: 'huge pages for anonymous memory', usual: { '3.11': true, '6.1': true }, needs: ['COMPACTION'], arches: ['x86_64', 'arm64', 'ppc64', 's390x'] },
  { name: 'CMA', prompt: 'Contiguous Memory Allocator', brings: 'memory set aside for devices, the migrate type CMA', usual: { '3.11': false, '6.1': false }, needs: ['MIGRATION'] },
  { name: 'HUGETLB', prompt: 'HugeTLB file system support', brings: 'pools of huge pages: nr_hugepages', usual: { '2.6.12-mhp': false, '3.11': true, '6.1': true }, usualOn: { ia64: false } },
  { name: 'MEMORY_FAILURE', prompt: 'Enable recovery from hardware memory errors', brings: 'soft_offline_page, hard_offline_page', usual: { '3.11': true, '6.1': true } },
  { name: 'HWPOISON_INJECT', prompt: 'HWPoison pages injector', brings: 'the module hwpoison-inject', usual: { '3.11': true, '6.1': true }, needs: ['MEMORY_FAILURE'] },
  { name: 'ARCH_MEMORY_PROBE', prompt: 'Enable sysfs memory/probe interface', brings: 'probe: adding memory by writing an address', usual: { '2.6.12-mhp': true, '3.11': true, '6.1': false }, needs: ['MEMORY_HOTPLUG'], arches: ['x86_64', 'i386', 'ppc64'], usualOn: { ppc64: true } },
  { name: 'ACPI_CONTAINER', prompt: 'Container and Module Devices', brings: 'containers of devices that come and go together', usual: { '3.11': true, '6.1': true }, arches: ['x86_64', 'ia64', 'arm64'] },
  { name: 'ACPI_HOTPLUG_MEMORY', prompt: 'Memory Hotplug (ACPI)', brings: 'DIMMs the board plugs and ejects', usual: { '3.11': true, '6.1': true }, needs: ['MEMORY_HOTPLUG'], arches: ['x86_64', 'ia64', 'arm64'] },
  { name: 'IKCONFIG_PROC', prompt: 'Enable access to .config through /proc/config.gz', brings: '/proc/config.gz', usual: { '2.6.12-mhp': true, '3.11': false, '6.1': false } },
];

type Configured = Pick<MachineDescription, 'edition' | 'arch' | 'config'>;
const known = ({ edition, arch }: Configured): readonly KernelOption[] => KERNEL_OPTIONS.filter((o) => o.usual[edition] !== undefined && (o.arches === undefined || o.arches.includes(arch)));

/** Is the option set? One that the edition or the architecture does not know is not. */
export function isSet(d: Configured, name: string): boolean {
  const option = known(d).find((o) => o.name === name);
  return option !== undefined && (d.config?.[name] ?? option.usualOn?.[d.arch] ?? option.usual[d.edition] ?? false);
}

/** Options that the edition has for this architecture and this kernel was built without. */
export const notSet = (d: Configured): readonly KernelOption[] => known(d).filter(({ name }) => !isSet(d, name));

/** Why such a kernel cannot be built, in one sentence with the option that would have to change; undefined: it can. */
export function impossibleConfig(d: Configured): { readonly reason: string; readonly remedy: string } | undefined {
  const options = known(d);
  const unknown = Object.keys(d.config ?? {}).find((name) => !options.some((o) => o.name === name));
  if (unknown !== undefined) {
    const elsewhere = KERNEL_OPTIONS.find((o) => o.name === unknown);
    return { reason: elsewhere ? `Linux ${d.edition} for ${d.arch} has no CONFIG_${unknown}.` : `CONFIG_${unknown} is not an option this simulator knows.`, remedy: `take ${unknown} out of the machine's config` };
  }
  for (const { name, needs = [] } of options) {
    if (!isSet(d, name)) continue;
    for (const need of needs) {
      // An alternative that this kernel does not know cannot be set, and cannot be asked for.
      const alternatives = need.split(' | ').filter((n) => options.some((o) => o.name === n));
      if (alternatives.length === 0 || alternatives.some((n) => isSet(d, n))) continue;
      const words = alternatives.map((n) => `CONFIG_${n}`).join(' or ');
      return { reason: `CONFIG_${name} needs ${words}.`, remedy: `set ${alternatives[0]}, or leave out ${name}` };
    }
  }
  return undefined;
}

/** The configuration file, as far as these options go. */
export function configText(d: Configured, release: string): string {
  const lines = known(d).map(({ name }) => (isSet(d, name) ? `CONFIG_${name}=y` : `# CONFIG_${name} is not set`));
  return ['#', '# Automatically generated file; DO NOT EDIT.', `# Linux/${d.arch} ${release} Kernel Configuration`, '#', ...lines, ''].join('\n');
}
