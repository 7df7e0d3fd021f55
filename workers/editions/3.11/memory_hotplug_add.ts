/**
 * Mirrors: add_memory() and remove_memory() of mm/memory_hotplug.c, mm/sparse.c, vmemmap_populate() of arch/x86/mm/init_64.c and memory_probe_store() of drivers/base/memory.c (3.11).
 * Memory belongs to ZONE_NORMAL from the moment it is added, wherever it lies. Source: recordings of 3.11, findings A7, A8, A11.
 */
import { acpi_bind_memory_blocks, acpi_memory_get_device_resources, type AcpiMemoryInfo, acpiName } from '../../drivers/acpi/acpi_memhotplug.ts';
import { lock_device_hotplug, unlock_device_hotplug } from '../../drivers/base/memory.ts';
import { firmware_map_add, firmware_map_remove, SYSTEM_RAM } from '../../kernel/firmware_map.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { newResource, release_resource, request_resource } from '../../kernel/resource.ts';
import { kobject_uevent } from '../../lib/kobject_uevent.ts';
import { create_memory_block_device, remove_memory_block_device, updateValidZones } from '../../mm/memory_block.ts';
import { called, within } from '../../mm/call_path.ts';
import { clear_hwpoisoned_pages } from '../../mm/memory_failure.ts';
import { M_VMEMMAP_RUN, type Mm } from '../../mm/mm.ts';
import { page_zone_row, pfn_to_block_id } from '../../mm/mmzone.ts';
import { addOwner, ownKernelPage, ownerOf, removeOwner } from '../../mm/rmap.ts';
import { build_all_zonelists } from '../../mm/zonelist.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { FN } from '../../uapi/functions.ts';
import { NODE_CPU, NODE_ONLINE, NODE_POSSIBLE } from '../../uapi/layout.ts';
import { MEM_ABSENT, MEM_STATE_OFFLINE, SECTION_PRESENT } from '../../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, pageblock_order, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { KIND_MEMMAP } from '../../uapi/page_kind.ts';
import { EV } from '../../uapi/trace.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';
import { add_zone, forget_node, remove_zone } from './zone.ts';

/** A section's memmap: one piece of 2 MiB for 128 MiB. */
const MEMMAP_PAGES = 1 << pageblock_order;
const INFO = 6;
const DEBUG = 7;
const hex = (n: number, digits = 8): string => n.toString(16).padStart(digits, '0');
const mem = (start: number, end: number): string => `[mem 0x${hex(start)}-0x${hex(end - 1)}]`;

/** "PMD -> " lines: pieces of memmap that follow each other in memory are one run; it is said when the next piece does not. */
function say_vmemmap(mm: Mm, nr: number, pfn: number, nid: number): void {
  const { word } = mm.t.misc;
  const [first, last, from, to, node] = [0, 1, 2, 3, 4].map((i) => word[M_VMEMMAP_RUN + i] as number) as [number, number, number, number, number];
  if (to !== pfn || node !== nid) {
    if (from > 0) {
      const at = (section: number): string => `ffffea${hex(section * MEMMAP_PAGES * PAGE_SIZE, 10)}`;
      const phys = (frame: number): string => `ffff88${hex(frame * PAGE_SIZE, 10)}`;
      const before = (text: string): string => text.slice(0, 6) + hex(Number.parseInt(text.slice(6), 16) - 1, 10);
      mm.printk(DEBUG, ` [${at(first)}-${before(at(last))}] PMD -> [${phys(from)}-${before(phys(to))}] on node ${node}`);
    }
    word[M_VMEMMAP_RUN] = nr;
    word[M_VMEMMAP_RUN + 2] = pfn;
    word[M_VMEMMAP_RUN + 4] = nid;
  }
  word[M_VMEMMAP_RUN + 1] = nr + 1;
  word[M_VMEMMAP_RUN + 3] = pfn + MEMMAP_PAGES;
}

/** Frames for a section's memmap, on its node; -1: no such piece. */
const alloc_memmap = ({ buddy }: Kernel, nid: number): number =>
  buddy.alloc_pages({ order: pageblock_order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid, kind: KIND_MEMMAP });

