/** Runs one program to its end over a small tree of files, as a shell would with its input, output and errors redirected to files. */
import { tmpfs, type TmpfsDir, tmpfsDir, tmpfsFrom } from '../fs/tmpfs.ts';
import type { DirNode, FileNode } from '../kernel/vnode.ts';
import { install, openNode } from '../kernel/file.ts';
import type { Kthread } from '../kernel/kthread.ts';
import { createProcesses, type Process } from '../kernel/process.ts';
import { createRunQueue } from '../kernel/sched.ts';
import { sysOf } from '../kernel/syscalls.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { Proc, Program } from '../usr/program.ts';

export interface RunOptions {
  /** Path → contents; a key ending in '/' is a directory. Or a whole tree. */
  readonly files?: Readonly<Record<string, string>> | TmpfsDir;
  /** Any file system instead of `files`. */
  readonly root?: DirNode;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  /** What `spawn` finds. */
  readonly programs?: Readonly<Record<string, Program>>;
}
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  readonly tree: TmpfsDir;
}
const STEPS = 10_000_000;

export function runProgram(program: Program, argv: readonly string[], options: RunOptions = {}): Ran {
  const given = options.files ?? {};
  const tree = 'entries' in given && given.entries instanceof Map ? (given as TmpfsDir) : tmpfsFrom(given as Record<string, string>);
  const queue = createRunQueue();
  const processes = createProcesses(queue, options.root ?? tmpfs(tree), { write: () => undefined });
  const outside = tmpfs(tmpfsDir());
  const stream = (name: string): FileNode => outside.create?.(name, 0o600) as FileNode;
  const [stdin, stdout, stderr] = [stream('stdin'), stream('stdout'), stream('stderr')];
  for (const step = stdin.write?.(options.stdin ?? '', 0); step && !step.next().done; );
  const first = processes.fork(undefined, true);
  install(first.fds, 0, openNode(stdin, 'stdin', { readable: true, writable: false, append: false, nonblock: false }));
  install(first.fds, 1, openNode(stdout, 'stdout', { readable: false, writable: true, append: true, nonblock: false }));
  install(first.fds, 2, openNode(stderr, 'stderr', { readable: false, writable: true, append: true, nonblock: false }));
  first.uid = options.uid ?? 0;
  const sys = sysOf(processes, first);
  if (options.cwd) sys.chdir(options.cwd);

  const procOf = (process: Process, args: readonly string[]): Proc => ({
    sys: sysOf(processes, process), argv: args, env: new Map(Object.entries(options.env ?? {})),
    *spawn(child, how = {}): Kthread<number> {
      const found = options.programs?.[child[0] ?? ''];
      if (!found) return -ERRNO.ENOENT;
      const forked = processes.fork(process, false);
      if (how.uid !== undefined) forked.uid = how.uid;
      if (how.cwd !== undefined) sysOf(processes, forked).chdir(how.cwd);
      return yield* processes.run(forked, found(procOf(forked, child)));
    },
    fork(child) {
      const forked = processes.fork(process, true);
      processes.start(forked, child(procOf(forked, args)));
      return forked.pid;
    },
    catchSignal(signal) {
      process.caught.add(signal);
      let count = 0;
      return () => {
        while (processes.takeSignal(process) === signal) count++;
        return count;
      };
    },
  });
  processes.start(first, program(procOf(first, argv)));
  if (queue.run(STEPS)) throw new Error(`${argv.join(' ')} did not end`);
  const text = (file: FileNode): string => file.read(0, Number.MAX_SAFE_INTEGER) as string;
  return { stdout: text(stdout), stderr: text(stderr), status: first.exit?.status ?? -1, tree };
}
