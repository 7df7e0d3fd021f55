/** What each architecture calls its zones: all of it that a picture of memory asks for, so that whoever paints one carries no more. The rest is in arch.ts, with the sources. */
import { ZONE_DEVICE, ZONE_DMA, ZONE_DMA32, ZONE_HIGHMEM, ZONE_MOVABLE, ZONE_NAMES, ZONE_NORMAL } from './mmzone.ts';

export type Arch = 'x86_64' | 'i386' | 'ppc64' | 'ia64' | 's390x' | 'arm64';
/** Name of the architecture in the header of a machine's memory: append, never reorder. */
export const ARCHES = ['x86_64', 'i386', 'ppc64', 'ia64', 's390x', 'arm64'] as const satisfies readonly Arch[];

const ZONES: Readonly<Record<Arch, readonly number[]>> = {
  x86_64: [ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, ZONE_DEVICE],
  i386: [ZONE_DMA, ZONE_NORMAL, ZONE_HIGHMEM],
  ppc64: [ZONE_NORMAL, ZONE_MOVABLE, ZONE_DEVICE],
  ia64: [ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE],
  s390x: [ZONE_DMA, ZONE_NORMAL, ZONE_MOVABLE],
  arm64: [ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, ZONE_DEVICE],
};
/** By index of the zone; undefined: a kernel for this architecture has no such zone. An i386 has HighMem in the place of Movable. */
export const zoneNames = (arch: Arch): readonly (string | undefined)[] =>
  ZONE_NAMES.map((name, zone) => (ZONES[arch].includes(zone) ? (arch === 'i386' && zone === ZONE_HIGHMEM ? 'HighMem' : name) : undefined));
const NAMES = /* @__PURE__ */ ARCHES.map(zoneNames);
/** The same for the reader of a machine's memory, who asks before every picture. */
export const zoneNamesAt = ({ arch = 0 }: { readonly arch?: number }): readonly (string | undefined)[] => NAMES[arch] ?? zoneNames('x86_64');
