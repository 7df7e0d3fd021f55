/** compgen, complete, compopt: lists of words, and what is said about how a command's arguments complete. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { SIGNALS } from '../../../../kernel/signal.ts';
import { fileNames } from '../complete.ts';
import { expandText } from '../expand.ts';
import { matches } from '../glob.ts';
import { KEYWORDS } from '../keywords.ts';
import { singleQuote } from '../quote.ts';
import type { Sh } from '../shell.ts';
import { visible } from '../vars.ts';
import { badOption, type Builtin, fail, options, print } from './builtin.ts';
import { SET_NAMES, SHOPTS } from './settings.ts';

const USAGE =
  '[-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix]';
/** Letters that stand for an action of -A. */
const ACTIONS: Readonly<Record<string, string>> = {
  a: 'alias',
  b: 'builtin',
  c: 'command',
  d: 'directory',
  e: 'export',
  f: 'file',
  g: 'group',
  j: 'job',
  k: 'keyword',
  s: 'service',
  u: 'user',
  v: 'variable',
};
const isSet = (v: { readonly value?: string; readonly array?: unknown; readonly assoc?: unknown }): boolean =>
  v.value !== undefined || v.array !== undefined || v.assoc !== undefined;
function wordsOf(sh: Sh, action: string, word: string): readonly string[] | undefined {
  const { state } = sh;
  const variables = (): string[] => [...visible(sh)].filter(([, v]) => isSet(v)).map(([n]) => n);
  switch (action) {
    case 'alias':
      return [...state.aliases.keys()].sort();
    case 'builtin':
    case 'helptopic':
      return sh.interpreter.builtins.names().sort();
    case 'command':
      return [...state.aliases.keys(), ...KEYWORDS, ...[...state.functions.keys()].sort(), ...sh.interpreter.builtins.names().sort(), ...Object.keys(sh.system.programs).sort()];
    case 'directory':
    case 'file':
      return fileNames(sh, word, action === 'directory');
    case 'enabled':
      return sh.interpreter.builtins.names().filter((n) => !state.disabled.has(n));
    case 'disabled':
      return [...state.disabled].sort();
    case 'export':
      return [...visible(sh)].filter(([, v]) => v.exported && isSet(v)).map(([n]) => n).sort();
    case 'arrayvar':
      return [...visible(sh)].filter(([, v]) => v.array !== undefined).map(([n]) => n).sort();
    case 'function':
      return [...state.functions.keys()].sort();
    case 'job':
    case 'running':
      return state.jobs.filter((j) => action === 'job' || j.status === undefined).map((j) => j.text);
    case 'keyword':
      return KEYWORDS;
    case 'setopt':
      return SET_NAMES;
    case 'shopt':
      return SHOPTS;
    case 'signal':
      return ['EXIT', ...Object.keys(SIGNALS).map((n) => `SIG${n}`), 'DEBUG', 'ERR', 'RETURN'];
    case 'user':
    case 'group':
      return ['root', 'nobody'];
    case 'variable':
      return variables().sort();
    case 'hostname':
    case 'service':
    case 'stopped':
    case 'binding':
      return [];
    default:
      return undefined;
  }
}
const VALUED = 'AGWPSXFCo';

export const completion: Readonly<Record<string, Builtin>> = {
  *compgen(sh, args, name) {
    const { flags, rest, bad } = options(args, Object.keys(ACTIONS).join(''), VALUED);
    if (bad) return yield* badOption(sh, name, bad, `compgen ${USAGE} [word]`);
    const [word = ''] = rest;
    const found: string[] = [];
    const actions = Object.keys(ACTIONS)
      .filter((letter) => flags.has(letter))
      .map((letter) => ACTIONS[letter] as string);
    const named = flags.get('A');
    if (named !== undefined) actions.push(named);
    for (const action of actions) {
      const words = wordsOf(sh, action, word);
      if (!words) return yield* fail(sh, name, `${action}: invalid action name`, 2);
      found.push(...words.filter((w) => w.startsWith(word)));
    }
    const list = flags.get('W');
    if (list !== undefined) found.push(...(yield* expandText(sh, list)).split(/[ \t\n]+/).filter((w) => w !== '' && w.startsWith(word)));
    const filter = flags.get('X');
    const kept = filter === undefined ? found : found.filter((w) => matches(filter.replace(/^!/, ''), w) === filter.startsWith('!'));
    if (kept.length === 0) return 1;
    return yield* print(sh, name, kept.map((w) => `${flags.get('P') ?? ''}${w}${flags.get('S') ?? ''}\n`).join(''));
  },
  *complete(sh, args, name) {
    const { flags, rest, bad } = options(args, `${Object.keys(ACTIONS).join('')}prDEI`, VALUED);
    if (bad) return yield* badOption(sh, name, bad, `complete ${USAGE.replace('suv', 'suv').replace('[-o', '[-pr] [-DEI] [-o')} [name ...]`);
    const { completions } = sh.state;
    const shown = (command: string): string => `complete ${completions.get(command)} ${command}\n`;
    if (flags.has('p') || (flags.size === 0 && rest.length === 0)) {
      for (const command of rest) if (!completions.has(command)) return yield* fail(sh, name, `${command}: no completion specification`);
      return yield* print(sh, name, (rest.length > 0 ? rest : [...completions.keys()]).map(shown).join(''));
    }
    if (flags.has('r')) {
      if (rest.length === 0) completions.clear();
      for (const command of rest) if (!completions.delete(command)) return yield* fail(sh, name, `${command}: no completion specification`);
      return 0;
    }
    const written = [...flags].map(([letter, value]) => (VALUED.includes(letter) ? `-${letter} ${/^[\w./-]+$/.test(value) ? value : singleQuote(value)}` : `-${letter}`)).join(' ');
    for (const command of rest) completions.set(command, written);
    return 0;
  },
  *compopt(sh, _args, name) {
    return yield* notCompleting(sh, name);
  },
};
function* notCompleting(sh: Sh, name: string): Kthread<number> {
  return yield* fail(sh, name, 'not currently executing completion function');
}
