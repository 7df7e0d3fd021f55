/** Text ring: kernel log and shell output as bytes in machine memory, so that they are part of its state. A row is one line of the log or one write to the terminal. */
import { H_SEQ, H_TEXT_BYTES_HEAD, H_TEXT_HEAD, H_TEXT_TOTAL, H_TIME_HI, H_TIME_LO, type Tables } from './layout.ts';

export const STREAM_KERNEL = 0;
export const STREAM_STDOUT = 1;
export const STREAM_STDERR = 2;
/** A command as it was entered, echoed by the terminal. */
export const STREAM_INPUT = 3;
/** Words behind an event that has no number for them (write_error: the path). */
export const STREAM_NOTE = 4;

export interface TextRow {
  /** Number of the row since boot. */
  readonly id: number;
  readonly seq: number;
  /** ns */
  readonly time: number;
  readonly stream: number;
  /** printk level 0 to 7 (kernel stream only). */
  readonly level: number;
  readonly text: string;
}

/** Kernel side. Text is bytes (one char = one byte, 0 to 255). Returns the row's number. Longer than the ring / 4: cut there. */
export function textWriter(t: Pick<Tables, 'header' | 'text' | 'text_bytes'>): (stream: number, level: number, bytes: string) => number {
  const { header, text } = t;
  const { byte } = t.text_bytes;
  const rows = text.seq.length;
  return (stream, level, bytes) => {
    const id = header[H_TEXT_HEAD] as number;
    const length = Math.min(bytes.length, byte.length >>> 2);
    let offset = header[H_TEXT_BYTES_HEAD] as number;
    let total = header[H_TEXT_TOTAL] as number;
    if (offset + length > byte.length) {
      total += byte.length - offset;
      offset = 0;
    }
    for (let i = 0; i < length; i++) byte[offset + i] = bytes.charCodeAt(i);
    const row = id % rows;
    text.seq[row] = header[H_SEQ] as number;
    text.time_lo[row] = header[H_TIME_LO] as number;
    text.time_hi[row] = header[H_TIME_HI] as number;
    text.stream[row] = stream;
    text.level[row] = level;
    text.offset[row] = offset;
    text.length[row] = length;
    text.begin[row] = total;
    header[H_TEXT_TOTAL] = total + length;
    header[H_TEXT_BYTES_HEAD] = offset + length;
    header[H_TEXT_HEAD] = id + 1;
    return id;
  };
}

/** Reads row `id` as bytes; undefined if the ring has dropped it or its bytes were written over. */
export function readText(t: Pick<Tables, 'header' | 'text' | 'text_bytes'>, id: number): TextRow | undefined {
  const { header, text } = t;
  const rows = text.seq.length;
  const head = header[H_TEXT_HEAD] as number;
  if (id < 0 || id >= head || id < head - rows) return undefined;
  const row = id % rows;
  const offset = text.offset[row] as number;
  const length = text.length[row] as number;
  if ((((header[H_TEXT_TOTAL] as number) - (text.begin[row] as number)) >>> 0) > t.text_bytes.byte.length) return undefined;
  let bytes = '';
  for (let i = 0; i < length; i++) bytes += String.fromCharCode(t.text_bytes.byte[offset + i] as number);
  return {
    id, seq: text.seq[row] as number, time: (text.time_hi[row] as number) * 2 ** 32 + (text.time_lo[row] as number),
    stream: text.stream[row] as number, level: text.level[row] as number, text: bytes,
  };
}

/** UTF-8 bytes (as kept in machine memory) → text. */
export function bytesToText(bytes: string): string {
  try {
    return decodeURIComponent(bytes.replace(/[%\x80-\xff]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`));
  } catch {
    return bytes;
  }
}
/** Text → UTF-8 bytes, one char a byte. A lone surrogate becomes U+FFFD. */
export const textToBytes = (text: string): string => encodeURIComponent(text.toWellFormed()).replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
