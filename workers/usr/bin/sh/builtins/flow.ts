/** Builtins that change what runs next: break, continue, return, exit, eval, source, exec, shift, let. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../../uapi/errno.ts';
import { DEFAULT_PATH, execute, findExecutable } from '../../../exec.ts';
import { ArithError } from '../arith.ts';
import { runFile } from '../script.ts';
import { Break, complain, currentLine, Discard, ExitShell, Return, type Sh } from '../shell.ts';
import { environment, evaluate, getVar } from '../vars.ts';
import { type Builtin, fail, options } from './builtin.ts';
import { restoreOriginalSignals } from '../traps.ts';

const leave = (next: boolean): Builtin =>
  function* (sh, args, name) {
    if (sh.loops === 0) {
      yield* complain(sh, `${name}: only meaningful in a \`for', \`while', or \`until' loop`);
      return 0;
    }
    const [count = '1', more] = args;
    if (!/^[+-]?\d+$/.test(count)) {
      yield* complain(sh, `${name}: ${count}: numeric argument required`);
      throw new ExitShell(128);
    }
    if (more !== undefined) {
      yield* complain(sh, `${name}: too many arguments`);
      sh.state.status = 1;
      throw new Break(sh.loops, false);
    }
    if (Number(count) < 1) {
      yield* complain(sh, `${name}: ${count}: loop count out of range`);
      sh.state.status = 1;
      throw new Break(sh.loops, false);
    }
    sh.state.status = 0;
    sh.state.pipeStatus = [0];
    throw new Break(Number(count), next);
  };
/** The status named by an argument: numbers modulo 256; none: $?. */
function* statusOf(sh: Sh, name: string, args: readonly string[]): Kthread<number> {
  const [text, more] = args[0] === '--' ? args.slice(1) : args;
  if (text === undefined) return sh.state.status;
  if (!/^\s*[+-]?\d+\s*$/.test(text)) {
    yield* complain(sh, `${name}: ${text}: numeric argument required`);
    return 2;
  }
  if (more !== undefined) {
    yield* complain(sh, `${name}: too many arguments`);
    return -1;
  }
  return Number(BigInt.asUintN(8, BigInt(text.trim())));
}

export const flow: Readonly<Record<string, Builtin>> = {
  break: leave(false),
  continue: leave(true),
  *return(sh, args, name) {
    if (sh.state.calls.length === 0) return yield* fail(sh, name, "can only `return' from a function or sourced script", 2);
    const status = yield* statusOf(sh, name, args);
    throw new Return(status < 0 ? 1 : status);
  },
  *exit(sh, args, name) {
    const status = yield* statusOf(sh, name, args);
    if (status < 0) throw new Discard(1);
    throw new ExitShell(status);
  },
  *eval(sh, args) {
    const text = args[0] === '--' ? args.slice(1).join(' ') : args.join(' ');
    if (text.trim() === '') return 0;
    sh.level++;
    try {
      yield* sh.interpreter.runText(sh, text, currentLine(sh), 'eval');
    } finally {
      sh.level--;
    }
    return sh.state.status;
  },
  *source(sh, args, name) {
    const [file, ...rest] = args[0] === '--' ? args.slice(1) : args;
    if (file === undefined) {
      yield* complain(sh, `${name}: filename argument required`);
      yield* sh.sys.write(2, `${name}: usage: ${name} filename [arguments]\n`);
      return 2;
    }
    let path = file;
    if (!file.includes('/'))
      path =
        (getVar(sh, 'PATH') ?? DEFAULT_PATH)
          .split(':')
          .map((dir) => `${dir || '.'}/${file}`)
          .find((p) => isFile(sh, p)) ?? file;
    sh.level++;
    try {
      return yield* runFile(sh, path, rest, file);
    } finally {
      sh.level--;
    }
  },
  *exec(sh, args, name) {
    const { flags, rest, bad } = options(args, 'cl', 'a');
    if (bad) return yield* fail(sh, name, `${bad}: invalid option`, 2);
    const [command] = rest;
    if (command === undefined) return 0;
    const found = findExecutable(sh.system, sh.process, command, getVar(sh, 'PATH') ?? DEFAULT_PATH);
    // A script is told its full path. Source: full_pathname() of bash.
    const run = typeof found === 'number' || found.path.startsWith('/') ? found : findExecutable(sh.system, sh.process, `${sh.sys.getcwd()}/${found.path.replace(/^\.\//, '')}`, '');
    if (typeof run === 'number') {
      const status = run === -ERRNO.ENOENT ? 127 : 126;
      yield* complain(sh, command.includes('/') || run !== -ERRNO.ENOENT ? `${command}: ${strerror(run)}` : `exec: ${command}: not found`);
      if (sh.interactive || sh.state.shopts.has('execfail')) return status;
      throw new ExitShell(status);
    }
    const child = sh.system.processes.fork(sh.process, false);
    restoreOriginalSignals(sh, child);
    const status = yield* execute(sh.system, child, run, [flags.get('a') ?? command, ...rest.slice(1)], flags.has('c') ? new Map() : environment(sh));
    sh.state.traps.delete('EXIT');
    throw new ExitShell(status);
  },
  *shift(sh, args, name) {
    const [text = '1'] = args;
    if (!/^[+-]?\d+$/.test(text)) return yield* fail(sh, name, `${text}: numeric argument required`);
    const n = Number(text);
    if (n < 0) return yield* fail(sh, name, `${text}: shift count out of range`);
    if (n > sh.state.positional.length) return 1;
    sh.state.positional = sh.state.positional.slice(n);
    return 0;
  },
  *let(sh, args, name) {
    if (args.length === 0) return yield* fail(sh, name, 'expression expected');
    let value = 0n;
    for (const arg of args) {
      try {
        value = evaluate(sh, arg);
      } catch (e) {
        if (!(e instanceof ArithError)) throw e;
        return yield* fail(sh, name, e.message);
      }
    }
    return value === 0n ? 1 : 0;
  },
};
const isFile = (sh: Sh, path: string): boolean => {
  const stat = sh.sys.stat(path);
  return typeof stat !== 'number' && stat.kind === 'file';
};
