/** Mirrors: kobject_hotplug() of lib/kobject_uevent.c (2.6.12): user space hears of a device by a program, /sbin/hotplug, that is started with the event in its environment. */
import type { Kernel } from '../../mm/kernel.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { kobject_uevent } from '../../lib/kobject_uevent.ts';
import { remember } from '../../lib/remember.ts';
import { M_HOTPLUG_SEQNUM } from '../../mm/mm.ts';
import { attr } from '../../fs/sysfs/kernfs.ts';
import { textFile, type VNode } from '../../kernel/vnode.ts';

/** hotplug_path[]: /proc/sys/kernel/hotplug. By machine; an empty one starts nothing. */
const paths = new WeakMap<Kernel, { path: string }>();
function hotplug(k: Kernel): { path: string } {
  const known = paths.get(k) ?? remember({ path: '/sbin/hotplug' });
  paths.set(k, known);
  return known;
}

/** The device memoryN came or went. The environment is the kernel's own: nothing of it comes from a shell. */
export function kobject_hotplug(k: Kernel, action: 'add' | 'remove', id: number): void {
  const { word } = k.mm.t.misc;
  word[M_HOTPLUG_SEQNUM] = (word[M_HOTPLUG_SEQNUM] as number) + 1;
  kobject_uevent(k.mm, action, 'memory', id);
  const { path } = hotplug(k);
  if (path === '') return;
  k.call_usermodehelper?.([path, 'memory'], {
    HOME: '/', PATH: '/sbin:/bin:/usr/sbin:/usr/bin', ACTION: action, DEVPATH: `/devices/system/memory/memory${id}`, SUBSYSTEM: 'memory', SEQNUM: String(word[M_HOTPLUG_SEQNUM]),
  });
}

/** /sys/kernel: the number of the last event. */
export const sys_kernel = (k: Kernel): Readonly<Record<string, VNode>> => ({ hotplug_seqnum: attr(0o444, () => `${k.mm.t.misc.word[M_HOTPLUG_SEQNUM]}\n`) });

/** Longest path, its end included. */
const HOTPLUG_PATH_LEN = 256;
/** /proc/sys/kernel: the program that is started. Reads and writes one line. Source: proc_dostring(). */
export const proc_sys_kernel = (k: Kernel): Readonly<Record<string, VNode>> => ({
  hotplug: textFile(0o644, () => `${hotplug(k).path}\n`, {
    *write(data, offset) {
      if (offset > 0) return -ERRNO.EINVAL;
      hotplug(k).path = (data.split(/[\n\0]/, 1)[0] as string).slice(0, HOTPLUG_PATH_LEN - 1);
      return data.length;
    },
    truncate: () => 0,
  }),
});
