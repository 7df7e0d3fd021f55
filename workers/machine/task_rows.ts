/** Rows of TASK for the threads of the run queue: what a kernel path notes about where it stands is found under the thread that runs it. */
import type { RunQueue } from '../kernel/sched.ts';
import type { Tables } from '../uapi/layout.ts';

export interface TaskRows {
  /** Row of the running thread; 0 when none runs (boot, the board). */
  current(): number;
  attach(t: Tables): void;
}

export function createTaskRows(queue: Pick<RunQueue, 'current'>): TaskRows {
  let tables: Tables | undefined;
  /** Where the last one was found: asked for with every event. */
  let last = 0;
  return {
    current() {
      const pid = queue.current();
      if (pid === 0 || tables === undefined) return 0;
      const { pid: pids, fn, phase, pfn, pass } = tables.task;
      if (pids[last] === pid) return last;
      let row = pids.indexOf(pid, 1);
      if (row < 0) {
        // A row is the thread's for good unless another needs it: pids are not used twice, and nothing but the newest 63 threads can be asked for.
        row = 1 + (pid % (pids.length - 1));
        pids[row] = pid;
        fn[row] = phase[row] = pfn[row] = pass[row] = 0;
      }
      last = row;
      return row;
    },
    attach: (t) => {
      tables = t;
    },
  };
}
