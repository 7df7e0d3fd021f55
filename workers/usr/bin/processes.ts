/** Programs over /proc/PID: ps, top, pgrep, pkill, pidof, killall, uptime. They read what the kernel shows of processes, as procps does. */
import type { Kthread } from '../../kernel/kthread.ts';
import { SIGNALS, signalNumber } from '../../kernel/signal.ts';
import { type Program, readFile } from '../program.ts';
import { parseOptions } from './text/getopt.ts';
import { program, type Tool } from './text/io.ts';
import { compileRegex } from './text/regex/regex.ts';
import { strftime } from './text/strftime.ts';
import { readMeminfo } from './mem/free.ts';

export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly name: string;
  readonly state: string;
  /** kB. */
  readonly vsz: number;
  readonly rss: number;
  /** Arguments, or the name in brackets. */
  readonly command: string;
}
/** Every process there is, by pid. */
export function* allProcesses(tool: Tool): Kthread<ProcessFacts[]> {
  const names = tool.sys.readdir('/proc');
  const all: ProcessFacts[] = [];
  for (const pid of typeof names === 'number' ? [] : names.filter((n) => /^\d+$/.test(n)).map(Number)) {
    const status = yield* readFile(tool.sys, `/proc/${pid}/status`);
    const argv = yield* readFile(tool.sys, `/proc/${pid}/cmdline`);
    if (typeof status === 'number' || status === '') continue;
    const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
    const words = typeof argv === 'string' ? argv.split('\0').slice(0, -1).join(' ') : '';
    all.push({
      pid, ppid: Number(field('PPid')), uid: Number(field('Uid')), name: field('Name'), state: field('State'), vsz: Number(field('VmSize')), rss: Number(field('VmRSS')),
      command: words === '' ? `[${field('Name')}]` : words,
    });
  }
  return all.sort((a, b) => a.pid - b.pid);
}
const userName = (uid: number): string => (uid === 0 ? 'root' : uid === 65534 ? 'nobody' : String(uid));
const share = (kb: number, total: number): string => (total > 0 ? (Math.floor((kb * 1000) / total) / 10).toFixed(1) : '0.0');

