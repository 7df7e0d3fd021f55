/**
 * Mirrors: the physical half of mm/memory_hotplug.c, mm/sparse.c and mm/sparse-vmemmap.c (6.1): a range becomes known to Linux, and is forgotten again.
 * Left out: the direct map. Why: nothing here can see it yet.
 */
import { firmware_map_add, firmware_map_remove, SYSTEM_RAM } from '../kernel/firmware_map.ts';
import { kobject_uevent } from '../lib/kobject_uevent.ts';
import type { Kthread } from '../kernel/kthread.ts';
import { merge_system_ram_resource, register_memory_resource, release_mem_region_adjustable, release_resource } from '../kernel/resource.ts';
import { ERRNO } from '../uapi/errno.ts';
import { FN } from '../uapi/functions.ts';
import { NODE_CPU, NODE_ONLINE, NODE_POSSIBLE } from '../uapi/layout.ts';
import { MEM_ABSENT, MEM_STATE_OFFLINE, MMOP_OFFLINE, MMOP_ONLINE_KERNEL, MMOP_ONLINE_MOVABLE, SECTION_PRESENT } from '../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_MEMMAP } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';
import { called, passed, within } from './call_path.ts';
import { CALL_TRACES, callTrace, dump_stack_print_info, KACPI_HOTPLUG, type Running } from './dump_stack.ts';
import { create_memory_block_device, device_offline, device_online, remove_memory_block_device, updateValidZones } from './memory_block.ts';
import { clear_hwpoisoned_pages } from './memory_failure.ts';
import { configured, M_ADD_PAGES_WARNED, M_AUTO_ONLINE, M_MEMMAP_ON_MEMORY, M_TAINTED, M_VMEMMAP_WARNED, type Mm, page_size } from './mm.ts';
import { pfn_to_block_id, sumZones } from './mmzone.ts';
import { alloc_pages_compacting } from './direct_compact.ts';
import { __GFP_RETRY_MAYFAIL, GFP_KERNEL } from './gfp.ts';
import { addOwner, ownKernelPage } from './rmap.ts';
import { warn_failed } from './warn_alloc.ts';
import { build_all_zonelists } from './zonelist.ts';

export const MHP_MERGE_RESOURCE = 1;
export const MHP_MEMMAP_ON_MEMORY = 2;
export const MHP_NID_IS_MGID = 4;

/** sizeof(struct page): a section's memmap is one frame of it per 64 frames described. */
const STRUCT_PAGE_BYTES = 64;

export interface AddRequest {
  readonly nid: number;
  readonly start_pfn: number;
  readonly nr_pages: number;
  readonly mhp_flags: number;
  /** Row of SLOT: the DIMM's socket and its static memory group; -1: no DIMM. */
  readonly slot: number;
  /** Row of SLOT that is its memory group, where that is no socket. */
  readonly group?: number;
  readonly resource_name: string;
}

/** The block's own first pages can hold its memmap only when exactly one block is added and the parameter is on. Source: mhp_supports_memmap_on_memory(). */
export const mhp_supports_memmap_on_memory = (mm: Mm, nr_pages: number): boolean => mm.t.misc.word[M_MEMMAP_ON_MEMORY] !== 0 && nr_pages === 1 << mm.PFN_BLOCK_SHIFT;

const memmapPages = (mm: Mm, nr_pages: number): number => Math.ceil((nr_pages * STRUCT_PAGE_BYTES) / page_size(mm));

