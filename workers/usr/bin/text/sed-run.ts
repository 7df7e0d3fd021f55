/** Runs a sed script over files. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { Lines, Output, type Tool } from './io.ts';
import { type Regex, RegexError } from './regex/regex.ts';
import type { Address, Command, Script, Substitute } from './sed-parse.ts';
import { substituted, unambiguous } from './sed-substitute.ts';

export interface SedOptions {
  readonly quiet: boolean;
  readonly end: string;
  /** -s, -i: each file has its own line numbers and last line. */
  readonly separate: boolean;
  /** -i: suffix of the backup, '' for none. */
  readonly inPlace?: string;
}
const LINE_WRAP = 70;
/** A loop inside a script (b, t, D) offers to pause this often. */
const COMMANDS_PER_YIELD = 4096;

export class SedRun {
  readonly #tool: Tool;
  readonly #script: Script;
  readonly #options: SedOptions;
  #pattern = '';
  #hold = '';
  #line = 0;
  #queue: string[] = [];
  #lines: Lines | undefined;
  /** Read ahead, to know which line is the last. */
  #ahead: { text: string; terminated: boolean; file: string } | undefined;
  #terminated = true;
  #file = '-';
  #append: ({ readonly text: string } | { readonly path: string } | { readonly line: string })[] = [];
  #lastRegex: Regex | undefined;
  #out: Output;
  readonly #written = new Map<string, Output>();
  readonly #readers = new Map<string, Lines | undefined>();
  /** The newline that the file's last line lacks is owed until more is written. */
  #owed: string = '';
  #count = 0;
  constructor(tool: Tool, script: Script, options: SedOptions) {
    this.#tool = tool;
    this.#script = script;
    this.#options = options;
    this.#out = tool.out;
  }
  *files(files: readonly string[]): Kthread<number> {
    for (const c of this.#script.commands) {
      const path = c.substitute?.file ?? (c.name === 'w' || c.name === 'W' ? c.text : undefined);
      if (path !== undefined) yield* this.#openWritten(path);
    }
    const groups = this.#options.separate ? files.map((f) => [f]) : [files];
    let status = 0;
    for (const group of groups) {
      if (this.#options.separate) this.#line = 0;
      this.#queue = [...group];
      this.#ahead = undefined;
      const target = this.#options.inPlace === undefined ? undefined : (group[0] as string);
      if (target !== undefined && !(yield* this.#beginInPlace(target))) continue;
      yield* this.#fetch();
      const ended = yield* this.#cycles();
      if (target !== undefined) yield* this.#endInPlace(target);
      if (ended !== undefined) {
        status = ended;
        break;
      }
    }
    for (const out of this.#written.values()) if (out !== this.#tool.out) yield* out.flush();
    return Math.max(status, this.#tool.status);
  }
  *#beginInPlace(path: string): Kthread<boolean> {
    const stat = this.#tool.sys.stat(path);
    if (typeof stat === 'number' || stat.kind !== 'file') {
      yield* this.#tool.warn(typeof stat === 'number' ? `${path}: ${strerror(stat)}` : `couldn't edit ${path}: not a regular file`, 4);
      return false;
    }
    const fd = this.#tool.sys.open(`${path}.sed-tmp`, { write: true, create: true, truncate: true }, stat.mode & 0o777);
    if (fd < 0) yield* this.#tool.die(`couldn't open temporary file ${path}.sed-tmp: ${strerror(fd)}`, 4);
    this.#out = new Output(this.#tool.sys, fd, false);
    return true;
  }
  *#endInPlace(path: string): Kthread<void> {
    const { sys } = this.#tool;
    // What a `q` left unread is kept.
    for (let more = this.#ahead; more; more = this.#ahead) {
      this.#print(more.text, more.terminated);
      this.#ahead = undefined;
      yield* this.#fetch();
    }
    yield* this.#out.flush();
    sys.close(this.#out.fd);
    const suffix = this.#options.inPlace ?? '';
    if (suffix !== '') sys.rename(path, suffix.includes('*') ? suffix.replaceAll('*', path) : path + suffix);
    sys.rename(`${path}.sed-tmp`, path);
    this.#owed = '';
    this.#out = this.#tool.out;
  }
  /** Reads the next line into #ahead, over the ends of files. */
  *#fetch(): Kthread<void> {
    for (;;) {
      if (!this.#lines) {
        const path = this.#queue.shift();
        if (path === undefined) return;
        const fd = path === '-' ? 0 : this.#tool.sys.open(path, { read: true });
        if (fd < 0) {
          yield* this.#tool.warn(`${path}: ${strerror(fd)}`);
          continue;
        }
        this.#lines = new Lines(this.#tool.sys, fd, this.#options.end);
        this.#file = path;
      }
      const text = yield* this.#lines.next();
      if (text !== undefined) {
        this.#ahead = { text, terminated: this.#lines.terminated, file: this.#file };
        return;
      }
      if (this.#lines.error < 0) yield* this.#tool.warn(`read error on ${this.#file}: ${strerror(this.#lines.error)}`);
      this.#tool.close(this.#lines.fd);
      this.#lines = undefined;
    }
  }
  /** Takes the line read ahead. False: there is none. */
  *#next(append: boolean): Kthread<boolean> {
    const line = this.#ahead;
    if (!line) return false;
    this.#ahead = undefined;
    this.#pattern = append ? `${this.#pattern}\n${line.text}` : line.text;
    this.#terminated = line.terminated;
    this.#line++;
    yield* this.#fetch();
    return true;
  }
  #print(text: string, terminated = true): void {
    this.#out.put(this.#owed + text + (terminated ? this.#options.end : ''));
    this.#owed = terminated ? '' : this.#options.end;
  }
  *#cycles(): Kthread<number | undefined> {
    let keep = false;
    while (keep || (yield* this.#next(false))) {
      keep = false;
      const result = yield* this.#cycle();
      if (result === 'restart') {
        keep = true;
        yield* this.#flushAppends();
        continue;
      }
      if (typeof result === 'number') {
        if (result >= 0 && !this.#options.quiet) this.#print(this.#pattern, this.#terminated);
        if (result >= 0) yield* this.#flushAppends();
        return result >= 0 ? result : -1 - result;
      }
      if (result === 'print' && !this.#options.quiet) this.#print(this.#pattern, this.#terminated);
      yield* this.#flushAppends();
      if (this.#out === this.#tool.out) yield* this.#tool.settle();
      else yield* this.#out.settle();
      if (result === 'end') break;
    }
    return undefined;
  }
  *#flushAppends(): Kthread<void> {
    const append = this.#append;
    this.#append = [];
    for (const item of append) {
      if ('line' in item) this.#print(item.line);
      else {
        const text = 'text' in item ? item.text : yield* this.#contents(item.path);
        if (text !== '') this.#out.put(this.#owed + text);
        if (text !== '') this.#owed = '';
      }
    }
  }
  *#contents(path: string): Kthread<string> {
    const fd = path === '/dev/stdin' ? 0 : this.#tool.sys.open(path, { read: true });
    if (fd < 0) return '';
    let all = '';
    for (;;) {
      const got = yield* this.#tool.sys.read(fd, 65536);
      if (typeof got === 'number' || got === '') break;
      all += got;
    }
    this.#tool.close(fd);
    return all;
  }
  *#openWritten(path: string): Kthread<void> {
    if (this.#written.has(path)) return;
    if (path === '/dev/stdout') this.#written.set(path, this.#tool.out);
    else {
      const fd = path === '/dev/stderr' ? 2 : this.#tool.sys.open(path, { write: true, create: true, truncate: true }, 0o666);
      if (fd < 0) yield* this.#tool.die(`couldn't open file ${path}: ${strerror(fd)}`, 4);
      this.#written.set(path, new Output(this.#tool.sys, fd, true));
    }
  }
  *#writeLine(path: string, text: string): Kthread<void> {
    const out = this.#written.get(path) as Output;
    if (out === this.#tool.out) this.#print(text);
    else {
      out.put(`${text}\n`);
      yield* out.settle();
    }
  }
  /** One pass over the script. A number: exit status (below zero: -1 - status, without printing). */
  *#cycle(): Kthread<'print' | 'deleted' | 'restart' | 'end' | number> {
    let replaced = false;
    const { commands } = this.#script;
    for (let i = 0; i < commands.length; i++) {
      if (++this.#count % COMMANDS_PER_YIELD === 0) yield;
      const c = commands[i] as Command;
      if (!this.#selected(c)) {
        if (c.name === '{') i = c.target;
        continue;
      }
      switch (c.name) {
        case 'd': return 'deleted';
        case 'D': {
          const nl = this.#pattern.indexOf('\n');
          if (nl < 0) return 'deleted';
          this.#pattern = this.#pattern.slice(nl + 1);
          return 'restart';
        }
        case 'p': this.#print(this.#pattern); break;
        case 'P': this.#print(this.#pattern.split('\n', 1)[0] as string); break;
        case 'n':
          if (!this.#ahead) return 'print';
          if (!this.#options.quiet) this.#print(this.#pattern, this.#terminated);
          yield* this.#flushAppends();
          yield* this.#next(false);
          break;
        case 'N':
          if (!this.#ahead) return 'print';
          yield* this.#flushAppends();
          yield* this.#next(true);
          break;
        case 'g': this.#pattern = this.#hold; break;
        case 'G': this.#pattern += `\n${this.#hold}`; break;
        case 'h': this.#hold = this.#pattern; break;
        case 'H': this.#hold += `\n${this.#pattern}`; break;
        case 'x': [this.#pattern, this.#hold] = [this.#hold, this.#pattern]; break;
        case 'z': this.#pattern = ''; break;
        case '=': this.#out.put(`${this.#owed}${this.#line}\n`); this.#owed = ''; break;
        case 'F': this.#print(this.#file); break;
        case 'l': this.#print(unambiguous(this.#pattern, c.number ?? LINE_WRAP)); break;
        case 'a': this.#append.push({ text: c.text ?? '' }); break;
        case 'i': this.#out.put(this.#owed + (c.text ?? '')); this.#owed = ''; break;
        case 'c':
          if (c.to === undefined || !c.active || c.not) this.#out.put(this.#owed + (c.text ?? ''));
          return 'deleted';
        case 'r': this.#append.push({ path: c.text ?? '' }); break;
        case 'R': yield* this.#readOne(c.text ?? ''); break;
        case 'w': yield* this.#writeLine(c.text ?? '', this.#pattern); break;
        case 'W': yield* this.#writeLine(c.text ?? '', this.#pattern.split('\n', 1)[0] as string); break;
        case 'y': this.#pattern = [...this.#pattern].map((ch) => c.map?.get(ch) ?? ch).join(''); break;
        case 's': {
          const done = this.#substitute(c.substitute as Substitute);
          if (!done) break;
          replaced = true;
          if (c.substitute?.print) this.#print(this.#pattern);
          if (c.substitute?.file !== undefined) yield* this.#writeLine(c.substitute.file, this.#pattern);
          break;
        }
        case 'b': i = c.target - 1; break;
        case 't':
          if (replaced) {
            replaced = false;
            i = c.target - 1;
          }
          break;
        case 'T':
          if (!replaced) i = c.target - 1;
          replaced = false;
          break;
        case 'q': return c.number ?? 0;
        case 'Q': return -1 - (c.number ?? 0);
        default:
      }
    }
    return 'print';
  }
  *#readOne(path: string): Kthread<void> {
    if (!this.#readers.has(path)) {
      const fd = this.#tool.sys.open(path, { read: true });
      this.#readers.set(path, fd < 0 ? undefined : new Lines(this.#tool.sys, fd));
    }
    const reader = this.#readers.get(path);
    const line = reader ? yield* reader.next() : undefined;
    if (line !== undefined) this.#append.push({ line });
  }
  #matches(address: Address): boolean {
    switch (address.kind) {
      case 'line': return this.#line === address.n;
      case 'last': return this.#ahead === undefined;
      case 'regex': return this.#regex(address.regex).test(this.#pattern);
      case 'step': return address.step <= 0 ? this.#line === address.first : this.#line >= address.first && (this.#line - address.first) % address.step === 0;
      default: return false;
    }
  }
  #regex(regex: Regex | undefined): Regex {
    const used = regex ?? this.#lastRegex;
    if (!used) throw new RegexError('no previous regular expression');
    this.#lastRegex = used;
    return used;
  }
  #selected(c: Command): boolean {
    if (!c.from) return !c.not;
    if (!c.to) return this.#matches(c.from) !== c.not;
    return this.#inRange(c, c.from, c.to) !== c.not;
  }
  #inRange(c: Command, from: Address, to: Address): boolean {
    if (from.kind === 'line' && from.n === 0 && this.#line === 1 && !c.active) {
      c.active = true;
      c.until = 0;
    } else if (!c.active) {
      if (!this.#matches(from)) return false;
      c.active = true;
      c.until = 0;
      if (to.kind === 'plus') c.until = this.#line + to.n;
      else if (to.kind === 'multiple') c.until = to.n <= 0 ? this.#line : Math.ceil(this.#line / to.n) * to.n;
      else if (to.kind === 'line') c.until = Math.max(to.n, this.#line);
      if (c.until === this.#line || (to.kind === 'last' && this.#ahead === undefined)) c.active = false;
      return true;
    }
    if (c.until > 0) {
      if (this.#line >= c.until) c.active = false;
      return this.#line <= c.until;
    }
    if (this.#matches(to)) c.active = false;
    return true;
  }
  #substitute(s: Substitute): boolean {
    const result = substituted(this.#regex(s.regex), s, this.#pattern);
    if (result === undefined) return false;
    this.#pattern = result;
    return true;
  }
}
