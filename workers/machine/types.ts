/** The machine as the host (browser worker, Node, tests) drives it. */
import type { Kernel } from '../kernel/kernel.ts';
import type { Command, JournalEntry, Reply } from '../uapi/command.ts';
import type { Qemu, QmpReply } from './qemu.ts';

export interface Machine {
  readonly kernel: Kernel;
  readonly journal: readonly JournalEntry[];
  /** Accepts a command and stamps it; it takes effect when the run queue reaches it. */
  submit(command: Command): Reply<{ id: number }>;
  /** The board: sockets, and the events of its monitor. */
  readonly qemu: Qemu;
  /**
   * Runs until at least `events` more events happened or nothing is left to do; sleeping tasks advance the simulated clock, but never past `until` (ns since boot):
   * there it stops. It also stops after a bounded number of turns in which nothing was said. True: there is more to do.
   */
  run(events: number, until?: number): boolean;
  /** True if nothing is running or sleeping. */
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
  /** u32 over the whole state. */
  digest(): number;
}