/** Orders of the chunks that hold a section's memmap: one of 2 MiB on x86_64, four of 1 MiB on s390x. */
function memmapChunks(mm: Mm): { readonly order: number; readonly count: number } {
  const whole = 31 - Math.clz32(memmapPages(mm, 1 << mm.PFN_SECTION_SHIFT));
  const order = Math.min(mm.geometry.MAX_ORDER - 1, whole);
  return { order, count: 1 << (whole - order) };
}
/** memmap of one section from the node's own memory; false: none left. Source: vmemmap_populate_hugepages(). */
function populate_section_memmap(k: Kernel, nr: number, nid: number): boolean {
  const { mm, buddy } = k;
  const { order, count } = memmapChunks(mm);
  const chunks: number[] = [];
  while (chunks.length < count) {
    const pfn = alloc_pages_compacting(mm, buddy, { order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid, kind: KIND_MEMMAP }, GFP_KERNEL | __GFP_RETRY_MAYFAIL);
    if (pfn < 0) {
      // What was had is lost: nobody takes it back.
      if (chunks.length > 0) own(mm, nr, chunks, order);
      return false;
    }
    chunks.push(pfn);
  }
  own(mm, nr, chunks, order);
  mm.t.section.memmap_pfn[nr] = chunks[0] as number;
  if (count > 1) k.memmap_chunks.set(nr, chunks);
  return true;
}
function own(mm: Mm, nr: number, chunks: readonly number[], order: number): void {
  const owner = addOwner(mm, KIND_MEMMAP, `memmap of section ${nr}`, 0);
  for (const pfn of chunks) for (let i = 0; i < 1 << order; i++) ownKernelPage(mm, owner, pfn + i);
}
function depopulate_section_memmap(k: Kernel, nr: number): void {
  const pfn = k.mm.t.section.memmap_pfn[nr] as number;
  if (pfn === 0) return;
  for (const chunk of k.memmap_chunks.get(nr) ?? [pfn]) k.buddy.free_pages(chunk, memmapChunks(k.mm).order);
  k.memmap_chunks.delete(nr);
  k.mm.t.section.memmap_pfn[nr] = 0;
}

/** The worker that adds memory, and the calls that led it here. */
const adder = ({ slot }: AddRequest): { readonly who: Running; readonly frames: readonly string[] } =>
  (slot >= 0 ? { who: KACPI_HOTPLUG, frames: CALL_TRACES.acpi_hotplug } : { who: { pid: KACPI_HOTPLUG.pid + 1, comm: 'kworker/0:1' }, frames: [] });

/** Said once a boot. Source: vmemmap_alloc_block(). */
function warn_vmemmap(k: Kernel, request: AddRequest): void {
  const { word } = k.mm.t.misc;
  if (word[M_VMEMMAP_WARNED] !== 0) return;
  word[M_VMEMMAP_WARNED] = 1;
  const { who, frames } = adder(request);
  warn_failed(k.mm, k.buddy, who, { order: memmapChunks(k.mm).order, gfp: '0x4cc0(GFP_KERNEL|__GFP_RETRY_MAYFAIL)', nodemask: '(null)' }, [...CALL_TRACES.vmemmap_alloc_block, ...frames], 'vmemmap alloc failure');
}
/**
 * WARN_ON_ONCE() of add_pages(), with the registers that hold its arguments. Left out: registers that hold addresses of data, which differ from machine to machine.
 */
function warn_add_pages(k: Kernel, request: AddRequest, ret: number): void {
  const { mm } = k;
  const { word } = mm.t.misc;
  if (word[M_ADD_PAGES_WARNED] !== 0 || mm.description.profile !== 'debian-6.1-q35') return;
  word[M_ADD_PAGES_WARNED] = 1;
  const { who, frames } = adder(request);
  const hex = (n: number): string => n.toString(16).padStart(16, '0');
  const [start, size] = [request.start_pfn * page_size(mm), request.nr_pages * page_size(mm)];
  for (const line of [
    '------------[ cut here ]------------', `WARNING: CPU: 0 PID: ${who.pid} at arch/x86/mm/init_64.c:978 add_pages+0x8c/0x90`, 'Modules linked in:', ...dump_stack_print_info(mm, who),
    'RIP: 0010:add_pages+0x8c/0x90',
    'Code: c9 f5 02 48 89 15 cc c9 f5 02 48 c1 e2 0c 48 03 15 b9 f1 38 01 48 89 15 8a a4 f5 02 eb b8 0f 0b b8 de ff ff ff c3 cc cc cc cc <0f> 0b eb a0 0f 1f 44 00 00 41 55 49 89 cd 41 54 41 89 fc 55 48 89',
    'RSP: 0018:ffa00000000c3ca0 EFLAGS: 00000282', `RAX: ${hex(2 ** 32 + ret)} RBX: ${hex(request.start_pfn)} RCX: ${hex(0)}`, `RDX: ${hex(0)} RSI: ${hex(0)} RDI: 0000000000751ef0`,
    `R10: ${hex(2)} R11: ${hex(0)} R12: ffa00000000c3ce0`, `R13: ${hex(start)} R14: ${hex(start + size - 1)} R15: ${hex(size)}`, 'CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033', 'PKRU: 55555554',
    ...callTrace(frames), '---[ end trace 0000000000000000 ]---',
  ]) mm.printk(4, line);
  word[M_TAINTED] = 1;
}

