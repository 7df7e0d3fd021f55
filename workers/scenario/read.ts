/** From a text, and what a link adds to it, to a scenario. */
import { type Parsed, parseScenario } from './parse.ts';
import { printScenario } from './print.ts';
import type { Scenario, Statement } from './scenario.ts';

export interface ReadText {
  /** The text that was read: with what was added. */
  readonly text: string;
  readonly parsed: Parsed;
  /** The scenario as it was before anything was added. */
  readonly base: Scenario | undefined;
}

const SHOWING: readonly Statement['type'][] = ['view', 'start', 'moment'];
/** A scenario with statements added; its own view, start and moment give way to theirs. */
function joined(base: Scenario, added: string): string {
  const replaced = SHOWING.filter((type) => new RegExp(`^\\s*${type}\\b`, 'm').test(added));
  return printScenario({ statements: base.statements.filter(({ type }) => !replaced.includes(type)) }) + added;
}

/** `added`: statements as text, without the line that says the version. */
export function readScenario(text: string, added?: string): ReadText {
  const parsed = parseScenario(text);
  const base = parsed.ok ? parsed.scenario : undefined;
  if (base === undefined || added === undefined) return { text, parsed, base };
  const whole = joined(base, added);
  return { text: whole, parsed: parseScenario(whole), base };
}
