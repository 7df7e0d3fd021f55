/** Trace records as they arrive: kept packed (eight words each), decoded only when looked at. The oldest are dropped beyond a bound, and counted. */
import { decodeEvent, EV, type TraceEvent } from '../../workers/uapi/trace.ts';

const WORDS = 8;
/** Records kept: 2²⁰ (32 MiB); then the older half is dropped, as the ring does with its own. */
const MAX_RECORDS = 1 << 20;

export interface EventLog {
  /** Packed records, `length` of them valid. */
  words: Int32Array;
  length: number;
  /** Number of the first record kept, counted from boot. */
  first: number;
  /** Records dropped by the ring before the page could read them. */
  lost: number;
}

export const createLog = (): EventLog => ({ words: new Int32Array(1024 * WORDS), length: 0, first: 0, lost: 0 });

/** Appends a batch. Returns how many old records were dropped to make room. */
export function append(log: EventLog, batch: Int32Array, lost: number): number {
  const records = batch.length / WORDS;
  let dropped = 0;
  if (log.length + records > MAX_RECORDS) {
    dropped = Math.min(log.length, Math.max(log.length >>> 1, log.length + records - MAX_RECORDS));
    log.words.copyWithin(0, dropped * WORDS, log.length * WORDS);
    log.length -= dropped;
    log.first += dropped;
  }
  const needed = (log.length + records) * WORDS;
  if (needed > log.words.length) {
    const larger = new Int32Array(Math.max(needed, log.words.length * 2));
    larger.set(log.words.subarray(0, log.length * WORDS));
    log.words = larger;
  }
  log.words.set(batch, log.length * WORDS);
  log.length += records;
  log.lost += lost;
  return dropped;
}

/** Wire type of record `i`, without decoding it. */
export const typeAt = (log: EventLog, i: number): number => (log.words[i * WORDS + 2] ?? 0) & 0xff;
export const seqAt = (log: EventLog, i: number): number => (log.words[i * WORDS] ?? 0) >>> 0;
export const eventAt = (log: EventLog, i: number): TraceEvent => decodeEvent(log.words, i * WORDS);

/** Records in a batch from which on those of single frames are passed over: they are in the log, what sums them up (mm_migrate_pages) is decoded, and nobody sees so many pass. */
const MANY = 4096;
const SINGLE_FRAMES = new Uint8Array(256);
for (const type of [EV.sim_migrate_page, EV.mm_page_alloc_extfrag, EV.sim_capture_page]) SINGLE_FRAMES[type] = 1;

/** Decodes a batch; of a large one, what is not about a single frame. */
export function decodeBatch(batch: Int32Array): TraceEvent[] {
  const events: TraceEvent[] = [];
  const many = batch.length > MANY * WORDS;
  for (let at = 0; at < batch.length; at += WORDS) if (!many || SINGLE_FRAMES[(batch[at + 2] as number) & 0xff] === 0) events.push(decodeEvent(batch, at));
  return events;
}
/** Numbers of the first and last event of a batch; undefined: it has none. */
export const spanOf = (batch: Int32Array): { readonly first: number; readonly last: number } | undefined =>
  (batch.length === 0 ? undefined : { first: (batch[0] as number) >>> 0, last: (batch[batch.length - WORDS] as number) >>> 0 });