/** A column of ps: headline, whether its cells stand right, and what it shows. */
interface Column {
  readonly head: string;
  readonly width: number;
  readonly right: boolean;
  readonly cell: (p: ProcessFacts, total: number) => string;
}
const col = (head: string, width: number, right: boolean, cell: Column['cell']): Column => ({ head, width, right, cell });
const TIME = '00:00:00';
const COLUMNS: Readonly<Record<string, Column>> = {
  pid: col('PID', 7, true, (p) => String(p.pid)),
  ppid: col('PPID', 7, true, (p) => String(p.ppid)),
  uid: col('UID', 5, true, (p) => String(p.uid)),
  user: col('USER', 8, false, (p) => userName(p.uid)),
  comm: col('COMMAND', 15, false, (p) => p.name),
  args: col('COMMAND', 27, false, (p) => p.command),
  rss: col('RSS', 5, true, (p) => String(p.rss)),
  vsz: col('VSZ', 6, true, (p) => String(p.vsz)),
  stat: col('STAT', 4, false, (p) => p.state),
  s: col('S', 1, false, (p) => p.state),
  tty: col('TT', 8, false, () => 'ttyS0'),
  time: col('TIME', 8, true, () => TIME),
  '%cpu': col('%CPU', 4, true, () => '0.0'),
  '%mem': col('%MEM', 4, true, (p, total) => share(p.rss, total)),
  ni: col('NI', 3, true, () => '0'),
  pri: col('PRI', 3, true, () => '19'),
};
const ALIASES: Readonly<Record<string, string>> = {
  cmd: 'args', command: 'args', ucmd: 'comm', ucomm: 'comm', pcpu: '%cpu', pmem: '%mem', rssize: 'rss', vsize: 'vsz', euser: 'user', euid: 'uid', state: 's', tt: 'tty', tname: 'tty', cputime: 'time',
};
function table(columns: readonly Column[], all: readonly ProcessFacts[], total: number, heads = true): string {
  const rows = all.map((p) => columns.map((c) => c.cell(p, total)));
  const widths = columns.map((c, i) => (i === columns.length - 1 && !c.right ? 0 : Math.max(c.width, ...rows.map((r) => (r[i] as string).length))));
  const line = (cells: readonly string[]): string => `${cells.map((cell, i) => ((columns[i] as Column).right ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number))).join(' ')}\n`;
  return (heads && columns.some((c) => c.head !== '') ? line(columns.map((c) => c.head)) : '') + rows.map(line).join('');
}
function* ps(tool: Tool): Kthread<number> {
  // BSD's letters stand without a dash; a dash makes them Unix's, but for a word like -aux.
  const bsd = tool.args.filter((a) => !a.startsWith('-') && /^[a-z]+$/i.test(a)).join('');
  const { options, operands, error } = parseOptions(tool.args.filter((a) => a.startsWith('-') || !/^[a-zA-Z]+$/.test(a) || /^-/.test(tool.args[tool.args.indexOf(a) - 1] ?? '')), {
    short: 'eAafFlwo:p:C:u:N', long: { format: { key: 'o', arg: 'required' }, pid: { key: 'p', arg: 'required' }, 'no-headers': { key: 'h' }, 'no-heading': { key: 'h' }, sort: { key: 'sort', arg: 'required' }, forest: { key: 'forest' } },
  });
  if (error !== undefined) return yield* tool.die(`error: ${error}`);
  const has = (key: string): boolean => options.some(([k]) => k === key);
  const values = (key: string): string[] => options.filter(([k]) => k === key).flatMap(([, v]) => (v ?? '').split(/[\s,]+/));
  const total = (yield* readMeminfo(tool)).get('MemTotal') ?? 0;
  let all = yield* allProcesses(tool);
  const pids = [...values('p'), ...operands].map(Number);
  const commands = values('C');
  const users = values('u');
  const own = tool.sys.getuid();
  if (pids.length > 0 || commands.length > 0 || (users.length > 0 && !bsd)) all = all.filter((p) => pids.includes(p.pid) || commands.includes(p.name) || users.includes(userName(p.uid)) || users.includes(String(p.uid)));
  else if (!has('e') && !has('A') && !/[ax]/.test(bsd)) all = all.filter((p) => p.uid === own);
  const order = options.findLast(([k]) => k === 'sort')?.[1];
  if (order !== undefined) {
    const key = order.replace(/^[+-]/, '');
    const column = COLUMNS[ALIASES[key] ?? key];
    if (!column) return yield* tool.die(`error: unknown sort specifier: ${key}`);
    const by = (p: ProcessFacts): string | number => {
      const cell = column.cell(p, total);
      return column.right ? Number(cell) : cell;
    };
    all = all.toSorted((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : a.pid - b.pid));
    if (order.startsWith('-')) all.reverse();
  }
  let columns: Column[];
  const format = values('o');
  if (format.length > 0) {
    columns = [];
    for (const word of format) {
      const [name = '', head] = word.split('=');
      const column = COLUMNS[ALIASES[name] ?? name];
      if (!column) return yield* tool.die(`error: unknown user-defined format specifier "${name}"`);
      columns.push(head === undefined ? column : { ...column, head });
    }
  } else if (bsd.includes('u')) {
    columns = ['user', 'pid', '%cpu', '%mem', 'vsz', 'rss', 'tty', 'stat', 'time', 'args'].map((n) => COLUMNS[n] as Column).map((c) => (c.head === 'TT' ? { ...c, head: 'TTY' } : c));
  } else if (has('f') || has('F')) {
    const start = col('STIME', 5, false, () => '00:00');
    const uid = { ...(COLUMNS.user as Column), head: 'UID' };
    columns = [uid, COLUMNS.pid as Column, COLUMNS.ppid as Column, col('C', 2, true, () => '0'), start, col('TTY', 8, false, () => 'ttyS0'), COLUMNS.time as Column, { ...(COLUMNS.args as Column), head: 'CMD' }];
  } else if (bsd !== '') columns = [COLUMNS.pid as Column, { ...(COLUMNS.tty as Column), head: 'TTY' }, COLUMNS.stat as Column, { ...(COLUMNS.time as Column), width: 6, cell: () => '0:00' }, COLUMNS.args as Column];
  else columns = [COLUMNS.pid as Column, { ...(COLUMNS.tty as Column), head: 'TTY' }, COLUMNS.time as Column, { ...(COLUMNS.comm as Column), head: 'CMD' }];
  tool.put(table(columns, all, total, !has('h')));
  return all.length > 0 ? 0 : 1;
}