/**
 * Sections of the range become present, with their memmaps. 0; -ENOMEM: the sections before the one without a memmap stay, and their memmaps with them, for nobody takes them back;
 * -EEXIST: a section is left from such a time. Source: arch_add_memory(), __add_pages(), sparse_add_section(), 6.1.
 */
function* arch_add_memory(k: Kernel, request: AddRequest, altmap: boolean): Kthread<number> {
  const { nid, start_pfn, nr_pages } = request;
  const { mm } = k;
  const { section } = mm.t;
  const first = start_pfn >>> mm.PFN_SECTION_SHIFT;
  const last = (start_pfn + nr_pages - 1) >>> mm.PFN_SECTION_SHIFT;
  for (let nr = first; nr <= last; nr++) {
    const ret = ((section.state[nr] as number) & SECTION_PRESENT) !== 0 ? -ERRNO.EEXIST : altmap || populate_section_memmap(k, nr, nid) ? 0 : -ERRNO.ENOMEM;
    if (ret < 0) {
      if (ret === -ERRNO.ENOMEM) warn_vmemmap(k, request);
      warn_add_pages(k, request, ret);
      return ret;
    }
    section.state[nr] = SECTION_PRESENT;
    section.nid[nr] = nid;
    // Threads that make room have their turn between two sections.
    if (mm.cond_resched()) yield;
  }
  return 0;
}

/** A range that cannot be mapped is refused with a line, before anything else is looked at. Source: mhp_range_allowed(), 6.1. */
function mhp_range_allowed(mm: Mm, start: number, size: number): boolean {
  const { max_address } = mm.geometry;
  if (start + size <= max_address) return true;
  const hex = (n: number): string => `0x${n.toString(16)}`;
  mm.printk(4, `Hotplug memory [${hex(start)}-${hex(start + size - 1)}] exceeds maximum addressable range [0x0-${hex(max_address - 1)}]`);
  return false;
}

/**
 * Makes a range known: resource, node, memmap, sections, memory blocks, all offline; then, if so configured, online. Errors: -EEXIST (the range is claimed), -EINVAL (not
 * whole blocks, node not possible), -ENOMEM (no memory for the memmap: what of it was had is lost); otherwise the machine is then as before. Source: __add_memory(), add_memory_resource(), 6.1.
 */
export function* add_memory(k: Kernel, request: AddRequest): Kthread<number> {
  const { mm } = k;
  const { nid, start_pfn, nr_pages, mhp_flags } = request;
  const start = start_pfn * page_size(mm);
  const size = nr_pages * page_size(mm);
  if (!mhp_range_allowed(mm, start, size)) return -ERRNO.E2BIG;
  const claimed = yield* called(mm, 'register_memory_resource', () => register_memory_resource(k.iomem, start, size, request.resource_name), start_pfn, nr_pages);
  if (claimed < 0) return claimed;
  // With MHP_NID_IS_MGID the traced argument is a group id; groups are counted from 0 as the slots are.
  mm.trace(EV.add_memory, (mhp_flags & MHP_NID_IS_MGID) !== 0 ? (request.group ?? request.slot) : nid, start_pfn, nr_pages, mhp_flags);
  mm.trace(EV.sim_func_entry, FN.add_memory_resource, start_pfn, nr_pages);
  yield;
  const ret = yield* add_memory_resource(k, request);
  if (ret < 0) release_resource(k.iomem, start, start + size - 1);
  mm.trace(EV.sim_func_exit, FN.add_memory_resource, ret);
  mm.trace(EV.add_memory_ret, ret);
  yield;
  return ret;
}

