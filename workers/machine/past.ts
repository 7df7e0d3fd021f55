/**
 * What a machine has said so far, complete: every event with the place it happened at, every line of text, and how full memory was. The rings in the tables forget; this does
 * not. It is read by whoever looks for a place to go to. Branches share what they have in common, chunk by chunk.
 */
import { FN } from '../uapi/functions.ts';
import { H_TEXT_HEAD, type Tables } from '../uapi/layout.ts';
import { NOTIFY_STOP_MASK } from '../uapi/notifiers.ts';
import type { MemorySample, Stride } from '../uapi/time.ts';
import { readText, type TextRow } from '../uapi/text.ts';
import { EV } from '../uapi/trace.ts';

const CHUNK_EVENTS = 4096;
/** Eight words as in the trace ring, and whether the event is the first of its turn. */
const WORDS = 9;
const MAX_SAMPLES = 2048;

export interface Past {
  /** Events so far: event n is number n, from 1 on. */
  readonly length: number;
  readonly texts: readonly TextRow[];
  readonly samples: readonly MemorySample[];
  /** Takes what the machine said in one turn, or (`each`) in a turn for every event: records `from` to `to` of the trace ring. `turn`: the run queue's, when it had said it. */
  take(from: number, to: number, each: boolean, turn: number): void;
  /** The same past up to an event, to go on differently. `texts`: rows of text by then. */
  fork(length: number, texts: number): Past;
  /** Eight words for each event after `from`. */
  words(from: number): Int32Array;
  /**
   * The event a stride leads to: in front of it (direction 1) it has just happened; behind (-1), the place is the one before its turn. Undefined: there is none (yet).
   * `seq`: the event that has happened last.
   */
  find(stride: Stride, direction: 1 | -1, seq: number): number | undefined;
  /** The same for a future that has to be lived first: asked for each event as it happens. */
  seeker(stride: Stride, direction: 1 | -1, from: number): (seq: number) => boolean;
  /** Where commands ended, in that order. */
  readonly ends: readonly CommandEnd[];
  /** The last event before the turn in which `seq` happened: where the machine stood still then. */
  before(seq: number): number;
}

/** The event that was a command's end, and the turn of the run queue it happened in: turns without an event may follow. */
export interface CommandEnd {
  readonly id: number;
  readonly seq: number;
  readonly turn: number;
}
interface Content {
  readonly chunks: Int32Array[];
  length: number;
  readonly texts: TextRow[];
  samples: MemorySample[];
  readonly ends: CommandEnd[];
  /** Events between two samples. */
  grain: number;
}

