/** Time as page and engine speak of it: places to go to, strides, branches, and what two places differ in. */
import type { Reply } from './command.ts';
import type { TextRow } from './text.ts';
import type { EventSeq, SimNs } from './units.ts';

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
  /** By block id, up to the last there is: state and zone in each, as in `blocks`; '' where there is none. What a picture of either draws. */
  readonly states: { readonly a: readonly string[]; readonly b: readonly string[] };
  /** Memory blocks that exist in either and differ: state and zone (valid_zones' first word), and frames of another kind. */
  readonly blocks: readonly { readonly id: number; readonly a: string; readonly b: string; readonly frames: number }[];
  /** By block id: share of its frames that hold something else, 0 to 1, up to the last block there is. What a picture of the difference draws. */
  readonly changed: readonly number[];
}

/** Everything said on a branch, for a reader that came late or changed branches. */
export interface PastReport {
  readonly branch: number;
  /** Trace records, eight words each, from the first event after boot on. */
  readonly events: Int32Array;
  readonly texts: readonly TextRow[];
  readonly samples: readonly MemorySample[];
}
export interface TimeApi {
  /** Goes to a place: the machine is as it was then, to the last bit, and stands still. Long ways can be given up with stop(). */
  seek(to: EventSeq, branch?: number): Promise<TimeReport>;
  /** Steps through time. ENOENT: nothing of the kind lies that way. Forwards at the end of a branch the machine runs until it comes. */
  stride(stride: Stride, direction: 1 | -1): Promise<Reply<TimeReport>>;
  /** To where the last command had not been typed yet. ENOENT: there is none. */
  undo(): Promise<Reply<TimeReport>>;
  /** Ends a seek or stride under way where it is; a comparison goes back to where it came from. */
  stop(): Promise<void>;
  branches(): Promise<readonly BranchInfo[]>;
  nameBranch(branch: number, name: string): Promise<void>;
  past(): Promise<PastReport>;
  /** Visits both places and comes back. Undefined: it was stopped. */
  compare(a: Place, b: Place): Promise<Comparison | undefined>;
}
/** Where the machine stands in time. */
export interface TimeReport extends Place {
  /** Simulated time, ns. */
  readonly time: SimNs;
  /** The last event of the branch. */
  readonly end: EventSeq;
  /** u32 over the whole state. */
  readonly digest: number;
  /** It was stopped on the way. */
  readonly stopped: boolean;
}
