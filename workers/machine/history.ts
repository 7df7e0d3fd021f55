/**
 * A machine with its past. It can be put to any event of what has happened, and on from there: what was typed is typed again at the same turns until the past is used up.
 * A command in the past begins another branch; the future that was there stays one, too.
 * How: keyframes wherever the machine rests, and from the nearest one before on everything runs again. Nothing of this shows in the machine's state.
 */
import type { Command, JournalEntry, Reply } from '../uapi/command.ts';
import { H_SEQ } from '../uapi/layout.ts';
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
}

export interface History {
  readonly machine: Machine;
  position(): Position;
  branches(): readonly Branch[];
  /** Commands of the current branch, those of its future included. */
  entries(): readonly JournalEntry[];
  /** True: there is a recorded future, and running means to live through it again. */
  past(): boolean;
  /** As Machine.submit(). In the past it begins a branch. */
  submit(command: Command): Reply<{ id: number }>;
  /** Runs until `events` more have happened or nothing is left to do; in the past, not beyond its end. True: there is more to do. */
  run(events: number): boolean;
  /** To a place of a branch (absent: this one); an event beyond its end: to its end. */
  seek(to: Target, branch?: number): void;
  name(branch: number, name: string): void;
}

/** Keyframes kept for each branch, and what all of them may hold. */
const MAX_KEYFRAMES = 64;
const MAX_BYTES = 2 ** 28;
/** Events that must lie between two keyframes. */
const KEYFRAME_EVENTS = 500;
/** Events worked off at once. */
const SLICE = 4096;

export function createHistory(machine: Machine): History {
  const { header } = machine.kernel.mm.t;
  const seqNow = (): number => header[H_SEQ] as number;
  const first: OwnBranch = { id: 0, name: '', from: undefined, end: { seq: seqNow(), turn: machine.turn(), commands: 0 }, entries: [], keyframes: [] };
  const branches: OwnBranch[] = [first];
  let current = first;
  const boot = machine.keyframe();
  if (boot === undefined) throw new Error('a machine with a past must be at rest when it begins');
  first.keyframes.push(boot);

  const here = (): Omit<Position, 'branch'> => ({ seq: seqNow(), turn: machine.turn(), commands: machine.journal.length });
  const atEnd = (): boolean => machine.turn() >= current.end.turn && machine.journal.length >= current.end.commands;
  function noteEnd(): void {
    current.end = here();
  }
  /** Thins out: of those that lie closest together the older one goes, never the first. */
  function thin({ keyframes }: OwnBranch): void {
    const bytes = (): number => keyframes.reduce((sum, k) => sum + k.bytes, 0);
    while (keyframes.length > 2 && (keyframes.length > MAX_KEYFRAMES || bytes() > MAX_BYTES)) {
      let least = 1;
      const gap = (i: number): number => (keyframes[i + 1] as Keyframe).turn - (keyframes[i - 1] as Keyframe).turn;
      for (let i = 2; i < keyframes.length - 1; i++) if (gap(i) <= gap(least)) least = i;
      const [gone] = keyframes.splice(least, 1);
      const next = keyframes[least] as Mutable<Keyframe>;
      next.bytes += (gone as Keyframe).bytes;
    }
  }
  function keep(): void {
    const { keyframes } = current;
    const after = keyframes.findLastIndex((k) => k.turn <= machine.turn());
    const near = keyframes[after];
    if (near !== undefined && seqNow() - near.seq < KEYFRAME_EVENTS) return;
    const made = machine.keyframe();
    if (made === undefined) return;
    keyframes.splice(after + 1, 0, made);
    thin(current);
  }
  /** Lives on: what was typed is typed again in its turn. Stops when `seq` has happened, at a place, or where there is nothing to do. True: there is more to do. */
  function live(seq: number, { turn, commands }: Omit<Position, 'branch' | 'seq'>): boolean {
    for (;;) {
      const typed = machine.journal.length;
      if (seqNow() >= seq || (machine.turn() >= turn && typed >= commands)) return true;
      const next = typed < commands ? current.entries[typed] : undefined;
      if (next !== undefined && machine.turn() >= next.turn) {
        keep();
        machine.submit(next.command);
        continue;
      }
      const upTo = Math.min(turn, next?.turn ?? Number.POSITIVE_INFINITY);
      const more = machine.run(Math.min(SLICE, seq - seqNow()), Number.POSITIVE_INFINITY, Math.min(upTo - machine.turn(), SLICE));
      if (more || (next !== undefined && machine.turn() >= next.turn)) continue;
      if (next === undefined) return false;
      throw new Error(`the past cannot be lived again: at turn ${machine.turn()} nothing is left to do, and at ${next.turn} the next command was typed`);
    }
  }
  function branchOf(id: number): OwnBranch {
    const found = branches.find((b) => b.id === id);
    if (found === undefined) throw new Error(`there is no branch ${id}`);
    return found;
  }
  /** The newest keyframe at or before a place, of the branch or of those it comes from. */
  function candidates(branch: OwnBranch, to: Target): Keyframe[] {
    const found: Keyframe[] = [];
    let before = typeof to === 'number' ? Number.POSITIVE_INFINITY : to.turn;
    const seq = typeof to === 'number' ? to : Number.POSITIVE_INFINITY;
    for (let b: OwnBranch | undefined = branch; b !== undefined; b = b.from && branchOf(b.from.branch)) {
      for (const k of b.keyframes.toReversed()) if (k.seq <= seq && k.turn <= before) found.push(k);
      before = Math.min(before, b.from?.turn ?? 0);
    }
    return found;
  }
  const reached = (to: Target): boolean => (typeof to === 'number' ? seqNow() >= to : machine.turn() > to.turn || (machine.turn() === to.turn && machine.journal.length > to.commands));

  return {
    machine,
    position: () => ({ branch: current.id, ...here() }),
    branches: () => branches,
    entries: () => current.entries,
    past: () => !atEnd(),
    submit(command) {
      if (!atEnd()) {
        const from = { branch: current.id, ...here() };
        current = { id: branches.length, name: '', from, end: from, entries: current.entries.slice(0, machine.journal.length), keyframes: [] };
        branches.push(current);
      }
      keep();
      const reply = machine.submit(command);
      current.entries.push(machine.journal.at(-1) as JournalEntry);
      noteEnd();
      return reply;
    },
    run(events) {
      const target = seqNow() + events;
      if (!atEnd()) {
        live(target, current.end);
        return seqNow() < target ? !machine.idle() : true;
      }
      const more = machine.run(events);
      noteEnd();
      return more;
    },
    seek(to, id = current.id) {
      const branch = branchOf(id);
      const nearest = candidates(branch, to);
      const usable = (k: Keyframe): boolean => k.threads.every(([task, turns]) => task.turns() === turns);
      const keyframe = nearest.find(usable);
      // From where it stands if that lies on the way, and no keyframe is nearer.
      if (branch !== current || reached(to) || (keyframe !== undefined && keyframe.turn > machine.turn())) {
        if (keyframe === undefined || !machine.restore(keyframe)) throw new Error('no keyframe leads there');
      }
      current = branch;
      if (typeof to !== 'number') live(Number.POSITIVE_INFINITY, to);
      else live(to >= branch.end.seq ? Number.POSITIVE_INFINITY : to, branch.end);
    },
    name(id, name) {
      branchOf(id).name = name;
    },
  };
}
