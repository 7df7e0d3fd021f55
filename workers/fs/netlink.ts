/**
 * Mirrors: the two groups of NETLINK_KOBJECT_UEVENT (lib/kobject_uevent.c, 6.1, and udevd's own messages). There are no sockets here: each group is a file that is read message by
 * message, waits at its end, and starts for everybody where it is opened. What nobody has read after a while is dropped, as a full socket buffer drops it.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { FileNode } from '../kernel/vnode.ts';

export const GROUP_KERNEL = 1;
export const GROUP_UDEV = 2;

interface Message {
  readonly group: number;
  /** Bytes sent before it. */
  readonly at: number;
  readonly text: string;
}
const KEPT = 1024;

export interface UeventSocket {
  /** A message for a group: lines `KEY=VALUE`, behind one with the group's name and the time in ns. */
  send(group: number, properties: Readonly<Record<string, string>>): void;
  /** The file of some groups (a sum of GROUP_*). Written to, it sends to `writes`. */
  file(groups: number, writes?: number): FileNode;
}

/** @param now ns since boot */
export function createUeventSocket(now: () => number): UeventSocket {
  const queue = remember<{ messages: Message[]; end: number }>({ messages: [], end: 0 });
  function put(group: number, lines: string): void {
    const text = `${group === GROUP_KERNEL ? 'KERNEL' : 'UDEV'} ${now()}\n${lines}`;
    queue.messages = [...queue.messages.slice(-KEPT + 1), { group, at: queue.end, text }];
    queue.end += text.length;
  }
  return {
    send: (group, properties) => put(group, Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join('')),
    file: (groups, writes = 0) => ({
      kind: 'file', mode: 0o600, special: 'char',
      size: () => queue.end,
      // An offset between two messages of these groups means the next of them; the reader's offset then lags behind, which the message's own place makes up for.
      read: (offset, count) => {
        const next = queue.messages.find((m) => (m.group & groups) !== 0 && m.at >= offset);
        if (next === undefined) return -ERRNO.EAGAIN;
        return count === 0 ? '' : `${next.at + next.text.length}\n${next.text}`.slice(0, count);
      },
      ...(writes !== 0 && {
        *write(data: string): Kthread<number> {
          put(writes, data);
          return data.length;
        },
      }),
    }),
  };
}
