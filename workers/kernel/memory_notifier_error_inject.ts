/**
 * Mirrors: lib/memory-notifier-error-inject.c, lib/notifier-error-inject.c (6.1.192): a listener that refuses when told to, driven by files of debugfs.
 */
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { MEM_ACTION_NAMES, MEM_GOING_OFFLINE, MEM_GOING_ONLINE } from '../uapi/memory_block.ts';
import { NOTIFIER_USER_BASE, NOTIFY_OK } from '../uapi/notifiers.ts';
import { dirOf, type DirNode, type FileNode } from './vnode.ts';
import type { Kthread } from './kthread.ts';
import { notifier_from_errno, type NotifierChain } from './notifier.ts';

const MAX_ERRNO = 4095;

interface Log {
  printk(level: number, line: string): void;
}

/** Registers the listener with a priority. `dir`: for /sys/kernel/debug/notifier-error-inject; `exit` unregisters it. */
export function memory_notifier_error_inject(mm: Log, chain: NotifierChain, priority = 0): { readonly dir: DirNode; readonly exit: () => void } {
  const errors = remember(new Map([[MEM_GOING_ONLINE, 0], [MEM_GOING_OFFLINE, 0]]));
  chain.register({
    id: NOTIFIER_USER_BASE, name: 'notifier_err_inject_callback', priority,
    notifier_call(action) {
      const error = errors.get(action) ?? 0;
      if (error !== 0) mm.printk(6, `Injecting error (${error}) to ${MEM_ACTION_NAMES[action]}`);
      return error === 0 ? NOTIFY_OK : notifier_from_errno(error);
    },
  });
  /** Signed decimal or 0x…; out of range is brought into -4095 … 0. */
  const errorFile = (action: number): FileNode => ({
    kind: 'file', mode: 0o644, snapshot: true, size: () => 0,
    read: (offset, count) => `${errors.get(action)}\n`.slice(offset, offset + count),
    *write(data): Kthread<number> {
      const text = data.trim();
      if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(text)) return -ERRNO.EINVAL;
      const value = text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
      errors.set(action, Math.max(-MAX_ERRNO, Math.min(0, value)) || 0);
      return data.length;
    },
  });
  const action = (of: number): DirNode => {
    const file = errorFile(of);
    return dirOf(0o755, () => ({ error: file }));
  };
  const actions = { MEM_GOING_OFFLINE: action(MEM_GOING_OFFLINE), MEM_GOING_ONLINE: action(MEM_GOING_ONLINE) };
  const memory = { actions: dirOf(0o755, () => actions) };
  const top = { memory: dirOf(0o755, () => memory) };
  return { dir: dirOf(0o755, () => top), exit: () => { chain.unregister(NOTIFIER_USER_BASE); } };
}
