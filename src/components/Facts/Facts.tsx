/** One line of facts: how much there is, how much of it could go. */
import { ZONE_MOVABLE } from '../../../workers/uapi/mmzone.ts';
import { useMemo } from 'react';
import { MEM_STATE_ONLINE } from '../../../workers/uapi/memory_block.ts';
import { bytes, count } from '../../format/numbers.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { tally, useVerdicts } from '../../state/verdicts.ts';
import { t } from '../../strings/index.ts';
import type { RuleId } from '../../sources/rules.ts';
import { Verdict } from '../Icon/Verdict.tsx';
import { panel } from '../later.tsx';
import styles from './Facts.module.css';

const gib = (pages: number): string => ((pages * pageSize()) / 2 ** 30).toFixed(1);

const Source = panel('Source', ({ children }) => children);
/** The fact's name is what tells where it comes from: there is no room for signs of their own. */
function Name({ name, of }: { name: string; of: RuleId }) {
  return <dt><Source of={of} name={name}>{name}</Source></dt>;
}
function Fact({ name, value, of }: { name: string; value: string; of: RuleId }) {
  return <div><Name name={name} of={of} /><dd>{value}</dd></div>;
}

export function Facts() {
  const snapshot = useMachine((s) => s.snapshot);
  const facts = useVerdicts((s) => s.facts);
  const doubted = useVerdicts((s) => s.doubted);
  const online = useMemo(() => (snapshot?.blocks ?? []).filter(({ state }) => state === MEM_STATE_ONLINE).map(({ id }) => id), [snapshot]);
  const verdicts = useMemo(() => tally({ facts, doubted }, online), [facts, doubted, online]);
  if (snapshot === undefined) return <div className={styles.facts} />;
  return (
    <dl className={styles.facts} aria-label={t.facts.label}>
      <Fact name={t.facts.online} value={bytes(snapshot.online)} of="zone_pages" />
      <Fact name={t.facts.free} value={bytes(snapshot.free)} of="free_by_order" />
      <Fact name={t.facts.ratio(snapshot.geometry.zone_names[ZONE_MOVABLE] ?? '')} value={`${gib(snapshot.movable)} : ${gib(snapshot.kernel)}`} of="zone_pages" />
      <Fact name={t.facts.offline} value={bytes(snapshot.offline)} of="state_word" />
      <Fact name={t.facts.migrated} value={t.facts.pages(count(snapshot.migrated))} of="event_migrate" />
      <div className={styles.verdicts}>
        <Name name={t.facts.could} of="would_go" />
        {(['yes', 'likely', 'no'] as const).map((verdict) => (
          <dd key={verdict} title={t.facts.blocks(verdicts[verdict], t.facts[verdict])}>
            <Verdict verdict={verdict} /><span className="visually-hidden">{t.facts[verdict]}: </span>{verdicts[verdict]}
          </dd>
        ))}
        {verdicts.sure < online.length && <dd className={styles.asking} data-asking title={t.facts.askingHelp}>{t.facts.asking(Math.floor((100 * verdicts.sure) / online.length))}</dd>}
      </div>
    </dl>
  );
}
