/** Mirrors: memory_notify() of drivers/base/memory.c (6.1): the memory notifier chain is called, and each answer is an event. */
import type { Kthread } from '../kernel/kthread.ts';
import type { MemoryNotify } from '../kernel/notifier.ts';
import { FN } from '../uapi/functions.ts';
import { NOTIFIER_USER_BASE } from '../uapi/notifiers.ts';
import { EV } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';

/** TEXT row + 1 of the name of a listener that is not in tree; 0: the number says it. */
const nameOf = ({ mm, memory_chain }: Kernel, id: number): number => (id < NOTIFIER_USER_BASE ? 0 : mm.note(memory_chain.blocks.find((block) => block.id === id)?.name ?? '') + 1);

/** Value: the last answer of the round (NOTIFY_*). */
export function* memory_notify(k: Kernel, action: number, arg: MemoryNotify): Kthread<number> {
  const { mm } = k;
  mm.trace(EV.sim_func_entry, FN.memory_notify, action);
  mm.trace(EV.notify, action, arg.start_pfn, arg.nr_pages, arg.status_change_nid_normal, arg.status_change_nid);
  if (mm.cond_resched()) yield;
  const ret = yield* k.memory_chain.call_chain(action, arg, (id, answer) => mm.trace(EV.sim_notifier_call, id, action, answer, nameOf(k, id)));
  mm.trace(EV.notify_ret, ret, action);
  mm.trace(EV.sim_func_exit, FN.memory_notify, ret);
  if (mm.cond_resched()) yield;
  return ret;
}
