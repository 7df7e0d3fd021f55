/** Mirrors: drivers/char/mem.c (6.1): the devices every script takes for granted. /dev/stdin and its kin are names of descriptors, which open(2) resolves. */
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { type DirNode, dirOf, type FileNode, linkTo } from '../kernel/vnode.ts';

const device = (read: FileNode['read'], write: (data: string) => number, mode = 0o666): FileNode => ({
  kind: 'file',
  mode,
  special: 'char',
  size: () => 0,
  read,
  *write(data): Kthread<number> {
    return write(data);
  },
});

/** /dev. `kmsg`: a line written to /dev/kmsg goes to the kernel log; `log`: what reading it gives. */
export function devDir(kmsg: { write(line: string): void; read(): string }): DirNode {
  const all = (data: string): number => data.length;
  const entries = {
    null: device(() => '', all),
    zero: device((_, count) => '\0'.repeat(count), all),
    full: device(
      (_, count) => '\0'.repeat(count),
      () => -ERRNO.ENOSPC,
    ),
    tty: device(() => '', all),
    kmsg: device(
      // A reader at the end waits for the next line; with O_NONBLOCK it is told that there is none.
      (offset, count) => {
        const all = kmsg.read();
        return offset >= all.length ? -ERRNO.EAGAIN : all.slice(offset, offset + count);
      },
      (data) => {
        kmsg.write(data.replace(/\n$/, ''));
        return data.length;
      },
      0o644,
    ),
    stdin: linkTo('/proc/self/fd/0'),
    stdout: linkTo('/proc/self/fd/1'),
    stderr: linkTo('/proc/self/fd/2'),
    fd: linkTo('/proc/self/fd'),
  };
  return dirOf(0o755, () => entries);
}
