/** The machine as the host (browser worker, Node, tests) drives it. */
import type { Kernel } from '../kernel/kernel.ts';
import type { Command, JournalEntry, Reply } from '../uapi/command.ts';

export interface Machine {
  readonly kernel: Kernel;
  readonly journal: readonly JournalEntry[];
  /** Accepts a command and stamps it; it takes effect when the run queue reaches it. */
  submit(command: Command): Reply<{ id: number }>;
  /** Runs until at least `events` more events happened or nothing is left to do; sleeping tasks advance the simulated clock. True: there is more to do. */
  run(events: number): boolean;
  /** True if nothing is running or sleeping. */
  idle(): boolean;
  /** Lets simulated time pass while idle (ns). */
  advance(ns: number): void;
  /** Exit status of a command that ended, undefined before. */
  status(id: number): number | undefined;
  /** Contents of a file as a reader would get it, without a process. */
  read(path: string): Reply<{ text: string }>;
  /** u32 over the whole state. */
  digest(): number;
}
