/** Branches as a scenario tells them, and back: each as the instant it left another one, what was done on it, and how far it was lived. */
import type { History, Target } from '../machine/history.ts';
import { createPlayer } from '../machine/player.ts';
import { type Lived, sessionSteps } from '../machine/session.ts';
import type { Instant, Step, ToldBranch } from '../scenario/scenario.ts';
import type { Command } from '../uapi/command.ts';
import type { EventSeq } from '../uapi/units.ts';

/** Events a branch may take to be lived again, and those worked off between two looks at messages. */
const MAX_EVENTS = 2_000_000;
const SLICE = 16_384;

type Acts = ReturnType<History['acts']>;
const commandsOf = (acts: Acts): { readonly seq: number; readonly turn: number; readonly acts: number; readonly command: Command }[] =>
  acts.flatMap(({ seq, turn, what }, i) => (what.type === 'command' ? [{ seq, turn, acts: i, command: what.command }] : []));

/** What was done on a branch to its end, its future included. */
export function livedOn(history: History, branch: number): Lived {
  const { acts, past } = history.of(branch);
  const ends = new Map(past.ends.map((end) => [end.id, end]));
  return {
    journal: commandsOf(acts).map(({ seq, turn, command }, id) => ({ id, seq: seq as EventSeq, turn, command })),
    endOf: (id) => ends.get(id),
  };
}
/** An event of a branch, told from the last command before it. */
function instantOf(history: History, branch: number, seq: number, acts: number, settled: boolean): Instant {
  const before = commandsOf(history.of(branch).acts).filter((c) => c.acts < acts);
  return { command: before.length, events: seq - (before.at(-1)?.seq ?? 0), settled };
}

/** Branches but the first. @param rested ids of commands of a branch that were submitted when nothing was left to do */
export function tellBranches(history: History, rested: (branch: number) => ReadonlySet<number>): ToldBranch[] {
  return history.branches().flatMap(({ id, name, from, end }) => {
    if (from === undefined) return [];
    const first = commandsOf(history.of(from.branch).acts).filter((c) => c.acts < from.acts).length;
    const quiet = rested(id);
    return [{
      start: { type: 'branch', from: from.branch, ...instantOf(history, from.branch, from.seq, from.acts, quiet.has(first)), name },
      steps: sessionSteps(livedOn(history, id), (n) => quiet.has(n), first),
      reached: { type: 'reached', ...instantOf(history, id, end.seq, end.acts, history.of(id).settled) },
    }] satisfies ToldBranch[];
  });
}
/** How far the first branch was lived. */
export function reachedOf(history: History): ToldBranch['reached'] {
  const { end, settled } = history.of(0);
  return { type: 'reached', ...instantOf(history, 0, end.seq, end.acts, settled) };
}

/** Where an instant lies on a branch, as far as it was lived. */
export function placeOf(history: History, branch: number, { command, events, settled }: Instant): Target {
  const { acts, end } = history.of(branch);
  const commands = commandsOf(acts);
  const seq = (command === 0 ? 0 : (commands[command - 1]?.seq ?? end.seq)) + events;
  const next = commands[command];
  // At rest: where the next command was typed, or the branch ends.
  if (settled && next !== undefined && next.seq === seq) return { turn: next.turn, acts: next.acts };
  return seq >= end.seq ? { turn: end.turn, acts: end.acts } : seq;
}

/** Which of the steps' commands were submitted when nothing was left to do. */
function restedIn(steps: readonly Step[], first: number, settled: boolean): Set<number> {
  const rested = new Set<number>(settled ? [first] : []);
  let id = first;
  steps.forEach((step, i) => {
    if (step.type === 'wait' || step.type === 'caption' || step.type === 'expect') return;
    const before = steps[i - 1];
    if (before?.type === 'wait' && 'idle' in before) rested.add(id);
    id++;
  });
  return rested;
}

/**
 * Lives a branch that was told. Returns the ids of its commands that were submitted at rest; undefined: it begins where nothing else follows, or on a branch that is not there, and is left out.
 * @param rest lets messages be looked at
 */
export async function growBranch(history: History, { start, steps, reached }: { readonly start: ToldBranch['start']; readonly steps: readonly Step[]; readonly reached?: ToldBranch['reached'] | undefined }, rest: () => Promise<void>): Promise<ReadonlySet<number> | undefined> {
  if (!history.branches().some(({ id }) => id === start.from)) return undefined;
  const way = history.begin(placeOf(history, start.from, start), start.from);
  while (!way.proceed(SLICE)) await rest();
  if (history.atEnd()) return undefined;
  const { machine } = history;
  const first = machine.journal.length;
  const player = createPlayer(machine, steps);
  // A branch that ends before a rest ends at an event of its last command: it must not be passed over.
  const sharp = reached !== undefined && !reached.settled;
  const there = (): boolean => sharp && machine.journal.length >= reached.command && history.position().seq >= (machine.journal[reached.command - 1]?.seq ?? 0) + reached.events;
  const begun = history.position().seq;
  for (let turns = 1; !there() && history.position().seq - begun < MAX_EVENTS; turns++) {
    const more = player.run(sharp ? 1 : SLICE);
    player.take();
    if (!more && player.done()) break;
    if (!sharp || turns % SLICE === 0) await rest();
  }
  history.name(history.position().branch, start.name);
  return restedIn(steps, first, start.settled);
}
