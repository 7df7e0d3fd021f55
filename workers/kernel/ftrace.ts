/**
 * Mirrors: kernel/trace/trace.c, kernel/trace/ring_buffer.c (6.1), as far as events go: which are enabled, and a buffer that drops the oldest. What the allocator does a million times a
 * second asks one word, `listening`, whether anybody wants to hear of it; the machine's own trace (uapi/trace.ts) is another thing and is not told.
 * Left out: tracers of functions, triggers, filters, buffers of several CPUs.
 */
import { remember } from '../lib/remember.ts';
import { H_TIME_HI, H_TIME_LO, type Tables } from '../uapi/layout.ts';
import { TRACE_EVENTS } from '../uapi/trace_events.ts';

/** Values of listening[0]: nobody; somebody; somebody, and what happens now is told by the caller. */
export const NOBODY = 0;
export const LISTENED = 1;
export const TOLD_ABOVE = 2;

const VALUES = 7;
/** Words of a record: time (ns), pid, event, values. */
const WORDS = 3 + VALUES;
/** Bytes a record counts for, of the buffer's size. */
const RECORD_BYTES = 64;
const USUAL_KB = 1408;
const FIRST_RECORDS = 256;

export interface TraceRecord {
  readonly time: number;
  readonly pid: number;
  readonly event: number;
  readonly values: readonly number[];
}
export interface Ftrace {
  /** One word: see above. Only for the events of the allocator; others ask `wants`. */
  readonly listening: Int32Array;
  wants(event: number): boolean;
  emit(event: number, a?: number, b?: number, c?: number, d?: number, e?: number, f?: number, g?: number): void;
  /** Which process runs; set by whoever has processes. */
  current: (() => { readonly pid: number; readonly name: string }) | undefined;
  enabled(event: number): boolean;
  enable(event: number, on: boolean): void;
  tracing_on(on?: boolean): boolean;
  buffer_size_kb(kb?: number): number;
  /** Records from number `from` on that are still there; the number of the next one. */
  records(from: number): { readonly list: readonly TraceRecord[]; readonly next: number };
  written(): number;
  clear(): void;
  comm(pid: number): string;
}

const known = new WeakMap<object, Ftrace>();
/** The one of a machine, by its tables; made when it is first asked for. */
export function ftraceOf(t: Pick<Tables, 'header'>): Ftrace {
  const made = known.get(t.header) ?? createFtrace(t.header);
  known.set(t.header, made);
  return made;
}

function createFtrace(header: Int32Array): Ftrace {
  const listening = remember(new Int32Array(1));
  const on = remember(new Uint8Array(TRACE_EVENTS.length));
  /** Records are numbered; those of a session before the last clearing are gone. */
  const ring = remember({ words: new Float64Array(0), written: 0, first: 0, tracing: true, kb: USUAL_KB });
  const names = remember(new Map<number, string>());
  const capacity = (): number => Math.max(1, Math.floor((ring.kb * 1024) / RECORD_BYTES));
  const now = (): number => (header[H_TIME_HI] as number) * 2 ** 32 + ((header[H_TIME_LO] as number) >>> 0);
  function look(): void {
    listening[0] = ring.tracing && on.some((bit, event) => bit !== 0 && TRACE_EVENTS[event]?.hot === true) ? LISTENED : NOBODY;
  }
  function grow(): void {
    const records = Math.min(capacity(), Math.max(FIRST_RECORDS, (ring.words.length / WORDS) * 2));
    const words = new Float64Array(records * WORDS);
    const old = ring.words.length / WORDS;
    for (let n = Math.max(ring.first, ring.written - Math.min(old, records)); n < ring.written; n++) words.set(ring.words.subarray((n % old) * WORDS, (n % old) * WORDS + WORDS), (n % records) * WORDS);
    ring.words = words;
  }
  const oldest = (): number => Math.max(ring.first, ring.written - ring.words.length / WORDS);
  const ftrace: Ftrace = {
    listening, current: undefined,
    wants: (event) => on[event] !== 0 && ring.tracing,
    emit(event, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0) {
      if (on[event] === 0 || !ring.tracing) return;
      if (ring.written - ring.first >= ring.words.length / WORDS && ring.words.length / WORDS < capacity()) grow();
      const { pid, name } = ftrace.current?.() ?? { pid: 0, name: '<idle>' };
      names.set(pid, name);
      const at = (ring.written++ % (ring.words.length / WORDS)) * WORDS;
      ring.words.set([now(), pid, event, a, b, c, d, e, f, g], at);
    },
    enabled: (event) => on[event] !== 0,
    enable(event, yes) {
      on[event] = yes ? 1 : 0;
      look();
    },
    tracing_on(yes) {
      if (yes !== undefined) ring.tracing = yes;
      look();
      return ring.tracing;
    },
    buffer_size_kb(kb) {
      if (kb === undefined) return ring.kb;
      ring.kb = kb;
      ring.words = new Float64Array(0);
      ring.first = ring.written;
      return kb;
    },
    records(from) {
      const list: TraceRecord[] = [];
      const records = ring.words.length / WORDS;
      for (let n = Math.max(from, oldest()); n < ring.written; n++) {
        const [time = 0, pid = 0, event = 0, ...values] = ring.words.subarray((n % records) * WORDS, (n % records) * WORDS + WORDS);
        list.push({ time, pid, event, values });
      }
      return { list, next: ring.written };
    },
    written: () => ring.written - ring.first,
    clear() {
      ring.first = ring.written;
    },
    comm: (pid) => (pid === 0 ? '<idle>' : (names.get(pid) ?? '<...>')),
  };
  return ftrace;
}