export function createPast(t: Tables, content: Content = { chunks: [], length: 0, texts: [], samples: [], ends: [], grain: 16 }): Past {
  const ring = [t.trace.w0, t.trace.w1, t.trace.w2, t.trace.w3, t.trace.w4, t.trace.w5, t.trace.w6, t.trace.w7];
  const rows = t.trace.w0.length;
  const word = (seq: number, i: number): number => (content.chunks[Math.floor((seq - 1) / CHUNK_EVENTS)] as Int32Array)[((seq - 1) % CHUNK_EVENTS) * WORDS + i] as number;
  const typeOf = (seq: number): number => word(seq, 2) & 0xff;
  const taskOf = (seq: number): number => (word(seq, 2) >>> 8) & 0xff;
  const opens = (seq: number): boolean => word(seq, 8) === 1;

  function takeTexts(): void {
    const head = t.header[H_TEXT_HEAD] as number;
    for (let id = (content.texts.at(-1)?.id ?? -1) + 1; id < head; id++) {
      const row = readText(t, id);
      if (row) content.texts.push(row);
    }
  }
  function takeSample(): void {
    const { zone } = t;
    const last = content.samples.at(-1);
    if (last !== undefined && content.length - last.seq < content.grain) return;
    let [online, free] = [0, 0];
    for (let row = 0; row < zone.present_pages.length; row++) {
      online += zone.present_pages[row] as number;
      free += zone.nr_free_pages[row] as number;
    }
    content.samples.push({ seq: content.length, online, free });
    if (content.samples.length < MAX_SAMPLES) return;
    content.samples = content.samples.filter((_, i) => i % 2 === 0);
    content.grain *= 2;
  }

  /** What a stride looks for, of every event on its own. */
  function matches(stride: Stride, seq: number): boolean {
    const type = typeOf(seq);
    const ret = word(seq, 3);
    switch (stride) {
      case 'command': return type === EV.sim_command;
      case 'notifier': return type === EV.notify;
      case 'pass': return type === EV.sim_func_entry && ret === FN.do_migrate_range;
      case 'failure':
        switch (type) {
          case EV.write_error: return true;
          case EV.sim_notifier_call: return (word(seq, 5) & NOTIFY_STOP_MASK) !== 0;
          case EV.online_pages_ret:
          case EV.offline_pages_ret:
          case EV.add_memory_ret:
          case EV.remove_memory_ret:
          case EV.start_isolate_page_range_ret: return ret < 0;
          case EV.sim_isolate_pageblock: return word(seq, 4) < 0;
          default: return false;
        }
      default: return true;
    }
  }
  /** +1 where a function of this task is entered in the direction of time, -1 where one is left. */
  const depthChange = (seq: number, task: number): number => {
    if (taskOf(seq) !== task) return 0;
    const type = typeOf(seq);
    return type === EV.sim_func_entry ? 1 : type === EV.sim_func_exit ? -1 : 0;
  };
  /** Hears of events one after the other, in the direction of time given; true: that is the one. */
  function seeker(stride: Stride, direction: 1 | -1, from: number): (seq: number) => boolean {
    if (stride !== 'into' && stride !== 'over' && stride !== 'out') return (seq) => matches(stride, seq);
    let depth = 0;
    // The task that spoke last; between commands, the first that speaks.
    let task = from >= 1 && from <= content.length ? taskOf(from) : 0;
    return (seq) => {
      if (task === 0) task = taskOf(seq);
      const change = direction * depthChange(seq, task);
      depth += change;
      if (stride === 'into') return change !== 0;
      return stride === 'out' ? depth < 0 : depth <= 0 && (taskOf(seq) === task || typeOf(seq) === EV.sim_command);
    };
  }

  return {
    get length() { return content.length; },
    get texts() { return content.texts; },
    get samples() { return content.samples; },
    get ends() { return content.ends; },
    take(from, to, each, turn) {
      for (let id = from; id < to; id++) {
        const at = (content.length % CHUNK_EVENTS) * WORDS;
        if (at === 0) content.chunks.push(new Int32Array(CHUNK_EVENTS * WORDS));
        const chunk = content.chunks.at(-1) as Int32Array;
        for (let i = 0; i < 8; i++) chunk[at + i] = (ring[i] as Int32Array)[(id >>> 0) % rows] as number;
        chunk[at + 8] = each || id === from ? 1 : 0;
        content.length++;
        if (typeOf(content.length) === EV.sim_command_end) content.ends.push({ id: word(content.length, 3), seq: content.length, turn });
      }
      takeTexts();
      takeSample();
    },
    fork(length, texts) {
      const chunks = content.chunks.slice(0, Math.ceil(length / CHUNK_EVENTS));
      // The last chunk is written on; all before it are full and stay shared.
      if (length % CHUNK_EVENTS !== 0) chunks.push((chunks.pop() as Int32Array).slice());
      return createPast(t, { chunks, length, texts: content.texts.filter(({ id }) => id < texts), samples: content.samples.filter(({ seq }) => seq <= length), ends: content.ends.filter(({ seq }) => seq <= length), grain: content.grain });
    },
    words(from) {
      const out = new Int32Array(Math.max(0, content.length - from) * 8);
      for (let seq = from + 1, at = 0; seq <= content.length; seq++, at += 8) for (let i = 0; i < 8; i++) out[at + i] = word(seq, i);
      return out;
    },
    seeker,
    find(stride, direction, seq) {
      const found = seeker(stride, direction, seq);
      for (let at = direction === 1 ? seq + 1 : seq; at >= 1 && at <= content.length; at += direction) if (found(at)) return at;
      return undefined;
    },
    before(seq) {
      let at = seq;
      while (at > 1 && !opens(at)) at--;
      return Math.max(0, at - 1);
    },
  };
}
