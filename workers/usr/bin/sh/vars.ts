/** Variables: scopes, arrays, attributes, and the names that are computed. */
import { type ArithVars, arithmetic } from './arith.ts';
import { currentLine, ExpansionError, type Sh } from './shell.ts';
import { inHashOrder } from './assoc.ts';
import type { Variable } from './state.ts';

export const isName = (s: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(s);

/** `name` or `name[subscript]`. */
export function splitTarget(text: string): { name: string; subscript: string | undefined } | undefined {
  const m = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[([\s\S]*)\])?$/.exec(text);
  return m ? { name: m[1] as string, subscript: m[2] } : undefined;
}

function scopeOf(sh: Sh, name: string): Map<string, Variable> | undefined {
  const { scopes } = sh.state;
  for (let i = scopes.length - 1; i >= 0; i--) if (scopes[i]?.has(name)) return scopes[i];
  return undefined;
}
/** The variable a name stands for, namerefs followed. */
export function lookup(sh: Sh, name: string): Variable | undefined {
  let variable = scopeOf(sh, name)?.get(name);
  for (let i = 0; variable?.nameref && variable.value !== undefined && i < 8; i++) variable = scopeOf(sh, variable.value)?.get(variable.value);
  return variable;
}
/** The name that is meant: the target of a nameref. */
export function realName(sh: Sh, name: string): string {
  let real = name;
  for (let i = 0; i < 8; i++) {
    const v = scopeOf(sh, real)?.get(real);
    if (!v?.nameref || v.value === undefined) break;
    real = v.value;
  }
  return real;
}
/** The variable to write to, made in the global scope if there is none. */
export function variableFor(sh: Sh, name: string): Variable {
  const real = realName(sh, name);
  const found = scopeOf(sh, real)?.get(real);
  if (found) return found;
  const made: Variable = {};
  sh.state.scopes[0]?.set(real, made);
  return made;
}

/** Bytes a variable may hold. */
const MAX_VALUE = 2 ** 24;

const seconds = (sh: Sh): number => Math.floor((sh.sys.clock_monotonic() - sh.state.secondsFrom) / 1e9);
const COMPUTED: Readonly<Record<string, (sh: Sh) => string>> = {
  _: (sh) => sh.state.lastArgument,
  BASH_COMMAND: (sh) => sh.state.command,
  LINENO: (sh) => String(currentLine(sh)),
  BASHPID: (sh) => String(sh.process.pid),
  SECONDS: (sh) => String(seconds(sh)),
  EPOCHSECONDS: (sh) => String(Math.floor(sh.sys.clock_realtime())),
  EPOCHREALTIME: (sh) => sh.sys.clock_realtime().toFixed(6),
  UID: (sh) => String(sh.sys.getuid()),
  EUID: (sh) => String(sh.sys.getuid()),
  BASH_SUBSHELL: (sh) => String(sh.subshell),
  SHELLOPTS: (sh) => [...sh.state.options].sort().join(':'),
  RANDOM: (sh) => {
    sh.state.random = (Math.imul(sh.state.random, 1103515245) + 12345) & 0x7fffffff;
    return String((sh.state.random >>> 8) & 0x7fff);
  },
};
function computedArray(sh: Sh, name: string): string[] | undefined {
  const { calls } = sh.state;
  if (name === 'FUNCNAME') return calls.length === 0 ? undefined : [...calls.map((c) => c.name).reverse(), ...(sh.state.file === '' ? [] : ['main'])];
  if (name === 'BASH_SOURCE') return [...calls.map((c) => c.file || 'environment').reverse(), ...(sh.state.file === '' ? [] : [sh.state.file])];
  if (name === 'BASH_LINENO') return [...calls.map((c) => String(c.line)).reverse(), ...(sh.state.file === '' ? [] : ['0'])];
  if (name === 'GROUPS') return ['0'];
  if (name === 'DIRSTACK') return [getVar(sh, 'PWD') ?? sh.sys.getcwd(), ...sh.state.dirs];
  if (name === 'PIPESTATUS') return sh.state.pipeStatus.map(String);
  return undefined;
}

export const isAssoc = (sh: Sh, name: string): boolean => lookup(sh, name)?.assoc !== undefined;

