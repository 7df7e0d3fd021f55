/** Events as a trace in Chrome's JSON, which Perfetto opens: kernel functions by task, memory blocks by state, listeners by callback. */
import { FUNCTIONS } from '../../../workers/uapi/functions.ts';
import { MEM_ACTION_NAMES } from '../../../workers/uapi/memory_block.ts';
import { NOTIFIER_USER_BASE, NOTIFIERS, notifyWord } from '../../../workers/uapi/notifiers.ts';
import { type TraceEvent, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../../../workers/uapi/trace.ts';
import { errnoName } from '../../../workers/uapi/errno.ts';

interface Entry {
  readonly name: string;
  readonly ph: 'B' | 'E' | 'X' | 'i' | 'M';
  /** µs of simulated time. */
  readonly ts: number;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly s?: 't';
  readonly args?: Readonly<Record<string, unknown>>;
}
/** Groups of tracks, as processes are. */
const KERNEL = 1;
const BLOCKS = 2;
const LISTENERS = 3;

const named = (pid: number, name: string): Entry => ({ name: 'process_name', ph: 'M', ts: 0, pid, tid: 0, args: { name } });
const track = (pid: number, tid: number, name: string): Entry => ({ name: 'thread_name', ph: 'M', ts: 0, pid, tid, args: { name } });
const returned = (ret: number): string => (ret < 0 ? `-${errnoName(ret)}` : String(ret));

/** @param blockPages frames of a memory block @param line an event as a person reads it, for all that have no track of their own */
export function chromeTrace(events: readonly TraceEvent[], blockPages: number, line: (event: TraceEvent) => string): string {
  const out: Entry[] = [named(KERNEL, 'kernel functions'), named(BLOCKS, 'memory blocks'), named(LISTENERS, 'listeners')];
  const tracks = new Set<string>();
  const on = (pid: number, tid: number, name: string): { pid: number; tid: number } => {
    if (!tracks.has(`${pid} ${tid}`)) {
      tracks.add(`${pid} ${tid}`);
      out.push(track(pid, tid, name));
    }
    return { pid, tid };
  };
  /** Functions that a task is in: an exit without its entry (it fell out of the ring) would confuse the viewer. */
  const depth = new Map<number, number>();
  /** What a block is going through, since when. */
  const going = new Map<number, { readonly name: string; readonly ts: number }>();
  const end = events.at(-1)?.time ?? 0;
  for (const e of events) {
    const ts = e.time / 1000;
    const task = (): { pid: number; tid: number } => on(KERNEL, e.task + 1, `task ${e.task}`);
    switch (e.type) {
      case 'sim_func_entry':
        depth.set(e.task, (depth.get(e.task) ?? 0) + 1);
        out.push({ name: FUNCTIONS[e.fn - 1]?.[0] ?? String(e.fn), ph: 'B', ts, ...task(), args: { event: e.seq } });
        break;
      case 'sim_func_exit':
        if ((depth.get(e.task) ?? 0) === 0) break;
        depth.set(e.task, (depth.get(e.task) as number) - 1);
        out.push({ name: FUNCTIONS[e.fn - 1]?.[0] ?? String(e.fn), ph: 'E', ts, ...task(), args: { ret: returned(e.ret) } });
        break;
      case 'notify': {
        const action = MEM_ACTION_NAMES[e.action] ?? String(e.action);
        const block = Math.floor(e.start_pfn / blockPages);
        const since = going.get(block);
        if (action.includes('GOING')) going.set(block, { name: action === 'MEM_GOING_OFFLINE' ? 'going offline' : 'going online', ts });
        else if (since) {
          going.delete(block);
          out.push({ name: action.includes('CANCEL') ? `${since.name}, cancelled` : since.name, ph: 'X', ts: since.ts, dur: ts - since.ts, ...on(BLOCKS, block + 1, `memory${block}`) });
        }
        out.push({ name: action, ph: 'i', s: 't', ts, ...on(BLOCKS, block + 1, `memory${block}`), args: { event: e.seq } });
        break;
      }
      case 'sim_notifier_call': {
        const name = NOTIFIERS[e.callback]?.name ?? `notifier ${e.callback - NOTIFIER_USER_BASE}`;
        out.push({ name: MEM_ACTION_NAMES[e.action] ?? String(e.action), ph: 'i', s: 't', ts, ...on(LISTENERS, e.callback + 1, name), args: { answer: notifyWord(e.ret), event: e.seq } });
        break;
      }
      case 'uevent': {
        const name = `uevent ${UEVENT_ACTIONS[e.action] ?? e.action}`;
        const memory = UEVENT_SUBSYSTEMS[e.subsystem] === 'memory';
        out.push({ name, ph: 'i', s: 't', ts, ...(memory ? on(BLOCKS, e.id + 1, `memory${e.id}`) : task()), args: { event: e.seq } });
        break;
      }
      case 'sim_tty': case 'sim_isolate_pageblock': break;
      default: out.push({ name: line(e), ph: 'i', s: 't', ts, ...task(), args: { event: e.seq } });
    }
  }
  for (const [block, { name, ts }] of going) out.push({ name, ph: 'X', ts, dur: end / 1000 - ts, ...on(BLOCKS, block + 1, `memory${block}`) });
  return `${JSON.stringify({ displayTimeUnit: 'ns', traceEvents: out })}\n`;
}
