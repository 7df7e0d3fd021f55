/** The zone of every pageblock, and the zones themselves: from /proc/zoneinfo and the blocks' valid_zones where given, else as this kernel would boot the same RAM. */
import type { BootPlan } from '../init/layout_plan.ts';
import { Memblock } from '../init/memblock.ts';
import { bootZones } from '../init/zones.ts';
import type { StatedZone } from '../uapi/machine_description.ts';
import { MAX_NR_ZONES, pageblock_nr_pages, pageblock_order, ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NAMES, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import type { ZoneInfo } from './evidence.ts';
import type { MemoryMap, ReportedZone } from './memory_map.ts';
import { Problem } from './problem.ts';

export interface ZoneMap {
  readonly zones: readonly StatedZone[];
  /** Row of ZONE + 1 of each pageblock that has online RAM; 0: none. */
  readonly pageblocks: Uint8Array;
}

/** `plan`: of the machine without zones. Problem: the zones do not lie where the RAM is. */
export function zoneMap(plan: BootPlan, info: ZoneInfo | undefined, { blocks, zones: laid }: Pick<MemoryMap, 'blocks' | 'zones'>, reported: readonly ReportedZone[]): ZoneMap {
  const mb = new Memblock(plan.ram);
  const pageblocks = new Uint8Array(Math.ceil(plan.end_pfn / pageblock_nr_pages));
  const stated = laid.map(({ nid, zone, start, end }): StatedZone => ({ nid, zone, start_pfn: start, spanned: end - start, present: end - start }));
  const base: readonly StatedZone[] = info?.zones ?? (stated.length > 0 ? stated : undefined) ?? bootZones({ ...plan, zones: undefined }, mb).filter((z) => z.present > 0)
    .map(({ nid, zone, start, end, present }) => ({ nid, zone, start_pfn: start, spanned: end - start, present }));
  const nodeOf = (pfn: number): number => plan.ram.find((r) => r.start < pfn + pageblock_nr_pages && r.end > pfn)?.nid ?? 0;
  const hasRam = new Uint8Array(pageblocks.length);
  for (const r of plan.ram) hasRam.fill(1, r.start >>> pageblock_order, Math.ceil(r.end / pageblock_nr_pages));
  const give = (start: number, end: number, nid: number, zone: number): void => {
    for (let i = start >>> pageblock_order; i < Math.min(Math.ceil(end / pageblock_nr_pages), pageblocks.length); i++) {
      if (hasRam[i] === 1 && (plan.possible.length === 1 || nodeOf(i * pageblock_nr_pages) === nid)) pageblocks[i] = zoneRow(nid, zone) + 1;
    }
  };
  for (const z of base.toSorted((a, b) => a.zone - b.zone)) give(z.start_pfn, z.start_pfn + z.spanned, z.nid, z.zone);
  const blockPages = 2 ** plan.sizes.block_shift;
  for (const { first, last, online, zone = -1 } of blocks) {
    for (let id = first; id <= last && online && zone >= 0; id++) give(id * blockPages, (id + 1) * blockPages, nodeOf(id * blockPages), zone);
  }
  // A Movable zone that only a report without addresses knows lies at the top of its node, where boot puts it.
  for (const { nid, zone, pages } of info === undefined && laid.length === 0 ? reported : []) {
    const row = zoneRow(nid, zone);
    if (zone !== ZONE_MOVABLE || pageblocks.includes(row + 1)) continue;
    // A kernel zone above 4 GiB that the report does not name has nothing: all of it is Movable.
    const normal = zoneRow(nid, ZONE_NORMAL);
    if (!reported.some((r) => r.nid === nid && r.zone === ZONE_NORMAL)) pageblocks.forEach((r, i) => { if (r === normal + 1) pageblocks[i] = row + 1; });
    let left = pageblocks.includes(row + 1) ? 0 : pages / pageblock_nr_pages;
    for (let i = pageblocks.length - 1; i >= 0 && left > 0; i--) {
      if (pageblocks[i] === 0 || Math.trunc(((pageblocks[i] as number) - 1) / MAX_NR_ZONES) !== nid) continue;
      pageblocks[i] = row + 1;
      left--;
    }
  }
  const counted = count(pageblocks, plan);
  if (info === undefined) return { zones: counted, pageblocks };
  for (const z of info.zones) {
    const own = counted.find((c) => c.nid === z.nid && c.zone === z.zone)?.present ?? 0;
    // Zones below 4 GiB have holes that nobody lists; a quarter of a zone is more than they can be.
    if (own < z.present * 0.75 || (own > z.present * 1.34 && z.zone > ZONE_DMA32)) {
      throw new Problem(
        `/proc/zoneinfo gives zone ${ZONE_NAMES[z.zone]} of node ${z.nid} ${z.present} pages, but there are ${own} pages of online RAM in it.`,
        'zones hold the RAM of the same machine', 'give files that were read on one machine at one time',
      );
    }
  }
  return { zones: info.zones.map(({ nid, zone, start_pfn, spanned, present }) => ({ nid, zone, start_pfn, spanned, present })), pageblocks };
}

/** Zones as their pageblocks make them. */
function count(pageblocks: Uint8Array, plan: BootPlan): StatedZone[] {
  const rows = new Map<number, { start: number; end: number; present: number }>();
  for (const r of plan.ram) {
    for (let at = r.start; at < r.end; ) {
      const stop = Math.min(r.end, (Math.floor(at / pageblock_nr_pages) + 1) * pageblock_nr_pages);
      const row = (pageblocks[at >>> pageblock_order] as number) - 1;
      const zone = rows.get(row) ?? { start: at, end: at, present: 0 };
      if (row >= 0) rows.set(row, { start: Math.min(zone.start, at), end: Math.max(zone.end, stop), present: zone.present + stop - at });
      at = stop;
    }
  }
  return [...rows].toSorted(([a], [b]) => a - b).map(([row, { start, end, present }]) => {
    const zone = row % MAX_NR_ZONES;
    // Zone DMA begins behind page 0, whatever the firmware says of it.
    return { nid: Math.trunc(row / MAX_NR_ZONES), zone, start_pfn: zone === ZONE_DMA ? Math.max(1, start) : start, spanned: end - start, present };
  });
}
