/** The selected block: its frames, what could be done with it, and what stands in the way. */
import { Fragment } from 'react';
import { stateWord } from '../../../workers/uapi/memory_block.ts';
import { pageblock_nr_pages } from '../../../workers/uapi/mmzone.ts';
import { errnoName } from '../../../workers/uapi/errno.ts';
import { type Block, blockRange, type Snapshot } from '../../engine/snapshot.ts';
import { bytes, count, range } from '../../format/numbers.ts';
import { laneOf, sameLane } from '../../gestures/lanes.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { useVerdicts } from '../../state/verdicts.ts';
import { useView } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { Verdict } from '../Icon/Verdict.tsx';
import { HidePanel } from '../Panels/HidePanel.tsx';
import { Legend } from '../Legend/Legend.tsx';
import { blockById, carryOutAll, nameOfLane, planFor, plansFor, planVerdict, takenAlong } from '../moves.ts';
import { planWords } from '../move_words.ts';
import { ruleOfPlan } from '../../sources/rule_of.ts';
import { useSession } from '../SessionContext.ts';
import { Source } from '../Source/Source.tsx';
import styles from './Detail.module.css';
import { Frames } from './Frames.tsx';
import { Holders } from './Holders.tsx';

function Title({ block, snapshot }: { block: Block; snapshot: Snapshot }) {
  const { start, end } = blockRange(block.id, snapshot.blockBytes);
  const zone = block.zone >= 0 ? snapshot.geometry.zone_names[block.zone] : t.detail.noZone;
  const pageblocks = t.detail.pageblocks(count(snapshot.blockBytes / pageSize() / pageblock_nr_pages));
  return (
    <h2 className={styles.title}>
      {t.where.block(block.id)}
      <small>{[range(start, end), bytes(snapshot.blockBytes), ...(stateWord(block.state) === 'offline' ? [] : [zone]), stateWord(block.state), pageblocks].join(' · ')}</small>
    </h2>
  );
}

/** Move to…: every lane a command leads to, with what the kernel would say to it. */
function Moves({ block, snapshot }: { block: Block; snapshot: Snapshot }) {
  const session = useSession();
  // The forecast depends on what the kernel said about the block.
  useVerdicts((s) => (s.doubted.has(block.id) ? undefined : s.facts.get(block.id)));
  const many = useView((s) => s.also.length) + 1;
  const label = many > 1 ? t.move.labelMany(many) : t.move.label;
  const here = laneOf(block, snapshot.blockBytes / pageSize(), snapshot.geometry);
  const ways = snapshot.lanes.filter((lane) => !sameLane(lane, here)).flatMap((lane) => {
    const plan = planFor(block.id, lane);
    return plan?.kind === 'move' ? [{ lane, plan }] : [];
  });
  if (ways.length === 0) return null;
  return (
    <div className={styles.moves} role="group" aria-label={label}>
      <span aria-hidden="true">{label}</span>
      {ways.map(({ lane, plan }) => {
        const verdict = planVerdict(plan, block.id);
        return (
          <Fragment key={`${lane.kind} ${lane.nid} ${lane.zone}`}>
          <button type="button" title={planWords(plan)} onClick={() => { carryOutAll(session, plansFor(takenAlong(block.id), lane)); }}>
            {verdict === 'no' && <Verdict verdict="no" />}
            {lane.kind === 'slots' ? t.move.toSlots : nameOfLane(lane)}
            {plan.forecast && <span className="visually-hidden">, {t.move.forecast(errnoName(plan.forecast.errno))}</span>}
          </button>
          {plan.forecast && <Source of={ruleOfPlan(plan) ?? plan.rule} name={planWords(plan)} />}
          </Fragment>
        );
      })}
    </div>
  );
}

export function Detail() {
  const snapshot = useMachine((s) => s.snapshot);
  const selected = useView((s) => s.block);
  const block = blockById(snapshot, selected);
  return (
    <section className={styles.detail} aria-label={block ? t.where.block(block.id) : t.detail.none}>
      <div className={styles.sized}>
        <header className={styles.header}>
          {block && snapshot ? <><Title block={block} snapshot={snapshot} /><Moves block={block} snapshot={snapshot} /></> : <h2 className={styles.title}>{t.detail.none}<small>{t.detail.noneText}</small></h2>}
          <HidePanel panel="detail" />
        </header>
        <div className={styles.body}>
          {block && snapshot ? <>{stateWord(block.state) === 'offline' ? <div className={styles.frames}><p className={styles.away}>{t.detail.isOffline}</p></div> : <Frames block={block} />}<Holders block={block} /></> : <div className={styles.blank} />}
          <Legend />
        </div>
      </div>
    </section>
  );
}
