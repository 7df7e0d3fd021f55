/** set, shopt, trap, alias, umask, ulimit. */
import { SIGNALS, signalName, signalNumber } from '../../../../kernel/signal.ts';
import { singleQuote } from '../quote.ts';
import type { Sh } from '../shell.ts';
import { followTrap } from '../traps.ts';
import { badOption, type Builtin, fail, options, print } from './builtin.ts';
import { variablesText } from './variables.ts';

const SET_LETTERS: Readonly<Record<string, string>> = {
  a: 'allexport',
  b: 'notify',
  e: 'errexit',
  f: 'noglob',
  h: 'hashall',
  k: 'keyword',
  m: 'monitor',
  n: 'noexec',
  p: 'privileged',
  t: 'onecmd',
  u: 'nounset',
  v: 'verbose',
  x: 'xtrace',
  B: 'braceexpand',
  C: 'noclobber',
  E: 'errtrace',
  H: 'histexpand',
  P: 'physical',
  T: 'functrace',
};
export const SET_NAMES: readonly string[] = [
  'allexport',
  'braceexpand',
  'emacs',
  'errexit',
  'errtrace',
  'functrace',
  'hashall',
  'histexpand',
  'history',
  'ignoreeof',
  'interactive-comments',
  'keyword',
  'monitor',
  'noclobber',
  'noexec',
  'noglob',
  'nolog',
  'notify',
  'nounset',
  'onecmd',
  'physical',
  'pipefail',
  'posix',
  'privileged',
  'verbose',
  'vi',
  'xtrace',
];
export const SHOPTS: readonly string[] = [
  'autocd',
  'assoc_expand_once',
  'cdable_vars',
  'cdspell',
  'checkhash',
  'checkjobs',
  'checkwinsize',
  'cmdhist',
  'compat31',
  'complete_fullquote',
  'direxpand',
  'dirspell',
  'dotglob',
  'execfail',
  'expand_aliases',
  'extdebug',
  'extglob',
  'extquote',
  'failglob',
  'force_fignore',
  'globasciiranges',
  'globskipdots',
  'globstar',
  'gnu_errfmt',
  'histappend',
  'histreedit',
  'histverify',
  'hostcomplete',
  'huponexit',
  'inherit_errexit',
  'interactive_comments',
  'lastpipe',
  'lithist',
  'localvar_inherit',
  'localvar_unset',
  'login_shell',
  'mailwarn',
  'no_empty_cmd_completion',
  'nocaseglob',
  'nocasematch',
  'noexpand_translation',
  'nullglob',
  'patsub_replacement',
  'progcomp',
  'progcomp_alias',
  'promptvars',
  'restricted_shell',
  'shift_verbose',
  'sourcepath',
  'varredir_close',
  'xpg_echo',
];

/** Applies `-eux`, `-o name` …; the words that follow, or undefined after a complaint. Also for the command line of bash itself. */
export function setOptions(sh: Sh, args: readonly string[]): { rest: readonly string[]; positional: boolean } | { bad: string; kind: 'letter' | 'name' } {
  const { options: on } = sh.state;
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--') return { rest: args.slice(i + 1), positional: true };
    if (arg === '-') {
      on.delete('xtrace');
      on.delete('verbose');
      return { rest: args.slice(i + 1), positional: args.length > i + 1 };
    }
    if (!/^[-+]./.test(arg)) break;
    const set = arg.startsWith('-');
    for (const c of arg.slice(1)) {
      let name = SET_LETTERS[c];
      if (c === 'o') {
        name = args[++i];
        if (name === undefined) return { rest: [], positional: false };
        if (!SET_NAMES.includes(name)) return { bad: name, kind: 'name' };
      }
      if (name === undefined) return { bad: `${arg.charAt(0)}${c}`, kind: 'letter' };
      if (set) on.add(name);
      else on.delete(name);
    }
  }
  return { rest: args.slice(i), positional: i < args.length };
}
/** EXIT, ERR, DEBUG, RETURN or a signal's name; undefined for no such thing. */
function trapName(word: string): string | undefined {
  const upper = word.toUpperCase();
  if (word === '0' || upper === 'EXIT') return 'EXIT';
  if (['ERR', 'DEBUG', 'RETURN'].includes(upper)) return upper;
  const n = signalNumber(word);
  return n === undefined || n === 0 || n > 31 ? undefined : signalName(n);
}
const trapLine = (name: string, command: string): string => `trap -- ${singleQuote(command)} ${Object.hasOwn(SIGNALS, name) ? `SIG${name}` : name}\n`;

