/** grep, egrep, fgrep. Messages and output as GNU grep 3.8 in the C locale. Left out: -P, colours. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import { fnmatch } from './fnmatch.ts';
import { getopt } from './getopt.ts';
import { Lines, program, splitLines, stop, type Tool } from './io.ts';
import { compileRegex, type Regex, RegexError } from './regex/regex.ts';

interface Settings {
  extended: boolean;
  fixed: boolean;
  invert: boolean;
  count: boolean;
  only: boolean;
  number: boolean;
  byteOffset: boolean;
  quiet: boolean;
  list: 'with' | 'without' | undefined;
  names: boolean | undefined;
  silent: boolean;
  recursive: 'no' | 'yes' | 'follow';
  after: number;
  before: number;
  /** Context was asked for, be it 0 lines: `--` stands between groups. */
  groups: boolean;
  max: number;
  end: string;
  nameEnd: string;
  text: boolean;
  label: string;
  include: string[];
  exclude: string[];
  excludeDir: string[];
  skipDirs: boolean;
  initialTab: boolean;
}
/** Finds the next match in a line at or after `from`: [start, end]. */
type Finder = (line: string, from: number) => readonly [number, number] | undefined;

const TABLE = {
  short: 'EFGe:f:iyvwxcoqnbHhlLsrRA:B:C:m:zZaUTuD:d:V0123456789',
  long: {
    'extended-regexp': { key: 'E' }, 'fixed-strings': { key: 'F' }, 'basic-regexp': { key: 'G' }, regexp: { key: 'e', arg: 'required' },
    file: { key: 'f', arg: 'required' },
    'ignore-case': { key: 'i' }, 'no-ignore-case': { key: 'noicase' }, 'invert-match': { key: 'v' }, 'word-regexp': { key: 'w' }, 'line-regexp': { key: 'x' },
    count: { key: 'c' }, 'only-matching': { key: 'o' },
    quiet: { key: 'q' }, silent: { key: 'q' }, 'line-number': { key: 'n' }, 'byte-offset': { key: 'b' }, 'with-filename': { key: 'H' },
    'no-filename': { key: 'h' },
    'files-with-matches': { key: 'l' }, 'files-without-match': { key: 'L' }, 'no-messages': { key: 's' }, recursive: { key: 'r' },
    'dereference-recursive': { key: 'R' },
    'after-context': { key: 'A', arg: 'required' }, 'before-context': { key: 'B', arg: 'required' }, context: { key: 'C', arg: 'required' },
    'max-count': { key: 'm', arg: 'required' },
    'null-data': { key: 'z' }, null: { key: 'Z' }, text: { key: 'a' }, include: { key: 'include', arg: 'required' },
    exclude: { key: 'exclude', arg: 'required' },
    'exclude-dir': { key: 'exclude-dir', arg: 'required' }, label: { key: 'label', arg: 'required' }, color: { key: 'color', arg: 'optional' },
    colour: { key: 'color', arg: 'optional' },
    'line-buffered': { key: 'color' }, 'initial-tab': { key: 'T' }, directories: { key: 'd', arg: 'required' },
    'binary-files': { key: 'binary', arg: 'required' },
  },
} as const;
const USAGE = 'grep [OPTION]... PATTERNS [FILE]...';

