/**
 * Mirrors: fs/proc/{cpuinfo,cmdline,loadavg,version}.c, arch/x86/kernel/cpu/proc.c, kernel/utsname_sysctl.c, fs/filesystems.c (6.1): files about the machine, not its memory.
 * Left out: what a simulated CPU has no value for (flags, MHz, caches). Why: nothing here would be true of it.
 */
import { remember } from '../../lib/remember.ts';
import type { Mm } from '../../mm/mm.ts';
import { ERRNO } from '../../uapi/errno.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { type DirNode, dirOf, type FileNode, textFile, type VNode } from '../../kernel/vnode.ts';

/** The CPU that QEMU's `-cpu max` shows without hardware support, as the recorded machine had it. */
const CPU: readonly (readonly [string, string])[] = [
  ['vendor_id', 'AuthenticAMD'],
  ['cpu family', '15'],
  ['model', '107'],
  ['model name', 'QEMU TCG CPU version 2.5+'],
  ['stepping', '1'],
];
const field = (name: string, value: string | number): string => `${name}${'\t'.repeat(name.length < 8 ? 2 : 1)}: ${value}\n`;
/** `x86`: other architectures have fields of their own, of which only the number is given. */
export function cpuinfo(cpus: number, x86: boolean): string {
  let text = '';
  for (let cpu = 0; cpu < cpus; cpu++) {
    text += field('processor', cpu);
    if (!x86) continue;
    for (const [name, value] of CPU) text += field(name, value);
    text += `${field('physical id', cpu)}${field('siblings', 1)}${field('core id', 0)}${field('cpu cores', 1)}${field('apicid', cpu)}\n`;
  }
  return text;
}

/** File systems of this kernel; `nodev` before those that need no block device. */
export const FILESYSTEMS: readonly string[] = ['sysfs', 'tmpfs', 'proc', 'debugfs', 'devtmpfs'];
export const filesystems = (): string => FILESYSTEMS.map((name) => `nodev\t${name}\n`).join('');

/** A value of /proc/sys that can be set to a number in a range. */
function numberFile(initial: number, min: number, max: number): FileNode {
  const held = remember({ value: initial });
  return textFile(0o644, () => `${held.value}\n`, {
    *write(data): Kthread<number> {
      const text = /^\s*(-?\d+)(?:\s|$)/.exec(data)?.[1];
      if (text === undefined || Number(text) < min || Number(text) > max) return -ERRNO.EINVAL;
      held.value = Number(text);
      return data.length;
    },
    truncate: () => 0,
  });
}
/** /proc/sys/kernel. `more`: what an edition has besides. */
export function kernelDir(mm: Mm, more: Readonly<Record<string, VNode>> = {}): DirNode {
  const { description: d } = mm;
  const held = remember({ hostname: 'lab', printk: '7\t4\t1\t7' });
  const files = {
    hostname: textFile(0o644, () => `${held.hostname}\n`, {
      *write(data): Kthread<number> {
        held.hostname = data.replace(/\n[\s\S]*$/, '').slice(0, 64);
        return data.length;
      },
      truncate: () => 0,
    }),
    osrelease: textFile(0o444, () => `${d.release ?? mm.edition.release}\n`),
    ostype: textFile(0o444, () => 'Linux\n'),
    panic: numberFile(0, -(2 ** 31), 2 ** 31 - 1),
    pid_max: numberFile(32768, 301, 4194304),
    printk: textFile(0o644, () => `${held.printk}\n`, {
      *write(data): Kthread<number> {
        const words = data.trim().split(/\s+/);
        if (words.length > 4 || words.some((word) => !/^\d+$/.test(word))) return -ERRNO.EINVAL;
        held.printk = [...words, ...held.printk.split('\t').slice(words.length)].join('\t');
        return data.length;
      },
      truncate: () => 0,
    }),
    version: textFile(0o444, () => `${/#\d.*$/.exec(d.kernelVersion ?? mm.edition.version)?.[0] ?? ''}\n`),
    ...more,
  };
  return dirOf(0o555, () => files);
}
