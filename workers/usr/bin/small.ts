/**
 * Programs of a few lines: echo, printf, test, true, false, yes, sleep, basename, dirname, seq, env, date, uname, id, readlink, realpath, pwd,
 * mktemp, kill …
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { signalName, signalNumber } from '../../kernel/signal.ts';
import { ERRNO, strerror } from '../../uapi/errno.ts';
import { type Program, readFile, type Sys } from '../program.ts';
import { quoteaf, quotef } from './quotef.ts';
import { echoText, printfText } from './sh/formats.ts';
import { classicTest, TestError } from './sh/classic_test.ts';
import { getopt } from './text/getopt.ts';
import { Exit, program, type Tool } from './text/io.ts';
import { formatted } from './text/printf.ts';
import { daysSinceEpoch, strftime } from './text/strftime.ts';

const constant = (status: number): Program =>
  function* () {
    return status;
  };
const echo = program(function* (tool) {
  tool.put(echoText(tool.args));
  return 0;
});
const printf = program(function* (tool) {
  const [format, ...args] = tool.args;
  if (format === undefined) return yield* tool.die("missing operand\nTry 'printf --help' for more information.");
  const { text, complaints, status } = printfText(format, args, (f, seconds) => strftime(f, seconds ?? Math.floor(tool.sys.clock_realtime())));
  tool.put(text);
  for (const c of complaints) yield* tool.warn(c);
  return status;
});
const test = program(function* (tool) {
  let { args } = tool;
  if (tool.name === '[') {
    if (args.at(-1) !== ']') return yield* tool.die("missing ']'", 2);
    args = args.slice(0, -1);
  }
  try {
    return classicTest({ sys: tool.sys }, args) ? 0 : 1;
  } catch (e) {
    if (!(e instanceof TestError)) throw e;
    return yield* tool.die(
      e.message.replace(/^(\S+): (unary|binary) operator expected$/, (_, word: string, kind: string) => `${quotef(word)}: ${kind} operator expected`),
      2,
    );
  }
});
const yes = program(function* (tool) {
  const line = `${tool.args.length > 0 ? tool.args.join(' ') : 'y'}\n`;
  for (;;) {
    tool.put(line.repeat(64));
    yield* tool.settle();
    yield;
  }
});

/** '0.5', '2m', '1h', 'inf' → ns; NaN: no time. */
const duration = (text: string): number => {
  const m = /^(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|inf(?:inity)?)([smhd]?)$/i.exec(text);
  if (!m) return Number.NaN;
  return (/^inf/i.test(m[1] as string) ? Number.POSITIVE_INFINITY : Number(m[1])) * { s: 1, m: 60, h: 3600, d: 86400 }[(m[2] || 's') as 's'] * 1e9;
};
const sleep = program(function* (tool) {
  if (tool.args.length === 0) yield* tool.die("missing operand\nTry 'sleep --help' for more information.");
  let ns = 0;
  for (const arg of tool.args) {
    const d = duration(arg);
    if (Number.isNaN(d)) yield* tool.die(`invalid time interval ${quoteaf(arg)}\nTry 'sleep --help' for more information.`);
    ns += d;
  }
  yield* tool.sys.nanosleep(Math.round(ns));
  return 0;
});

