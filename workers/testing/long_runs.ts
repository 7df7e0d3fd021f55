/** What tests let compute for a minute: they have it bundled (bundled.ts). */
import { simulator } from './simulator.ts';
import { replay } from './replay.ts';
import type { Answer, Question } from './question.ts';

/** A new machine, and all that the question types there. */
export const answer = (question: Question): Answer => replay(question, simulator);
export { runSession } from './fuzz/session.ts';
