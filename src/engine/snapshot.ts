/** The small tables of the mirror as plain values: what the stores keep and gestures plan with. Pure; no frame is looked at here. */
import {
  freeRow, H_MIGRATED, H_RUNNING, H_SEQ, H_TIME_HI, H_TIME_LO, NODE_CPU, NODE_ONLINE, NODE_POSSIBLE, SLOT_DEVICE, type Tables,
} from '../../workers/uapi/layout.ts';
import { type FailedAllocation, readFailedAllocation } from '../../workers/uapi/failed_alloc.ts';
import { MEM_ABSENT, MEM_STATE_OFFLINE } from '../../workers/uapi/memory_block.ts';
import { buildLanes, type Lane } from '../map/index.ts';
import { type Geometry, geometryAt } from '../../workers/uapi/arch.ts';
import { MAX_NR_ZONES, ZONE_DEVICE, ZONE_MOVABLE, zoneRow } from '../../workers/uapi/mmzone.ts';

export interface Block {
  readonly id: number;
  /** MEM_STATE_* */
  readonly state: number;
  /** -1: on two nodes. */
  readonly nid: number;
  /** Zone index, or -1: two zones, two nodes, or offline. */
  readonly zone: number;
  /** Zones that valid_zones names, the default first. An online block: its own, or none. */
  readonly validZones: readonly number[];
  /** Socket of the block's DIMM, -1 for memory soldered on. */
  readonly slot: number;
}
export interface Zone {
  readonly nid: number;
  readonly zone: number;
  readonly name: string;
  readonly startPfn: number;
  readonly spanned: number;
  readonly present: number;
  readonly managed: number;
  readonly free: number;
  /** Watermarks in pages, and what was added to them for a while after memory was fragmented. */
  readonly min: number;
  readonly low: number;
  readonly high: number;
  readonly boost: number;
  /** Free chunks by order, as /proc/buddyinfo counts them. */
  readonly freeByOrder: readonly number[];
}
export interface Node {
  readonly nid: number;
  readonly online: boolean;
  readonly cpu: boolean;
}
export interface Slot {
  readonly id: number;
  /** SLOT_* */
  readonly state: number;
  readonly nid: number;
  readonly startPfn: number;
  readonly pages: number;
}
export interface Snapshot {
  readonly geometry: Geometry;
  /** Bytes of one memory block. */
  readonly blockBytes: number;
  readonly blocks: readonly Block[];
  readonly zones: readonly Zone[];
  readonly nodes: readonly Node[];
  readonly slots: readonly Slot[];
  /** Rows of the picture, from the top. */
  readonly lanes: readonly Lane[];
  /** Bytes. */
  readonly online: number;
  readonly free: number;
  readonly offline: number;
  /** The last allocation that got nothing, undefined: there was none. */
  readonly failed: FailedAllocation | undefined;
  /** Pages. */
  readonly movable: number;
  readonly kernel: number;
  readonly migrated: number;
}

const column = (values: ArrayLike<number>, row: number): number => values[row] ?? 0;

/** MEMORY_BLOCK.valid_zones → zone indexes. */
function validZones(byte: number): number[] {
  const zones = [byte & 15];
  if (byte >> 4 !== (byte & 15)) zones.push(byte >> 4);
  return zones.filter((zone) => zone < MAX_NR_ZONES);
}

/** The list before, if it still says the same: whoever shows blocks has nothing to do then. */
function blocksOf(t: Tables, before: readonly Block[]): readonly Block[] {
  const { state, nid, zone, valid_zones, slot } = t.memory_block;
  const blocks: Block[] = [];
  let same = true;
  for (let id = 0; id < state.length; id++) {
    if (column(state, id) === MEM_ABSENT) continue;
    const old = before[blocks.length];
    const offline = column(state, id) === MEM_STATE_OFFLINE;
    const own = column(zone, id);
    const valid = offline ? validZones(column(valid_zones, id)) : own >= 0 ? [own] : [];
    const kept = old?.id === id && old.state === column(state, id) && old.nid === column(nid, id) && old.zone === own && old.slot === column(slot, id)
      && old.validZones.length === valid.length && valid.every((of, i) => of === old.validZones[i]);
    blocks.push(kept ? old : { id, state: column(state, id), nid: column(nid, id), zone: own, validZones: valid, slot: column(slot, id) });
    same &&= kept;
  }
  return same && blocks.length === before.length ? before : blocks;
}

