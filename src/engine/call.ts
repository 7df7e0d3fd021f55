/** The call path's tree as it is kept; calls.ts grows it. */

export interface Call {
  /** Row of FUNCTIONS + 1. */
  readonly fn: number;
  readonly task: number;
  /** Event number and ns of the first entry. */
  readonly seq: number;
  readonly time: number;
  /** Calls folded into this line. */
  times: number;
  /** Of the last exit; undefined while it runs. */
  end: { readonly seq: number; readonly time: number; readonly ret: number } | undefined;
  readonly children: Call[];
  /** What is told beside the name. */
  readonly note: { action?: number; callbacks?: number; pageblocks?: number; moved?: number; failed?: number; pfn?: number };
}
export interface Calls {
  /** Outermost calls, oldest first; only the last few are kept. */
  readonly roots: Call[];
  readonly stacks: Map<number, Call[]>;
  /** Innermost call that runs now, or the last one that ended. */
  current: Call | undefined;
}

export const createCalls = (): Calls => ({ roots: [], stacks: new Map(), current: undefined });
