/** Mirrors: fs/exec.c, fs/binfmt_script.c (6.1): from a name to a running program. Programs are functions; /usr/bin shows them as files. */
import { permitted, walk, walkToDir } from '../kernel/vfs.ts';
import { type DirNode, dirOf, type FileNode, type VNode } from '../kernel/vnode.ts';
import type { Kthread } from '../kernel/kthread.ts';
import type { Process, Processes } from '../kernel/process.ts';
import { sysOf } from '../kernel/syscalls.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { Proc, Program, SpawnOptions, Sys } from './program.ts';

/** Processes and what they can execute. */
export interface System {
  readonly processes: Processes;
  readonly programs: Readonly<Record<string, Program>>;
  /** Processes of background jobs, by pid. */
  readonly children: Map<number, Process>;
}
const programName = new WeakMap<VNode, string>();

/** Made with the shell, not with the other programs. */
const SHELLS: readonly string[] = ['bash', 'sh'];
/** /usr/bin: one executable file a program, the shell's names included. */
export function binDir(programs: () => Readonly<Record<string, Program>>): DirNode {
  let made: Record<string, FileNode> | undefined;
  return dirOf(0o755, () => {
    if (made) return made;
    made = {};
    for (const name of [...Object.keys(programs()), ...SHELLS].sort()) {
      const file: FileNode = { kind: 'file', mode: 0o755, size: () => 4, read: (offset, count) => '\x7fELF'.slice(offset, offset + count) };
      made[name] = file;
      programName.set(file, name);
    }
    return made;
  });
}

export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A program and the path it was found at. */
export interface Executable {
  readonly program: Program;
  readonly path: string;
  /** What stands before the arguments (an interpreter and the script). */
  readonly argv: readonly string[];
}

/** A file that is to be executed: ENOENT, EACCES, EISDIR as EACCES, ENOEXEC (text without `#!`). */
function fileToRun(system: System, process: Process, path: string, depth = 0): Executable | number {
  const found = walk(system.processes.root, process.cwd, path, process.uid, true);
  if (typeof found === 'number') return found;
  const { node } = found;
  if (!node) return -ERRNO.ENOENT;
  if (node.kind !== 'file' || !permitted(node, process.uid, 1)) return -ERRNO.EACCES;
  const program = ownProgram(system, programName.get(node) ?? '');
  if (program) return { program, path, argv: [] };
  const head = node.read(0, 256);
  if (typeof head === 'number') return head;
  const line = /^#![ \t]*([^ \t\n]+)[ \t]*([^\n]*)/.exec(head);
  if (!line || depth > 4) return -ERRNO.ENOEXEC;
  const [, interpreter = '', argument = ''] = line;
  const by = fileToRun(system, process, interpreter, depth + 1);
  const named = system.programs[interpreter.slice(interpreter.lastIndexOf('/') + 1)];
  const run = typeof by === 'number' ? named && { program: named, path: interpreter, argv: [] } : by;
  if (!run) return -ERRNO.ENOENT;
  return {
    program: run.program,
    path,
    argv: [...(run.argv.length > 0 ? run.argv : [interpreter]), ...(argument.trimEnd() === '' ? [] : [argument.trimEnd()]), path],
  };
}

/** As execve(2) takes a path; the programs are there also without a mounted /usr/bin. */
export function execve(system: System, process: Process, path: string): Executable | number {
  const run = fileToRun(system, process, path);
  const at = /^\/(?:usr\/)?(?:local\/)?s?bin\/([^/]+)$/.exec(path)?.[1];
  const program = at === undefined || run !== -ERRNO.ENOENT ? undefined : ownProgram(system, at);
  return program ? { program, path, argv: [] } : run;
}
/** A file the kernel does not know how to execute is the shell's, if its first line is text. Source: execvp(3); check_binary_file() of bash. */
function orByShell(system: System, process: Process, path: string, run: Executable | number): Executable | number {
  if (run !== -ERRNO.ENOEXEC) return run;
  const found = walk(system.processes.root, process.cwd, path, process.uid, true);
  const head = typeof found !== 'number' && found.node?.kind === 'file' ? found.node.read(0, BINARY_HEAD) : '\0';
  const program = ownProgram(system, 'bash');
  return program && typeof head === 'string' && !/^[^\n]*\0/.test(head) ? { program, path, argv: ['/bin/sh', path] } : run;
}
/** Bytes in which a NUL on the first line makes a file binary. */
const BINARY_HEAD = 80;

