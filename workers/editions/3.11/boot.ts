/**
 * What the recorded 3.11 (on QEMU's pc) takes of RAM before the page allocator exists, where, and what it gives back. Pages and pfns.
 * Source: boot logs and zone tables of the recordings, findings C: 1 GiB, 6 GiB, 8 GiB and two nodes of 2 GiB to the page.
 */
import { memparse } from '../../init/cmdline.ts';
import { CRASH_3_11, reserve_crashkernel } from '../../init/crashkernel.ts';
import type { BootPlan } from '../../init/layout_plan.ts';
import type { Memblock } from '../../init/memblock.ts';
import { presentSections } from '../../init/zones.ts';
import type { CoreSizes } from '../../mm/mm_init.ts';
import type { Mm } from '../../mm/mm.ts';
import { populated_zone } from '../../mm/mmzone.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import type { Refusal } from '../../uapi/command.ts';
import { ERRNO } from '../../uapi/errno.ts';
import type { MachineDescription } from '../../uapi/machine_description.ts';
import { ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { KIND_KERNEL, KIND_MEMMAP, KIND_RESERVED } from '../../uapi/page_kind.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';
import type { EarlyBoot } from '../../init/edition.ts';
import { setup_zone_migrate_reserve } from './migrate_reserve.ts';
import { zone_pcp_reset, zone_pcp_update } from './pageset.ts';
import { mark_initialized } from './zone.ts';

/** Low memory a firmware may scribble on, and the code that wakes processors. */
const LOW_PAGES = 0x10;
const TRAMPOLINE = { start: 0x99, end: 0x9f };
/** Kernel image without KASLR, what of it is freed when the first program starts, and what when one processor turns out to be all there is. Page tables of early boot lie behind it. */
const IMAGE = { start: 0x1000, end: 0x143f };
export const INIT = { start: 0x1349, end: 0x13d4 };
const SMP_ALTERNATIVES = { start: 0x13d4, end: 0x13d7 };
const BRK = 6;
const NODE_DATA = 2;
const PER_CPU = 25;
const PID_HASH = 8;
const MEMMAP_PER_SECTION = 512;
const HUGE = 512;
/** Two tables with a pointer for each section there could be: 4 MiB each, only while the memmap is laid out. */
const SECTION_POINTERS = 1024;
/** With memory hotplug a zone's wait table has its full 4096 entries from the start. */
const WAIT_TABLE = 24;
/** Section maps and other small things: on the only node, on the first of several, on each other one. The last node holds a page table for each GiB above 4 GiB too. */
const SMALL_THINGS = 7;
const SMALL_THINGS_FIRST = 4;
const SMALL_THINGS_OTHER = 6;
const SWIOTLB = 16384;
const SWIOTLB_OVERFLOW = 8;
const SWIOTLB_SLOTS = 96;
const FOUR_GIB = 0x100000;
const GIB = 0x40000;
const DMA_END = 0x1000;
/** Initramfs of the recorded machine when nothing says otherwise. */
const DEFAULT_INITRD = 708;

export const isRecorded = (description: MachineDescription): boolean => description.profile === 'linux-3.11-pc';
export const dma_reserved = (mb: Memblock, description: MachineDescription): number => (isRecorded(description) ? mb.present(0, LOW_PAGES) + TRAMPOLINE.end - TRAMPOLINE.start : 0);

/** kernelcore= and movablecore= as 3.11 reads them: sizes only; a percentage is a number of bytes with something behind it. */
export function core(values: { readonly kernelcore: string | undefined; readonly movablecore: string | undefined }): CoreSizes {
  const pages = (text: string | undefined): { pages: number } | undefined => (text === undefined ? undefined : { pages: Math.floor(memparse(text).value / PAGE_SIZE) });
  const [kernelcore, movablecore] = [pages(values.kernelcore), pages(values.movablecore)];
  return { ...(kernelcore && { kernelcore }), ...(movablecore && { movablecore }) };
}

/** Zones that a node has pages in. */
function zonesOf(plan: BootPlan, mb: Memblock, nid: number): number {
  const border = plan.zone_movable_pfn[nid] || Number.MAX_SAFE_INTEGER;
  const limits = { [ZONE_DMA]: [0, DMA_END], [ZONE_DMA32]: [DMA_END, FOUR_GIB], [ZONE_NORMAL]: [FOUR_GIB, Number.MAX_SAFE_INTEGER] } as const;
  const kernel = Object.values(limits).filter(([start, end]) => mb.present(start, Math.min(end, border), nid) > 0).length;
  return kernel + (mb.present(border, Number.MAX_SAFE_INTEGER, nid) > 0 ? 1 : 0);
}

export function setup_arch(plan: BootPlan, mb: Memblock, description: MachineDescription): EarlyBoot | Refusal {
  const nothing = { lines: [], ranges: [], size: 0 };
  if (!isRecorded(description)) return { freedLater: [], crash: nothing };
  const missing: string[] = [];
  const take = (pages: number, align: number, kind: number, name: string, nid?: number, hi?: number): number => {
    const at = mb.alloc(pages, align, kind, name, nid, hi);
    if (at < 0) missing.push(name);
    return at;
  };
  const nodes = [...new Set(mb.memory.map((r) => r.nid))];
  const top = nodes.at(-1) as number;
  const high = Math.max(0, mb.max_pfn - FOUR_GIB);
  mb.reserve(0, LOW_PAGES, KIND_RESERVED, 'below 64 KiB');
  mb.reserve(TRAMPOLINE.start, TRAMPOLINE.end, KIND_RESERVED, 'trampoline');
  const imageEnd = IMAGE.end + BRK;
  if (mb.reserve(IMAGE.start, imageEnd, KIND_KERNEL, 'kernel image') < imageEnd - IMAGE.start) missing.push('the kernel image (16 MiB to 21 MiB)');
  const initrd = placeInitrd(mb, description);
  if (initrd < 0) missing.push('the initrd');
  const crash = reserve_crashkernel(mb, plan.parameters.all, CRASH_3_11);

  for (const nid of nodes) take(NODE_DATA, 1, KIND_RESERVED, 'node data', nid);
  const pointers = [0, 1].map(() => take(SECTION_POINTERS, 1, KIND_RESERVED, 'section pointers'));
  const sections = presentSections(mb, 2 ** plan.sizes.section_shift);
  for (const nid of nodes) {
    const own = sections.filter((s) => s.nid === nid).length;
    take(own * MEMMAP_PER_SECTION, HUGE, KIND_MEMMAP, 'memmap', nid);
  }
  for (const at of pointers) if (at >= 0) mb.release(at, at + SECTION_POINTERS);
  // Each processor's area lies in a piece of 2 MiB, of which the rest is given back.
  for (let cpu = 0; cpu < description.cpus; cpu++) {
    const at = take(HUGE, HUGE, KIND_RESERVED, 'per-cpu areas', nodes[0]);
    if (at >= 0) mb.release(at + PER_CPU, at + HUGE);
  }
  for (const nid of nodes) {
    const small = (nodes.length === 1 ? SMALL_THINGS : nid === nodes[0] ? SMALL_THINGS_FIRST : SMALL_THINGS_OTHER) + (nid === top ? Math.ceil(high / GIB) : 0);
    take(small + zonesOf(plan, mb, nid) * WAIT_TABLE, 1, KIND_RESERVED, 'page tables, section maps and wait tables', nid);
  }
  take(PID_HASH, 1, KIND_RESERVED, 'pid hash table', top);
  if (high > 0) {
    take(SWIOTLB, 1, KIND_RESERVED, 'swiotlb', undefined, FOUR_GIB);
    take(SWIOTLB_OVERFLOW, 1, KIND_RESERVED, 'swiotlb overflow buffer', undefined, FOUR_GIB);
    take(SWIOTLB_SLOTS, 1, KIND_RESERVED, 'swiotlb slots', top);
  }
  if (missing.length > 0) {
    return {
      ok: false, errno: ERRNO.ENOMEM, reason: `The machine is too small for its kernel: there is no room for ${missing[0]}.`,
      rule: 'the recorded 3.11 takes about 24 MB of RAM before the page allocator exists', remedy: "give it 128 MiB or more, or use the profile 'bare'",
    };
  }
  for (const { start, end } of [INIT, SMP_ALTERNATIVES, { start: initrd, end: initrd + initrdPages(description) }]) mb.release(start, end);
  return { freedLater: [INIT], crash };
}

const initrdPages = ({ ramdisk }: MachineDescription): number => (ramdisk ? Math.ceil(ramdisk.end / PAGE_SIZE) - Math.floor(ramdisk.start / PAGE_SIZE) : DEFAULT_INITRD);
/** Where the loader put it; a place that mem= cut off is given up for the highest there is. */
function placeInitrd(mb: Memblock, description: MachineDescription): number {
  const pages = initrdPages(description);
  const loaded = Math.floor((description.ramdisk?.start ?? -1) / PAGE_SIZE);
  const start = loaded >= 0 && mb.present(loaded, loaded + pages) === pages ? loaded : mb.find(pages, 1, 1, FOUR_GIB);
  return start >= 0 && mb.reserve(start, start + pages, KIND_RESERVED, 'initrd') === pages ? start : -1;
}

/** A Movable border behind the end of RAM leaves a zone that spans nothing and has the pages of the gap. */
export function fix_zones(mm: Mm, plan: BootPlan): void {
  const { zone, node } = mm.t;
  for (const [nid, border] of plan.zone_movable_pfn.entries()) {
    const end = Math.max(0, ...plan.ram.filter((r) => r.nid === nid).map((r) => r.end));
    if (border === 0 || border <= end) continue;
    zone.present_pages[zoneRow(nid, ZONE_MOVABLE)] = border - end;
    node.node_present_pages[nid] = (node.node_present_pages[nid] as number) + border - end;
  }
}

/** Once all memory is with the allocator: which zones exist, their per-cpu lists and reserved pageblocks. */
export function late_init(mm: Mm, buddy: Buddy): void {
  const { zone } = mm.t;
  for (let row = 0; row < zone.managed_pages.length; row++) {
    if (zone.spanned_pages[row] !== 0) mark_initialized(mm, row, true);
    if (!populated_zone(mm, row)) continue;
    if ((zone.managed_pages[row] as number) > 0) zone_pcp_update(mm, row);
    else zone_pcp_reset(mm, row);
  }
  setup_zone_migrate_reserve(mm, buddy);
}
