/** read and mapfile. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../../uapi/errno.ts';
import { isUtf8, wholeUtf8 } from '../locale.ts';
import { complain, currentLine, type Sh } from '../shell.ts';
import { singleQuote } from '../quote.ts';
import { pollSignals } from '../traps.ts';
import { assign, assignArray, getVar, isName, setArray, splitTarget } from '../vars.ts';
import { badOption, type Builtin, fail, options } from './builtin.ts';

const BLOCK = 4096;

/** Reads bytes one after the other; takes no more from the file than it gave, so that others read on from there. */
class ByteReader {
  readonly #sh: Sh;
  readonly #fd: number;
  readonly #seekable: boolean;
  #buffer = '';
  #at = 0;
  #offset = 0;
  constructor(sh: Sh, fd: number) {
    this.#sh = sh;
    this.#fd = fd;
    const file = sh.process.fds.get(fd);
    this.#seekable = file?.kind === 'node' && file.node.kind === 'file' && !file.node.special;
    if (file?.kind === 'node') this.#offset = file.offset;
  }
  /** One byte, '' at the end, -errno. */
  *next(): Kthread<string | number> {
    if (this.#at >= this.#buffer.length) {
      this.#offset += this.#buffer.length;
      const got = yield* this.#sh.sys.read(this.#fd, this.#seekable ? BLOCK : 1);
      if (typeof got === 'number') return got;
      this.#buffer = got;
      this.#at = 0;
      if (got === '') return '';
    }
    return this.#buffer.charAt(this.#at++);
  }
  /** Gives back what was read too much. */
  finish(): void {
    if (this.#seekable && this.#at < this.#buffer.length) this.#sh.sys.lseek(this.#fd, this.#offset + this.#at);
  }
}

/** Splits a line for `read`: the last name gets the rest. Escaped characters (marked by a byte before them) are not separators. */
function splitForRead(chars: readonly { readonly c: string; readonly plain: boolean }[], ifs: string, count: number): string[] {
  const isSep = (i: number): boolean => !(chars[i]?.plain ?? true) && ifs.includes(chars[i]?.c as string);
  const isSpace = (i: number): boolean => isSep(i) && ' \t\n'.includes(chars[i]?.c as string);
  const text = (from: number, to: number): string =>
    chars
      .slice(from, to)
      .map((x) => x.c)
      .join('');
  let i = 0;
  let end = chars.length;
  while (i < end && isSpace(i)) i++;
  const fields: string[] = [];
  while (fields.length < count - 1 && i < end) {
    const from = i;
    while (i < end && !isSep(i)) i++;
    fields.push(text(from, i));
    while (i < end && isSpace(i)) i++;
    if (i < end && isSep(i)) {
      i++;
      while (i < end && isSpace(i)) i++;
    }
  }
  if (i < end || fields.length < count) {
    while (end > i && isSpace(end - 1)) end--;
    // One separator that ends the line belongs to the last field only if there is another.
    if (end > i && isSep(end - 1)) {
      let others = 0;
      for (let k = i; k < end - 1; k++) if (isSep(k)) others++;
      if (others === 0) end--;
    }
    while (end > i && isSpace(end - 1)) end--;
    fields.push(text(i, end));
  }
  return fields;
}

const USAGE = 'read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]';
export const read: Builtin = function* (sh, args, name) {
  const { flags, rest, bad } = options(args, 'ers', 'adinNptu');
  if (bad) {
    yield* complain(sh, `${name}: ${bad}: invalid option`);
    yield* sh.sys.write(2, `${name}: usage: ${USAGE}\n`);
    return 2;
  }
  for (const n of rest) if (!splitTarget(n)) return yield* fail(sh, name, `\`${n}': not a valid identifier`);
  const fd = Number(flags.get('u') ?? 0);
  const file = sh.process.fds.get(fd);
  if (!file) return yield* fail(sh, name, `${flags.has('u') ? `${fd}: invalid file descriptor` : `read error: ${fd}`}: ${strerror(ERRNO.EBADF)}`);
  const raw = flags.has('r');
  const exact = flags.get('N');
  const limit = Number(exact ?? flags.get('n') ?? Number.POSITIVE_INFINITY);
  const delimiter = exact !== undefined ? undefined : flags.has('d') ? (flags.get('d') ?? '').charAt(0) || '\0' : '\n';
  const timeout = flags.get('t');
  if (flags.has('p') && sh.sys.isatty?.(fd)) yield* sh.sys.write(2, flags.get('p') as string);
  if (timeout !== undefined) {
    if (!/^\d*\.?\d+$|^\d+\.?\d*$/.test(timeout)) return yield* fail(sh, name, `${timeout}: invalid timeout specification`);
    if (!(yield* waitForInput(sh, fd, Number(timeout)))) {
      if (Number(timeout) === 0) return 1;
      yield* give(sh, flags, rest, []);
      return 142;
    }
    if (Number(timeout) === 0) return 0;
  }
  const reader = new ByteReader(sh, fd);
  const chars: { c: string; plain: boolean }[] = [];
  let status = 0;
  let error = 0;
  const utf8 = Number.isFinite(limit) && isUtf8(sh);
  /** Characters so far: bytes that go on with one are not counted. */
  const count = (): number => (utf8 ? chars.filter(({ c }) => (c.charCodeAt(0) & 0xc0) !== 0x80).length : chars.length);
  const complete = (): boolean => !utf8 || wholeUtf8(chars.map(({ c }) => c).join(''));
  while (count() < limit || !complete()) {
    const c = yield* reader.next();
    if (typeof c === 'number') {
      if (c === -ERRNO.EINTR) yield* pollSignals(sh);
      error = c;
      status = 1;
      break;
    }
    if (c === '') {
      status = 1;
      break;
    }
    if (c === delimiter) break;
    if (c === '\\' && !raw) {
      const escaped = yield* reader.next();
      if (typeof escaped === 'number' || escaped === '') {
        status = 1;
        break;
      }
      if (escaped !== '\n') chars.push({ c: escaped, plain: true });
      continue;
    }
    if (c !== '\0') chars.push({ c, plain: exact !== undefined });
  }
  reader.finish();
  if (error < 0) yield* complain(sh, `${name}: read error: ${fd === 0 || !flags.has('u') ? 0 : fd}: ${strerror(error)}`);
  yield* give(sh, flags, rest, chars);
  return status;
};
/** Puts what was read into the names. */
function* give(sh: Sh, flags: ReadonlyMap<string, string>, names: readonly string[], chars: readonly { c: string; plain: boolean }[]): Kthread<void> {
  const ifs = getVar(sh, 'IFS') ?? ' \t\n';
  const array = flags.get('a');
  if (array !== undefined) {
    const all = chars.length === 0 ? [] : splitForRead(chars, ifs, Number.MAX_SAFE_INTEGER);
    setArray(sh, array, all.at(-1) === '' ? all.slice(0, -1) : all);
    return;
  }
  if (names.length === 0 || flags.has('N')) {
    const text = chars.map((x) => x.c).join('');
    const [first = 'REPLY', ...others] = names;
    put(sh, first, text);
    for (const n of others) put(sh, n, '');
    return;
  }
  const fields = splitForRead(chars, ifs, names.length);
  for (const [i, n] of names.entries()) put(sh, n, fields[i] ?? '');
}
function put(sh: Sh, target: string, value: string): void {
  const { name, subscript } = splitTarget(target) as { name: string; subscript: string | undefined };
  assign(sh, name, value, subscript);
}
/** Waits for something to read, at most so many seconds. */
function* waitForInput(sh: Sh, fd: number, seconds: number): Kthread<boolean> {
  const file = sh.process.fds.get(fd);
  const ready = (): boolean => file?.kind === 'node' || (file?.kind === 'pipe' && (file.pipe.data !== '' || (file.pipe.hadWriter && file.pipe.writers === 0)));
  if (ready() || seconds === 0) return ready();
  const { scheduler } = sh.system.processes;
  const until = scheduler.monotonic() + seconds * 1e9;
  while (!ready() && scheduler.monotonic() < until) {
    if (sh.process.killed !== 0) yield;
    if (sh.process.pending.length > 0) yield* pollSignals(sh);
    yield* scheduler.park(() => ready() || sh.process.pending.length > 0 || sh.process.killed !== 0, until);
  }
  return ready();
}

export const mapfile: Builtin = function* (sh, args, name) {
  const { flags, rest, bad } = options(args, 't', 'dnOsuCc');
  if (bad) return yield* badOption(sh, name, bad, `${name} [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]`);
  const [array = 'MAPFILE'] = rest;
  if (!isName(array)) return yield* fail(sh, name, `\`${array}': not a valid identifier`);
  const fd = Number(flags.get('u') ?? 0);
  if (!sh.process.fds.has(fd)) return yield* fail(sh, name, `${fd}: invalid file descriptor: ${strerror(ERRNO.EBADF)}`);
  const delimiter = flags.has('d') ? (flags.get('d') ?? '').charAt(0) || '\0' : '\n';
  const count = Number(flags.get('n') ?? 0) || Number.POSITIVE_INFINITY;
  const skip = Number(flags.get('s') ?? 0);
  const reader = new ByteReader(sh, fd);
  const lines: string[] = [];
  const callback = flags.get('C');
  const quantum = Number(flags.get('c') ?? 5000);
  let line = '';
  if (!flags.has('O')) setArray(sh, array, []);
  const origin = Number(flags.get('O') ?? 0);
  function* take(text: string): Kthread<void> {
    lines.push(text);
    const n = lines.length - skip;
    if (n < 1) return;
    const index = origin + n - 1;
    if (callback !== undefined && n % quantum === 0) yield* sh.interpreter.runText(sh, `${callback} ${index} ${singleQuote(text)}`, currentLine(sh));
    assignArray(sh, array, [{ key: String(index), value: text }], true);
  }
  while (lines.length < count + skip) {
    const c = yield* reader.next();
    if (typeof c === 'number' || c === '') {
      if (line !== '') yield* take(line);
      break;
    }
    if (c === delimiter) {
      yield* take(flags.has('t') ? line : line + c);
      line = '';
    } else line += c;
  }
  reader.finish();
  return 0;
};
