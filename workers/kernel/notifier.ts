/**
 * Mirrors: kernel/notifier.c (6.1): a blocking notifier chain. Higher priority first, equals in order of registration; a STOP bit ends the round.
 * Left out: the lock, and counting of calls. Why: one task at a time runs here.
 */
import { NOTIFY_DONE, NOTIFY_STOP_MASK } from '../uapi/notifiers.ts';
import { remember } from '../lib/remember.ts';
import type { Kthread } from './kthread.ts';

export interface NotifierBlock {
  /** `callback` of sim_notifier_call: row of NOTIFIERS, or from NOTIFIER_USER_BASE on. */
  readonly id: number;
  readonly name: string;
  readonly priority: number;
  /** NOTIFY_*, or notifier_from_errno(). May do work that emits events. */
  notifier_call(action: number, arg: MemoryNotify): number;
}
/** struct memory_notify. pfns and pages; -1 = no node changes. */
export interface MemoryNotify {
  readonly start_pfn: number;
  readonly nr_pages: number;
  readonly status_change_nid_normal: number;
  readonly status_change_nid: number;
}
export interface NotifierChain {
  readonly blocks: readonly NotifierBlock[];
  register(block: NotifierBlock): void;
  unregister(id: number): boolean;
  /** Calls the chain; `called` hears each answer. Value: the last answer given. */
  call_chain(action: number, arg: MemoryNotify, called: (id: number, ret: number) => void): Kthread<number>;
}

/** errno (negative) → the value a callback returns to veto with it; 0 → NOTIFY_OK. */
export const notifier_from_errno = (err: number): number => (err === 0 ? 1 : NOTIFY_STOP_MASK | (1 - err));
/** Value of a round → 0 or -errno. NOTIFY_BAD is -EPERM. */
export const notifier_to_errno = (ret: number): number => {
  const value = ret & ~NOTIFY_STOP_MASK;
  return value > 1 ? 1 - value : 0;
};

export function createNotifierChain(): NotifierChain {
  const blocks = remember<NotifierBlock[]>([]);
  return {
    blocks,
    register(block) {
      const at = blocks.findIndex((b) => b.priority < block.priority);
      blocks.splice(at < 0 ? blocks.length : at, 0, block);
    },
    unregister(id) {
      const at = blocks.findIndex((b) => b.id === id);
      if (at >= 0) blocks.splice(at, 1);
      return at >= 0;
    },
    *call_chain(action, arg, called) {
      let ret = NOTIFY_DONE;
      for (const block of [...blocks]) {
        ret = block.notifier_call(action, arg);
        called(block.id, ret);
        yield;
        if ((ret & NOTIFY_STOP_MASK) !== 0) break;
      }
      return ret;
    },
  };
}