const basename = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'as:z', inOrder: true, long: { multiple: { key: 'a' }, suffix: { key: 's', arg: 'required' }, zero: { key: 'z' } } },
    'basename NAME [SUFFIX]',
  );
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'basename --help' for more information.");
  const many = options.some(([k]) => k === 'a' || k === 's');
  if (!many && operands.length > 2) yield* tool.die(`extra operand ${quoteaf(operands[2] as string)}\nTry 'basename --help' for more information.`);
  const suffix = options.findLast(([k]) => k === 's')?.[1] ?? (many ? '' : (operands[1] ?? ''));
  for (const path of many ? operands : operands.slice(0, 1)) {
    const name = path.replace(/\/+$/, '').replace(/^.*\//, '') || (path.startsWith('/') ? '/' : '');
    tool.put(
      `${suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}${options.some(([k]) => k === 'z') ? '\0' : '\n'}`,
    );
  }
  return 0;
});
const dirname = program(function* (tool) {
  const { operands } = yield* getopt(tool, { short: 'z', long: { zero: { key: 'z' } } }, 'dirname [OPTION] NAME...');
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'dirname --help' for more information.");
  for (const path of operands) {
    const trimmed = path.replace(/\/+$/, '');
    const dir = trimmed.replace(/\/*[^/]*$/, '');
    tool.put(`${dir !== '' ? dir : path.startsWith('/') ? '/' : '.'}\n`);
  }
  return 0;
});

const decimals = (text: string): number => /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
const seq = program(function* (tool) {
  const { args } = tool;
  let separator = '\n';
  let format: string | undefined;
  let equal = false;
  let i = 0;
  for (; i < args.length && /^-[^\d.]/.test(args[i] as string); i++) {
    const arg = args[i] as string;
    const value = (short: string, long: string): string | undefined =>
      arg === short || arg === long
        ? (args[++i] ?? '')
        : arg.startsWith(`${long}=`)
          ? arg.slice(long.length + 1)
          : arg.startsWith(short) && !arg.startsWith('--')
            ? arg.slice(2)
            : undefined;
    if (arg === '-w' || arg === '--equal-width') equal = true;
    else {
      const s = value('-s', '--separator');
      const f = s === undefined ? value('-f', '--format') : undefined;
      if (s !== undefined) separator = s.replace(/\\n/g, '\n').replace(/\\t/g, '\t');
      else if (f !== undefined) format = f;
      else yield* tool.die(`invalid option -- '${arg.charAt(1)}'\nTry 'seq --help' for more information.`);
    }
  }
  const words = args.slice(i);
  if (words.length === 0) yield* tool.die("missing operand\nTry 'seq --help' for more information.");
  if (words.length > 3) yield* tool.die(`extra operand ${quoteaf(words[3] as string)}\nTry 'seq --help' for more information.`);
  for (const w of words)
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(w))
      yield* tool.die(`invalid floating point argument: ${quoteaf(w)}\nTry 'seq --help' for more information.`);
  const [first, step, last] = words.length === 1 ? [1, 1, Number(words[0])] : words.length === 2 ? [Number(words[0]), 1, Number(words[1])] : words.map(Number);
  const [from, by, to] = [first as number, step as number, last as number];
  if (by === 0) yield* tool.die(`invalid Zero increment value: ${quoteaf(words[1] as string)}\nTry 'seq --help' for more information.`);
  const digits = Math.max(
    ...(words.length === 3 ? [decimals(words[0] as string), decimals(words[1] as string)] : words.length === 2 ? [decimals(words[0] as string)] : [0]),
  );
  const width = equal ? Math.max(from.toFixed(digits).length, to.toFixed(digits).length) : 0;
  const count = Math.floor((to - from) / by + 1e-9);
  for (let k = 0; k <= count; k++) {
    const n = from + k * by;
    const plain = n.toFixed(digits);
    const padded = plain.startsWith('-') ? `-${plain.slice(1).padStart(width - 1, '0')}` : plain.padStart(width, '0');
    tool.put((k > 0 ? separator : '') + (format === undefined ? padded : formatted(format, [n])));
    yield* tool.settle();
    if (k % 512 === 511) yield;
  }
  if (count >= 0) tool.put('\n');
  return 0;
});

const env = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'i0u:C:',
      inOrder: true,
      long: { 'ignore-environment': { key: 'i' }, unset: { key: 'u', arg: 'required' }, null: { key: '0' }, chdir: { key: 'C', arg: 'required' } },
    },
    'env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]',
    125,
  );
  const words = operands[0] === '-' ? operands.slice(1) : [...operands];
  const map = new Map(options.some(([k]) => k === 'i') || operands[0] === '-' ? [] : tool.proc.env);
  for (const [key, value] of options) if (key === 'u') map.delete(value ?? '');
  while (/^[^=]+=/.test(words[0] ?? '')) {
    const [, name = '', value = ''] = /^([^=]+)=([\s\S]*)$/.exec(words.shift() as string) ?? [];
    map.set(name, value);
  }
  if (words.length === 0) {
    for (const [name, value] of map) tool.put(`${name}=${value}${options.some(([k]) => k === '0') ? '\0' : '\n'}`);
    return 0;
  }
  const { spawn } = tool.proc;
  if (!spawn) return yield* tool.die('nothing else can be run here', 126);
  const cwd = options.findLast(([k]) => k === 'C')?.[1];
  const status = yield* spawn(words, { env: map, ...(cwd !== undefined && { cwd }) });
  if (status < 0) return yield* tool.die(`${quoteaf(words[0] as string)}: ${strerror(status)}`, status === -ERRNO.ENOENT ? 127 : 126);
  return status;
});
const printenv = program(function* (tool) {
  if (tool.args.length === 0) for (const [name, value] of tool.proc.env) tool.put(`${name}=${value}\n`);
  let status = 0;
  for (const name of tool.args) {
    const value = tool.proc.env.get(name);
    if (value === undefined) status = 1;
    else tool.put(`${value}\n`);
  }
  return status;
});

/** '@123', '2026-01-02 03:04:05', 'now' → seconds since 1970; undefined: no date this reads. */
function parseDate(text: string, now: number): number | undefined {
  if (/^@-?\d+(\.\d+)?$/.test(text)) return Number(text.slice(1));
  if (text === 'now' || text === '') return now;
  if (text === 'today') return now;
  if (text === 'yesterday') return now - 86400;
  if (text === 'tomorrow') return now + 86400;
  const m = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?(?:Z| ?UTC)?$/.exec(text);
  if (!m) return undefined;
  const [, y, mo, d, h = 0, mi = 0, s = 0] = m.map(Number) as number[];
  return daysSinceEpoch(y as number, mo as number, d as number) * 86400 + (h || 0) * 3600 + (mi || 0) * 60 + (s || 0);
}
const date = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'd:uRI::s:r:',
      long: {
        date: { key: 'd', arg: 'required' },
        utc: { key: 'u' },
        universal: { key: 'u' },
        'rfc-email': { key: 'R' },
        'iso-8601': { key: 'I', arg: 'optional' },
        reference: { key: 'r', arg: 'required' },
      },
    },
    'date [OPTION]... [+FORMAT]',
  );
  const now = tool.sys.clock_realtime();
  let seconds = now;
  for (const [key, value = ''] of options) {
    if (key === 'd') {
      const parsed = parseDate(value, now);
      if (parsed === undefined) return yield* tool.die(`invalid date ${quoteaf(value)}`);
      seconds = parsed;
    } else if (key === 'r') {
      const s = tool.sys.stat(value);
      if (typeof s === 'number') return yield* tool.die(`${quotef(value)}: ${strerror(s)}`);
      seconds = s.mtime;
    } else if (key === 's') return yield* tool.die(`cannot set date: ${strerror(ERRNO.EPERM)}`);
  }
  const whole = Math.floor(seconds);
  const nanos = String(Math.round((seconds - whole) * 1e9)).padStart(9, '0');
  const [format] = operands;
  if (format !== undefined && !format.startsWith('+')) return yield* tool.die(`invalid date ${quoteaf(format)}`);
  const iso = options.find(([k]) => k === 'I');
  const pattern =
    format?.slice(1) ??
    (options.some(([k]) => k === 'R')
      ? '%a, %d %b %Y %H:%M:%S +0000'
      : iso
        ? iso[1] === 'seconds' || iso[1] === 's'
          ? '%Y-%m-%dT%H:%M:%S+00:00'
          : '%Y-%m-%d'
        : '%a %b %e %H:%M:%S UTC %Y');
  const text = pattern
    .replace(/%(\d*)N/g, (_, width: string) => nanos.slice(0, width === '' ? 9 : Number(width)))
    .replace(/%s/g, String(whole))
    .replace(/%-([dmHMSjeIlk])/g, (_, c: string) => String(Number(strftime(`%${c}`, whole).trim())))
    .replace(/%:z/g, '+00:00')
    .replace(/%z/g, '+0000')
    .replace(/%Z/g, 'UTC');
  tool.put(`${strftime(text, whole)}\n`);
  return 0;
});

