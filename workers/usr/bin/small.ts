/** Programs of a few lines: echo, printf, test, true, false, yes, sleep, env, printenv, pwd, mktemp, kill, which, time. */
import { signalName, signalNumber } from '../../kernel/signal.ts';
import { ERRNO, strerror } from '../../uapi/errno.ts';
import type { Program } from '../program.ts';
import { date } from './dates.ts';
import { hostname, id, uname, whoami } from './identity.ts';
import { basename, dirname, readlink, realpath } from './paths.ts';
import { quoteaf, quotef } from './quotef.ts';
import { seq } from './seq.ts';
import { echoText, printfText } from './sh/formats.ts';
import { classicTest, TestError } from './sh/classic_test.ts';
import { getopt } from './text/getopt.ts';
import { Exit, program, type Tool } from './text/io.ts';
import { strftime } from './text/strftime.ts';
import { durationOf } from './time.ts';

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

const sync: Program = function* ({ sys }) {
  sys.sync?.();
  return 0;
};
const sleep = program(function* (tool) {
  if (tool.args.length === 0) yield* tool.die("missing operand\nTry 'sleep --help' for more information.");
  let ns = 0;
  for (const arg of tool.args) {
    const d = durationOf(arg);
    if (Number.isNaN(d)) yield* tool.die(`invalid time interval ${quoteaf(arg)}\nTry 'sleep --help' for more information.`);
    ns += d;
  }
  yield* tool.sys.nanosleep(Math.round(ns));
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
  sync,
  test,
  time,
  true: constant(0),
  uname,
  which,
  whoami,
  yes,
};
