/** Facts about what is selected: the frame, its block, its zone, its node. Each can be pinned and compared with what is selected later, or with itself after a change. */
import { useMachine } from '../../state/machine.ts';
import { differing, pin, type Subject, unpin, useInspector } from '../../state/inspector.ts';
import { useVerdicts } from '../../state/verdicts.ts';
import { useView } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import { Card } from './Card.tsx';
import styles from './Inspector.module.css';
import { Options } from './Options.tsx';
import { blockSubject, frameSubject, nodeSubject, zoneSubject } from './subjects.ts';
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

export function Inspector() {
  const snapshot = useMachine((m) => m.snapshot);
  const seq = useMachine((m) => m.seq);
  const selected = useView((v) => v.block);
  const frame = useVerdicts((v) => v.frame);
  const facts = useVerdicts((v) => (selected === undefined ? undefined : v.facts.get(selected)));
  const block = snapshot?.blocks.find(({ id }) => id === selected);
  const zone = block && snapshot?.zones.find((z) => z.nid === block.nid && z.zone === block.zone);
  const node = block && snapshot?.nodes.find(({ nid }) => nid === block.nid);
  const live: Subject[] = [
    ...(block && frame ? [frameSubject(frame)] : []), ...(block && snapshot ? [blockSubject(block, snapshot, facts?.offline)] : []), ...(zone ? [zoneSubject(zone)] : []),
    ...(node && snapshot ? [nodeSubject(node, snapshot)] : []),
  ];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by keyboard
    <div className={styles.panel} tabIndex={0} role="region" aria-label={t.side.inspector}>
      {live.length === 0 && <p className={styles.empty}>{t.inspector.none}</p>}
      <Pins live={live} />
      {live.map((subject) => (
        <Card key={subject.kind} subject={subject} action={{ label: t.inspector.pin, icon: 'pin', run: () => { pin(subject, seq); } }}>
          {subject.kind === 'zone' && zone && <ZoneGauge zone={zone} />}
        </Card>
      ))}
      <Options />
    </div>
  );
}
