/**
 * The scenario of an engine's machine: the player, what it has told so far, and what was done beside it. It goes through time with the machine: after everything the player decides a mark is
 * kept, and who stands in the past is told of the last one before; what is done there goes on from it, on a branch of its own.
 */
import type { History, Target } from '../machine/history.ts';
import { createPlayer, type Note, type PlayerState } from '../machine/player.ts';
import { momentOf, sessionSteps } from '../machine/session.ts';
import type { ScriptReport, SessionReport } from '../scenario/engine.ts';
import type { Moment, Step } from '../scenario/scenario.ts';
import { H_SEQ } from '../uapi/layout.ts';
import { livedOn, reachedOf, tellBranches } from './told_branches.ts';

/** Failures kept for the page. */
const MAX_FAILED = 100;

/** Where the machine stands in its past, and how it is brought elsewhere. */
export type Times = History;

export interface Script {
  /** As machine.run(), with the steps that fall into it. In the past it lives through what is known. */
  run(events: number): boolean;
  done(): boolean;
  /** Nothing is left to do until another step is allowed. */
  held(): boolean;
  /** Allows one more step, or all. */
  allow(all: boolean): void;
  /** Before a person does something beside the steps, in the past too: what is left of them waits then until it is allowed again. */
  submitting(): void;
  /** A person submitted a command beside the steps. */
  submitted(id: number): void;
  /** The place at which the next step waits, or the last thing was decided, as far as it is known; undefined: it lies ahead. */
  nextPlace(): Target | undefined;
  /** One stretch towards a moment. True: it is reached. */
  towards(at: Moment | 'end'): boolean;
  report(): ScriptReport;
  session(): SessionReport;
  /** A branch was lived as it had been told: its commands that were submitted at rest. */
  grown(rested: ReadonlySet<number>): void;
}

/** What is known of the script after something was decided. */
interface Mark {
  readonly turn: number;
  readonly acts: number;
  readonly player: PlayerState;
  readonly done: boolean;
  readonly held: boolean;
  readonly caption: string | undefined;
  readonly met: number;
  readonly failed: number;
  /** Commands that the player submitted, and those submitted when nothing was left to do. */
  readonly own: ReadonlySet<number>;
  readonly rested: ReadonlySet<number>;
}