/** Value of $name (element 0 of an array); undefined: unset. */
export function getVar(sh: Sh, name: string): string | undefined {
  const computed = Object.hasOwn(COMPUTED, name) ? COMPUTED[name] : undefined;
  if (computed) return computed(sh);
  const array = computedArray(sh, name);
  if (array) return array[0];
  const real = realName(sh, name);
  const target = real === name ? undefined : splitTarget(real);
  if (target?.subscript !== undefined) return getElement(sh, target.name, target.subscript);
  const v = lookup(sh, name);
  return v?.array ? v.array.get(0) : v?.assoc ? v.assoc.get('0') : v?.value;
}
/** Element keys in order, with values: of an array, or of a scalar as [0]. */
export function entriesOf(sh: Sh, name: string): [string, string][] {
  const computed = computedArray(sh, name);
  if (computed) return computed.map((v, i) => [String(i), v]);
  const v = lookup(sh, name);
  if (v?.assoc) return inHashOrder(v.assoc);
  if (v?.array) return [...v.array].sort(([a], [b]) => a - b).map(([i, s]) => [String(i), s]);
  const value = getVar(sh, name);
  return value === undefined ? [] : [['0', value]];
}
/** Subscript text (expanded) → index; negative ones count from the end. */
export function arrayIndex(sh: Sh, name: string, subscript: string): number {
  const index = Number(evaluate(sh, subscript));
  if (index >= 0) return index;
  const entries = entriesOf(sh, name);
  const from = Number(entries.at(-1)?.[0] ?? -1) + 1 + index;
  if (from < 0) throw new ExpansionError(`${name}[${subscript}]: bad array subscript`);
  return from;
}
export function getElement(sh: Sh, name: string, subscript: string): string | undefined {
  const v = lookup(sh, name);
  if (v?.assoc) return v.assoc.get(subscript);
  const computed = computedArray(sh, name);
  const index = arrayIndex(sh, name, subscript);
  if (computed) return computed[index];
  if (v?.array) return v.array.get(index);
  return index === 0 ? getVar(sh, name) : undefined;
}

/** Evaluates arithmetic over the shell's variables. */
export function evaluate(sh: Sh, text: string): bigint {
  if (/^[0-9]{1,15}$/.test(text) && (text.length === 1 || !text.startsWith('0'))) return BigInt(text);
  const vars: ArithVars = {
    get: (name, subscript) => {
      const value = subscript === undefined ? getVar(sh, name) : getElement(sh, name, subscript);
      if (value === undefined && sh.state.options.has('nounset')) throw new ExpansionError(`${name}: unbound variable`, true);
      return value;
    },
    set: (name, subscript, value) => assign(sh, name, value, subscript),
  };
  return arithmetic(text, vars);
}

function shaped(sh: Sh, v: Variable, value: string, old: string | undefined, append: boolean): string {
  if (v.integer) {
    const n = evaluate(sh, value);
    return String(append ? BigInt.asIntN(64, evaluate(sh, old ?? '') + n) : n);
  }
  const text = append ? (old ?? '') + value : value;
  if (text.length > MAX_VALUE) throw new ExpansionError(`xrealloc: cannot allocate ${text.length} bytes`, true, 2);
  return v.lower ? text.toLowerCase() : v.upper ? text.toUpperCase() : text;
}
export function readonlyError(name: string): ExpansionError {
  return new ExpansionError(`${name}: readonly variable`);
}

