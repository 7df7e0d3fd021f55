/**
 * Architectures: what of a machine's memory follows from its processor. Sizes are bytes, or powers of two of them.
 * Sources: SECTION_SIZE_BITS of arch/<name>/include/asm/sparsemem.h (6.1; i386: the hot-add patches of 2005), zones of arch/<name>/mm/init.c; spec zones-at-boot.md.
 * Orders: ARCH_FORCE_MAX_ORDER (FORCE_MAX_ZONEORDER) of arch/<name>/Kconfig, set_pageblock_order(), HPAGE_SHIFT; ppc64 with its radix page tables.
 */
import { type Arch, ARCHES, zoneNames } from './arch_zones.ts';
import { ZONE_DMA, ZONE_DMA32, ZONE_HIGHMEM, ZONE_NORMAL } from './mmzone.ts';

export { type Arch, ARCHES } from './arch_zones.ts';

/** A zone of boot memory: its addresses end here. */
export interface ZoneLimit {
  readonly zone: number;
  readonly end: number;
}
/** What follows from architecture and page size. */
export interface Geometry {
  readonly arch: Arch;
  /** uname -m. */
  readonly machine: string;
  readonly page_shift: number;
  /** 2^page_shift bytes. */
  readonly page_size: number;
  /** First byte that no kernel for it uses as RAM. */
  readonly max_address: number;
  readonly section_size_bits: number;
  /** 6.1: exclusive upper bound of orders. */
  readonly MAX_ORDER: number;
  readonly pageblock_order: number;
  /** Order of a huge page: what one entry of a page middle directory maps, and hugetlb's usual size. */
  readonly hpage_order: number;
  /** Index: zone. undefined: a kernel for this architecture has no such zone. */
  readonly zone_names: readonly (string | undefined)[];
  /** Kernel zones, lowest first. */
  readonly zones: readonly ZoneLimit[];
}

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const ALL = Number.MAX_SAFE_INTEGER;
/** Marked as what changes nothing where it is called: a bundle that needs no geometry has none of them. */
const sized = (g: Omit<Geometry, 'page_size' | 'zone_names'>): Geometry => ({ ...g, page_size: 2 ** g.page_shift, zone_names: zoneNames(g.arch) });

export const X86_64: Geometry = /* @__PURE__ */ sized({
  arch: 'x86_64', machine: 'x86_64', page_shift: 12, max_address: 2 ** 46, section_size_bits: 27, MAX_ORDER: 11, pageblock_order: 9, hpage_order: 9,
  zones: [{ zone: ZONE_DMA, end: 16 * MiB }, { zone: ZONE_DMA32, end: 4 * GiB }, { zone: ZONE_NORMAL, end: ALL }],
});
// ZONE_DMA takes all below 4 GiB unless the firmware names a device that reaches less; DMA32 is what is left of that: nothing.
// A huge page is what a table's page maps, 8 bytes an entry; with larger pages the largest chunk is one.
const arm64 = (page_shift: number, section_size_bits: number): Geometry => sized({
  arch: 'arm64', machine: 'aarch64', page_shift, max_address: 2 ** 48, section_size_bits, MAX_ORDER: Math.max(11, page_shift - 2), pageblock_order: page_shift - 3, hpage_order: page_shift - 3,
  zones: [{ zone: ZONE_DMA, end: 4 * GiB }, { zone: ZONE_DMA32, end: 4 * GiB }, { zone: ZONE_NORMAL, end: ALL }],
});
/** The first of an architecture is its usual page size. */
const GEOMETRIES: readonly Geometry[] = [
  X86_64,
  /* @__PURE__ */ sized({
    // 896 MiB are mapped for good; what lies above is HighMem (CONFIG_HIGHMEM4G).
    arch: 'i386', machine: 'i686', page_shift: 12, max_address: 4 * GiB, section_size_bits: 28, MAX_ORDER: 11, pageblock_order: 9, hpage_order: 9,
    zones: [{ zone: ZONE_DMA, end: 16 * MiB }, { zone: ZONE_NORMAL, end: 896 * MiB }, { zone: ZONE_HIGHMEM, end: ALL }],
  }),
  /* @__PURE__ */ sized({
    // CONFIG_PPC_4K_PAGES. With pages of 64 KiB a section has 256 of them, half a row of the table of pageblocks (mmzone.ts).
    arch: 'ppc64', machine: 'ppc64le', page_shift: 12, max_address: 2 ** 47, section_size_bits: 24, MAX_ORDER: 13, pageblock_order: 9, hpage_order: 9,
    zones: [{ zone: ZONE_NORMAL, end: ALL }],
  }),
  /* @__PURE__ */ sized({
    arch: 'ia64', machine: 'ia64', page_shift: 14, max_address: 2 ** 50, section_size_bits: 30, MAX_ORDER: 11, pageblock_order: 10, hpage_order: 10,
    zones: [{ zone: ZONE_DMA32, end: 4 * GiB }, { zone: ZONE_NORMAL, end: ALL }],
  }),
  /* @__PURE__ */ sized({
    arch: 's390x', machine: 's390x', page_shift: 12, max_address: 2 ** 46, section_size_bits: 28, MAX_ORDER: 9, pageblock_order: 8, hpage_order: 8,
    zones: [{ zone: ZONE_DMA, end: 2 * GiB }, { zone: ZONE_NORMAL, end: ALL }],
  }),
  /* @__PURE__ */ arm64(12, 27), /* @__PURE__ */ arm64(14, 27), /* @__PURE__ */ arm64(16, 29),
];

/** The geometry of a machine; undefined: no kernel is built for that architecture with such pages. `pageSize`: absent = the usual one. */
export const geometryOf = (arch: Arch, pageSize?: number): Geometry | undefined => GEOMETRIES.find((g) => g.arch === arch && (pageSize === undefined || g.page_size === pageSize));
/** Page sizes there are for an architecture, the usual one first. Bytes. */
export const pageSizes = (arch: Arch): number[] => GEOMETRIES.filter((g) => g.arch === arch).map((g) => g.page_size);
/** The same for the reader of a machine's memory, which was described and checked before. */
export const geometryAt = ({ arch = 0, page_shift = X86_64.page_shift }: { readonly arch?: number; readonly page_shift?: number }): Geometry => geometryOf(ARCHES[arch] as Arch, 2 ** page_shift) ?? X86_64;
