/** Files and commands an awk program reads and writes. Commands run one after another: what is printed to one is kept and given to it when it is closed. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { strerror } from '../../../../uapi/errno.ts';
import { Lines, Output, type Tool, writeAll } from '../io.ts';

const SAVED_FD = 200;

export class Streams {
  readonly #tool: Tool;
  readonly #out = new Map<string, Output>();
  readonly #commands = new Map<string, string>();
  readonly #in = new Map<string, { reader: Lines; temporary: string | undefined } | undefined>();
  #temporaries = 0;
  constructor(tool: Tool) {
    this.#tool = tool;
  }
  /** stdout, a file, or the input of a command. */
  *write(kind: '>' | '>>' | '|' | undefined, target: string, bytes: string): Kthread<void> {
    if (kind === undefined || (kind !== '|' && (target === '/dev/stdout' || target === '-'))) {
      this.#tool.put(bytes);
      return yield* this.#tool.settle();
    }
    if (kind === '|') {
      this.#commands.set(target, (this.#commands.get(target) ?? '') + bytes);
      return;
    }
    let out = this.#out.get(target);
    if (!out) {
      if (target === '/dev/stderr') yield* this.#tool.flush();
      const how = { write: true, create: true, truncate: kind === '>', append: kind === '>>' };
      const fd = target === '/dev/stderr' ? 2 : this.#tool.sys.open(target, how, 0o666);
      if (fd < 0) yield* this.#tool.die(`${target}: ${strerror(fd)}`, 2);
      out = new Output(this.#tool.sys, fd, target === '/dev/stderr');
      this.#out.set(target, out);
    }
    out.put(bytes);
    yield* out.settle();
  }
  /** Reader of a file; undefined where it cannot be opened. */
  file(path: string): Lines | undefined {
    if (!this.#in.has(path)) {
      const fd = path === '-' || path === '/dev/stdin' ? 0 : this.#tool.sys.open(path, { read: true });
      this.#in.set(path, fd < 0 ? undefined : { reader: new Lines(this.#tool.sys, fd), temporary: undefined });
    }
    return this.#in.get(path)?.reader;
  }
  /** Reader of a command's output; the command runs to its end first. */
  *command(command: string): Kthread<Lines | undefined> {
    if (!this.#in.has(command)) {
      yield* this.flushAll();
      const path = this.#temporary();
      const status = yield* this.#run(command, 1, path, true);
      const fd = status < 0 ? status : this.#tool.sys.open(path, { read: true });
      this.#in.set(command, fd < 0 ? undefined : { reader: new Lines(this.#tool.sys, fd), temporary: path });
    }
    return this.#in.get(command)?.reader;
  }
  #temporary(): string {
    return `/tmp/.awk-${this.#tool.sys.getpid()}-${this.#temporaries++}`;
  }
  /** sh -c COMMAND with descriptor `fd` being a file. -errno where it cannot run. */
  *#run(command: string, fd: number, path: string, write: boolean): Kthread<number> {
    const { sys, proc } = this.#tool;
    const file = sys.open(path, write ? { write: true, create: true, truncate: true } : { read: true }, 0o600);
    if (file < 0) return file;
    sys.dup2(fd, SAVED_FD);
    sys.dup2(file, fd);
    sys.close(file);
    const status = proc.spawn ? yield* proc.spawn(['sh', '-c', command]) : -38;
    sys.dup2(SAVED_FD, fd);
    sys.close(SAVED_FD);
    return status;
  }
  *system(command: string): Kthread<number> {
    yield* this.flushAll();
    const { proc } = this.#tool;
    const status = proc.spawn ? yield* proc.spawn(['sh', '-c', command]) : -38;
    return status < 0 ? 127 : status;
  }
  *flushAll(): Kthread<void> {
    yield* this.#tool.flush();
    for (const out of this.#out.values()) yield* out.flush();
  }
  /** close(): status of the command, 0, or -1 if nothing of that name is open. */
  *close(name: string): Kthread<number> {
    let status = -1;
    const out = this.#out.get(name);
    if (out) {
      status = (yield* out.flush()) < 0 ? -1 : 0;
      this.#tool.close(out.fd);
      this.#out.delete(name);
    }
    const text = this.#commands.get(name);
    if (text !== undefined) {
      this.#commands.delete(name);
      yield* this.flushAll();
      status = yield* this.#feed(name, text);
    }
    const input = this.#in.get(name);
    if (input) {
      this.#tool.close(input.reader.fd);
      if (input.temporary !== undefined) this.#tool.sys.unlink(input.temporary);
      status = 0;
    }
    this.#in.delete(name);
    return status;
  }
  *#feed(command: string, text: string): Kthread<number> {
    const { sys } = this.#tool;
    const path = this.#temporary();
    const fd = sys.open(path, { write: true, create: true, truncate: true }, 0o600);
    if (fd < 0) return fd;
    yield* writeAll(sys, fd, text);
    sys.close(fd);
    const status = yield* this.#run(command, 0, path, false);
    sys.unlink(path);
    return status;
  }
  *closeAll(): Kthread<void> {
    yield* this.flushAll();
    for (const name of new Set([...this.#out.keys(), ...this.#commands.keys(), ...this.#in.keys()])) yield* this.close(name);
  }
}
