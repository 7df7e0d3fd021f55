/** Mirrors: fs/kernfs, fs/sysfs/file.c (6.1): attributes, directories that follow the tables, links. Attributes are read whole at offset 0, written in one piece. */
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import type { DirNode, FileNode, LinkNode, VNode } from '../../kernel/vnode.ts';

const PAGE = 4096;
/** What a show function answers: text, -errno, or either after waiting. */
type Show = () => string | number;
/** What a store function answers: bytes taken or -errno, at once or after a while. */
type Store = (text: string) => number | Kthread<number>;

/** sysfs file. A write of no bytes does nothing and returns 0; more than a page is cut at a page. */
export function attr(mode: number, show: Show, store?: Store): FileNode {
  const own = { mode };
  return {
    kind: 'file', kernfs: true, snapshot: true, size: () => PAGE,
    get mode() { return own.mode; },
    chmod: (to) => {
      remember(own).mode = to;
      return 0;
    },
    read: (offset, count) => {
      const text = show();
      return typeof text === 'number' ? text : text.slice(offset, offset + count);
    },
    ...(store && {
      *write(data: string): Kthread<number> {
        if (data === '') return 0;
        const ret = store(data.slice(0, PAGE));
        return typeof ret === 'number' ? ret : yield* ret;
      },
    }),
  };
}

/** Low half of the golden ratio times 2^64, and its high half. */
const GOLDEN_LO = 0x80b583eb;
const GOLDEN_HI = 0x61c88646;
const U32 = 2 ** 32;
/** High half of a product of two unsigned 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const mid = (a >>> 16) * (b & 0xffff) + Math.floor(((a & 0xffff) * (b & 0xffff)) / 65536);
  return Math.floor(((a >>> 16) * (b >>> 16) * 65536 + mid + (a & 0xffff) * (b >>> 16)) / 65536);
}
/** Where a name stands in its directory. Source: kernfs_name_hash(), full_name_hash() without CONFIG_DCACHE_WORD_ACCESS' shortcut; 64-bit. */
export function kernfs_name_hash(name: string): number {
  let lo = 0;
  let hi = 0;
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    const low = (lo + (c << 4) + (c >> 4)) * 11;
    hi = (hi * 11 + Math.floor(low / U32)) % U32;
    lo = low % U32;
  }
  const hash = (mulHigh(lo, GOLDEN_LO) + Math.imul(lo, GOLDEN_HI) + Math.imul(hi, GOLDEN_LO)) & 0x7fffffff;
  // 0, 1 and INT_MAX are '.', '..' and the end.
  return hash < 2 ? hash + 2 : Math.min(hash, 0x7ffffffe);
}
/** Names as readdir gives them: by hash, then by spelling. */
const inOrder = (names: readonly string[]): string[] =>
  names.map((name) => ({ name, hash: kernfs_name_hash(name) })).sort((a, b) => a.hash - b.hash || (a.name < b.name ? -1 : 1)).map(({ name }) => name);

/** A directory whose entries are known when it is made; its own mode can be changed. */
export function kdir(entries: Readonly<Record<string, VNode>>, live?: { list(): string[]; lookup(name: string): VNode | undefined }): DirNode {
  const own = { mode: 0o755 };
  return {
    kind: 'dir', kernfs: true,
    get mode() { return own.mode; },
    chmod: (to) => {
      remember(own).mode = to;
      return 0;
    },
    list: () => inOrder([...Object.keys(entries), ...(live?.list() ?? [])]),
    lookup: (name) => (Object.hasOwn(entries, name) ? entries[name] : live?.lookup(name)),
  };
}
export const klink = (target: string): LinkNode => ({ kind: 'link', kernfs: true, mode: 0o777, target: () => target });

/** Nodes kept while what they stand for exists, so that changed modes last and an open directory stays the same. */
export function kept<K, V>(exists: (key: K) => boolean, make: (key: K) => V): (key: K) => V | undefined {
  const nodes = remember(new Map<K, V>());
  return (key) => {
    if (!exists(key)) {
      nodes.delete(key);
      return undefined;
    }
    const node = nodes.get(key) ?? make(key);
    nodes.set(key, node);
    return node;
  };
}

/** power/ of a device without runtime power management. */
export function powerDir(): DirNode {
  const fixed = (text: string): FileNode => attr(0o444, () => text);
  return kdir({
    async: attr(0o644, () => 'disabled\n'), autosuspend_delay_ms: attr(0o644, () => -5), control: attr(0o644, () => 'auto\n'),
    runtime_active_kids: fixed('0\n'), runtime_active_time: fixed('0\n'), runtime_enabled: fixed('disabled\n'), runtime_status: fixed('unsupported\n'),
    runtime_suspended_time: fixed('0\n'), runtime_usage: fixed('0\n'),
  });
}