function* add_memory_resource(k: Kernel, request: AddRequest): Kthread<number> {
  const { mm, buddy } = k;
  const { nid, start_pfn, nr_pages } = request;
  const block_pages = 1 << mm.PFN_BLOCK_SHIFT;
  if (nr_pages === 0 || start_pfn % block_pages !== 0 || nr_pages % block_pages !== 0) {
    const hex = (pages: number): string => `0x${(pages * page_size(mm)).toString(16)}`;
    mm.printk(3, `Block size [${hex(block_pages)}] unaligned hotplug range: start ${hex(start_pfn)}, size ${hex(nr_pages)}`);
    return -ERRNO.EINVAL;
  }
  const { node } = mm.t;
  if (nid >= node.state.length || ((node.state[nid] as number) & NODE_POSSIBLE) === 0) return -ERRNO.EINVAL;
  const new_node = ((node.state[nid] as number) & NODE_ONLINE) === 0;
  yield* passed(mm, 'mem_hotplug_begin');
  yield* called(mm, '__try_online_node', () => {
    if (new_node) build_all_zonelists(mm, buddy, nid);
  }, nid);
  const altmap = (request.mhp_flags & MHP_MEMMAP_ON_MEMORY) !== 0;
  const ret = yield* within(mm, 'arch_add_memory', arch_add_memory(k, request, altmap), start_pfn, nr_pages);
  if (ret < 0) {
    yield* passed(mm, 'mem_hotplug_done');
    return ret;
  }
  yield;
  const first = pfn_to_block_id(mm, start_pfn);
  const last = pfn_to_block_id(mm, start_pfn + nr_pages - 1);
  yield* within(mm, 'create_memory_block_devices', (function* () {
    for (let id = first; id <= last; id++) {
      create_memory_block_device(mm, id, nid, request.slot, request.group ?? request.slot, altmap ? memmapPages(mm, nr_pages) : 0);
      yield;
    }
  })(), start_pfn, nr_pages);
  if (new_node) {
    node.state[nid] = (node.state[nid] as number) | NODE_ONLINE;
    yield* called(mm, 'kobject_uevent', () => kobject_uevent(mm, 'add', 'node', nid), nid);
    yield;
  }
  const start = start_pfn * page_size(mm);
  if (configured(mm, 'NUMA')) yield* passed(mm, 'register_memory_blocks_under_node', start_pfn, nr_pages);
  if (request.resource_name === SYSTEM_RAM) yield* called(mm, 'firmware_map_add_hotplug', () => firmware_map_add(k.firmware_map, start, start + nr_pages * page_size(mm), SYSTEM_RAM), start_pfn, nr_pages);
  yield* passed(mm, 'mem_hotplug_done');
  if ((request.mhp_flags & MHP_MERGE_RESOURCE) !== 0) yield* called(mm, 'merge_system_ram_resource', () => merge_system_ram_resource(k.iomem, start, start + nr_pages * page_size(mm) - 1), start_pfn, nr_pages);
  updateValidZones(mm);
  const online_type = mm.t.misc.word[M_AUTO_ONLINE] as number;
  if (online_type !== MMOP_OFFLINE) {
    for (let id = first; id <= last; id++) if ((yield* device_online(k, id, online_type)) !== 0) break;
  }
  return 0;
}

/**
 * Takes a range of whole blocks offline and forgets it: what drivers do with memory that is theirs. 0, or what refused; blocks that had gone are brought back into a zone of
 * the kind they were in. Source: offline_and_remove_memory().
 */
export function* offline_and_remove_memory(k: Kernel, start_pfn: number, nr_pages: number): Kthread<number> {
  const { memory_block: b } = k.mm.t;
  const went: { readonly id: number; readonly online_type: number }[] = [];
  let ret = 0;
  const last = pfn_to_block_id(k.mm, start_pfn + nr_pages - 1);
  for (let id = pfn_to_block_id(k.mm, start_pfn); id <= last && ret >= 0; id++) {
    const online_type = (b.zone[id] as number) === ZONE_MOVABLE ? MMOP_ONLINE_MOVABLE : MMOP_ONLINE_KERNEL;
    ret = yield* device_offline(k, id);
    if (ret === 0) went.push({ id, online_type });
  }
  if (ret >= 0) ret = yield* try_remove_memory(k, start_pfn, nr_pages);
  if (ret < 0) for (const { id, online_type } of went) yield* device_online(k, id, online_type);
  return ret;
}

