/** Time line and status: where we are, how exact it is, how the picture gets here. */
import { area, curveStepAfter, scaleLinear } from 'd3';
import { type MachineState, useMachine } from '../../state/machine.ts';
import { type Mark, type MarkKind, type Sample, useTimeline } from '../../state/timeline.ts';
import { count, percent, word } from '../../format/numbers.ts';
import { t } from '../../strings/index.ts';
import styles from './Footer.module.css';

/** Marks nearer than this share of the line are drawn as one, the gravest. */
const BINS = 400;
const GRAVITY: Readonly<Record<MarkKind, number>> = { command: 0, notify: 1, failure: 2 };

/** Height and width of the drawing: the bar stretches it. */
const HEIGHT = 14;
const WIDTH = 1000;

/** Memory in use and memory online over the events, as areas under the marks. */
function Use() {
  const samples = useTimeline((s) => s.samples);
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.seq === first.seq) return null;
  const x = scaleLinear([0, last.seq], [0, WIDTH]);
  const y = scaleLinear([0, Math.max(...samples.map(({ online }) => online))], [HEIGHT, 0]);
  const under = (value: (sample: Sample) => number): string => area<Sample>().x(({ seq }) => x(seq)).y0(HEIGHT).y1((sample) => y(value(sample))).curve(curveStepAfter)([...samples]) ?? '';
  return (
    <svg className={styles.use} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path className={styles.online} d={under(({ online }) => online)} />
      <path className={styles.used} d={under(({ online, free }) => online - free)} />
    </svg>
  );
}

/** At most one mark per bin. */
function binned(marks: readonly Mark[], end: number): { at: number; kind: MarkKind }[] {
  const bins = new Map<number, MarkKind>();
  for (const { seq, kind } of marks) {
    const bin = Math.min(BINS - 1, Math.floor((seq / Math.max(1, end)) * BINS));
    const before = bins.get(bin);
    if (before === undefined || GRAVITY[kind] > GRAVITY[before]) bins.set(bin, kind);
  }
  return [...bins].map(([bin, kind]) => ({ at: bin / BINS, kind }));
}

function Timeline() {
  const seq = useMachine((s) => s.seq);
  const marks = useTimeline((s) => s.marks);
  const commands = useTimeline((s) => s.commands);
  return (
    <figure className={styles.timeline} aria-label={`${t.foot.timeline}: ${t.foot.events(count(seq))}, ${t.foot.commands(commands, count(commands))}`}>
      <Use />
      {binned(marks, seq).map(({ at, kind }) => <i key={at} className={styles[kind]} style={{ left: `${at * 100}%` }} />)}
      <b className={styles.now} />
    </figure>
  );
}

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
  return (
    <footer className={styles.footer}>
      <span>{t.foot.origin}</span>
      <Timeline />
      <span>{t.foot.events(count(seq))} · {t.foot.commands(commands, count(commands))}</span>
      {digest && <code>{t.foot.digest(word(digest.digest))}</code>}
      {booted?.seed !== undefined && <code>{t.foot.seed(booted.seed)}</code>}
      {booted && transport && <Provenance booted={booted} transport={transport} />}
    </footer>
  );
}
