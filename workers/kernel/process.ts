/**
 * Mirrors: kernel/fork.c, kernel/exit.c, kernel/signal.c (6.1), as far as shells and tools see them: processes with files, a directory, a user and signals.
 * A process runs either as a task of the machine (background jobs, members of a pipeline) or inside its parent's task (the parent waits for it anyway).
 */
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { Mounts, Statfs } from './mount.ts';
import { type Place, rootPlace } from './vfs.ts';
import type { DirNode, FileNode, VNode } from './vnode.ts';
import { copyFds, type FdTable, put } from './file.ts';
import type { Kthread } from './kthread.ts';
import type { Pipe } from './pipe.ts';
import { endsProcess, SIGNALS } from './signal.ts';

/** What the first process may lock, bytes (since 5.16). Source: include/uapi/linux/resource.h. */
const MLOCK_LIMIT = 8 * 2 ** 20;

/** What processes need of the machine's run queue and clock. */
export interface Scheduler {
  nextPid(): number;
  /** Starts a thread as a task of its own. */
  start(pid: number, name: string, thread: Kthread<void>): void;
  /** Parks the running task until `ready()` or until the simulated clock reaches `until` (ns since boot). With neither: for good. */
  park(ready: () => boolean, until?: number): Kthread<void>;
  /**
   * The running task has nothing before it but to wait, for good, until a signal ends it: whoever brings the machine back to a time at which it waits may put a new thread in its place.
   * That one comes to the same wait in its first turn. Absent: nobody comes back.
   */
  rests?(again: () => Kthread<void>): void;
  /** ns since boot. */
  monotonic(): number;
  /** Seconds since 1970, may be fractional. */
  realtime(): number;
  /** A signal waits for a process of this task (its first process's pid), or, with 0, none does any more: long kernel paths look at it (signal_pending). */
  signalPending(task: number, signal: number): void;
  /** init_module(2) by name, with its parameters: 0 or -errno. */
  init_module?(name: string, parameters?: string): number;
  /** delete_module(2): 0 or -errno. */
  delete_module?(name: string): number;
  /** swapon(2) and swapoff(2) of what is at a path: 0 or -errno. */
  swapon?(node: VNode, path: string, flags: number): number;
  swapoff?(path: string): Kthread<number>;
  /** mount(2), umount2(2) and statfs(2). */
  readonly mounts?: Mounts;
  /** Sizes of a file system that was there from the beginning. */
  statfs?(place: Place): Statfs;
  /** A process replaced its image, or ended: whoever keeps account of its memory wants to know. */
  execed?(pid: number, name: string): void;
  /** A write(2) to a file begins; it ended with this answer (bytes or -errno). */
  writeBegins?(path: string): void;
  writeEnds?(ret: number, path: string): void;
  /** A write(2) to a file failed with this errno (positive). */
  writeFailed?(errno: number, path: string): void;
  exited?(pid: number): void;
  /** sync(2). */
  sync?(): void;
  /** MLOCK_LIMIT of this kernel, bytes. Absent: that of 6.1. */
  readonly memlock?: number;
  /** uname(2): what the processor is called. Absent: x86_64. */
  readonly machine?: string;
  /** kill(2) for a pid that is no process of this table: 0 or -errno. Absent: ESRCH. */
  kill?(pid: number, signal: number): number;
}
export interface Tty {
  write(stream: 1 | 2, bytes: string): void;
  /** A line typed by the user; '' at the end of input. Absent: always at the end. */
  read?(count: number): Kthread<string>;
}
export interface Exit {
  readonly status: number;
  /** Signal it died of, or 0. */
  readonly signal: number;
}
export interface Process {
  readonly pid: number;
  readonly ppid: number;
  /** pid of the process whose task it runs in. */
  readonly task: number;
  readonly parent: Process | undefined;
  name: string;
  argv: readonly string[];
  uid: number;
  cwd: Place;
  umask: number;
  /** What its owner says about killing it when memory runs out: -1000 never, 1000 first. */
  oom_score_adj: number;
  /** set_mempolicy(2): nodes its memory has to come from, a bit each (MPOL_BIND); 0 = any (MPOL_DEFAULT). Children inherit it. */
  membind: number;
  /** RLIMIT_MEMLOCK, bytes: what it may keep in memory without CAP_IPC_LOCK, and up to which it may raise that without CAP_SYS_RESOURCE. Children inherit it. */
  memlock: { readonly soft: number; readonly hard: number };
  fds: FdTable;
  /** Not reached by the terminal's signals. */
  background: boolean;
  readonly ignored: Set<number>;
  readonly caught: Set<number>;
  /** Signals with a handler that came and were not looked at yet. */
  pending: number[];
  /** Signal that ends it as soon as it leaves the kernel, 0 = none. */
  killed: number;
  /** System calls under way, of it and of what runs inside it. */
  inKernel: number;
  exit: Exit | undefined;
  /** How deep the work of its task is nested; what runs inside a parent's task starts where the parent is. */
  depth: number;
}

