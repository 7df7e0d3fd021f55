/** Entering and leaving the functions of the call path (uapi/functions.ts) from kernel paths. */
import type { Kthread } from '../kernel/kthread.ts';
import { FN, type FunctionName } from '../uapi/functions.ts';
import { EV } from '../uapi/trace.ts';
import type { Mm } from './mm.ts';

/** A function that does its work at once: entered and left, with no place to stop between. Value: the work's; a number is what the trace says it returned. */
export function called<T>(mm: Mm, fn: FunctionName, work: () => T, a = 0, b = 0): T {
  mm.trace(EV.sim_func_entry, FN[fn], a, b);
  const ret = work();
  mm.trace(EV.sim_func_exit, FN[fn], typeof ret === 'number' ? ret : 0);
  return ret;
}
/** The same around a path that may stop. Entering and leaving are no stops. */
export function* within<T>(mm: Mm, fn: FunctionName, body: Kthread<T>, a = 0, b = 0): Kthread<T> {
  mm.trace(EV.sim_func_entry, FN[fn], a, b);
  const ret = yield* body;
  mm.trace(EV.sim_func_exit, FN[fn], typeof ret === 'number' ? ret : 0);
  return ret;
}
/** A function whose work nobody can see here: it is on the path, and that is all. */
export function passed(mm: Mm, fn: FunctionName, a = 0, b = 0): void {
  mm.trace(EV.sim_func_entry, FN[fn], a, b);
  mm.trace(EV.sim_func_exit, FN[fn], 0);
}
