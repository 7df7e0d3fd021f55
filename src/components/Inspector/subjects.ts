/** Frame, block, zone and node as rows of facts: in the kernel's words, in the order they are asked for. */
import type { BlockFacts, FrameFacts } from '../../../workers/uapi/engine.ts';
import { type FailedAllocation, refusedBy } from '../../../workers/uapi/failed_alloc.ts';
import { MAX_NR_ZONES, MIGRATE_NAMES, pageblock_nr_pages } from '../../../workers/uapi/mmzone.ts';
import { KIND_NAMES } from '../../../workers/uapi/page_kind.ts';
import type { TraceEvent } from '../../../workers/uapi/trace.ts';
import { stateWord } from '../../../workers/uapi/memory_block.ts';
import { pageSize } from '../../state/machine.ts';
import { type Block, blockRange, type Node, type Snapshot, type Zone } from '../../engine/snapshot.ts';
import { bytes, count, hex, range, seconds } from '../../format/numbers.ts';
import { reasonLine } from '../../format/reason.ts';
import { type Ref, ruleOfReason } from '../../sources/rule_of.ts';
import type { Subject } from '../../state/inspector.ts';
import { t } from '../../strings/later.ts';
import { kindWords } from '../../strings/sentences.ts';

const s = t.inspector;
const rows = (...facts: readonly (readonly [name: string, value: string, rule?: Ref | undefined])[]): Subject['rows'] => facts.map(([name, value, rule]) => ({ name, value, ...(rule && { rule }) }));
const sized = (pages: number): string => `${count(pages)} (${bytes(pages * pageSize())})`;

export const frameSubject = (frame: FrameFacts): Subject => ({
  kind: 'frame', title: `${s.frame} ${hex(frame.pfn)}`,
  rows: rows(
    [s.address, hex(frame.pfn * pageSize())], [s.kind, frame.inferred ? `${kindWords(frame.kind)} (${s.inferred})` : kindWords(frame.kind), 'frame_kind'], [s.order, String(frame.order)], [s.refcount, count(frame.refcount), 'frame_refs'],
    [s.mapcount, count(frame.mapcount)], [s.flags, frame.flags.join(' ') || s.none_], [s.owner, frame.owner || s.none_], [s.tag, hex(frame.tag), 'frame_tag'],
    [s.migratetype, frame.migratetype, 'frame_migratetype'], [s.movable, frame.movable ? s.yes : s.no, 'frame_movable'],
  ),
});

/** `kinds`: frames of the pageblock by kind, as words with their numbers. */
export function pageblockSubject({ pfn, migratetype }: FrameFacts, kinds: readonly string[]): Subject {
  const first = pfn - (pfn % pageblock_nr_pages);
  return {
    kind: 'pageblock', title: `${s.pageblock} ${count(first / pageblock_nr_pages)}`,
    rows: rows([s.span, `pfn ${range(first, first + pageblock_nr_pages)}`], [s.migratetype, migratetype, 'frame_migratetype'], [s.frames, kinds.join(', ')]),
  };
}

/** `text`: the event as the list words it; `rule`: what it follows. */
export function eventSubject(event: TraceEvent, text: string, rule: Ref | undefined): Subject {
  const { type, seq, time, task, ...more } = event;
  return {
    kind: 'event', title: `${s.event} ${count(seq)}`,
    rows: rows(
      [type, text, rule], [s.time, seconds(time)], [s.task, String(task)],
      ...Object.entries(more).map(([name, value]) => [name, /pfn|^from$|^to$/.test(name) && value >= 0 ? hex(value) : String(value)] as const),
    ),
  };
}

const validZones = (block: Block, { zone_names }: Snapshot['geometry']): string => (block.validZones.length === 0 ? s.none_ : block.validZones.map((zone) => zone_names[zone]).join(' '));