/** First line of a file, or what to say instead. */
function* line(sys: Sys, path: string, otherwise: string): Kthread<string> {
  const text = yield* readFile(sys, path);
  return typeof text === 'string' ? (text.split('\n')[0] as string) : otherwise;
}
const uname = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'asnrvmpio',
      long: {
        all: { key: 'a' },
        'kernel-name': { key: 's' },
        nodename: { key: 'n' },
        'kernel-release': { key: 'r' },
        'kernel-version': { key: 'v' },
        machine: { key: 'm' },
        'operating-system': { key: 'o' },
      },
    },
    'uname [OPTION]...',
  );
  if (operands.length > 0) yield* tool.die(`extra operand ${quoteaf(operands[0] as string)}\nTry 'uname --help' for more information.`);
  const version = yield* line(tool.sys, '/proc/version', '');
  const m = /^Linux version (\S+) .*?(#\d.*)$/.exec(version);
  const parts: Record<string, string> = {
    s: 'Linux',
    n: yield* line(tool.sys, '/proc/sys/kernel/hostname', yield* line(tool.sys, '/etc/hostname', 'localhost')),
    r: yield* line(tool.sys, '/proc/sys/kernel/osrelease', m?.[1] ?? 'unknown'),
    v: yield* line(tool.sys, '/proc/sys/kernel/version', m?.[2] ?? 'unknown'),
    m: 'x86_64',
    o: 'GNU/Linux',
  };
  const wanted = options.map(([k]) => k);
  const shown = [...'snrvmo'].filter((k) => wanted.includes('a') || wanted.includes(k) || (wanted.length === 0 && k === 's'));
  tool.put(`${shown.map((k) => parts[k]).join(' ')}${wanted.some((k) => 'pi'.includes(k)) ? `${shown.length > 0 ? ' ' : ''}unknown` : ''}\n`);
  return 0;
});
const hostname = program(function* (tool) {
  tool.put(`${yield* line(tool.sys, '/proc/sys/kernel/hostname', yield* line(tool.sys, '/etc/hostname', 'localhost'))}\n`);
  return 0;
});
const userName = (uid: number): string => (uid === 0 ? 'root' : uid === 65534 ? 'nobody' : '');
const id = program(function* (tool) {
  const { options } = yield* getopt(
    tool,
    { short: 'ugGnr', long: { user: { key: 'u' }, group: { key: 'g' }, groups: { key: 'G' }, name: { key: 'n' } } },
    'id [OPTION]... [USER]',
  );
  const uid = tool.sys.getuid();
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const group = uid === 65534 ? 'nogroup' : userName(uid);
  const number = (name: string): string => (has('n') ? name || String(uid) : String(uid));
  if (has('u')) tool.put(`${number(userName(uid))}\n`);
  else if (has('g') || has('G')) tool.put(`${number(group)}\n`);
  else {
    const named = (name: string): string => `${uid}${name === '' ? '' : `(${name})`}`;
    tool.put(`uid=${named(userName(uid))} gid=${named(group)} groups=${named(group)}\n`);
  }
  return 0;
});
const whoami = program(function* (tool) {
  const uid = tool.sys.getuid();
  if (userName(uid) === '') yield* tool.die(`cannot find name for user ID ${uid}`);
  tool.put(`${userName(uid)}\n`);
  return 0;
});

