/** Programs that run another one: timeout, nohup, su, sudo, runuser, setpriv, setsid, nice, ionice, stdbuf. */
import type { Kthread } from '../../kernel/kthread.ts';
import { SIGNALS, signalNumber } from '../../kernel/signal.ts';
import { ERRNO, strerror } from '../../uapi/errno.ts';
import type { Program, SpawnOptions } from '../program.ts';
import { quoteaf } from './quotef.ts';
import { getopt, parseOptions } from './text/getopt.ts';
import { program, type Tool } from './text/io.ts';
import { durationOf } from './time.ts';

/** Users that exist here. */
const UIDS: Readonly<Record<string, number>> = { root: 0, nobody: 65534 };
const uidOf = (name: string): number | undefined => (/^\d+$/.test(name) ? Number(name) : Object.hasOwn(UIDS, name) ? UIDS[name] : undefined);

/** Runs a command to its end; what cannot be run is said in the words of `failed`. 127 not found, 126 cannot be run. */
function* exec(tool: Tool, words: readonly string[], options: SpawnOptions = {}, failed = (word: string, why: string) => `failed to run command ${quoteaf(word)}: ${why}`): Kthread<number> {
  const { spawn } = tool.proc;
  if (!spawn) return yield* tool.die('nothing else can be run here', 126);
  yield* tool.flush();
  const status = yield* spawn(words, options);
  if (status >= 0) return status;
  return yield* tool.die(failed(words[0] as string, strerror(status)), status === -ERRNO.ENOENT ? 127 : 126);
}

const timeout = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'k:s:v',
      inOrder: true,
      long: { 'kill-after': { key: 'k', arg: 'required' }, signal: { key: 's', arg: 'required' }, verbose: { key: 'v' }, 'preserve-status': { key: 'preserve' }, foreground: { key: 'f' } },
    },
    'timeout [OPTION] DURATION COMMAND [ARG]...',
    125,
  );
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  const [time, ...words] = operands;
  if (time === undefined || words.length === 0) return yield* tool.die("missing operand\nTry 'timeout --help' for more information.", 125);
  const ns = durationOf(time);
  const later = durationOf(value('k') ?? '0');
  if (Number.isNaN(ns) || Number.isNaN(later)) return yield* tool.die(`invalid time interval ${quoteaf(Number.isNaN(ns) ? time : (value('k') as string))}\nTry 'timeout --help' for more information.`, 125);
  const signal = signalNumber(value('s') ?? 'TERM');
  if (signal === undefined) return yield* tool.die(`${quoteaf(value('s') as string)}: invalid signal\nTry 'timeout --help' for more information.`, 125);
  const child = tool.proc.launch?.(words);
  if (child === undefined) return yield* tool.die('nothing else can be run here', 126);
  if (typeof child === 'number') return yield* tool.die(`failed to run command ${quoteaf(words[0] as string)}: ${strerror(child)}`, child === -ERRNO.ENOENT ? 127 : 126);
  const status = yield* child.wait(ns === 0 ? undefined : ns);
  if (status !== undefined) return status;
  if (options.some(([k]) => k === 'v')) yield* tool.stderr(`timeout: sending signal ${value('s') ?? 'TERM'} to command ${quoteaf(words[0] as string)}\n`);
  tool.sys.kill(child.pid, signal);
  let ended = yield* child.wait(later === 0 ? undefined : later);
  if (ended === undefined) {
    tool.sys.kill(child.pid, SIGNALS.KILL);
    ended = yield* child.wait();
    return 137;
  }
  return options.some(([k]) => k === 'preserve') ? ended : signal === SIGNALS.KILL ? 137 : 124;
});

/** Its own output stays where it is: there is no terminal to lose. */
const plain = (usage: string, missing: number): Program =>
  program(function* (tool) {
    const words = tool.args[0] === '--' ? tool.args.slice(1) : tool.args;
    if (words.length === 0) return yield* tool.die(`${usage}\nTry '${tool.name} --help' for more information.`, missing);
    return yield* exec(tool, words);
  });
/** Takes options that mean nothing here (priorities, buffers) and runs the rest. */
const wrapper = (short: string): Program =>
  program(function* (tool) {
    const { operands, error } = parseOptions(tool.args, { short, inOrder: true });
    if (error !== undefined) return yield* tool.die(`${error}\nTry '${tool.name} --help' for more information.`, 125);
    if (operands.length === 0) return yield* tool.die(`missing operand\nTry '${tool.name} --help' for more information.`, 125);
    return yield* exec(tool, operands);
  });

