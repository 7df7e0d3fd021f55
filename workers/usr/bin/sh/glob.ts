/** Patterns: as in `case`, `${x#…}`, `[[ == ]]` and file names. A pattern is text in which '\' makes the next character plain. */
import type { Sys } from '../../program.ts';

/** Puts a '\' before what a pattern would take for special. */
export const escapeGlob = (s: string): string => s.replace(/[\\*?[\]!^\-@+()|]/g, '\\$&');
/** Is there anything active in the pattern? */
export function hasGlob(pattern: string, extglob: boolean): boolean {
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    if (c === '\\') i++;
    else if (c === '*' || c === '?' || (c === '[' && pattern.indexOf(']', i + 2) > 0) || (extglob && '@+!'.includes(c) && pattern.charAt(i + 1) === '('))
      return true;
  }
  return false;
}
/** The text a pattern without active characters stands for. */
export const unescapeGlob = (pattern: string): string => pattern.replace(/\\([\s\S])/g, '$1');

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\r\\f\\v',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  cntrl: '\\x00-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
  word: 'A-Za-z0-9_',
};
const escapeRegex = (c: string): string => c.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A bracket expression at `i` → regular expression text and where it ends; undefined: it is a plain '['. */
function bracket(p: string, i: number): { text: string; end: number } | undefined {
  let j = i + 1;
  let negate = '';
  if (p.charAt(j) === '!' || p.charAt(j) === '^') {
    negate = '^';
    j++;
  }
  let body = '';
  for (let first = true; ; first = false) {
    const c = p.charAt(j);
    if (c === '' || c === '/') return undefined;
    if (c === ']' && !first) break;
    const named = /^\[:([a-z]+):\]/.exec(p.slice(j));
    if (named) {
      body += CLASSES[named[1] as string] ?? '';
      j += named[0].length;
      continue;
    }
    const one = (): string => {
      if (p.charAt(j) === '\\') j++;
      return p.charAt(j++);
    };
    const from = one();
    if (p.charAt(j) === '-' && p.charAt(j + 1) !== ']' && p.charAt(j + 1) !== '') {
      j++;
      const to = one();
      if (from <= to) body += `${escapeRegex(from)}-${escapeRegex(to)}`;
    } else body += escapeRegex(from);
  }
  return { text: body === '' ? (negate ? '[^]' : '[]') : `[${negate}${body}]`, end: j + 1 };
}
function groupEnd(p: string, open: number): number {
  let depth = 0;
  for (let i = open; i < p.length; i++) {
    const c = p.charAt(i);
    if (c === '\\') i++;
    else if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return i;
  }
  return -1;
}
function alternatives(p: string): string[] {
  const all: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < p.length; i++) {
    const c = p.charAt(i);
    if (c === '\\') i++;
    else if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === '|' && depth === 0) {
      all.push(p.slice(from, i));
      from = i + 1;
    }
  }
  return [...all, p.slice(from)];
}
/** Regular expression text of a pattern with groups. */
function regexText(p: string, extglob: boolean): string {
  let out = '';
  for (let i = 0; i < p.length; i++) {
    const c = p.charAt(i);
    const end = extglob && '?*+@!'.includes(c) && p.charAt(i + 1) === '(' ? groupEnd(p, i + 1) : -1;
    if (end > 0) {
      const inner = alternatives(p.slice(i + 2, end))
        .map((a) => regexText(a, extglob))
        .join('|');
      if (c === '!') {
        // Not these, up to where the rest of the pattern matches.
        const rest = regexText(p.slice(end + 1), extglob);
        return `${out}(?:(?!(?:${inner})${rest}$)[^]*)${rest}`;
      }
      out += `(?:${inner})${c === '@' ? '' : c}`;
      i = end;
    } else if (c === '\\' && i + 1 < p.length) out += escapeRegex(p.charAt(++i));
    else if (c === '*') out += '[^]*';
    else if (c === '?') out += '[^]';
    else {
      const set = c === '[' ? bracket(p, i) : undefined;
      if (set) {
        out += set.text;
        i = set.end - 1;
      } else out += escapeRegex(c);
    }
  }
  return out;
}
/** Forgets everything when it is full: what is in a loop stays. */
function memo<T>(make: (key: string) => T): (key: string) => T {
  const kept = new Map<string, T>();
  return (key) => {
    let value = kept.get(key);
    if (value === undefined) {
      if (kept.size > 500) kept.clear();
      value = make(key);
      kept.set(key, value);
    }
    return value;
  };
}
const regex = memo((key) => new RegExp(key.slice(1), key.startsWith('i') ? 'i' : ''));

