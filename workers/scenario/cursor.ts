/** One line of a scenario, read from left to right. Whatever does not fit is told by column: what was found, what was expected, the nearest word. */
import { didYouMean, quoted } from './diagnostic.ts';
import { parseSize, SIZE_HELP, sizeMeant } from './units.ts';
import type { Json } from './scenario.ts';

/** Where a line stops being understood. */
export class Misread extends Error {
  readonly column: number;
  constructor(column: number, message: string) {
    super(message);
    this.column = column;
  }
}

const STRING = /"(?:[^"\\]|\\.)*"/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[\s,\]}]|$)/y;
const LITERAL = /(?:true|false|null)(?=[\s,\]}]|$)/y;
const isBlank = (c: string | undefined): boolean => c === ' ' || c === '\t';
/** How deep lists and objects may lie in each other. */
const MAX_DEPTH = 16;

export class Cursor {
  private readonly line: string;
  /** Index of the next character. */
  private at = 0;
  constructor(line: string) {
    this.line = line;
    this.skip();
  }
  get column(): number { return this.at + 1; }
  get done(): boolean { return this.at >= this.line.length; }

  private skip(): void {
    while (isBlank(this.line[this.at])) this.at++;
  }
  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.line)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
  /** Refuses what stands at the cursor (or at `column`). */
  fail(message: string, column = this.column): never { throw new Misread(column, message); }
  /** Nothing may follow. */
  end(after: string): void {
    if (this.done) return;
    const word = this.peek();
    const before = /(\d+)\s*$/.exec(this.line.slice(0, this.at))?.[1];
    const hint = word.startsWith('#') ? ' A comment has a line of its own.' : before !== undefined && /^[KMGTP]i?B?$/i.test(word) ? sizeMeant(before + word) : '';
    this.fail(`${quoted(word)} is too much: ${after} ends before it.${hint}`);
  }
  /** The next word without taking it; '' at the end. */
  peek(): string { return /^[^ \t]*/.exec(this.line.slice(this.at))?.[0] ?? ''; }
  /** The next word. `what` says what is expected there. */
  word(what: string): string {
    if (this.done) this.fail(`The line ends where ${what} was expected.`);
    const word = this.peek();
    this.at += word.length;
    this.skip();
    return word;
  }
  /** A word that `read` understands. */
  read<T>(what: string, read: (word: string) => T | undefined): T {
    const { column } = this;
    const word = this.word(what);
    const value = read(word);
    return value === undefined ? this.fail(`${quoted(word)} is not ${what}.`, column) : value;
  }
  /** One of some words. */
  one<T extends string>(what: string, words: readonly T[]): T {
    const { column } = this;
    const word = this.word(what);
    return words.find((w) => w === word) ?? this.fail(`${quoted(word)} is not ${what}: expected ${listed(words)}.${didYouMean(word, words)}`, column);
  }
  size(what: string): number {
    const { column } = this;
    const expected = `${what} (${SIZE_HELP})`;
    const word = this.word(expected);
    return parseSize(word) ?? this.fail(`${quoted(word)} is not ${expected}.${sizeMeant(word)}`, column);
  }
  count(what: string, max = Number.MAX_SAFE_INTEGER): number {
    return this.read(`${what} (a whole number up to ${max})`, (word) => (/^\d{1,16}$/.test(word) && Number(word) <= max ? Number(word) : undefined));
  }
  /** `name=` words to the end of the line; every name at most once. */
  options<T extends string>(names: readonly T[]): Map<T, { readonly text: string; readonly column: number }> {
    const found = new Map<T, { text: string; column: number }>();
    while (!this.done) {
      const { column } = this;
      const word = this.word('name=value');
      const at = word.indexOf('=');
      if (at < 0) {
        const name = names.find((n) => n === word);
        const meant = name ? `${name}=${this.peek()}` : names.length === 1 ? `${names[0]}=${word}` : '';
        this.fail(`${quoted(word)} is not name=value; names here are ${listed(names)}.${meant && ` Did you mean ${quoted(meant)}?`}`, column);
      }
      const name = word.slice(0, at);
      const known = names.find((n) => n === name) ?? this.fail(`${quoted(name)} is not known here: expected ${listed(names)}.${didYouMean(name, names)}`, column);
      if (found.has(known)) this.fail(`${known}= stands twice.`, column);
      found.set(known, { text: word.slice(at + 1), column: column + at + 1 });
    }
    return found;
  }
  /** Everything up to the end of the line, without blanks around it. */
  rest(what: string): string {
    const text = this.line.slice(this.at).trimEnd();
    if (text === '') this.fail(`The line ends where ${what} was expected.`);
    this.at = this.line.length;
    return text;
  }
  /** "text" with JSON's escapes. */
  string(what: string): string {
    const { column } = this;
    const found = this.match(STRING);
    if (found === undefined) this.fail(this.line[this.at] === '"' ? `The quotation mark is not closed: ${what} ends with ".` : `${this.done ? 'The line ends' : `${quoted(this.peek())} stands`} where ${what} in quotation marks was expected.${this.inMarks()}`, column);
    this.skip();
    try {
      return JSON.parse((found as string).replaceAll('\t', '\\t')) as string;
    } catch {
      return this.fail(`${quoted(found as string)} is not a string: a backslash stands before ", \\, n, t, r, b, f, / or uXXXX only.`, column);
    }
  }
  /** The rest of the line as it would have to be written. */
  private inMarks(): string {
    const rest = this.line.slice(this.at).trim().replace(/^['\u2018\u201c](.*)['\u2019\u201d]$/, '$1');
    return rest === '' || rest.length > 60 || rest.includes('"') ? '' : ` Write ${quoted(rest)}.`;
  }
  /** `name=` followed by a value; undefined at the end of the line. */
  assignment(what: string): { readonly name: string; readonly value: Json } | undefined {
    if (this.done) return undefined;
    const { column } = this;
    const name = this.match(/[A-Za-z][\w.-]*=/y);
    if (name === undefined) {
      const word = this.peek();
      // As on QEMU's own command line: driver,id=x,size=y.
      const apart = word.includes(',') ? ` Arguments stand apart and each has a name: ${quoted(word.split(',').map((part) => (part.includes('=') ? part : `…=${part}`)).join(' '))}.` : '';
      this.fail(`${quoted(word)} is not ${what} (name=value, without blanks around =).${apart}`, column);
    }
    const value = this.json(0);
    if (!this.done && !isBlank(this.line[this.at])) this.fail(`${quoted(this.peek())} follows the value of ${name} without a blank.`);
    this.skip();
    return { name: (name as string).slice(0, -1), value };
  }
  /** A JSON value; outside lists and objects also a size (128M) or a bare word. */
  private json(depth: number): Json {
    if (depth > MAX_DEPTH) this.fail(`Values lie more than ${MAX_DEPTH} deep in each other.`);
    const next = this.line[this.at];
    if (next === '"') {
      const start = this.at;
      const text = this.string('a value');
      // string() passes over blanks, which matter between name=value pairs.
      while (depth === 0 && this.at > start && isBlank(this.line[this.at - 1])) this.at--;
      return text;
    }
    if (next === '[') return this.list(depth);
    if (next === '{') return this.object(depth);
    const literal = this.match(LITERAL);
    if (literal !== undefined) return literal === 'null' ? null : literal === 'true';
    const number = this.match(NUMBER);
    if (number !== undefined) {
      // A zero has no sign in a text that is printed again.
      const value = Number(number) + 0;
      return Number.isFinite(value) ? value : this.fail(`${quoted(number)} is too large a number.`);
    }
    if (depth > 0) return this.fail(`${quoted(this.peek())} stands where a value was expected.`);
    const word = this.match(/[^\s"]+/y);
    if (word === undefined) return this.fail(`${this.done ? 'The line ends' : `${quoted(this.peek())} stands`} where a value was expected.`);
    return (/^\d/.test(word) ? parseSize(word) : undefined) ?? word;
  }
  private list(depth: number): Json[] {
    const items: Json[] = [];
    this.open();
    if (this.close(']')) return items;
    for (;;) {
      items.push(this.json(depth + 1));
      if (this.close(']')) return items;
      this.comma();
    }
  }
  private object(depth: number): { readonly [key: string]: Json } {
    const entries: [string, Json][] = [];
    this.open();
    if (this.close('}')) return {};
    for (;;) {
      const key = this.string('a name');
      if (this.line[this.at] !== ':') this.fail('A colon was expected after the name.');
      this.open();
      entries.push([key, this.json(depth + 1)]);
      if (this.close('}')) return Object.fromEntries(entries);
      this.comma();
    }
  }
  private open(): void {
    this.at++;
    this.skip();
  }
  private close(mark: string): boolean {
    const at = this.at;
    this.skip();
    if (this.line[this.at] === mark) {
      this.at++;
      return true;
    }
    this.at = at;
    return false;
  }
  private comma(): void {
    this.skip();
    if (this.line[this.at] !== ',') this.fail('A comma was expected.');
    this.open();
  }
}

/** `a, b or c`. */
export const listed = (words: readonly string[]): string => (words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