const pad2 = (n: number): string => String(n).padStart(2, '0');
/** 'up 3 min', 'up  1:02'. */
function upFor(ns: number): string {
  const minutes = Math.floor(ns / 60e9);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  return `up ${days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : ''}${hours > 0 ? `${String(hours).padStart(2)}:${pad2(minutes % 60)}` : `${minutes % 60} min`}`;
}
const headline = (tool: Tool): string => `${strftime('%H:%M:%S', Math.floor(tool.sys.clock_realtime()))} ${upFor(tool.sys.clock_monotonic())},  1 user,  load average: 0.00, 0.00, 0.00`;
const uptime = program(function* (tool) {
  tool.put(` ${headline(tool)}\n`);
  return 0;
});

/** One screen of top: what the machine's memory is used for, and who uses it. */
function* screen(tool: Tool, lines: number): Kthread<string> {
  const memory = yield* readMeminfo(tool);
  const kb = (name: string): number => memory.get(name) ?? 0;
  const mib = (n: number): string => (n / 1024).toFixed(1).padStart(8);
  const cache = kb('Buffers') + kb('Cached') + kb('SReclaimable');
  const all = yield* allProcesses(tool);
  const running = all.filter((p) => p.state === 'R').length;
  const total = kb('MemTotal');
  const rows = all.toSorted((a, b) => b.rss - a.rss || a.pid - b.pid).slice(0, lines);
  const row = (p: ProcessFacts): string =>
    `${String(p.pid).padStart(7)} ${userName(p.uid).padEnd(8)} ${' 20'} ${'  0'} ${String(p.vsz).padStart(7)} ${String(p.rss).padStart(6)} ${'0'.padStart(6)} ${p.state} ${'0.0'.padStart(5)} ${share(p.rss, total).padStart(5)} ${'0:00.00'.padStart(9)} ${p.name}\n`;
  return (
    `top - ${headline(tool)}\n` +
    `Tasks: ${String(all.length).padStart(3)} total, ${String(running).padStart(3)} running, ${String(all.length - running).padStart(3)} sleeping,   0 stopped,   0 zombie\n` +
    `MiB Mem :${mib(total)} total,${mib(kb('MemFree'))} free,${mib(total - kb('MemAvailable'))} used,${mib(cache)} buff/cache     \n` +
    `MiB Swap:${mib(kb('SwapTotal'))} total,${mib(kb('SwapFree'))} free,${mib(kb('SwapTotal') - kb('SwapFree'))} used.${mib(kb('MemAvailable'))} avail Mem \n\n` +
    `    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n${rows.map(row).join('')}`
  );
}
const top = program(function* (tool) {
  const { options, error } = parseOptions(tool.args, { short: 'bn:d:o:p:ciHS', long: { iterations: { key: 'n', arg: 'required' }, delay: { key: 'd', arg: 'required' }, batch: { key: 'b' } } });
  if (error !== undefined) return yield* tool.die(error);
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  const batch = options.some(([k]) => k === 'b');
  const rounds = Number(value('n') ?? Number.POSITIVE_INFINITY);
  const delay = Number(value('d') ?? 3);
  for (let i = 0; i < rounds; i++) {
    tool.put(`${batch ? (i > 0 ? '\n' : '') : '\x1b[H\x1b[2J'}${yield* screen(tool, batch ? Number.POSITIVE_INFINITY : 15)}`);
    yield* tool.flush();
    if (i + 1 < rounds && (yield* tool.sys.nanosleep(delay * 1e9)) < 0) return 0;
  }
  return 0;
});

