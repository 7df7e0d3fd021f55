/** declare, local, export, readonly, unset, getopts: names and their attributes. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { assignAll } from '../assignments.ts';
import type { Evaluated } from '../ast.ts';
import { complain, type Sh } from '../shell.ts';
import { assignmentLine, attributes, declaration } from '../show.ts';
import type { Variable } from '../state.ts';
import { assign, getVar, isName, lookup, makeLocal, realName, splitTarget, unset, variableFor, visible } from '../vars.ts';
import { badOption, type Builtin, fail, print } from './builtin.ts';

/** A builtin that takes assignments as such. */
export type Declaration = (sh: Sh, args: readonly (string | Evaluated)[], name: string) => Kthread<number>;

const inFunction = (sh: Sh): boolean => sh.state.calls.some((c) => c.name !== 'source');

/** `name`, `name=value` that came out of an expansion → an assignment. */
function parse(arg: string | Evaluated): Evaluated | { readonly name: string; readonly bare: true } | undefined {
  if (typeof arg !== 'string') return arg;
  const m = /^([A-Za-z_]\w*)(?:\[([^\]]*)\])?(\+?)=([\s\S]*)$/.exec(arg);
  if (m) return { name: m[1] as string, append: m[3] === '+', value: m[4] as string, ...(m[2] !== undefined && { subscript: m[2] }) };
  const target = splitTarget(arg);
  return target ? { name: target.name, bare: true } : undefined;
}
const isAssignment = (x: Evaluated | { readonly bare: true }): x is Evaluated => !('bare' in x);