export const grep = program(function* (tool) {
  const s: Settings = {
    extended: tool.name === 'egrep', fixed: tool.name === 'fgrep', invert: false, count: false, only: false, number: false, byteOffset: false, quiet: false,
    list: undefined,
    names: undefined, silent: false, recursive: 'no', after: -1, before: -1, groups: false, max: -1, end: '\n', nameEnd: '', text: false,
    label: '(standard input)', include: [], exclude: [],
    excludeDir: [], skipDirs: false, initialTab: false,
  };
  const match = { icase: false, word: false, line: false };
  let patterns: string[] | undefined;
  let digits = '';
  let context = -1;
  const parsed = yield* getopt(tool, TABLE, USAGE, 2);
  const number = function* (value: string | undefined, what: string): Kthread<number> {
    return /^\d+$/.test(value ?? '') ? Number(value) : yield* tool.die(`${value}: ${what}`, 2);
  };
  for (const [key, value] of parsed.options) {
    switch (key) {
      case 'E': s.extended = true; s.fixed = false; break;
      case 'F': s.fixed = true; break;
      case 'G': s.extended = s.fixed = false; break;
      case 'e': patterns = [...(patterns ?? []), ...(value ?? '').split('\n')]; break;
      case 'f': patterns = [...(patterns ?? []), ...splitLines((yield* tool.slurp(value ?? '', 2)) ?? (yield* stop(2))).lines]; break;
      case 'i': case 'y': match.icase = true; break;
      case 'noicase': match.icase = false; break;
      case 'v': s.invert = true; break;
      case 'w': match.word = true; break;
      case 'x': match.line = true; break;
      case 'c': s.count = true; break;
      case 'o': s.only = true; break;
      case 'q': s.quiet = true; break;
      case 'n': s.number = true; break;
      case 'b': s.byteOffset = true; break;
      case 'H': s.names = true; break;
      case 'h': s.names = false; break;
      case 'l': s.list = 'with'; break;
      case 'L': s.list = 'without'; break;
      case 's': s.silent = true; break;
      case 'r': s.recursive = 'yes'; break;
      case 'R': s.recursive = 'follow'; break;
      case 'A': s.after = yield* number(value, 'invalid context length argument'); break;
      case 'B': s.before = yield* number(value, 'invalid context length argument'); break;
      case 'C': context = yield* number(value, 'invalid context length argument'); break;
      case 'm': s.max = yield* number(value, 'invalid max count'); break;
      case 'z': s.end = '\0'; break;
      case 'Z': s.nameEnd = '\0'; break;
      case 'a': s.text = true; break;
      case 'binary': s.text = value === 'text'; break;
      case 'd': s.skipDirs = value === 'skip'; if (value === 'recurse') s.recursive = 'yes'; break;
      case 'T': s.initialTab = true; break;
      case 'include': s.include.push(value ?? ''); break;
      case 'exclude': s.exclude.push(value ?? ''); break;
      case 'exclude-dir': s.excludeDir.push((value ?? '').replace(/\/+$/, '')); break;
      case 'label': s.label = value ?? ''; break;
      case 'V': tool.put('grep (GNU grep) 3.8\n'); return 0;
      default: if (/^\d$/.test(key)) digits += key;
    }
  }
  if (digits !== '') context = Number(digits);
  s.groups = s.after >= 0 || s.before >= 0 || context >= 0;
  if (s.after < 0) s.after = Math.max(context, 0);
  if (s.before < 0) s.before = Math.max(context, 0);
  const operands = [...parsed.operands];
  if (patterns === undefined) {
    const first = operands.shift();
    if (first === undefined) {
      yield* tool.stderr(`Usage: ${USAGE}\nTry 'grep --help' for more information.\n`);
      return 2;
    }
    patterns = first.split('\n');
  }
  let find: Finder;
  try {
    find = finderFor(patterns, s, match);
  } catch (e) {
    if (!(e instanceof RegexError)) throw e;
    return yield* tool.die(e.message, 2);
  }
  const files = operands.length > 0 ? operands : [s.recursive === 'no' ? '-' : ''];
  s.names ??= operands.length > 1 || s.recursive !== 'no';
  const search = new Search(tool, s, find);
  for (const file of files) yield* search.path(file, true);
  if (search.found && (s.quiet || tool.status === 0)) return yield* stop(0);
  return tool.status === 0 ? 1 : tool.status;
});
/** Every pattern is an alternative; the one that matches furthest left and longest counts. */
function finderFor(patterns: readonly string[], s: Settings, match: { icase: boolean; word: boolean; line: boolean }): Finder {
  const literal = (p: string): string => p.replace(/[\\.*[\]^$]/g, '\\$&');
  const regexes = patterns.map((p) => compileRegex(s.fixed ? literal(p) : p, { extended: s.extended && !s.fixed, icase: match.icase }));
  const word = (c: string | undefined): boolean => c !== undefined && /\w/.test(c);
  const one = (regex: Regex, line: string, from: number): readonly [number, number] | undefined => {
    for (let at = from; at <= line.length; ) {
      const span = regex.exec(line, at)?.[0];
      if (!span) return undefined;
      if (match.line && !(span[0] === 0 && span[1] === line.length)) return undefined;
      if (!match.word || (!word(line[span[0] - 1]) && !word(line[span[1]]))) return span;
      at = span[0] + 1;
    }
    return undefined;
  };
  const wholeLine = match.line ? patterns.map((p) => compileRegex(asWholeLine(s.fixed ? literal(p) : p, s),
    { extended: s.extended && !s.fixed, icase: match.icase })) : regexes;
  return (line, from) => {
    let best: readonly [number, number] | undefined;
    for (const regex of wholeLine) {
      const span = one(regex, line, from);
      if (span && (!best || span[0] < best[0] || (span[0] === best[0] && span[1] > best[1]))) best = span;
    }
    return best;
  };
}
const asWholeLine = (p: string, s: Settings): string => (s.extended && !s.fixed ? `^(${p})$` : `^\\(${p}\\)$`);

