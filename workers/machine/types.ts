/** The machine as the host (browser worker, Node, tests) drives it. */
import type { Kernel } from '../mm/kernel.ts';
import type { Command, JournalEntry, Reply } from '../uapi/command.ts';
import type { Kthread } from '../kernel/kthread.ts';
import type { Stand, Task } from '../kernel/sched.ts';
import type { HeapImage } from './heap_image.ts';
import type { Qemu, QmpReply } from './qemu.ts';
import type { TableImage } from './table_image.ts';

/** A machine between two things it does. */
export interface Keyframe {
  readonly seq: number;
  readonly turn: number;
  readonly commands: number;
  /** Bytes that are not shared with the keyframe before. */
  readonly bytes: number;
  readonly tables: TableImage;
  readonly heap: HeapImage;
  /** Threads that waited, and where each stood. */
  readonly threads: readonly Waiting[];
}
export interface Waiting {
  readonly task: Task;
  readonly stands: Stand;
  /** Makes another one that waits as it did; undefined: once it has gone on, it cannot be brought back. */
  readonly again: (() => Kthread<void>) | undefined;
}

export interface Machine {
  readonly kernel: Kernel;
  readonly journal: readonly JournalEntry[];
  /** Accepts a command and stamps it; it takes effect when the run queue reaches it. */
  submit(command: Command): Reply<{ id: number }>;
  /** The board: sockets, and the events of its monitor. */
  readonly qemu: Qemu;
  /**
   * Who hears which records of the trace ring are new: `from` to `to`, all of one turn, or (`each`) every one of a turn of its own.
   * @param single it wants to hear after each turn, because it may halt the run there
   */
  watch(listener: ((from: number, to: number, each: boolean) => void) | undefined, single?: boolean): void;
  /** The run under way stops after this turn. */
  halt(): void;
  /** Turns the run queue has taken since boot: every place where the machine can stand still has its number. */
  turn(): number;
  /**
   * What it takes to come back to here; undefined in the middle of something: while a thread is at work, it could not be brought back.
   * Threads that wait are kept as they are: the way back is open as long as they had no turn since, or can be made again.
   */
  keyframe(): Keyframe | undefined;
  /**
   * Goes back (or forth) to a keyframe of this machine. False, and nothing has changed: a thread that waited then has gone on since and cannot be made again.
   * @param same do two stands of a thread mean the same? Lines of time have a part in common.
   */
  restore(to: Keyframe, same: (a: Stand, b: Stand) => boolean): boolean;
  /** From now on it lives on this line of time. The machine's state is none the wiser. */
  onLine(line: number): void;
  /** A keyframe is not needed any more: it must not be gone back to. */
  release(keyframe: Keyframe): void;
  /** Bytes that all keyframes hold that were not released; what several share counts once. */
  held(): number;
  /**
   * Runs until at least `events` more events happened or nothing is left to do; sleeping tasks advance the simulated clock, but never past `until` (ns since boot):
   * there it stops. It also stops after a bounded number of turns in which nothing was said. True: there is more to do.
   * `turns`: at most so many of the run queue.
   */
  run(events: number, until?: number, turns?: number): boolean;
  /** True if nothing runs and nothing will by itself: what still waits, waits for somebody else. */
  idle(): boolean;
  /** Lets simulated time pass while idle (ns). */
  advance(ns: number): void;
  /** Exit status of a command that ended, undefined before. */
  status(id: number): number | undefined;
  /** Answer of a host command ('qmp') that took effect, undefined before. Its status is 0 or 1, once the guest's work for it has ended. */
  reply(id: number): QmpReply | undefined;
  /** Contents of a file as a reader would get it, without a process. */
  read(path: string): Reply<{ text: string }>;
  /** What could stand at the cursor of a command line: words, and where they begin. */
  complete(line: string, cursor: number): { start: number; words: string[] };
  /** True if a command line only lacks its end (an open quote, `if` without `fi`). */
  incomplete(text: string): boolean;
  /** What stands before the next line at the terminal. */
  prompt(): string;
  /** u32 over the whole state. Costs what changed since it was last asked for. */
  digest(): number;
  /** Of frames and page tables alone: cheaper, where nothing else is in question. */
  largeDigest(): number;
}