/** 0, -EEXIST (the section is there already: no error of the whole), or -ENOMEM. Source: __add_section(). */
function* add_section(k: Kernel, nr: number, nid: number, slot: number): Kthread<number> {
  const { mm } = k;
  const { section } = mm.t;
  if (((section.state[nr] as number) & SECTION_PRESENT) !== 0) return -ERRNO.EEXIST;
  const pfn = yield* called(mm, 'sparse_add_one_section', () => alloc_memmap(k, nid), nr);
  if (pfn < 0) return -ERRNO.ENOMEM;
  const owner = addOwner(mm, KIND_MEMMAP, `memmap of section ${nr}`, 0);
  for (let i = pfn; i < pfn + MEMMAP_PAGES; i++) ownKernelPage(mm, owner, i);
  section.memmap_pfn[nr] = pfn;
  say_vmemmap(mm, nr, pfn, nid);
  section.state[nr] = SECTION_PRESENT;
  section.nid[nr] = nid;
  const start = nr << mm.PFN_SECTION_SHIFT;
  yield* called(mm, '__add_zone', () => add_zone(mm, zoneRow(nid, ZONE_NORMAL), start, 1 << mm.PFN_SECTION_SHIFT), start);
  const id = pfn_to_block_id(mm, start);
  yield* called(mm, 'register_new_memory', () => {
    if (mm.t.memory_block.state[id] === MEM_ABSENT) create_memory_block_device(mm, id, nid, slot, -1, 0);
  }, nr);
  yield;
  return 0;
}

/** Takes the range as System RAM, of what no firmware or bus has claimed. 0 or -EEXIST, with a line in the log. Source: register_memory_resource(). */
function register_memory_resource({ mm, iomem }: Kernel, start: number, end: number): number {
  if (request_resource(iomem, newResource('System RAM', start, end - 1, true)) === undefined) return 0;
  mm.printk(4, `System RAM resource ${mem(start, end)} cannot be added`);
  return -ERRNO.EEXIST;
}

/** Makes a range known, of any size. 0, -EEXIST (the range is claimed), -EINVAL (no such node), or -ENOMEM: what was added of it stays, but for the claim. `slot`: -1 = no DIMM. */
export function* add_memory(k: Kernel, nid: number, start_pfn: number, nr_pages: number, slot: number): Kthread<number> {
  const { mm, buddy } = k;
  const { node } = mm.t;
  const [start, end] = [start_pfn * PAGE_SIZE, (start_pfn + nr_pages) * PAGE_SIZE];
  mm.trace(EV.add_memory, nid, start_pfn, nr_pages, 0);
  mm.trace(EV.sim_func_entry, FN.add_memory, start_pfn, nr_pages);
  yield;
  const done = function* (ret: number): Kthread<number> {
    mm.trace(EV.sim_func_exit, FN.add_memory, ret);
    mm.trace(EV.add_memory_ret, ret);
    yield;
    return ret;
  };
  if (start_pfn + nr_pages > mm.t.sizes.max_pfn || (yield* called(mm, 'register_memory_resource', () => register_memory_resource(k, start, end), start_pfn, nr_pages)) < 0) return yield* done(-ERRNO.EEXIST);
  if (nid >= node.state.length || ((node.state[nid] as number) & NODE_POSSIBLE) === 0) {
    release_resource(k.iomem, start, end - 1);
    return yield* done(-ERRNO.EINVAL);
  }
  const new_node = ((node.state[nid] as number) & NODE_ONLINE) === 0;
  if (new_node) {
    yield* called(mm, 'hotadd_new_pgdat', () => {
      mm.printk(DEBUG, `On node ${nid} totalpages: 0`);
      build_all_zonelists(mm, buddy, nid);
    }, nid);
  }
  mm.printk(INFO, `init_memory_mapping: ${mem(start, end)}`);
  mm.printk(DEBUG, ` ${mem(start, end)} page 2M`);
  const ret = yield* within(mm, 'arch_add_memory', within(mm, '__add_pages', (function* () {
    let err = 0;
    for (let nr = start_pfn >>> mm.PFN_SECTION_SHIFT; nr <= (start_pfn + nr_pages - 1) >>> mm.PFN_SECTION_SHIFT && err === 0; nr++) {
      err = yield* within(mm, '__add_section', add_section(k, nr, nid, slot), nr);
      if (err === -ERRNO.EEXIST) err = 0;
    }
    return err;
  })(), start_pfn, nr_pages), start_pfn, nr_pages);
  if (ret !== 0) release_resource(k.iomem, start, end - 1);
  else if (new_node) {
    node.state[nid] = (node.state[nid] as number) | NODE_ONLINE;
    yield* called(mm, 'kobject_uevent', () => kobject_uevent(mm, 'add', 'node', nid), nid);
  }
  if (ret === 0) yield* called(mm, 'firmware_map_add_hotplug', () => firmware_map_add(k.firmware_map, start, end, SYSTEM_RAM), start_pfn, nr_pages);
  updateValidZones(mm);
  return yield* done(ret);
}

