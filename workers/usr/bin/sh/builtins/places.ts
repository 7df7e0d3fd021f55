/** cd, pwd, type, command, hash: directories, and which command a name means. */
import { strerror } from '../../../../uapi/errno.ts';
import { DEFAULT_PATH, findExecutable } from '../../../exec.ts';
import { runProgram } from '../command.ts';
import { KEYWORDS } from '../keywords.ts';
import { complain, isEnabled, type Sh } from '../shell.ts';
import { assign, getVar } from '../vars.ts';
import { badOption, type Builtin, fail, options, print } from './builtin.ts';

/** Names without '.', '..' and doubled '/': what `cd` makes of $PWD and a relative path. */
function logical(base: string, path: string): string {
  const out: string[] = [];
  for (const name of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (name === '..') out.pop();
    else if (name !== '' && name !== '.') out.push(name);
  }
  return `/${out.join('/')}`;
}

interface Meaning {
  readonly kind: 'alias' | 'keyword' | 'function' | 'builtin' | 'file';
  readonly text: string;
  readonly path: string;
}
/** All a name can mean, what runs first. */
function meanings(sh: Sh, name: string): Meaning[] {
  const all: Meaning[] = [];
  const alias = sh.state.aliases.get(name);
  if (alias !== undefined && sh.state.shopts.has('expand_aliases'))
    all.push({ kind: 'alias', text: `${name} is aliased to \`${alias}'\n`, path: `alias ${name}='${alias}'` });
  if (KEYWORDS.includes(name)) all.push({ kind: 'keyword', text: `${name} is a shell keyword\n`, path: name });
  const def = sh.state.functions.get(name);
  if (def) all.push({ kind: 'function', text: `${name} is a function\n${def.text}\n`, path: name });
  if (isEnabled(sh, name)) all.push({ kind: 'builtin', text: `${name} is a shell builtin\n`, path: name });
  const run = findExecutable(sh.system, sh.process, name, getVar(sh, 'PATH') ?? DEFAULT_PATH);
  if (typeof run !== 'number') all.push({ kind: 'file', text: `${name} is ${run.path}\n`, path: run.path });
  return all;
}

/** Makes a directory the shell's own, with PWD and OLDPWD: 0 or -errno. */
export function enterDirectory(sh: Sh, dir: string, physical = sh.state.options.has('physical')): number {
  const old = getVar(sh, 'PWD') ?? sh.sys.getcwd();
  const target = physical ? dir : logical(old, dir);
  let error = sh.sys.chdir(target);
  // A directory that is gone has no name to start from.
  if (error < 0 && target !== dir) error = sh.sys.chdir(dir);
  if (error < 0) return error;
  assign(sh, 'OLDPWD', old);
  assign(sh, 'PWD', physical ? sh.sys.getcwd() : target);
  return 0;
}

export const places: Readonly<Record<string, Builtin>> = {
  *cd(sh, args, name) {
    const { flags, rest, bad } = options(args, 'LPe@');
    if (bad) return yield* badOption(sh, name, bad, 'cd [-L|[-P [-e]] [-@]] [dir]');
    if (rest.length > 1) return yield* fail(sh, name, 'too many arguments');
    let dir: string | undefined = rest[0];
    if (dir === undefined) {
      dir = getVar(sh, 'HOME');
      if (dir === undefined) return yield* fail(sh, name, 'HOME not set');
    } else if (dir === '-') {
      dir = getVar(sh, 'OLDPWD');
      if (dir === undefined) return yield* fail(sh, name, 'OLDPWD not set');
    }
    if (dir === '') return 0;
    const error = enterDirectory(sh, dir, flags.has('P') || sh.state.options.has('physical'));
    if (error < 0) return yield* fail(sh, name, `${dir}: ${strerror(error)}`);
    return rest[0] === '-' ? yield* print(sh, name, `${getVar(sh, 'PWD')}\n`) : 0;
  },
  *pwd(sh, args, name) {
    const { flags, bad } = options(args, 'LP');
    if (bad) return yield* badOption(sh, name, bad, 'pwd [-LP]');
    return yield* print(sh, name, `${flags.has('P') ? sh.sys.getcwd() : (getVar(sh, 'PWD') ?? sh.sys.getcwd())}\n`);
  },
  *type(sh, args, name) {
    const { flags, rest, bad } = options(args, 'afptP');
    if (bad) return yield* badOption(sh, name, bad, 'type [-afptP] name [name ...]');
    let status = 0;
    let text = '';
    for (const word of rest) {
      const all = meanings(sh, word).filter((m) => (!flags.has('f') || m.kind !== 'function') && (!flags.has('P') || m.kind === 'file'));
      const found = flags.has('a') ? all : all.slice(0, 1);
      if (found.length === 0) {
        status = 1;
        if (!flags.has('t') && !flags.has('p') && !flags.has('P')) yield* complain(sh, `${name}: ${word}: not found`);
      }
      for (const m of found) {
        if (flags.has('t')) text += `${m.kind}\n`;
        else if (flags.has('p') || flags.has('P')) text += m.kind === 'file' ? `${m.path}\n` : '';
        else text += m.text;
      }
    }
    return (yield* print(sh, name, text)) || status;
  },
  *command(sh, args, name) {
    const { flags, rest, bad } = options(args, 'pvV');
    if (bad) return yield* badOption(sh, name, bad, 'command [-pVv] command [arg ...]');
    const [word, ...more] = rest;
    if (word === undefined) return 0;
    if (flags.has('v') || flags.has('V')) {
      let status = 1;
      for (const w of rest) {
        const [m] = meanings(sh, w);
        if (m) {
          status = 0;
          yield* print(sh, name, flags.has('V') ? m.text : `${m.path}\n`);
        } else if (flags.has('V')) yield* complain(sh, `${name}: ${w}: not found`);
      }
      return status;
    }
    return sh.interpreter.builtins.has(word) ? yield* sh.interpreter.builtins.run(sh, word, more) : yield* runProgram(sh, rest, rest.join(' '));
  },
  *builtin(sh, args, name) {
    const [word, ...more] = args[0] === '--' ? args.slice(1) : args;
    if (word === undefined) return 0;
    return sh.interpreter.builtins.has(word) ? yield* sh.interpreter.builtins.run(sh, word, more) : yield* fail(sh, name, `${word}: not a shell builtin`);
  },
  /** Nothing is remembered: every command is looked up. */
  *hash(sh, args, name) {
    for (const word of args.filter((a) => !a.startsWith('-'))) {
      if (!meanings(sh, word).some((m) => m.kind === 'file')) return yield* fail(sh, name, `${word}: not found`);
    }
    return args.length === 0 ? yield* print(sh, name, 'hash: hash table empty\n') : 0;
  },
};