export interface Processes {
  readonly scheduler: Scheduler;
  readonly root: DirNode;
  readonly tty: Tty;
  readonly byPid: ReadonlyMap<number, Process>;
  /** What flows through FIFOs, by node. */
  readonly fifos: Map<FileNode, Pipe>;
  /** A child with copies of files, directory and user; caught signals go back to their default. `own`: it will be started as a task of its own. */
  fork(parent: Process | undefined, own: boolean): Process;
  /** Runs a process inside the caller's task. Its exit status (128 + signal). */
  run(process: Process, thread: Kthread<number>): Kthread<number>;
  /** Runs a process as a task. */
  start(process: Process, thread: Kthread<number>): void;
  /** The caller is this process, and from now on only waits, for good, until a signal ends it: `again` begins with that wait. */
  rests(process: Process, again: () => Kthread<number>): void;
  /** A thread of the kernel in the table: no signal reaches it, and it has no memory. Twice is once. */
  addKthread(pid: number, name: string): void;
  removeKthread(pid: number): void;
  /** A forked process that is never to run. */
  abandon(process: Process): void;
  /** kill(2): 0, -ESRCH, -EPERM. Signal 0 only asks. */
  kill(pid: number, signal: number, uid?: number): number;
  /** Delivers a signal to a process. */
  send(process: Process, signal: number): void;
  /** Nothing waits for the process any more: neither what would have ended it nor what it would have caught. */
  flushSignals(process: Process): void;
  /** Takes the oldest caught signal that came, 0 = none. */
  takeSignal(process: Process): number;
  /** Waits until a process has ended or a signal came for the waiter: 0, or -EINTR. */
  wait(waiter: Process, child: Process): Kthread<number>;
}

/** A system call that may wait: the process ends, if it must, when the call is over, never inside. */
export function* inKernel<T>(process: Process, path: Kthread<T>): Kthread<T> {
  const chain: Process[] = [];
  for (let p: Process | undefined = process; p?.task === process.task; p = p.parent) chain.push(p);
  for (const p of chain) p.inKernel++;
  let answer: T;
  try {
    answer = yield* path;
  } finally {
    for (const p of chain) p.inKernel--;
  }
  if (chain.some((p) => p.killed !== 0)) yield;
  return answer;
}
export const interrupted = (process: Process): boolean => {
  for (let p: Process | undefined = process; p?.task === process.task; p = p.parent) if (p.killed !== 0 || p.pending.length > 0) return true;
  return false;
};

/** pid of the thread that makes all others of the kernel. */
const KTHREADD = 2;

