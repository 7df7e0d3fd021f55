/**
 * Mirrors: mm/hwpoison-inject.c (6.1): a debugfs directory through which frames are declared broken, or whole again.
 * Left out: what the filter files filter by (devices, memory cgroups). Why: with the filter off, as it starts, they have no effect; flags and switch are kept and shown.
 */
import { attr } from '../sysfs/kernfs.ts';
import { dirOf, type DirNode, type FileNode } from '../../kernel/vnode.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { memory_failure, unpoison_memory } from '../../mm/memory_failure.ts';

/** simple_attr_write(): a number in C notation, the newline may be there. */
function parseNumber(text: string): number | undefined {
  const m = /^\s*(0x[0-9a-f]+|\d+)\s*$/i.exec(text);
  return m ? Number(m[1]) : undefined;
}
/** One action a write starts; nothing to read. */
const actionFile = (act: (pfn: number) => Kthread<number>): FileNode => attr(0o200, () => -ERRNO.EACCES, function* (text): Kthread<number> {
  const pfn = parseNumber(text);
  if (pfn === undefined) return -ERRNO.EINVAL;
  const ret = yield* act(pfn);
  return ret === 0 ? text.length : ret;
});
function valueFile(initial: number): FileNode {
  const held = remember({ value: initial });
  return attr(0o600, () => `${held.value}\n`, (text) => {
    const next = parseNumber(text);
    if (next === undefined) return -ERRNO.EINVAL;
    held.value = next;
    return text.length;
  });
}
/** ~0U: matches any device. */
const ANY = 0xffff_ffff;

/** Value: the directory for /sys/kernel/debug/hwpoison. */
export function hwpoison_inject(k: Kernel): DirNode {
  const files = {
    'corrupt-filter-dev-major': valueFile(ANY), 'corrupt-filter-dev-minor': valueFile(ANY), 'corrupt-filter-enable': valueFile(0), 'corrupt-filter-flags-mask': valueFile(0),
    'corrupt-filter-flags-value': valueFile(0), 'corrupt-filter-memcg': valueFile(0),
    'corrupt-pfn': actionFile(function* (pfn) {
      k.mm.printk(6, `Injecting memory failure at pfn 0x${pfn.toString(16)}`);
      return yield* memory_failure(k, pfn);
    }),
    'unpoison-pfn': actionFile(function* (pfn) {
      yield;
      return unpoison_memory(k, pfn);
    }),
  };
  return dirOf(0o755, () => files);
}
