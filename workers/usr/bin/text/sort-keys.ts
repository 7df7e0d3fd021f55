/** Keys and orders of sort. */
import { fromBytesOrder, versionCompare } from './version.ts';

export class SortError extends Error {}
export interface Ordering {
  readonly compare: (a: string, b: string) => number;
  readonly reverse: boolean;
  readonly skipBlanks: boolean;
  /** No flag but r was given. */
  readonly plain: boolean;
}
interface Position {
  /** From 0. */
  readonly field: number;
  /** From 0; -1 at an end: the whole field. */
  readonly char: number;
  readonly skipBlanks: boolean;
}
export interface Key {
  readonly from: Position;
  readonly to: Position | undefined;
  readonly ordering: Ordering;
}
export const compareBytes = fromBytesOrder;

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const HUMAN = 'kKMGTPEZYRQ';
const magnitude = (suffix: string): number => (suffix === '' ? 0 : suffix === 'k' ? 1 : HUMAN.indexOf(suffix));

/** -n without floating point: sign, digits, fraction as text. */
function numeric(text: string): { negative: boolean; whole: string; fraction: string; suffix: string } {
  const m = /^[ \t\n]*(-?)(\d*)(?:\.(\d*))?([kKMGTPEZYRQ]?)/.exec(text);
  const whole = (m?.[2] ?? '').replace(/^0+/, '');
  const fraction = (m?.[3] ?? '').replace(/0+$/, '');
  return { negative: m?.[1] === '-' && (whole !== '' || fraction !== ''), whole, fraction, suffix: m?.[4] ?? '' };
}
function compareNumeric(a: string, b: string, human: boolean): number {
  const [x, y] = [numeric(a), numeric(b)];
  if (x.negative !== y.negative) return x.negative ? -1 : 1;
  const zero = (n: typeof x): boolean => n.whole === '' && n.fraction === '';
  const unit = human ? magnitude(zero(x) ? '' : x.suffix) - magnitude(zero(y) ? '' : y.suffix) : 0;
  const size = unit || x.whole.length - y.whole.length || fromBytesOrder(x.whole, y.whole) || fromBytesOrder(x.fraction, y.fraction);
  return x.negative ? -size : size;
}
function compareGeneral(a: string, b: string): number {
  const value = (s: string): number | undefined => {
    const m = /^\s*[+-]?(0x[0-9a-f]+|(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)/i.exec(s);
    if (!m) return undefined;
    const text = m[0].trim().toLowerCase();
    return text.includes('inf') ? (text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : Number(text.replace(/^\+/, ''));
  };
  const [x, y] = [value(a), value(b)];
  if (x === undefined || y === undefined) return (x === undefined ? 0 : 1) - (y === undefined ? 0 : 1);
  if (Number.isNaN(x) || Number.isNaN(y)) return (Number.isNaN(x) ? 0 : 1) - (Number.isNaN(y) ? 0 : 1);
  return x < y ? -1 : x > y ? 1 : 0;
}
const month = (s: string): number => MONTHS.indexOf(s.trimStart().slice(0, 3).toUpperCase());

/** Letters of sort's options → an order. */
export function ordering(flags: string): Ordering {
  const has = (f: string): boolean => flags.includes(f);
  const fold = (s: string): string => {
    let out = s;
    if (has('d')) out = out.replace(/[^A-Za-z0-9 \t]/g, '');
    if (has('i')) out = out.replace(/[^ -~]/g, '');
    return has('f') ? out.replace(/[a-z]/g, (c) => c.toUpperCase()) : out;
  };
  const compare = has('n') ? (a: string, b: string) => compareNumeric(a, b, false)
    : has('h') ? (a: string, b: string) => compareNumeric(a, b, true)
    : has('g') ? compareGeneral
    : has('M') ? (a: string, b: string) => month(a) - month(b)
    : has('V') ? (a: string, b: string) => versionCompare(fold(a), fold(b))
    : (a: string, b: string) => fromBytesOrder(fold(a), fold(b));
  return { compare, reverse: has('r'), skipBlanks: has('b'), plain: !/[bdfghiMnV]/.test(flags) };
}

/** F[.C][OPTS][,F[.C][OPTS]] */
export function parseKey(spec: string): Key {
  const m = /^(\d+)(?:\.(\d+))?([bdfghiMnrV]*)(?:,(\d+)(?:\.(\d+))?([bdfghiMnrV]*))?$/.exec(spec);
  if (!m) throw new SortError(/^\d/.test(spec) ? `stray character in field spec: invalid field specification '${spec}'`
    : `invalid number at field start: invalid count at start of '${spec}'`);
  const [, field = '', char, flags = '', toField, toChar, toFlags = ''] = m;
  if (field === '0' || toField === '0') throw new SortError(`field number is zero: invalid field specification '${spec}'`);
  if (char === '0') throw new SortError(`character offset is zero: invalid field specification '${spec}'`);
  return {
    from: { field: Number(field) - 1, char: Number(char ?? 1) - 1, skipBlanks: flags.includes('b') },
    to: toField === undefined ? undefined : { field: Number(toField) - 1, char: Number(toChar ?? 0) - 1, skipBlanks: toFlags.includes('b') },
    ordering: ordering(flags + toFlags),
  };
}

/** Where field `n` of a line begins and ends. Without a separator a field carries the blanks before it. */
function fieldSpan(line: string, n: number, separator: string | undefined): [number, number] {
  let at = 0;
  for (let i = 0; ; i++) {
    let end: number;
    if (separator !== undefined) {
      end = line.indexOf(separator, at);
      if (end < 0) end = line.length;
    } else {
      end = at;
      while (end < line.length && (line[end] === ' ' || line[end] === '\t')) end++;
      while (end < line.length && line[end] !== ' ' && line[end] !== '\t') end++;
    }
    if (i === n) return [at, end];
    at = separator === undefined ? end : end + 1;
    if (end >= line.length) return [line.length, line.length];
  }
}
const blanksEnd = (line: string, at: number): number => {
  let i = at;
  while (line[i] === ' ' || line[i] === '\t') i++;
  return i;
};
export function keyOf(line: string, key: Key, order: Ordering, separator: string | undefined): string {
  let [start] = fieldSpan(line, key.from.field, separator);
  if (key.from.skipBlanks || (order.skipBlanks && !key.ordering.skipBlanks)) start = blanksEnd(line, start);
  start = Math.min(start + key.from.char, line.length);
  if (!key.to) return line.slice(start);
  let [from, end] = fieldSpan(line, key.to.field, separator);
  if (key.to.char >= 0) {
    if (key.to.skipBlanks) from = blanksEnd(line, from);
    end = Math.min(from + key.to.char + 1, line.length);
  }
  return line.slice(start, Math.max(start, end));
}
