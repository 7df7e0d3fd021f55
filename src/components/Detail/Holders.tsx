/** What holds the block: the pages in the way by cause, each row lighting up its frames, of which the first is selected. */
import { useEffect, useRef } from 'react';
import type { BlockId } from '../../../workers/uapi/units.ts';
import { MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE } from '../../../workers/uapi/memory_block.ts';
import { errnoName } from '../../../workers/uapi/errno.ts';
import type { Block } from '../../engine/snapshot.ts';
import { count, hex } from '../../format/numbers.ts';
import { reasonLine } from '../../format/reason.ts';
import { eventContext } from '../../state/events.ts';
import { useMachine } from '../../state/machine.ts';
import { useVerdicts } from '../../state/verdicts.ts';
import { light, useLit } from '../../state/lit.ts';
import { selectFrame, useView } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { holderWords } from '../../strings/sentences.ts';
import { ruleOfHolder, ruleOfReason } from '../../sources/rule_of.ts';
import { Verdict } from '../Icon/Verdict.tsx';
import { Source } from '../Source/Source.tsx';
import { useSession } from '../SessionContext.ts';
import { Going } from './Going.tsx';
import { LitSteps } from './LitSteps.tsx';
import styles from './Holders.module.css';

/** Cause and owner; an owner whose name says the cause ("slab of tracing") says both. */
function whoHolds(cause: string, owner: string): readonly [string, string] {
  if (owner === '' || owner === cause) return [holderWords(cause), ''];
  return owner.includes(cause) ? [owner, ''] : [holderWords(cause), owner];
}

/** What would free the row that is lit, and the command for it, which a press runs. */
function Remedy({ what, command }: { what: string; command: string | undefined }) {
  const session = useSession();
  const node = useRef<HTMLParagraphElement>(null);
  // A low window shows a row or two of them.
  useEffect(() => { node.current?.scrollIntoView({ block: 'nearest' }); }, []);
  return (
    <p ref={node} className={styles.remedy}>
      {t.detail.remedy(what)}
      {command !== undefined && <button type="button" aria-label={t.detail.run(command)} title={t.detail.run(command)} onClick={() => void session.submit({ type: 'shell', line: command })}><code>{command}</code></button>}
    </p>
  );
}

export function Holders({ block }: { block: Block }) {
  const facts = useVerdicts((s) => s.facts.get(block.id));
  const doubted = useVerdicts((s) => s.doubted.has(block.id));
  const names = useMachine((s) => s.snapshot?.geometry.zone_names);
  const session = useSession();
  const lit = useLit((s) => s.lit);
  /** Lights a row up and selects the first of its frames; a row that is lit goes out. */
  async function choose(cause: string, owner: string, first: number): Promise<void> {
    if (lit?.cause === cause && lit.owner === owner) {
      light(undefined);
      return;
    }
    selectFrame(first, eventContext.blockPages);
    const pfns = await session.engine.api.holder(block.id as BlockId, cause, owner);
    if (useView.getState().block === block.id) light({ block: block.id, cause, owner, pfns });
  }
  // Pages come and go: with the kernel's next answer the row may have others.
  useEffect(() => {
    const { lit: shown } = useLit.getState();
    if (facts && shown?.block === block.id) void session.engine.api.holder(block.id as BlockId, shown.cause, shown.owner).then((pfns) => { if (useLit.getState().lit === shown) light({ ...shown, pfns }); }, () => undefined);
  }, [facts, block.id, session]);
  const offline = block.state === MEM_STATE_OFFLINE;
  if (block.state === MEM_STATE_GOING_OFFLINE) return <section className={styles.holders} aria-label={t.detail.going}><h3>{t.detail.going}</h3><Going block={block.id} /></section>;
  const said = facts && `${t.detail.verdict[facts.offline.verdict]}${facts.offline.errno === 0 ? '' : `: ${errnoName(facts.offline.errno)}`}`;
  return (
    <section className={styles.holders} aria-label={t.detail.holds}>
      <div className={styles.head}>
        <h3>{t.detail.holds}{!offline && facts && doubted && <small> {t.detail.askingAgain}</small>}</h3>
        <LitSteps />
      </div>
      {offline && <p>{t.detail.mayGo} <code>{block.validZones.map((zone) => names?.[zone]).join(' ')}</code> <Source of="valid_zones" name="valid_zones" /></p>}
      {!offline && facts === undefined && <p>{t.detail.asking}</p>}
      {!offline && facts && (
        <div className={doubted ? styles.doubted : undefined} aria-busy={doubted}>
          <p className={styles.verdict}>
            <Verdict verdict={facts.offline.verdict} />
            <span>{said} <Source of={ruleOfReason(facts.offline.reason)} name={said ?? ''} /></span>
          </p>
          <ul>
            {facts.holders.map(({ cause, owner, pages, pfn, remedy, command }) => {
              const [words, name] = whoHolds(cause, owner);
              const shown = lit?.cause === cause && lit.owner === owner;
              return (
                <li key={`${cause} ${owner}`}>
                  <button
                    type="button" aria-pressed={shown} title={`${holderWords(remedy)} (pfn ${hex(pfn)})`}
                    aria-label={`${count(pages)} ${words}${name && `, ${name}`}. ${t.detail.selectFrames(holderWords(cause))}`}
                    onClick={() => void choose(cause, owner, pfn).catch(() => undefined)}
                  >
                    <b>{count(pages)}</b> {words}{name !== '' && <small> {name}</small>}
                  </button>
                  <Source of={ruleOfHolder(cause)} name={holderWords(cause)} />
                  {shown && <Remedy what={holderWords(remedy)} command={command} />}
                </li>
              );
            })}
            {facts.toMigrate > 0 && <li className={styles.plain}><b>{count(facts.toMigrate)}</b> {t.detail.migrate} <Source of="to_migrate" name={t.detail.migrate} /></li>}
            {facts.holders.length === 0 && facts.toMigrate === 0 && facts.offline.verdict === 'yes' && <li className={styles.plain}>{t.detail.nothing}</li>}
          </ul>
          {facts.offline.reason && <p className={styles.reason}>{reasonLine(facts.offline.reason)}</p>}
        </div>
      )}
    </section>
  );
}
