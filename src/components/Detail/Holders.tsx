/** What holds the block: the pages in the way by cause, each row selecting its first frame. */
import { MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE } from '../../../workers/uapi/memory_block.ts';
import { errnoName } from '../../../workers/uapi/errno.ts';
import type { Block } from '../../engine/snapshot.ts';
import { count, hex } from '../../format/numbers.ts';
import { eventContext } from '../../state/events.ts';
import { useMachine } from '../../state/machine.ts';
import { useVerdicts } from '../../state/verdicts.ts';
import { selectFrame } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { holderWords } from '../../strings/sentences.ts';
import { ruleOfHolder, ruleOfReason } from '../../sources/rule_of.ts';
import { Verdict } from '../Icon/Verdict.tsx';
import { Source } from '../Source/Source.tsx';
import { Going } from './Going.tsx';
import styles from './Holders.module.css';

export function Holders({ block }: { block: Block }) {
  const facts = useVerdicts((s) => s.facts.get(block.id));
  const doubted = useVerdicts((s) => s.doubted.has(block.id));
  const names = useMachine((s) => s.snapshot?.geometry.zone_names);
  const offline = block.state === MEM_STATE_OFFLINE;
  if (block.state === MEM_STATE_GOING_OFFLINE) return <section className={styles.holders} aria-label={t.detail.going}><h3>{t.detail.going}</h3><Going block={block.id} /></section>;
  const said = facts && `${t.detail.verdict[facts.offline.verdict]}${facts.offline.errno === 0 ? '' : `: ${errnoName(facts.offline.errno)}`}`;
  return (
    <section className={styles.holders} aria-label={t.detail.holds}>
      <h3>{t.detail.holds}{!offline && facts && doubted && <small> {t.detail.askingAgain}</small>}</h3>
      {offline && <p>{t.detail.mayGo} <code>{block.validZones.map((zone) => names?.[zone]).join(' ')}</code> <Source of="valid_zones" name="valid_zones" /></p>}
      {!offline && facts === undefined && <p>{t.detail.asking}</p>}
      {!offline && facts && (
        <div className={doubted ? styles.doubted : undefined} aria-busy={doubted}>
          <p className={styles.verdict}>
            <Verdict verdict={facts.offline.verdict} />
            <span>{said} <Source of={ruleOfReason(facts.offline.reason) ?? 'would_go'} name={said ?? ''} /></span>
          </p>
          <ul>
            {facts.holders.map(({ cause, owner, pages, pfn, remedy }) => (
              <li key={`${cause} ${owner}`}>
                <button type="button" title={`${holderWords(remedy)} (pfn ${hex(pfn)})`} aria-label={`${count(pages)} ${holderWords(cause)}${owner === '' || owner === cause ? '' : `, ${owner}`}. ${t.detail.selectFrame(holderWords(cause))}`} onClick={() => { selectFrame(pfn, eventContext.blockPages); }}>
                  <b>{count(pages)}</b> {holderWords(cause)}{owner === '' || owner === cause ? '' : <small> {owner}</small>}
                </button>
                <Source of={ruleOfHolder(cause)} name={holderWords(cause)} />
              </li>
            ))}
            {facts.toMigrate > 0 && <li className={styles.plain}><b>{count(facts.toMigrate)}</b> {t.detail.migrate} <Source of="to_migrate" name={t.detail.migrate} /></li>}
            {facts.holders.length === 0 && facts.toMigrate === 0 && facts.offline.verdict === 'yes' && <li className={styles.plain}>{t.detail.nothing}</li>}
          </ul>
          {facts.offline.reason !== '' && <p className={styles.reason}>{facts.offline.reason}</p>}
        </div>
      )}
    </section>
  );
}
