/** /sys as far as it speaks of memory (6.1). What other parts of the kernel show (ACPI devices, debugfs) is laid over it by mountTree(). */
import { kstrtobool } from '../../drivers/base/memory.ts';
import { MEMORY_HOTPLUG_CONTROLLER } from '../../drivers/acpi/acpi_memhotplug.ts';
import { container_online_show, container_online_store, containerName, containersOf, isFilled } from '../../drivers/acpi/container.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { ONLINE_POLICY_AUTO_MOVABLE, ONLINE_POLICY_CONTIG_ZONES } from '../../mm/memory_hotplug_zone.ts';
import { updateValidZones } from '../../mm/memory_block.ts';
import { M_AUTO_MOVABLE_NUMA_AWARE, M_AUTO_MOVABLE_RATIO, M_MEMMAP_ON_MEMORY, M_ONLINE_POLICY, configured, type Mm } from '../../mm/mm.ts';
import { DRAM_TIER, tierNodes } from '../../mm/node_listeners.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { NODE_ONLINE } from '../../uapi/layout.ts';
import { present } from '../present.ts';
import type { DirNode, VNode } from '../../kernel/vnode.ts';
import { memoryDevices } from './acpi.ts';
import { hotplugProfilesDir, memmapDir } from './firmware.ts';
import { attr, kdir, klink, powerDir } from './kernfs.ts';
import { kobject_synth_uevent } from './uevent.ts';
import { hugepagesDir } from './hugepages.ts';
import { crashSizeFile } from './kexec.ts';
import { blockIds, memoryDir } from './memory.ts';
import { transparentHugepageDir } from './transparent_hugepage.ts';
import { bitmapList, nodesDir } from './node.ts';

const POLICIES = ['contig-zones', 'auto-movable'] as const;
const yesNo = (value: number | undefined): string => (value ? 'Y\n' : 'N\n');

/** /sys/module/memory_hotplug/parameters. A change shows in valid_zones of every offline block at once. */
export function parametersDir(mm: Mm): DirNode {
  const { word } = mm.t.misc;
  const set = (row: number, value: number | undefined, text: string): number => {
    if (value === undefined) return -ERRNO.EINVAL;
    word[row] = value;
    updateValidZones(mm);
    return text.length;
  };
  const toBool = (text: string): number | undefined => {
    const value = kstrtobool(text);
    return value === undefined ? undefined : value ? 1 : 0;
  };
  const toUint = (text: string): number | undefined => {
    const m = /^\+?(\d+|0[xX][0-9a-fA-F]+)\n?$/.exec(text);
    const value = m ? Number(m[1]) : Number.NaN;
    return value <= 0x7fffffff ? value : undefined;
  };
  const toPolicy = (text: string): number | undefined => {
    const policy = POLICIES.indexOf(text.replace(/\n$/, '') as (typeof POLICIES)[number]);
    return policy === ONLINE_POLICY_CONTIG_ZONES || policy === ONLINE_POLICY_AUTO_MOVABLE ? policy : undefined;
  };
  return kdir(present(mm, 'sys/module/memory_hotplug/parameters', {
    auto_movable_numa_aware: attr(0o644, () => yesNo(word[M_AUTO_MOVABLE_NUMA_AWARE]), (text) => set(M_AUTO_MOVABLE_NUMA_AWARE, toBool(text), text)),
    auto_movable_ratio: attr(0o644, () => `${word[M_AUTO_MOVABLE_RATIO]}\n`, (text) => set(M_AUTO_MOVABLE_RATIO, toUint(text), text)),
    memmap_on_memory: attr(0o444, () => yesNo(word[M_MEMMAP_ON_MEMORY])),
    online_policy: attr(0o644, () => `${POLICIES[word[M_ONLINE_POLICY] as number]}\n`, (text) => set(M_ONLINE_POLICY, toPolicy(text), text)),
  }));
}

/** /sys/bus/<name>: its devices as links below `where`, and where a driver core would have its switches. */
function busDir(names: () => readonly string[], where: string): DirNode {
  return kdir({
    devices: kdir({}, {
      list: () => [...names()],
      lookup: (entry) => (names().includes(entry) ? klink(`../../../devices/${where}/${entry}`) : undefined),
    }),
    drivers: kdir({}),
    drivers_autoprobe: attr(0o644, () => '1\n', (text) => text.length),
    drivers_probe: attr(0o200, () => -ERRNO.EIO, () => -ERRNO.ENODEV),
    uevent: attr(0o200, () => -ERRNO.EIO, (text) => text.length),
  });
}

/** A subsystem of /sys/devices/system with nothing in it that memory cares for. */
const subsystem = (more: Readonly<Record<string, VNode>> = {}): DirNode => kdir({ ...more, power: powerDir(), uevent: attr(0o644, () => '', (text) => text.length) });

