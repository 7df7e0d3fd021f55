import { describe, expect, test } from 'vitest';
import { devDir } from '../fs/dev.ts';
import { tmpfs, tmpfsFrom } from '../fs/tmpfs.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { Sys } from '../usr/program.ts';
import { mountTree } from './vfs.ts';
import { dirOf, type FileNode, textFile } from './vnode.ts';
import { install, openPipe } from './file.ts';
import type { Kthread } from './kthread.ts';
import { makePipe } from './pipe.ts';
import { createProcesses, type Process } from './process.ts';
import { createRunQueue } from './sched.ts';
import { SIGNALS } from './signal.ts';
import { sysOf } from './syscalls.ts';

function machine(extra: Readonly<Record<string, FileNode>> = {}) {
  const queue = createRunQueue(1000);
  const root = mountTree(tmpfs(tmpfsFrom({ f: 'hello\nworld\n', 'd/g': 'g', 'tmp/': '' })), {
    sys: dirOf(0o555, () => extra),
    dev: devDir({ write: () => undefined, read: () => '' }),
  });
  const processes = createProcesses(queue, root, { write: () => undefined });
  const process = (uid = 0): { process: Process; sys: Sys } => {
    const made = processes.fork(undefined, true);
    made.uid = uid;
    return { process: made, sys: sysOf(processes, made) };
  };
  /** Runs threads as processes to the end; their answers in order. */
  const run = <T>(...threads: readonly [Process, Kthread<T>][]): T[] => {
    const answers: T[] = [];
    threads.forEach(([p, thread], i) => {
      processes.start(
        p,
        (function* () {
          answers[i] = yield* thread;
          return 0;
        })(),
      );
    });
    queue.run(100_000);
    return answers;
  };
  return { queue, processes, process, run };
}

describe('files', () => {
  test('reading moves on, lseek moves back, dup shares the place', () => {
    const { process, run } = machine();
    const { process: p, sys } = process();
    const fd = sys.open('/f', { read: true });
    sys.dup2(fd, 7);
    const read = function* () {
      return [yield* sys.read(fd, 6), yield* sys.read(7, 6), yield* sys.read(fd, 6), sys.lseek(7, 1), yield* sys.read(fd, 4)];
    };
    expect(run([p, read()])).toEqual([['hello\n', 'world\n', '', 1, 'ello']]);
  });
  test('O_APPEND writes at the end, O_TRUNC empties', () => {
    const { process, run } = machine();
    const { process: p, sys } = process();
    const work = function* () {
      const a = sys.open('/f', { write: true, append: true });
      yield* sys.write(a, '!');
      const size = sys.stat('/f');
      sys.open('/f', { write: true, truncate: true });
      const empty = sys.stat('/f');
      return [typeof size === 'number' ? size : size.size, typeof empty === 'number' ? empty : empty.size];
    };
    expect(run([p, work()])).toEqual([[13, 0]]);
  });
  test.each<[string, (sys: Sys) => unknown, unknown]>([
    ['a missing file', (s) => s.open('/nope', { read: true }), -ERRNO.ENOENT],
    ['a directory to write', (s) => s.open('/d', { write: true }), -ERRNO.EISDIR],
    ['a file as a directory', (s) => s.open('/f/x', { read: true }), -ERRNO.ENOTDIR],
    ['chdir to a file', (s) => s.chdir('/f'), -ERRNO.ENOTDIR],
    ['mkdir over something', (s) => s.mkdir('/d', 0o755), -ERRNO.EEXIST],
    ['rmdir of a full directory', (s) => s.rmdir('/d'), -ERRNO.ENOTEMPTY],
    ['rmdir of a file', (s) => s.rmdir('/f'), -ERRNO.ENOTDIR],
    ['unlink of a directory', (s) => s.unlink('/d'), -ERRNO.EISDIR],
    ['rename onto a full directory', (s) => [s.mkdir('/e', 0o755), s.rename('/e', '/d')], [0, -ERRNO.ENOTEMPTY]],
    ['rename of a directory into itself', (s) => s.rename('/d', '/d/e'), -ERRNO.EINVAL],
    ['rename across file systems', (s) => s.rename('/f', '/sys/f'), -ERRNO.EXDEV],
    ['rename', (s) => [s.rename('/d', '/e'), s.readdir('/e'), s.stat('/d')], [0, ['g'], -ERRNO.ENOENT]],
    ['making something in sysfs', (s) => [s.open('/sys/n', { write: true, create: true }), s.mkdir('/sys/n', 0o755)], [-ERRNO.EACCES, -ERRNO.EPERM]],
    ['links', (s) => [s.symlink('f', '/l'), s.readlink('/l'), s.readlink('/f')], [0, 'f', -ERRNO.EINVAL]],
    ['a descriptor that is not open', (s) => [s.close(9), s.lseek(9, 0), s.dup2(9, 1)], [-ERRNO.EBADF, -ERRNO.EBADF, -ERRNO.EBADF]],
  ])('%s', (_, call, answer) => {
    expect(call(machine().process().sys)).toEqual(answer);
  });
  test('nobody: what is not theirs they may not write, remove or change', () => {
    const { sys } = machine().process(65534);
    expect([
      sys.open('/f', { write: true }),
      sys.open('/new', { write: true, create: true }),
      sys.unlink('/f'),
      sys.chmod('/f', 0o666),
      sys.open('/f', { read: true }),
    ]).toEqual([-ERRNO.EACCES, -ERRNO.EACCES, -ERRNO.EACCES, -ERRNO.EPERM, 0]);
  });
  test('umask takes bits from what is made', () => {
    const { sys } = machine().process();
    sys.umask(0o027);
    sys.mkdir('/m', 0o777);
    const stat = sys.stat('/m');
    expect(typeof stat === 'number' ? stat : stat.mode).toBe(0o750);
  });
  test('a text that is made when it is read: once for each read from the start', () => {
    let made = 0;
    const { process, run } = machine({ n: textFile(0o444, () => `text ${++made}\n`) });
    const { process: p, sys } = process();
    const work = function* () {
      const fd = sys.open('/sys/n', { read: true });
      const parts = [yield* sys.read(fd, 4), yield* sys.read(fd, 10), yield* sys.read(fd, 10)];
      sys.lseek(fd, 0);
      return [...parts, yield* sys.read(fd, 10)];
    };
    expect(run([p, work()])).toEqual([['text', ' 1\n', '', 'text 2\n']]);
  });
});

