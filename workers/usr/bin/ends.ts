/** head and tail. */
import type { Kthread } from '../../kernel/kthread.ts';
import { strerror } from '../../uapi/errno.ts';
import { BLOCK, openInput, readRest } from './streams.ts';
import { getopt } from './text/getopt.ts';
import { program, type Tool } from './text/io.ts';

/** '10', '5K', '2kB', '+3', '-4' → sign and number. */
function* amount(tool: Tool, text: string, what: string): Kthread<{ sign: string; n: number }> {
  const m = /^([-+]?)(\d+)(b|[kKmMgG](?:i?B)?)?$/.exec(text);
  if (!m) yield* tool.die(`invalid number of ${what}: ‘${text}’`.replace(/[‘’]/g, "'"));
  const [, sign = '', digits = '0', unit = ''] = m as RegExpExecArray;
  const base = /^[kmg]B$/i.test(unit) ? 1000 : 1024;
  const power = unit === '' || unit === 'b' ? 0 : 'kmg'.indexOf(unit.charAt(0).toLowerCase()) + 1;
  return { sign, n: Number(digits) * (unit === 'b' ? 512 : base ** power) };
}
const FILES = {
  lines: { key: 'n', arg: 'required' },
  bytes: { key: 'c', arg: 'required' },
  quiet: { key: 'q' },
  silent: { key: 'q' },
  verbose: { key: 'v' },
} as const;
/** Offset at which the last `n` lines begin. */
function lastLines(text: string, n: number): number {
  let at = text.endsWith('\n') ? text.length - 1 : text.length;
  if (n === 0) return text.length;
  for (let left = n; left > 0; left--) {
    at = at <= 0 ? -1 : text.lastIndexOf('\n', at - 1);
    if (at < 0) return 0;
  }
  return at + 1;
}
/** Offset at which line `n` (from 1) begins. */
function lineStart(text: string, n: number): number {
  let at = 0;
  for (let line = 1; line < n; line++) {
    const newline = text.indexOf('\n', at);
    if (newline < 0) return text.length;
    at = newline + 1;
  }
  return at;
}
/** `-5` of old: → `-n 5`. */
const oldStyle = (tool: Tool): void => {
  const first = tool.args[0];
  const m = first === undefined ? null : /^([-+])(\d+)([cl]?)$/.exec(first);
  if (m) (tool as { args: readonly string[] }).args = [m[3] === 'c' ? '-c' : '-n', (m[1] === '+' ? '+' : '') + (m[2] as string), ...tool.args.slice(1)];
};
/** Runs `body` for each file, with headers where there are several. */
function* eachFile(
  tool: Tool,
  operands: readonly string[],
  flags: readonly (readonly [string, string | undefined])[],
  body: (fd: number, path: string) => Kthread<void>,
): Kthread<void> {
  const paths = operands.length > 0 ? operands : ['-'];
  const headers = !flags.some(([k]) => k === 'q') && (paths.length > 1 || flags.some(([k]) => k === 'v'));
  let first = true;
  for (const path of paths) {
    const fd = yield* openInput(tool, path, (e) => `cannot open '${path}' for reading: ${strerror(e)}`);
    if (fd < 0) continue;
    if (headers) tool.put(`${first ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`);
    first = false;
    yield* body(fd, path);
    tool.close(fd);
    yield* tool.flush();
  }
}
export const head = program(function* (tool) {
  oldStyle(tool);
  const { options, operands } = yield* getopt(tool, { short: 'n:c:qv', long: FILES }, 'head [OPTION]... [FILE]...');
  const bytes = options.findLast(([k]) => k === 'c')?.[1];
  const { sign, n } = yield* amount(tool, bytes ?? options.findLast(([k]) => k === 'n')?.[1] ?? '10', bytes === undefined ? 'lines' : 'bytes');
  yield* eachFile(tool, operands, options, function* (fd, path) {
    if (sign === '-') {
      const all = yield* readRest(tool, fd);
      if (typeof all === 'number') yield* tool.warn(`error reading '${path}': ${strerror(all)}`);
      else if (bytes !== undefined) tool.put(all.slice(0, Math.max(0, all.length - n)));
      else {
        tool.put(all.slice(0, lastLines(all, n)));
      }
      return;
    }
    let left = n;
    while (left > 0) {
      const got = yield* tool.sys.read(fd, bytes === undefined ? 1024 : Math.min(left, BLOCK));
      if (typeof got === 'number') {
        yield* tool.warn(`error reading '${path}': ${strerror(got)}`);
        return;
      }
      if (got === '') return;
      if (bytes !== undefined) {
        tool.put(got);
        left -= got.length;
      } else {
        let end = 0;
        while (left > 0 && end < got.length) {
          const newline = got.indexOf('\n', end);
          end = newline < 0 ? got.length : newline + 1;
          if (newline >= 0) left--;
        }
        tool.put(got.slice(0, end));
      }
      yield* tool.settle();
    }
  });
  return 0;
});
export const tail = program(function* (tool) {
  oldStyle(tool);
  const { options, operands } = yield* getopt(
    tool,
    { short: 'n:c:qvfFs:', long: { ...FILES, follow: { key: 'f', arg: 'optional' }, 'sleep-interval': { key: 's', arg: 'required' } } },
    'tail [OPTION]... [FILE]...',
  );
  const bytes = options.findLast(([k]) => k === 'c')?.[1];
  const { sign, n } = yield* amount(tool, bytes ?? options.findLast(([k]) => k === 'n')?.[1] ?? '10', bytes === undefined ? 'lines' : 'bytes');
  const follow = options.some(([k]) => k === 'f' || k === 'F');
  const followed: { fd: number }[] = [];
  yield* eachFile(tool, operands, options, function* (fd, path) {
    const all = yield* readRest(tool, fd);
    if (typeof all === 'number') {
      yield* tool.warn(`error reading '${path}': ${strerror(all)}`);
      return;
    }
    if (bytes !== undefined) tool.put(sign === '+' ? all.slice(Math.max(0, n - 1)) : n === 0 ? '' : all.slice(-n));
    else {
      tool.put(all.slice(sign === '+' ? lineStart(all, n) : lastLines(all, n)));
    }
    if (follow) followed.push({ fd: tool.sys.open(path, { read: true }) });
    const last = followed.at(-1);
    if (follow && last && last.fd >= 0) tool.sys.lseek(last.fd, all.length);
  });
  const pause = Number(options.findLast(([k]) => k === 's')?.[1] ?? 1) * 1e9;
  while (follow && followed.length > 0) {
    for (const { fd } of followed) {
      const got = yield* readRest(tool, fd);
      if (typeof got === 'string') tool.put(got);
    }
    yield* tool.flush();
    if ((yield* tool.sys.nanosleep(pause)) < 0) return 130;
  }
  return 0;
});
