/** pushd, popd, dirs: the directory stack. Its top is the directory the shell is in; the rest is state. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { strerror } from '../../../../uapi/errno.ts';
import type { Sh } from '../shell.ts';
import { getVar } from '../vars.ts';
import { badOption, type Builtin, fail, print } from './builtin.ts';
import { enterDirectory } from './places.ts';

export const dirStack = (sh: Sh): string[] => [getVar(sh, 'PWD') ?? sh.sys.getcwd(), ...sh.state.dirs];
function shown(sh: Sh, dir: string): string {
  const home = getVar(sh, 'HOME') ?? '';
  return home !== '' && (dir === home || dir.startsWith(`${home}/`)) ? `~${dir.slice(home.length)}` : dir;
}
const line = (sh: Sh): string =>
  `${dirStack(sh)
    .map((dir) => shown(sh, dir))
    .join(' ')}\n`;

const isIndex = (word: string): boolean => /^[+-]\d+$/.test(word);
/** +N counts from the left of `dirs`, -N from the right; undefined where there is none. */
function indexOf(stack: readonly string[], word: string): number | undefined {
  const n = Number(word.slice(1));
  const index = word.startsWith('+') ? n : stack.length - 1 - n;
  return index >= 0 && index < stack.length ? index : undefined;
}
function* outOfRange(sh: Sh, name: string, stack: readonly string[], word: string): Kthread<number> {
  if (stack.length === 1) return yield* fail(sh, name, 'directory stack empty');
  return yield* fail(sh, name, `${name === 'dirs' ? word.slice(1) : word}: directory stack index out of range`);
}
/** As cd: 0, or 1 with a message. */
function* enter(sh: Sh, name: string, dir: string): Kthread<number> {
  const error = enterDirectory(sh, dir);
  return error < 0 ? yield* fail(sh, name, `${dir}: ${strerror(error)}`) : 0;
}
/** -n: the directory stays; what is left are the operands. */
function noChange(args: readonly string[]): { stay: boolean; words: readonly string[]; bad: string | undefined } {
  let stay = false;
  let words = args;
  while (words[0] === '-n') {
    stay = true;
    words = words.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  else if (/^-[^\d]/.test(words[0] ?? '')) return { stay, words, bad: words[0] };
  return { stay, words, bad: undefined };
}

export const stack: Readonly<Record<string, Builtin>> = {
  *pushd(sh, args, name) {
    const { stay, words, bad } = noChange(args);
    if (bad !== undefined) return yield* badOption(sh, name, bad, 'pushd [-n] [+N | -N | dir]');
    const all = dirStack(sh);
    const [word] = words;
    if (words.length > 1) return yield* fail(sh, name, 'too many arguments');
    if (word === undefined) {
      const [top = '', next, ...rest] = all;
      if (next === undefined) return yield* fail(sh, name, 'no other directory');
      if (!stay && (yield* enter(sh, name, next)) !== 0) return 1;
      sh.state.dirs = [top, ...rest];
    } else if (isIndex(word)) {
      const index = indexOf(all, word);
      if (index === undefined || all.length === 1) return yield* outOfRange(sh, name, all, word);
      const turned = [...all.slice(index), ...all.slice(0, index)];
      if (!stay && (yield* enter(sh, name, turned[0] as string)) !== 0) return 1;
      sh.state.dirs = turned.slice(1);
    } else if (stay) sh.state.dirs = [word, ...sh.state.dirs];
    else {
      if ((yield* enter(sh, name, word)) !== 0) return 1;
      sh.state.dirs = all;
    }
    return yield* print(sh, name, line(sh));
  },
  *popd(sh, args, name) {
    const { stay, words, bad } = noChange(args);
    if (bad !== undefined) return yield* badOption(sh, name, bad, 'popd [-n] [+N | -N]');
    const all = dirStack(sh);
    const [word = '+0'] = words;
    if (!isIndex(word)) {
      yield* fail(sh, name, `${word}: invalid argument`);
      yield* sh.sys.write(2, `${name}: usage: popd [-n] [+N | -N]\n`);
      return 2;
    }
    const index = indexOf(all, word);
    if (index === undefined || all.length === 1) return yield* outOfRange(sh, name, all, word);
    if (index === 0 && !stay) {
      if ((yield* enter(sh, name, all[1] as string)) !== 0) return 1;
      sh.state.dirs = all.slice(2);
    } else sh.state.dirs = sh.state.dirs.filter((_, i) => i !== Math.max(0, index - 1));
    return yield* print(sh, name, line(sh));
  },
  *dirs(sh, args, name) {
    const all = dirStack(sh);
    let long = false;
    let form = '';
    let chosen: number | undefined;
    for (const word of args) {
      if (isIndex(word)) {
        chosen = indexOf(all, word);
        if (chosen === undefined) return yield* outOfRange(sh, name, all, word);
      } else if (/^-[clpv]+$/.test(word)) {
        if (word.includes('c')) {
          sh.state.dirs = [];
          return 0;
        }
        long ||= word.includes('l');
        if (word.includes('v')) form = 'v';
        else if (word.includes('p')) form = 'p';
      } else if (word.startsWith('-')) return yield* badOption(sh, name, word.slice(0, 2), 'dirs [-clpv] [+N] [-N]');
      else {
        yield* fail(sh, name, `${word}: invalid argument`);
        yield* sh.sys.write(2, `${name}: usage: dirs [-clpv] [+N] [-N]\n`);
        return 2;
      }
    }
    const text = (dir: string): string => (long ? dir : shown(sh, dir));
    if (chosen !== undefined) return yield* print(sh, name, `${text(all[chosen] as string)}\n`);
    if (form === 'v') return yield* print(sh, name, all.map((dir, i) => `${String(i).padStart(2)}  ${text(dir)}\n`).join(''));
    return yield* print(sh, name, `${all.map(text).join(form === 'p' ? '\n' : ' ')}\n`);
  },
};
