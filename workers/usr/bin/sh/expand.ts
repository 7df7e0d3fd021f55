/** Word expansion: tilde, parameters, command substitution, arithmetic, splitting, file names, in the shell's order. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ArithError } from './arith.ts';
import { partsOfText, type Word, wordOfText, type WordPart } from './ast.ts';
import { expandBraces } from './braces.ts';
import { type Field, fieldPattern, fieldRegex, Fields, fieldText } from './fields.ts';
import { globPaths, hasGlob } from './glob.ts';
import { expandParameter, expandSimple } from './params.ts';
import { ansiText } from './quote.ts';
import { ExpansionError, type Sh, within } from './shell.ts';
import { commandSubstitution, processSubstitution } from './substitute.ts';
import { entriesOf, evaluate, getVar } from './vars.ts';

/** How the pieces of a word are read. */
export interface Mode {
  /** Inside double quotes. */
  readonly quoted: boolean;
  /** Unquoted literals are split, too: the words inside `${x:-…}`. */
  readonly operand?: boolean;
  /** A regular expression: backslashes stay. */
  readonly regex?: boolean;
  /** A word of a command: in `name=~` the '~' counts. */
  readonly command?: boolean;
  /** An assignment: '~' after ':' counts. */
  readonly assignment?: boolean;
}
const PLAIN: Mode = { quoted: false };

export const ifsOf = (sh: Sh): string => getVar(sh, 'IFS') ?? ' \t\n';

function tilde(sh: Sh, name: string): string | undefined {
  if (name === '') return getVar(sh, 'HOME') ?? '/root';
  if (name === '+') return getVar(sh, 'PWD');
  if (name === '-') return getVar(sh, 'OLDPWD');
  if (/^[+-]?\d+$/.test(name)) {
    const stack = entriesOf(sh, 'DIRSTACK');
    const n = Number(name.replace(/^[+-]/, ''));
    return stack[name.startsWith('-') ? stack.length - 1 - n : n]?.[1];
  }
  return name === 'root' ? '/root' : undefined;
}
/** Literal text with its backslashes and, at the start of a word, its tilde. */
function literal(sh: Sh, text: string, fields: Fields, mode: Mode, first: boolean, whole: boolean): void {
  let rest = text;
  const home = (prefix: RegExp): void => {
    const m = prefix.exec(rest);
    if (!m || (m[0].length === rest.length && !whole)) return;
    const path = tilde(sh, m[1] as string);
    if (path === undefined) return;
    fields.quoted(path);
    rest = rest.slice(m[0].length);
  };
  const assigned = first && mode.command ? /^[A-Za-z_]\w*=(?=~)/.exec(rest)?.[0] : undefined;
  if (assigned) {
    fields.plain(assigned);
    rest = rest.slice(assigned.length);
    home(/^~([A-Za-z0-9+_-]*)(?=[/:]|$)/);
  }
  if (first && rest.startsWith('~')) home(mode.assignment ? /^~([A-Za-z0-9+_-]*)(?=[/:]|$)/ : /^~([A-Za-z0-9+_-]*)(?=\/|$)/);
  const plain = (s: string): void => {
    if (s === '') return;
    if (mode.operand) fields.expanded(s);
    else fields.plain(s);
  };
  if (mode.regex) {
    plain(rest);
    return;
  }
  while (rest !== '') {
    const backslash = rest.indexOf('\\');
    const colon = mode.assignment ? rest.indexOf(':~') : -1;
    if (colon >= 0 && (backslash < 0 || colon < backslash)) {
      plain(rest.slice(0, colon + 1));
      rest = rest.slice(colon + 1);
      const before = rest;
      home(/^~([A-Za-z0-9+_-]*)(?=[/:]|$)/);
      if (rest === before) {
        plain('~');
        rest = rest.slice(1);
      }
      continue;
    }
    if (backslash < 0) {
      plain(rest);
      return;
    }
    plain(rest.slice(0, backslash));
    const next = rest.charAt(backslash + 1);
    if (next !== '\n') fields.quoted(next === '' ? '\\' : next);
    rest = rest.slice(backslash + 2);
  }
}

