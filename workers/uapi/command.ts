import type { EventSeq } from './units.ts';

/** Inputs: the only things that change a machine. Each is stamped with the event number at which it took effect and kept in the journal. */
export type Command =
  /** A line (or script) typed at the terminal; `fresh`: run by a new `bash -c` instead of the terminal's shell. */
  | { readonly type: 'shell'; readonly line: string; readonly fresh?: boolean }
  /** A host command as QEMU's monitor takes it: object-add, device_add, device_del, qom-get, qom-set … */
  | { readonly type: 'qmp'; readonly execute: string; readonly arguments?: Readonly<Record<string, unknown>> }
  /** ^C and friends, to the terminal's foreground job. */
  | { readonly type: 'signal'; readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' };

export interface JournalEntry {
  /** Number of the command, from 0. */
  readonly id: number;
  /** Event number at which it took effect, and the turns the run queue had taken by then: several turns may pass without an event. */
  readonly seq: EventSeq;
  readonly turn: number;
  readonly command: Command;
}

/** A refusal says what was refused, by which rule, and what would work. */
export interface Refusal {
  readonly ok: false;
  /** Positive errno. */
  readonly errno: number;
  /** The kernel's own words where it has some. */
  readonly reason: string;
  readonly rule?: string;
  readonly remedy?: string;
}
export type Reply<T = unknown> = ({ readonly ok: true } & T) | Refusal;
