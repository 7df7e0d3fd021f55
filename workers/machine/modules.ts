/** Kernel modules that can be loaded: what each registers, the devices it drives, and the debugfs directory it brings. */
import { brd_alloc, type RamDisk } from '../drivers/block/brd.ts';
import { type Zram, zram_add } from '../drivers/block/zram.ts';
import { virtballoon_probe } from '../drivers/virtio/virtio_balloon.ts';
import { virtio_mem_probe, type WorkQueue } from '../drivers/virtio/virtio_mem.ts';
import { cma } from '../fs/debugfs/cma.ts';
import { extfrag } from '../fs/debugfs/extfrag.ts';
import { hwpoison_inject } from '../fs/debugfs/hwpoison.ts';
import { splitHugePages } from '../fs/debugfs/split_huge_pages.ts';
import { rec_zones } from '../fs/debugfs/rec_zones.ts';
import type { DirNode, VNode } from '../kernel/vnode.ts';
import type { Kernel } from '../mm/kernel.ts';
import { memory_notifier_lab } from '../kernel/memory_notifier_lab.ts';
import { memory_notifier_error_inject } from '../kernel/memory_notifier_error_inject.ts';
import { insert_resource, newResource } from '../kernel/resource.ts';
import { remember } from '../lib/remember.ts';
import { configured } from '../mm/mm.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { HostBalloon } from './balloon_device.ts';
import type { HostVirtioMem } from './virtio_mem_device.ts';

/** What a driver finds on the board, and how its work is run. */
export interface Board {
  readonly virtioMem: readonly HostVirtioMem[];
  readonly balloon: HostBalloon | undefined;
  readonly queue: WorkQueue;
}
interface Debugfs {
  readonly name: string;
  readonly dir: DirNode;
}
const INFO = 6;
/** Registers of the first virtio device of the board; each further one lies below. */
const VIRTIO_BAR = 0xfebf_8000;
const VIRTIO_BAR_SIZE = 0x4000;

/** virtio-pci claims the registers of each device. */
function virtio_pci(k: Kernel, board: Board): void {
  const devices = board.virtioMem.length + (board.balloon ? 1 : 0);
  for (let i = 0; i < devices; i++) {
    const start = VIRTIO_BAR - i * VIRTIO_BAR_SIZE;
    const bar = newResource(`0000:00:0${i + 1}.0`, start, start + VIRTIO_BAR_SIZE - 1);
    bar.children.push(newResource('virtio-pci-modern', start, start + VIRTIO_BAR_SIZE - 1, true));
    insert_resource(k.iomem, bar);
  }
}
function virtio_mem(k: Kernel, { virtioMem, queue }: Board): void {
  const sockets = k.mm.description.slots?.count ?? 0;
  for (const [i, device] of virtioMem.entries()) device.onConfig(virtio_mem_probe(k, device, i, sockets + i, queue));
}
function virtio_balloon(k: Kernel, { balloon, queue }: Board): void {
  balloon?.onConfig(virtballoon_probe(k, balloon, queue));
}

/** A module: what it brings when it is loaded with its parameters, or -errno; and how it is taken out again, where it can be. */
interface Loaded {
  readonly debugfs?: Debugfs;
  /** Disks it drives. */
  readonly disks?: readonly Zram[];
  readonly ramDisks?: readonly RamDisk[];
  readonly exit?: () => void;
}
type Parameters = Readonly<Record<string, string>>;
interface KernelModule {
  /** Names of its parameters; others are ignored with a line in the log. */
  readonly parameters?: readonly string[];
  readonly init: (k: Kernel, board: Board, parameters: Parameters) => Loaded | number;
}
/** A driver: no parameters, and it stays, since its devices are in use. */
const driver = (probe: (k: Kernel, board: Board) => void): KernelModule => ({
  init(k, board) {
    probe(k, board);
    return {};
  },
});
/** A module that is nothing but a directory of debugfs. */
const files = (name: string, dir: (k: Kernel) => DirNode): KernelModule => ({ init: (k) => ({ debugfs: { name, dir: dir(k) }, exit: () => undefined }) });
/** kstrtoint(): decimal, 0x… or 0…; undefined: not a number, or out of range. */
function toInt(text: string): number | undefined {
  const [, sign = '', digits = ''] = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text) ?? [];
  if (digits === '') return undefined;
  const value = (sign === '-' ? -1 : 1) * (/^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits));
  return value >= -(2 ** 31) && value < 2 ** 31 ? value : undefined;
}
const memoryNotifierErrorInject: KernelModule = {
  parameters: ['priority'],
  init(k, _, { priority = '0' }) {
    const value = toInt(priority);
    if (value === undefined) {
      k.mm.printk(3, `memory_notifier_error_inject: \`${priority}' invalid for parameter \`priority'`);
      return -ERRNO.EINVAL;
    }
    const { dir, exit } = memory_notifier_error_inject(k.mm, k.memory_chain, value);
    return { debugfs: { name: 'notifier-error-inject', dir }, exit };
  },
};

