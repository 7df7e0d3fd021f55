/**
 * Mirrors: kernel/sched/core.c (6.1), as far as order matters: tasks take turns, one step each; when all wait, the clock jumps to the first that is due.
 * Deterministic: nothing but the tasks and their order decides.
 */
import { remember } from '../lib/remember.ts';
import type { Kthread } from './kthread.ts';
import type { Scheduler } from './process.ts';

/** A thread and what it waits for. */
export class Task {
  readonly pid: number;
  ready: (() => boolean) | undefined = undefined;
  until = Number.POSITIVE_INFINITY;
  /** Makes a thread that comes to the wait in which it is in its first turn. Undefined: nobody knows how. */
  again: (() => Kthread<void>) | undefined = undefined;
  /** Private, so that putting a machine back does not put them back: a generator cannot go back. */
  #thread: Kthread<void>;
  #stands: Stand = { at: 0, line: 0 };
  constructor(pid: number, thread: Kthread<void>) {
    this.pid = pid;
    this.#thread = thread;
  }
  stands(): Stand {
    return this.#stands;
  }
  /** One turn. True: the thread has ended. */
  turn(): boolean {
    return this.#thread.next().done === true;
  }
  stood(stands: Stand): void {
    this.#stands = stands;
  }
  /** A thread in the place of the one it had; after its first turn it stands where that one stood. */
  renew(thread: Kthread<void>, stands: Stand): void {
    this.#thread = thread;
    this.turn();
    this.#stands = stands;
  }
}
/** Where a thread stands: the machine's turn at the end of its own last one (which does not depend on how runs were cut), and the line of time on which that was. */
export interface Stand {
  readonly at: number;
  readonly line: number;
}
export interface RunQueue extends Scheduler {
  /** Lets up to `steps` steps happen; sleepers move the clock on, but not past `until` (ns); after each step `enough` may end it. True: there is more to do. */
  run(steps: number, until?: number, enough?: () => boolean): boolean;
  /**
   * The running task stands between two steps. True: it may go on as if it had yielded and been picked again, which is then counted as a turn; false: it has to yield, because
   * somebody else can run, or this run ends here. Outside of a run: true.
   */
  goOn(): boolean;
  /** How many times goOn() would let the running task go on from here, if each step takes so long (ns) and what ends this run is not asked. Outside of a run: without end. */
  stepsAhead(ns: number): number;
  /** So many steps of that kind were taken: turns are counted, and time passes. */
  stepsTaken(n: number, ns: number): void;
  /** Work was done that takes this long (ns). Timers that fall due meanwhile go off at their times. */
  charge(ns: number): void;
  /** A timer: `work` is called when the clock reaches `at` (ns since boot). It does not make time pass, sleepers and work do. */
  later(at: number, work: () => void): void;
  /** Threads under way. */
  tasks(): number;
  /** A thread has work, or wakes by itself: what only waits for somebody else is at rest. */
  busy(): boolean;
  threads(): readonly Task[];
  /** A task waits, and what it waits for has not happened. */
  waits(task: Task): boolean;
  /** A new thread for a task that waits, in the place of one that went on. What its first turn does to the machine is undone by whoever asks for it. */
  renew(task: Task, again: () => Kthread<void>, stands: Stand): void;
  /** From now on turns are taken on this line of time. */
  onLine(line: number): void;
  /** Turns taken by all threads since boot: places where the machine can stop, counted. */
  steps(): number;
  /** pid whose thread runs now. */
  current(): number;
  /** Signal waiting for a task, 0 = none. */
  pendingSignal(pid: number): number;
}

interface Rq {
  /** ns since boot. */
  now: number;
  pid: number;
  tasks: readonly Task[];
  running: Task | undefined;
  readonly signals: Map<number, number>;
  timers: readonly { readonly at: number; readonly work: () => void }[];
  /** Turns taken since boot. */
  steps: number;
}

