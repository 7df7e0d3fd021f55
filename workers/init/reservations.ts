/**
 * What the recorded kernel (Debian 6.1 on q35) takes of RAM before the page allocator exists, where, and what of it it gives back at the end of boot. Pages and pfns.
 * Source: spec machine-profile.md §3: 149 of 152 recorded boots within 3 pages.
 */
import { KIND_KERNEL, KIND_MEMMAP, KIND_RESERVED } from '../uapi/page_kind.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import type { Memblock } from './memblock.ts';

/** Parts of the kernel image, from 16 MiB on (no KASLR): what stays. Bytes for the ends that /proc/iomem shows. */
export const KERNEL_IMAGE = {
  start: 0x1000, end: 0x4400,
  parts: [
    { name: 'Kernel code', start: 0x1000000, end: 0x1e01d31, pages: 3586 },
    { name: 'Kernel rodata', start: 0x2000000, end: 0x28eafff, pages: 2283 },
    { name: 'Kernel data', start: 0x2a00000, end: 0x2c4897f, pages: 1604 },
    { name: 'Kernel bss', start: 0x3310000, end: 0x43fffff, pages: 3828 },
  ],
} as const;
/** What is freed of the image, in the order of boot (bss begins a page earlier, and data goes on behind, what iomem calls so): the lock prefixes of alternatives, which lie behind what is only needed to initialise; decrypted memory, the latter, and what parts of other rights leave between them. */
export const ALTERNATIVES = { start: 0x3306, end: 0x330f };
const LEFT_OVER = [{ start: 0x4203, end: 0x4400 }, { start: 0x3044, end: 0x3306 }, { start: 0x1e02, end: 0x2000 }, { start: 0x28eb, end: 0x2a00 }] as const;
const BEHIND_IMAGE = { start: 0x4400, end: 0x4411 };
const LOW_MEGABYTE = 0x100;
const NODE_DATA = 43;
const MEMORYLESS_NODE = 42;
/** Page tables, section roots, usage maps and other small things: on the node at the top of RAM, and on each other node. */
const SMALL_THINGS_TOP = 522;
const SMALL_THINGS_TOP_OF_MANY = 518;
const SMALL_THINGS_OTHER = 5;
const PER_CPU = 62;
const MEMMAP_PER_SECTION = 512;
const SECTION_PAGES = 2 ** 15;
const SWIOTLB = 16384;
const SWIOTLB_SLOTS = 192;
const FOUR_GIB = 0x100000;
const ACPI_TABLES = 32;
/** Initramfs of the recorded machine when nothing says otherwise. */
const DEFAULT_INITRD = 3349;

export interface EarlyRequest {
  readonly nodes: number;
  readonly cpus: number;
  /** First pfns of the sections that hold RAM, with their node. */
  readonly sections: readonly { readonly pfn: number; readonly nid: number }[];
  /** "Total pages" of the first zonelist line: sizes the hash tables. */
  readonly total_pages: number;
  /** Does the board have room for memory to be plugged above 4 GiB? */
  readonly hotplugWindow: boolean;
  /** Initrd as loaded, pfns. */
  readonly ramdisk: { readonly start: number; readonly end: number } | undefined;
  /** Reserves what crashkernel= asks for: after the initrd and the nodes' data, before everything that may lie anywhere. */
  readonly crashkernel: () => void;
}
export interface EarlyResult {
  /** Pieces given back after the first watermarks were computed: the initrd first. */
  readonly freedLater: readonly { readonly start: number; readonly end: number }[];
  /** All that is freed page by page, in the order of boot. */
  readonly freedByPage: readonly { readonly start: number; readonly end: number }[];
}
export interface TooSmall {
  readonly what: string;
  readonly pages: number;
}

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n));