function zonesOf(t: Tables, nodes: readonly Node[]): Zone[] {
  const z = t.zone;
  const { MAX_ORDER, zone_names } = geometryAt(t.sizes);
  return nodes.flatMap(({ nid }) => zone_names.flatMap((name, zone) => {
    if (zone === ZONE_DEVICE || name === undefined) return [];
    const row = zoneRow(nid, zone);
    return [{
      nid, zone, name, startPfn: column(z.zone_start_pfn, row), spanned: column(z.spanned_pages, row), present: column(z.present_pages, row),
      managed: column(z.managed_pages, row), free: column(z.nr_free_pages, row),
      min: column(z.watermark_min, row), low: column(z.watermark_low, row), high: column(z.watermark_high, row), boost: column(z.watermark_boost, row),
      freeByOrder: Array.from({ length: MAX_ORDER }, (_, order) => column(t.free_area.nr_free, freeRow(MAX_ORDER, row, order, 0))),
    }];
  }));
}

function slotsOf(t: Tables): Slot[] {
  const { state, nid, start_pfn, nr_pages } = t.slot;
  // Rows of devices that give memory in parts follow those of the sockets and are none.
  return Array.from(state, (s, id) => ({ id, state: s, nid: column(nid, id), startPfn: column(start_pfn, id), pages: column(nr_pages, id) })).filter((slot) => slot.state !== SLOT_DEVICE);
}

/** Nodes that the kernel knows (possible) and that are online or may get memory. */
function nodesOf(t: Tables): Node[] {
  return Array.from(t.node.state, (state, nid) => ({ nid, state }))
    .filter(({ state }) => (state & (NODE_POSSIBLE | NODE_ONLINE)) !== 0)
    .map(({ nid, state }) => ({ nid, online: (state & NODE_ONLINE) !== 0, cpu: (state & NODE_CPU) !== 0 }));
}

const sameLanes = (a: readonly Lane[], b: readonly Lane[]): boolean => a.length === b.length && a.every((lane, i) => lane.kind === b[i]?.kind && lane.nid === b[i]?.nid && lane.zone === b[i]?.zone);

/** Everything low-rate the page shows, in one value. What is as it was in the one before keeps its identity. */
export function snapshot(t: Tables, before?: Snapshot): Snapshot {
  const nodes = nodesOf(t);
  const zones = zonesOf(t, nodes);
  const blocks = blocksOf(t, before?.blocks ?? []);
  const lanes = buildLanes(t).list;
  const geometry = geometryAt(t.sizes);
  const blockBytes = 2 ** t.sizes.block_shift * geometry.page_size;
  const sum = (of: readonly Zone[], key: 'present' | 'free'): number => of.reduce((n, zone) => n + zone[key], 0);
  const movable = sum(zones.filter(({ zone }) => zone === ZONE_MOVABLE), 'present');
  const present = sum(zones, 'present');
  const failed = readFailedAllocation(t);
  return {
    geometry, blockBytes, blocks, zones, nodes, slots: slotsOf(t), lanes: before && sameLanes(before.lanes, lanes) ? before.lanes : lanes,
    online: present * geometry.page_size, free: sum(zones, 'free') * geometry.page_size,
    offline: blocks.filter(({ state }) => state === MEM_STATE_OFFLINE).length * blockBytes,
    failed: failed?.n === before?.failed?.n ? before?.failed : failed, movable, kernel: present - movable, migrated: t.header[H_MIGRATED] ?? 0,
  };
}

/** Event number, simulated nanoseconds and whether a task has work. */
export function clockOf(t: Tables): { seq: number; time: number; running: boolean } {
  const word = (at: number): number => (t.header[at] ?? 0) >>> 0;
  return { seq: word(H_SEQ), time: word(H_TIME_HI) * 2 ** 32 + word(H_TIME_LO), running: word(H_RUNNING) === 1 };
}

/** Event number; 0 before a machine is there. */
export const seqOf = (t: Tables | undefined): number => (t ? clockOf(t).seq : 0);

/** Physical range of a block in bytes, end exclusive. */
export const blockRange = (id: number, blockBytes: number): { start: number; end: number } => ({ start: id * blockBytes, end: (id + 1) * blockBytes });
