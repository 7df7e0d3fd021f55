/**
 * Mirrors: mm/memory_hotplug.c, mm/sparse.c and arch/i386/mm/init.c of the hot-add patches (2005): add_memory(), online_pages(), remove_memory(), in the order of seed 000.
 * Memory belongs to the highest zone from the moment it is added; nothing is claimed in /proc/iomem; a partial add is not rolled back; a zone never shrinks.
 * Left out: persistent kmaps, which removal flushes. Why: nothing is mapped that way here.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { called, noted } from '../../mm/call_path.ts';
import { updateValidZones } from '../../mm/memory_block.ts';
import { markSections } from '../../mm/memory_hotplug.ts';
import { configured, type Mm } from '../../mm/mm.ts';
import { block_start_pfn, page_zone_row, PageReserved, pfn_to_section_nr, zone_idx } from '../../mm/mmzone.ts';
import type { OfflineRefusal } from '../../mm/offline_refusal.ts';
import { page_pincount } from '../../mm/page_flags.ts';
import { addOwner, changedRange, ownKernelPage } from '../../mm/rmap.ts';
import { adjust_managed_page_count } from '../../mm/watermarks.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { FN } from '../../uapi/functions.ts';
import { STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER } from '../../uapi/layout.ts';
import { MEM_ABSENT, MEM_STATE_OFFLINE, MMOP_OFFLINE, SECTION_PRESENT } from '../../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, pageblock_order, ZONE_HIGHMEM, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { KIND_FREE, KIND_MEMMAP, KIND_PG_RESERVED, KIND_RESERVED } from '../../uapi/page_kind.ts';
import { EV } from '../../uapi/trace.ts';
import type { Pfn } from '../../uapi/units.ts';
import { capture_page_range } from './capture.ts';
import { kobject_hotplug } from './kobject_hotplug.ts';
import { patchSet } from './patch_set.ts';
import { setup_per_zone_pages_min } from './watermarks.ts';

const WARNING = 4;
/** sizeof(struct page) on i386. */
export const STRUCT_PAGE = 32;
/** i386 adds to the highest zone, wherever the memory lies. */
const HIGHEST = zoneRow(0, ZONE_HIGHMEM);

/** RAM by the firmware's memory map, before mem= cut it: with CONFIG_SIMULATED_MEM_HOTPLUG that is what can be added. */
export function page_is_hotpluggable_ram(mm: Mm, pfn: number): boolean {
  const at = pfn * 2 ** mm.geometry.page_shift;
  return mm.description.memory.some((r) => r.type === 'usable' && r.start <= at && at + 2 ** mm.geometry.page_shift <= r.end);
}

function* traced<T extends number>(mm: Mm, fn: keyof typeof FN, a: number, b: number, body: Kthread<T>): Kthread<T> {
  mm.trace(EV.sim_func_entry, FN[fn], a, b);
  yield;
  const ret = yield* body;
  mm.trace(EV.sim_func_exit, FN[fn], ret);
  yield;
  return ret;
}

/** The zone reaches over the range; it never gets smaller again. Source: grow_zone_span(), grow_pgdat_span(). */
function grow_span(mm: Mm, start_pfn: number, nr_pages: number): void {
  const { zone, node } = mm.t;
  for (const [starts, spans, at] of [[zone.zone_start_pfn, zone.spanned_pages, HIGHEST], [node.node_start_pfn, node.node_spanned_pages, 0]] as const) {
    const end = Math.max(start_pfn + nr_pages, (starts[at] as number) + (spans[at] as number));
    if (spans[at] === 0 || start_pfn < (starts[at] as number)) starts[at] = start_pfn;
    spans[at] = end - (starts[at] as number);
  }
}

/** A section's memmap: in one piece, or page by page through vmalloc. Nothing gives it back when the section goes. False: no memory. */
function alloc_section_memmap(k: Kernel, nr: number): boolean {
  const { mm, buddy } = k;
  const pages = Math.ceil((STRUCT_PAGE << mm.PFN_SECTION_SHIFT) / 2 ** mm.geometry.page_shift);
  const alloc = (order: number): number => buddy.alloc_pages({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_MEMMAP });
  const whole = alloc(Math.log2(pages));
  const got = whole >= 0 ? Array.from({ length: pages }, (_, i) => whole + i) : [];
  while (got.length < pages) {
    const pfn = alloc(0);
    if (pfn < 0) {
      for (const back of got) buddy.free_pages(back, 0);
      return false;
    }
    got.push(pfn);
  }
  const owner = addOwner(mm, KIND_MEMMAP, `memmap of section ${nr}`, 0);
  for (const pfn of got) ownKernelPage(mm, owner, pfn);
  mm.t.section.memmap_pfn[nr] = got[0] as number;
  return true;
}