/** A path without links, '.' and '..'. `lenient`: how many names at the end may be missing (0, 1 or all). -errno. */
export function canonical(sys: Sys, path: string, lenient: 0 | 1 | 2): string | number {
  const pending = (path.startsWith('/') ? path : `${sys.getcwd()}/${path}`)
    .split('/')
    .filter((n) => n !== '')
    .reverse();
  const out: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const name = pending.pop() as string;
    if (name === '.') continue;
    if (name === '..') {
      out.pop();
      continue;
    }
    const at = `/${[...out, name].join('/')}`;
    const stat = sys.lstat(at);
    if (typeof stat === 'number') {
      if (lenient === 0 || (lenient === 1 && pending.length > 0)) return stat;
      out.push(name);
    } else if (stat.kind === 'link') {
      if (++links > 40) return -ERRNO.ELOOP;
      const target = sys.readlink(at);
      if (typeof target === 'number') return target;
      if (target.startsWith('/')) out.length = 0;
      pending.push(
        ...target
          .split('/')
          .filter((n) => n !== '')
          .reverse(),
      );
    } else if (stat.kind !== 'dir' && pending.length > 0) return -ERRNO.ENOTDIR;
    else out.push(name);
  }
  return `/${out.join('/')}`;
}
const readlink = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'femnqsvz',
      long: {
        canonicalize: { key: 'f' },
        'canonicalize-existing': { key: 'e' },
        'canonicalize-missing': { key: 'm' },
        'no-newline': { key: 'n' },
        verbose: { key: 'v' },
      },
    },
    'readlink [OPTION]... FILE...',
  );
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'readlink --help' for more information.");
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  for (const path of operands) {
    const target = has('m')
      ? canonical(tool.sys, path, 2)
      : has('e')
        ? canonical(tool.sys, path, 0)
        : has('f')
          ? canonical(tool.sys, path, 1)
          : tool.sys.readlink(path);
    if (typeof target === 'number') {
      tool.status = 1;
      if (has('v')) yield* tool.warn(`${quotef(path)}: ${strerror(target)}`);
    } else tool.put(target + (has('n') && operands.length === 1 ? '' : '\n'));
  }
  return 0;
});
const realpath = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'emqsLPz',
      long: {
        'canonicalize-existing': { key: 'e' },
        'canonicalize-missing': { key: 'm' },
        quiet: { key: 'q' },
        strip: { key: 's' },
        'no-symlinks': { key: 's' },
      },
    },
    'realpath [OPTION]... FILE...',
  );
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'realpath --help' for more information.");
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  for (const path of operands) {
    const target = canonical(tool.sys, path, has('m') ? 2 : has('e') ? 0 : 1);
    if (typeof target === 'string') tool.put(`${target}\n`);
    else if (has('q')) tool.status = 1;
    else yield* tool.warn(`${quotef(path)}: ${strerror(target)}`);
  }
  return 0;
});
const pwd = program(function* (tool) {
  tool.put(`${tool.sys.getcwd()}\n`);
  return 0;
});
const mktemp = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'dqtup:', long: { directory: { key: 'd' }, tmpdir: { key: 'p', arg: 'optional' } } },
    'mktemp [OPTION]... [TEMPLATE]',
  );
  const [template = 'tmp.XXXXXXXXXX'] = operands;
  const xs = /X{3,}(?!.*X{3,})/.exec(template)?.[0];
  if (xs === undefined) return yield* tool.die(`too few X's in template ${quoteaf(template)}`);
  const dir =
    operands.length === 0 || options.some(([k]) => k === 'p' || k === 't')
      ? `${options.findLast(([k]) => k === 'p')?.[1] || tool.proc.env.get('TMPDIR') || '/tmp'}/`
      : '';
  // Names come from a counter, so that the same script makes the same names.
  for (let n = 0; n < 1_000_000; n++) {
    const path = dir + template.replace(xs, (tool.sys.getpid() * 1000 + n).toString(36).padStart(xs.length, '0').slice(-xs.length));
    if (typeof tool.sys.lstat(path) !== 'number') continue;
    const error = options.some(([k]) => k === 'd') ? tool.sys.mkdir(path, 0o700) : tool.sys.open(path, { write: true, create: true }, 0o600);
    if (error < 0)
      return yield* tool.die(
        `failed to create ${options.some(([k]) => k === 'd') ? 'directory' : 'file'} via template ${quoteaf(dir + template)}: ${strerror(error)}`,
      );
    tool.put(`${path}\n`);
    return 0;
  }
  return 1;
});
const kill = program(function* (tool) {
  let { args } = tool;
  let signal = 15;
  const [first = ''] = args;
  if (first === '-l') {
    tool.put(`${Array.from({ length: 31 }, (_, i) => signalName(i + 1)).join(' ')}\n`);
    return 0;
  }
  const named = first === '-s' ? args[1] : /^-[A-Za-z0-9]/.test(first) ? first.slice(1) : undefined;
  if (named !== undefined) {
    const n = signalNumber(named);
    if (n === undefined) return yield* tool.die(`invalid signal: ${quoteaf(named)}`);
    signal = n;
    args = args.slice(first === '-s' ? 2 : 1);
  }
  for (const word of args) {
    const error = /^\d+$/.test(word) ? tool.sys.kill(Number(word), signal) : -ERRNO.EINVAL;
    if (error < 0) yield* tool.warn(`sending signal to ${word} failed: ${strerror(error)}`);
  }
  return 0;
});
const which = program(function* (tool) {
  for (const name of tool.args.filter((a) => !a.startsWith('-'))) {
    const found = (tool.proc.env.get('PATH') ?? '')
      .split(':')
      .map((dir) => `${dir}/${name}`)
      .find((path) => {
        const stat = tool.sys.stat(path);
        return typeof stat !== 'number' && stat.kind === 'file' && tool.sys.access(path, 1) === 0;
      });
    if (found === undefined) tool.status = 1;
    else tool.put(`${found}\n`);
  }
  return 0;
});
/** time as a program: `time -p`-like, on the simulated clock. */
const time = program(function* (tool: Tool) {
  const { spawn } = tool.proc;
  const words = tool.args.filter((a, i, all) => !(a.startsWith('-') && all.slice(0, i).every((b) => b.startsWith('-'))));
  if (!spawn || words.length === 0) throw new Exit(125);
  const begun = tool.sys.clock_monotonic();
  const status = yield* spawn(words);
  if (status < 0) return yield* tool.die(`cannot run ${words[0]}: ${strerror(status)}`, 127);
  yield* tool.stderr(`real ${((tool.sys.clock_monotonic() - begun) / 1e9).toFixed(2)}\nuser 0.00\nsys 0.00\n`);
  return status;
});

export const SMALL: Readonly<Record<string, Program>> = {
  '[': test,
  basename,
  date,
  dirname,
  echo,
  env,
  false: constant(1),
  hostname,
  id,
  kill,
  mktemp,
  printenv,
  printf,
  pwd,
  readlink,
  realpath,
  seq,
  sleep,
  sync: constant(0),
  test,
  time,
  true: constant(0),
  uname,
  which,
  whoami,
  yes,
};