/** As execvp(3) finds it: a name with '/' is a path, else it is searched along `searchPath`. ENOEXEC: neither a program nor text. */
export function findExecutable(system: System, process: Process, name: string, searchPath: string): Executable | number {
  if (name.includes('/')) return orByShell(system, process, name, execve(system, process, name));
  let refused: number = -ERRNO.ENOENT;
  if (name === '') return refused;
  for (const dir of searchPath.split(':')) {
    const path = dir === '' ? name : `${dir}/${name}`;
    const run = orByShell(system, process, path, fileToRun(system, process, path));
    if (typeof run !== 'number') return run;
    if (run === -ERRNO.EACCES || run === -ERRNO.ENOEXEC) refused = run;
  }
  // Without a mounted /usr/bin the programs are there all the same, for a path that would lead to them.
  const program = /(?:^|:)\/(?:usr\/)?bin(?::|$)/.test(searchPath) ? ownProgram(system, name) : undefined;
  return program && refused === -ERRNO.ENOENT ? { program, path: `/usr/bin/${name}`, argv: [] } : refused;
}
const ownProgram = (system: System, name: string): Program | undefined => (Object.hasOwn(system.programs, name) ? system.programs[name] : undefined);

const behind = new WeakMap<Sys, { readonly system: System; readonly process: Process }>();
/** The process a program runs in: for a program that is itself a shell. */
export const processBehind = (sys: Sys): { readonly system: System; readonly process: Process } | undefined => behind.get(sys);

/** What a program sees of the process it runs in. */
export function procOf(system: System, process: Process, argv: readonly string[], env: ReadonlyMap<string, string>): Proc {
  const { processes } = system;
  process.argv = argv;
  process.name = (argv[0] ?? '').slice((argv[0] ?? '').lastIndexOf('/') + 1);
  processes.scheduler.execed?.(process.pid, process.name);
  const sys = sysOf(processes, process);
  behind.set(sys, { system, process });
  const proc: Proc = {
    sys,
    argv,
    env,
    *spawn(child, options: SpawnOptions = {}): Kthread<number> {
      const run = findExecutable(system, process, child[0] ?? '', (options.env ?? env).get('PATH') ?? DEFAULT_PATH);
      if (typeof run === 'number') return run;
      const forked = processes.fork(process, false);
      if (options.uid !== undefined) forked.uid = options.uid;
      if (options.membind !== undefined) forked.membind = options.membind;
      if (options.cwd !== undefined) {
        const place = walkToDir(processes.root, process.cwd, options.cwd, process.uid);
        if (typeof place !== 'number') forked.cwd = place;
      }
      return yield* execute(system, forked, run, child, options.env ?? env);
    },
    launch(child, options: SpawnOptions = {}) {
      const run = findExecutable(system, process, child[0] ?? '', (options.env ?? env).get('PATH') ?? DEFAULT_PATH);
      if (typeof run === 'number') return run;
      const forked = processes.fork(process, true);
      if (options.uid !== undefined) forked.uid = options.uid;
      if (options.membind !== undefined) forked.membind = options.membind;
      const full = run.argv.length > 0 ? [...run.argv, ...child.slice(1)] : child;
      processes.start(forked, run.program(procOf(system, forked, full, options.env ?? env)));
      return {
        pid: forked.pid,
        *wait(ns) {
          const { scheduler } = processes;
          const until = ns === undefined ? Number.POSITIVE_INFINITY : scheduler.monotonic() + ns;
          while (!forked.exit && scheduler.monotonic() < until) {
            if (process.killed !== 0) yield;
            yield* scheduler.park(() => forked.exit !== undefined || process.killed !== 0, until);
          }
          return forked.exit?.status;
        },
      };
    },
    fork(child) {
      const forked = processes.fork(process, true);
      processes.start(forked, child(procOf(system, forked, argv, env)));
      return forked.pid;
    },
    catchSignal(signal) {
      let seen = 0;
      process.caught.add(signal);
      return () => {
        for (let came = processes.takeSignal(process); came !== 0; came = processes.takeSignal(process)) if (came === signal) seen++;
        return seen;
      };
    },
    rests(again) {
      processes.rests(process, () => again(proc));
    },
  };
  return proc;
}

/** Runs an executable in a process inside the caller's task. argv[0] is the name it was called by. */
export function execute(system: System, process: Process, run: Executable, argv: readonly string[], env: ReadonlyMap<string, string>): Kthread<number> {
  const full = run.argv.length > 0 ? [...run.argv, ...argv.slice(1)] : argv;
  const proc = procOf(system, process, full, env);
  return system.processes.run(process, run.program(proc));
}