/** Node of an address that no memory was at before: what the firmware's table says, else its first. Source: memory_add_physaddr_to_nid(). */
const physaddr_to_nid = (mm: Mm, address: number): number => {
  const { numa } = mm.description;
  return (numa.find((n) => n.start <= address && address < n.end) ?? numa[0])?.nid ?? 0;
};
/** simple_strtoull(text, NULL, 0): as far as it is a number; 0 if it does not begin as one. */
export function simple_strtoull(text: string): number {
  const m = /^(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))/.exec(text);
  if (!m) return 0;
  return m[1] !== undefined ? Number.parseInt(m[1], 16) : m[2] !== undefined ? Number.parseInt(m[2], 8) : Number(m[3]);
}
/** A write to `probe`: bytes taken; -EINVAL: the address is not the start of a block; -EEXIST: something is there, or it is behind what the processor can address. */
export function* memory_probe_store(k: Kernel, text: string): Kthread<number> {
  const { mm } = k;
  const address = simple_strtoull(text);
  const pages = 1 << mm.PFN_BLOCK_SHIFT;
  if (address % (pages * PAGE_SIZE) !== 0) return -ERRNO.EINVAL;
  yield* lock_device_hotplug(mm);
  try {
    const ret = yield* add_memory(k, physaddr_to_nid(mm, address), address / PAGE_SIZE, pages, -1);
    return ret === 0 ? text.length : ret;
  } finally {
    unlock_device_hotplug(mm);
  }
}

/**
 * Each range of the device is added and its blocks are bound to it; one that is refused is passed over as long as another is taken. -EINVAL: none was; -ENODEV: a block belongs to
 * another DIMM, and then even that one's block is unbound.
 */
export function* acpi_memory_enable_device(k: Kernel, slot: number): Kthread<number> {
  const { mm } = k;
  const { slot: row, memory_block: b } = mm.t;
  const enabled: AcpiMemoryInfo[] = [];
  for (const info of acpi_memory_get_device_resources(k, slot)) {
    const ret = yield* add_memory(k, row.nid[slot] as number, info.start_pfn, info.nr_pages, slot);
    if (ret !== 0 && ret !== -ERRNO.EEXIST) {
      // Sections that were added before memory ran out stay, and are nobody's.
      for (const id of blocksIn(mm, info.start_pfn, info.nr_pages)) if (b.slot[id] === slot) b.slot[id] = -1;
      continue;
    }
    if (!acpi_bind_memory_blocks(k, slot, info, 'ACPI handle is already set')) return -ERRNO.ENODEV;
    enabled.push(info);
  }
  k.acpi_memory_devices.set(slot, enabled);
  if (enabled.length > 0) return 0;
  mm.printk(3, `${acpiName(slot)}: add_memory failed`);
  return -ERRNO.EINVAL;
}

function blocksIn(mm: Mm, start_pfn: number, nr_pages: number): number[] {
  const ids: number[] = [];
  for (let id = pfn_to_block_id(mm, start_pfn); id <= pfn_to_block_id(mm, start_pfn + nr_pages - 1); id++) if (mm.t.memory_block.state[id] !== MEM_ABSENT) ids.push(id);
  return ids;
}

/**
 * False: a range of it begins or ends inside a section, or a block is online, which this kernel takes for a bug of its own (BUG_ON in __remove_pages(), BUG in
 * remove_memory()). The recorded guest stopped answering there, with the locks held.
 * Left out: that they stay held. Why: nobody could go on.
 */
export function* acpi_memory_remove_memory(k: Kernel, slot: number): Kthread<boolean> {
  const inside = (1 << k.mm.PFN_SECTION_SHIFT) - 1;
  for (let left = k.acpi_memory_devices.get(slot) ?? []; left.length > 0; left = left.slice(1)) {
    const { start_pfn, nr_pages } = left[0] as AcpiMemoryInfo;
    // What went before is gone; only a forced eject comes here with a block that is online.
    k.acpi_memory_devices.set(slot, left);
    const isWhole = ((start_pfn | nr_pages) & inside) === 0;
    if (!isWhole || (yield* remove_memory(k, k.mm.t.slot.nid[slot] as number, start_pfn, nr_pages)) !== 0) {
      k.mm.printk(0, 'kernel BUG at mm/memory_hotplug.c!');
      return false;
    }
  }
  k.acpi_memory_devices.delete(slot);
  k.mm.printk(4, 'ACPI: Device does not support D3cold');
  return true;
}

