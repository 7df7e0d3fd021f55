/** mkswap(8) of busybox, which the recorded guest had; swapon(8) and swapoff(8) with util-linux's messages, but for `swapoff -a`, which was recorded from busybox. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import { readFile } from '../../program.ts';
import { getopt } from '../text/getopt.ts';
import { program, type Tool, writeAll } from '../text/io.ts';
import { humanSize } from './sizes.ts';

const PAGE = 4096;
/** union swap_header. */
const VERSION_AT = 1024;
const UUID_AT = 1036;
const LABEL_AT = 1052;
const LABEL_BYTES = 16;
const MAGIC = 'SWAPSPACE2';
const MIN_PAGES = 10;

const le32 = (n: number): string => String.fromCharCode(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24);
/** Sixteen bytes that differ from device to device and from moment to moment, as a version 4 UUID. */
export function uuid(seed: string): number[] {
  let h = 0x811c9dc5;
  const bytes = Array.from({ length: 16 }, (_, i) => {
    for (const c of [...`${seed}${i}`]) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193);
    return h >>> 24;
  });
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes;
}
export const uuidText = (bytes: readonly number[]): string => bytes.map((b) => b.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

export const mkswap = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'L:fU:' }, 'mkswap [-L LBL] BLOCKDEV [KBYTES]');
  const [path, kbytes] = operands;
  if (path === undefined) return yield* tool.die('usage: mkswap [-L LBL] BLOCKDEV [KBYTES]');
  const stat = tool.sys.stat(path);
  if (typeof stat === 'number') return yield* tool.die(`${path}: ${strerror(stat)}`);
  const pages = Math.floor((kbytes === undefined ? stat.size : Number(kbytes) * 1024) / PAGE);
  if (!(pages >= MIN_PAGES)) return yield* tool.die(`${path}: swap area needs to be at least ${MIN_PAGES * (PAGE / 1024)} KiB`);
  const id = uuid(`${path} ${pages} ${tool.sys.clock_monotonic()}`);
  const label = (options.findLast(([key]) => key === 'L')?.[1] ?? '').slice(0, LABEL_BYTES - 1);
  const head = '\0'.repeat(VERSION_AT) + le32(1) + le32(pages - 1) + le32(0);
  const page = (head.padEnd(UUID_AT, '\0') + String.fromCharCode(...id)).padEnd(LABEL_AT, '\0') + label;
  const fd = tool.sys.open(path, { write: true });
  if (fd < 0) return yield* tool.die(`can't open '${path}': ${strerror(fd)}`);
  const wrote = yield* writeAll(tool.sys, fd, page.padEnd(PAGE - MAGIC.length, '\0') + MAGIC);
  tool.sys.close(fd);
  if (wrote < 0) return yield* tool.die(`write error: ${strerror(wrote)}`);
  tool.put(`Setting up swapspace version 1, size = ${(pages - 1) * PAGE} bytes\n`);
  tool.put(`${label === '' ? '' : `LABEL=${label}, `}UUID=${uuidText(id)}\n`);
  return 0;
});

interface Area {
  readonly path: string;
  readonly type: string;
  readonly kb: number;
  readonly used: number;
  readonly prio: string;
}
function* areas(tool: Tool): Kthread<Area[]> {
  const text = yield* readFile(tool.sys, '/proc/swaps');
  return [...(typeof text === 'number' ? '' : text).matchAll(/^(\/\S+)\s+(\S+)\s+(\d+)\s+(\d+)\s+(-?\d+)$/gm)]
    .map(([, path = '', type = '', kb, used, prio = '']) => ({ path, type, kb: Number(kb), used: Number(used), prio }));
}
/** swapon --show. */
function* show(tool: Tool): Kthread<number> {
  const rows = (yield* areas(tool)).map((a) => [a.path, a.type, humanSize(BigInt(a.kb * 1024 + PAGE)), humanSize(BigInt(a.used * 1024)), a.prio]);
  if (rows.length === 0) return 0;
  const table = [['NAME', 'TYPE', 'SIZE', 'USED', 'PRIO'], ...rows];
  const width = (i: number): number => Math.max(...table.map((row) => (row[i] as string).length));
  for (const row of table) tool.put(`${row.map((cell, i) => (i < 2 ? cell.padEnd(width(i)) : cell.padStart(width(i)))).join(' ')}\n`);
  return 0;
}
const SWAP_FLAG_PREFER = 0x8000;

export const swapon = program(function* (tool) {
  const table = { short: 'ap:sv', long: { all: { key: 'a' }, priority: { key: 'p', arg: 'required' }, summary: { key: 's' }, show: { key: 'show' }, verbose: { key: 'v' } } } as const;
  const { options, operands } = yield* getopt(tool, table, 'swapon [options] [<spec>]');
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  const has = (key: string): boolean => options.some(([k]) => k === key);
  if (has('s')) {
    const text = yield* readFile(tool.sys, '/proc/swaps');
    tool.put(typeof text === 'number' ? '' : text);
    return 0;
  }
  if (has('show') || (operands.length === 0 && !has('a'))) return yield* show(tool);
  const prio = value('p');
  const flags = prio === undefined ? 0 : SWAP_FLAG_PREFER | Number(prio);
  let status = 0;
  for (const path of operands) {
    const ret = tool.sys.swapon(path, flags);
    if (ret === 0) continue;
    yield* tool.warn(ret === -ERRNO.ENOENT ? `cannot open ${path}: ${strerror(ret)}` : `${path}: swapon failed: ${strerror(ret)}`);
    status = 255;
  }
  return status;
});

export const swapoff = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'av', long: { all: { key: 'a' }, verbose: { key: 'v' } } }, 'swapoff [options] [<spec>]');
  const all = options.some(([k]) => k === 'a');
  const paths = all ? (yield* areas(tool)).map(({ path }) => path) : operands;
  let status = 0;
  for (const path of paths) {
    const ret = yield* tool.sys.swapoff(path);
    if (ret === 0) continue;
    yield* tool.warn(`${path}: swapoff failed: ${strerror(ret)}`);
    status = ret === -ERRNO.ENOMEM ? 2 : 4;
  }
  if (!all) return status;
  // What is in use goes first; then the table of file systems is read for the rest, and the recorded guest's busybox ends with an error where there is none.
  const table = yield* readFile(tool.sys, '/etc/fstab');
  if (typeof table !== 'number') return status;
  yield* tool.warn(`can't open '/etc/fstab': ${strerror(table)}`);
  return 1;
});
