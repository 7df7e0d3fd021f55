/**
 * A machine with its past. It can be put to any event of what has happened, and on from there: what was typed is typed again at the same turns until the past is used up.
 * A command in the past begins another branch; the future that was there stays one, too.
 * How: keyframes wherever the machine rests, and from the nearest one before on everything runs again. Nothing of this shows in the machine's state.
 */
import type { Command, JournalEntry, Reply } from '../uapi/command.ts';
import { H_BRANCH, H_SEQ, H_TEXT_HEAD } from '../uapi/layout.ts';
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
  /** Commands typed so far: several may be typed in the same turn. */
  readonly commands: number;
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
interface OwnBranch extends Mutable<Branch> {
  /** Everything typed on it since boot, the branches before included. */
  readonly entries: JournalEntry[];
  readonly keyframes: Keyframe[];
  readonly past: Past;
}

export interface History {
  readonly machine: Machine;
  position(): Position;
  branches(): readonly Branch[];
  /** Commands of the current branch, those of its future included. */
  entries(): readonly JournalEntry[];
  /** What was said on the current branch, its future included. */
  past(): Past;
  /** True: it stands at the end of its branch; what happens now is new. */
  atEnd(): boolean;
  /** As Machine.submit(). In the past it begins a branch. */
  submit(command: Command): Reply<{ id: number }>;
  /** Runs until `events` more have happened or nothing is left to do; in the past, not beyond its end. True: there is more to do. */
  run(events: number): boolean;
  /** To a place of a branch (absent: this one); an event beyond its end: to its end. */
  seek(to: Target, branch?: number): void;
  /** The same in parts, so that a long way can be shown and given up. Begins at the nearest keyframe; `proceed` goes on by about so many events, true: there. */
  begin(to: Target, branch?: number): { readonly to: number; proceed(events: number): boolean };
  /** Where a stride backwards, or forwards inside the past, leads to; undefined: nowhere. */
  find(stride: Stride, direction: 1 | -1): Target | undefined;
  /** Lives on at the end of a branch until a stride is done or about `events` have happened. 'done', 'more', or 'over': nothing is left to do. */
  stride(stride: Stride): (events: number) => 'done' | 'more' | 'over';
  name(branch: number, name: string): void;
}

/** Keyframes kept for each branch, and what all of them may hold. */
const MAX_KEYFRAMES = 64;
const MAX_BYTES = 2 ** 28;
/** Events that must lie between two keyframes. */
const KEYFRAME_EVENTS = 500;
/** Events worked off at once, and turns in which nothing may be said. */
const SLICE = 4096;

/** Keyframes that lie closest together lose the older one, never the first or the last. */
function thin(keyframes: Keyframe[]): void {
  const bytes = (): number => keyframes.reduce((sum, k) => sum + k.bytes, 0);
  while (keyframes.length > 2 && (keyframes.length > MAX_KEYFRAMES || bytes() > MAX_BYTES)) {
    const gap = (i: number): number => (keyframes[i + 1] as Keyframe).turn - (keyframes[i - 1] as Keyframe).turn;
    let least = 1;
    for (let i = 2; i < keyframes.length - 1; i++) if (gap(i) <= gap(least)) least = i;
    const [gone] = keyframes.splice(least, 1) as [Keyframe];
    const next = keyframes[least] as Keyframe;
    keyframes[least] = { ...next, bytes: next.bytes + gone.bytes };
  }
}