/** name=value, name[subscript]=value, with += if `append`. Throws for readonly variables and bad subscripts. */
export function assign(sh: Sh, name: string, value: string, subscript?: string, append = false): void {
  const real = realName(sh, name);
  const target = real === name ? undefined : splitTarget(real);
  if (target && target.subscript !== undefined && subscript === undefined) {
    assign(sh, target.name, value, target.subscript, append);
    return;
  }
  const v = variableFor(sh, real);
  if (v.readonly) throw readonlyError(real);
  if (subscript === undefined && !v.array && !v.assoc) v.value = shaped(sh, v, value, v.value, append);
  else if (v.assoc) {
    const key = subscript ?? '0';
    v.assoc.set(key, shaped(sh, v, value, v.assoc.get(key), append));
  } else {
    if (!v.array) {
      v.array = new Map(v.value === undefined ? [] : [[0, v.value]]);
      delete v.value;
    }
    const index = subscript === undefined ? 0 : arrayIndex(sh, real, subscript);
    v.array.set(index, shaped(sh, v, value, v.array.get(index), append));
  }
  if (sh.state.options.has('allexport')) v.exported = true;
  assigned(sh, real, value);
}
/** What follows from assigning some names. */
function assigned(sh: Sh, name: string, value: string): void {
  if (name === 'OPTIND') sh.state.getopts = { index: Number(value) || 1, at: 0 };
  else if (name === 'RANDOM') sh.state.random = Number(value) || 0;
  else if (name === 'SECONDS') sh.state.secondsFrom = sh.sys.clock_monotonic() - (Number(value) || 0) * 1e9;
}
/** name=( … ): entries in order; those without key follow on. */
export function assignArray(sh: Sh, name: string, entries: readonly { key?: string; value: string; append?: boolean }[], append = false): void {
  const v = variableFor(sh, name);
  if (v.readonly) throw readonlyError(name);
  if (v.assoc) {
    if (!append) v.assoc.clear();
    let key: string | undefined;
    for (const e of entries) {
      if (e.key !== undefined) v.assoc.set(e.key, shaped(sh, v, e.value, v.assoc.get(e.key), e.append ?? false));
      // Pairs without brackets: key value key value.
      else if (key === undefined) {
        key = e.value;
        continue;
      } else v.assoc.set(key, e.value);
      key = undefined;
    }
    if (key !== undefined) v.assoc.set(key, '');
    return;
  }
  const old = append ? (v.array ?? new Map(v.value === undefined ? [] : [[0, v.value]])) : new Map<number, string>();
  delete v.value;
  v.array = old;
  let next = Math.max(-1, ...old.keys()) + 1;
  for (const e of entries) {
    if (e.key !== undefined) next = arrayIndex(sh, name, e.key);
    old.set(next, shaped(sh, v, e.value, old.get(next), e.append ?? false));
    next++;
  }
  if (sh.state.options.has('allexport')) v.exported = true;
}
export const setArray = (sh: Sh, name: string, values: readonly string[]): void =>
  assignArray(
    sh,
    name,
    values.map((value) => ({ value })),
  );

/** Removes a variable, or an element; false: it is readonly. */
export function unset(sh: Sh, name: string, subscript?: string): boolean {
  const real = realName(sh, name);
  const scope = scopeOf(sh, real);
  const v = scope?.get(real);
  if (!v) return true;
  if (v.readonly) return false;
  if (subscript === undefined || (!v.array && !v.assoc)) {
    // A local that is unset stays local, without value.
    if (scope === sh.state.scopes[0]) scope?.delete(real);
    else scope?.set(real, {});
  } else if (v.assoc) {
    if (subscript === '@' || subscript === '*') v.assoc.clear();
    else v.assoc.delete(subscript);
  } else if (subscript === '@' || subscript === '*') v.array?.clear();
  else v.array?.delete(arrayIndex(sh, real, subscript));
  return true;
}
/** Makes a variable of the innermost function. */
export function makeLocal(sh: Sh, name: string): Variable {
  const scope = sh.state.scopes.at(-1) as Map<string, Variable>;
  const old = scope.get(name);
  if (old) return old;
  const outer = lookup(sh, name);
  if (outer?.readonly) throw readonlyError(name);
  const made: Variable = outer?.exported ? { exported: true } : {};
  scope.set(name, made);
  if (name === 'OPTIND') sh.state.getopts = { index: 1, at: 0 };
  return made;
}
/** A function's variables go; what depends on one of them follows. */
export function popScope(sh: Sh): void {
  const gone = sh.state.scopes.pop();
  if (gone?.has('OPTIND')) sh.state.getopts = { index: Number(getVar(sh, 'OPTIND')) || 1, at: 0 };
}
/** Visible variables by name, innermost first. */
export function visible(sh: Sh): Map<string, Variable> {
  const all = new Map<string, Variable>();
  for (const scope of sh.state.scopes) for (const [name, v] of scope) all.set(name, v);
  return all;
}
/** What a program gets. */
export function environment(sh: Sh): Map<string, string> {
  const env = new Map<string, string>();
  for (const [name, v] of visible(sh)) if (v.exported && v.value !== undefined) env.set(name, v.value);
  return env;
}
/** Names that begin with a prefix: ${!prefix*}. */
export const namesWith = (sh: Sh, prefix: string): string[] =>
  [...visible(sh)]
    .filter(([name, v]) => name.startsWith(prefix) && (v.value !== undefined || v.array || v.assoc))
    .map(([name]) => name)
    .sort();
