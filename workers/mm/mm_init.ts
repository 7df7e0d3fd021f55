/**
 * Mirrors: mm/mm_init.c and the boot half of mm/page_alloc.c (6.1): where each node's zones begin and end. Numbers are pfns and pages.
 * Left out: memory the firmware calls mirrored. Why: the described memory maps have no such mark, so kernelcore=mirror finds none.
 */
import { type Geometry, X86_64 } from '../uapi/arch.ts';
import { pageblock_nr_pages, ZONE_DMA, ZONE_MOVABLE } from '../uapi/mmzone.ts';

/** A range of RAM on one node, end exclusive. */
export interface NodeRange {
  readonly start: number;
  readonly end: number;
  readonly nid: number;
}
/** kernelcore= and movablecore=: pages, or hundredths of a percent of all memory; mirror. */
export interface CoreSizes {
  readonly kernelcore?: CoreSize | 'mirror';
  readonly movablecore?: CoreSize;
}
export type CoreSize = { readonly pages: number } | { readonly percent: number };

/** 4 GiB, from where mirrored memory is looked for. */
const DMA32_END = 0x100000;
/** Limits of the kernel zones in pfns, lowest first. The last one ends with the memory. */
export function zoneRanges(g: Geometry): readonly { readonly zone: number; readonly start: number; readonly end: number }[] {
  let start = 0;
  return g.zones.map(({ zone, end }) => {
    const range = { zone, start, end: Math.floor(end / 2 ** g.page_shift) };
    start = range.end;
    return range;
  });
}
const rangeOf = (zone: number, max_pfn: number, g: Geometry): [number, number] => {
  const range = zoneRanges(g).find((r) => r.zone === zone);
  return range === undefined ? [0, 0] : [range.start, Math.max(range.start, Math.min(range.end, max_pfn))];
};

/** Highest kernel zone that has RAM: the one ZONE_MOVABLE takes from. */
export const movable_zone = (ranges: readonly NodeRange[], g: Geometry = X86_64): number => {
  const end = Math.max(0, ...ranges.map((r) => r.end));
  return zoneRanges(g).findLast((r) => end > r.start)?.zone ?? ZONE_DMA;
};

/** Zones begin on a largest chunk, and on a row of PAGEBLOCK. */
const MAX_ORDER_NR_PAGES = (g: Geometry): number => Math.max(pageblock_nr_pages, 2 ** (g.MAX_ORDER - 1));
const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** Pages that must stay with the kernel; 0 = no ZONE_MOVABLE asked for. `unbounded`: more than there is counts as asked for, too. */
export function required_kernelcore(total: number, core: CoreSizes, unbounded = false, g: Geometry = X86_64): number {
  const pagesOf = (size: CoreSize | undefined): number =>
    size === undefined ? 0 : 'pages' in size ? size.pages : Math.floor((total * 100 * size.percent) / 10000);
  let required = core.kernelcore === 'mirror' ? 0 : pagesOf(core.kernelcore);
  const movable = roundUp(pagesOf(core.movablecore), MAX_ORDER_NR_PAGES(g));
  // Unbounded, the difference wraps around to a number larger than any machine.
  if (movable > 0) required = Math.max(required, unbounded && movable > total ? Number.MAX_SAFE_INTEGER : total - Math.min(movable, total));
  return required >= total && !unbounded ? 0 : required;
}

/**
 * find_zone_movable_pfns_for_nodes(): the pfn from which each node's memory is ZONE_MOVABLE, 0 = none. `hotpluggable`: SRAT ranges that movable_node may use.
 * `keepBehindEnd`: older kernels leave a border that comes to lie at or behind the end of a node where it is, and try it also when more is asked for than there is.
 * Source: spec zones-at-boot.md, checked there against 14 recorded boots and 16 vectors.
 */