describe('pipes', () => {
  const joined = (m: ReturnType<typeof machine>) => {
    const pipe = makePipe(10);
    const [writer, reader] = [m.process(), m.process()];
    install(writer.process.fds, 1, openPipe(pipe, false, true));
    install(reader.process.fds, 0, openPipe(pipe, true, false));
    return { writer, reader };
  };
  const drain = function* (sys: Sys): Kthread<unknown> {
    let all = '';
    for (;;) {
      const got = yield* sys.read(0, 3);
      if (got === '' || typeof got === 'number') return all;
      all += got;
    }
  };
  test('a full pipe makes the writer wait, an empty one the reader; the end of the writer is the end', () => {
    const m = machine();
    const { writer, reader } = joined(m);
    const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(200);
    expect(m.run<unknown>([reader.process, drain(reader.sys)], [writer.process, writer.sys.write(1, text)])).toEqual([text, text.length]);
  });
  test('nobody reads any more: EPIPE, and SIGPIPE for who does not catch it', () => {
    const m = machine();
    const { writer, reader } = joined(m);
    reader.sys.close(0);
    m.run([writer.process, writer.sys.write(1, 'x')]);
    expect(writer.process.exit).toEqual({ status: 141, signal: SIGNALS.PIPE });
  });
});

describe('signals and time', () => {
  test('sleepers wake in the order of their time', () => {
    const m = machine();
    const order: number[] = [];
    const sleeper = (seconds: number): [Process, Kthread<number>] => {
      const { process, sys } = m.process();
      const nap = function* () {
        const answer = yield* sys.nanosleep(seconds * 1e9);
        order.push(seconds);
        return answer;
      };
      return [process, nap()];
    };
    expect(m.run(sleeper(3), sleeper(1), sleeper(2))).toEqual([0, 0, 0]);
    expect([order, m.queue.monotonic()]).toEqual([[1, 2, 3], 3e9]);
  });
  test('a caught signal ends a sleep with EINTR; another ends the process', () => {
    const m = machine();
    const [caught, other, killer] = [m.process(), m.process(), m.process()];
    caught.process.caught.add(SIGNALS.USR1);
    const kill = function* () {
      yield* killer.sys.nanosleep(1e9);
      return killer.sys.kill(caught.process.pid, SIGNALS.USR1) + killer.sys.kill(other.process.pid, SIGNALS.TERM);
    };
    const answers = m.run([caught.process, caught.sys.nanosleep(9e9)], [other.process, other.sys.nanosleep(9e9)], [killer.process, kill()]);
    expect(answers[0]).toBe(-ERRNO.EINTR);
    expect([other.process.exit, m.queue.monotonic()]).toEqual([{ status: 143, signal: 15 }, 1e9]);
  });
  test('inside the kernel a process is not ended: the path sees the signal and leaves by itself', () => {
    const log: string[] = [];
    const queues: ReturnType<typeof createRunQueue>[] = [];
    const state: FileNode = {
      kind: 'file',
      mode: 0o644,
      size: () => 0,
      read: () => '',
      *write() {
        for (let i = 0; i < 3; i++) {
          log.push(`pending ${queues[0]?.pendingSignal(queues[0].current())}`);
          yield;
        }
        log.push('undone');
        return -ERRNO.EINTR;
      },
    };
    const m = machine({ state });
    queues.push(m.queue);
    const [writer, killer] = [m.process(), m.process()];
    const write = function* () {
      const fd = writer.sys.open('/sys/state', { write: true });
      const answer = yield* writer.sys.write(fd, 'offline');
      log.push(`came back with ${answer}`);
      return answer;
    };
    const kill = function* () {
      yield;
      return killer.sys.kill(writer.process.pid, SIGNALS.KILL);
    };
    m.run([writer.process, write()], [killer.process, kill()]);
    expect(log).toEqual(['pending 0', 'pending 0', 'pending 9', 'undone']);
    expect(writer.process.exit?.status).toBe(137);
  });
  test('kill: who is not there, and who is not yours', () => {
    const m = machine();
    const root = m.process();
    const nobody = m.process(65534);
    expect([root.sys.kill(9999, 15), nobody.sys.kill(root.process.pid, 15), root.sys.kill(nobody.process.pid, 0)]).toEqual([-ERRNO.ESRCH, -ERRNO.EPERM, 0]);
  });
});
