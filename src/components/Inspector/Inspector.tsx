/** Facts about what is selected: the frame, its block, its zone. */
import { stateWord } from '../../../workers/uapi/memory_block.ts';
import { PAGE_SIZE, pfnToPhys } from '../../../workers/uapi/units.ts';
import type { FrameFacts } from '../../../workers/uapi/engine.ts';
import { type Block, blockRange, type Snapshot, type Zone } from '../../engine/snapshot.ts';
import { bytes, count, hex, range } from '../../format/numbers.ts';
import { useMachine } from '../../state/machine.ts';
import { useVerdicts } from '../../state/verdicts.ts';
import { useView } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import styles from './Inspector.module.css';

const s = t.inspector;
type Row = readonly [name: string, value: string];

function Table({ title, rows }: { title: string; rows: readonly Row[] }) {
  return (
    <section className={styles.section}>
      <h3>{title}</h3>
      <dl>{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </section>
  );
}

const frameRows = (frame: FrameFacts): Row[] => [
  [s.address, hex(pfnToPhys(frame.pfn))], [s.kind, frame.inferred ? `${frame.kind} (${s.inferred})` : frame.kind], [s.order, String(frame.order)], [s.refcount, count(frame.refcount)],
  [s.mapcount, count(frame.mapcount)], [s.flags, frame.flags.join(' ') || s.none_], [s.owner, frame.owner || s.none_], [s.tag, hex(frame.tag)],
  [s.migratetype, frame.migratetype], [s.movable, frame.movable ? s.yes : s.no],
];

const validZones = (block: Block, { zone_names }: Snapshot['geometry']): string => (block.validZones.length === 0 ? s.none_ : block.validZones.map((zone) => zone_names[zone]).join(' '));

function blockRows(block: Block, { blockBytes, geometry }: Snapshot, reason: string): Row[] {
  const { start, end } = blockRange(block.id, blockBytes);
  return [
    [s.address, range(start, end)], [s.state, stateWord(block.state)], [s.node, block.nid < 0 ? s.none_ : String(block.nid)], [s.validZones, validZones(block, geometry)],
    [s.slot, block.slot < 0 ? s.soldered : String(block.slot)], ...(reason === '' ? [] : [[s.offline, reason] as const]),
  ];
}

const zoneRows = (zone: Zone): Row[] => [
  [s.span, zone.spanned > 0 ? `pfn ${range(zone.startPfn, zone.startPfn + zone.spanned)}` : s.none_], [s.spanned, count(zone.spanned)], [s.present, count(zone.present)],
  [s.managed, count(zone.managed)], [s.free, `${count(zone.free)} (${bytes(zone.free * PAGE_SIZE)})`],
];

export function Inspector() {
  const snapshot = useMachine((m) => m.snapshot);
  const selected = useView((v) => v.block);
  const frame = useVerdicts((v) => v.frame);
  const facts = useVerdicts((v) => (selected === undefined ? undefined : v.facts.get(selected)));
  const block = snapshot?.blocks.find(({ id }) => id === selected);
  if (snapshot === undefined || block === undefined) return <p className={styles.empty}>{s.none}</p>;
  const offline = facts ? `${t.detail.verdict[facts.offline.verdict]}${facts.offline.reason === '' ? '' : `: ${facts.offline.reason}`}` : '';
  const zone = snapshot.zones.find((z) => z.nid === block.nid && z.zone === block.zone);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by keyboard
    <div className={styles.panel} tabIndex={0} role="region" aria-label={t.side.inspector}>
      {frame && <Table title={`${s.frame} ${hex(frame.pfn)}`} rows={frameRows(frame)} />}
      <Table title={`${s.block} memory${block.id}`} rows={blockRows(block, snapshot, offline)} />
      {zone && <Table title={`${s.zone} ${zone.name}`} rows={zoneRows(zone)} />}
    </div>
  );
}