export function createScript(times: Times, steps: readonly Step[] = [], mode: 'play' | 'step' = 'play'): Script {
  const { machine } = times;
  /** By branch, in their order: what was decided on the way to its end, the branches before it included. */
  const marks = new Map<number, Mark[]>();
  /** The branch at whose end the player stands. */
  let branch = times.position().branch;
  let caption: string | undefined;
  let met = 0;
  let failed: Extract<Note, { readonly type: 'failed' }>[] = [];
  let own: ReadonlySet<number> = new Set();
  let rested: ReadonlySet<number> = new Set();
  /** Nothing was left to do after the last run. */
  let still = true;
  const player = createPlayer(machine, steps, () => {
    note();
    mark();
  });
  const asUsual = (): void => { player.allow(mode === 'step' ? 0 : Number.POSITIVE_INFINITY); };
  asUsual();
  mark();

  function note(): void {
    for (const n of player.take()) {
      if (n.type === 'caption') caption = n.text;
      else if (n.type === 'met') met++;
      else if (n.type === 'failed' && failed.length < MAX_FAILED) failed = [...failed, n];
      else if (n.type === 'command') own = new Set(own).add(n.id);
    }
  }
  function mark(): void {
    const { turn, acts } = times.position();
    const list = marks.get(branch) ?? [];
    marks.set(branch, list);
    list.push({ turn, acts, player: player.save(), done: player.done(), held: player.held(), caption, met, failed: failed.length, own, rested });
  }
  /** Marks on a branch up to where the machine stands. */
  function before(): Mark[] {
    const { turn, acts, branch: here } = times.position();
    return marksOf(here).filter((m) => m.turn <= turn && m.acts <= acts);
  }
  /** A branch that nobody has decided anything on yet begins with what was decided before it. */
  function marksOf(id: number): Mark[] {
    const known = marks.get(id);
    if (known) return known;
    const from = times.branches().find((b) => b.id === id)?.from;
    const list = from ? marksOf(from.branch).filter((m) => m.turn <= from.turn && m.acts <= from.acts) : [];
    marks.set(id, list);
    return list;
  }
  function load(to: Mark): void {
    player.load(to.player);
    ({ caption, met, own, rested } = to);
    // Failures are kept in their order: those that came later are another branch's.
    failed = failed.slice(0, to.failed);
    still = machine.idle();
  }
  /** At the end of another branch than the one it played on, it is as far as it was there. */
  function sync(): void {
    const here = times.position().branch;
    if (here === branch || !times.atEnd()) return;
    const last = marksOf(here).at(-1);
    branch = here;
    if (last) load(last);
  }
  function run(events: number): boolean {
    if (!times.atEnd()) {
      const more = machine.run(events);
      sync();
      // What is known is used up: steps may be left.
      return more || (times.atEnd() && !player.done() && !player.held());
    }
    sync();
    const more = player.run(events);
    note();
    still = !more;
    return more;
  }
  const seq = (): number => machine.kernel.mm.t.header[H_SEQ] as number;
  /** The mark that tells of where the machine stands; undefined: the player itself does. */
  const past = (): Mark | undefined => (times.atEnd() && times.position().branch === branch ? undefined : before().at(-1));

  return {
    run,
    done: () => (past() ?? { done: player.done() }).done,
    held: () => times.atEnd() && player.held(),
    allow: (all) => {
      sync();
      player.allow(all ? Number.POSITIVE_INFINITY : 1);
    },
    submitting() {
      sync();
      if (times.atEnd()) return;
      const there = before().at(-1);
      if (there) load(there);
    },
    submitted: (id) => {
      const here = times.position().branch;
      if (here !== branch) {
        marksOf(here);
        branch = here;
      }
      if (still) rested = new Set(rested).add(id);
      mark();
    },
    nextPlace() {
      const here = times.position();
      const next = marksOf(here.branch).find((m) => (m.turn > here.turn || m.acts > here.acts) && (m.held || m.player.at > (before().at(-1)?.player.at ?? 0)));
      return next && { turn: next.turn, acts: next.acts };
    },
    towards(at) {
      if (at === 'end') {
        player.allow(Number.POSITIVE_INFINITY);
        run(2048);
        return player.done() && still;
      }
      const last = machine.journal[at.command - 1];
      const begun = at.command === 0 ? 0 : last?.seq;
      // No step beyond the moment's own.
      player.allow(begun === undefined ? Number.POSITIVE_INFINITY : 0);
      if (begun !== undefined && seq() >= begun + at.events) {
        if (at.settled) still = !machine.run(2048);
        if (at.settled && !still) return false;
        asUsual();
        return true;
      }
      // The command's own event must not be passed over: one event at a time until it is there.
      const more = run(begun === undefined ? 1 : begun + at.events - seq());
      return !more && player.done();
    },
    report() {
      const then = past();
      const told = failed.slice(0, then?.failed ?? failed.length).map(({ step, seq: at, difference }) => ({ step, seq: at, difference }));
      if (then) return { position: then.player.at, of: steps.length, done: then.done, held: then.held, caption: then.caption, met: then.met, failed: told };
      return { position: player.position(), of: steps.length, done: player.done(), held: player.held(), caption, met, failed: told };
    },
    session() {
      const here = times.position();
      // Each branch is told to its end, where it stands in its past as well.
      const several = times.branches().length > 1 || here.seq < times.of(0).end.seq;
      const then = several ? (branch === 0 ? undefined : marksOf(0).at(-1)) : past();
      const ids = then?.own ?? own;
      const quiet = then?.rested ?? rested;
      const isRested = (id: number): boolean => quiet.has(id);
      const lived = livedOn(times, 0);
      // Its own commands came first: the scenario's text says them better than the journal.
      const first = [...ids].every((id) => id < ids.size);
      return {
        all: sessionSteps(lived, isRested), added: first ? sessionSteps(lived, isRested, ids.size) : undefined,
        moment: { ...momentOf(machine, times.atEnd() ? still : machine.idle()), ...(here.branch !== 0 && { branch: here.branch }) },
        branches: several ? { reached: reachedOf(times), position: then?.player.at ?? player.position(), done: then?.done ?? player.done(), others: tellBranches(times, (id) => (id === branch ? rested : (marksOf(id).at(-1)?.rested ?? new Set()))) } : undefined,
      };
    },
    grown(ids) {
      sync();
      rested = new Set([...rested, ...ids]);
      still = machine.idle();
      mark();
    },
  };
}
