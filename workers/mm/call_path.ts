/**
 * Mirrors: what function_graph of kernel/trace (6.1) sees of a kernel path: functions of uapi/functions.ts are entered and left, and between any two of them a path can be stopped.
 * Where nobody else wants to run and the host wants more, a path goes on at such a place without stopping (Mm.cond_resched): what happens is the same, and a path of fifty functions is not
 * left and entered anew for each event.
 * Left out: functions that only pass a call on. Why: the path is to be read.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { FN, type FunctionName } from '../uapi/functions.ts';
import { EV } from '../uapi/trace.ts';
import type { Mm } from './mm.ts';

/** A function that does its work at once, for callers that cannot stop. Value: the work's; a number is what the trace says it returned. */
export function noted<T>(mm: Mm, fn: FunctionName, work: () => T, a = 0, b = 0): T {
  mm.trace(EV.sim_func_entry, FN[fn], a, b);
  const ret = work();
  mm.trace(EV.sim_func_exit, FN[fn], typeof ret === 'number' ? ret : 0);
  return ret;
}
/** The same, with places to stop before the work and behind it. */
export function* called<T>(mm: Mm, fn: FunctionName, work: () => T, a = 0, b = 0): Kthread<T> {
  mm.trace(EV.sim_func_entry, FN[fn], a, b);
  if (mm.cond_resched()) yield;
  const ret = work();
  mm.trace(EV.sim_func_exit, FN[fn], typeof ret === 'number' ? ret : 0);
  if (mm.cond_resched()) yield;
  return ret;
}
/** A function that is a path itself. */
export function* within<T>(mm: Mm, fn: FunctionName, body: Kthread<T>, a = 0, b = 0): Kthread<T> {
  mm.trace(EV.sim_func_entry, FN[fn], a, b);
  if (mm.cond_resched()) yield;
  const ret = yield* body;
  mm.trace(EV.sim_func_exit, FN[fn], typeof ret === 'number' ? ret : 0);
  if (mm.cond_resched()) yield;
  return ret;
}
/** A function whose work nobody can see here: it is on the path, and that is all. */
export const passed = (mm: Mm, fn: FunctionName, a = 0, b = 0): Kthread<void> => called(mm, fn, () => {}, a, b);
