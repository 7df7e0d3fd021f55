/** Where an answer comes from, whole: the rule in a sentence, the kernel's file and function of this edition, how it is known, and what is left out. Loaded when somebody asks. */
import { FUNCTIONS } from '../../workers/uapi/functions.ts';
import type { Edition } from '../../workers/uapi/machine_description.ts';
import { NOTIFIERS } from '../../workers/uapi/notifiers.ts';
import type { RuleWords } from '../strings/rules.en.ts';
import { knownOf } from './functions.ts';
import { leftOutAt, PASSED } from './left_out.ts';
import { listenerFile, listenerKnown } from './listeners.ts';
import type { Ref } from './rule_of.ts';
import { type Place, RULES, type Rule } from './rules.ts';

export interface Source extends Place {
  readonly sentence: string;
  readonly leftOut: string;
}
/** Words of a language; what it does not have of functions and listeners is said in English. */
export interface Catalogue {
  readonly words: RuleWords;
  readonly functions?: Readonly<Record<string, string>>;
  readonly listeners?: Readonly<Record<string, string>>;
}

/** Undefined: this edition has no such rule. */
export function sourceOf(edition: Edition, ref: Ref, { words, functions, listeners }: Catalogue): Source | undefined {
  if (ref.startsWith('fn:')) {
    const row = FUNCTIONS.find(([name]) => name === ref.slice(3));
    const known = row && knownOf(edition, row[0]);
    if (row === undefined || known === undefined) return undefined;
    const [fn, file, sentence] = row;
    return { file, fn, known, sentence: functions?.[fn] ?? sentence, leftOut: words.leftOut[PASSED.includes(fn) ? 'passed' : leftOutAt(edition, file)] };
  }
  if (ref.startsWith('listener:')) {
    const row = NOTIFIERS[Number(ref.slice(9))];
    const known = row && listenerKnown(edition, row.name);
    if (row === undefined || known === undefined) return undefined;
    return { file: listenerFile(edition, row), fn: row.name, known, sentence: listeners?.[row.name] ?? row.what, leftOut: words.leftOut.listeners };
  }
  const id = ref as keyof typeof RULES;
  const rule: Rule = RULES[id];
  const place = rule[edition];
  return place && { ...place, sentence: words.rules[id], leftOut: words.leftOut[leftOutAt(edition, place.file)] };
}
