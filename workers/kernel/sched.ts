/**
 * Mirrors: kernel/sched/core.c (6.1), as far as order matters: tasks take turns, one step each; when all wait, the clock jumps to the first that is due.
 * Deterministic: nothing but the tasks and their order decides.
 */
import type { Kthread } from './kthread.ts';
import type { Scheduler } from './process.ts';

interface Task {
  readonly pid: number;
  readonly thread: Kthread<void>;
  ready: (() => boolean) | undefined;
  until: number;
}
export interface RunQueue extends Scheduler {
  /** Lets up to `steps` steps happen; sleepers move the clock on, but not past `until` (ns); after each step `enough` may end it. True: there is more to do. */
  run(steps: number, until?: number, enough?: () => boolean): boolean;
  /** Work was done that takes this long (ns). Timers that fall due meanwhile go off at their times. */
  charge(ns: number): void;
  /** A timer: `work` is called when the clock reaches `at` (ns since boot). It does not make time pass, sleepers and work do. */
  later(at: number, work: () => void): void;
  /** Threads under way. */
  tasks(): number;
  /** pid whose thread runs now. */
  current(): number;
  /** Signal waiting for a task, 0 = none. */
  pendingSignal(pid: number): number;
}

/** @param epoch seconds since 1970 at boot */
export function createRunQueue(epoch = 0, firstPid = 100): RunQueue {
  let now = 0;
  let pid = firstPid;
  let tasks: Task[] = [];
  let running: Task | undefined;
  const signals = new Map<number, number>();
  let timers: { readonly at: number; readonly work: () => void }[] = [];
  /** The clock moves on; timers on the way go off, the earliest first. */
  function advanceTo(time: number): void {
    for (;;) {
      const next = timers.reduce<(typeof timers)[number] | undefined>((first, t) => (first === undefined || t.at < first.at ? t : first), undefined);
      if (next === undefined || next.at > time) break;
      timers = timers.filter((t) => t !== next);
      now = Math.max(now, next.at);
      next.work();
    }
    now = Math.max(now, time);
  }
  const runnable = (task: Task): boolean => task.ready === undefined || task.until <= now || task.ready();
  function step(task: Task): void {
    task.ready = undefined;
    task.until = Number.POSITIVE_INFINITY;
    running = task;
    const { done } = task.thread.next();
    running = undefined;
    if (done) tasks = tasks.filter((t) => t !== task);
  }
  return {
    nextPid: () => pid++,
    start: (id, _name, thread) => { tasks = [...tasks, { pid: id, thread, ready: undefined, until: Number.POSITIVE_INFINITY }]; },
    *park(ready, until = Number.POSITIVE_INFINITY) {
      const task = running as Task;
      task.ready = ready;
      task.until = until;
      yield;
    },
    monotonic: () => now,
    realtime: () => epoch + now / 1e9,
    signalPending: (task, signal) => { signals.set(task, signal); },
    pendingSignal: (id) => signals.get(id) ?? 0,
    tasks: () => tasks.length,
    current: () => running?.pid ?? 0,
    charge: (ns) => advanceTo(now + ns),
    later: (at, work) => {
      timers = [...timers, { at, work }];
    },
    run(steps, until = Number.POSITIVE_INFINITY, enough = () => false) {
      for (let left = steps; tasks.length > 0; ) {
        const at = tasks.findIndex(runnable);
        if (at < 0) {
          const sleeper = Math.min(...tasks.map((t) => t.until));
          if (sleeper === Number.POSITIVE_INFINITY) return false;
          // A timer on the way may start a thread that runs before the sleeper wakes.
          const due = Math.min(sleeper, ...timers.map((t) => t.at));
          advanceTo(Math.min(due, until));
          if (due > until) return true;
          continue;
        }
        if (left-- <= 0 || now >= until) return true;
        const task = tasks[at] as Task;
        // It goes to the end of the queue, so that everybody has a turn however few steps are asked for at a time.
        if (tasks.length > 1) tasks = [...tasks.slice(0, at), ...tasks.slice(at + 1), task];
        step(task);
        if (enough()) return tasks.length > 0;
      }
      return false;
    },
  };
}
