/**
 * mkfs.ext4(8), mke2fs(8): the super block of e2fsprogs 1.47 and its messages. Sizes follow mke2fs.conf of Debian: blocks of 1 KiB below 512 MiB, an inode for each 4 KiB (above: blocks of
 * 4 KiB, an inode for each 16 KiB). Only the super block is written: tables are the kernel's business here.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { strerror } from '../../uapi/errno.ts';
import { type Program, readFile } from '../program.ts';
import { uuid, uuidText } from './mem/swap.ts';
import { getopt } from './text/getopt.ts';
import { program, type Tool, writeAll } from './text/io.ts';

const KIB = 1024;
const SMALL = 512 * KIB * KIB;
const LEAST_KB = 60;
const INODE_BYTES = 256;
const SUPER_AT = 1024;
const PAGE = 4096;

const le32 = (n: number): string => String.fromCharCode(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24);
/** Blocks of the journal for a file system of so many. Source: ext2fs_default_journal_size(). */
function journalBlocks(blocks: number): number {
  for (const [below, size] of [[2048, 0], [32768, 1024], [262144, 4096], [524288, 8192], [4194304, 16384], [8388608, 32768], [16777216, 65536]] as const) if (blocks < below) return size;
  return 131072;
}
interface Layout {
  readonly block: number;
  readonly blocks: number;
  readonly inodes: number;
  readonly journal: number;
  readonly free: number;
  /** Blocks with a copy of the super block. */
  readonly backups: readonly number[];
}
/** What fits on a disk of so many bytes. */
function layout(size: number): Layout {
  const block = size < SMALL ? KIB : 4 * KIB;
  const blocks = Math.floor(size / block);
  const perGroup = block * 8;
  const first = block === KIB ? 1 : 0;
  const groups = Math.max(1, Math.ceil((blocks - first) / perGroup));
  // Inode tables fill whole blocks in each group.
  const inBlock = block / INODE_BYTES;
  const wanted = Math.ceil(size / (block === KIB ? 4 * KIB : 16 * KIB) / groups);
  const inodes = Math.ceil(wanted / Math.max(8, inBlock)) * Math.max(8, inBlock) * groups;
  const isPower = (n: number, base: number): boolean => n === 1 || (n % base === 0 && isPower(n / base, base));
  const sparse = (group: number): boolean => group <= 1 || [3, 5, 7].some((base) => isPower(group, base));
  const backups: number[] = [];
  for (let group = 1; group < groups; group++) if (sparse(group)) backups.push(group * perGroup + first);
  const descriptors = Math.ceil((groups * 64) / block);
  const overhead = groups * 2 + (inodes * INODE_BYTES) / block + (backups.length + 1) * (1 + descriptors) + first;
  const journal = journalBlocks(blocks);
  return { block, blocks, inodes, journal, backups, free: Math.max(0, Math.floor(blocks - overhead - journal)) };
}
/** Numbers in lines of eight, as mke2fs prints them. */
const inLines = (numbers: readonly number[]): string => numbers.map((n, i) => (i > 0 && i % 10 === 0 ? `\n\t${n}` : String(n))).join(', ');

function* make(tool: Tool, path: string, quiet: boolean, label: string): Kthread<number> {
  const stat = tool.sys.stat(path);
  if (typeof stat === 'number') return yield* tool.die(`The file ${path} does not exist and no size was specified.`, 1);
  const mounted = yield* readFile(tool.sys, '/proc/mounts');
  if (typeof mounted === 'string' && mounted.split('\n').some((line) => line.startsWith(`${path} `))) return yield* tool.die(`${path} is mounted; will not make a filesystem here!`, 1);
  if (stat.size < LEAST_KB * KIB) return yield* tool.die(`${path}: Not enough space to build proposed filesystem while setting up superblock`, 1);
  const { block, blocks, inodes, journal, free, backups } = layout(stat.size);
  const id = uuid(`${path} ${blocks} ${tool.sys.clock_monotonic()}`);
  const head = le32(inodes) + le32(blocks) + le32(Math.floor(blocks / 20)) + le32(free) + le32(inodes - 11) + le32(block === KIB ? 1 : 0) + le32(block === KIB ? 0 : 2);
  const superBlock = (`${head.padEnd(56, '\0')}\x53\xef`.padEnd(104, '\0') + String.fromCharCode(...id)).padEnd(120, '\0') + label.slice(0, 16);
  const fd = tool.sys.open(path, { write: true });
  if (fd < 0) return yield* tool.die(`${strerror(fd)} while trying to open ${path}`, 1);
  const wrote = yield* writeAll(tool.sys, fd, '\0'.repeat(SUPER_AT) + superBlock.padEnd(PAGE - SUPER_AT, '\0'));
  tool.sys.close(fd);
  if (wrote < 0) return yield* tool.die(`${path}: ${strerror(wrote)} while writing out and closing file system`, 1);
  if (quiet) return 0;
  yield* tool.warn('1.47.0 (5-Feb-2023)');
  tool.put(`Creating filesystem with ${blocks} ${block / KIB}k blocks and ${inodes} inodes\n`);
  if (backups.length > 0) tool.put(`Filesystem UUID: ${uuidText(id)}\nSuperblock backups stored on blocks: \n\t${inLines(backups)}\n`);
  tool.put(`\nAllocating group tables: done                            \nWriting inode tables: done                            \n`);
  if (journal > 0) tool.put(`Creating journal (${journal} blocks): done\n`);
  tool.put('Writing superblocks and filesystem accounting information: done\n\n');
  return 0;
}

const mkfs_ext4: Program = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'qFvL:t:b:O:E:m:' }, 'mkfs.ext4 [-qF] [-L volume-label] device');
  const [path] = operands;
  if (path === undefined) return yield* tool.die('usage: mkfs.ext4 [-qF] [-L volume-label] device', 1);
  return yield* make(tool, path, options.some(([key]) => key === 'q'), options.findLast(([key]) => key === 'L')?.[1] ?? '');
});
export const MKFS: Readonly<Record<string, Program>> = { 'mkfs.ext4': mkfs_ext4, mke2fs: mkfs_ext4 };
