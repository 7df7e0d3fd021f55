/**
 * Mirrors: the parser of arch/powerpc/platforms/pseries/dlpar.c (6.1): /sys/kernel/dlpar takes `memory add|remove count N`, `… index DRC`, `… indexed-count N DRC`.
 * Left out: processors. Why: a partition here has memory to give and take; a request about processors is refused as one it does not know.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { within } from '../../mm/call_path.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { dlpar_memory, type LmbRequest, type Lmbs } from './hotplug_memory.ts';

export const dlpar_show = (): string => 'memory,cpu\n';

interface Request {
  readonly action: 'add' | 'remove';
  readonly what: LmbRequest;
}
/** sysfs_streq(): one newline at the end does not count. */
const same = (word: string | undefined, wanted: string): boolean => word?.replace(/\n$/, '') === wanted;
/** kstrtou32(): a number in C notation below 2^32. */
function kstrtou32(text: string): number | undefined {
  const m = /^\+?(0[xX][0-9a-fA-F]+|\d+)\n?$/.exec(text);
  if (!m) return undefined;
  const digits = m[1] as string;
  if (/^0\d*[89]/.test(digits)) return undefined;
  const value = /^0\d+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return value < 2 ** 32 ? value : undefined;
}

/** The request; or what the log says of it, '' where it says nothing. Source: dlpar_parse_resource(), dlpar_parse_action(), dlpar_parse_id_type(). */
function parse(text: string): Request | string {
  const [resource, action, type, ...numbers] = (text.split('\0', 1)[0] as string).split(' ');
  if (!same(resource, 'memory') && !same(resource, 'cpu')) return 'Invalid resource specified.';
  if (action === undefined) return '';
  const add = same(action, 'add');
  if (!add && !same(action, 'remove')) return 'Invalid action specified.';
  if (type === undefined) return '';
  const wanted = same(type, 'indexed-count') ? ['count', 'Index'] : same(type, 'index') ? ['Index'] : same(type, 'count') ? ['count'] : [];
  if (wanted.length === 0) return 'Invalid id_type specified.';
  const values: number[] = [];
  for (const [i, name] of wanted.entries()) {
    const word = numbers[i];
    if (word === undefined) return `No DRC ${name} specified.`;
    const value = kstrtou32(word);
    if (value === undefined) return `Invalid DRC ${name} specified.`;
    values.push(value);
  }
  if (same(resource, 'cpu')) return '';
  const [first = 0, second = 0] = values;
  const what = wanted.length === 2 ? { count: first, index: second } : wanted[0] === 'Index' ? { index: first } : { count: first };
  return { action: add ? 'add' : 'remove', what };
}

/** A write to /sys/kernel/dlpar: bytes taken, or -errno with a line that repeats the request. Source: dlpar_store(). */
export function* dlpar_store(lmbs: Lmbs, text: string): Kthread<number> {
  const { mm } = lmbs.k;
  const request = parse(text);
  if (typeof request === 'string' && request !== '') mm.printk(3, `dlpar: ${request}`);
  const rc = typeof request === 'string' ? -ERRNO.EINVAL : yield* within(mm, 'dlpar_store', dlpar_memory(lmbs, request.action, request.what));
  if (rc === 0) return text.length;
  mm.printk(3, `dlpar: Could not handle DLPAR request "${text.replace(/\n$/, '')}"`);
  return rc;
}
