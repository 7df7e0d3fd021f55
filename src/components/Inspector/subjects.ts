/** Frame, block, zone and node as rows of facts: in the kernel's words, in the order they are asked for. */
import type { FrameFacts } from '../../../workers/uapi/engine.ts';
import { stateWord } from '../../../workers/uapi/memory_block.ts';
import { pageSize } from '../../state/machine.ts';
import { type Block, blockRange, type Node, type Snapshot, type Zone } from '../../engine/snapshot.ts';
import { bytes, count, hex, range } from '../../format/numbers.ts';
import type { Subject } from '../../state/inspector.ts';
import { t } from '../../strings/index.ts';

const s = t.inspector;
const rows = (...pairs: readonly (readonly [string, string])[]): Subject['rows'] => pairs.map(([name, value]) => ({ name, value }));
const sized = (pages: number): string => `${count(pages)} (${bytes(pages * pageSize())})`;

export const frameSubject = (frame: FrameFacts): Subject => ({
  kind: 'frame', title: `${s.frame} ${hex(frame.pfn)}`,
  rows: rows(
    [s.address, hex(frame.pfn * pageSize())], [s.kind, frame.inferred ? `${frame.kind} (${s.inferred})` : frame.kind], [s.order, String(frame.order)], [s.refcount, count(frame.refcount)],
    [s.mapcount, count(frame.mapcount)], [s.flags, frame.flags.join(' ') || s.none_], [s.owner, frame.owner || s.none_], [s.tag, hex(frame.tag)],
    [s.migratetype, frame.migratetype], [s.movable, frame.movable ? s.yes : s.no],
  ),
});

const validZones = (block: Block, { zone_names }: Snapshot['geometry']): string => (block.validZones.length === 0 ? s.none_ : block.validZones.map((zone) => zone_names[zone]).join(' '));

/** `reason`: the kernel's verdict on taking it offline, '' while it has not been asked. */
export function blockSubject(block: Block, { blockBytes, geometry }: Snapshot, reason: string): Subject {
  const { start, end } = blockRange(block.id, blockBytes);
  return {
    kind: 'block', title: `${s.block} memory${block.id}`,
    rows: rows(
      [s.address, range(start, end)], [s.state, stateWord(block.state)], [s.node, block.nid < 0 ? s.none_ : String(block.nid)], [s.validZones, validZones(block, geometry)],
      [s.slot, block.slot < 0 ? s.soldered : String(block.slot)], ...(reason === '' ? [] : [[s.offline, reason] as const]),
    ),
  };
}

export const zoneSubject = (zone: Zone): Subject => ({
  kind: 'zone', title: `${s.zone} ${zone.name}`,
  rows: rows(
    [s.span, zone.spanned > 0 ? `pfn ${range(zone.startPfn, zone.startPfn + zone.spanned)}` : s.none_], [s.spanned, count(zone.spanned)], [s.present, count(zone.present)],
    [s.managed, count(zone.managed)], [s.free, sized(zone.free)], [s.watermarks, [zone.min, zone.low, zone.high].map((pages) => count(pages)).join(' / ')],
    ...(zone.boost > 0 ? [[s.boost, count(zone.boost)] as const] : []), [s.byOrder, zone.freeByOrder.join(' ')],
  ),
});

export function nodeSubject(node: Node, snapshot: Snapshot): Subject {
  const zones = snapshot.zones.filter(({ nid, present }) => nid === node.nid && present > 0);
  const sum = (key: 'present' | 'free'): number => zones.reduce((n, zone) => n + zone[key], 0);
  return {
    kind: 'node', title: `${s.node} ${node.nid}`,
    rows: rows(
      [s.state, node.online ? s.online : s.possible], [s.cpus, node.cpu ? s.yes : s.no], [s.present, sized(sum('present'))], [s.free, sized(sum('free'))],
      [s.zones, zones.map(({ name }) => name).join(' ') || s.none_], [s.blocks, String(snapshot.blocks.filter(({ nid }) => nid === node.nid).length)],
    ),
  };
}