/** Forgets a range, section by section; the zone that shrinks with each is that of the range's first page. A block that is online stops it, with a line in the log. */
export function* remove_memory(k: Kernel, nid: number, start_pfn: number, nr_pages: number): Kthread<number> {
  const { mm } = k;
  mm.trace(EV.remove_memory, start_pfn, nr_pages);
  mm.trace(EV.sim_func_entry, FN.remove_memory, start_pfn, nr_pages);
  yield;
  const { memory_block: b } = mm.t;
  const busy = blocksIn(mm, start_pfn, nr_pages).find((id) => b.state[id] !== MEM_STATE_OFFLINE);
  if (busy === undefined) {
    yield* called(mm, 'firmware_map_remove', () => firmware_map_remove(k.firmware_map, start_pfn * PAGE_SIZE, (start_pfn + nr_pages) * PAGE_SIZE, SYSTEM_RAM), start_pfn, nr_pages);
    yield* remove_sections(k, nid, start_pfn, nr_pages);
  } else {
    const begin = (busy << mm.PFN_BLOCK_SHIFT) * PAGE_SIZE;
    mm.printk(4, `removing memory fails, because memory [0x${hex(begin, 16)}-0x${hex(begin + PAGE_SIZE * 2 ** mm.PFN_BLOCK_SHIFT - 1, 16)}] is onlined`);
  }
  const ret = busy === undefined ? 0 : -ERRNO.EBUSY;
  mm.trace(EV.sim_func_exit, FN.remove_memory, ret);
  mm.trace(EV.remove_memory_ret, ret);
  yield;
  return ret;
}
function* remove_sections(k: Kernel, nid: number, start_pfn: number, nr_pages: number): Kthread<void> {
  const { mm } = k;
  const row = Math.max(0, page_zone_row(mm, start_pfn));
  yield* within(mm, 'arch_remove_memory', within(mm, '__remove_pages', (function* () {
    yield* called(mm, 'release_mem_region_adjustable', () => release_resource(k.iomem, start_pfn * PAGE_SIZE, (start_pfn + nr_pages) * PAGE_SIZE - 1), start_pfn, nr_pages);
    for (let nr = start_pfn >>> mm.PFN_SECTION_SHIFT; nr < (start_pfn + nr_pages) >>> mm.PFN_SECTION_SHIFT; nr++) yield* within(mm, '__remove_section', remove_section(k, row, nr), nr);
  })(), start_pfn, nr_pages), start_pfn, nr_pages);
  yield* within(mm, 'try_offline_node', try_offline_node(mm, nid), nid);
  updateValidZones(mm);
}
/** The last section of a block takes its directory along. */
function* remove_section(k: Kernel, row: number, nr: number): Kthread<void> {
  const { mm, buddy } = k;
  const { section, pageblock, memory_block: b } = mm.t;
  const start = nr << mm.PFN_SECTION_SHIFT;
  const id = pfn_to_block_id(mm, start);
  yield* called(mm, 'unregister_memory_section', () => {
    if (b.state[id] !== MEM_ABSENT && nr === ((id + 1) << (mm.PFN_BLOCK_SHIFT - mm.PFN_SECTION_SHIFT)) - 1) remove_memory_block_device(mm, id);
  }, nr);
  yield* called(mm, '__remove_zone', () => remove_zone(mm, row, start), start);
  yield* called(mm, 'sparse_remove_one_section', () => {
    const memmap = section.memmap_pfn[nr] as number;
    if (memmap > 0) {
      removeOwner(mm, ownerOf(mm, memmap));
      buddy.free_pages(memmap, pageblock_order);
    }
    section.memmap_pfn[nr] = 0;
  }, nr);
  clear_hwpoisoned_pages(mm, start, 1 << mm.PFN_SECTION_SHIFT);
  section.state[nr] = 0;
  pageblock.zone.fill(0, start >>> pageblock_order, (start + (1 << mm.PFN_SECTION_SHIFT)) >>> pageblock_order);
  pageblock.migratetype.fill(0, start >>> pageblock_order, (start + (1 << mm.PFN_SECTION_SHIFT)) >>> pageblock_order);
}
/** A node without a section and without a processor goes. */
function* try_offline_node(mm: Mm, nid: number): Kthread<void> {
  const { section, node } = mm.t;
  const left = section.state.some((state, nr) => (state & SECTION_PRESENT) !== 0 && section.nid[nr] === nid);
  if (left || ((node.state[nid] as number) & NODE_CPU) !== 0) return;
  node.state[nid] = (node.state[nid] as number) & ~NODE_ONLINE;
  forget_node(mm, nid);
  node.node_start_pfn[nid] = node.node_spanned_pages[nid] = 0;
  yield* called(mm, 'kobject_uevent', () => kobject_uevent(mm, 'remove', 'node', nid), nid);
  yield;
}