/** Adds the pieces of a word to the fields. */
export function* addWord(sh: Sh, word: Word, fields: Fields, mode: Mode = PLAIN): Kthread<void> {
  if (word.parts === undefined) {
    if (mode.quoted) fields.quoted(word.value);
    else literal(sh, word.text, fields, mode, true, true);
    return;
  }
  yield* addParts(sh, word.parts, fields, mode);
}
export function* addParts(sh: Sh, parts: readonly WordPart[], fields: Fields, mode: Mode): Kthread<void> {
  for (let i = 0; i < parts.length; i++) yield* addPart(sh, parts[i] as WordPart, fields, mode, i === 0, parts.length === 1);
}
function* addPart(sh: Sh, part: WordPart, fields: Fields, mode: Mode, first: boolean, whole: boolean): Kthread<void> {
  switch (part.type) {
    case 'Literal':
      if (mode.quoted) fields.quoted(part.value);
      else literal(sh, part.text, fields, mode, first, whole);
      return;
    case 'SingleQuoted':
      fields.quoted(part.value);
      return;
    case 'AnsiCQuoted':
      fields.quoted(ansiText(part.text.slice(2, -1)));
      return;
    case 'DoubleQuoted':
    case 'LocaleString': {
      const touched = fields.touched;
      fields.touched = false;
      const before = fields.done.length;
      yield* addParts(sh, part.parts, fields, { ...mode, quoted: true, operand: false });
      // "" is a field; "$@" without arguments is none.
      if (!fields.touched && fields.done.length === before && !part.parts.some(isList)) fields.quoted('');
      fields.touched ||= touched;
      return;
    }
    case 'Glob':
      if (mode.quoted || part.kind !== 'bracket') {
        if (mode.quoted) fields.quoted(part.value);
        else fields.plain(part.value);
        return;
      }
      fields.plain('[');
      for (const inner of part.parts) {
        if (inner.type === 'Literal') fields.plain(inner.text);
        else yield* addPart(sh, inner, fields, mode, false, false);
      }
      fields.plain(']');
      return;
    case 'ExtendedGlob':
      fields.plain(`${part.operator}(`);
      if (part.parts) yield* addParts(sh, part.parts, fields, mode);
      else fields.plain(part.pattern);
      fields.plain(')');
      return;
    case 'SimpleExpansion':
      yield* expandSimple(sh, part.text.slice(1), fields, mode);
      return;
    case 'ParameterExpansion':
      yield* expandParameter(sh, part, fields, mode);
      return;
    case 'CommandExpansion': {
      const text = yield* commandSubstitution(sh, part, expandWord);
      if (mode.quoted) fields.quoted(text);
      else fields.expanded(text);
      return;
    }
    case 'ArithmeticExpansion': {
      const text = part.text.startsWith('$[') ? part.text.slice(2, -1) : part.text.slice(3, -2);
      const value = String(yield* arithmeticOf(sh, text));
      if (mode.quoted) fields.quoted(value);
      else fields.expanded(value);
      return;
    }
    case 'ProcessSubstitution':
      fields.quoted(yield* processSubstitution(sh, part));
      return;
    case 'BraceExpansion': {
      // It did not expand: what is inside it does.
      const { source, word } = wordOfText(part.text.slice(1, -1));
      fields.plain('{');
      if (word.text !== '') yield* within(sh, source, addWord(sh, word, fields, mode));
      fields.plain('}');
    }
  }
}
/** "$@" and "${a[@]}": as many fields as there are values, perhaps none. */
function isList(part: WordPart): boolean {
  if (part.type === 'SimpleExpansion') return part.text === '$@';
  return part.type === 'ParameterExpansion' && part.prefix !== '#' && (part.parameter === '@' || part.index?.text === '@');
}

