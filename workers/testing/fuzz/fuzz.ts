/** Many sessions from one seed: most are short, so that a finding is short as well; some are long, so that what runs out runs out. */
import { printScenario } from '../../scenario/print.ts';
import { createPrng } from '../../lib/prng.ts';
import type { Edition } from '../../uapi/machine_description.ts';
import { boardOf, runSession, type SessionOptions } from './session.ts';
import { shrink } from './shrink.ts';
import { statementsOf, type Step } from './step.ts';

export interface Finding {
  readonly edition: Edition;
  /** Seed of the session: the same board and the same steps again. */
  readonly session: number;
  readonly finding: string;
  readonly steps: readonly Step[];
}
/** A finding as a scenario: its board, what was found as its note, and the steps. */
export const findingText = ({ edition, session, finding, steps }: Finding): string =>
  printScenario({ statements: [...boardOf(edition, session).statements, { type: 'note', text: finding.replace(/\s+/g, ' ').slice(0, NOTE) }, { type: 'blank' }, ...steps.flatMap(statementsOf)] });
/** A finding with a stack is cut here. */
const NOTE = 400;
const SHORT = 250;
const LONG = 3000;
/** One session in so many is long. */
const RARE = 24;

/** Runs `steps` steps in all; `heard` is told after each session, `found` before a finding is made short, which takes its time. Value: the first finding, made short, or undefined. */
export function fuzz(edition: Edition, seed: number, steps: number, heard: (done: number, session: number) => void = () => {}, found: (session: number, finding: string) => void = () => {}): Finding | undefined {
  const random = createPrng(seed);
  for (let done = 0; done < steps; ) {
    const session = random.below(0x7fffffff) + 1;
    const length = Math.min(steps - done, random.below(RARE) === 0 ? LONG : SHORT);
    const options: SessionOptions = { edition, seed: session, length };
    const ended = runSession(options);
    if (ended.finding !== undefined) {
      found(session, ended.finding);
      const short = shrink(options, ended);
      return { edition, session, finding: short.finding ?? ended.finding, steps: short.steps };
    }
    done += length;
    heard(done, session);
  }
  return undefined;
}
