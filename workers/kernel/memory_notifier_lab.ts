/**
 * Mirrors: register_memory_notifier() of drivers/base/memory.c (6.1), as a module of one's own would call it: listeners with a name, a priority and a verdict for each action,
 * registered and taken out through files of debugfs. No kernel has this module; the chain it joins is the kernel's.
 */
import { remember } from '../lib/remember.ts';
import { ERRNO, type ErrnoName } from '../uapi/errno.ts';
import { NOTIFIER_USER_BASE, NOTIFIERS, NOTIFY_BAD, NOTIFY_DONE, NOTIFY_OK, NOTIFY_STOP_MASK, notifyWord } from '../uapi/notifiers.ts';
import { dirOf, type DirNode, type FileNode, textFile } from './vnode.ts';
import type { Kthread } from './kthread.ts';
import { notifier_from_errno, type NotifierBlock, type NotifierChain } from './notifier.ts';

/** NOTIFIER_USER_BASE itself belongs to the error-injecting module. */
const FIRST_ID = NOTIFIER_USER_BASE + 1;
const MAX_LISTENERS = 32;
const MAX_ERRNO = 4095;
const VERDICTS: Readonly<Record<string, number>> = { DONE: NOTIFY_DONE, OK: NOTIFY_OK, BAD: NOTIFY_BAD, STOP: NOTIFY_STOP_MASK | NOTIFY_OK };

interface Listener {
  readonly id: number;
  readonly verdicts: ReadonlyMap<number, number>;
}
interface Machine {
  printk(level: number, line: string): void;
  /** The actions of this kernel's chain, by name. */
  readonly actions: Readonly<Record<string, number>>;
}

/** 'OK', 'BAD', '-12', 'ENOMEM', '-EBUSY' → what the callback returns; undefined: none of these. */
function verdictOf(word: string): number | undefined {
  if (Object.hasOwn(VERDICTS, word)) return VERDICTS[word];
  const name = word.replace(/^-/, '');
  const errno = Object.hasOwn(ERRNO, name) ? ERRNO[name as ErrnoName] : /^-\d+$/.test(word) ? Number(name) : 0;
  return errno > 0 && errno <= MAX_ERRNO ? notifier_from_errno(-errno) : undefined;
}

/** `register` takes "NAME PRIORITY [ACTION=VERDICT]…", `unregister` a name; `chain` reads as the chain is called. `exit` takes every listener out. */
export function memory_notifier_lab(mm: Machine, chain: NotifierChain): { readonly dir: DirNode; readonly exit: () => void } {
  const own = remember(new Map<string, Listener>());
  const next = remember({ id: FIRST_ID });
  const refuse = (why: string): number => {
    mm.printk(4, `memory-notifier-lab: ${why}`);
    return -ERRNO.EINVAL;
  };
  function register(text: string): number {
    const [name = '', priority = '0', ...pairs] = text.trim().split(/\s+/);
    if (!/^[A-Za-z_][\w-]{0,31}$/.test(name)) return refuse(`a listener's name is a letter or _, then up to 31 letters, digits, _ or -: not "${name.slice(0, 40)}"`);
    if (own.has(name) || NOTIFIERS.some((n) => n.name === name)) return refuse(`${name} is registered already; write its name to unregister first`);
    if (own.size >= MAX_LISTENERS) return refuse(`${MAX_LISTENERS} listeners are registered, and there is no room for more`);
    if (!/^-?\d{1,9}$/.test(priority)) return refuse(`a priority is a whole number, higher is called earlier: not "${priority.slice(0, 40)}"`);
    const verdicts = new Map<number, number>();
    for (const pair of pairs) {
      const [action = '', word = ''] = pair.split('=', 2);
      if (!Object.hasOwn(mm.actions, action)) return refuse(`this chain has no action "${action.slice(0, 40)}"; it has ${Object.keys(mm.actions).join(' ')}`);
      const verdict = verdictOf(word);
      if (verdict === undefined) return refuse(`a verdict is OK, DONE, BAD, STOP or an errno such as -12 or ENOMEM: not "${word.slice(0, 40)}"`);
      verdicts.set(mm.actions[action] as number, verdict);
    }
    const id = next.id++;
    own.set(name, { id, verdicts });
    const block: NotifierBlock = { id, name, priority: Number(priority), notifier_call: (action) => verdicts.get(action) ?? NOTIFY_OK };
    chain.register(block);
    return text.length;
  }
  function unregister(text: string): number {
    const name = text.trim();
    const listener = own.get(name);
    if (listener === undefined) return -ERRNO.ENOENT;
    chain.unregister(listener.id);
    own.delete(name);
    return text.length;
  }
  /** Priority, name, and for one's own the verdicts that are not OK. */
  const line = ({ id, name, priority }: NotifierBlock): string => {
    const words = Object.entries(mm.actions).flatMap(([action, bit]) => {
      const verdict = own.get(name)?.verdicts.get(bit);
      return verdict === undefined ? [] : [`${action}=${notifyWord(verdict).replace('errno ', '-')}`];
    });
    return `${String(priority).padStart(4)} ${[name, ...(id >= FIRST_ID ? ['(own)', ...words] : [])].join(' ')}\n`;
  };
  const store = (take: (text: string) => number): FileNode => ({
    kind: 'file', mode: 0o200, size: () => 0, read: () => -ERRNO.EIO,
    *write(data): Kthread<number> {
      return take(data);
    },
    truncate: () => 0,
  });
  const files = { chain: textFile(0o444, () => chain.blocks.map(line).join('')), register: store(register), unregister: store(unregister) };
  return {
    dir: dirOf(0o755, () => files),
    exit: () => {
      for (const { id } of own.values()) chain.unregister(id);
      own.clear();
    },
  };
}
