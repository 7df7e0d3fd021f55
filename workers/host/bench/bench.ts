/** A bench and how it is measured: always two things in the same run, so that the figure is a ratio and means the same on every machine. */

export interface Bench {
  readonly name: string;
  /** One sentence: what is measured against what. */
  readonly about: string;
  /** What stands in for the speed of the machine. */
  readonly baseline: () => Work;
  readonly subject: () => Work;
}
/** Prepared work: only `run` is measured. Each round prepares anew. */
export interface Work {
  readonly run: () => void;
}
export interface Figure {
  readonly name: string;
  readonly about: string;
  /** subject / baseline, of medians. */
  readonly ratio: number;
  readonly subjectMs: number;
  readonly baselineMs: number;
  readonly rounds: number;
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;
function timed(prepare: () => Work): number {
  const { run } = prepare();
  const begun = performance.now();
  run();
  return performance.now() - begun;
}

/** Baseline and subject take turns, so that both see the same weather; the first round of each warms up and does not count. */
export function measure({ name, about, baseline, subject }: Bench, rounds: number): Figure {
  const times = { subject: [] as number[], baseline: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const b = timed(baseline);
    const s = timed(subject);
    if (round === 0) continue;
    times.baseline.push(b);
    times.subject.push(s);
  }
  const subjectMs = median(times.subject);
  const baselineMs = median(times.baseline);
  return { name, about, ratio: subjectMs / baselineMs, subjectMs, baselineMs, rounds };
}
