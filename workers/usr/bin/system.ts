/** Programs about the machine's processes and mounts: mount, umount, mountpoint, df, taskset, nproc. */
import type { Kthread } from '../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../uapi/errno.ts';
import { type Program, readFile } from '../program.ts';
import { getopt } from './text/getopt.ts';
import { program, type Tool } from './text/io.ts';
import { strftime } from './text/strftime.ts';

interface Mount {
  readonly device: string;
  readonly dir: string;
  readonly type: string;
  readonly options: string;
}
function* mounts(tool: Tool): Kthread<Mount[]> {
  const text = yield* readFile(tool.sys, '/proc/mounts');
  if (typeof text === 'number') return yield* tool.die(`failed to read mtab: ${strerror(text)}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [device = '', dir = '', type = '', options = ''] = line.split(' ');
      return { device, dir, type, options };
    });
}
const MOUNT_FAILED = 32;
/** Lists what is mounted, or mounts. Messages and statuses: util-linux. */
const mount = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 't:o:lnrvwa', long: { types: { key: 't', arg: 'required' }, options: { key: 'o', arg: 'required' } } },
    'mount [-l] [-t <list>] | mount [options] <source> <directory>',
  );
  const types = options.findLast(([k]) => k === 't')?.[1]?.split(',');
  const all = yield* mounts(tool);
  if (operands.length === 0) {
    for (const m of all) if (!types || types.includes(m.type)) tool.put(`${m.device} on ${m.dir} type ${m.type} (${m.options})\n`);
    return 0;
  }
  const dir = (operands.at(-1) as string).replace(/(.)\/+$/, '$1');
  const [source = ''] = operands;
  // What has no type said is looked at: a disk here holds ext4 or nothing.
  const type = types?.[0] ?? all.find((m) => m.dir === dir && (m.device === source || operands.length === 1))?.type ?? 'ext4';
  const words = options.filter(([k]) => k === 'o').map(([, text]) => text ?? '').join(',');
  const err = tool.sys.mount(source, dir, type, words);
  if (err === 0) return 0;
  const stat = tool.sys.stat(dir);
  const why =
    typeof stat === 'number' ? 'mount point does not exist.'
    : stat.kind !== 'dir' ? 'mount point is not a directory.'
    : err === -ERRNO.EPERM ? 'must be superuser to use mount.'
    : err === -ERRNO.ENODEV ? `unknown filesystem type '${type}'.`
    : err === -ERRNO.ENOENT ? `special device ${source} does not exist.`
    : err === -ERRNO.ENOTBLK ? `${source} is not a block device.`
    : err === -ERRNO.EBUSY ? `${source} already mounted on ${dir}.`
    : err === -ERRNO.EINVAL ? `wrong fs type, bad option, bad superblock on ${source}, missing codepage or helper program, or other error.`
    : `mount(2) system call failed: ${strerror(err)}.`;
  return yield* tool.die(`${dir}: ${why}`, MOUNT_FAILED);
});
const umount = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'fnlvq' }, 'umount [options] <source> | <directory>');
  const quiet = options.some(([k]) => k === 'q');
  if (operands.length === 0) return yield* tool.die('bad usage', 1);
  const all = yield* mounts(tool);
  let status = 0;
  for (const operand of operands) {
    const name = operand.replace(/(.)\/+$/, '$1');
    const dir = all.findLast((m) => m.dir === name || m.device === name)?.dir ?? name;
    const err = tool.sys.umount(dir);
    if (err === 0) continue;
    status = MOUNT_FAILED;
    const why =
      err === -ERRNO.ENOENT ? 'no mount point specified.' : err === -ERRNO.EBUSY || all.some((m) => m.dir === dir) ? 'target is busy.' : err === -ERRNO.EPERM ? 'must be superuser to unmount.' : 'not mounted.';
    if (!quiet || why !== 'not mounted.') yield* tool.warn(`${name}: ${why}`);
  }
  return status;
});

const KIB = 1024;
/** df(1) of busybox, which the recorded guest had. File systems without blocks are left out unless they are asked for. */
const df = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'kmhPTait:', long: {} }, 'df [-Pkmh] [-T] [-t TYPE] [-a] [FILESYSTEM]...');
  const has = (key: string): boolean => options.some(([k]) => k === key);
  const unit = has('m') ? KIB * KIB : KIB;
  const human = (bytes: number): string => {
    if (bytes === 0) return '0';
    let value = bytes;
    let at = 0;
    while (value >= KIB && at < 4) {
      value /= KIB;
      at++;
    }
    return `${value.toFixed(1)}${['', 'K', 'M', 'G', 'T'][at] ?? ''}`;
  };
  const show = (bytes: number): string => (has('h') ? human(bytes) : String(Math.round(bytes / unit)));
  const all = yield* mounts(tool);
  const only = options.findLast(([k]) => k === 't')?.[1];
  /** Mount a path is on: the one with the longest name that the path begins with; a source stands for its mount. */
  const mountOf = (path: string): Mount | undefined => {
    const named = all.findLast((m) => m.device === path);
    if (named) return named;
    const whole = path.startsWith('/') ? path : `${tool.sys.getcwd()}/${path}`;
    return all.filter((m) => m.dir === '/' || whole === m.dir || whole.startsWith(`${m.dir}/`)).toSorted((a, b) => a.dir.length - b.dir.length).at(-1);
  };
  const header = `${has('h') ? 'Size' : has('m') ? '1M-blocks' : has('P') ? '1024-blocks' : '1K-blocks'}`;
  tool.put(`Filesystem           ${has('T') ? 'Type       ' : ''}${header.padEnd(15)}Used Available ${has('P') ? 'Capacity' : 'Use%'} Mounted on\n`);
  let status = 0;
  for (const asked of operands.length > 0 ? operands : all.map((m) => m.dir)) {
    const m = operands.length > 0 ? mountOf(asked) : all.find(({ dir }) => dir === asked);
    const sizes = tool.sys.statfs(operands.length > 0 && m?.device !== asked ? asked : (m?.dir ?? asked));
    if (typeof sizes === 'number' || m === undefined) {
      yield* tool.warn(`${asked}: ${typeof sizes === 'number' ? strerror(sizes) : "can't find mount point"}`);
      status = 1;
      continue;
    }
    if ((only !== undefined && m.type !== only) || (sizes.blocks === 0 && operands.length === 0 && !has('a'))) continue;
    const used = sizes.blocks - sizes.bfree;
    const percent = used + sizes.bavail === 0 ? 0 : Math.floor((used * 100 + (used + sizes.bavail) / 2) / (used + sizes.bavail));
    const cells = [sizes.blocks, used, sizes.bavail].map((blocks) => show(blocks * sizes.bsize).padStart(9));
    const device = m.device.length > 20 && !has('P') ? `${m.device}\n${' '.repeat(20)}` : m.device.padEnd(20);
    tool.put(`${device} ${has('T') ? `${m.type.padEnd(10)} ` : ''}${cells.join(' ')} ${String(percent).padStart(3)}% ${m.dir}\n`);
  }
  return status;
});
const mountpoint = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'qd', long: { quiet: { key: 'q' } } }, 'mountpoint [-qd] <directory>');
  const [dir = ''] = operands;
  const is = (yield* mounts(tool)).some((m) => m.dir === dir.replace(/(.)\/+$/, '$1'));
  if (!options.some(([k]) => k === 'q')) tool.put(`${dir} is ${is ? '' : 'not '}a mountpoint\n`);
  return is ? 0 : 32;
});

function* processors(tool: Tool): Kthread<number> {
  const text = yield* readFile(tool.sys, '/proc/cpuinfo');
  return typeof text === 'string' ? Math.max(1, (text.match(/^processor\s*:/gm) ?? []).length) : 1;
}
const nproc = program(function* (tool) {
  tool.put(`${yield* processors(tool)}\n`);
  return 0;
});
/** Affinity masks are taken note of by nobody: tasks take turns on one clock. With a command: runs it. */
const taskset = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'apc', inOrder: true, long: { pid: { key: 'p' }, 'cpu-list': { key: 'c' }, 'all-tasks': { key: 'a' } } },
    'taskset [options] [mask | cpu-list] [pid|cmd [args...]]',
  );
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const all = (2 ** (yield* processors(tool)) - 1).toString(16);
  const [mask = '', ...rest] = operands;
  if (!has('p')) {
    const { spawn } = tool.proc;
    if (rest.length === 0 || !spawn) return yield* tool.die("bad usage\nTry 'taskset --help' for more information.");
    const status = yield* spawn(rest);
    return status < 0 ? yield* tool.die(`failed to execute ${rest[0]}: ${strerror(status)}`, 127) : status;
  }
  const pid = rest[0] ?? mask;
  const alive = /^\d+$/.test(pid) ? tool.sys.kill(Number(pid), 0) : -3;
  if (alive < 0) return yield* tool.die(`failed to get pid ${pid}'s affinity: ${strerror(alive)}`);
  const word = has('c') ? 'affinity list' : 'affinity mask';
  tool.put(`pid ${pid}'s current ${word}: ${has('c') ? '0' : all}\n`);
  if (rest.length > 0) tool.put(`pid ${pid}'s new ${word}: ${has('c') ? mask : Number.parseInt(mask, 16).toString(16)}\n`);
  return 0;
});

