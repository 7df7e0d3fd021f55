/**
 * Who owns what: the rows of the score. For each node its zones from the lowest address up, then one Offline and one Slots lane for the whole machine: an address
 * belongs to one block only, so the blocks of all nodes fit side by side there, and two lanes a node are saved.
 */
import { zoneNamesAt } from '../../workers/uapi/arch_zones.ts';
import { MEM_ABSENT } from '../../workers/uapi/memory_block.ts';
import { MAX_NR_ZONES, pageblock_nr_pages, ZONE_DMA, ZONE_MOVABLE, ZONE_NORMAL } from '../../workers/uapi/mmzone.ts';
import { NODE_ONLINE } from '../../workers/uapi/layout.ts';
import { blockOfPageblock, hasContents, type Mirror, pageblocksPerBlock, sectionOfPageblock } from './mirror.ts';

export interface Lane {
  readonly kind: 'zone' | 'offline' | 'slots';
  /** Node, or -1 for the two lanes that serve every node. */
  readonly nid: number;
  /** Zone index, or -1. */
  readonly zone: number;
  /** 'Normal', 'Offline' …: the label. */
  readonly name: string;
  /** Share of the height: DMA holds 16 MiB and needs less. */
  readonly weight: number;
}

export interface Lanes {
  readonly list: readonly Lane[];
  /** Lane of a zone row (nid * MAX_NR_ZONES + zone), -1 where the zone has none. */
  readonly ofZoneRow: Int16Array;
  readonly offline: number;
  readonly slots: number;
}

/** A zone has a lane if it spans memory, or if hot-added memory may come into it: Normal and Movable (HighMem) of a node that is online. */
function hasLane(m: Mirror, nid: number, zone: number): boolean {
  if ((m.zone.spanned_pages[nid * MAX_NR_ZONES + zone] as number) > 0) return true;
  return (zone === ZONE_NORMAL || zone === ZONE_MOVABLE) && zoneNamesAt(m.sizes)[zone] !== undefined && ((m.node.state[nid] as number) & NODE_ONLINE) !== 0;
}

export function buildLanes(m: Mirror): Lanes {
  const list: Lane[] = [];
  const ofZoneRow = new Int16Array(m.sizes.nodes * MAX_NR_ZONES).fill(-1);
  for (let nid = 0; nid < m.sizes.nodes; nid++) {
    for (let zone = 0; zone < MAX_NR_ZONES; zone++) {
      if (!hasLane(m, nid, zone)) continue;
      ofZoneRow[nid * MAX_NR_ZONES + zone] = list.length;
      list.push({ kind: 'zone', nid, zone, name: zoneNamesAt(m.sizes)[zone] ?? '', weight: zone === ZONE_DMA ? 0.6 : 1 });
    }
  }
  const offline = list.length;
  list.push({ kind: 'offline', nid: -1, zone: -1, name: 'Offline', weight: 1 });
  list.push({ kind: 'slots', nid: -1, zone: -1, name: 'Slots', weight: 1 });
  return { list, ofZoneRow, offline, slots: offline + 1 };
}

/** True while `lanes` still are the machine's: asked before every picture, and false only when a node or zone came or went. */
export function lanesHold(lanes: Lanes, m: Mirror): boolean {
  if (lanes.ofZoneRow.length !== m.sizes.nodes * MAX_NR_ZONES) return false;
  for (let row = 0; row < lanes.ofZoneRow.length; row++) {
    const zone = row % MAX_NR_ZONES;
    if (((lanes.ofZoneRow[row] as number) >= 0) !== hasLane(m, (row - zone) / MAX_NR_ZONES, zone)) return false;
  }
  return true;
}

/** Lane a pageblock is drawn in: its block's zone, by spans where the block has two zones, Offline, or -1 if there is no block. */
export function laneOfPageblock(lanes: Lanes, m: Mirror, pageblock: number): number {
  const block = blockOfPageblock(m, pageblock);
  const state = m.memory_block.state[block] as number;
  if (state === MEM_ABSENT) return -1;
  if (!hasContents(state)) return lanes.offline;
  const nid = m.memory_block.nid[block] as number;
  const zone = m.memory_block.zone[block] as number;
  if (zone >= 0 && nid >= 0) return lanes.ofZoneRow[nid * MAX_NR_ZONES + zone] as number;
  // Two zones in one block (memory0 holds DMA and DMA32; movablecore may cut one): every pageblock lies in one of them.
  const row0 = (m.section.nid[sectionOfPageblock(m, pageblock)] as number) * MAX_NR_ZONES;
  const pfn = pageblock * pageblock_nr_pages;
  for (let z = 0; z < MAX_NR_ZONES; z++) {
    const start = m.zone.zone_start_pfn[row0 + z] as number;
    // A zone starts at pfn 1 where frame 0 is no memory: its first pageblock counts whole.
    if (pfn + pageblock_nr_pages > start && pfn < start + (m.zone.spanned_pages[row0 + z] as number)) return lanes.ofZoneRow[row0 + z] as number;
  }
  return -1;
}

/** True if the whole block lies in one lane: only one with two zones does not. */
function inOneLane(m: Mirror, block: number): boolean {
  return !hasContents(m.memory_block.state[block] as number) || ((m.memory_block.zone[block] as number) >= 0 && (m.memory_block.nid[block] as number) >= 0);
}

/** First pageblock from `from` on, at most `end`, that is in another lane than `from`. Looks at blocks, and at pageblocks only of those with two zones. */
export function runEnd(lanes: Lanes, m: Mirror, from: number, end: number): number {
  const lane = laneOfPageblock(lanes, m, from);
  let pageblock = from;
  while (pageblock < end && laneOfPageblock(lanes, m, pageblock) === lane) {
    const block = blockOfPageblock(m, pageblock);
    pageblock = inOneLane(m, block) ? (block + 1) * pageblocksPerBlock(m) : pageblock + 1;
  }
  return Math.min(end, pageblock);
}