function change(v: Variable, letter: string, on: boolean): void {
  const field = { x: 'exported', r: 'readonly', i: 'integer', l: 'lower', u: 'upper', n: 'nameref' }[letter] as 'exported' | undefined;
  if (field) {
    if (on) v[field] = true;
    else delete v[field];
  } else if (on && letter === 'a' && !v.array && !v.assoc) {
    v.array = new Map(v.value === undefined ? [] : [[0, v.value]]);
    delete v.value;
  } else if (on && letter === 'A' && !v.assoc) {
    v.assoc = new Map(v.value === undefined ? [] : [['0', v.value]]);
    delete v.value;
  }
}
function* show(sh: Sh, name: string, names: readonly string[], wanted: ReadonlySet<string>): Kthread<number> {
  let text = '';
  let status = 0;
  if (names.length > 0) {
    for (const n of names) {
      const v = lookup(sh, n);
      if (v) text += `${declaration(n, v)}\n`;
      else {
        if (text !== '') yield* print(sh, name, text);
        text = '';
        status = yield* fail(sh, name, `${n}: not found`);
      }
    }
  } else {
    for (const [n, v] of [...visible(sh)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const own = attributes(v);
      if ([...wanted].every((letter) => own.includes(letter))) text += `${declaration(n, v)}\n`;
    }
  }
  return (yield* print(sh, name, text)) || status;
}
function* functions(sh: Sh, name: string, names: readonly string[], onlyNames: boolean): Kthread<number> {
  const all = names.length > 0 ? names : [...sh.state.functions.keys()].sort();
  let text = '';
  let status = 0;
  for (const n of all) {
    const def = sh.state.functions.get(n);
    if (!def) status = 1;
    else text += onlyNames ? `${names.length > 0 ? '' : 'declare -f '}${n}\n` : `${def.text}\n`;
  }
  return (yield* print(sh, name, text)) || status;
}
/** Puts attributes and values on names. */
function* declareNames(
  sh: Sh,
  name: string,
  items: readonly (string | Evaluated)[],
  on: ReadonlySet<string>,
  off: ReadonlySet<string>,
  local: boolean,
): Kthread<number> {
  let status = 0;
  for (const item of items) {
    const parsed = parse(item);
    if (!parsed) {
      status = yield* fail(sh, name, `\`${item as string}': not a valid identifier`);
      continue;
    }
    const known = lookup(sh, parsed.name);
    if (local && known?.readonly && !sh.state.scopes.at(-1)?.has(parsed.name)) {
      status = yield* fail(sh, name, `${parsed.name}: readonly variable`);
      continue;
    }
    const v = local ? makeLocal(sh, parsed.name) : on.has('n') ? ownVariable(sh, parsed.name) : variableFor(sh, parsed.name);
    if (known === v && v.readonly && (isAssignment(parsed) || off.has('r'))) {
      yield* complain(sh, `${name === 'declare' || name === 'typeset' || name === 'local' ? `${name}: ` : ''}${parsed.name}: readonly variable`);
      status = 1;
      continue;
    }
    for (const letter of on) if (letter !== 'r') change(v, letter, true);
    for (const letter of off) change(v, letter, false);
    if (isAssignment(parsed)) {
      if (v.nameref && parsed.value !== undefined) v.value = parsed.value;
      else assignAll(sh, [{ ...parsed, name: local ? parsed.name : realName(sh, parsed.name) }]);
    }
    if (on.has('r')) v.readonly = true;
  }
  return status;
}
/** The variable of that very name, not what a nameref leads to. */
function ownVariable(sh: Sh, name: string): Variable {
  for (const scope of [...sh.state.scopes].reverse()) {
    const v = scope.get(name);
    if (v) return v;
  }
  const made: Variable = {};
  sh.state.scopes[0]?.set(name, made);
  return made;
}
function split(
  args: readonly (string | Evaluated)[],
  letters: string,
): { on: Set<string>; off: Set<string>; rest: readonly (string | Evaluated)[]; bad?: string } {
  const on = new Set<string>();
  const off = new Set<string>();
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i];
    if (typeof arg !== 'string' || !/^[-+]./.test(arg)) break;
    if (arg === '--') {
      i++;
      break;
    }
    for (const c of arg.slice(1)) {
      if (!letters.includes(c)) return { on, off, rest: args.slice(i), bad: `${arg.charAt(0)}${c}` };
      (arg.startsWith('-') ? on : off).add(c);
    }
  }
  return { on, off, rest: args.slice(i) };
}
const declare: Declaration = function* (sh, args, name) {
  const { on, off, rest, bad } = split(args, 'aAfFgiIlnrtuxp');
  if (bad) return yield* badOption(sh, name, bad, `${name} [-aAfFgiIlnrtux] [name[=value] ...] or ${name} -p [-aAfFilnrtux] [name ...]`);
  const names = rest.map((r) => (typeof r === 'string' ? r : r.name));
  if (on.has('f') || on.has('F')) return yield* functions(sh, name, names, on.has('F'));
  if (on.has('p') || rest.length === 0) {
    on.delete('p');
    if (rest.length === 0 && on.size === 0 && args.length === 0) return yield* print(sh, name, variablesText(sh));
    return yield* show(sh, name, names, on);
  }
  const local = inFunction(sh) && !on.has('g');
  on.delete('g');
  return yield* declareNames(sh, name, rest, on, off, local);
};
/** `set`: all variables. */
export const variablesText = (sh: Sh): string =>
  [...visible(sh)]
    .filter(([, v]) => v.value !== undefined || v.array || v.assoc)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([n, v]) => `${assignmentLine(n, v)}\n`)
    .join('');

export const DECLARATIONS: Readonly<Record<string, Declaration>> = {
  declare,
  typeset: declare,
  *local(sh, args, name) {
    if (!inFunction(sh)) return yield* fail(sh, name, 'can only be used in a function');
    const { on, off, rest, bad } = split(args, 'aAilnrtuxp');
    if (bad) return yield* badOption(sh, name, bad, 'local [option] name[=value] ...');
    return yield* declareNames(sh, name, rest, on, off, true);
  },
  *export(sh, args, name) {
    const { on, rest, bad } = split(args, 'fnp');
    if (bad) return yield* badOption(sh, name, bad, 'export [-fn] [name[=value] ...] or export -p');
    if (rest.length === 0) return yield* show(sh, name, [], new Set('x'));
    if (on.has('f')) return 0;
    return yield* declareNames(sh, name, rest, new Set(on.has('n') ? '' : 'x'), new Set(on.has('n') ? 'x' : ''), false);
  },
  *readonly(sh, args, name) {
    const { on, rest, bad } = split(args, 'aAfp');
    if (bad) return yield* badOption(sh, name, bad, 'readonly [-aAf] [name[=value] ...] or readonly -p');
    if (rest.length === 0) return yield* show(sh, name, [], new Set('r'));
    on.delete('p');
    return yield* declareNames(sh, name, rest, new Set([...on, 'r']), new Set(), false);
  },
};

