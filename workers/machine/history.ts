/**
 * A machine with its past. It can be put to any event of what has happened, and on from there: what was typed is typed again at the same turns until the past is used up.
 * A command in the past begins another branch; the future that was there stays one, too.
 * How: keyframes wherever the machine rests, and from the nearest one before on everything runs again. Nothing of this shows in the machine's state.
 */
import type { Command } from '../uapi/command.ts';
import { H_BRANCH, H_SEQ, H_TEXT_HEAD, H_TRACE_HEAD } from '../uapi/layout.ts';
import type { Stand } from '../kernel/sched.ts';
import type { Stride } from '../uapi/time.ts';
import { createPast, type Past } from './past.ts';
import type { Keyframe, Machine } from './types.ts';

/** A place where the machine stood still. */
export interface Position {
  readonly branch: number;
  /** Last event that has happened. */
  readonly seq: number;
  /** Turns of the run queue so far. */
  readonly turn: number;
  /** What was done to the machine so far: several things may be done in the same turn. */
  readonly acts: number;
}
/** What is done to a machine from outside, and after which turn: a command is typed, or it is left alone until the clock shows `until`, or for `ns`. */
export interface Act {
  readonly turn: number;
  readonly seq: number;
  readonly what: { readonly type: 'command'; readonly command: Command } | { readonly type: 'wait'; readonly until: number } | { readonly type: 'advance'; readonly ns: number };
}
/** Where to go: an event (the first place at which it has happened), or exactly a place. */
export type Target = number | Omit<Position, 'branch' | 'seq'>;
export interface Branch {
  readonly id: number;
  readonly name: string;
  /** Where it left the one it comes from; the first branch comes from nowhere. */
  readonly from: Position | undefined;
  /** The furthest it got. */
  readonly end: Omit<Position, 'branch'>;
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Kept extends Keyframe {
  readonly acts: number;
}
interface OwnBranch extends Mutable<Branch> {
  /** Everything done since boot, the branches before included. */
  readonly acts: Act[];
  readonly keyframes: Kept[];
  readonly past: Past;
  settled: boolean;
}

export interface History {
  /** The machine for whoever drives it: what is done to it becomes part of the past. */
  readonly machine: Machine;
  position(): Position;
  branches(): readonly Branch[];
  /** What was done on the current branch, its future included. */
  acts(): readonly Act[];
  /** What was said on the current branch, its future included. */
  past(): Past;
  /** True: it stands at the end of its branch; what happens now is new. */
  atEnd(): boolean;
  /** To a place of a branch (absent: this one); an event beyond its end: to its end. */
  seek(to: Target, branch?: number): void;
  /** The same in parts, so that a long way can be shown and given up. Begins at the nearest keyframe; `proceed` goes on by about so many events, true: there. */
  begin(to: Target, branch?: number): { readonly to: number; proceed(events: number): boolean };
  /** Where a stride backwards, or forwards inside the past, leads to; undefined: nowhere. */
  find(stride: Stride, direction: 1 | -1): Target | undefined;
  /** Lives on at the end of a branch until a stride is done or about `events` have happened. 'done', 'more', or 'over': nothing is left to do. */
  stride(stride: Stride): (events: number) => 'done' | 'more' | 'over';
  name(branch: number, name: string): void;
  /** What was done and said on a branch to its end, and whether nothing was left to do there. */
  of(branch: number): { readonly acts: readonly Act[]; readonly past: Past; readonly end: Branch['end']; readonly settled: boolean };
  /** Keyframes kept of all branches, and bytes they hold: at most MAX_KEYFRAME_BYTES beside the first and last of each. */
  keyframes(): { readonly count: number; readonly bytes: number };
}

/** Keyframes kept, and what all of them may hold. */
const MAX_KEYFRAMES = 512;
export const MAX_KEYFRAME_BYTES = 2 ** 28;
/** Two keyframes are an act apart, or so many events. */
const KEYFRAME_EVENTS = 500;
/** Living through as many turns takes as long as changing a byte: what changed tells of work that no turn tells of, a process that fills memory in one. */
const TURNS_PER_BYTE = 1 / 64;
/** Events worked off at once, and turns in which nothing may be said. */
const SLICE = 4096;

/** Work between a keyframe and the one before: what a keyframe that went told of, the next one tells of as well. */
const workOf = (keyframes: readonly Kept[], i: number): number => (keyframes[i] as Kept).turn - (keyframes[i - 1] as Kept).turn + (keyframes[i] as Kept).bytes * TURNS_PER_BYTE;
const countOf = (all: readonly Kept[][]): number => all.reduce((sum, keyframes) => sum + keyframes.length, 0);
/** While there are too many keyframes, of all branches the one goes whose neighbours are nearest, counted in work; never the first of a branch or the last. */
function thin(all: readonly Kept[][], machine: Pick<Machine, 'held' | 'release'>, limit: number): void {
  while (machine.held() > limit || countOf(all) > MAX_KEYFRAMES) {
    let [from, least, work] = [undefined as Kept[] | undefined, 0, Number.POSITIVE_INFINITY];
    for (const keyframes of all) {
      for (let i = 1; i < keyframes.length - 1; i++) {
        const gap = workOf(keyframes, i) + workOf(keyframes, i + 1);
        if (gap < work) [from, least, work] = [keyframes, i, gap];
      }
    }
    if (from === undefined) return;
    const [gone] = from.splice(least, 1) as [Kept];
    const next = from[least] as Kept;
    from[least] = { ...next, bytes: next.bytes + gone.bytes };
    machine.release(gone);
  }
}

/** @param limit bytes that keyframes may hold */
export function createHistory(machine: Machine, limit = MAX_KEYFRAME_BYTES): History {
  const { t } = machine.kernel.mm;
  const { header } = t;
  const seqNow = (): number => header[H_SEQ] as number;
  /** Acts the machine has behind it where it stands. */
  let done = 0;
  const here = (): Omit<Position, 'branch'> => ({ seq: seqNow(), turn: machine.turn(), acts: done });
  const boot = machine.keyframe();
  if (boot === undefined) throw new Error('a machine with a past must be at rest when it begins');
  /** Where it stood when it had booted. */
  const first: Kept = { ...boot, acts: 0 };
  const branches: OwnBranch[] = [{ id: 0, name: '', from: undefined, end: here(), acts: [], keyframes: [first], past: createPast(t), settled: true }];
  let current = branches[0] as OwnBranch;
  // A module that was loaded while it booted may have spoken: that is the first turn.
  if (seqNow() > 0) current.past.take((header[H_TRACE_HEAD] as number) - seqNow(), header[H_TRACE_HEAD] as number, false, machine.turn());
  /** Asked for each new event while a stride is under way. */
  let wanted: ((seq: number) => boolean) | undefined;
  let met = false;

  const hear = (from: number, to: number, each: boolean): void => {
    const { past } = current;
    // What is lived through again is known.
    if (seqNow() <= past.length) return;
    const before = past.length;
    past.take(from, to, each, machine.turn());
    for (let seq = before + 1; wanted !== undefined && !met && seq <= past.length; seq++) met = wanted(seq);
    if (met) machine.halt();
  };
  machine.watch(hear);

  const atEnd = (): boolean => machine.turn() >= current.end.turn && done >= current.end.acts;
  function noteEnd(): void {
    current.end = here();
    current.settled = machine.idle();
  }
  /** @param exactly one of this very place, however near another is */
  function keep(exactly = false): void {
    const { keyframes } = current;
    // Several may be of the same turn, each with an act more behind it.
    const after = keyframes.findLastIndex((k) => k.turn < machine.turn() || (k.turn === machine.turn() && k.acts <= done));
    const near = keyframes[after];
    if (near !== undefined && near.acts === done && (exactly ? near.turn === machine.turn() : seqNow() - near.seq < KEYFRAME_EVENTS)) return;
    const made = machine.keyframe();
    if (made === undefined) return;
    keyframes.splice(after + 1, 0, { ...made, acts: done });
    thin(branches.map((b) => b.keyframes), machine, limit);
  }
  function act({ what }: Act): void {
    keep();
    if (what.type === 'command') machine.submit(what.command);
    else if (what.type === 'advance') machine.advance(what.ns);
    else machine.run(Number.POSITIVE_INFINITY, what.until);
    done++;
  }
  /** Something new is done: in the past, that begins a branch. */
  function note(what: Act['what']): void {
    if (!atEnd()) {
      const from = { branch: current.id, ...here() };
      const past = current.past.fork(from.seq, header[H_TEXT_HEAD] as number);
      current = { id: branches.length, name: '', from, end: from, acts: current.acts.slice(0, done), keyframes: [], past, settled: false };
      branches.push(current);
      header[H_BRANCH] = current.id;
      machine.onLine(current.id);
    }
    keep();
    current.acts.push({ turn: machine.turn(), seq: seqNow(), what });
    done++;
  }
  /**
   * Lives on: what was typed is typed again in its turn. Stops when `seq` has happened or at a place ('there'), where there is nothing to do ('over'), or after `events`.
   * Throws if the past cannot be lived again: then something that changes is not remembered.
   */
  function live(seq: number, { turn, acts }: Omit<Position, 'branch' | 'seq'>, events: number): 'there' | 'over' | 'more' {
    for (const stop = seqNow() + events; ; ) {
      if (seqNow() >= seq || (machine.turn() >= turn && done >= acts)) return 'there';
      if (seqNow() >= stop) return 'more';
      const next = done < acts ? current.acts[done] : undefined;
      if (next !== undefined && machine.turn() >= next.turn) {
        act(next);
        continue;
      }
      const turns = Math.min(turn, next?.turn ?? Number.POSITIVE_INFINITY) - machine.turn();
      const more = machine.run(Math.min(SLICE, seq - seqNow(), stop - seqNow()), Number.POSITIVE_INFINITY, Math.min(turns, SLICE));
      if (more || (next !== undefined && machine.turn() >= next.turn)) continue;
      if (next === undefined) return 'over';
      throw new Error(`the past cannot be lived again: at turn ${machine.turn()} nothing is left to do, and at ${next.turn} more was done`);
    }
  }
  function branchOf(id: number): OwnBranch {
    const found = branches.find((b) => b.id === id);
    if (found === undefined) throw new Error(`there is no branch ${id}`);
    return found;
  }
  /** A turn before a branch began was lived on the one it comes from. */
  const lineOf = ({ line, at }: Stand): number => {
    let b = branchOf(line);
    while (b.from !== undefined && at <= b.from.turn) b = branchOf(b.from.branch);
    return b.id;
  };
  /** A thread stands at the same place, on the same branch or on what two have in common. */
  const same = (a: Stand, b: Stand): boolean => a.at === b.at && lineOf(a) === lineOf(b);
  /** Keyframes at or before a place, of the branch and of those it comes from, the nearest first. */
  function candidates(branch: OwnBranch, to: Target): Kept[] {
    const found: Kept[] = [];
    const seq = typeof to === 'number' ? to : Number.POSITIVE_INFINITY;
    let before = typeof to === 'number' ? { turn: Number.POSITIVE_INFINITY, acts: Number.POSITIVE_INFINITY } : to;
    for (let b: OwnBranch | undefined = branch; b !== undefined; b = b.from && branchOf(b.from.branch)) {
      for (const k of b.keyframes.toReversed()) if (k.seq <= seq && k.turn <= before.turn && k.acts <= before.acts) found.push(k);
      if (b.from && b.from.turn <= before.turn) before = b.from;
    }
    return found;
  }
  const reached = (to: Target): boolean => (typeof to === 'number' ? seqNow() >= to : machine.turn() > to.turn || (machine.turn() === to.turn && done > to.acts));
  function begin(wanted: Target, id = current.id): ReturnType<History['begin']> {
    const branch = branchOf(id);
    // What was said while it booted lies before any place it can stand at.
    const to = typeof wanted === 'number' ? Math.max(wanted, first.seq) : wanted;
    const keyframe = candidates(branch, to).find((k) => k.threads.every(({ task, stands, again }) => again !== undefined || same(task.stands(), stands)));
    // From where it stands if that lies on the way, and no keyframe is nearer.
    if (branch !== current || reached(to) || (keyframe !== undefined && keyframe.turn > machine.turn())) {
      if (keyframe === undefined || !machine.restore(keyframe, same)) throw new Error('no keyframe leads there');
      done = keyframe.acts;
    }
    current = branch;
    header[H_BRANCH] = branch.id;
    machine.onLine(branch.id);
    const seq = typeof to === 'number' && to < branch.end.seq ? to : Number.POSITIVE_INFINITY;
    const place = typeof to === 'number' ? branch.end : to;
    return { to: Math.min(seq, branch.end.seq), proceed: (events) => live(seq, place, events) !== 'more' };
  }

  const driven: Machine = {
    ...machine,
    submit(command) {
      note({ type: 'command', command });
      const reply = machine.submit(command);
      noteEnd();
      return reply;
    },
    run(events, until, turns) {
      if (!atEnd()) {
        const target = seqNow() + events;
        return live(target, current.end, events) !== 'over' && !(atEnd() && machine.idle());
      }
      const [target, begun] = [seqNow() + events, machine.turn()];
      const more = machine.run(events, until, turns);
      // It ended neither for events nor for turns: the clock went on to `until`, which no turn tells.
      if (until !== undefined && more && seqNow() < target && machine.turn() - begun < (turns ?? SLICE)) note({ type: 'wait', until });
      if (!more) keep();
      noteEnd();
      return more;
    },
    advance(ns) {
      note({ type: 'advance', ns });
      machine.advance(ns);
      noteEnd();
    },
  };

  return {
    machine: driven, atEnd, begin,
    position: () => ({ branch: current.id, ...here() }),
    branches: () => branches,
    acts: () => current.acts,
    past: () => current.past,
    seek(to, id) {
      begin(to, id).proceed(Number.POSITIVE_INFINITY);
    },
    find(stride, direction) {
      const { past } = current;
      const seq = seqNow();
      const found = past.find(stride, direction, seq);
      if (found === undefined) return undefined;
      return direction === 1 ? found : past.before(found);
    },
    stride(stride) {
      const { past } = current;
      const seek = past.seeker(stride, 1, seqNow());
      return (events) => {
        wanted = seek;
        met = false;
        machine.watch(hear, true);
        const more = machine.run(events);
        machine.watch(hear);
        wanted = undefined;
        noteEnd();
        return met ? 'done' : more ? 'more' : 'over';
      };
    },
    of: (id) => branchOf(id),
    keyframes: () => ({ count: countOf(branches.map((b) => b.keyframes)), bytes: machine.held() }),
    name(id, name) {
      branchOf(id).name = name;
    },
  };
}