/** Runs a command again and again, each time under a headline, until it is stopped. */
const watch = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'n:tdegxbcp',
      inOrder: true,
      long: { interval: { key: 'n', arg: 'required' }, 'no-title': { key: 't' }, differences: { key: 'd', arg: 'optional' }, exec: { key: 'x' } },
    },
    'watch [options] command',
  );
  const { spawn } = tool.proc;
  if (operands.length === 0 || !spawn) return yield* tool.die('no command');
  const seconds = Math.max(0.1, Number(options.findLast(([k]) => k === 'n')?.[1] ?? 2) || 2);
  const title = `Every ${seconds.toFixed(1)}s: ${operands.join(' ')}`;
  for (;;) {
    if (!options.some(([k]) => k === 't')) tool.put(`${title.padEnd(50)} ${strftime('%a %b %e %H:%M:%S %Y', Math.floor(tool.sys.clock_realtime()))}\n\n`);
    yield* tool.flush();
    const status = yield* spawn(options.some(([k]) => k === 'x') ? operands : ['sh', '-c', operands.join(' ')]);
    if (status < 0) return yield* tool.die(`${operands[0]}: ${strerror(status)}`, 127);
    if ((yield* tool.sys.nanosleep(seconds * 1e9)) < 0) return 130;
  }
});
const clear = program(function* (tool) {
  tool.put('\x1b[H\x1b[2J\x1b[3J');
  return 0;
});

export const SYSTEM: Readonly<Record<string, Program>> = { clear, df, mount, mountpoint, nproc, taskset, umount, watch };