export const variables: Readonly<Record<string, Builtin>> = {
  *unset(sh, args, name) {
    let kind = '';
    let i = 0;
    for (; i < args.length && /^-[fvn]$/.test(args[i] as string); i++) kind = (args[i] as string).charAt(1);
    let status = 0;
    for (const arg of args.slice(i)) {
      const target = splitTarget(arg);
      if (kind === 'f' || (kind === '' && target && target.subscript === undefined && lookup(sh, arg) === undefined && sh.state.functions.has(arg))) {
        sh.state.functions.delete(arg);
      } else if (!target) {
        if (kind === 'v') status = yield* fail(sh, name, `\`${arg}': not a valid identifier`);
      } else if (kind === 'n') for (const scope of sh.state.scopes) scope.delete(target.name);
      else if (!unset(sh, target.name, target.subscript)) status = yield* fail(sh, name, `${target.name}: cannot unset: readonly variable`);
    }
    return status;
  },
  *getopts(sh, args, name) {
    const [spec, variable, ...own] = args;
    if (spec === undefined || variable === undefined) {
      yield* sh.sys.write(2, 'getopts: usage: getopts optstring name [arg ...]\n');
      return 2;
    }
    if (!isName(variable)) return yield* fail(sh, name, `\`${variable}': not a valid identifier`);
    const words = args.length > 2 ? own : sh.state.positional;
    const silent = spec.startsWith(':');
    const { getopts } = sh.state;
    const finish = (): number => {
      const { index, at } = getopts;
      assign(sh, 'OPTIND', String(index));
      sh.state.getopts = { index, at };
      return 0;
    };
    const word = words[getopts.index - 1];
    if (getopts.at === 0) {
      if (word === undefined || !/^-./.test(word) || word === '--') {
        if (word === '--') getopts.index++;
        assign(sh, variable, '?');
        finish();
        return 1;
      }
      getopts.at = 1;
    }
    const text = words[getopts.index - 1] as string;
    const letter = text.charAt(getopts.at++);
    const at = letter === ':' ? -1 : spec.indexOf(letter, silent ? 1 : 0);
    const endOfWord = (): void => {
      if (getopts.at < text.length) return;
      getopts.index++;
      getopts.at = 0;
    };
    unset(sh, 'OPTARG');
    const loud = !silent && getVar(sh, 'OPTERR') !== '0';
    if (at < 0) {
      endOfWord();
      assign(sh, variable, '?');
      if (silent) assign(sh, 'OPTARG', letter);
      else if (loud) yield* sh.sys.write(2, `${sh.state.file || sh.state.name}: illegal option -- ${letter}\n`);
      return finish();
    }
    if (spec.charAt(at + 1) === ':') {
      const rest = text.slice(getopts.at);
      const value = rest !== '' ? rest : words[getopts.index];
      getopts.index += rest !== '' ? 1 : 2;
      getopts.at = 0;
      if (value === undefined) {
        getopts.index--;
        assign(sh, variable, silent ? ':' : '?');
        if (silent) assign(sh, 'OPTARG', letter);
        else if (loud) yield* sh.sys.write(2, `${sh.state.file || sh.state.name}: option requires an argument -- ${letter}\n`);
        return finish();
      }
      assign(sh, 'OPTARG', value);
    } else endOfWord();
    assign(sh, variable, letter);
    return finish();
  },
};
