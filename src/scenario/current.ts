/** The scenario as it was opened, and the session as one now: what links, files and the keeping of sessions are made of. */
import type { ScriptReport, SessionReport } from '../../workers/scenario/engine.ts';
import { firstBranch, isSetting, isStep, type Scenario, type StartMode, type Statement } from '../../workers/scenario/scenario.ts';
import { KIND_NAMES } from '../../workers/uapi/page_kind.ts';
import { FIT_MARGIN } from '../map/index.ts';
import { useLens } from '../state/lens.ts';
import { usePicture } from '../state/picture.ts';
import { useTime } from '../state/time.ts';
import { useView } from '../state/view.ts';
import type { LibraryText } from './link.ts';
import { stageParts } from './stage.ts';

export interface Current {
  readonly scenario: Scenario;
  readonly library: LibraryText | undefined;
  readonly start: StartMode;
}
let current: Current | undefined;
export const currentScenario = (): Current | undefined => current;
export const setCurrent = (next: Current | undefined): void => { current = next; };

/** What is looked at, as a statement; undefined: the whole machine, nothing selected. */
export function viewStatement(): Statement | undefined {
  const { block, pfn, isolated, tab } = useView.getState();
  const { range: { from, to, end }, top, width } = usePicture.getState();
  // What is fitted again gets the margins again.
  const margin = (FIT_MARGIN * (to - from)) / Math.max(1, width);
  const whole = from <= 0 && to >= end;
  const { chosen } = useLens.getState();
  const address = (pfn: number): string => `0x${Math.max(0, Math.round(pfn)).toString(16)}`;
  const values: Record<string, string> = {
    ...(block !== undefined && { block: String(block) }), ...(pfn !== undefined && { pfn: `0x${pfn.toString(16)}` }), ...(!whole && { at: `${address(from + margin)}-${address(to - margin)}` }), ...(!whole && top >= 1 && { top: String(Math.round(top)) }),
    ...(chosen !== 'kind' && { colours: chosen }), ...(isolated !== undefined && { kind: KIND_NAMES[isolated] ?? '' }), ...(tab !== 'calls' && { tab }), ...stageParts(),
  };
  return Object.keys(values).length > 0 ? { type: 'view', values } : undefined;
}

/** Statements that come after what the scenario itself says: what was done, what is looked at, where it stands. */
function tail(from: Current, report: SessionReport, done: boolean): Statement[] {
  const view = viewStatement();
  const untouched = report.moment.command === 0 && report.moment.events === 0;
  const start = done ? 'end' : from.start;
  const { bookmarks } = useTime.getState();
  return [
    ...(report.branches ? [report.branches.reached, ...report.branches.others.flatMap(({ start: begun, steps, reached }) => [begun, ...steps, reached])] : []),
    ...bookmarks.map(({ branch, seq, name }) => ({ type: 'bookmark', branch, seq, name }) as const),
    ...(view ? [view] : []), { type: 'start', mode: start }, ...(untouched ? [] : [report.moment]),
  ];
}

export interface Told {
  /** The whole session as one scenario. */
  readonly scenario: Scenario;
  /** For a scenario of the library that nobody interfered with: what was added. */
  readonly added: { readonly name: string; readonly statements: readonly Statement[] } | undefined;
}
/** What is said of a session anew each time. */
const ASIDE: readonly Statement['type'][] = ['view', 'start', 'moment', 'reached', 'bookmark'];
/** The course of a scenario's first branch, without what says how it is looked at. */
function courseOf(scenario: Scenario): Statement[] {
  const course = firstBranch(scenario).filter(({ type }) => !ASIDE.includes(type));
  while (course.at(-1)?.type === 'blank') course.pop();
  return course;
}
/** The session told as a scenario: its own text as far as that was played, then what else was done. */
export function tellSession(from: Current, report: SessionReport, { done, position }: Pick<ScriptReport, 'done' | 'position'>): Told {
  const kept = courseOf(from.scenario);
  const end = tail(from, report, done);
  const { added } = report;
  const whole = (statements: readonly Statement[]): Told => ({ scenario: { statements: [...statements, ...end] }, added: undefined });
  // What was done beside it stands where it was done: behind the steps that had been taken, before those that are still to come.
  const next = kept.map((s, i) => [s, i] as const).filter(([s]) => isStep(s))[position]?.[1] ?? kept.length;
  if (added === undefined) {
    const lastSetting = kept.findLastIndex(isSetting);
    return whole([...kept.slice(0, lastSetting + 1).filter((s) => !isStep(s)), ...report.all, ...kept.slice(next)]);
  }
  if (!done && added.length > 0) return whole([...kept.slice(0, next), ...added, ...kept.slice(next)]);
  // It may have been opened with something added to it: that is still to be said.
  const beyond = from.library ? kept.slice(courseOf(from.library.scenario).length) : [];
  return { scenario: { statements: [...kept, ...added, ...end] }, added: from.library && { name: from.library.name, statements: [...beyond, ...added, ...end] } };
}
