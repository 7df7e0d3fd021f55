/**
 * What every program here shares: stdio over system calls, messages, exit. Contents are bytes (one char = one byte).
 * stdout is buffered as stdio does it: whole lines on a terminal, blocks of 4096 bytes elsewhere, the rest at exit; how many write(2)
 * there are is visible in sysfs.
 */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import type { Proc, Program, Sys } from '../../program.ts';

const STDIO_BLOCK = 4096;
const READ_BLOCK = 65536;
/** A loop over lines offers to pause this often, so that it can be stopped. */
const LINES_PER_YIELD = 256;
const SIGPIPE_STATUS = 128 + 13;

/** Ends the program with a status, from any depth. */
export class Exit extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

/** Writes all bytes, as often as write(2) takes only a part. 0 or -errno. */
export function* writeAll(sys: Sys, fd: number, bytes: string): Kthread<number> {
  let rest = bytes;
  while (rest !== '') {
    const n = yield* sys.write(fd, rest);
    if (n < 0) return n;
    if (n === 0) return -ERRNO.EIO;
    rest = rest.slice(n);
  }
  return 0;
}

/** A stdio stream that is written. `put` only gathers; `settle` writes what a full buffer would, `flush` everything. Both return 0 or -errno. */
export class Output {
  readonly #sys: Sys;
  readonly fd: number;
  readonly #lines: boolean;
  #buffer = '';
  constructor(sys: Sys, fd: number, lineBuffered: boolean = sys.isatty?.(fd) ?? false) {
    this.#sys = sys;
    this.fd = fd;
    this.#lines = lineBuffered;
  }
  put(bytes: string): void {
    this.#buffer += bytes;
  }
  get pending(): boolean {
    return this.#lines ? this.#buffer.includes('\n') : this.#buffer.length >= STDIO_BLOCK;
  }
  *settle(): Kthread<number> {
    while (this.pending) {
      const n = this.#lines ? this.#buffer.lastIndexOf('\n') + 1 : STDIO_BLOCK;
      const bytes = this.#buffer.slice(0, n);
      this.#buffer = this.#buffer.slice(n);
      const error = yield* writeAll(this.#sys, this.fd, bytes);
      if (error < 0) return error;
    }
    return 0;
  }
  *flush(): Kthread<number> {
    const error = yield* this.settle();
    if (error < 0 || this.#buffer === '') return error;
    const bytes = this.#buffer;
    this.#buffer = '';
    return yield* writeAll(this.#sys, this.fd, bytes);
  }
}

/** Reads a descriptor line by line. */
export class Lines {
  readonly #sys: Sys;
  readonly fd: number;
  readonly #end: string;
  #buffer = '';
  #at = 0;
  #eof = false;
  #count = 0;
  /** -errno of the read that failed, else 0. */
  error = 0;
  /** False: the line returned last had no terminator (end of the file). */
  terminated = true;
  constructor(sys: Sys, fd: number, end = '\n') {
    this.#sys = sys;
    this.fd = fd;
    this.#end = end;
  }
  /** The next line without its terminator; undefined at the end or after an error. */
  *next(): Kthread<string | undefined> {
    if (++this.#count % LINES_PER_YIELD === 0) yield;
    for (;;) {
      const i = this.#buffer.indexOf(this.#end, this.#at);
      if (i >= 0) {
        const line = this.#buffer.slice(this.#at, i);
        this.#at = i + 1;
        this.terminated = true;
        return line;
      }
      if (this.#eof) break;
      if (!(yield* this.more())) this.#eof = true;
    }
    if (this.#at >= this.#buffer.length) return undefined;
    const rest = this.#buffer.slice(this.#at);
    this.#at = this.#buffer.length;
    this.terminated = false;
    return rest;
  }
  /** Bytes read and not yet used, and a way to use them: for a reader with its own idea of a record. */
  get rest(): string {
    return this.#buffer.slice(this.#at);
  }
  take(n: number): void {
    this.#at += n;
  }
  /** One read(2) more into the buffer. False: end or error. */
  *more(): Kthread<boolean> {
    const got = yield* this.#sys.read(this.fd, READ_BLOCK);
    if (typeof got === 'number') {
      this.error = got;
      return false;
    }
    if (got === '') return false;
    this.#buffer = this.#buffer.slice(this.#at) + got;
    this.#at = 0;
    return true;
  }
}

/** A running program: its arguments, stdout and ways to complain. */
export class Tool {
  readonly proc: Proc;
  readonly sys: Sys;
  /** The name it was called by, without directories. */
  readonly name: string;
  readonly args: readonly string[];
  readonly out: Output;
  /** What `done` returns: the worst status of a warning so far. */
  status = 0;
  constructor(proc: Proc) {
    this.proc = proc;
    this.sys = proc.sys;
    this.name = (proc.argv[0] ?? '').replace(/^.*\//, '');
    this.args = proc.argv.slice(1);
    this.out = new Output(proc.sys, 1);
  }
  put(bytes: string): void {
    this.out.put(bytes);
  }
  /** Writes what a full stdout buffer would. Call it once a line. A broken pipe ends the program silently, another error with a message. */
  *settle(): Kthread<void> {
    if (!this.out.pending) return;
    const error = yield* this.out.settle();
    if (error < 0) yield* this.#writeFailed(error);
  }
  *flush(): Kthread<void> {
    const error = yield* this.out.flush();
    if (error < 0) yield* this.#writeFailed(error);
  }
  *#writeFailed(error: number): Kthread<never> {
    if (error === -ERRNO.EPIPE) throw new Exit(SIGPIPE_STATUS);
    yield* writeAll(this.sys, 2, `${this.name}: write error: ${strerror(error)}\n`);
    throw new Exit(1);
  }
  /** stderr, after what stdout holds. No newline is added. */
  *stderr(bytes: string): Kthread<void> {
    yield* this.flush();
    yield* writeAll(this.sys, 2, bytes);
  }
  /** `name: message`, and the status becomes at least `status`. */
  *warn(message: string, status = 1): Kthread<void> {
    this.status = Math.max(this.status, status);
    yield* this.stderr(`${this.name}: ${message}\n`);
  }
  /** `name: message`, then exit. */
  *die(message: string, status = 1): Kthread<never> {
    yield* this.warn(message, status);
    throw new Exit(status);
  }
  /** Opens for reading; '-' is stdin. -errno after having said so. */
  *open(path: string, status = 1): Kthread<number> {
    if (path === '-') return 0;
    const fd = this.sys.open(path, { read: true });
    if (fd < 0) yield* this.warn(`${path}: ${strerror(fd)}`, status);
    return fd;
  }
  close(fd: number): void {
    if (fd > 2) this.sys.close(fd);
  }
  /** Whole file or stdin; undefined after having said why not. */
  *slurp(path: string, status = 1): Kthread<string | undefined> {
    const fd = yield* this.open(path, status);
    if (fd < 0) return undefined;
    let all = '';
    for (;;) {
      const got = yield* this.sys.read(fd, READ_BLOCK);
      if (typeof got === 'number') {
        this.close(fd);
        yield* this.warn(`${path}: ${strerror(got)}`, status);
        return undefined;
      }
      if (got === '') break;
      all += got;
    }
    this.close(fd);
    return all;
  }
}

/** Makes a program of a body: flushes stdout at the end, turns Exit into its status. */
export const program = (body: (tool: Tool) => Kthread<number>): Program => function* (proc) {
  const tool = new Tool(proc);
  let status: number;
  try {
    status = Math.max(yield* body(tool), tool.status);
  } catch (e) {
    if (!(e instanceof Exit)) throw e;
    status = e.status;
    if (status === SIGPIPE_STATUS) return status;
  }
  try {
    yield* tool.flush();
  } catch (e) {
    if (!(e instanceof Exit)) throw e;
    return e.status;
  }
  return status;
};

/** Bytes → lines and whether the last one was terminated. '' is no line. */
export function splitLines(bytes: string, end = '\n'): { lines: string[]; terminated: boolean } {
  if (bytes === '') return { lines: [], terminated: true };
  const lines = bytes.split(end);
  const terminated = lines.at(-1) === '';
  if (terminated) lines.pop();
  return { lines, terminated };
}

/** exit(3) as an expression. */
export function* stop(status: number): Kthread<never> {
  throw new Exit(status);
}
