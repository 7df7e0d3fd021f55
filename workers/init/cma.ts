/** Mirrors: dma_contiguous_reserve() of kernel/dma/contiguous.c and cma_declare_contiguous_nid() of mm/cma.c (6.1): where the area of cma= lies. pfns, end exclusive. */
import { configured } from '../mm/mm.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { geometryOf, X86_64 } from '../uapi/arch.ts';
import { typeBlockPages } from '../mm/mmzone.ts';
import { KIND_RESERVED } from '../uapi/page_kind.ts';
import { lastValue, memparse, type Parameter } from './cmdline.ts';
import type { Memblock } from './memblock.ts';

export interface CmaReservation {
  readonly start: number;
  readonly end: number;
  /** Lines of the log. */
  readonly lines: readonly (readonly [level: number, line: string])[];
}
const NONE: CmaReservation = { start: 0, end: 0, lines: [] };
const MIB = 2 ** 20;
const FOUR_GIB = 2 ** 32;
/** CONFIG_CMA_SIZE_MBYTES: nothing on x86, 16 MiB elsewhere. */
const defaultSize = (arch: string): number => (arch === 'x86_64' || arch === 'i386' ? 0 : 16 * MIB);

/** cma=SIZE[@BASE[-LIMIT]]: bytes. */
function early_cma(parameters: readonly Parameter[], fallback: number): { readonly size: number; readonly base: number; readonly limit: number } {
  const value = lastValue(parameters, 'cma');
  if (value === undefined) return { size: fallback, base: 0, limit: 0 };
  const { value: size, rest } = memparse(value);
  if (!rest.startsWith('@')) return { size, base: 0, limit: 0 };
  const { value: base, rest: behind } = memparse(rest.slice(1));
  return { size, base, limit: behind.startsWith('-') ? memparse(behind.slice(1)).value : base + size };
}

/** Reserves the area, or says in the log that there is no room. Nothing without CONFIG_CMA. */
export function reserveCma(mb: Memblock, description: MachineDescription, parameters: readonly Parameter[], pageSize: number): CmaReservation {
  if (!configured({ description }, 'CMA')) return NONE;
  const wanted = early_cma(parameters, defaultSize(description.arch));
  if (wanted.size === 0) return NONE;
  // Areas are of whole pageblocks (CMA_MIN_ALIGNMENT_PAGES); of s390x two share a row.
  const pageblock = typeBlockPages({ geometry: geometryOf(description.arch, pageSize) ?? X86_64 });
  const block = pageblock * pageSize;
  const size = Math.ceil(wanted.size / block) * block;
  const pages = size / pageSize;
  const fixed = wanted.limit > 0 && wanted.base + wanted.size === wanted.limit;
  const end = mb.max_pfn * pageSize;
  const limit = wanted.limit > 0 ? Math.min(wanted.limit, end) : end;
  const failed: CmaReservation = { ...NONE, lines: [[3, `cma: Failed to reserve ${Math.floor(size / MIB)} MiB`]] };
  let start = -1;
  if (fixed) {
    if (wanted.base % block !== 0) return { ...failed, lines: [[3, `cma: Region at ${pa(wanted.base)} must be aligned to ${pa(block)} bytes`], ...failed.lines] };
    start = mb.free(wanted.base / pageSize, wanted.base / pageSize + pages).some((r) => r.end - r.start === pages) ? wanted.base / pageSize : -1;
  } else {
    // With enough memory it lies at 4 GiB: away from zones that few requests may use, and where compaction moves pages away from.
    if (end >= FOUR_GIB + size) start = lowest(mb, pages, pageblock, FOUR_GIB / pageSize, limit / pageSize);
    if (start < 0) start = mb.find(pages, pageblock, Math.max(1, wanted.base / pageSize), limit / pageSize);
  }
  if (start < 0) return failed;
  mb.reserve(start, start + pages, KIND_RESERVED, 'cma');
  return { start, end: start + pages, lines: [[6, `cma: Reserved ${size / MIB} MiB at ${pa(start * pageSize)}`]] };
}
/** %pa */
const pa = (address: number): string => `0x${address.toString(16).padStart(16, '0')}`;
/** memblock_find_in_range(), bottom up. */
function lowest(mb: Memblock, pages: number, align: number, lo: number, hi: number): number {
  for (const { start, end } of mb.free(lo, hi)) {
    const at = Math.ceil(start / align) * align;
    if (at + pages <= end) return at;
  }
  return -1;
}
