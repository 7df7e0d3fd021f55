/** awk's built-in functions that need nothing but values. */
import { compileRegex, type Regex, type Spans } from '../regex/regex.ts';
import { daysSinceEpoch, strftime } from '../strftime.ts';
import { num, str, toNumber, type Value } from './value.ts';

const cache = new Map<string, Regex>();
/** A string as a regular expression; kept, since programs use the same ones for every record. */
export function dynamicRegex(source: string): Regex {
  let regex = cache.get(source);
  if (!regex) {
    regex = compileRegex(source, { extended: true, awk: true });
    if (cache.size > 200) cache.clear();
    cache.set(source, regex);
  }
  return regex;
}

/** Deterministic: 31 bits of a multiplicative generator. */
export class Random {
  #state = 1;
  seed = 0;
  next(): number {
    this.#state = Number((BigInt(this.#state) * 48271n) % 2147483647n);
    return (this.#state - 1) / 2147483646;
  }
  reseed(seed: number): number {
    const old = this.seed;
    this.seed = seed;
    this.#state = (Math.abs(Math.trunc(seed)) % 2147483646) + 1;
    return old;
  }
}

/** substr as gawk and busybox have it: both numbers truncated, a start before the text is its beginning, the length stays. */
export function substr(text: string, from: number, length: number): string {
  if (Number.isNaN(from) || Number.isNaN(length)) return '';
  const start = Math.max(Math.trunc(from), 1) - 1;
  return text.slice(start, start + Math.max(Math.trunc(length), 0));
}

/** The replacement of sub and gsub: & is the match, \& an ampersand; gensub also knows \1 to \9. */
function replaced(pattern: string, text: string, spans: Spans, groups: boolean): string {
  return pattern.replace(/\\([\s\S])|&/g, (whole, escaped: string | undefined) => {
    const group = (n: number): string => {
      const span = spans[n];
      return span ? text.slice(span[0], span[1]) : '';
    };
    if (escaped === undefined) return group(0);
    if (groups && /\d/.test(escaped)) return group(Number(escaped));
    return escaped === '&' || escaped === '\\' ? escaped : whole;
  });
}
/** Replaces the `which`th match, or all. */
export function substitute(regex: Regex, replacement: string, text: string, which: number | 'all', groups: boolean): { text: string; count: number } {
  let out = '';
  let copied = 0;
  let seen = 0;
  let count = 0;
  let last = -1;
  for (let at = 0; at <= text.length; ) {
    const spans = regex.exec(text, at);
    const whole = spans?.[0];
    if (!spans || !whole) break;
    const [start, end] = whole;
    if (start === end && start === last) {
      at = start + 1;
      continue;
    }
    last = end;
    seen++;
    if (which === 'all' || which === seen) {
      out += text.slice(copied, start) + replaced(replacement, text, spans, groups);
      copied = end;
      count++;
      if (which !== 'all') break;
    }
    at = end > start ? end : end + 1;
  }
  return { text: out + text.slice(copied), count };
}

const bits = (values: readonly bigint[], op: (a: bigint, b: bigint) => bigint): number => Number(values.reduce(op));

/** @param now seconds since 1970 @param format CONVFMT. Undefined: not one of these. */
export function plainFunction(name: string, args: readonly Value[], random: Random, now: () => number, format: string): Value {
  const n = (i: number): number => num(args[i]);
  const s = (i: number): string => str(args[i], format);
  const integers = (): bigint[] => args.map((a) => BigInt(Math.trunc(num(a))));
  switch (name) {
    case 'substr': return substr(s(0), n(1), args.length > 2 ? n(2) : Number.POSITIVE_INFINITY);
    case 'index': return s(0).indexOf(s(1)) + 1;
    case 'tolower': return s(0).replace(/[A-Z]/g, (c) => c.toLowerCase());
    case 'toupper': return s(0).replace(/[a-z]/g, (c) => c.toUpperCase());
    case 'int': return Math.trunc(n(0));
    case 'sqrt': return Math.sqrt(n(0));
    case 'exp': return Math.exp(n(0));
    case 'log': return Math.log(n(0));
    case 'sin': return Math.sin(n(0));
    case 'cos': return Math.cos(n(0));
    case 'atan2': return Math.atan2(n(0), n(1));
    case 'rand': return random.next();
    case 'srand': return random.reseed(args.length > 0 ? n(0) : Math.floor(now()));
    case 'systime': return Math.floor(now());
    case 'strftime': return strftime(args.length > 0 ? s(0) : '%a %b %e %H:%M:%S UTC %Y', args.length > 1 ? n(1) : Math.floor(now()));
    case 'strtonum': return typeof args[0] === 'number' ? args[0] : /^\s*0[0-7]+$/.test(s(0)) ? Number.parseInt(s(0), 8) : toNumber(s(0));
    case 'and': return bits(integers(), (a, b) => a & b);
    case 'or': return bits(integers(), (a, b) => a | b);
    case 'xor': return bits(integers(), (a, b) => a ^ b);
    case 'lshift': return bits(integers(), (a, b) => BigInt.asUintN(64, a << b));
    case 'rshift': return bits(integers(), (a, b) => a >> b);
    case 'compl': return Number((integers()[0] ?? 0n) ^ ((1n << 53n) - 1n));
    case 'mktime': return mktime(s(0));
    default: return undefined;
  }
}
/** "YYYY MM DD HH MM SS", UTC, as seconds since 1970; -1 if it is not that. */
function mktime(text: string): number {
  const parts = text.trim().split(/\s+/).map(Number);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  if (parts.length < 6 || parts.some((p) => !Number.isInteger(p)) || year < 1970) return -1;
  return daysSinceEpoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
}
