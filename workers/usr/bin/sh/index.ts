/**
 * The shell as the machine sees it: lines in, status out, state that can be kept. The interpreter is a set of generators over `ShellState`;
 * all that lives longer than a command is in the state, so a snapshot between commands holds everything.
 */
import { install, openTty } from '../../../kernel/file.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Process, Processes } from '../../../kernel/process.ts';
import { SIGNALS } from '../../../kernel/signal.ts';
import { sysOf } from '../../../kernel/syscalls.ts';
import type { System } from '../../exec.ts';
import { DEFAULT_PATH } from '../../exec.ts';
import type { Program } from '../../program.ts';
import { isIncomplete } from './ast.ts';
import { bash } from './bash.ts';
import { complete } from './complete.ts';
import { newShell } from './create.ts';
import { runText } from './interp.ts';
import { reportJobs } from './jobs.ts';
import type { Sh } from './shell.ts';
import { cloneState, type ShellState } from './state.ts';
import { promptOf } from './prompt.ts';
import { catchEnd, toTheEnd } from './subshell.ts';

export interface ShellOptions {
  readonly processes: Processes;
  readonly programs: Readonly<Record<string, Program>>;
  /** $0 and what stands before messages: 'bash'. */
  readonly name: string;
  /** A terminal's shell: it survives ^C and `exit`, tells about jobs, and its messages have no line numbers. */
  readonly interactive: boolean;
  readonly uid?: number;
  readonly env?: ReadonlyMap<string, string>;
  /** Directory it starts in. */
  readonly cwd?: string;
  /** What an earlier shell knew. */
  readonly state?: ShellSnapshot;
}
/** A shell between two commands, as plain data. */
export interface ShellSnapshot {
  readonly shell: ShellState;
  readonly cwd: string;
  readonly umask: number;
  readonly uid: number;
  /** Files opened with `exec`, to be opened again; pipes are not kept. */
  readonly files: readonly {
    readonly fd: number;
    readonly path: string;
    readonly read: boolean;
    readonly write: boolean;
    readonly append: boolean;
    readonly offset: number;
  }[];
}
export interface Shell {
  /**
   * Runs a line or a script, given as bytes (one char a byte). Its status. State persists; a shell that is not interactive ends after each run
   * (EXIT trap included).
   */
  run(script: string): Kthread<number>;
  /** A signal from the terminal to what runs in the foreground. */
  interrupt(signal: number): void;
  /** Words that can stand at the cursor, which replace the text from `start` on. */
  complete(line: string, cursor: number): { start: number; words: string[] };
  /** True if a text only lacks its end (an open quote, `if` without `fi`): a terminal then asks for another line. */
  incomplete(text: string): boolean;
  /** PS1, or user, host and directory as Debian shows them. */
  prompt(): string;
  /** A copy of all it knows. Only between commands. */
  snapshot(): ShellSnapshot;
  /** The process it runs in; another one after a run that ended it. */
  readonly process: Process;
  /** What it knows, live. */
  readonly state: ShellState;
  /** All of it that changes: what has to be kept to put the shell back to where it was. */
  readonly own: { readonly sh: Sh };
}

export const DEFAULT_ENV: ReadonlyMap<string, string> = new Map([
  ['HOME', '/root'],
  ['LOGNAME', 'root'],
  ['PATH', DEFAULT_PATH],
  ['SHELL', '/bin/bash'],
  ['TERM', 'linux'],
  ['USER', 'root'],
]);

export function createShell(options: ShellOptions): Shell {
  const { processes, interactive } = options;
  const system: System = { processes, programs: { ...options.programs, bash, sh: bash }, children: new Map() };

  function start(state: ShellState | undefined): Sh {
    const process = processes.fork(undefined, true);
    process.name = options.name;
    process.argv = [options.name];
    process.uid = options.state?.uid ?? options.uid ?? 0;
    const stdin = openTty(1, interactive);
    install(process.fds, 0, stdin);
    install(process.fds, 1, stdin);
    install(process.fds, 2, openTty(2, interactive));
    const sys = sysOf(processes, process);
    const cwd = options.state?.cwd ?? options.cwd;
    if (cwd !== undefined) sys.chdir(cwd);
    return newShell(system, process, sys, options.env ?? DEFAULT_ENV, { name: options.name, interactive, ...(state && { state }) });
  }
  const own = { sh: start(options.state?.shell) };
  if (options.state) {
    own.sh.process.umask = options.state.umask;
    for (const f of options.state.files) {
      const fd = own.sh.sys.open(f.path, { read: f.read, write: f.write, append: f.append });
      if (fd < 0) continue;
      own.sh.sys.lseek(fd, f.offset);
      if (fd !== f.fd) {
        own.sh.sys.dup2(fd, f.fd);
        own.sh.sys.close(fd);
      }
    }
  }

  function* line(script: string): Kthread<number> {
    const { process } = own.sh;
    processes.flushSignals(process);
    yield* catchEnd(own.sh, runText(own.sh, script));
    processes.flushSignals(process);
    yield* reportJobs(own.sh);
    return own.sh.state.status;
  }
  /** The terminal's shell goes on after what would end another: only its line is given up. */
  function* supervised(script: string): Kthread<number> {
    const thread = line(script);
    for (;;) {
      if (own.sh.process.killed !== 0 && own.sh.process.inKernel === 0) {
        thread.return(0);
        own.sh.state.status = 128 + own.sh.process.killed;
        // Or the kernel would take the next line for interrupted, too.
        processes.flushSignals(own.sh.process);
        return own.sh.state.status;
      }
      const step = thread.next();
      if (step.done) return step.value;
      yield;
    }
  }

  return {
    own,
    *run(script) {
      if (interactive) {
        if (script.trim() !== '') own.sh.state.history.push(script.replace(/\n$/, ''));
        return yield* supervised(script);
      }
      if (own.sh.process.exit) own.sh = start(cloneState(own.sh.state));
      const { sh } = own;
      return yield* processes.run(sh.process, toTheEnd(sh, runText(sh, script)));
    },
    interrupt(signal) {
      for (const process of [...processes.byPid.values()]) {
        // SIGKILL is the way out of everything, what runs in the background included.
        if ((process.background && signal !== SIGNALS.KILL) || !descends(process, own.sh.process)) continue;
        if (process !== own.sh.process || signal === SIGNALS.INT || !interactive) processes.send(process, signal);
      }
    },
    complete: (text, cursor) => complete(own.sh, text, cursor),
    incomplete: isIncomplete,
    prompt: () => promptOf(own.sh),
    snapshot: () => ({
      shell: cloneState(own.sh.state),
      cwd: own.sh.sys.getcwd(),
      umask: own.sh.process.umask,
      uid: own.sh.process.uid,
      files: [...own.sh.process.fds].flatMap(([fd, f]) =>
        fd > 2 && f.kind === 'node' ? [{ fd, path: f.path, read: f.readable, write: f.writable, append: f.append, offset: f.offset }] : [],
      ),
    }),
    get process() {
      return own.sh.process;
    },
    get state() {
      return own.sh.state;
    },
  };
}
function descends(process: Process, from: Process): boolean {
  for (let p: Process | undefined = process; p; p = p.parent) if (p === from) return true;
  return false;
}
