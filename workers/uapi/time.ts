/** Time as page and engine speak of it: places to go to, strides, branches, and what two places differ in. */
import type { EventSeq } from './units.ts';

/**
 * How far one step goes. 'event': to where the machine can stand still next. 'into', 'over', 'out': by kernel functions of the task that spoke last. The others: to the next (or,
 * backwards, the last) command, notifier round, failure, or pass over the pages of a range.
 */
export type Stride = 'event' | 'into' | 'over' | 'out' | 'command' | 'notifier' | 'failure' | 'pass';
export const STRIDES: readonly Stride[] = ['event', 'into', 'over', 'out', 'command', 'notifier', 'failure', 'pass'];

/** A place in a branch: when `seq` events had happened there. */
export interface Place {
  readonly branch: number;
  readonly seq: EventSeq;
}
export interface BranchInfo {
  readonly id: number;
  /** '' until somebody names it. */
  readonly name: string;
  /** Where it left another one. */
  readonly from: Place | undefined;
  readonly end: EventSeq;
  readonly commands: number;
}
/** Pages, all zones together, at an event. */
export interface MemorySample {
  readonly seq: number;
  readonly online: number;
  readonly free: number;
}

/** What a place says of itself in numbers. */
export interface Numbers {
  readonly digest: number;
  /** Simulated time, ns. */
  readonly time: number;
  /** By name of what is counted, in the kernel's terms: 'Node 0, zone Movable: managed'. Pages, or plain counts. */
  readonly counts: Readonly<Record<string, number>>;
}
export interface Comparison {
  readonly a: Place & Numbers;
  readonly b: Place & Numbers;
  /** Memory blocks that exist in either and differ: state and zone (valid_zones' first word), and frames of another kind. */
  readonly blocks: readonly { readonly id: number; readonly a: string; readonly b: string; readonly frames: number }[];
  /** By block id: share of its frames that hold something else, 0 to 1; empty blocks 0. What a picture of the difference draws. */
  readonly changed: readonly number[];
}
