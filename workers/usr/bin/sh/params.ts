/** Parameters: $x, ${x…} with all their operators. */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { ParameterExpansionPart, ParameterOperation, Word } from './ast.ts';
import { addWord, arithmeticOf, expandPattern, expandString, expandText, type Mode, oneField } from './expand.ts';
import { type Fields, fieldText } from './fields.ts';
import { matchEdge, matches, replaceMatches } from './glob.ts';
import { charsOf } from './locale.ts';
import { backslashQuote, doubleQuote, singleQuote, decodeEscapes } from './quote.ts';
import { complain, ExpansionError, type Sh } from './shell.ts';
import { attributes } from './show.ts';
import { assign, entriesOf, getElement, getVar, isAssoc, isName, lookup, namesWith, splitTarget } from './vars.ts';

/** What a parameter holds: one value, perhaps none, or a list. */
type Value =
  | { readonly kind: 'one'; readonly value: string | undefined }
  | { readonly kind: 'list'; readonly values: readonly string[]; readonly star: boolean };
const one = (value: string | undefined): Value => ({ kind: 'one', value });

const FLAGS: readonly [string, string][] = [
  ['allexport', 'a'],
  ['braceexpand', 'B'],
  ['errexit', 'e'],
  ['noglob', 'f'],
  ['hashall', 'h'],
  ['monitor', 'm'],
  ['noexec', 'n'],
  ['noclobber', 'C'],
  ['nounset', 'u'],
  ['verbose', 'v'],
  ['xtrace', 'x'],
  ['errtrace', 'E'],
  ['functrace', 'T'],
  ['privileged', 'p'],
];
/** $- */
const flags = (sh: Sh): string => {
  const set = FLAGS.filter(([name]) => sh.state.options.has(name))
    .map(([, c]) => c)
    .sort((a, b) => (a.toLowerCase() === b.toLowerCase() ? (a > b ? -1 : 1) : a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const lower = set.filter((c) => c >= 'a').join('');
  const upper = set.filter((c) => c < 'a').join('');
  return lower + (sh.interactive ? 'i' : '') + upper + (sh.interactive ? 's' : 'c');
};

/** A special or positional parameter, or a variable. */
function parameter(sh: Sh, name: string): Value {
  const { state } = sh;
  switch (name) {
    case '@':
    case '*':
      return { kind: 'list', values: state.positional, star: name === '*' };
    case '#':
      return one(String(state.positional.length));
    case '?':
      return one(String(state.status));
    case '-':
      return one(flags(sh));
    case '$':
      return one(String(sh.mainPid));
    case '!':
      return one(state.lastBackground === 0 ? undefined : String(state.lastBackground));
    case '0':
      return one(state.name);
    default:
      return one(/^\d+$/.test(name) ? state.positional[Number(name) - 1] : getVar(sh, name));
  }
}
function unbound(sh: Sh, name: string): void {
  if (!sh.state.options.has('nounset')) return;
  throw new ExpansionError(`${/^\d+$/.test(name) || '!'.includes(name) ? '$' : ''}${name}: unbound variable`, true);
}

/** Adds a value to the fields, as its quoting wants. */
function add(value: Value, fields: Fields, mode: Mode): void {
  if (value.kind === 'one') {
    if (mode.quoted) {
      fields.quoted(value.value ?? '');
    } else fields.expanded(value.value ?? '');
    return;
  }
  const { values, star } = value;
  if (mode.quoted && star) {
    fields.quoted(values.join(fields.ifs.charAt(0)));
    return;
  }
  if (!fields.splitting) {
    const text = values.join(star ? fields.ifs.charAt(0) : ' ');
    if (mode.quoted) fields.quoted(text);
    else fields.expanded(text);
    return;
  }
  values.forEach((v, i) => {
    if (i > 0) fields.cut();
    if (mode.quoted) fields.quoted(v);
    else fields.expanded(v);
  });
}

export function* expandSimple(sh: Sh, name: string, fields: Fields, mode: Mode): Kthread<void> {
  const value = parameter(sh, name);
  if (value.kind === 'one' && value.value === undefined) unbound(sh, name);
  add(value, fields, mode);
}

/** `name[index]` as written, for messages. */
const shown = (part: ParameterExpansionPart): string => part.parameter + (part.index ? `[${part.index.text}]` : '');

/** The subscript of an associative array is a string, of another one arithmetic (done where it is used). */
export function* subscriptOf(sh: Sh, name: string, index: Word): Kthread<string> {
  return isAssoc(sh, name) ? yield* expandString(sh, index) : yield* expandText(sh, index.text.includes('"') ? index.text.replace(/"/g, '') : index.text);
}
function* parameterValue(sh: Sh, name: string, index: Word | undefined): Kthread<Value> {
  if (index === undefined) return parameter(sh, name);
  if (index.text === '@' || index.text === '*') return { kind: 'list', values: entriesOf(sh, name).map(([, v]) => v), star: index.text === '*' };
  const subscript = yield* subscriptOf(sh, name, index);
  try {
    return one(getElement(sh, name, subscript));
  } catch (e) {
    // Reading before the first element is said, and nothing is there.
    if (!(e instanceof ExpansionError) || !e.message.endsWith(': bad array subscript')) throw e;
    yield* complain(sh, `${name}: bad array subscript`);
    return one(undefined);
  }
}
/** ${!x}: the parameter whose name x holds. */
function* indirect(sh: Sh, part: ParameterExpansionPart): Kthread<{ value: Value; name: string }> {
  const v = lookup(sh, part.parameter);
  const pointer = yield* parameterValue(sh, part.parameter, part.index);
  const name = pointer.kind === 'one' ? pointer.value : pointer.values.join(' ');
  if (name === undefined || name === '') {
    if (v === undefined || v.value === undefined) throw new ExpansionError(`${part.parameter}: invalid indirect expansion`);
    throw new ExpansionError(`${name ?? ''}: invalid variable name`);
  }
  const target = splitTarget(name);
  if (!target && !/^([@*#?$!-]|\d+)$/.test(name)) throw new ExpansionError(`${name}: invalid variable name`);
  if (!target || target.subscript === undefined) return { value: parameter(sh, name), name };
  const { subscript } = target;
  if (subscript === '@' || subscript === '*')
    return { value: { kind: 'list', values: entriesOf(sh, target.name).map(([, e]) => e), star: subscript === '*' }, name };
  return { value: one(getElement(sh, target.name, isAssoc(sh, target.name) ? subscript : yield* expandText(sh, subscript))), name };
}

export function* expandParameter(sh: Sh, part: ParameterExpansionPart, fields: Fields, mode: Mode): Kthread<void> {
  const { operation } = part;
  if (operation?.type === 'Unknown') throw new ExpansionError(`${part.text}: bad substitution`);
  if (part.prefix === '!' && operation?.type === 'Names') {
    add({ kind: 'list', values: namesWith(sh, part.parameter), star: operation.operator === '*' }, fields, mode);
    return;
  }
  if (part.prefix === '!' && part.index && (part.index.text === '@' || part.index.text === '*')) {
    add({ kind: 'list', values: entriesOf(sh, part.parameter).map(([k]) => k), star: part.index.text === '*' }, fields, mode);
    return;
  }
  let name = shown(part);
  let value: Value;
  if (part.prefix === '!') ({ value, name } = yield* indirect(sh, part));
  else value = yield* parameterValue(sh, part.parameter, part.index);

  if (part.prefix === '#') {
    if (value.kind === 'one' && value.value === undefined) unbound(sh, name);
    const text = value.kind === 'one' ? (value.value ?? '') : '';
    add(one(String(value.kind === 'list' ? value.values.length : [...charsOf(sh, text).in(text)].length)), fields, mode);
    return;
  }
  if (operation?.type === 'Default') {
    yield* withDefault(sh, part, name, value, operation, fields, mode);
    return;
  }
  if (value.kind === 'one' && value.value === undefined) unbound(sh, name);
  if (operation) value = yield* operate(sh, part, value, operation);
  add(value, fields, mode);
}

function* withDefault(
  sh: Sh,
  part: ParameterExpansionPart,
  name: string,
  value: Value,
  op: ParameterOperation & { type: 'Default' },
  fields: Fields,
  mode: Mode,
): Kthread<void> {
  const set = value.kind === 'one' ? value.value !== undefined : value.values.length > 0;
  const text = value.kind === 'one' ? (value.value ?? '') : value.values.join(' ');
  const has = set && (!op.operator.startsWith(':') || text !== '');
  switch (op.operator.replace(':', '')) {
    case '+':
      if (has) yield* operand(sh, op.operand, fields, mode);
      return;
    case '-':
      if (has) add(value, fields, mode);
      else yield* operand(sh, op.operand, fields, mode);
      return;
    case '=': {
      if (has) {
        add(value, fields, mode);
        return;
      }
      if (!isName(part.parameter)) throw new ExpansionError(`$${part.parameter}: cannot assign in this way`);
      const made = yield* expandString(sh, op.operand, { quoted: mode.quoted });
      assign(sh, part.parameter, made, part.index && (yield* subscriptOf(sh, part.parameter, part.index)));
      add(one(made), fields, mode);
      return;
    }
    default: {
      if (has) {
        add(value, fields, mode);
        return;
      }
      const message = yield* expandString(sh, op.operand, { quoted: mode.quoted });
      throw new ExpansionError(`${name}: ${message || (op.operator === ':?' ? 'parameter null or not set' : 'parameter not set')}`, true, 127);
    }
  }
}
function* operand(sh: Sh, word: Word, fields: Fields, mode: Mode): Kthread<void> {
  if (word.text === '') {
    if (mode.quoted) fields.quoted('');
    return;
  }
  yield* addWord(sh, word, fields, mode.quoted ? mode : { ...mode, operand: true });
}

/** Applies an operator to a value, or to each of a list. */
function* operate(sh: Sh, part: ParameterExpansionPart, value: Value, op: ParameterOperation): Kthread<Value> {
  const extglob = sh.state.shopts.has('extglob');
  const each = (f: (s: string) => string): Value =>
    value.kind === 'list' ? { ...value, values: value.values.map(f) } : one(value.value === undefined ? undefined : f(value.value));
  switch (op.type) {
    case 'Remove': {
      const pattern = yield* expandPattern(sh, op.operand);
      const side = op.operator.startsWith('#') ? 'start' : 'end';
      return each((bytes) => {
        const chars = charsOf(sh, bytes, pattern);
        const s = chars.in(bytes);
        const n = matchEdge(chars.in(pattern), s, side, op.operator.length === 2, extglob);
        return n < 0 ? bytes : chars.out(side === 'start' ? s.slice(n) : s.slice(0, s.length - n));
      });
    }
    case 'Replace': {
      const pattern = yield* expandPattern(sh, op.pattern);
      // patsub_replacement: an unquoted & stands for what matched.
      const by = yield* replacement(sh, op.replacement);
      const at = op.operator === '/#' ? 'start' : op.operator === '/%' ? 'end' : undefined;
      return each((s) => {
        if (pattern === '' && at) return at === 'start' ? by('') + s : s + by('');
        const chars = charsOf(sh, s, pattern);
        const swap = (match: string): string => chars.in(by(chars.out(match)));
        return chars.out(replaceMatches(chars.in(pattern), chars.in(s), { all: op.operator === '//', ...(at && { at }) }, swap, extglob));
      });
    }
    case 'Slice':
      return yield* slice(sh, part, value, op);
    case 'CaseModification': {
      const pattern = op.operand && op.operand.text !== '' ? yield* expandPattern(sh, op.operand) : '?';
      const upper = op.operator.startsWith('^');
      return each((bytes) => {
        const chars = charsOf(sh, bytes, pattern);
        const set = chars.in(pattern);
        const change = (c: string): string => (matches(set, c, extglob) ? (upper ? chars.upper(c) : chars.lower(c)) : c);
        const [first = '', ...rest] = [...chars.in(bytes)];
        return chars.out(change(first) + rest.map(op.operator.length === 2 ? change : (c) => c).join(''));
      });
    }
    case 'Transform':
      return transform(sh, part, value, op.operand.text);
    default:
      return value;
  }
}
function* replacement(sh: Sh, word: Word): Kthread<(match: string) => string> {
  const field = yield* oneField(sh, word, { quoted: false });
  if (!sh.state.shopts.has('patsub_replacement')) return () => fieldText(field);
  return (match) => field.map((p) => (p.quoted ? p.text : p.text.replace(/\\([\\&])|&/g, (_, plain?: string) => plain ?? match))).join('');
}
function* slice(sh: Sh, part: ParameterExpansionPart, value: Value, op: ParameterOperation & { type: 'Slice' }): Kthread<Value> {
  const offset = Number(yield* arithmeticOf(sh, op.offset.text));
  const length = op.length === undefined ? undefined : Number(yield* arithmeticOf(sh, op.length.text));
  if (value.kind === 'one') {
    const bytes = value.value ?? '';
    const chars = charsOf(sh, bytes);
    const s = [...chars.in(bytes)];
    const from = offset < 0 ? s.length + offset : offset;
    if (from < 0 || from > s.length) return one('');
    const to = length === undefined ? s.length : length < 0 ? s.length + length : from + length;
    if (to < from) throw new ExpansionError(`${op.length?.text}: substring expression < 0`);
    return one(chars.out(s.slice(from, to).join('')));
  }
  if (length !== undefined && length < 0) throw new ExpansionError(`${op.length?.text}: substring expression < 0`);
  if (part.index === undefined) {
    // ${@:n}: $0 is element 0.
    const all = [sh.state.name, ...value.values];
    const from = offset < 0 ? all.length + offset : offset;
    if (from < 0) return { ...value, values: [] };
    return { ...value, values: all.slice(from, length === undefined ? undefined : from + length) };
  }
  const entries = entriesOf(sh, part.parameter);
  const assoc = isAssoc(sh, part.parameter);
  const from = offset < 0 ? Number(entries.at(-1)?.[0] ?? -1) + 1 + offset : offset;
  const rest = assoc ? entries.slice(Math.max(0, offset)) : from < 0 ? [] : entries.filter(([k]) => Number(k) >= from);
  return { ...value, values: rest.slice(0, length).map(([, v]) => v) };
}
function transform(sh: Sh, part: ParameterExpansionPart, value: Value, kind: string): Value {
  const each = (f: (s: string) => string): Value =>
    value.kind === 'list' ? { ...value, values: value.values.map(f) } : one(value.value === undefined ? undefined : f(value.value));
  switch (kind) {
    case 'Q':
      return each(singleQuote);
    case 'E':
      return each((s) => decodeEscapes(s, 'b').text);
    case 'P':
      return each((s) => s);
    case 'U':
      return each((s) => charsOf(sh, s).out(charsOf(sh, s).upper(charsOf(sh, s).in(s))));
    case 'u':
      return each((s) => {
        const [first = '', ...rest] = [...charsOf(sh, s).in(s)];
        return charsOf(sh, s).out(charsOf(sh, s).upper(first) + rest.join(''));
      });
    case 'L':
      return each((s) => charsOf(sh, s).out(charsOf(sh, s).lower(charsOf(sh, s).in(s))));
    case 'a':
      return one(attributes(lookup(sh, part.parameter)));
    case 'A': {
      const a = attributes(lookup(sh, part.parameter));
      if (value.kind === 'list')
        return one(
          `declare -${a || '-'} ${part.parameter}=(${entriesOf(sh, part.parameter)
            .map(([k, v]) => `[${k}]=${doubleQuote(v)}`)
            .join(' ')})`,
        );
      return one(value.value === undefined ? undefined : `${a === '' ? '' : `declare -${a} `}${part.parameter}=${singleQuote(value.value)}`);
    }
    case 'K':
      return value.kind === 'list'
        ? one(
            entriesOf(sh, part.parameter)
              .map(([k, v]) => `${/^\w+$/.test(k) ? k : backslashQuote(k)} ${doubleQuote(v)}`)
              .join(' ') + (isAssoc(sh, part.parameter) ? ' ' : ''),
          )
        : each(singleQuote);
    case 'k':
      return value.kind === 'list' ? { ...value, values: entriesOf(sh, part.parameter).flat() } : each(singleQuote);
    default:
      throw new ExpansionError(`${part.text}: bad substitution`);
  }
}