export const settings: Readonly<Record<string, Builtin>> = {
  *set(sh, args, name) {
    if (args.length === 0) return yield* print(sh, name, variablesText(sh));
    if (args.length === 1 && args[0] === '-o')
      return yield* print(sh, name, SET_NAMES.map((n) => `${n.padEnd(15)}\t${sh.state.options.has(n) ? 'on' : 'off'}\n`).join(''));
    if (args.length === 1 && args[0] === '+o')
      return yield* print(sh, name, SET_NAMES.map((n) => `set ${sh.state.options.has(n) ? '-' : '+'}o ${n}\n`).join(''));
    const done = setOptions(sh, args);
    if ('bad' in done) {
      if (done.kind === 'name') return yield* fail(sh, name, `${done.bad}: invalid option name`, 2);
      return yield* badOption(sh, name, done.bad, 'set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]');
    }
    if (done.positional) sh.state.positional = [...done.rest];
    return 0;
  },
  *shopt(sh, args, name) {
    const { flags, rest, bad } = options(args, 'pqsuo');
    if (bad) return yield* badOption(sh, name, bad, 'shopt [-pqsu] [-o] [optname ...]');
    const set = flags.has('o') ? sh.state.options : sh.state.shopts;
    const known = flags.has('o') ? SET_NAMES : SHOPTS;
    let status = 0;
    let text = '';
    const line = (n: string): string => (flags.has('p') ? `shopt -${set.has(n) ? 's' : 'u'} ${n}\n` : `${n.padEnd(15)}\t${set.has(n) ? 'on' : 'off'}\n`);
    if (rest.length === 0) {
      for (const n of known) if ((!flags.has('s') || set.has(n)) && (!flags.has('u') || !set.has(n))) text += line(n);
      return yield* print(sh, name, text);
    }
    for (const n of rest) {
      if (!known.includes(n)) status = yield* fail(sh, name, `${n}: invalid shell option name`);
      else if (flags.has('s')) set.add(n);
      else if (flags.has('u')) set.delete(n);
      else {
        if (!set.has(n)) status = 1;
        if (!flags.has('q')) text += line(n);
      }
    }
    return (yield* print(sh, name, text)) || status;
  },
  *trap(sh, args, name) {
    const { flags, rest, bad } = options(args, 'lp');
    if (bad) return yield* badOption(sh, name, bad, 'trap [-lp] [[arg] signal_spec ...]');
    const { traps } = sh.state;
    if (flags.has('l')) return yield* print(sh, name, signalList());
    if (rest.length === 0 || flags.has('p')) {
      const order = ['EXIT', ...Object.keys(SIGNALS), 'DEBUG', 'ERR', 'RETURN'];
      const wanted = rest.length === 0 ? order : rest.map((r) => trapName(r) ?? r);
      return yield* print(
        sh,
        name,
        wanted
          .filter((n) => traps.has(n))
          .map((n) => trapLine(n, traps.get(n) as string))
          .join(''),
      );
    }
    // One argument alone is a signal to be reset, as is '-'.
    const resets = rest[0] === '-' || rest.length === 1;
    const command = rest[0] as string;
    const names = rest.length === 1 ? rest : rest.slice(1);
    let status = 0;
    for (const word of names) {
      const key = trapName(word);
      if (key === undefined) {
        status = yield* fail(sh, name, `${word}: invalid signal specification`);
        continue;
      }
      if (resets) traps.delete(key);
      else traps.set(key, command);
      if (Object.hasOwn(SIGNALS, key)) followTrap(sh, SIGNALS[key as keyof typeof SIGNALS]);
    }
    return status;
  },
  *alias(sh, args, name) {
    const { aliases } = sh.state;
    const line = (n: string): string => `alias ${n}=${singleQuote(aliases.get(n) as string)}\n`;
    const words = args.filter((a) => a !== '-p');
    if (words.length === 0) return yield* print(sh, name, [...aliases.keys()].sort().map(line).join(''));
    let status = 0;
    for (const word of words) {
      const equals = word.indexOf('=');
      if (equals > 0) aliases.set(word.slice(0, equals), word.slice(equals + 1));
      else if (aliases.has(word)) yield* print(sh, name, line(word));
      else status = yield* fail(sh, name, `${word}: not found`);
    }
    return status;
  },
  *unalias(sh, args, name) {
    if (args[0] === '-a') sh.state.aliases.clear();
    else for (const word of args) if (!sh.state.aliases.delete(word)) return yield* fail(sh, name, `${word}: not found`);
    return 0;
  },
  *umask(sh, args, name) {
    const { flags, rest, bad } = options(args, 'pS');
    if (bad) return yield* badOption(sh, name, bad, 'umask [-p] [-S] [mode]');
    const [mode] = rest;
    if (mode === undefined) {
      const mask = sh.process.umask;
      const letters = (shift: number): string => ['r', 'w', 'x'].filter((_, i) => ((~mask >> shift) & (4 >> i)) !== 0).join('');
      return yield* print(
        sh,
        name,
        flags.has('S') ? `u=${letters(6)},g=${letters(3)},o=${letters(0)}\n` : `${flags.has('p') ? 'umask ' : ''}${mask.toString(8).padStart(4, '0')}\n`,
      );
    }
    if (/^[0-7]+$/.test(mode)) {
      sh.sys.umask(Number.parseInt(mode, 8));
      return 0;
    }
    if (/^\d/.test(mode)) return yield* fail(sh, name, `${mode}: octal number out of range`);
    let allowed = ~sh.process.umask & 0o777;
    for (const clause of mode.split(',')) {
      const m = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
      if (!m) return yield* fail(sh, name, `\`${mode.charAt(0)}': invalid symbolic mode character`);
      const who = m[1] === '' || m[1]?.includes('a') ? 'ugo' : (m[1] as string);
      let bits = 0;
      let field = 0;
      for (const w of who) {
        const shift = { u: 6, g: 3, o: 0 }[w as 'u'];
        field |= 7 << shift;
        for (const c of m[3] as string) bits |= { r: 4, w: 2, x: 1 }[c as 'r'] << shift;
      }
      allowed = m[2] === '+' ? allowed | bits : m[2] === '-' ? allowed & ~bits : (allowed & ~field) | bits;
    }
    sh.sys.umask(~allowed & 0o777);
    return 0;
  },
  /** Limits are noted and shown; nothing here comes near them but what may be locked in memory (-l), which the kernel asks for. */
  *ulimit(sh, args, name) {
    const { flags, rest, bad } = options(args, 'SHabcdefiklmnpqrstuvxPRT');
    if (bad) return yield* badOption(sh, name, bad, 'ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]');
    const { limits } = sh.state;
    const chosen = [...flags.keys()].filter((f) => !'SHa'.includes(f));
    const hard = flags.has('H') && !flags.has('S');
    const { memlock } = sh.process;
    const kbytes = (bytes: number): string => (bytes === Number.POSITIVE_INFINITY ? 'unlimited' : String(Math.floor(bytes / 1024)));
    const value = (letter: string): string => (letter === 'l' ? kbytes(hard ? memlock.hard : memlock.soft) : (limits.get(letter) ?? LIMITS[letter]?.[2] ?? 'unlimited'));
    const [limit] = rest;
    if (flags.has('a') || (limit === undefined && chosen.length > 1)) {
      const shown = flags.has('a') ? Object.keys(LIMITS) : chosen;
      return yield* print(sh, name, shown.map((f) => `${(LIMITS[f]?.[0] ?? '').padEnd(24)}${`(${LIMITS[f]?.[1]}-${f})`.padStart(20)} ${value(f)}\n`).join(''));
    }
    const letter = chosen[0] ?? 'f';
    if (limit === undefined) return yield* print(sh, name, `${value(letter)}\n`);
    if (!/^(\d+|unlimited|hard|soft)$/.test(limit)) return yield* fail(sh, name, `${limit}: invalid number`);
    if (letter === 'l') {
      const bytes = limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit === 'soft' ? memlock.soft : limit === 'hard' ? memlock.hard : Number(limit) * 1024;
      const wanted = { soft: flags.has('S') || !flags.has('H') ? bytes : memlock.soft, hard: flags.has('H') || !flags.has('S') ? bytes : memlock.hard };
      // setrlimit(2): CAP_SYS_RESOURCE raises the hard limit, everybody may lower it.
      if (wanted.soft > wanted.hard || (wanted.hard > memlock.hard && sh.process.uid !== 0)) return yield* fail(sh, name, `max locked memory: cannot modify limit: ${wanted.soft > wanted.hard ? 'Invalid argument' : 'Operation not permitted'}`);
      sh.process.memlock = wanted;
    } else if (/^\d|^u/.test(limit)) limits.set(letter, limit);
    return 0;
  },
};
/** What `ulimit -a` shows of each: words, unit, and what it is to begin with. */
const LIMITS: Readonly<Record<string, readonly [string, string, string]>> = {
  R: ['real-time non-blocking time', 'microseconds, ', 'unlimited'],
  c: ['core file size', 'blocks, ', '0'],
  d: ['data seg size', 'kbytes, ', 'unlimited'],
  e: ['scheduling priority', '', '0'],
  f: ['file size', 'blocks, ', 'unlimited'],
  l: ['max locked memory', 'kbytes, ', 'unlimited'],
  m: ['max memory size', 'kbytes, ', 'unlimited'],
  n: ['open files', '', '1024'],
  p: ['pipe size', '512 bytes, ', '8'],
  s: ['stack size', 'kbytes, ', '8192'],
  t: ['cpu time', 'seconds, ', 'unlimited'],
  u: ['max user processes', '', '400'],
  v: ['virtual memory', 'kbytes, ', 'unlimited'],
};
/** kill -l and trap -l. */
export const signalList = (): string => {
  const names = Object.entries(SIGNALS).map(([n, i]) => `${String(i).padStart(2)}) SIG${n}`);
  let text = '';
  names.forEach((n, i) => {
    text += i % 5 === 4 || i === names.length - 1 ? `${n}\n` : `${n}\t`;
  });
  return text;
};
