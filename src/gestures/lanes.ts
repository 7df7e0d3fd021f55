/** In which lane of the picture a block stands, and which zone the kernel would choose by address. Pure. */
import { MEM_STATE_OFFLINE } from '../../workers/uapi/memory_block.ts';
import { type Geometry, X86_64 } from '../../workers/uapi/arch.ts';
import { ZONE_NORMAL } from '../../workers/uapi/mmzone.ts';
import type { Block } from '../engine/snapshot.ts';
import type { Lane as MapLane } from '../map/index.ts';

/** Who can own a block: a zone of a node, nobody (offline), or the board (slots). */
export type Lane = Pick<MapLane, 'kind' | 'nid' | 'zone'>;

const zoneLane = (nid: number, zone: number): Lane => ({ kind: 'zone', nid, zone });
export const OFFLINE_LANE: Lane = { kind: 'offline', nid: -1, zone: -1 };

export const sameLane = (a: Lane, b: Lane): boolean => a.kind === b.kind && (a.kind !== 'zone' || (a.nid === b.nid && a.zone === b.zone));
/** 'Normal'; 'Node 1 Normal' where there are several nodes. */
export const laneName = (lane: Lane & { readonly name: string }, nodes: number): string => (lane.kind === 'zone' && nodes > 1 ? `Node ${lane.nid} ${lane.name}` : lane.name);

/** The zone of a kernel frame at this pfn: by address alone. */
export const kernelZone = (pfn: number, { zones, page_shift }: Geometry = X86_64): number => zones.find(({ end }) => pfn * 2 ** page_shift < end)?.zone ?? ZONE_NORMAL;

/** Lane in which a block stands. A block in no single zone stands in the zone of its last frame. */
export function laneOf(block: Block, blockPages: number, geometry: Geometry = X86_64): Lane {
  if (block.state === MEM_STATE_OFFLINE) return OFFLINE_LANE;
  return zoneLane(Math.max(0, block.nid), block.zone >= 0 ? block.zone : kernelZone((block.id + 1) * blockPages - 1, geometry));
}