/** One disk in memory, as long as nobody asks for more. */
const zram: KernelModule = {
  parameters: ['num_devices'],
  init(k, _, { num_devices = '1' }) {
    const count = toInt(num_devices) ?? 0;
    if (count < 1) return -ERRNO.EINVAL;
    const disks = Array.from({ length: count }, (__, i) => zram_add(k, `zram${i}`, (path) => k.swapfile?.inUse(path) ?? false));
    k.mm.printk(INFO, `zram: Added device: ${disks.map(({ name }) => name).join(', ')}`);
    return { disks };
  },
};

/** CONFIG_BLK_DEV_RAM_COUNT and CONFIG_BLK_DEV_RAM_SIZE (KiB) of Debian. */
const RAM_DISKS = 16;
const RAM_DISK_KB = 16384;
const brd: KernelModule = {
  parameters: ['rd_nr', 'rd_size', 'max_part'],
  init(k, _, { rd_nr = `${RAM_DISKS}`, rd_size = `${RAM_DISK_KB}` }) {
    const [count, kb] = [toInt(rd_nr), toInt(rd_size)];
    if (count === undefined || kb === undefined || count < 0 || kb < 0) return -ERRNO.EINVAL;
    const ramDisks = Array.from({ length: Math.min(count, 256) }, (__, i) => brd_alloc(k, `ram${i}`, kb));
    k.mm.printk(INFO, 'brd: module loaded');
    return { ramDisks };
  },
};

/** Listeners of one's own at the memory chain. */
const memoryNotifierLab: KernelModule = {
  init(k) {
    const { dir, exit } = memory_notifier_lab({ printk: k.mm.printk, actions: k.mm.edition.memory_actions }, k.memory_chain);
    return { debugfs: { name: 'memory-notifier-lab', dir }, exit };
  },
};

const KNOWN: Readonly<Record<string, KernelModule>> = {
  brd, ext4: driver(() => undefined),
  'hwpoison-inject': files('hwpoison', (k) => (k.mm.edition.files.hwpoison_inject ?? hwpoison_inject)(k)),
  'memory-notifier-error-inject': memoryNotifierErrorInject, 'memory-notifier-lab': memoryNotifierLab,
  'rec-zones': files('rec', rec_zones),
  'virtio-balloon': driver(virtio_balloon), 'virtio-mem': driver(virtio_mem), 'virtio-pci': driver(virtio_pci), zram,
};

export interface Modules {
  /** What modules put into /sys/kernel/debug. */
  readonly debugfs: Readonly<Record<string, VNode>>;
  /** Disks of the modules that are loaded. */
  readonly disks: readonly Zram[];
  readonly ramDisks: readonly RamDisk[];
  /**
   * init_module(2): 0; -EEXIST when it is loaded already; -ENOENT for a module that does not exist here; what its init answers. `-` and `_` are the same in names.
   * `parameters`: as modprobe passes them, 'name=value' parted by blanks.
   */
  load(name: string, parameters?: string): number;
  /** delete_module(2): 0; -ENOENT when it is not loaded (or does not exist here: -ENXIO); -EBUSY for one whose devices are in use. */
  unload(name: string): number;
}

/** Directories of debugfs that need no module. */
const builtin = (k: Kernel): Record<string, VNode> => ({
  ...(configured(k.mm, 'CMA') && { cma: cma(k) }), ...(configured(k.mm, 'COMPACTION') && { extfrag: extfrag(k) }), ...(configured(k.mm, 'TRANSPARENT_HUGEPAGE') && { split_huge_pages: splitHugePages(k) }),
});

export function createModules(k: Kernel, board: Board): Modules {
  const loaded = remember(new Map<string, Loaded>());
  const debugfs = remember<Record<string, VNode>>(builtin(k));
  const disks = remember<Zram[]>([]);
  const ramDisks = remember<RamDisk[]>([]);
  return {
    debugfs, disks, ramDisks,
    load(name, parameters = '') {
      const key = name.replaceAll('_', '-');
      if (!Object.hasOwn(KNOWN, key) || (key === 'hwpoison-inject' && !configured(k.mm, 'HWPOISON_INJECT'))) return -ERRNO.ENOENT;
      if (loaded.has(key)) return -ERRNO.EEXIST;
      const module = KNOWN[key] as KernelModule;
      const given = parameters.split(/\s+/).filter((word) => word !== '').map((word) => [word.replace(/=.*$/, ''), word.replace(/^[^=]*=?/, '')] as const);
      for (const [parameter] of given) if (!module.parameters?.includes(parameter)) k.mm.printk(4, `${key.replaceAll('-', '_')}: unknown parameter '${parameter}' ignored`);
      const made = module.init(k, board, Object.fromEntries(given));
      if (typeof made === 'number') return made;
      loaded.set(key, made);
      if (made.debugfs) debugfs[made.debugfs.name] = made.debugfs.dir;
      disks.push(...(made.disks ?? []));
      ramDisks.push(...(made.ramDisks ?? []));
      return 0;
    },
    unload(name) {
      const key = name.replaceAll('_', '-');
      if (!Object.hasOwn(KNOWN, key)) return -ERRNO.ENXIO;
      const module = loaded.get(key);
      if (!module) return -ERRNO.ENOENT;
      if (!module.exit) return -ERRNO.EBUSY;
      module.exit();
      if (module.debugfs) delete debugfs[module.debugfs.name];
      loaded.delete(key);
      return 0;
    },
  };
}