/** `offline`: the kernel's verdict on taking it offline, undefined while it has not been asked. */
export function blockSubject(block: Block, { blockBytes, geometry }: Snapshot, offline: BlockFacts['offline'] | undefined): Subject {
  const { start, end } = blockRange(block.id, blockBytes);
  return {
    kind: 'block', title: `${s.block} memory${block.id}`,
    rows: rows(
      [s.address, range(start, end)], [s.state, stateWord(block.state), 'state_word'], [s.node, block.nid < 0 ? s.none_ : String(block.nid)], [s.validZones, validZones(block, geometry), 'valid_zones'],
      [s.slot, block.slot < 0 ? s.soldered : String(block.slot)], ...(offline === undefined ? [] : [[s.offline, `${t.detail.verdict[offline.verdict]}${offline.reason === undefined ? '' : `: ${reasonLine(offline.reason)}`}`, ruleOfReason(offline.reason)] as const]),
    ),
  };
}

export const zoneSubject = (zone: Zone): Subject => ({
  kind: 'zone', title: `${s.zone} ${zone.name}`,
  rows: rows(
    [s.span, zone.spanned > 0 ? `pfn ${range(zone.startPfn, zone.startPfn + zone.spanned)}` : s.none_, 'zone_span'], [s.spanned, count(zone.spanned)], [s.present, count(zone.present), 'zone_pages'],
    [s.managed, count(zone.managed)], [s.free, sized(zone.free)], [s.watermarks, [zone.min, zone.low, zone.high].map((pages) => count(pages)).join(' / '), 'watermarks'],
    ...(zone.boost > 0 ? [[s.boost, count(zone.boost), 'boost'] as const] : []), [s.byOrder, zone.freeByOrder.join(' '), 'free_by_order'],
  ),
});

export function nodeSubject(node: Node, snapshot: Snapshot): Subject {
  const zones = snapshot.zones.filter(({ nid, present }) => nid === node.nid && present > 0);
  const sum = (key: 'present' | 'free'): number => zones.reduce((n, zone) => n + zone[key], 0);
  return {
    kind: 'node', title: `${s.node} ${node.nid}`,
    rows: rows(
      [s.state, node.online ? s.online : s.possible, 'node_state'], [s.cpus, node.cpu ? s.yes : s.no], [s.present, sized(sum('present'))], [s.free, sized(sum('free'))],
      [s.zones, zones.map(({ name }) => name).join(' ') || s.none_], [s.blocks, String(snapshot.blocks.filter(({ nid }) => nid === node.nid).length)],
    ),
  };
}

/** `failed`: what was asked for; each zone that was looked at is a row with what refused it: the marks, or the order. */
export function failedSubject(failed: FailedAllocation, { geometry: { zone_names } }: Snapshot): Subject {
  const several = new Set(failed.zones.map(({ row }) => Math.trunc(row / MAX_NR_ZONES))).size > 1;
  const need = s.pagesOfOrder(count(1 << failed.order), failed.order);
  return {
    kind: 'failed', title: s.failed(count(failed.n)),
    rows: rows(
      [s.asked, `${need}, ${t.legend.kinds[KIND_NAMES[failed.kind] ?? 'free']}`], [s.migratetype, MIGRATE_NAMES[failed.migratetype] ?? ''], [s.after, count(failed.seq)],
      ...failed.zones.map((zone) => {
        const by = refusedBy(failed, zone);
        // A chunk's pages but one count as gone.
        const left = failed.order === 0 ? count(zone.free) : `${count(zone.free)} − ${count((1 << failed.order) - 1)}`;
        const marks = s.above(left, count(zone.min), count(zone.reserve), by === 'watermark');
        const name = zone_names[zone.row % MAX_NR_ZONES] ?? '';
        return [several ? `${name} ${Math.trunc(zone.row / MAX_NR_ZONES)}` : name, by === 'order' ? `${marks}; ${s.noChunk(failed.order)}` : marks, 'watermarks'] as const;
      }),
    ),
  };
}