/** su [-] [-s SHELL] [-c COMMAND] [USER]; without a command a shell reads standard input. */
const su = program(function* (tool) {
  const words = tool.args.filter((w) => w !== '-' && w !== '-l' && w !== '--login');
  const { options, operands, error } = parseOptions(words, { short: 'c:s:mpfP', long: { command: { key: 'c', arg: 'required' }, shell: { key: 's', arg: 'required' } } });
  if (error !== undefined) return yield* tool.die(`${error}\nTry 'su --help' for more information.`);
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  const [user = 'root', ...args] = operands;
  const uid = uidOf(user);
  if (uid === undefined) return yield* tool.die(`user ${user} does not exist or the user entry does not contain all the required fields`);
  if (tool.sys.getuid() !== 0 && uid !== tool.sys.getuid()) return yield* tool.die('Authentication failure');
  const command = value('c');
  const env = new Map([...tool.proc.env, ['USER', user], ['LOGNAME', user], ['HOME', uid === 0 ? '/root' : '/nonexistent']]);
  return yield* exec(tool, [value('s') ?? 'bash', ...(command === undefined ? [] : ['-c', command]), ...args], { uid, env }, (word, why) => `failed to execute ${word}: ${why}`);
});
/** sudo [-u USER] COMMAND, runuser -u USER [--] COMMAND. */
const asUser = (otherwise: string): Program =>
  program(function* (tool) {
    const { options, operands, error } = parseOptions(tool.args, { short: 'u:nEHiskb', inOrder: true, long: { user: { key: 'u', arg: 'required' } } });
    if (error !== undefined) return yield* tool.die(error);
    const words = [...operands];
    const env = new Map(tool.proc.env);
    while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
      const [, name = '', text = ''] = /^([^=]+)=([\s\S]*)$/.exec(words.shift() as string) ?? [];
      env.set(name, text);
    }
    const user = options.findLast(([k]) => k === 'u')?.[1] ?? otherwise;
    const uid = uidOf(user.replace(/^#/, ''));
    if (uid === undefined) return yield* tool.die(tool.name === 'sudo' ? `unknown user ${user}` : `user ${user} does not exist`);
    if (tool.sys.getuid() !== 0 && uid !== tool.sys.getuid()) return yield* tool.die(tool.name === 'sudo' ? 'a password is required' : 'may not be used by non-root users');
    if (words.length === 0) words.push('bash');
    return yield* exec(tool, words, { uid, env }, (word, why) => `${word}: ${why === strerror(ERRNO.ENOENT) ? 'command not found' : why}`);
  });
const setpriv = program(function* (tool) {
  const { options, operands, error } = parseOptions(tool.args, {
    short: 'd',
    inOrder: true,
    long: {
      reuid: { key: 'u', arg: 'required' }, ruid: { key: 'u', arg: 'required' }, euid: { key: 'u', arg: 'required' }, regid: { key: 'g', arg: 'required' },
      'clear-groups': { key: 'clear' }, 'keep-groups': { key: 'keep' }, 'init-groups': { key: 'init' }, 'no-new-privs': { key: 'nnp' }, 'bounding-set': { key: 'b', arg: 'required' },
      'inh-caps': { key: 'i', arg: 'required' }, 'reset-env': { key: 'env' },
    },
  });
  if (error !== undefined) return yield* tool.die(`${error}\nTry 'setpriv --help' for more information.`);
  const named = options.findLast(([k]) => k === 'u')?.[1];
  const uid = named === undefined ? tool.sys.getuid() : uidOf(named);
  if (uid === undefined) return yield* tool.die(`failed to parse reuid: '${named}'`);
  if (tool.sys.getuid() !== 0 && uid !== tool.sys.getuid()) return yield* tool.die('setresuid failed: Operation not permitted');
  if (operands.length === 0) return yield* tool.die("No program specified\nTry 'setpriv --help' for more information.");
  return yield* exec(tool, operands, { uid }, (word, why) => `failed to execute ${word}: ${why}`);
});

export const RUN_AS: Readonly<Record<string, Program>> = {
  ionice: wrapper('c:n:t'), nice: wrapper('n:'), nohup: plain('missing operand', 125), runuser: asUser('root'), setpriv, setsid: plain('no command specified', 1), stdbuf: wrapper('i:o:e:'), su, sudo: asUser('root'), timeout,
};
