/** Kernel modules that can be loaded: what each registers, the devices it drives, and the debugfs directory it brings. */
import { virtballoon_probe } from '../drivers/virtio/virtio_balloon.ts';
import { virtio_mem_probe, type WorkQueue } from '../drivers/virtio/virtio_mem.ts';
import { hwpoison_inject } from '../fs/debugfs/hwpoison.ts';
import { rec_zones } from '../fs/debugfs/rec_zones.ts';
import type { DirNode } from '../fs/vnode.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { memory_notifier_error_inject } from '../kernel/memory_notifier_error_inject.ts';
import { insert_resource, newResource } from '../kernel/resource.ts';
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
/** Registers of the first virtio device of the board; each further one lies below. */
const VIRTIO_BAR = 0xfebf_8000;
const VIRTIO_BAR_SIZE = 0x4000;

/** virtio-pci claims the registers of each device. */
function virtio_pci(k: Kernel, board: Board): undefined {
  const devices = board.virtioMem.length + (board.balloon ? 1 : 0);
  for (let i = 0; i < devices; i++) {
    const start = VIRTIO_BAR - i * VIRTIO_BAR_SIZE;
    const bar = newResource(`0000:00:0${i + 1}.0`, start, start + VIRTIO_BAR_SIZE - 1);
    bar.children.push(newResource('virtio-pci-modern', start, start + VIRTIO_BAR_SIZE - 1, true));
    insert_resource(k.iomem, bar);
  }
}
function virtio_mem(k: Kernel, { virtioMem, queue }: Board): undefined {
  const sockets = k.mm.description.slots?.count ?? 0;
  for (const [i, device] of virtioMem.entries()) device.onConfig(virtio_mem_probe(k, device, i, sockets + i, queue));
}
function virtio_balloon(k: Kernel, { balloon, queue }: Board): undefined {
  balloon?.onConfig(virtballoon_probe(k, balloon, queue));
}

const KNOWN: Readonly<Record<string, (k: Kernel, board: Board) => Debugfs | undefined>> = {
  'hwpoison-inject': (k) => ({ name: 'hwpoison', dir: hwpoison_inject(k) }),
  'memory-notifier-error-inject': (k) => ({ name: 'notifier-error-inject', dir: memory_notifier_error_inject(k.mm, k.memory_chain) }),
  'rec-zones': (k) => ({ name: 'rec', dir: rec_zones(k) }),
  'virtio-balloon': virtio_balloon, 'virtio-mem': virtio_mem, 'virtio-pci': virtio_pci,
};

export interface Modules {
  /** What modules put into /sys/kernel/debug. */
  readonly debugfs: Readonly<Record<string, DirNode>>;
  /** init_module(2): 0, also when it is loaded already; -ENOENT for a module that does not exist here. `-` and `_` are the same in names. */
  load(name: string): number;
}

export function createModules(k: Kernel, board: Board): Modules {
  const loaded = new Set<string>();
  const debugfs: Record<string, DirNode> = {};
  return {
    debugfs,
    load(name) {
      const key = name.replaceAll('_', '-');
      if (loaded.has(key)) return 0;
      if (!Object.hasOwn(KNOWN, key)) return -ERRNO.ENOENT;
      const made = (KNOWN[key] as (typeof KNOWN)[string])(k, board);
      loaded.add(key);
      if (made !== undefined) debugfs[made.name] = made.dir;
      return 0;
    },
  };
}