/** One step of a pattern: a byte, any byte, a set of bytes (256 flags), or any run of bytes. */
type Token = string | 'any' | 'star' | { readonly bytes: readonly boolean[]; readonly others: RegExp };
const ANY = 'any';
const STAR = 'star';
const tokens = memo((pattern): readonly Token[] => {
  const out: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    const set = c === '[' ? bracket(pattern, i) : undefined;
    if (set) {
      const one = new RegExp(set.text);
      out.push({ bytes: Array.from({ length: 256 }, (_, code) => one.test(String.fromCharCode(code))), others: one });
      i = set.end - 1;
    } else if (c === '*') {
      if (out.at(-1) !== STAR) out.push(STAR);
    } else if (c === '?') out.push(ANY);
    else out.push(c === '\\' && i + 1 < pattern.length ? pattern.charAt(++i) : c);
  }
  return out;
});
const reversed = memo((pattern): readonly Token[] => [...tokens(pattern)].reverse());
const fits = (token: Token, c: string): boolean => token === ANY || (typeof token === 'string' ? token === c : (token.bytes[c.charCodeAt(0)] ?? token.others.test(c)));
const needsRegex = (pattern: string, extglob: boolean): boolean => extglob && /[?*+@!]\(/.test(pattern);

/**
 * All lengths at which a piece of `text` that begins at `from` (or, backwards, ends there) matches: `each` is told in rising order
 * and stops the search by answering false.
 * Every state of the pattern is followed at once, so that no pattern takes more than text × pattern steps. True: a '*' was reached.
 */
function follow(pattern: readonly Token[], text: string, from: number, backwards: boolean, each: (length: number) => boolean): boolean {
  let star = false;
  let states = new Set<number>();
  const enter = (set: Set<number>, state: number): void => {
    set.add(state);
    if (pattern[state] !== STAR) return;
    star = true;
    enter(set, state + 1);
  };
  enter(states, 0);
  const room = backwards ? from : text.length - from;
  for (let n = 0; ; n++) {
    if (states.has(pattern.length) && !each(n)) return star;
    if (n >= room || states.size === 0) return star;
    const c = text.charAt(backwards ? from - 1 - n : from + n);
    const next = new Set<number>();
    for (const state of states) {
      const token = pattern[state];
      if (token === STAR) enter(next, state);
      else if (token !== undefined && fits(token, c)) enter(next, state + 1);
    }
    states = next;
  }
}
/** Does the whole text match? */
export function matches(pattern: string, text: string, extglob = true, nocase = false): boolean {
  if (nocase || needsRegex(pattern, extglob)) return regex(`${nocase ? 'i' : '-'}^(?:${regexText(pattern, extglob)})$`).test(text);
  // The last '*' takes what is left over: going back further can never help.
  const parts = tokens(pattern);
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const token = parts[p];
    if (token === STAR) {
      star = p++;
      mark = t;
    } else if (token !== undefined && fits(token, text.charAt(t))) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (parts[p] === STAR) p++;
  return p === parts.length;
}
/** Length of the shortest or longest piece at the start (end) of a text that matches; -1: none. */
export function matchEdge(pattern: string, text: string, side: 'start' | 'end', longest: boolean, extglob: boolean): number {
  if (needsRegex(pattern, extglob)) {
    const whole = regex(`-^(?:${regexText(pattern, extglob)})$`);
    for (let n = 0; n <= text.length; n++) {
      const length = longest ? text.length - n : n;
      if (whole.test(side === 'start' ? text.slice(0, length) : text.slice(text.length - length))) return length;
    }
    return -1;
  }
  let found = -1;
  follow(side === 'start' ? tokens(pattern) : reversed(pattern), text, side === 'start' ? 0 : text.length, side === 'end', (length) => {
    found = length;
    return longest;
  });
  return found;
}
/** No match here, and none further right: a '*' was reached, and what follows it is nowhere in the rest. */
const NOWHERE = -2;
/** Length of the longest match that begins at an offset; -1: none; NOWHERE. */
function matchAt(pattern: string, text: string, from: number, extglob: boolean): number {
  if (needsRegex(pattern, extglob)) return matchEdge(pattern, text.slice(from), 'start', true, extglob);
  let found = -1;
  const star = follow(tokens(pattern), text, from, false, (length) => {
    found = length;
    return true;
  });
  return found < 0 && star ? NOWHERE : found;
}
/** ${x/…/…}: the leftmost longest match, or all of them, or the one at an edge. */
export function replaceMatches(
  pattern: string,
  text: string,
  how: { all: boolean; at?: 'start' | 'end' },
  by: (match: string) => string,
  extglob: boolean,
): string {
  if (pattern === '') return text;
  if (how.at) {
    const n = matchEdge(pattern, text, how.at, true, extglob);
    if (n < 0) return text;
    return how.at === 'start' ? by(text.slice(0, n)) + text.slice(n) : text.slice(0, text.length - n) + by(text.slice(text.length - n));
  }
  let out = '';
  let from = 0;
  for (let i = 0; i <= text.length; ) {
    const n = matchAt(pattern, text, i, extglob);
    if (n === NOWHERE) break;
    if (n <= 0 && !(n === 0 && text === '')) {
      i++;
      continue;
    }
    out += text.slice(from, i) + by(text.slice(i, i + n));
    i += n;
    from = i;
    if (!how.all || n === 0) break;
  }
  return out + text.slice(from);
}

export interface GlobOptions {
  readonly extglob: boolean;
  readonly dotglob: boolean;
  readonly nocaseglob: boolean;
  /** `**` stands for any number of directories. */
  readonly globstar?: boolean;
}
/** File names that match a pattern, sorted by bytes. */
export function globPaths(sys: Sys, pattern: string, options: GlobOptions): string[] {
  const parts = pattern.split('/');
  let bases: string[] = [''];
  if (pattern.startsWith('/')) {
    bases = ['/'];
    while (parts[0] === '') parts.shift();
  }
  parts.forEach((part, i) => {
    const last = i === parts.length - 1;
    const next: string[] = [];
    for (const base of bases) {
      if (part === '') {
        if (last ? sys.stat(base) !== undefined && isDir(sys, base) : true) next.push(last && !base.endsWith('/') ? `${base}/` : base);
      } else if (part === '**' && options.globstar) next.push(...below(sys, base, last, options.dotglob));
      else if (!hasGlob(part, options.extglob)) {
        const path = base + unescapeGlob(part);
        if (typeof sys.lstat(path) !== 'number') next.push(last ? path : `${path}/`);
      } else {
        const names = sys.readdir(base === '' ? '.' : base);
        if (typeof names === 'number') continue;
        const dots = part.startsWith('.') || part.startsWith('\\.');
        for (const name of names) {
          if (name.startsWith('.') && !dots && !options.dotglob) continue;
          if (!matches(part, name, options.extglob, options.nocaseglob)) continue;
          if (last) next.push(base + name);
          else if (isDir(sys, base + name)) next.push(`${base}${name}/`);
        }
      }
    }
    bases = next;
  });
  return bases.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
/** What `**` leads to from a directory: itself and every directory below, and at the end of a pattern the files, too. Links are not followed. */
function below(sys: Sys, base: string, last: boolean, dots: boolean): string[] {
  const found: string[] = last ? (base === '' ? [] : [base]) : [base];
  const names = sys.readdir(base === '' ? '.' : base);
  if (typeof names === 'number') return last ? [] : found;
  for (const name of names) {
    if (name.startsWith('.') && !dots) continue;
    const stat = sys.lstat(base + name);
    const dir = typeof stat !== 'number' && stat.kind === 'dir';
    if (last) found.push(base + name, ...(dir ? below(sys, `${base}${name}/`, true, dots).slice(1) : []));
    else if (dir) found.push(...below(sys, `${base}${name}/`, false, dots));
  }
  return found;
}
function isDir(sys: Sys, path: string): boolean {
  const stat = sys.stat(path);
  return typeof stat !== 'number' && stat.kind === 'dir';
}
