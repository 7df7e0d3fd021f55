/** Trace records as they arrive: kept packed (eight words each), decoded only when looked at. The oldest are dropped beyond a bound, and counted. */
import { decodeEvent, SINGLE_FRAMES, type TraceEvent } from '../../workers/uapi/trace.ts';

/** Of a packed record. */
export const WORDS = 8;
/** Records kept (32 MiB); then the oldest give way, as they do in the ring. */
const MAX_RECORDS = 1 << 20;

export interface EventLog {
  /** Packed records: record number n, counted from boot, is at n modulo the room, a power of two. */
  words: Int32Array;
  /** Records kept. */
  length: number;
  /** Number of the first record kept. */
  first: number;
  /** Records dropped by the ring before the page could read them. */
  lost: number;
  /** Records it keeps at most. */
  readonly most: number;
}

/** `most`: a power of two. */
export const createLog = (most = MAX_RECORDS): EventLog => ({ words: new Int32Array(Math.min(1024, most) * WORDS), length: 0, first: 0, lost: 0, most });

const roomOf = (log: EventLog): number => log.words.length / WORDS;

/** Copies records into the ring, from number `id` on. */
function put(log: EventLog, id: number, records: Int32Array): void {
  const room = roomOf(log);
  const at = (id & (room - 1)) * WORDS;
  const straight = Math.min(records.length, room * WORDS - at);
  log.words.set(straight === records.length ? records : records.subarray(0, straight), at);
  if (straight < records.length) log.words.set(records.subarray(straight), 0);
}
function grow(log: EventLog, records: number): void {
  let room = roomOf(log);
  while (room < records) room *= 2;
  const { words, first, length } = log;
  const before = roomOf(log) * WORDS;
  log.words = new Int32Array(room * WORDS);
  const at = (first * WORDS) % before;
  const straight = Math.min(length * WORDS, before - at);
  put(log, first, words.subarray(at, at + straight));
  put(log, first + straight / WORDS, words.subarray(0, length * WORDS - straight));
}

/** Appends a batch. Returns how many old records were dropped to make room. */
export function append(log: EventLog, batch: Int32Array, lost: number): number {
  const records = Math.min(batch.length / WORDS, log.most);
  const dropped = Math.max(0, log.length + records - log.most);
  log.first += dropped + batch.length / WORDS - records;
  log.length -= dropped;
  if (log.length + records > roomOf(log)) grow(log, log.length + records);
  put(log, log.first + log.length, batch.length / WORDS === records ? batch : batch.subarray(batch.length - records * WORDS));
  log.length += records;
  log.lost += lost;
  return dropped;
}

const placeOf = (log: EventLog, i: number): number => ((log.first + i) & (roomOf(log) - 1)) * WORDS;
/** Wire type of record `i`, without decoding it. */
export const typeAt = (log: EventLog, i: number): number => (log.words[placeOf(log, i) + 2] ?? 0) & 0xff;
export const seqAt = (log: EventLog, i: number): number => (log.words[placeOf(log, i)] ?? 0) >>> 0;
export const eventAt = (log: EventLog, i: number): TraceEvent => decodeEvent(log.words, placeOf(log, i));

/** Records in a batch from which on those of single frames are passed over: they are in the log, what sums them up (mm_migrate_pages) is decoded, and nobody sees so many pass. */
const MANY = 1024;

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
