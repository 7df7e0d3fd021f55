/** Sizes, addresses and times as a scenario writes them. Exact integers only. */

const SUFFIXES = ['', 'K', 'M', 'G', 'T', 'P'] as const;
export const SIZE_HELP = 'a size such as 128M, 4G or 0x8000000';

/** `128M`, `4G`, `0x8000000`, `4096` → bytes; undefined: not a size, or not exact in 53 bits. */
export function parseSize(text: string): number | undefined {
  const match = /^(0x[0-9a-f]{1,13}|\d{1,16})([KMGTP]?)$/i.exec(text);
  if (!match) return undefined;
  const [, digits = '', suffix = ''] = match;
  const value = Number(digits) * 1024 ** SUFFIXES.indexOf(suffix.toUpperCase() as (typeof SUFFIXES)[number]);
  return Number.isSafeInteger(value) ? value : undefined;
}
/** ` Did you mean "1536M"?` for 1.5 GB, 1536MiB and the like, or nothing. */
export function sizeMeant(text: string): string {
  const m = /(?:^|=)(\d{1,12})(?:\.(\d{1,6}))?([KMGTP])?i?B?(?:ytes)?$/i.exec(text);
  if (!m) return '';
  const [, whole = '', fraction = '', unit = ''] = m;
  // One unit lower, what follows the point is whole, or it is not meant.
  const scale = 1024 ** SUFFIXES.indexOf(unit.toUpperCase() as (typeof SUFFIXES)[number]);
  const bytes = Number(whole) * scale + (Number(fraction) * scale) / 10 ** fraction.length;
  return Number.isSafeInteger(bytes) && formatSize(bytes) !== text ? ` Did you mean "${formatSize(bytes)}"?` : '';
}
/** The shortest form that says the same: `4G`, `130M`, `1000`. */
export function formatSize(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value > 0 && unit < SUFFIXES.length - 1 && value % 1024 === 0) {
    value /= 1024;
    unit++;
  }
  return `${value}${SUFFIXES[unit]}`;
}
export const formatAddress = (n: number): string => `0x${n.toString(16)}`;

const NS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 } as const;
export const TIME_HELP = 'a time such as 2s, 30ms or 500us';
/** `2s`, `1.5s`, `30ms` → ns; undefined: not a time, or not a whole number of ns. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d{1,12})(?:\.(\d{1,9}))?(ns|us|ms|s)$/.exec(text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', unit = 's'] = match;
  const scale = NS[unit as keyof typeof NS];
  const part = (Number(fraction) * scale) / 10 ** fraction.length;
  return Number.isInteger(part) ? Number(whole) * scale + part : undefined;
}
/** In the largest unit that is exact without a fraction. */
export function formatTime(ns: number): string {
  const unit = (['s', 'ms', 'us'] as const).find((u) => ns % NS[u] === 0 && ns > 0) ?? 'ns';
  return `${ns / NS[unit]}${unit}`;
}
