/** Programs about the machine's processes and mounts: mount, mountpoint, taskset, nproc. */
import type { Kthread } from '../../kernel/kthread.ts';
import { strerror } from '../../uapi/errno.ts';
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
/** Lists what is mounted. Nothing can be mounted: asked for what is there already, it says so. */
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
  const there = all.find((m) => m.dir === dir);
  if (there) return yield* tool.die(`${dir}: ${source} already mounted on ${dir}.`, 32);
  return yield* tool.die(`${dir}: ${typeof tool.sys.stat(dir) === 'number' ? 'mount point does not exist.' : 'not supported here.'}`, 32);
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

export const SYSTEM: Readonly<Record<string, Program>> = { clear, mount, mountpoint, nproc, taskset, watch };