export function createHistory(machine: Machine): History {
  const { t } = machine.kernel.mm;
  const { header } = t;
  const seqNow = (): number => header[H_SEQ] as number;
  const here = (): Omit<Position, 'branch'> => ({ seq: seqNow(), turn: machine.turn(), commands: machine.journal.length });
  const boot = machine.keyframe();
  if (boot === undefined) throw new Error('a machine with a past must be at rest when it begins');
  const branches: OwnBranch[] = [{ id: 0, name: '', from: undefined, end: here(), entries: [], keyframes: [boot], past: createPast(t) }];
  let current = branches[0] as OwnBranch;
  /** Asked for each new event while a stride is under way. */
  let wanted: ((seq: number) => boolean) | undefined;
  let met = false;

  machine.watch((from, to) => {
    const { past } = current;
    // What is lived through again is known.
    if (seqNow() <= past.length) return;
    const before = past.length;
    past.take(from, to);
    for (let seq = before + 1; wanted !== undefined && !met && seq <= past.length; seq++) met = wanted(seq);
    if (met) machine.halt();
  });

  const atEnd = (): boolean => machine.turn() >= current.end.turn && machine.journal.length >= current.end.commands;
  function noteEnd(): void {
    current.end = here();
  }
  function keep(): void {
    const { keyframes } = current;
    const after = keyframes.findLastIndex((k) => k.turn <= machine.turn());
    const near = keyframes[after];
    if (near !== undefined && seqNow() - near.seq < KEYFRAME_EVENTS) return;
    const made = machine.keyframe();
    if (made === undefined) return;
    keyframes.splice(after + 1, 0, made);
    thin(keyframes);
  }
  /**
   * Lives on: what was typed is typed again in its turn. Stops when `seq` has happened or at a place ('there'), where there is nothing to do ('over'), or after `events`.
   * Throws if the past cannot be lived again: then something that changes is not remembered.
   */
  function live(seq: number, { turn, commands }: Omit<Position, 'branch' | 'seq'>, events: number): 'there' | 'over' | 'more' {
    for (const stop = seqNow() + events; ; ) {
      const typed = machine.journal.length;
      if (seqNow() >= seq || (machine.turn() >= turn && typed >= commands)) return 'there';
      if (seqNow() >= stop) return 'more';
      const next = typed < commands ? current.entries[typed] : undefined;
      if (next !== undefined && machine.turn() >= next.turn) {
        keep();
        machine.submit(next.command);
        continue;
      }
      const turns = Math.min(turn, next?.turn ?? Number.POSITIVE_INFINITY) - machine.turn();
      const more = machine.run(Math.min(SLICE, seq - seqNow(), stop - seqNow()), Number.POSITIVE_INFINITY, Math.min(turns, SLICE));
      if (more || (next !== undefined && machine.turn() >= next.turn)) continue;
      if (next === undefined) return 'over';
      throw new Error(`the past cannot be lived again: at turn ${machine.turn()} nothing is left to do, and at ${next.turn} the next command was typed`);
    }
  }
  function branchOf(id: number): OwnBranch {
    const found = branches.find((b) => b.id === id);
    if (found === undefined) throw new Error(`there is no branch ${id}`);
    return found;
  }
  /** Keyframes at or before a place, of the branch and of those it comes from, the nearest first. */
  function candidates(branch: OwnBranch, to: Target): Keyframe[] {
    const found: Keyframe[] = [];
    const seq = typeof to === 'number' ? to : Number.POSITIVE_INFINITY;
    let before = typeof to === 'number' ? Number.POSITIVE_INFINITY : to.turn;
    for (let b: OwnBranch | undefined = branch; b !== undefined; b = b.from && branchOf(b.from.branch)) {
      for (const k of b.keyframes.toReversed()) if (k.seq <= seq && k.turn <= before && k.commands <= (typeof to === 'number' ? Number.POSITIVE_INFINITY : to.commands)) found.push(k);
      before = Math.min(before, b.from?.turn ?? 0);
    }
    return found;
  }
  const reached = (to: Target): boolean => (typeof to === 'number' ? seqNow() >= to : machine.turn() > to.turn || (machine.turn() === to.turn && machine.journal.length > to.commands));
  function begin(to: Target, id = current.id): ReturnType<History['begin']> {
    const branch = branchOf(id);
    const keyframe = candidates(branch, to).find((k) => k.threads.every(([task, turns]) => task.turns() === turns));
    // From where it stands if that lies on the way, and no keyframe is nearer.
    if (branch !== current || reached(to) || (keyframe !== undefined && keyframe.turn > machine.turn())) {
      if (keyframe === undefined || !machine.restore(keyframe)) throw new Error('no keyframe leads there');
    }
    current = branch;
    header[H_BRANCH] = branch.id;
    const seq = typeof to === 'number' && to < branch.end.seq ? to : Number.POSITIVE_INFINITY;
    const place = typeof to === 'number' ? branch.end : to;
    return { to: Math.min(seq, branch.end.seq), proceed: (events) => live(seq, place, events) !== 'more' };
  }

  return {
    machine, atEnd, begin,
    position: () => ({ branch: current.id, ...here() }),
    branches: () => branches,
    entries: () => current.entries,
    past: () => current.past,
    submit(command) {
      if (!atEnd()) {
        const from = { branch: current.id, ...here() };
        const past = current.past.fork(from.seq, header[H_TEXT_HEAD] as number);
        current = { id: branches.length, name: '', from, end: from, entries: current.entries.slice(0, from.commands), keyframes: [], past };
        branches.push(current);
        header[H_BRANCH] = current.id;
      }
      keep();
      const reply = machine.submit(command);
      current.entries.push(machine.journal.at(-1) as JournalEntry);
      noteEnd();
      return reply;
    },
    run(events) {
      if (!atEnd()) {
        const target = seqNow() + events;
        return live(target, current.end, events) !== 'over' && !(atEnd() && machine.idle());
      }
      const more = machine.run(events);
      noteEnd();
      return more;
    },
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
        const more = machine.run(events);
        wanted = undefined;
        noteEnd();
        return met ? 'done' : more ? 'more' : 'over';
      };
    },
    name(id, name) {
      branchOf(id).name = name;
    },
  };
}