class Search {
  readonly #tool: Tool;
  readonly #s: Settings;
  readonly #find: Finder;
  found = false;
  #printedBefore = false;
  constructor(tool: Tool, s: Settings, find: Finder) {
    this.#tool = tool;
    this.#s = s;
    this.#find = find;
  }
  *path(path: string, named: boolean): Kthread<void> {
    const { sys } = this.#tool;
    const s = this.#s;
    if (path === '-') return yield* this.#file(0, s.label);
    const directory = path === '' ? '.' : path;
    const base = path.replace(/\/+$/, '').replace(/^.*\//, '');
    const stat = named || s.recursive === 'follow' ? sys.stat(directory) : sys.lstat(directory);
    if (typeof stat === 'number') return yield* this.#complain(path, stat);
    if (stat.kind === 'link') return;
    if (stat.kind === 'dir') {
      if (s.recursive === 'no') {
        if (s.skipDirs) return;
        yield* this.#complain(path, -ERRNO.EISDIR);
        return;
      }
      if (!named && s.excludeDir.some((glob) => fnmatch(glob, base))) return;
      const names = sys.readdir(directory);
      if (typeof names === 'number') return yield* this.#complain(path, names);
      for (const name of names) if (name !== '.' && name !== '..') yield* this.path(path === '' ? name : `${path.replace(/\/$/, '')}/${name}`, false);
      return;
    }
    if (s.exclude.some((glob) => fnmatch(glob, base))) return;
    if (s.include.length > 0 && !s.include.some((glob) => fnmatch(glob, base))) return;
    const fd = sys.open(path, { read: true });
    if (fd < 0) return yield* this.#complain(path, fd);
    try {
      yield* this.#file(fd, path);
    } finally {
      sys.close(fd);
    }
  }
  *#complain(path: string, errno: number): Kthread<void> {
    this.#tool.status = 2;
    if (!this.#s.silent) yield* this.#tool.warn(`${path}: ${strerror(errno)}`, 2);
  }
  *#file(fd: number, name: string): Kthread<void> {
    const s = this.#s;
    const tool = this.#tool;
    const lines = new Lines(tool.sys, fd, s.end);
    const printing = !s.quiet && s.list === undefined && !s.count;
    const before: { line: string; n: number; at: number }[] = [];
    let matches = 0;
    let n = 0;
    let at = 0;
    let after = 0;
    let lastPrinted = 0;
    let binary = false;
    while (s.max !== 0) {
      const line = yield* lines.next();
      if (line === undefined) break;
      n++;
      if (!s.text && s.end === '\n' && line.includes('\0')) binary = true;
      const hit = (this.#find(line, 0) !== undefined) !== s.invert;
      if (hit) {
        matches++;
        this.found = true;
        if (s.quiet) yield* stop(0);
        if (s.list !== undefined) break;
        if (printing && binary) {
          yield* tool.stderr(`${tool.name}: ${name}: binary file matches\n`);
          break;
        }
        if (printing) {
          const first = before[0]?.n ?? n;
          if (s.groups && !s.only && this.#printedBefore && (lastPrinted === 0 || first > lastPrinted + 1)) tool.put('--\n');
          for (const b of before) this.#print(name, b.line, b.n, b.at, '-');
          if (!s.only) this.#print(name, line, n, at, ':');
          else if (!s.invert) this.#printParts(name, line, n, at);
          this.#printedBefore = true;
          lastPrinted = n;
          after = s.after;
        }
        before.length = 0;
        if (matches === s.max && after === 0) break;
      } else if (printing && !s.only && after > 0) {
        this.#print(name, line, n, at, '-');
        lastPrinted = n;
        after--;
      } else if (s.before > 0 && printing && !s.only) {
        before.push({ line, n, at });
        if (before.length > s.before) before.shift();
      }
      at += line.length + 1;
      yield* tool.settle();
      if (s.max > 0 && matches >= s.max && after === 0) break;
    }
    if (lines.error < 0) yield* this.#complain(name, lines.error);
    if (s.count && !s.quiet && s.list === undefined) tool.put(`${this.#prefix(name, ':')}${matches}\n`);
    if (s.list !== undefined && (s.list === 'with') === matches > 0 && !s.quiet) tool.put(`${name}${s.nameEnd || '\n'}`);
    yield* tool.settle();
  }
  #prefix(name: string, mark: string): string {
    return this.#s.names ? name + (this.#s.nameEnd || mark) : '';
  }
  #print(name: string, line: string, n: number, at: number, mark: string): void {
    const s = this.#s;
    const prefix = this.#prefix(name, mark) + (s.number ? n + mark : '') + (s.byteOffset ? at + mark : '');
    this.#tool.put(prefix + (s.initialTab && prefix !== '' ? '\t' : '') + line + s.end);
  }
  #printParts(name: string, line: string, n: number, at: number): void {
    for (let from = 0; from <= line.length; ) {
      const span = this.#find(line, from);
      if (!span) return;
      if (span[1] > span[0]) this.#print(name, line.slice(span[0], span[1]), n, at + span[0], ':');
      from = span[1] > span[0] ? span[1] : span[0] + 1;
    }
  }
}
