/** How variables are shown: declare -p, set, export -p. */
import { inHashOrder } from './assoc.ts';
import { doubleQuote, traceQuote } from './quote.ts';
import type { Variable } from './state.ts';

/** Attribute letters in bash's order. */
export function attributes(v: Variable | undefined): string {
  if (!v) return '';
  const letters: readonly [unknown, string][] = [
    [v.array, 'a'],
    [v.assoc, 'A'],
    [v.integer, 'i'],
    [v.nameref, 'n'],
    [v.readonly, 'r'],
    [v.exported, 'x'],
    [v.lower, 'l'],
    [v.upper, 'u'],
  ];
  return letters.map(([has, letter]) => (has ? letter : '')).join('');
}

const elements = (v: Variable): string => {
  const entries = v.assoc ? inHashOrder(v.assoc) : [...(v.array ?? [])].sort(([a], [b]) => a - b);
  const key = (k: string | number): string => (v.assoc && !/^[\w.-]+$/.test(String(k)) ? doubleQuote(String(k)) : String(k));
  return `(${entries.map(([k, s]) => `[${key(k)}]=${doubleQuote(s)}`).join(' ')}${v.assoc && entries.length > 0 ? ' ' : ''})`;
};
/** declare -p */
export function declaration(name: string, v: Variable): string {
  const head = `declare -${attributes(v) || '-'} ${name}`;
  if (v.array || v.assoc) return `${head}=${elements(v)}`;
  return v.value === undefined ? head : `${head}=${doubleQuote(v.value)}`;
}
/** `set` without arguments. */
export const assignmentLine = (name: string, v: Variable): string =>
  `${name}=${v.array || v.assoc ? elements(v) : traceQuote(v.value ?? '').replace(/^''$/, '')}`;
