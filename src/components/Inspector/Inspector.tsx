/** Facts about what is selected: the frame, its block, its zone, its node. Each can be pinned and compared with what is selected later, or with itself after a change. */
import { Fragment } from 'react';
import { useMachine } from '../../state/machine.ts';
import { differing, pin, type Subject, unpin, useInspector } from '../../state/inspector.ts';
import { useVerdicts } from '../../state/verdicts.ts';
import { useView } from '../../state/view.ts';
import { KIND_MASK, KIND_NAMES } from '../../../workers/uapi/page_kind.ts';
import type { Tables } from '../../../workers/uapi/layout.ts';
import { pageblock_nr_pages } from '../../../workers/uapi/mmzone.ts';
import { count } from '../../format/numbers.ts';
import { t } from '../../strings/later.ts';
import { useChosenEvent } from '../Events/chosen.ts';
import { LitSteps } from '../Detail/LitSteps.tsx';
import { useSession } from '../SessionContext.ts';
import { Card } from './Card.tsx';
import styles from './Inspector.module.css';
import { Options } from './Options.tsx';
import { blockSubject, eventSubject, failedSubject, frameSubject, nodeSubject, pageblockSubject, zoneSubject } from './subjects.ts';
import { ZoneChoice } from './ZoneChoice.tsx';
import { ZoneGauge } from './ZoneGauge.tsx';

function Pins({ live }: { live: readonly Subject[] }) {
  const pins = useInspector((s) => s.pins);
  if (pins.length === 0) return null;
  return (
    <>
      {pins.map((one) => {
        const now = live.find(({ kind }) => kind === one.kind);
        return <Card key={one.id} subject={one} seq={one.seq} differs={now && differing(one, now)} action={{ label: t.inspector.unpin, icon: 'close', run: () => { unpin(one.id); } }} />;
      })}
    </>
  );
}

/** What the frames of a frame's pageblock hold: most frequent first. */
function kindsOf(pfn: number, tables: Tables | undefined): string[] {
  const first = pfn - (pfn % pageblock_nr_pages);
  const counts = new Map<number, number>();
  for (const raw of tables?.memmap.kind.subarray(first, first + pageblock_nr_pages) ?? []) counts.set(raw & KIND_MASK, (counts.get(raw & KIND_MASK) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([kind, n]) => `${t.legend.kinds[KIND_NAMES[kind] ?? 'free']} ${count(n)}`);
}

export function Inspector() {
  const session = useSession();
  const chosen = useChosenEvent();
  const snapshot = useMachine((m) => m.snapshot);
  const seq = useMachine((m) => m.seq);
  const selected = useView((v) => v.block);
  const frame = useVerdicts((v) => v.frame);
  const facts = useVerdicts((v) => (selected === undefined ? undefined : v.facts.get(selected)));
  const block = snapshot?.blocks.find(({ id }) => id === selected);
  const looked = useView((v) => v.zone) ?? block;
  const zone = looked && snapshot?.zones.find((z) => z.nid === looked.nid && z.zone === looked.zone);
  const node = looked && snapshot?.nodes.find(({ nid }) => nid === looked.nid);
  const live: Subject[] = [
    ...(chosen ? [eventSubject(...chosen)] : []), ...(block && frame ? [frameSubject(frame), pageblockSubject(frame, kindsOf(frame.pfn, session.mirror()?.tables))] : []), ...(block && snapshot ? [blockSubject(block, snapshot, facts?.offline)] : []), ...(zone ? [zoneSubject(zone)] : []),
    ...(node && snapshot ? [nodeSubject(node, snapshot)] : []), ...(snapshot?.failed ? [failedSubject(snapshot.failed, snapshot)] : []),
  ];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by keyboard
    <div className={styles.panel} tabIndex={0} role="region" aria-label={t.side.inspector}>
      {live.length === 0 && <p className={styles.empty}>{t.inspector.none}</p>}
      <LitSteps named />
      <Pins live={live} />
      {live.map((subject) => (
        <Fragment key={subject.kind}>
          {subject.kind === 'zone' && snapshot && <ZoneChoice snapshot={snapshot} />}
          <Card subject={subject} action={{ label: t.inspector.pin, icon: 'pin', run: () => { pin(subject, seq); } }}>
            {subject.kind === 'zone' && zone && <ZoneGauge zone={zone} />}
          </Card>
        </Fragment>
      ))}
      {snapshot && !zone && <ZoneChoice snapshot={snapshot} />}
      <Options />
    </div>
  );
}
