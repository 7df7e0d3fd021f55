/** awk's values: numbers, strings, and input that is a number if it looks like one. */
import { formatted } from '../printf.ts';

/** Text from input (fields, getline, split, -v, ENVIRON): a number where it looks like one ("strnum"). */
export class Input {
  readonly text: string;
  #number: number | undefined | null = null;
  constructor(text: string) {
    this.text = text;
  }
  /** Its number, if the whole text looks like one. */
  get number(): number | undefined {
    if (this.#number === null) this.#number = LOOKS_NUMERIC.test(this.text) ? toNumber(this.text) : undefined;
    return this.#number;
  }
}
/** Undefined: never assigned, "" and 0 at once. */
export type Value = number | string | Input | undefined;
export type AwkArray = Map<string, Value>;

const LOOKS_NUMERIC = /^[ \t\n]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t\n]*$/;
const LEADING_NUMBER = /^[ \t\n\r\f\v]*([+-]?)(0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?\b|nan\b)/i;

/** The number a text begins with, else 0. Hexadecimal counts, as in busybox and older mawk. */
export function toNumber(text: string): number {
  const m = LEADING_NUMBER.exec(text);
  if (!m) return 0;
  const body = (m[2] as string).toLowerCase();
  if (body.startsWith('inf') || body.startsWith('nan')) {
    if (m[1] === '') return 0;
    return body.startsWith('nan') ? Number.NaN : m[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const n = Number(body);
  return m[1] === '-' ? -n : n;
}
export function num(v: Value): number {
  if (typeof v === 'number') return v;
  if (v === undefined) return 0;
  if (typeof v === 'string') return toNumber(v);
  return v.number ?? toNumber(v.text);
}
/** @param format CONVFMT, or OFMT for print */
export function str(v: Value, format = '%.6g'): string {
  if (typeof v === 'string') return v;
  if (v === undefined) return '';
  if (typeof v !== 'number') return v.text;
  if (Number.isInteger(v) && Math.abs(v) < 1e16) return String(v === 0 ? 0 : v);
  if (Number.isInteger(v)) return formatted('%d', [v]);
  if (Number.isNaN(v)) return 'nan';
  if (!Number.isFinite(v)) return v > 0 ? 'inf' : '-inf';
  return formatted(format, [v]);
}
export function truth(v: Value): boolean {
  if (typeof v === 'number') return v !== 0;
  if (v === undefined) return false;
  if (typeof v === 'string') return v !== '';
  return v.number === undefined ? v.text !== '' : v.number !== 0;
}
const numeric = (v: Value): boolean => typeof v === 'number' || v === undefined || (typeof v === 'object' && v.number !== undefined);

/** Below, equal, above: -1, 0, 1; NaN is unequal to everything and above. */
export function compare(a: Value, b: Value, format: string): number {
  if (numeric(a) && numeric(b)) {
    const [x, y] = [num(a), num(b)];
    return x < y ? -1 : x === y ? 0 : 1;
  }
  const [x, y] = [str(a, format), str(b, format)];
  return x < y ? -1 : x > y ? 1 : 0;
}
