/** Numbers as the page prints them: binary units, pfn in hex, thin spaces in thousands. */

const KIB = 1024;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
/** Narrow no-break space: keeps groups and units on one line. */
const THIN = '\u202f';

/** Bytes → '5.50 GiB', '512 MiB', '4 KiB'. Whole numbers of a unit are printed without decimals. */
export function bytes(n: number): string {
  let unit = 0;
  let value = n;
  while (value >= KIB && unit < UNITS.length - 1) {
    value /= KIB;
    unit++;
  }
  const digits = (): string => (Number.isInteger(value) ? String(value) : value.toFixed(value < 100 ? 2 : 1));
  let text = digits();
  // 1023.96 MiB is 1.00 GiB.
  if (Number(text) >= KIB && unit < UNITS.length - 1) {
    value /= KIB;
    unit++;
    text = digits();
  }
  return `${text}\u00a0${UNITS[unit]}`;
}

/** As bytes(), with three digits at most: '512 MiB' for 511.9 MiB. For labels with little room. */
export function shortBytes(n: number): string {
  const unit = Math.max(0, Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, n)) / 10)));
  return `${Number((n / KIB ** unit).toPrecision(3))}\u00a0${UNITS[unit]}`;
}

/** 18402 → '18 402' with narrow no-break spaces. */
export const count = (n: number): string => String(Math.trunc(n)).replace(/\B(?=(\d{3})+(?!\d))/g, THIN);

/** 0x14a3c0 */
export const hex = (n: number): string => `0x${n.toString(16)}`;

/** First and last address of a range of bytes, end exclusive. */
export const range = (start: number, end: number): string => `${hex(start)}–${hex(end - 1)}`;

/** Nanoseconds → '00:04.218 337': minutes, seconds, milliseconds, microseconds. */
export function clock(ns: number): string {
  const us = Math.floor(ns / 1000);
  const s = Math.floor(us / 1e6);
  const pad = (n: number, width: number): string => String(n).padStart(width, '0');
  return `${pad(Math.floor(s / 60), 2)}:${pad(s % 60, 2)}.${pad(Math.floor(us / 1000) % 1000, 3)}${THIN}${pad(us % 1000, 3)}`;
}

/** Nanoseconds → '4.218 337': seconds with microseconds, as in an event list. */
export function seconds(ns: number): string {
  const us = Math.floor(ns / 1000);
  return `${Math.floor(us / 1e6)}.${String(Math.floor(us / 1000) % 1000).padStart(3, '0')}${THIN}${String(us % 1000).padStart(3, '0')}`;
}

/** Nanoseconds → '4.1 ms', '820 µs', '1.20 s'. */
export function duration(ns: number): string {
  if (ns < 1000) return `${ns}\u00a0ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(ns < 1e4 ? 1 : 0)}\u00a0µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(ns < 1e8 ? 1 : 0)}\u00a0ms`;
  return `${(ns / 1e9).toFixed(2)}\u00a0s`;
}

/** Part of a whole in percent, without decimals; '0 %' of nothing. */
export const percent = (part: number, whole: number): string => `${whole > 0 ? Math.round((part / whole) * 100) : 0}\u00a0%`;
/** u32 as eight hex digits: a digest. */
export const word = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