/** Text in which only `$`, '`' and '\' are special. */
export function* expandText(sh: Sh, text: string): Kthread<string> {
  if (!/[$`\\]/.test(text)) return text;
  const { source, parts } = partsOfText(text);
  const fields = new Fields(ifsOf(sh), false);
  yield* within(sh, source, addParts(sh, parts, fields, { quoted: true }));
  return fields.finish().map(fieldText).join('');
}
/** Value of an arithmetic text that is still to be expanded. `name` stands before messages: '((: ', 'let: '. */
export function* arithmeticOf(sh: Sh, text: string, name = ''): Kthread<bigint> {
  const expanded = yield* expandText(sh, text.includes('"') ? text.replace(/"/g, '') : text);
  try {
    return evaluate(sh, expanded);
  } catch (e) {
    throw e instanceof ArithError ? new ExpansionError(name + e.message) : e;
  }
}

function names(sh: Sh, field: Field): string[] {
  if (sh.state.options.has('noglob')) return [fieldText(field)];
  const pattern = fieldPattern(field);
  const extglob = sh.state.shopts.has('extglob');
  if (!hasGlob(pattern, extglob)) return [fieldText(field)];
  const found = globPaths(sh.sys, pattern, { extglob, dotglob: sh.state.shopts.has('dotglob'), nocaseglob: sh.state.shopts.has('nocaseglob'), globstar: sh.state.shopts.has('globstar') });
  if (found.length > 0) return found;
  if (sh.state.shopts.has('failglob')) throw new ExpansionError(`no match: ${fieldText(field)}`);
  return sh.state.shopts.has('nullglob') ? [] : [fieldText(field)];
}
/** A word of a command → its fields. */
export function* expandWord(sh: Sh, word: Word): Kthread<string[]> {
  if (word.parts === undefined && !word.text.includes('~')) return [word.value];
  if (word.parts?.some((p) => p.type === 'BraceExpansion') && sh.state.options.has('braceexpand')) {
    const all: string[] = [];
    for (const text of expandBraces(word.text)) {
      if (text === '') continue;
      const { source, word: alternative } = wordOfText(text);
      all.push(...(yield* within(sh, source, fieldsOf(sh, alternative))));
    }
    return all;
  }
  return yield* fieldsOf(sh, word);
}
function* fieldsOf(sh: Sh, word: Word): Kthread<string[]> {
  const fields = new Fields(ifsOf(sh), true);
  yield* addWord(sh, word, fields, { quoted: false, command: true });
  return fields.finish().flatMap((f) => names(sh, f));
}
export function* expandWords(sh: Sh, words: readonly Word[]): Kthread<string[]> {
  const all: string[] = [];
  for (const word of words) all.push(...(yield* expandWord(sh, word)));
  return all;
}
/** The word as one field, with what was quoted. */
export function* oneField(sh: Sh, word: Word, mode: Mode): Kthread<Field> {
  const fields = new Fields(ifsOf(sh), false);
  yield* addWord(sh, word, fields, mode);
  const all = fields.finish();
  // "$@" where one word is wanted: joined by blanks.
  return all.length <= 1 ? (all[0] ?? []) : all.flatMap((f, i) => (i === 0 ? f : [{ text: ' ', quoted: true }, ...f]));
}
/** One string: no splitting, no file names. */
export function* expandString(sh: Sh, word: Word, mode: Mode = PLAIN): Kthread<string> {
  if (word.parts === undefined && !word.text.includes('~')) return word.value;
  return fieldText(yield* oneField(sh, word, mode));
}
/** A pattern for glob.ts. */
export function* expandPattern(sh: Sh, word: Word): Kthread<string> {
  return fieldPattern(yield* oneField(sh, word, PLAIN));
}
/** The right side of =~. */
export function* expandRegex(sh: Sh, word: Word): Kthread<string> {
  return fieldRegex(yield* oneField(sh, word, { quoted: false, regex: true }));
}
