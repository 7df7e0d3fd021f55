/** Time line and status: where we are, how exact it is, how the picture gets here. */
import { type MachineState, useMachine } from '../../state/machine.ts';
import { useShown } from '../../state/hidden.ts';
import { useTimeline } from '../../state/timeline.ts';
import { count, percent, word } from '../../format/numbers.ts';
import { t } from '../../strings/later.ts';
import { Branches } from '../Timeline/Branches.tsx';
import { HidePanel } from '../Panels/HidePanel.tsx';
import { Replaying } from '../Timeline/Replaying.tsx';
import { Timeline } from '../Timeline/Timeline.tsx';
import { Report } from './Report.tsx';
import styles from './Footer.module.css';

function Provenance({ booted, transport }: { booted: NonNullable<MachineState['booted']>; transport: NonNullable<MachineState['transport']> }) {
  const { recorded, inferred } = booted.provenance;
  return (
    <>
      {inferred > 0 && <span title={[t.foot.inferredHelp(count(inferred), count(recorded + inferred)), ...(booted.origin?.synthesised ?? [])].join('\n')}>{t.foot.inferred(percent(inferred, recorded + inferred))}</span>}
      <span className={styles.badge} title={t.foot.transportHelp[transport]}>{t.foot.transport[transport]}</span>
    </>
  );
}

export function Footer() {
  const seq = useMachine((s) => s.seq);
  const booted = useMachine((s) => s.booted);
  const transport = useMachine((s) => s.transport);
  const digest = useMachine((s) => s.digest);
  const commands = useTimeline((s) => s.commands);
  const shown = useShown('timeline');
  return (
    <footer className={styles.footer}>
      {shown && <span className={styles.origin}>{t.foot.origin}</span>}
      <div className={shown ? styles.line : styles.way}>
        {shown && <Timeline />}
        <Replaying />
      </div>
      {shown && <HidePanel panel="timeline" />}
      <Branches />
      <span>{t.foot.events(count(seq))} · {t.foot.commands(commands, count(commands))}</span>
      {digest?.seq === seq && <code>{t.foot.digest(word(digest.digest))}</code>}
      {booted?.seed !== undefined && <code className={styles.seed}>{t.foot.seed(booted.seed)}</code>}
      {booted && transport && <Provenance booted={booted} transport={transport} />}
      <Report />
    </footer>
  );
}
