/**
 * Architectures: what of a machine's memory follows from its processor. Sizes are bytes, or powers of two of them.
 * Sources: SECTION_SIZE_BITS, MAX_ORDER and HPAGE_SHIFT of arch/<name>/include/asm and arch/<name>/Kconfig (6.1; i386: the hot-add patches of 2005), zones of arch/<name>/mm/init.c.
 */
import { ZONE_DEVICE, ZONE_DMA, ZONE_DMA32, ZONE_HIGHMEM, ZONE_MOVABLE, ZONE_NORMAL } from './mmzone.ts';

export type Arch = 'x86_64' | 'i386' | 'ppc64' | 'ia64' | 's390x' | 'arm64';
/** Name of the architecture in the header of a machine's memory: append, never reorder. */
export const ARCHES = ['x86_64', 'i386', 'ppc64', 'ia64', 's390x', 'arm64'] as const satisfies readonly Arch[];

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
  /** First byte that no kernel for it uses as RAM. */
  readonly max_address: number;
  readonly section_size_bits: number;
  /** Exclusive upper bound of orders. */
  readonly max_order: number;
  readonly pageblock_order: number;
  /** Index: zone. undefined: a kernel for this architecture has no such zone. */
  readonly zone_names: readonly (string | undefined)[];
  /** Kernel zones, lowest first. */
  readonly zones: readonly ZoneLimit[];
}

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const ALL = Number.MAX_SAFE_INTEGER;
const names = (entries: readonly (readonly [zone: number, name: string])[]): (string | undefined)[] => {
  const list: (string | undefined)[] = [undefined, undefined, undefined, undefined, undefined];
  for (const [zone, name] of entries) list[zone] = name;
  return list;
};
const MOVABLE_AND_DEVICE = [[ZONE_MOVABLE, 'Movable'], [ZONE_DEVICE, 'Device']] as const;

export const X86_64: Geometry = {
  arch: 'x86_64', machine: 'x86_64', page_shift: 12, max_address: 2 ** 46, section_size_bits: 27, max_order: 11, pageblock_order: 9,
  zone_names: names([[ZONE_DMA, 'DMA'], [ZONE_DMA32, 'DMA32'], [ZONE_NORMAL, 'Normal'], ...MOVABLE_AND_DEVICE]),
  zones: [{ zone: ZONE_DMA, end: 16 * MiB }, { zone: ZONE_DMA32, end: 4 * GiB }, { zone: ZONE_NORMAL, end: ALL }],
};
const GEOMETRIES: readonly Geometry[] = [
  X86_64,
  {
    // 896 MiB are mapped for good; what lies above is HighMem (CONFIG_HIGHMEM4G).
    arch: 'i386', machine: 'i686', page_shift: 12, max_address: 4 * GiB, section_size_bits: 28, max_order: 11, pageblock_order: 9,
    zone_names: names([[ZONE_DMA, 'DMA'], [ZONE_NORMAL, 'Normal'], [ZONE_HIGHMEM, 'HighMem']]),
    zones: [{ zone: ZONE_DMA, end: 16 * MiB }, { zone: ZONE_NORMAL, end: 896 * MiB }, { zone: ZONE_HIGHMEM, end: ALL }],
  },
];

/** The geometry of a machine; undefined: no kernel is built for that architecture with such pages. */
export const geometryOf = (arch: Arch, pageSize = 4096): Geometry | undefined => GEOMETRIES.find((g) => g.arch === arch && 2 ** g.page_shift === pageSize);
/** The same for the reader of a machine's memory, which was described and checked before. */
export const geometryAt = ({ arch = 0, page_shift = X86_64.page_shift }: { readonly arch?: number; readonly page_shift?: number }): Geometry => geometryOf(ARCHES[arch] as Arch, 2 ** page_shift) ?? X86_64;