/** @param epoch seconds since 1970 at boot */
export function createRunQueue(epoch = 0, firstPid = 100): RunQueue {
  const rq = remember<Rq>({ now: 0, pid: firstPid, tasks: [], running: undefined, signals: new Map(), timers: [], steps: 0 });
  /** The clock moves on; timers on the way go off, the earliest first. */
  function advanceTo(time: number): void {
    while (rq.timers.length > 0) {
      const next = rq.timers.reduce<Rq['timers'][number] | undefined>((first, t) => (first === undefined || t.at < first.at ? t : first), undefined);
      if (next === undefined || next.at > time) break;
      rq.timers = rq.timers.filter((t) => t !== next);
      rq.now = Math.max(rq.now, next.at);
      next.work();
    }
    rq.now = Math.max(rq.now, time);
  }
  /** Of the run under way: turns left, its end, and whether it has had enough, where that was asked before the turn was over. */
  let left = 0;
  let end = Number.POSITIVE_INFINITY;
  let stop: () => boolean = () => false;
  let stopped: boolean | undefined;
  /** Which line of time is lived: its history's business, and none of the machine's. */
  let line = 0;
  const runnable = (task: Task): boolean => task.ready === undefined || task.until <= rq.now || task.ready();
  /** All but the running task wait. */
  function othersWait(): boolean {
    const { tasks, running } = rq;
    for (let i = 0; i < tasks.length; i++) if (tasks[i] !== running && runnable(tasks[i] as Task)) return false;
    return true;
  }
  function step(task: Task): void {
    task.ready = undefined;
    task.until = Number.POSITIVE_INFINITY;
    rq.steps++;
    rq.running = task;
    const ended = task.turn();
    task.stood({ at: rq.steps, line });
    rq.running = undefined;
    if (ended) rq.tasks = rq.tasks.filter((t) => t !== task);
  }
  return {
    nextPid: () => rq.pid++,
    start: (id, _name, thread) => { rq.tasks = [...rq.tasks, new Task(id, thread)]; },
    *park(ready, until = Number.POSITIVE_INFINITY) {
      const task = rq.running as Task;
      task.ready = ready;
      task.until = until;
      yield;
    },
    monotonic: () => rq.now,
    realtime: () => epoch + rq.now / 1e9,
    signalPending: (task, signal) => { rq.signals.set(task, signal); },
    pendingSignal: (id) => rq.signals.get(id) ?? 0,
    tasks: () => rq.tasks.length,
    busy: () => rq.tasks.some((task) => runnable(task) || task.until < Number.POSITIVE_INFINITY),
    steps: () => rq.steps,
    threads: () => rq.tasks,
    waits: (task) => task.ready !== undefined && !runnable(task),
    renew(task, again, stands) {
      rq.running = task;
      task.ready = undefined;
      task.renew(again(), stands);
      rq.running = undefined;
      if (task.ready === undefined) throw new Error(`the thread of task ${task.pid} said that it would wait at once, and did not`);
    },
    onLine: (to) => {
      line = to;
    },
    rests(again) {
      if (rq.running) rq.running.again = again;
    },
    current: () => rq.running?.pid ?? 0,
    goOn() {
      if (rq.running === undefined) return true;
      stopped = stop();
      if (stopped || left <= 0 || rq.now >= end || !othersWait()) return false;
      stopped = undefined;
      left--;
      rq.steps++;
      return true;
    },
    stepsAhead(ns) {
      if (rq.running === undefined) return Number.POSITIVE_INFINITY;
      if (!othersWait()) return 0;
      // What the others wait for is no page that moves: until then only time can wake them.
      const due = Math.min(rq.timers.reduce((first, t) => Math.min(first, t.at), end), ...rq.tasks.map((t) => (t === rq.running ? end : t.until)));
      // Not up to the moment itself: what is due there goes first.
      return Math.max(0, Math.min(left, Math.ceil((due - rq.now) / ns) - 1));
    },
    stepsTaken(n, ns) {
      if (rq.running === undefined) return;
      rq.steps += n;
      left -= n;
      rq.now += n * ns;
    },
    charge: (ns) => advanceTo(rq.now + ns),
    later: (at, work) => {
      rq.timers = [...rq.timers, { at, work }];
    },
    run(steps, until = Number.POSITIVE_INFINITY, enough = () => false) {
      left = steps;
      end = until;
      stop = enough;
      while (rq.tasks.length > 0) {
        // Before anybody's sleep is over: where it stops the clock stands as the last turn left it.
        if (left <= 0) return true;
        const { tasks } = rq;
        const at = tasks.findIndex(runnable);
        if (at < 0) {
          const sleeper = Math.min(...tasks.map((t) => t.until));
          if (sleeper === Number.POSITIVE_INFINITY) return false;
          // A timer on the way may start a thread that runs before the sleeper wakes.
          const due = Math.min(sleeper, ...rq.timers.map((t) => t.at));
          advanceTo(Math.min(due, until));
          if (due > until) return true;
          continue;
        }
        if (rq.now >= until) return true;
        left--;
        const task = tasks[at] as Task;
        // It goes to the end of the queue, so that everybody has a turn however few steps are asked for at a time.
        if (tasks.length > 1) rq.tasks = [...tasks.slice(0, at), ...tasks.slice(at + 1), task];
        step(task);
        const had = stopped ?? enough();
        stopped = undefined;
        if (had) return rq.tasks.length > 0;
      }
      return false;
    },
  };
}
