/**
 * Mirrors: kernel/trace/trace_functions_graph.c, and of kernel/trace/ftrace.c which functions are looked at (6.1): the tracer `function_graph`, told from the machine's own trace, where the
 * call path stands (mm/call_path.ts). What the edition's kernel calls beyond that is its CallTree; such a call has no duration, as nobody saw it.
 * Left out: timer ticks, changes of tasks, the tracer `function`. Why: a path here is not interrupted, and each task's calls are told as its own.
 */
import { remember } from '../lib/remember.ts';
import { FUNCTIONS } from '../uapi/functions.ts';
import { H_TRACE_HEAD, NODE_ONLINE, type Tables } from '../uapi/layout.ts';
import { MAX_NR_ZONES, MAX_ORDER_NR_PAGES, pageblock_nr_pages } from '../uapi/mmzone.ts';
import { EV } from '../uapi/trace.ts';
import { type Call, type CallContext, type CallTree, readCalls } from './call_tree.ts';

export const TRACERS = ['function_graph', 'nop'] as const;
export type TracerName = (typeof TRACERS)[number];

/** Lists of functions that can be set, by the names of their files. */
export const FILTERS = ['set_ftrace_filter', 'set_ftrace_notrace', 'set_graph_function', 'set_graph_notrace'] as const;
export type FilterName = (typeof FILTERS)[number];

export interface FunctionGraph {
  current(): TracerName;
  /** What was traced before is gone. */
  choose(tracer: TracerName): void;
  tracing(on: boolean): void;
  clear(): void;
  max_depth(depth?: number): number;
  filter(name: FilterName): readonly string[];
  setFilter(name: FilterName, patterns: readonly string[]): void;
  /** Symbols of the functions that the call path can show. */
  readonly symbols: readonly string[];
  /** The text of `trace`. */
  show(): string;
}

/** One of the machine's records of a function entered or left, or of pages that moved. */
interface Row {
  readonly kind: 'entry' | 'exit' | 'moved';
  readonly task: number;
  readonly name: string;
  /** Second argument of the function that is entered, return value of the one that is left; pages that moved or did not, a huge one as one. */
  readonly pages: number;
  readonly time: number;
}
interface Line {
  readonly entry: boolean;
  readonly task: number;
  readonly depth: number;
  readonly name: string;
  /** How long it took (ns), where that was seen. */
  readonly ns?: number;
}
interface Frame {
  readonly row: Row;
  readonly depth: number;
  readonly inside: boolean;
  /** It stands in the trace by its own name. */
  readonly named: boolean;
}

/** Functions that are about a range of pages: first frame and number of frames. */
const OF_A_RANGE = new Set(['online_pages', 'offline_pages', '__offline_pages', 'add_memory_resource', 'try_remove_memory', 'add_memory', 'remove_memory']);
const HEADER = '# tracer: function_graph\n#\n# CPU  DURATION                  FUNCTION CALLS\n# |     |   |                     |   |   |   |\n';
const MARKS: readonly (readonly [above: number, mark: string])[] = [[1e9, '$'], [1e8, '@'], [1e7, '*'], [1e6, '#'], [1e5, '!'], [1e4, '+']];

/** filter_parse_regex(): a star at either end, in the middle, or none. */
const matcher = (patterns: readonly string[]) => {
  const all = patterns.map((p) => new RegExp(`^${p.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`));
  return (name: string): boolean => all.some((re) => re.test(name));
};
/** trace_print_graph_duration() */
function duration(ns: number): string {
  const mark = MARKS.find(([above]) => ns > above)?.[1] ?? ' ';
  const us = String(Math.floor(ns / 1000));
  const text = us.length < 7 ? `${us}.${String(ns % 1000).padStart(3, '0').slice(0, 7 - us.length)}` : us;
  return `${mark} ${`${text} us `.padEnd(12)}`;
}

