/** Mirrors: free_area_init(), memory_dev_init() (6.1): nodes, zones, sections and memory blocks of boot memory enter the tables. */
import { update_pgdat_span } from '../mm/memory_hotplug_zone.ts';
import { updateValidZones } from '../mm/memory_block.ts';
import { zone_span } from '../mm/mm_init.ts';
import type { Mm } from '../mm/mm.ts';
import { set_pageblock_migratetype, set_pageblock_range } from '../mm/mmzone.ts';
import { NODE_CPU, NODE_MEMORY, NODE_NORMAL_MEMORY, NODE_ONLINE, NODE_POSSIBLE } from '../uapi/layout.ts';
import { MEM_STATE_OFFLINE, MEM_STATE_ONLINE, MMOP_OFFLINE, SECTION_EARLY, SECTION_ONLINE, SECTION_PRESENT } from '../uapi/memory_block.ts';
import { MAX_NR_ZONES, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { KIND_PG_RESERVED, KIND_RESERVED } from '../uapi/page_kind.ts';
import type { BootPlan } from './layout_plan.ts';
import type { Memblock } from './memblock.ts';

/** First pfn and node of every section that holds RAM. A section on two nodes counts for the first. */
export function presentSections(mb: Memblock, sectionPages: number): { pfn: number; nid: number }[] {
  const seen = new Map<number, { pfn: number; nid: number }>();
  for (const r of mb.memory) {
    for (let nr = Math.floor(r.start / sectionPages); nr * sectionPages < r.end; nr++) if (!seen.has(nr)) seen.set(nr, { pfn: nr * sectionPages, nid: r.nid });
  }
  return [...seen.values()].sort((a, b) => a.pfn - b.pfn);
}

export interface BootZone {
  readonly nid: number;
  readonly zone: number;
  readonly start: number;
  readonly end: number;
  readonly present: number;
}
/** Every zone that boot memory gives a node, populated or not counted out. */
export function bootZones(plan: BootPlan, mb: Memblock): BootZone[] {
  if (plan.zones !== undefined) return plan.zones.map(({ nid, zone, start_pfn, spanned, present }) => ({ nid, zone, start: start_pfn, end: start_pfn + spanned, present })).filter((z) => z.start < z.end);
  const mirrored = plan.parameters.core.kernelcore === 'mirror';
  return plan.possible.flatMap((nid) =>
    [ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE].flatMap((zone) => {
      const { start, end } = zone_span(plan.ram, nid, zone, plan.zone_movable_pfn[nid] as number, mirrored, plan.geometry);
      return start < end ? [{ nid, zone, start, end, present: mb.present(start, end, nid) }] : [];
    }),
  );
}

/** Pages of a zone without the memory map that describes them and, in ZONE_DMA, without what the kernel reserves there: what the first zonelists count. Source: calc_memmap_size(). */
export function zoneEstimate({ zone, start, end, present }: BootZone, dmaReserved: number, page_size: number): number {
  const spanned = end - start;
  const described = spanned > present + (present >>> 4) ? present : spanned;
  return Math.max(0, present - Math.ceil((described * 64) / page_size) - (zone === ZONE_DMA ? dmaReserved : 0));
}

/** Frames of present sections that the allocator will never get are reserved. Frames it will get stay as they are, never touched. Sections and free ranges ascend. */
function reserveRest({ t }: Mm, sections: readonly { readonly pfn: number }[], sectionPages: number, free: readonly { readonly start: number; readonly end: number }[]): void {
  let next = 0;
  for (const { pfn } of sections) {
    const end = pfn + sectionPages;
    let at = pfn;
    while (at < end) {
      while (next < free.length && (free[next]?.end ?? 0) <= at) next++;
      const { start, end: last } = free[next] ?? { start: end, end };
      if (start > at) t.memmap.kind.fill(KIND_RESERVED | KIND_PG_RESERVED, at, Math.min(start, end));
      at = Math.min(last, end);
    }
  }
}
/** Fills ZONE, NODE, SECTION and PAGEBLOCK. */
export function free_area_init(mm: Mm, plan: BootPlan, mb: Memblock): void {
  const { t } = mm;
  const sectionPages = 2 ** plan.sizes.section_shift;
  const sections = presentSections(mb, sectionPages);
  for (const { pfn, nid } of sections) {
    const nr = pfn / sectionPages;
    t.section.state[nr] = SECTION_PRESENT | SECTION_ONLINE | SECTION_EARLY;
    t.section.nid[nr] = nid;
  }
  reserveRest(mm, sections, sectionPages, mb.free());
  for (const nid of plan.possible) t.node.state[nid] = NODE_POSSIBLE | (nid === plan.possible[0] ? NODE_ONLINE | NODE_CPU : 0);
  for (const { nid, zone, start, end, present } of bootZones(plan, mb)) {
    const row = zoneRow(nid, zone);
    t.zone.zone_start_pfn[row] = start;
    t.zone.spanned_pages[row] = end - start;
    t.zone.present_pages[row] = t.zone.present_early_pages[row] = present;
    t.node.node_present_pages[nid] = (t.node.node_present_pages[nid] as number) + present;
    if (present > 0) {
      const cpus = plan.faked ? NODE_CPU : 0;
      t.node.state[nid] = (t.node.state[nid] as number) | NODE_ONLINE | NODE_MEMORY | cpus | (zone < ZONE_MOVABLE ? NODE_NORMAL_MEMORY : 0);
    }
    // Frames of holes belong to the zone whose section they lie in; only a span reaches over absent sections.
    for (const s of sections) {
      const from = Math.max(s.pfn, start);
      const to = Math.min(s.pfn + sectionPages, end);
      if (from < to && mb.present(from, to, nid) > 0) set_pageblock_range(mm, from, to, row, MIGRATE_MOVABLE);
    }
  }
  // A pageblock gets its type with its first frame; frame 0 belongs to no zone, so the first pageblock keeps what zeroed memory says. Source: memmap_init_range().
  if (mb.present(0, 1) === 0 && mb.present(0, pageblock_nr_pages) > 0) set_pageblock_migratetype(mm, 0, MIGRATE_UNMOVABLE);
  for (const r of plan.offline) {
    for (let nr = Math.floor(r.start / sectionPages); nr * sectionPages < r.end; nr++) {
      t.section.state[nr] = SECTION_PRESENT | SECTION_EARLY;
      t.section.nid[nr] = r.nid;
    }
  }
  const blockPages = 2 ** mm.PFN_BLOCK_SHIFT;
  for (const { first, last, online, zone = -1 } of plan.blocks) {
    for (let id = first; id <= last && online && zone >= 0; id++) {
      const nr = Math.floor((id * blockPages) / sectionPages);
      const row = zoneRow(t.section.nid[nr] as number, zone);
      if ((t.section.state[nr] as number) !== 0 && t.zone.spanned_pages[row] !== 0) set_pageblock_range(mm, id * blockPages, (id + 1) * blockPages, row, MIGRATE_MOVABLE);
    }
  }
  for (const nid of plan.possible) update_pgdat_span(mm, nid);
}

/** memory_dev_init(): a block for every stretch with at least one present section. mem->zone is the one zone it lies in, NULL with two zones or two nodes. */
export function memory_dev_init(mm: Mm, plan: BootPlan): void {
  const { memory_block: b, section, zone } = mm.t;
  const pages = 2 ** mm.PFN_BLOCK_SHIFT;
  const sections = 2 ** (mm.PFN_BLOCK_SHIFT - mm.PFN_SECTION_SHIFT);
  for (let id = 0; id < b.state.length; id++) {
    b.zone[id] = b.slot[id] = -1;
    const own = section.state.subarray(id * sections, (id + 1) * sections).findIndex((s) => (s & SECTION_PRESENT) !== 0);
    if (own < 0) continue;
    const start = id * pages;
    const rows: number[] = [];
    for (let row = 0; row < zone.spanned_pages.length; row++) {
      const from = zone.zone_start_pfn[row] as number;
      if ((zone.present_pages[row] as number) > 0 && from < start + pages && start < from + (zone.spanned_pages[row] as number)) rows.push(row);
    }
    const nids = new Set(rows.map((row) => Math.trunc(row / MAX_NR_ZONES)));
    b.state[id] = ((section.state[id * sections + own] as number) & SECTION_ONLINE) !== 0 ? MEM_STATE_ONLINE : MEM_STATE_OFFLINE;
    b.nid[id] = nids.size > 1 ? -1 : (section.nid[id * sections + own] as number);
    b.zone[id] = rows.length === 1 ? (rows[0] as number) % MAX_NR_ZONES : -1;
    if (b.state[id] === MEM_STATE_OFFLINE) b.zone[id] = -1;
    b.online_type[id] = MMOP_OFFLINE;
  }
  for (const { first, last, online, zone } of plan.blocks) for (let id = first; id <= last && online && zone !== undefined; id++) if (b.state[id] === MEM_STATE_ONLINE) b.zone[id] = zone;
  updateValidZones(mm);
}
