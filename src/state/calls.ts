/** The call path as the panel shows it. The tree itself is changed in place; `version` says that it was. */
import { create } from 'zustand';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { type Call, type Calls, createCalls } from '../engine/call.ts';
import { eventsBetween, quietBefore } from './events.ts';

export interface CallsState {
  readonly calls: Calls;
  readonly version: number;
  /** Line the user chose to read about; undefined: the one that runs. */
  readonly chosen: Call | undefined;
}
export const useCalls = create<CallsState>()(() => ({ calls: createCalls(), version: 0, chosen: undefined }));

/** engine/calls.ts, which knows the kernel's functions by name: it comes with the panel that shows the tree, and nothing is grown for a page without one. */
let apply: ((calls: Calls, event: TraceEvent) => boolean) | undefined;
/** The event up to which all has been handed to addCalls, whoever listened: the number that is published comes later. */
let at = 0;
export const callsStandAt = (seq: number): void => { at = seq; };
export function growCalls(by: NonNullable<typeof apply>): void {
  if (apply !== undefined) return;
  apply = by;
  addCalls(eventsBetween(quietBefore(at), at));
}

export function addCalls(events: readonly TraceEvent[]): void {
  if (apply === undefined) return;
  const { calls, version } = useCalls.getState();
  const root = calls.roots.at(-1);
  let changed = false;
  for (const event of events) changed = apply(calls, event) || changed;
  if (!changed) return;
  // A new outermost call takes the panel over.
  if (calls.roots.at(-1) === root) useCalls.setState({ version: version + 1 });
  else useCalls.setState({ version: version + 1, chosen: undefined });
}
export const resetCalls = (): void => { useCalls.setState({ calls: createCalls(), version: 0, chosen: undefined }); };
export const chooseCall = (chosen: Call | undefined): void => { useCalls.setState({ chosen }); };