/** /sys/devices/system/container: a container is there while one of its sockets is not empty. */
function containersDir(k: Kernel): DirNode {
  const { mm } = k;
  const names = (): readonly (readonly [name: string, n: number])[] =>
    containersOf(mm).flatMap((_, n) => (isFilled(mm, n) ? [[containerName(mm, n), n] as const] : []));
  const dir = (n: number): DirNode => kdir({
    online: attr(0o644, () => container_online_show(mm, n), (text) => container_online_store(k, n, text)),
    subsystem: klink('../../../../bus/container'),
    uevent: attr(0o644, () => '', (text) => kobject_synth_uevent(mm, 'container', n, text)),
  });
  return kdir({}, {
    list: () => names().map(([name]) => name),
    lookup: (wanted) => {
      const found = names().find(([name]) => name === wanted);
      return found && dir(found[1]);
    },
  });
}

/** Memory tiers there are: the one of DRAM, while a node has memory. */
const tiers = (mm: Mm): string[] => (tierNodes(mm).length > 0 ? [`memory_tier${DRAM_TIER}`] : []);
/** /sys/devices/virtual/memory_tiering: each tier with the nodes it has. Source: nodelist_show() of mm/memory-tiers.c. */
function tiersDir(mm: Mm): DirNode {
  const tier = subsystem({ nodelist: attr(0o444, () => `${bitmapList(tierNodes(mm))}\n`), subsystem: klink('../../../../bus/memory_tiering') });
  return kdir({ power: powerDir(), uevent: attr(0o644, () => '', (text) => text.length) }, { list: () => tiers(mm), lookup: (name) => (tiers(mm).includes(name) ? tier : undefined) });
}

/** Builds nested directories from paths. */
function tree(paths: Readonly<Record<string, VNode>>): DirNode {
  const groups = new Map<string, Record<string, VNode>>();
  const entries: Record<string, VNode> = {};
  for (const [path, node] of Object.entries(paths)) {
    const at = path.indexOf('/');
    if (at < 0) entries[path] = node;
    else groups.set(path.slice(0, at), { ...groups.get(path.slice(0, at)), [path.slice(at + 1)]: node });
  }
  for (const [name, inner] of groups) entries[name] = tree(inner);
  return kdir(entries);
}

/** `crashSize`: bytes reserved by crashkernel= (kexec_crash_size). */
export function createSysfs(k: Kernel, crashSize: number): DirNode {
  const { mm } = k;
  const cpus = bitmapList(Array.from({ length: mm.description.cpus }, (_, cpu) => cpu));
  const devices = memoryDevices(k);
  const parameters = mm.edition.files.module_parameters(mm);
  const nodes = (): number[] => [...mm.t.node.state].flatMap((state, nid) => ((state & NODE_ONLINE) !== 0 ? [nid] : []));
  return tree(present(mm, 'sys', {
    ...(devices.size > 0 && {
      'bus/acpi': busDir(() => [...devices.keys()], MEMORY_HOTPLUG_CONTROLLER),
      [`devices/${MEMORY_HOTPLUG_CONTROLLER}`]: kdir(Object.fromEntries(devices)),
    }),
    'bus/memory': busDir(() => blockIds(mm).map((id) => `memory${id}`), 'system/memory'),
    'bus/memory_tiering': busDir(() => tiers(mm), 'virtual/memory_tiering'),
    'bus/node': busDir(() => nodes().map((nid) => `node${nid}`), 'system/node'),
    ...Object.fromEntries(['clockevents', 'clocksource', 'container', 'edac', 'machinecheck'].map((name) => [`devices/system/${name}`, subsystem()])),
    'devices/system/cpu': subsystem(Object.fromEntries(['online', 'possible', 'present'].map((name) => [name, attr(0o444, () => `${cpus}\n`)]))),
    'devices/system/memory': memoryDir(k),
    ...(containersOf(mm).length > 0 && configured(mm, 'ACPI_CONTAINER') && { 'devices/system/container': containersDir(k) }),
    'devices/system/node': nodesDir(k),
    'devices/virtual/memory_tiering': tiersDir(mm),
    'firmware/acpi/hotplug': hotplugProfilesDir(k),
    'firmware/memmap': memmapDir(k),
    'kernel/kexec_crash_loaded': attr(0o444, () => '0\n'),
    'kernel/kexec_crash_size': crashSizeFile(k, crashSize),
    'kernel/kexec_loaded': attr(0o444, () => '0\n'),
    'kernel/uevent_seqnum': attr(0o444, () => `${k.uevent_seqnum?.() ?? 0}\n`),
    'kernel/mm/hugepages': hugepagesDir(k), 'kernel/mm/transparent_hugepage': transparentHugepageDir(k),
    ...(parameters && { 'module/memory_hotplug/parameters': parameters }),
    ...Object.fromEntries(Object.entries(mm.edition.files.sys_kernel?.(k) ?? {}).map(([name, node]) => [`kernel/${name}`, node])),
  }));
}
