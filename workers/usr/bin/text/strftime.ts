/** strftime(3) in UTC and the C locale, from seconds since 1970. */
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

export interface BrokenDownTime {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 = Sunday. */
  readonly weekday: number;
  /** From 0. */
  readonly yearDay: number;
}
const leap = (y: number): boolean => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const monthLength = (y: number, m: number): number => (m === 1 && leap(y) ? 29 : (LENGTHS[m] as number));

/** gmtime(3), for 1970 and later. */
export function gmtime(seconds: number): BrokenDownTime {
  const total = Math.floor(seconds);
  const days = Math.floor(total / 86400);
  const rest = total - days * 86400;
  let year = 1970;
  let left = days;
  const yearLength = (y: number): number => (leap(y) ? 366 : 365);
  while (left >= yearLength(year)) left -= yearLength(year++);
  const yearDay = left;
  let month = 0;
  while (left >= monthLength(year, month)) left -= monthLength(year, month++);
  return { year, month, day: left + 1, hour: Math.floor(rest / 3600), minute: Math.floor(rest / 60) % 60, second: rest % 60, weekday: (days + 4) % 7, yearDay };
}

export function strftime(format: string, seconds: number): string {
  const t = gmtime(seconds);
  const two = (n: number, pad = '0'): string => String(n).padStart(2, pad);
  const one: Readonly<Record<string, () => string>> = {
    a: () => (DAYS[t.weekday] as string).slice(0, 3), A: () => DAYS[t.weekday] as string, b: () => (MONTHS[t.month] as string).slice(0, 3),
    h: () => (MONTHS[t.month] as string).slice(0, 3),
    B: () => MONTHS[t.month] as string, d: () => two(t.day), e: () => two(t.day, ' '), H: () => two(t.hour), I: () => two(t.hour % 12 || 12),
    j: () => String(t.yearDay + 1).padStart(3, '0'),
    m: () => two(t.month + 1), M: () => two(t.minute), p: () => (t.hour < 12 ? 'AM' : 'PM'), S: () => two(t.second), y: () => two(t.year % 100),
    Y: () => String(t.year), C: () => two(Math.floor(t.year / 100)),
    u: () => String(t.weekday || 7), w: () => String(t.weekday), s: () => String(Math.floor(seconds)), Z: () => 'UTC', z: () => '+0000', n: () => '\n',
    t: () => '\t', '%': () => '%',
    c: () => strftime('%a %b %e %H:%M:%S %Y', seconds), D: () => strftime('%m/%d/%y', seconds), x: () => strftime('%m/%d/%y', seconds),
    F: () => strftime('%Y-%m-%d', seconds),
    T: () => strftime('%H:%M:%S', seconds), X: () => strftime('%H:%M:%S', seconds), R: () => strftime('%H:%M', seconds),
    r: () => strftime('%I:%M:%S %p', seconds),
  };
  return format.replace(/%[-_0E]?([a-zA-Z%])/g, (whole, letter: string) => one[letter]?.() ?? whole);
}

/** Days from 1970-01-01; month from 1. */
export function daysSinceEpoch(year: number, month: number, day: number): number {
  let days = day - 1;
  for (let y = 1970; y < year; y++) days += leap(y) ? 366 : 365;
  for (let m = 0; m < month - 1; m++) days += monthLength(year, m);
  return days;
}