/** pgrep and pkill: names (or, -f, command lines) that match a regular expression. The program itself is not meant. */
const byName = (kill: boolean): Program =>
  program(function* (tool) {
    const args = kill && /^-[A-Z0-9]+$/.test(tool.args[0] ?? '') ? tool.args.slice(1) : tool.args;
    const named = kill && args !== tool.args ? (tool.args[0] as string).slice(1) : 'TERM';
    const { options, operands, error } = parseOptions(args, { short: 'flacxvnoiP:u:s:', long: { full: { key: 'f' }, signal: { key: 's', arg: 'required' }, exact: { key: 'x' }, 'list-name': { key: 'l' }, 'list-full': { key: 'a' }, count: { key: 'c' } } });
    if (error !== undefined) return yield* tool.die(`${error}\nTry '${tool.name} --help' for more information.`, 2);
    const has = (key: string): boolean => options.some(([k]) => k === key);
    const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
    const [pattern] = operands;
    if (pattern === undefined && !has('P') && !has('u')) return yield* tool.die(`no matching criteria specified\nTry \`${tool.name} --help' for more information.`, 2);
    const regex = compileRegex(has('x') ? `^(${pattern})$` : (pattern ?? ''), { extended: true, icase: has('i') });
    const me = tool.sys.getpid();
    const matching = (yield* allProcesses(tool)).filter((p) => {
      if (p.pid === me || (value('P') !== undefined && String(p.ppid) !== value('P')) || (value('u') !== undefined && userName(p.uid) !== value('u'))) return false;
      return (regex.exec(has('f') ? p.command : p.name) !== undefined) !== has('v');
    });
    const found = has('n') ? matching.slice(-1) : has('o') ? matching.slice(0, 1) : matching;
    if (kill) {
      const signal = signalNumber(value('s') ?? named);
      if (signal === undefined) return yield* tool.die(`unknown signal "${value('s') ?? named}"`, 2);
      for (const p of found) tool.sys.kill(p.pid, signal);
    } else if (has('c')) tool.put(`${found.length}\n`);
    else for (const p of found) tool.put(`${p.pid}${has('l') ? ` ${p.name}` : has('a') ? ` ${p.command}` : ''}\n`);
    return found.length > 0 ? 0 : 1;
  });
const pidof = program(function* (tool) {
  const names = tool.args.filter((a) => !a.startsWith('-'));
  const pids = (yield* allProcesses(tool)).filter((p) => names.includes(p.name)).map((p) => p.pid).reverse();
  if (pids.length > 0) tool.put(`${(tool.args.includes('-s') ? pids.slice(0, 1) : pids).join(' ')}\n`);
  return pids.length > 0 ? 0 : 1;
});
const killall = program(function* (tool) {
  const named = /^-[A-Z0-9]+$/.test(tool.args[0] ?? '') ? (tool.args[0] as string).slice(1) : 'TERM';
  const names = tool.args.filter((a) => !a.startsWith('-'));
  const signal = signalNumber(named) ?? SIGNALS.TERM;
  for (const name of names) {
    const found = (yield* allProcesses(tool)).filter((p) => p.name === name && p.pid !== tool.sys.getpid());
    for (const p of found) tool.sys.kill(p.pid, signal);
    if (found.length === 0) {
      yield* tool.stderr(`${name}: no process found\n`);
      tool.status = 1;
    }
  }
  return tool.status;
});

export const PROCESSES: Readonly<Record<string, Program>> = { killall, pgrep: byName(false), pidof, pkill: byName(true), ps: program(ps), top, uptime };