export function createFunctionGraph(t: Tables, tree: CallTree): FunctionGraph {
  const { header } = t;
  /** Stretches of the machine's trace, [from, to, from …[: an odd one is still open. */
  const state = remember({ tracer: 'nop' as TracerName, on: true, windows: [] as readonly number[], depth: 0 });
  const filters = remember<Record<FilterName, readonly string[]>>({ set_ftrace_filter: [], set_ftrace_notrace: [], set_graph_function: [], set_graph_notrace: [] });
  const hidden = new Set(tree.hidden);
  const trees = new Map<string, readonly Call[]>();
  const head = (): number => (header[H_TRACE_HEAD] as number) >>> 0;
  const open = (): boolean => state.windows.length % 2 === 1;
  function look(): void {
    const wanted = state.on && state.tracer === 'function_graph';
    if (wanted !== open()) state.windows = [...state.windows, head()];
  }
  const symbolOf = (name: string): string => tree.symbols[name] ?? name;
  const isHidden = (name: string, caller: string): boolean => hidden.has(name) || (tree.hiddenIn[name]?.includes(caller) ?? false);

  function rows(): { readonly list: readonly Row[]; readonly lost: number } {
    const { w1, w2, w3, w4, w5 } = t.trace;
    const size = w1.length;
    const list: Row[] = [];
    let lost = 0;
    const ends = open() ? [...state.windows, head()] : state.windows;
    for (let w = 0; w < ends.length; w += 2) {
      const oldest = Math.max(ends[w] as number, head() - size);
      lost += Math.min(oldest, ends[w + 1] as number) - (ends[w] as number);
      for (let n = oldest; n < (ends[w + 1] as number); n++) {
        const word = w2[n % size] as number;
        const type = word & 0xff;
        const [a, b, c] = [w3[n % size] as number, w4[n % size] as number, w5[n % size] as number];
        const at = { task: (word >>> 8) & 0xff, time: (word >>> 16) * 2 ** 32 + ((w1[n % size] as number) >>> 0) };
        if (type === EV.sim_func_entry || type === EV.sim_func_exit) list.push({ ...at, kind: type === EV.sim_func_entry ? 'entry' : 'exit', name: (FUNCTIONS[a - 1] as (typeof FUNCTIONS)[number])[0], pages: type === EV.sim_func_entry ? c : b });
        else if (type === EV.mm_migrate_pages) list.push({ ...at, kind: 'moved', name: '', pages: a + b - c * (pageblock_nr_pages - 1) });
      }
    }
    return { list, lost };
  }
  /** The first of a task's rows behind `at` that is wanted, if it comes before one that ends the search. */
  function ahead(list: readonly Row[], at: number, wanted: (row: Row) => boolean, ends: (row: Row) => boolean): Row | undefined {
    const { task } = list[at] as Row;
    for (let i = at + 1; i < list.length; i++) {
      const row = list[i] as Row;
      if (row.task !== task) continue;
      if (wanted(row)) return row;
      if (ends(row)) return undefined;
    }
    return undefined;
  }
  function lines(): { readonly list: readonly Line[]; readonly lost: number } {
    const { list, lost } = rows();
    const out: Line[] = [];
    const stacks = new Map<number, Frame[]>();
    const [notrace, only, roots, norout] = (['set_ftrace_notrace', 'set_ftrace_filter', 'set_graph_function', 'set_graph_notrace'] as const).map((name) => matcher(filters[name])) as [Match, Match, Match, Match];
    const traced = (name: string): boolean => !notrace(name) && (filters.set_ftrace_filter.length === 0 || only(name));
    const shown = (depth: number): boolean => state.depth === 0 || depth < state.depth;
    const tell = (task: number, depth: number, calls: readonly Call[]): void => {
      for (const { name, calls: further } of calls) {
        const named = traced(name);
        if (named && shown(depth)) out.push({ entry: true, task, depth, name });
        tell(task, named ? depth + 1 : depth, further);
        if (named && shown(depth)) out.push({ entry: false, task, depth, name });
      }
    };
    for (const [at, row] of list.entries()) {
      const stack = stacks.get(row.task) ?? [];
      stacks.set(row.task, stack);
      const above = stack.at(-1);
      const symbol = symbolOf(row.name);
      if (row.kind === 'moved') continue;
      if (row.kind === 'exit') {
        // A window may begin in the middle of a call.
        if (above?.row.name !== row.name) continue;
        stack.pop();
        if (above.named && shown(above.depth)) out.push({ entry: false, task: row.task, depth: above.depth, name: symbol, ns: row.time - above.row.time });
        continue;
      }
      const caller = above?.row.name ?? '';
      const named = !isHidden(row.name, caller) && traced(symbol);
      const inside = above?.inside === true || (named && (filters.set_graph_function.length === 0 || roots(symbol)));
      const muted = norout(symbol);
      const depth = above?.inside === true ? above.depth + (above.named ? 1 : 0) : 0;
      stack.push({ row, depth, inside: inside && !muted, named: named && inside && !muted });
      if (!inside || muted) continue;
      if (named && shown(depth)) out.push({ entry: true, task: row.task, depth, name: symbol });
      const calls = tree.callsIn[caller]?.[row.name] ?? tree.calls[row.name];
      if (calls === undefined) continue;
      const text = calls({
        ...contextOf(stack),
        get rebuilds() { return ahead(list, at, ({ kind, name }) => kind === 'entry' && name === 'build_all_zonelists', ({ kind, name }) => kind === 'exit' && OF_A_RANGE.has(name)) !== undefined; },
        get failed() { return (ahead(list, at, ({ kind, name }) => kind === 'exit' && name === row.name, () => false)?.pages ?? 0) < 0; },
        get isolated() { return ahead(list, at, ({ kind }) => kind === 'moved', ({ kind, name }) => kind === 'exit' && name === row.name)?.pages ?? 0; },
      });
      const read = trees.get(text) ?? readCalls(text);
      trees.set(text, read);
      tell(row.task, named ? depth + 1 : depth, read);
    }
    return { list: out, lost };
  }
  function contextOf(stack: readonly Frame[]): Omit<CallContext, 'rebuilds' | 'isolated' | 'failed'> {
    const pages = stack.findLast(({ row }) => OF_A_RANGE.has(row.name))?.row.pages ?? 0;
    const nodes = t.node.state.reduce((sum, s) => sum + ((s & NODE_ONLINE) !== 0 ? 1 : 0), 0);
    return { zones: nodes * MAX_NR_ZONES, nodes, chunks: Math.floor(pages / MAX_ORDER_NR_PAGES), blocks: pages >>> t.sizes.block_shift };
  }

  return {
    symbols: [...new Set(FUNCTIONS.map(([name]) => symbolOf(name)))].filter((name) => !hidden.has(name)),
    current: () => state.tracer,
    choose(tracer) {
      state.tracer = tracer;
      state.windows = [];
      look();
    },
    tracing(on) {
      state.on = on;
      look();
    },
    clear() {
      state.windows = [];
      look();
    },
    max_depth(depth) {
      if (depth !== undefined) state.depth = depth;
      return state.depth;
    },
    filter: (name) => filters[name],
    setFilter(name, patterns) {
      filters[name] = patterns;
    },
    show() {
      const { list, lost } = lines();
      let text = lost > 0 ? `${HEADER}CPU:0 [LOST ${lost} EVENTS]\n` : HEADER;
      for (let i = 0; i < list.length; i++) {
        const { entry, depth, name, task, ns } = list[i] as Line;
        const next = list[i + 1];
        const leaf = entry && next?.entry === false && next.task === task && next.depth === depth;
        const took = leaf ? next.ns : ns;
        text += ` 0) ${took === undefined ? ' '.repeat(14) : duration(took)}|  ${'  '.repeat(depth)}${leaf ? `${name}();` : entry ? `${name}() {` : '}'}\n`;
        if (leaf) i++;
      }
      return text;
    },
  };
}
type Match = (name: string) => boolean;
