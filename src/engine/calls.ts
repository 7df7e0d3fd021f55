/** The call path: a tree of kernel functions read off sim_func_entry and sim_func_exit, one stack per task. Repeated calls of one function fold into one line. */
import { FN } from '../../workers/uapi/functions.ts';
import { MEM_ACTION_NAMES } from '../../workers/uapi/memory_block.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import type { Call, Calls } from './call.ts';

const MAX_ROOTS = 32;
/** Children beyond this many fold into the last one: a loop of a million passes stays one tree. */
const MAX_CHILDREN = 64;

function enter(calls: Calls, stack: Call[], event: Extract<TraceEvent, { type: 'sim_func_entry' }>): void {
  const parent = stack.at(-1);
  const siblings = parent ? parent.children : calls.roots;
  const last = siblings.at(-1);
  const { fn, task, seq, time } = event;
  if (parent && last && last.end !== undefined && last.note.action === undefined && (last.fn === fn || siblings.length >= MAX_CHILDREN)) {
    last.times++;
    last.end = undefined;
    stack.push(last);
    calls.current = last;
    return;
  }
  const call: Call = { fn, task, seq, time, times: 1, end: undefined, children: [], note: {} };
  siblings.push(call);
  if (!parent && calls.roots.length > MAX_ROOTS) calls.roots.shift();
  stack.push(call);
  calls.current = call;
}

/** A failed lookup means that the trace began in the middle of a call: nothing to show for it. */
function annotate(stack: readonly Call[], event: TraceEvent): void {
  const top = stack.at(-1);
  if (top === undefined) return;
  const { note } = top;
  switch (event.type) {
    case 'notify': note.action = event.action; break;
    case 'sim_notifier_call': note.callbacks = (note.callbacks ?? 0) + 1; break;
    case 'sim_isolate_pageblock': {
      note.pfn = event.pfn;
      const owner = stack.findLast((call) => call.fn === FN.start_isolate_page_range || call.fn === FN.undo_isolate_page_range) ?? top;
      owner.note.pageblocks = (owner.note.pageblocks ?? 0) + 1;
      break;
    }
    case 'sim_migrate_page': {
      note.pfn = event.from;
      note.moved = (note.moved ?? 0) + 2 ** event.order;
      break;
    }
    case 'mm_migrate_pages':
      note.moved = Math.max(note.moved ?? 0, event.succeeded);
      note.failed = (note.failed ?? 0) + event.failed;
      break;
    default:
  }
}

/** Takes one event into the tree. Returns true if the tree changed. */
export function applyCall(calls: Calls, event: TraceEvent): boolean {
  let stack = calls.stacks.get(event.task);
  if (stack === undefined) {
    if (event.type !== 'sim_func_entry') return false;
    stack = [];
    calls.stacks.set(event.task, stack);
  }
  if (event.type === 'sim_func_entry') {
    enter(calls, stack, event);
    return true;
  }
  if (event.type === 'sim_func_exit') {
    const at = stack.findLastIndex((call) => call.fn === event.fn);
    if (at < 0) return false;
    for (const call of stack.splice(at)) call.end = { seq: event.seq, time: event.time, ret: event.ret };
    calls.current = stack.at(-1) ?? calls.current;
    return true;
  }
  annotate(stack, event);
  return stack.length > 0;
}

/** True while the call runs. */
export const running = (call: Call): boolean => call.end === undefined;
/** How deep the innermost running call of any task is. */
export const depth = (calls: Calls): number => Math.max(0, ...[...calls.stacks.values()].map((stack) => stack.length));

export interface CallLine {
  readonly call: Call;
  readonly depth: number;
  /** Tree lines in front of the name: '└', '├' and so on. */
  readonly branch: string;
}

/** The tree of one outermost call as lines. */
export function callLines(root: Call): CallLine[] {
  const lines: CallLine[] = [];
  const walk = (call: Call, level: number, prefix: string, last: boolean): void => {
    lines.push({ call, depth: level, branch: level === 0 ? '' : `${prefix}${last ? '└ ' : '├ '}` });
    const inner = level === 0 ? '' : `${prefix}${last ? '  ' : '│ '}`;
    call.children.forEach((child, i) => { walk(child, level + 1, inner, i === call.children.length - 1); });
  };
  walk(root, 0, '', true);
  return lines;
}

/** Name of a notifier action without its prefix: 'GOING_OFFLINE'. */
export const actionWord = (action: number): string => (MEM_ACTION_NAMES[action] ?? String(action)).replace(/^MEM_/, '');