export function find_zone_movable_pfns_for_nodes(
  ranges: readonly NodeRange[], nodes: number, core: CoreSizes, movable_node = false, hotpluggable: readonly NodeRange[] = [], keepBehindEnd = false,
  g: Geometry = X86_64,
): number[] {
  const movable = new Array<number>(nodes).fill(0);
  if (movable_node) {
    for (const h of hotpluggable) {
      const base = ranges.find((r) => r.nid === h.nid && r.end > h.start && r.start < h.end);
      const start = base && Math.max(base.start, h.start);
      if (start !== undefined && ((movable[h.nid] as number) === 0 || start < (movable[h.nid] as number))) movable[h.nid] = start;
    }
  } else if (core.kernelcore === 'mirror') {
    for (const r of ranges) if (r.start >= DMA32_END && ((movable[r.nid] as number) === 0 || r.start < (movable[r.nid] as number))) movable[r.nid] = r.start;
  } else {
    spreadKernelcore(ranges, movable, core, keepBehindEnd, g);
  }
  return movable.map((pfn, nid) => {
    const start = roundUp(pfn, MAX_ORDER_NR_PAGES(g));
    const end = Math.max(0, ...ranges.filter((r) => r.nid === nid).map((r) => r.end));
    return pfn === 0 || (start >= end && !keepBehindEnd) ? 0 : start;
  });
}

function spreadKernelcore(ranges: readonly NodeRange[], movable: number[], core: CoreSizes, unbounded: boolean, g: Geometry): void {
  const total = ranges.reduce((sum, r) => sum + r.end - r.start, 0);
  let required = required_kernelcore(total, core, unbounded, g);
  if (required === 0) return;
  const usable_start = rangeOf(movable_zone(ranges, g), 0, g)[0];
  let usable_nodes = new Set(ranges.map((r) => r.nid)).size;
  do {
    let share = Math.floor(required / usable_nodes);
    for (let nid = 0; nid < movable.length; nid++) {
      const own = ranges.filter((r) => r.nid === nid);
      if (own.length === 0) continue;
      if (required < share) share = Math.floor(required / usable_nodes);
      let remaining = share;
      for (const range of own) {
        let start = Math.max(range.start, movable[nid] as number);
        if (start >= range.end) continue;
        if (start < usable_start) {
          const kernel = Math.min(range.end, usable_start) - start;
          remaining -= Math.min(kernel, remaining);
          required -= Math.min(kernel, required);
          if (range.end <= usable_start) {
            movable[nid] = range.end;
            continue;
          }
          start = usable_start;
        }
        const take = Math.min(range.end - start, remaining);
        movable[nid] = start + take;
        required -= Math.min(required, take);
        remaining -= take;
        if (remaining === 0) break;
      }
    }
    usable_nodes--;
  } while (usable_nodes > 0 && required > usable_nodes);
}

/** Span of a zone of a node, [0, 0) = empty. `mirrored`: with kernelcore=mirror the kernel zone is not cut at the movable start. */
export function zone_span(ranges: readonly NodeRange[], nid: number, zone: number, movable_pfn: number, mirrored = false, g: Geometry = X86_64): { start: number; end: number } {
  const own = ranges.filter((r) => r.nid === nid);
  const empty = { start: 0, end: 0 };
  if (own.length === 0 || g.zone_names[zone] === undefined) return empty;
  const node_start = Math.min(...own.map((r) => r.start));
  const node_end = Math.max(...own.map((r) => r.end));
  if (zone === ZONE_MOVABLE && g.zones.every((z) => z.zone !== zone)) return movable_pfn > 0 ? { start: movable_pfn, end: node_end } : empty;
  const [low, high] = rangeOf(zone, node_end, g);
  const start = Math.max(low, node_start);
  let end = Math.min(high, node_end);
  if (movable_pfn > 0 && !mirrored) {
    if (start >= movable_pfn) return empty;
    end = Math.min(end, movable_pfn);
  }
  return start < end ? { start, end } : empty;
}

/** Highest and lowest block sizes Linux picks by itself, as powers of two of bytes: 2 GiB and one section. */
const MAX_BLOCK_SHIFT = 31;
/** max_pfn × 4 KiB from which larger blocks are used: 64 GiB. */
const LARGE_BLOCKS_FROM = 64 * 2 ** 30;
/** probe_memory_block_size() of x86_64 (6.1): log2 of the block size in bytes. `boot_end`: one past the last byte of boot RAM. Source: spec zones-at-boot.md. */
export function probe_memory_block_shift(boot_end: number, section_shift: number, hypervisor: boolean): number {
  if (boot_end < LARGE_BLOCKS_FROM) return section_shift;
  let shift = MAX_BLOCK_SHIFT;
  while (hypervisor && shift > section_shift && boot_end % 2 ** shift !== 0) shift--;
  return shift;
}
