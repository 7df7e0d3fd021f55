/** Mirrors: the sysfs layout of drivers/base/memory.c (6.1): /sys/devices/system/memory. Blocks appear and vanish with the MEMORY_BLOCK table. */
import {
  auto_online_blocks_show, auto_online_blocks_store, block_size_bytes_show, online_show, online_store, phys_device_show, phys_index_show, removable_show, state_show, state_store,
  valid_zones_show,
} from '../../drivers/base/memory.ts';
import { lock_device_hotplug, unlock_device_hotplug } from '../../drivers/base/memory.ts';
import { add_memory } from '../../mm/memory_hotplug_add.ts';
import { acpi_device_id, MEMORY_HOTPLUG_CONTROLLER } from '../../drivers/acpi/acpi_memhotplug.ts';
import { within } from '../../mm/call_path.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { configured, type Mm, page_size } from '../../mm/mm.ts';
import { memory_failure, soft_offline_page } from '../../mm/memory_failure.ts';
import { block_start_pfn } from '../../mm/mmzone.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { MEM_ABSENT, SECTION_PRESENT } from '../../uapi/memory_block.ts';
import { MAX_NR_ZONES, pageblock_order } from '../../uapi/mmzone.ts';
import { present } from '../present.ts';
import type { DirNode, VNode } from '../../kernel/vnode.ts';
import { attr, kdir, kept, klink, powerDir } from './kernfs.ts';
import { uevent_store } from './uevent.ts';

const exists = (mm: Mm, id: number): boolean => id < mm.t.memory_block.state.length && mm.t.memory_block.state[id] !== MEM_ABSENT;
/** 'memory12' → 12; undefined for anything else, also 'memory012'. */
const idOf = (name: string): number | undefined => (/^memory(0|[1-9]\d*)$/.test(name) ? Number(name.slice('memory'.length)) : undefined);

/** Ids of the blocks there are, ascending. */
export function blockIds(mm: Mm): number[] {
  const { state } = mm.t.memory_block;
  const ids: number[] = [];
  for (let id = 0; id < state.length; id++) if (state[id] !== MEM_ABSENT) ids.push(id);
  return ids;
}
/** Nodes a block is linked to: its own, or, if it lies on several, those of its sections and zones. */
export function nodesOfBlock(mm: Mm, id: number): number[] {
  const nid = mm.t.memory_block.nid[id] as number;
  if (nid >= 0) return [nid];
  const nids = new Set<number>();
  const start = block_start_pfn(mm, id);
  const { zone } = mm.t.pageblock;
  for (let i = start >>> pageblock_order; i < (start + (1 << mm.PFN_BLOCK_SHIFT)) >>> pageblock_order; i++) if (zone[i] !== 0) nids.add(Math.trunc(((zone[i] as number) - 1) / MAX_NR_ZONES));
  const { state, nid: sectionNid } = mm.t.section;
  for (let nr = start >>> mm.PFN_SECTION_SHIFT; nr < (start + (1 << mm.PFN_BLOCK_SHIFT)) >>> mm.PFN_SECTION_SHIFT; nr++) {
    if (((state[nr] as number) & SECTION_PRESENT) !== 0) nids.add(sectionNid[nr] as number);
  }
  return [...nids].sort((a, b) => a - b);
}

/** An attribute of a block: -ENODEV once the block is gone. */
export function blockAttr(k: Kernel, id: number, mode: number, show: (mm: Mm, id: number) => string | number, store?: (k: Kernel, id: number, text: string) => Kthread<number>): VNode {
  const gone = -ERRNO.ENODEV;
  return attr(mode, () => (exists(k.mm, id) ? show(k.mm, id) : gone), store && ((text) => (exists(k.mm, id) ? store(k, id, text) : gone)));
}
/** Attributes of memoryN in 6.1. */
export function memory_block_attributes(k: Kernel, id: number): Readonly<Record<string, VNode>> {
  const { mm } = k;
  return {
    online: blockAttr(k, id, 0o644, online_show, online_store),
    phys_device: blockAttr(k, id, 0o444, phys_device_show),
    phys_index: blockAttr(k, id, 0o444, phys_index_show),
    power: powerDir(),
    removable: blockAttr(k, id, 0o444, removable_show),
    state: blockAttr(k, id, 0o644, state_show, state_store),
    subsystem: klink('../../../../bus/memory'),
    uevent: attr(0o644, () => '', (text) => uevent_store(mm, 'memory', id, text)),
    valid_zones: blockAttr(k, id, 0o444, valid_zones_show),
  };
}

