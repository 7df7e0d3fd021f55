/** Mirrors: no file of Linux, but who calls whom in it: what an edition's kernel calls on paths that the call path (mm/call_path.ts) tells only as far as something can be seen of it. */
import type { FunctionName } from '../uapi/functions.ts';

export interface CallContext {
  /** Zones and online nodes there are. */
  readonly zones: number;
  readonly nodes: number;
  /** Of the range that the nearest call above is about: chunks of the largest order, and memory blocks. */
  readonly chunks: number;
  readonly blocks: number;
  /** Pages (a huge one is one) that are taken off their lists before the next are moved. */
  readonly isolated: number;
  /** It returns an error. */
  readonly failed: boolean;
  /** The zonelists are built anew before the function above returns: the zone was empty. */
  readonly rebuilds: boolean;
}
/** Names with what each calls in parentheses: 'a b(c d(e))'. */
type Calls = (context: CallContext) => string;
export interface CallTree {
  /** Functions of the call path that the built kernel has no symbol for, or does not let be traced: what they call stands in their place. */
  readonly hidden: readonly string[];
  /** The same, below these callers only. */
  readonly hiddenIn: Readonly<Record<string, readonly string[]>>;
  /** Symbols that differ from the name in the source. */
  readonly symbols: Readonly<Record<string, string>>;
  readonly calls: Readonly<Record<string, Calls>>;
  /** The same, below a certain caller. */
  readonly callsIn: Readonly<Record<string, Readonly<Record<string, Calls>>>>;
}
type ByFunction<T> = { readonly [N in FunctionName]?: T };
/** The same, for who writes one down: only functions that the call path has. */
export interface NamedCallTree {
  readonly hidden: readonly FunctionName[];
  readonly hiddenIn: ByFunction<readonly FunctionName[]>;
  readonly symbols: ByFunction<string>;
  readonly calls: ByFunction<Calls>;
  readonly callsIn: ByFunction<ByFunction<Calls>>;
}
export const NO_CALLS: CallTree = { hidden: [], hiddenIn: {}, symbols: {}, calls: {}, callsIn: {} };

export interface Call {
  readonly name: string;
  readonly calls: readonly Call[];
}
/** 'a b(c d(e))' → calls. Throws on a parenthesis too many or too few. */
export function readCalls(text: string): readonly Call[] {
  const top: Call[] = [];
  const open: Call[][] = [top];
  for (const token of text.match(/[\w.]+|[()]/g) ?? []) {
    const list = open.at(-1) as Call[];
    if (token === '(') open.push(list.at(-1)?.calls as Call[]);
    else if (token !== ')') list.push({ name: token, calls: [] });
    else if (open.length === 1) throw new Error(`a call tree that does not close: ${text}`);
    else open.pop();
  }
  if (open.length !== 1) throw new Error(`a call tree that does not close: ${text}`);
  return top;
}