/** The section's directory: the event comes with the kobject, before the attribute files are there. */
function* register_new_memory(k: Kernel, nr: number): Kthread<number> {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  yield* traced(mm, 'add_memory_block', nr, MEM_STATE_OFFLINE, (function* () {
    yield* called(mm, 'register_memory', () => noted(mm, 'sysdev_register', () => kobject_hotplug(k, 'add', nr), nr), nr);
    return 0;
  })());
  b.state[nr] = MEM_STATE_OFFLINE;
  b.nid[nr] = 0;
  b.zone[nr] = b.slot[nr] = -1;
  b.online_type[nr] = MMOP_OFFLINE;
  return 0;
}

/** One section. 0, also when it is there already; -ENOMEM. */
function* __add_section(k: Kernel, nr: number): Kthread<number> {
  const { mm } = k;
  const { section, pageblock, memmap } = mm.t;
  const start = nr << mm.PFN_SECTION_SHIFT;
  const pages = 1 << mm.PFN_SECTION_SHIFT;
  if (((section.state[nr] as number) & SECTION_PRESENT) !== 0) return 0;
  if (!alloc_section_memmap(k, nr)) return -ERRNO.ENOMEM;
  section.state[nr] = SECTION_PRESENT;
  section.nid[nr] = 0;
  if (patchSet(mm.description).grows_at_add) grow_span(mm, start, pages);
  memmap.kind.fill(KIND_RESERVED | KIND_PG_RESERVED, start, start + pages);
  memmap.state.fill(0, start, start + pages);
  changedRange(mm, start, start + pages);
  pageblock.zone.fill(HIGHEST + 1, start >>> pageblock_order, (start + pages) >>> pageblock_order);
  k.buddy.build_all_zonelists();
  mm.touch(start);
  return yield* traced(mm, 'register_new_memory', nr, 0, register_new_memory(k, nr));
}

/** Makes `nr_pages` from a frame on known, section by section. 0 or -ENOMEM: what was added before stays. */
function* __add_pages(k: Kernel, start_pfn: number, nr_pages: number): Kthread<number> {
  const { mm } = k;
  for (let i = 0; i < nr_pages; i += 1 << mm.PFN_SECTION_SHIFT) {
    const nr = pfn_to_section_nr(mm, start_pfn + i);
    const ret = yield* traced(mm, '__add_section', nr, 0, __add_section(k, nr));
    if (ret < 0) return ret;
  }
  return 0;
}
/** One section's worth of memory from an address on, which may be any. 0, -EINVAL (no RAM there, or behind what this kernel can address), -ENOMEM. */
export function* add_memory(k: Kernel, start_pfn: number): Kthread<number> {
  const { mm } = k;
  const nr_pages = 1 << mm.PFN_SECTION_SHIFT;
  const first = pfn_to_section_nr(mm, start_pfn) << mm.PFN_SECTION_SHIFT;
  mm.trace(EV.add_memory, 0, start_pfn, nr_pages, 0);
  let ret = first + nr_pages > mm.t.sizes.max_pfn ? -ERRNO.EINVAL : 0;
  if (ret === 0 && patchSet(mm.description).checks_ram) {
    const ram = !configured(mm, 'SIMULATED_MEM_HOTPLUG') || Array.from({ length: nr_pages }, (_, i) => first + i).some((pfn) => page_is_hotpluggable_ram(mm, pfn));
    if (!ram) ret = -ERRNO.EINVAL;
  }
  if (ret === 0) ret = yield* traced(mm, 'add_memory', start_pfn, nr_pages, traced(mm, '__add_pages', start_pfn, nr_pages, __add_pages(k, start_pfn, nr_pages)));
  updateValidZones(mm);
  mm.trace(EV.add_memory_ret, ret);
  yield;
  return ret;
}

/** Brings a section online: page by page, ascending. 0, or -EBUSY if one of its pages is in use already. */
export function* online_pages(k: Kernel, nr: number): Kthread<number> {
  const { mm, buddy } = k;
  const { zone, node } = mm.t;
  const patches = patchSet(mm.description);
  const start = nr << mm.PFN_SECTION_SHIFT;
  const pages = 1 << mm.PFN_SECTION_SHIFT;
  mm.trace(EV.online_pages, start, pages, ZONE_HIGHMEM);
  for (let i = 0; i < pages; i++) {
    if (PageReserved(mm, start + i)) continue;
    const prefix = patches.february_files ? 'online_pages: ' : '';
    mm.printk(WARNING, `${prefix}section number ${nr} page number ${i} not reserved, was it already online? `);
    mm.trace(EV.online_pages_ret, -ERRNO.EBUSY);
    return -ERRNO.EBUSY;
  }
  if (!patches.grows_at_add) grow_span(mm, start, pages);
  const simulated = patches.checks_ram && configured(mm, 'SIMULATED_MEM_HOTPLUG');
  yield* called(mm, 'online_page', () => {
    markSections(mm, start, start + pages, true);
    for (let pfn = start; pfn < start + pages; pfn++) {
      if (simulated && !page_is_hotpluggable_ram(mm, pfn)) continue;
      mm.t.memmap.kind[pfn] = KIND_FREE;
      buddy.__free_pages_core(pfn, 0);
      adjust_managed_page_count(mm, HIGHEST, 1);
    }
    zone.present_pages[HIGHEST] = (zone.present_pages[HIGHEST] as number) + pages;
    node.node_present_pages[0] = (node.node_present_pages[0] as number) + pages;
    buddy.build_all_zonelists();
  }, start, pages);
  yield* called(mm, 'setup_per_zone_pages_min', () => setup_per_zone_pages_min(mm));
  mm.t.memory_block.zone[nr] = ZONE_HIGHMEM;
  mm.trace(EV.online_pages_ret, 0);
  yield;
  return 0;
}