/**
 * Forgets a range all of whose blocks are offline: blocks, sections, memmap, resource, and the node if that was its last. 0, or -EBUSY with a line in the log.
 * Source: try_remove_memory(), 6.1.
 */
export function* try_remove_memory(k: Kernel, start_pfn: number, nr_pages: number): Kthread<number> {
  const { mm } = k;
  mm.trace(EV.remove_memory, start_pfn, nr_pages);
  mm.trace(EV.sim_func_entry, FN.try_remove_memory, start_pfn, nr_pages);
  yield;
  const ret = yield* remove_blocks(k, start_pfn, nr_pages);
  mm.trace(EV.sim_func_exit, FN.try_remove_memory, ret);
  mm.trace(EV.remove_memory_ret, ret);
  yield;
  return ret;
}
function* remove_blocks(k: Kernel, start_pfn: number, nr_pages: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: block } = mm.t;
  const first = pfn_to_block_id(mm, start_pfn);
  const last = pfn_to_block_id(mm, start_pfn + nr_pages - 1);
  const nid = block.nid[first] as number;
  for (let id = first; id <= last; id++) {
    if (block.state[id] === MEM_STATE_OFFLINE) continue;
    const begin = (id << mm.PFN_BLOCK_SHIFT) * page_size(mm);
    const hex = (n: number): string => `0x${n.toString(16).padStart(16, '0')}`;
    mm.printk(4, `removing memory fails, because memory [${hex(begin)}-${hex(begin + page_size(mm) * 2 ** mm.PFN_BLOCK_SHIFT - 1)}] is onlined`);
    return -ERRNO.EBUSY;
  }
  yield* called(mm, 'firmware_map_remove', () => firmware_map_remove(k.firmware_map, start_pfn * page_size(mm), (start_pfn + nr_pages) * page_size(mm), SYSTEM_RAM), start_pfn, nr_pages);
  yield* within(mm, 'remove_memory_block_devices', (function* () {
    for (let id = first; id <= last; id++) {
      remove_memory_block_device(mm, id);
      yield;
    }
  })(), start_pfn, nr_pages);
  yield* passed(mm, 'mem_hotplug_begin');
  yield* called(mm, 'arch_remove_memory', () => arch_remove_memory(k, start_pfn, nr_pages), start_pfn, nr_pages);
  yield* called(mm, 'release_mem_region_adjustable', () => release_mem_region_adjustable(k.iomem, start_pfn * page_size(mm), (start_pfn + nr_pages) * page_size(mm) - 1), start_pfn, nr_pages);
  yield* within(mm, 'try_offline_node', try_offline_node(k, nid), nid);
  yield* passed(mm, 'mem_hotplug_done');
  updateValidZones(mm);
  return 0;
}
/** Sections and their memmap go. */
function arch_remove_memory(k: Kernel, start_pfn: number, nr_pages: number): void {
  const { mm } = k;
  for (let nr = start_pfn >>> mm.PFN_SECTION_SHIFT; nr <= (start_pfn + nr_pages - 1) >>> mm.PFN_SECTION_SHIFT; nr++) {
    clear_hwpoisoned_pages(mm, nr << mm.PFN_SECTION_SHIFT, 1 << mm.PFN_SECTION_SHIFT);
    depopulate_section_memmap(k, nr);
    mm.t.section.state[nr] = 0;
  }
}
/** Nothing spanned, no block left, no CPU: the node goes. */
function* try_offline_node({ mm }: Kernel, nid: number): Kthread<void> {
  const { memory_block: block, node } = mm.t;
  const hasBlocks = block.state.some((state, id) => state !== MEM_ABSENT && block.nid[id] === nid);
  if (sumZones(mm, nid, 'spanned_pages') !== 0 || hasBlocks || ((node.state[nid] as number) & NODE_CPU) !== 0) return;
  node.state[nid] = (node.state[nid] as number) & ~NODE_ONLINE;
  yield* called(mm, 'kobject_uevent', () => kobject_uevent(mm, 'remove', 'node', nid), nid);
  yield;
}
