/** Listening to uevents: messages of the kernel, and those udevd sends when the rules have been run. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { SIGNALS } from '../../../kernel/signal.ts';
import { readFile, type Sys } from '../../program.ts';
import { setAttribute } from './device.ts';

export const RUN_DIR = '/run/udev';
const FILES = { kernel: `${RUN_DIR}/netlink.kernel`, udev: `${RUN_DIR}/netlink.udev`, all: `${RUN_DIR}/netlink` } as const;
const MESSAGE_MAX = 8192;

export interface UeventMessage {
  readonly source: 'KERNEL' | 'UDEV';
  /** When it was sent (ns since boot). */
  readonly time: number;
  readonly properties: ReadonlyMap<string, string>;
}
/** A descriptor that hears what is sent from now on; -errno. */
export function listen(sys: Sys, to: keyof typeof FILES): number {
  const fd = sys.open(FILES[to], { read: true });
  const stat = fd < 0 ? fd : sys.fstat(fd);
  if (typeof stat === 'number') return stat;
  sys.lseek(fd, stat.size);
  return fd;
}
/** Waits for the next message; -EINTR when a signal came. */
export function* receive(sys: Sys, fd: number): Kthread<UeventMessage | number> {
  const got = yield* sys.read(fd, MESSAGE_MAX);
  if (typeof got === 'number') return got;
  const [end = '0', head = '', ...lines] = got.split('\n');
  sys.lseek(fd, Number(end));
  const [source, time] = head.split(' ');
  const properties = new Map(lines.filter((l) => l.includes('=')).map((l): [string, string] => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1)]));
  return { source: source === 'UDEV' ? 'UDEV' : 'KERNEL', time: Number(time), properties };
}
export function* send(sys: Sys, properties: ReadonlyMap<string, string>): Kthread<void> {
  yield* setAttribute(sys, FILES.udev, [...properties].map(([key, value]) => `${key}=${value}\n`).join(''));
}

/** pid of the udevd that runs, 0 = none. */
export function* daemonPid(sys: Sys): Kthread<number> {
  const text = yield* readFile(sys, `${RUN_DIR}/pid`);
  const pid = typeof text === 'string' ? Number(text) : 0;
  return pid > 0 && sys.kill(pid, 0) === 0 ? pid : 0;
}
/** Number of the last event: of the kernel, and of those udevd is through with. */
export function* seqnums(sys: Sys): Kthread<{ readonly kernel: number; readonly udev: number }> {
  const number = function* (path: string): Kthread<number> {
    const text = yield* readFile(sys, path);
    return typeof text === 'string' ? Number(text) : 0;
  };
  return { kernel: yield* number('/sys/kernel/uevent_seqnum'), udev: yield* number(`${RUN_DIR}/seqnum`) };
}
export { SIGNALS };