function blockDir(k: Kernel, id: number): DirNode {
  const { mm } = k;
  const links = (): Record<string, string> => {
    const slot = mm.t.memory_block.slot[id] as number;
    return {
      ...(configured(mm, 'NUMA') && Object.fromEntries(nodesOfBlock(mm, id).map((nid) => [`node${nid}`, `../../node/node${nid}`]))),
      ...(slot >= 0 ? { firmware_node: `../../../${MEMORY_HOTPLUG_CONTROLLER}/${acpi_device_id(slot)}` } : {}),
    };
  };
  return kdir(present(mm, 'sys/devices/system/memory/memoryN', mm.edition.files.memory_block(k, id)), {
    list: () => Object.keys(links()),
    lookup: (name) => {
      const target = links()[name];
      return target === undefined ? undefined : klink(target);
    },
  });
}

/** kstrtoull(): digits in C notation with at most one newline; undefined for anything else. */
function parseAddress(text: string): number | undefined {
  const m = /^\+?(0[xX][0-9a-fA-F]+|[0-9]+)\n?$/.exec(text);
  if (!m) return undefined;
  const digits = m[1] as string;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isNaN(value) ? undefined : value;
}
/** A write to soft_offline_page or hard_offline_page: an address, of which the frame counts. Garbage: -EINVAL. Source: soft_offline_page_store(), hard_offline_page_store(). */
export const poison_store = (k: Kernel, handle: (k: Kernel, pfn: number) => Kthread<number>) => function* (text: string): Kthread<number> {
  const address = parseAddress(text);
  if (address === undefined || address >= 2 ** 64) return -ERRNO.EINVAL;
  const ret = yield* handle(k, Math.floor(address / page_size(k.mm)));
  return ret === 0 ? text.length : ret;
};

/** A write to `probe`: one block from an address on. -EINVAL: no number, or not where a block begins; else what adding it answers. Source: probe_store(). */
const probe_store = (k: Kernel) => function* (text: string): Kthread<number> {
  const { mm } = k;
  const address = parseAddress(text);
  const nr_pages = 1 << mm.PFN_BLOCK_SHIFT;
  if (address === undefined || address % (nr_pages * page_size(mm)) !== 0) return -ERRNO.EINVAL;
  yield* lock_device_hotplug(mm);
  try {
    const nid = mm.description.numa.find((n) => n.start <= address && address < n.end)?.nid ?? 0;
    // What this machine has tables for ends earlier than what the processor can map; there the kernel itself refuses.
    const end = address + nr_pages * page_size(mm);
    if (end <= mm.geometry.max_address && end / page_size(mm) > mm.t.sizes.max_pfn) return -ERRNO.E2BIG;
    const ret = yield* add_memory(k, { nid, start_pfn: address / page_size(mm), nr_pages, mhp_flags: 0, slot: -1, resource_name: 'System RAM' });
    return ret < 0 ? ret : text.length;
  } finally {
    unlock_device_hotplug(mm);
  }
};
/** Attributes of /sys/devices/system/memory in 6.1. */
export function memory_attributes(k: Kernel): Readonly<Record<string, VNode>> {
  const { mm } = k;
  return {
    auto_online_blocks: attr(0o644, () => auto_online_blocks_show(mm), (text) => auto_online_blocks_store(mm, text)),
    block_size_bytes: attr(0o444, () => block_size_bytes_show(mm)),
    hard_offline_page: attr(0o200, () => -ERRNO.EIO, poison_store(k, memory_failure)),
    probe: attr(0o200, () => -ERRNO.EIO, (text) => within(k.mm, 'probe_store', probe_store(k)(text))),
    power: powerDir(),
    soft_offline_page: attr(0o200, () => -ERRNO.EIO, poison_store(k, soft_offline_page)),
    uevent: attr(0o644, () => '', (text) => uevent_store(mm, 'memory', -1, text)),
  };
}

export function memoryDir(k: Kernel): DirNode {
  const { mm } = k;
  const block = kept<number, DirNode>((id) => exists(mm, id), (id) => blockDir(k, id));
  return kdir(
    present(mm, 'sys/devices/system/memory', mm.edition.files.memory(k)),
    {
      list: () => blockIds(mm).map((id) => `memory${id}`),
      lookup: (name) => {
        const id = idOf(name);
        return id === undefined ? undefined : block(id);
      },
    },
  );
}