/** Does the range lie in one zone, and is that HighMem? */
const in_highmem = (mm: Mm, start: number, pages: number): boolean => {
  for (let pfn = start; pfn < start + pages; pfn += 1 << pageblock_order) if (page_zone_row(mm, pfn) < 0 || zone_idx(page_zone_row(mm, pfn)) !== ZONE_HIGHMEM) return false;
  return true;
};

/** Offline and removal in one step. 0: the section is gone. -ENOSYS (August), -EINVAL (not HighMem, or no CONFIG_MEMORY_REMOVE), -EAGAIN (a page of it could not be had). */
export function* remove_memory(k: Kernel, nr: number): Kthread<number> {
  const { mm } = k;
  const start = nr << mm.PFN_SECTION_SHIFT;
  const pages = 1 << mm.PFN_SECTION_SHIFT;
  mm.trace(EV.offline_pages, start, pages);
  const body = function* (): Kthread<number> {
    if (!patchSet(mm.description).removes) return -ERRNO.ENOSYS;
    if (!configured(mm, 'MEMORY_REMOVE') || !in_highmem(mm, start, pages)) return -ERRNO.EINVAL;
    return yield* traced(mm, '__remove_pages', start, pages, __remove_pages(k, nr));
  };
  const ret = yield* traced(mm, 'remove_memory', start, pages, body());
  mm.trace(EV.offline_pages_ret, ret, 0);
  yield;
  return ret;
}
function* __remove_pages(k: Kernel, nr: number): Kthread<number> {
  const { mm } = k;
  const { section, zone, node, memmap, pageblock, memory_block: b } = mm.t;
  const start = nr << mm.PFN_SECTION_SHIFT;
  const pages = 1 << mm.PFN_SECTION_SHIFT;
  if ((yield* capture_page_range(k, start)) !== 0) {
    mm.printk(WARNING, `__remove_pages(): failed to capture page range: ${start} -> ${start + pages}`);
    return -ERRNO.EAGAIN;
  }
  yield* called(mm, 'unregister_memory_section', () => {
    b.state[nr] = MEM_ABSENT;
    b.zone[nr] = b.slot[nr] = -1;
    noted(mm, 'sysdev_unregister', () => kobject_hotplug(k, 'remove', nr), nr);
  }, nr);
  section.state[nr] = 0;
  section.memmap_pfn[nr] = 0;
  for (const column of [memmap.state, memmap.kind]) column.fill(0, start, start + pages);
  pageblock.zone.fill(0, start >>> pageblock_order, (start + pages) >>> pageblock_order);
  zone.present_pages[HIGHEST] = (zone.present_pages[HIGHEST] as number) - pages;
  node.node_present_pages[0] = (node.node_present_pages[0] as number) - pages;
  adjust_managed_page_count(mm, HIGHEST, -pages);
  k.buddy.build_all_zonelists();
  mm.touch(start);
  return 0;
}

/** The tests of remove_memory() without doing anything, and the first page that nothing would give up. */
export function offline_refusal({ mm }: Kernel, id: number): OfflineRefusal | undefined {
  const start = block_start_pfn(mm, id);
  const pages = 1 << mm.PFN_BLOCK_SHIFT;
  if (!patchSet(mm.description).removes) return { errno: ERRNO.ENOSYS, reason: { code: 'not_written' } };
  if (!configured(mm, 'MEMORY_REMOVE')) return { errno: ERRNO.EINVAL, reason: { code: 'not_configured', option: 'MEMORY_REMOVE' } };
  if (!in_highmem(mm, start, pages)) return { errno: ERRNO.EINVAL, reason: { code: 'not_highmem' } };
  const { state } = mm.t.memmap;
  for (let pfn = start; pfn < start + pages; pfn++) {
    const s = state[pfn] as number;
    if ((s & STATE_BUDDY) !== 0) pfn += (1 << (s & STATE_ORDER)) - 1;
    else if ((s & STATE_LRU) === 0 || page_pincount(mm, pfn) > 0) {
      const is = PageReserved(mm, pfn) ? 'reserved' : (s & STATE_ALLOC) !== 0 ? 'no_lru' : 'held';
      return { errno: ERRNO.EAGAIN, reason: { code: 'capture', pfn: pfn as Pfn, is } };
    } else pfn += (1 << (s & STATE_ORDER)) - 1;
  }
  return undefined;
}
