/** help, caller, enable, and builtins that belong to an interactive shell: history, fc, logout, suspend, bind. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { complain, currentLine, ExitShell, type Sh } from '../shell.ts';
import { badOption, type Builtin, fail, options, print } from './builtin.ts';
import { HELP } from './help.ts';

/** The synopsis and sentence of a builtin, as `help` prints them. */
function about(word: string): string | undefined {
  const known = HELP[word];
  return known && `${word}: ${known[0]}\n    ${known[1]}\n`;
}
/** A history entry's number is its place since the shell began. */
const numbered = (sh: Sh, from: number): string[] =>
  sh.state.history.slice(from).map((text, i) => `${String(from + i + 1).padStart(5)}  ${text}\n`);

export const aboutShell: Readonly<Record<string, Builtin>> = {
  *help(sh, args, name) {
    const { flags, rest, bad } = options(args, 'dms');
    if (bad) return yield* badOption(sh, name, bad, 'help [-dms] [pattern ...]');
    if (rest.length === 0) {
      const names = Object.keys(HELP).sort();
      const programs = Object.keys(sh.system.programs).sort();
      const columns = (words: readonly string[]): string => {
        const lines: string[] = [];
        for (let i = 0; i < words.length; i += 6) lines.push(`  ${words.slice(i, i + 6).map((w) => w.padEnd(15)).join('').trimEnd()}\n`);
        return lines.join('');
      };
      return yield* print(
        sh,
        name,
        `Builtins of the shell (\`help NAME' tells more):\n${columns(names)}\nPrograms (\`man NAME' or \`NAME --help' tells more):\n${columns(programs)}`,
      );
    }
    let status = 0;
    for (const word of rest) {
      const text = about(word);
      const [synopsis, sentence] = HELP[word] ?? ['', ''];
      if (text === undefined) status = yield* fail(sh, name, `no help topics match \`${word}'.  Try \`help help' or \`man -k ${word}' or \`info ${word}'.`);
      else if (flags.has('s')) yield* print(sh, name, `${word}: ${synopsis}\n`);
      else if (flags.has('d')) yield* print(sh, name, `${word} - ${sentence}\n`);
      else yield* print(sh, name, text);
    }
    return status;
  },
  *caller(sh, args, name) {
    const { calls } = sh.state;
    const [word] = args;
    if (word !== undefined && !/^\d+$/.test(word)) {
      yield* fail(sh, name, `${word}: invalid number`);
      yield* sh.sys.write(2, `${name}: usage: caller [expr]\n`);
      return 2;
    }
    const depth = Number(word ?? 0);
    const call = calls.at(-1 - depth);
    if (!call) return 1;
    const outer = calls.at(-2 - depth);
    const main = sh.state.file;
    const file = outer ? outer.file || 'environment' : main;
    if (word === undefined) return yield* print(sh, name, `${call.line} ${file || 'NULL'}\n`);
    // The outermost frame exists for a script file only.
    if (!outer && main === '') return 1;
    return yield* print(sh, name, `${call.line} ${outer?.name ?? 'main'} ${file}\n`);
  },
  *enable(sh, args, name) {
    const { flags, rest, bad } = options(args, 'anps', 'df');
    if (bad) return yield* badOption(sh, name, bad, 'enable [-a] [-dnps] [-f filename] [name ...]');
    const { disabled } = sh.state;
    if (flags.has('f') || flags.has('d')) return yield* fail(sh, name, 'dynamic loading not available');
    if (rest.length === 0) {
      const names = sh.interpreter.builtins.names().sort();
      const listed = flags.has('a') ? names : names.filter((n) => disabled.has(n) === flags.has('n'));
      return yield* print(sh, name, listed.map((n) => `enable ${disabled.has(n) ? '-n ' : ''}${n}\n`).join(''));
    }
    let status = 0;
    for (const word of rest) {
      if (!sh.interpreter.builtins.names().includes(word)) status = yield* fail(sh, name, `${word}: not a shell builtin`);
      else if (flags.has('n')) disabled.add(word);
      else disabled.delete(word);
    }
    return status;
  },
  *logout(sh, args, name) {
    if (!sh.interactive) return yield* fail(sh, name, "not login shell: use `exit'");
    throw new ExitShell(Number(args[0] ?? sh.state.status) & 255);
  },
  *suspend(sh, _args, name) {
    return yield* fail(sh, name, 'cannot suspend: no job control');
  },
  *bind(sh, _args, name) {
    yield* complain(sh, `${name}: warning: line editing not enabled`);
    return 0;
  },
  *history(sh, args, name) {
    const { flags, rest, bad } = options(args, 'acnrwps', 'd');
    if (bad) return yield* badOption(sh, name, bad, 'history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]');
    const { history } = sh.state;
    if (flags.has('c')) {
      history.length = 0;
      return 0;
    }
    if (flags.has('s')) {
      history.push(rest.join(' '));
      return 0;
    }
    const gone = flags.get('d');
    if (gone !== undefined) {
      const index = Number(gone) < 0 ? history.length + Number(gone) : Number(gone) - 1;
      if (!/^-?\d+$/.test(gone) || index < 0 || index >= history.length) return yield* fail(sh, name, `${gone}: history position out of range`);
      history.splice(index, 1);
      return 0;
    }
    const [count] = rest;
    if (count !== undefined && !/^\d+$/.test(count)) return yield* fail(sh, name, `${count}: numeric argument required`);
    return yield* print(sh, name, numbered(sh, count === undefined ? 0 : Math.max(0, history.length - Number(count))).join(''));
  },
  *fc(sh, args, name) {
    const { flags, rest, bad } = options(
      args.map((a) => (/^-\d+$/.test(a) ? ` ${a}` : a)),
      'lnrs',
      'e',
    );
    if (bad) return yield* badOption(sh, name, bad, 'fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]');
    return yield* flags.has('s') ? again(sh, rest, name) : listed(sh, flags, rest, name);
  },
};
/** A line of history that a word names: its number, one counted from the end, or how it begins. */
function position(sh: Sh, word: string): number {
  const { history } = sh.state;
  const text = word.trim();
  if (/^-\d+$/.test(text)) return history.length + Number(text);
  if (/^\d+$/.test(text)) return Number(text) - 1;
  return history.findLastIndex((line) => line.startsWith(text));
}
function* listed(sh: Sh, flags: ReadonlyMap<string, string>, words: readonly string[], name: string): Kthread<number> {
  const { history } = sh.state;
  if (!flags.has('l')) return yield* fail(sh, name, 'no editor here: fc -l lists, fc -s runs again');
  if (history.length === 0) return 0;
  const [first = String(Math.max(1, history.length - 15)), last = String(history.length)] = words;
  const [from, to] = [position(sh, first), position(sh, last)];
  if (from < 0 || to < 0 || from >= history.length || to >= history.length) return yield* fail(sh, name, 'history specification out of range');
  const lines: string[] = [];
  for (let i = Math.min(from, to); i <= Math.max(from, to); i++) lines.push(`${flags.has('n') ? '' : i + 1}\t ${history[i]}\n`);
  if (from > to !== flags.has('r')) lines.reverse();
  return yield* print(sh, name, lines.join(''));
}
function* again(sh: Sh, words: readonly string[], name: string): Kthread<number> {
  const change = /^([^=]+)=(.*)$/.exec(words[0] ?? '');
  const [word] = change ? words.slice(1) : words;
  // The line that asks is the last one of the history itself.
  const index = word === undefined ? sh.state.history.length - 2 : position(sh, word);
  const text = sh.state.history[index];
  if (text === undefined) return yield* fail(sh, name, 'no command found');
  const line = change ? text.replace(change[1] as string, () => change[2] as string) : text;
  yield* sh.sys.write(2, `${line}\n`);
  yield* sh.interpreter.runText(sh, line, currentLine(sh));
  return sh.state.status;
}
