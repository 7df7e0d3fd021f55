/** A device as rules see it: a directory of /sys with a uevent file, its attributes and its parents. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { readFile, type Sys } from '../../program.ts';

const SYS = '/sys';
/** Longest attribute udev reads. */
const ATTRIBUTE_MAX = 4096;

export interface Device {
  /** Without /sys. */
  readonly devpath: string;
  readonly subsystem: string;
}
export const sysnameOf = (devpath: string): string => devpath.slice(devpath.lastIndexOf('/') + 1);
/** Digits at the end of its name: $number. */
export const sysnumOf = (devpath: string): string => /\d*$/.exec(devpath)?.[0] ?? '';

/** An attribute's text without white space at its end; undefined: there is none, or it cannot be read. A link gives the last name of its target. */
export function* attribute(sys: Sys, devpath: string, name: string): Kthread<string | undefined> {
  const path = `${SYS}${devpath}/${name}`;
  const stat = sys.lstat(path);
  if (typeof stat === 'number') return undefined;
  if (stat.kind === 'link') {
    const target = sys.readlink(path);
    return typeof target === 'string' ? sysnameOf(target) : undefined;
  }
  if (stat.kind !== 'file') return undefined;
  const text = yield* readFile(sys, path);
  return typeof text === 'string' ? text.slice(0, ATTRIBUTE_MAX) : undefined;
}
/** Writes an attribute: 0 or -errno. */
export function* setAttribute(sys: Sys, path: string, value: string): Kthread<number> {
  const fd = sys.open(path, { write: true });
  if (fd < 0) return fd;
  const ret = yield* sys.write(fd, value);
  sys.close(fd);
  return Math.min(0, ret);
}

export function subsystemOf(sys: Sys, devpath: string): string {
  const link = sys.readlink(`${SYS}${devpath}/subsystem`);
  return typeof link === 'string' ? sysnameOf(link) : '';
}
/** The device that a path or a name below /sys stands for; undefined: no such device. */
export function deviceAt(sys: Sys, word: string): Device | undefined {
  let devpath = (word.startsWith(`${SYS}/`) ? word.slice(SYS.length) : word.startsWith('/') ? word : `/${word}`).replace(/\/+$/, '');
  const link = sys.readlink(SYS + devpath);
  if (typeof link === 'string') {
    const parts: string[] = [];
    for (const name of `${devpath.slice(0, devpath.lastIndexOf('/'))}/${link}`.split('/')) if (name === '..') parts.pop(); else if (name !== '' && name !== '.') parts.push(name);
    devpath = `/${parts.join('/')}`;
  }
  return typeof sys.stat(`${SYS}${devpath}/uevent`) === 'number' ? undefined : { devpath, subsystem: subsystemOf(sys, devpath) };
}
/** Devices above it, nearest first. */
export function parentsOf(sys: Sys, devpath: string): Device[] {
  const found: Device[] = [];
  for (let at = devpath.lastIndexOf('/'); at > 0; at = devpath.lastIndexOf('/', at - 1)) {
    const path = devpath.slice(0, at);
    if (typeof sys.stat(`${SYS}${path}/uevent`) !== 'number') found.push({ devpath: path, subsystem: subsystemOf(sys, path) });
  }
  return found;
}