/** Makes all early reservations, in the order that puts them where they were recorded. The name of what found no room, else what is freed later. */
export function reserveEarly(mb: Memblock, request: EarlyRequest): EarlyResult | TooSmall {
  const nodesWithMemory = [...new Set(mb.memory.map((r) => r.nid))];
  mb.reserve(0, LOW_MEGABYTE, KIND_RESERVED, 'below 1 MiB');
  const image = mb.present(KERNEL_IMAGE.start, BEHIND_IMAGE.end);
  if (image < BEHIND_IMAGE.end - KERNEL_IMAGE.start) return { what: 'the kernel image (16 MiB to 68 MiB)', pages: BEHIND_IMAGE.end - KERNEL_IMAGE.start };
  mb.reserve(KERNEL_IMAGE.start, BEHIND_IMAGE.end, KIND_KERNEL, 'kernel image');
  const initrd = placeInitrd(mb, request.ramdisk);
  if (initrd === undefined) return { what: 'the initrd', pages: request.ramdisk ? request.ramdisk.end - request.ramdisk.start : DEFAULT_INITRD };

  const take = (pages: number, align: number, kind: number, name: string, nid?: number, hi?: number): TooSmall | undefined =>
    pages > 0 && mb.alloc(pages, align, kind, name, nid, hi) < 0 ? { what: name, pages } : undefined;
  const top = nodesWithMemory.at(-1) as number;
  const many = nodesWithMemory.length > 1;
  const high = Math.max(0, mb.max_pfn - FOUR_GIB);
  const wants: (() => TooSmall | undefined)[] = [];
  for (const nid of nodesWithMemory) wants.push(() => take(NODE_DATA, 1, KIND_RESERVED, 'node data', nid));
  wants.push(() => {
    request.crashkernel();
    return undefined;
  });
  for (const nid of nodesWithMemory) {
    const small = nid !== top ? SMALL_THINGS_OTHER : (many ? SMALL_THINGS_TOP_OF_MANY : SMALL_THINGS_TOP) + sectionMaps(request.sections, high);
    wants.push(() => take(small, 1, KIND_RESERVED, 'page tables and section maps', nid));
  }
  wants.push(() => take(MEMORYLESS_NODE * (request.nodes - nodesWithMemory.length), 1, KIND_RESERVED, 'data of nodes without memory', nodesWithMemory[0]));
  for (const nid of nodesWithMemory) {
    const sections = request.sections.filter((s) => s.nid === nid).length;
    wants.push(() => take(sections * MEMMAP_PER_SECTION, MEMMAP_PER_SECTION, KIND_MEMMAP, 'memmap', nid));
  }
  wants.push(() => takePerCpu(mb, request.cpus, nodesWithMemory[0] as number));
  if (!many) {
    const total = Math.ceil(request.total_pages / 256) * 256;
    wants.push(() => take(Math.ceil(powerOfTwo(total / 2) / 512), 1, KIND_RESERVED, 'dentry hash table'));
    wants.push(() => take(Math.ceil(powerOfTwo(total / 4) / 512), 1, KIND_RESERVED, 'inode hash table'));
  }
  if (high > 0 || request.hotplugWindow) {
    wants.push(() => take(SWIOTLB, 1, KIND_RESERVED, 'swiotlb', undefined, FOUR_GIB));
    wants.push(() => take(SWIOTLB_SLOTS, 1, KIND_RESERVED, 'swiotlb slots'));
  }
  for (const want of wants) {
    const missing = want();
    if (missing) return missing;
  }
  for (const piece of [ALTERNATIVES, ...LEFT_OVER, initrd]) mb.release(piece.start, piece.end);
  return { freedLater: [initrd, ...LEFT_OVER], freedByPage: [ALTERNATIVES, initrd, ...LEFT_OVER] };
}

/** What each section with RAM adds to the section maps, and how many sections one page of section roots holds. With RAM above 4 GiB two page tables more. Fitted to 156 boots. */
const SECTION_MAP_BYTES = 96;
const SECTIONS_PER_ROOT = 256;
const HIGH_TABLES = 2;
const sectionMaps = (sections: readonly { readonly pfn: number }[], high: number): number => {
  const roots = Math.ceil(((sections.at(-1)?.pfn ?? 0) / SECTION_PAGES + 1) / SECTIONS_PER_ROOT);
  return Math.ceil((sections.length * SECTION_MAP_BYTES) / PAGE_SIZE) - 1 + roots - 1 + (high > 0 ? HIGH_TABLES : 0);
};

/** The loader's place; with `mem=` below it, or none told: as high as low RAM goes, in one piece. */
function placeInitrd(mb: Memblock, ramdisk: EarlyRequest['ramdisk']): { start: number; end: number } | undefined {
  const pages = ramdisk ? ramdisk.end - ramdisk.start : DEFAULT_INITRD;
  const asLoaded = ramdisk && mb.present(ramdisk.start, ramdisk.end) === pages;
  const start = asLoaded ? ramdisk.start : mb.find(pages, 1, 1, FOUR_GIB);
  if (start < 0 || mb.reserve(start, start + pages, KIND_RESERVED, 'initrd') < pages) return undefined;
  return { start, end: start + pages };
}

/** pcpu_embed_first_chunk(): units in whole 2 MiB, of each only its used part is kept. */
function takePerCpu(mb: Memblock, cpus: number, nid: number): TooSmall | undefined {
  const unitsPerChunk = Math.min(8, powerOfTwo(cpus));
  const unit = 512 / unitsPerChunk;
  const chunks = Math.ceil(cpus / unitsPerChunk);
  const start = mb.alloc(chunks * 512, 512, KIND_RESERVED, 'per-cpu areas', nid);
  if (start < 0) return { what: 'per-cpu areas', pages: chunks * 512 };
  for (let i = 0; i < chunks * unitsPerChunk; i++) mb.release(start + i * unit + (i < cpus ? PER_CPU : 0), start + (i + 1) * unit);
  return undefined;
}

/** Bytes of RAM below 4 GiB the board has, firmware tables included: where PCI begins. */
export const lowRamEnd = (memory: readonly { start: number; end: number; type: string }[]): number => {
  const usable = Math.max(0, ...memory.filter((r) => r.type === 'usable' && r.end <= 2 ** 32).map((r) => r.end));
  const tables = memory.find((r) => r.type !== 'usable' && r.start === usable && r.end - r.start <= 2 * ACPI_TABLES * PAGE_SIZE);
  return tables ? tables.end : usable;
};
