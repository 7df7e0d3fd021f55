/** A failing list of steps → a short one that fails in the same way (delta debugging: Zeller 2002). */
import { runSession, type Session, type SessionOptions } from './session.ts';
import type { Step } from './step.ts';

/** Numbers and names differ from run to run; the rest of the sentence says which rule it was. */
const ruleOf = (finding: string | undefined): string => (finding ?? '').replace(/0x[0-9a-f]+|\d+/g, '#').split(' | ')[0] as string;

/** @param tries how many shorter sessions may be run */
export function shrink(options: SessionOptions, failed: Session, tries = 300): Session {
  let best = failed;
  let left = tries;
  const rule = ruleOf(failed.finding);
  // Looked at after every step: the first that breaks the rule ends the list. Looking lets everything come to its end first, so that what needs two things at once wants fewer looks.
  let every = 1;
  const attempt = (steps: readonly Step[]): boolean => {
    if (left-- <= 0) return false;
    const again = runSession({ ...options, steps, every });
    if (ruleOf(again.finding) !== rule) return false;
    best = again;
    return true;
  };
  if (!attempt(best.steps)) {
    every = Math.max(failed.steps.length, 1);
    attempt(best.steps);
  }
  for (let size = Math.max(1, best.steps.length >>> 1); left > 0; size = Math.max(1, size >>> 1)) {
    let smaller = false;
    for (let at = Math.max(0, best.steps.length - size); left > 0; at -= size) {
      const from = Math.max(0, at);
      if (best.steps.length > 1 && attempt([...best.steps.slice(0, from), ...best.steps.slice(from + size)])) smaller = true;
      if (from === 0) break;
    }
    if (size === 1 && !smaller) break;
  }
  return best;
}
