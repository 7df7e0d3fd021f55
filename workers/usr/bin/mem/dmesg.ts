/** dmesg(1): the kernel log from /dev/kmsg. A record of several lines has its time before each, as busybox prints it (the recorded machines'). Left out: -C, -c, -D, -E. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import { getopt } from '../text/getopt.ts';
import { program, type Tool } from '../text/io.ts';
import { strftime } from '../text/strftime.ts';

const DEVICE = '/dev/kmsg';
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
const FACILITIES = ['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news'];
const TABLE = {
  short: 'CcDEF:f:HkL::l:n:PpRrSs:TtuVWwxd',
  long: {
    follow: { key: 'w' }, 'follow-new': { key: 'W' }, ctime: { key: 'T' }, notime: { key: 't' }, raw: { key: 'r' }, decode: { key: 'x' },
    level: { key: 'l', arg: 'required' }, facility: { key: 'f', arg: 'required' },
    kernel: { key: 'k' }, userspace: { key: 'u' }, clear: { key: 'C' }, 'read-clear': { key: 'c' }, 'show-delta': { key: 'd' }, reltime: { key: 'e' },
    'time-format': { key: 'F', arg: 'required' }, color: { key: 'L', arg: 'optional' }, nopager: { key: 'P' }, human: { key: 'H' }, version: { key: 'V' },
  },
} as const;

interface Line {
  readonly level: number;
  readonly facility: number;
  readonly microseconds: number;
  readonly text: string;
}
/** "prefix,sequence,µs,flags;text" and continuation lines of variables, which begin with a blank. */
export function parseKmsg(record: string): Line | undefined {
  const m = /^(\d+),\d+,(\d+),[^;]*;([^\n]*)/.exec(record);
  if (!m) return undefined;
  const prefix = Number(m[1]);
  const text = (m[3] as string).replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { level: prefix & 7, facility: prefix >> 3, microseconds: Number(m[2]), text };
}

export const dmesg = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'dmesg [options]');
  const has = (key: string): boolean => options.some(([k]) => k === key);
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  if (operands.length > 0) return yield* tool.die(`bad usage\nTry 'dmesg --help' for more information.`);
  if (has('V')) {
    tool.put('dmesg from util-linux 2.38.1\n');
    return 0;
  }
  const absent = options.find(([k]) => 'CcDEn'.includes(k))?.[0];
  if (absent !== undefined) return yield* tool.die(`option -${absent} is not here: the log is part of the machine's history`);
  const levels = yield* levelsOf(tool, value('l'));
  const facilities = value('f')?.split(',');
  const wanted = (line: Line): boolean => (levels?.has(line.level) ?? true) && (facilities?.includes(FACILITIES[line.facility] ?? '') ?? true)
    && !(has('k') && line.facility !== 0) && !(has('u') && line.facility === 0);
  const boot = tool.sys.clock_realtime() - tool.sys.clock_monotonic() / 1e9;
  let last: number | undefined;
  const show = (line: Line): string => {
    const seconds = line.microseconds / 1e6;
    const delta = last === undefined ? 0 : (line.microseconds - last) / 1e6;
    last = line.microseconds;
    const decoded = has('x') ? `${(FACILITIES[line.facility] ?? String(line.facility)).padEnd(6)}:${(LEVELS[line.level] as string).padEnd(6)}: ` : '';
    const stamp = has('t') ? '' : has('T') ? `[${strftime('%a %b %e %H:%M:%S %Y', boot + seconds)}] ` : has('d')
      ? `[${seconds.toFixed(6).padStart(12)} <${delta.toFixed(6).padStart(12)}>] ` : `[${seconds.toFixed(6).padStart(12)}] `;
    const prefix = has('r') ? `<${line.facility * 8 + line.level}>[${seconds.toFixed(6).padStart(12)}] ` : decoded + stamp;
    return line.text.split('\n').map((part) => `${prefix}${part}\n`).join('');
  };
  const follow = has('w') || has('W');
  const fd = tool.sys.open(DEVICE, { read: true, nonblock: true });
  // What is there already is read without waiting; then, following, the next line is waited for.
  const next = follow ? tool.sys.open(DEVICE, { read: true }) : fd;
  if (fd < 0 || next < 0) return yield* tool.die(`read kernel buffer failed: ${strerror(fd)}`);
  let from = fd;
  let taken = 0;
  let silent = has('W');
  let rest = '';
  for (;;) {
    const got = yield* tool.sys.read(from, 8192);
    if (typeof got === 'string') taken += got.length;
    if (got === -ERRNO.EPIPE) continue;
    if (typeof got === 'number' && got !== -ERRNO.EAGAIN) return got === -ERRNO.EINTR ? 0 : yield* tool.die(`read kernel buffer failed: ${strerror(got)}`);
    if (got === '' || typeof got === 'number') {
      if (!follow) return 0;
      silent = false;
      yield* tool.flush();
      if (from === next) continue;
      tool.sys.lseek(next, taken);
      from = next;
      continue;
    }
    const records = (rest + got).split(/\n(?! )/);
    rest = records.pop() as string;
    for (const record of records) {
      const line = parseKmsg(record);
      if (line && !silent && wanted(line)) tool.put(show(line));
    }
    yield* from === next && follow ? tool.flush() : tool.settle();
  }
});
function* levelsOf(tool: Tool, list: string | undefined): Kthread<ReadonlySet<number> | undefined> {
  if (list === undefined) return undefined;
  const out = new Set<number>();
  for (const word of list.split(',')) {
    const name = word.replace(/\+/g, '');
    const level = /^\d$/.test(name) ? Number(name) : LEVELS.indexOf(name);
    if (level < 0) return yield* tool.die(`unknown level '${word}'`);
    // 'err+' is err and worse, '+err' err and less.
    const [from, to] = word.endsWith('+') ? [0, level] : word.startsWith('+') ? [level, 7] : [level, level];
    for (let n = from; n <= to; n++) out.add(n);
  }
  return out;
}