export function createProcesses(scheduler: Scheduler, root: DirNode, tty: Tty): Processes {
  const byPid = remember(new Map<number, Process>());
  const fifos = remember(new Map<FileNode, Pipe>());

  function finish(process: Process, exit: Exit): void {
    if (process.exit) return;
    process.exit = exit;
    for (const file of process.fds.values()) put(file);
    process.fds.clear();
    byPid.delete(process.pid);
    scheduler.exited?.(process.pid);
    tellKernel(process);
  }
  function tellKernel(process: Process): void {
    let signal = 0;
    for (const p of byPid.values()) if (p.task === process.task) signal ||= p.killed || (p.pending[0] ?? 0);
    scheduler.signalPending(process.task, signal);
  }
  function* run(process: Process, thread: Kthread<number>): Kthread<number> {
    let status = 0;
    try {
      for (;;) {
        if (process.killed !== 0 && process.inKernel === 0) {
          thread.return(0);
          break;
        }
        const step = thread.next();
        if (step.done) {
          status = step.value;
          break;
        }
        yield;
      }
    } finally {
      finish(process, process.killed !== 0 ? { status: 128 + process.killed, signal: process.killed } : { status: status & 255, signal: 0 });
    }
    return (process.exit as Exit).status;
  }
  function* taskOf(process: Process, thread: Kthread<number>): Kthread<void> {
    yield* run(process, thread);
  }
  function send(process: Process, signal: number): void {
    if (signal === 0 || process.exit || process.ignored.has(signal)) return;
    if (process.caught.has(signal) && signal !== SIGNALS.KILL) process.pending.push(signal);
    else if (!endsProcess(signal)) return;
    else if (process.killed === 0 || signal === SIGNALS.KILL) process.killed = signal;
    tellKernel(process);
  }
  return {
    scheduler,
    root,
    tty,
    byPid,
    fifos,
    fork(parent, own) {
      const pid = scheduler.nextPid();
      const process: Process = {
        pid,
        ppid: parent?.pid ?? 1,
        task: own || !parent ? pid : parent.task,
        parent,
        name: parent?.name ?? '',
        argv: parent?.argv ?? [],
        uid: parent?.uid ?? 0,
        cwd: parent?.cwd ?? rootPlace(root),
        umask: parent?.umask ?? 0o022,
        oom_score_adj: parent?.oom_score_adj ?? 0,
        membind: parent?.membind ?? 0,
        memlock: parent?.memlock ?? { soft: scheduler.memlock ?? MLOCK_LIMIT, hard: scheduler.memlock ?? MLOCK_LIMIT },
        fds: parent ? copyFds(parent.fds) : new Map(),
        background: parent?.background ?? false,
        ignored: new Set(parent?.ignored),
        caught: new Set(),
        pending: [],
        killed: 0,
        inKernel: 0,
        exit: undefined,
        depth: own || !parent ? 0 : parent.depth + 4,
      };
      byPid.set(pid, process);
      return process;
    },
    addKthread(pid, name) {
      if (byPid.has(pid)) return;
      byPid.set(pid, {
        pid, ppid: KTHREADD, task: pid, parent: undefined, name, argv: [`[${name}]`], uid: 0, cwd: rootPlace(root), umask: 0o022, oom_score_adj: 0, membind: 0, memlock: { soft: MLOCK_LIMIT, hard: MLOCK_LIMIT }, fds: new Map(), background: true,
        ignored: new Set(Object.values(SIGNALS)), caught: new Set(), pending: [], killed: 0, inKernel: 0, exit: undefined, depth: 0,
      });
    },
    removeKthread: (pid) => { byPid.delete(pid); },
    run,
    start(process, thread) {
      scheduler.start(process.pid, process.name, taskOf(process, thread));
    },
    rests(process, again) {
      if (process.task === process.pid) scheduler.rests?.(() => taskOf(process, again()));
    },
    abandon: (process) => finish(process, { status: 0, signal: 0 }),
    kill(pid, signal, uid = 0) {
      const process = byPid.get(pid);
      if (!process) return scheduler.kill?.(pid, signal) ?? -ERRNO.ESRCH;
      if (uid !== 0 && uid !== process.uid) return -ERRNO.EPERM;
      send(process, signal);
      return 0;
    },
    send,
    flushSignals(process) {
      if (process.killed === 0 && process.pending.length === 0) return;
      process.killed = 0;
      process.pending = [];
      tellKernel(process);
    },
    takeSignal(process) {
      const signal = process.pending.shift() ?? 0;
      if (signal !== 0) tellKernel(process);
      return signal;
    },
    *wait(waiter, child) {
      while (!child.exit) {
        if (waiter.pending.length > 0) return -ERRNO.EINTR;
        yield* scheduler.park(() => child.exit !== undefined || interrupted(waiter));
        if (waiter.killed !== 0) yield;
      }
      return 0;
    },
  };
}
