/**
 * Mirrors: kernel/kthread.c, kernel/sched/core.c (6.1), as far as order matters. Long kernel paths are generators: every `yield` is a place where the machine may be
 * paused, a signal noticed and another task run. What such a path must not lose across a pause it keeps in its row of TASK.
 */
export type Kthread<T> = Generator<void, T, void>;

/** Runs a kernel path to its end without pausing. For tests and for system calls that cannot sleep. */
export function runToEnd<T>(thread: Kthread<T>): T {
  for (;;) {
    const step = thread.next();
    if (step.done) return step.value;
  }
}
