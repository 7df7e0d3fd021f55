/** Low-rate facts about the machine (at most ten times a second). */
import { create } from 'zustand';
import type { Booted, Pace } from '../../workers/uapi/engine.ts';
import type { MachineDescription } from '../../workers/uapi/machine_description.ts';
import type { MachineEntry } from '../engine/machines.ts';
import type { Transport } from '../engine/mirror.ts';
import { PAGE_SIZE } from '../../workers/uapi/units.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import { t } from '../strings/index.ts';

export interface MachineState {
  /** Where the page is on its way to a running machine. */
  readonly phase: 'starting' | 'loading' | 'booting' | 'ready' | 'failed';
  /** Why it failed: one sentence, and the detail behind it. */
  readonly failure: { readonly sentence: string; readonly detail: string } | undefined;
  /** What can be chosen, and what was. */
  readonly machines: readonly MachineEntry[];
  readonly machine: string | undefined;
  readonly edition: string;
  /** What was booted. */
  readonly description: MachineDescription | undefined;
  readonly booted: Booted | undefined;
  readonly transport: Transport | undefined;
  readonly snapshot: Snapshot | undefined;
  /** Frames by kind as drawn (KIND_*). */
  readonly kinds: readonly number[];
  /** Event number, simulated ns, and whether a task has work. */
  readonly seq: number;
  readonly time: number;
  readonly running: boolean;
  readonly pace: Pace;
  /** Events a second when playing; Infinity: as fast as it goes; auto: slow at first, faster the longer it takes. */
  readonly speed: Speed;
  /** Commands accepted, and those of them that have ended. */
  readonly submitted: number;
  readonly ended: number;
  /** Digest of the whole state at `seq`. */
  readonly digest: { readonly seq: number; readonly digest: number } | undefined;
}

export type Speed = number | 'auto';
/** Events a second that an adaptive run begins with: slow enough to see a block being taken apart. */
export const FIRST_SPEED = 250;

export const INITIAL: MachineState = {
  phase: 'starting', failure: undefined, machines: [], machine: undefined, edition: '', description: undefined, booted: undefined, transport: undefined, snapshot: undefined, kinds: [],
  seq: 0, time: 0, running: false, pace: { mode: 'playing', eventsPerSecond: FIRST_SPEED }, speed: 'auto', submitted: 0, ended: 0, digest: undefined,
};
export const useMachine = create<MachineState>()(() => INITIAL);
/** Bytes of a page frame. It changes with the machine only. */
export const pageSize = (): number => useMachine.getState().snapshot?.geometry.page_size ?? PAGE_SIZE;
/** Nobody paints the picture any more: the page cannot go on. */
export function failPicture(error: unknown): void {
  useMachine.setState({ phase: 'failed', failure: { sentence: t.failure.picture, detail: error instanceof Error ? error.message : String(error) } });
}
