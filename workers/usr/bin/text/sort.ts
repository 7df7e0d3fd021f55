/** sort, C locale. As GNU coreutils 9.1. Left out: -T, --parallel and the like (accepted), -R. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { getopt } from './getopt.ts';
import { Output, program, splitLines, stop, type Tool } from './io.ts';
import { compareBytes, type Key, keyOf, type Ordering, ordering, parseKey, SortError } from './sort-keys.ts';

const TABLE = {
  short: 'bcCdfghik:mMno:rsS:t:T:uVz',
  long: {
    'ignore-leading-blanks': { key: 'b' }, check: { key: 'c', arg: 'optional' }, 'dictionary-order': { key: 'd' }, 'ignore-case': { key: 'f' },
    'general-numeric-sort': { key: 'g' },
    'human-numeric-sort': { key: 'h' }, 'ignore-nonprinting': { key: 'i' }, key: { key: 'k', arg: 'required' }, merge: { key: 'm' }, 'month-sort': { key: 'M' },
    'numeric-sort': { key: 'n' }, output: { key: 'o', arg: 'required' }, reverse: { key: 'r' }, stable: { key: 's' },
    'field-separator': { key: 't', arg: 'required' },
    unique: { key: 'u' }, 'version-sort': { key: 'V' }, 'zero-terminated': { key: 'z' },
  },
} as const;

export const sort = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'sort [OPTION]... [FILE]...', 2);
  const keys: Key[] = [];
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  let separator: string | undefined;
  let output: string | undefined;
  let flags = '';
  try {
    for (const [key, value = ''] of options) {
      if (key === 'k') keys.push(parseKey(value));
      else if (key === 't') separator = yield* separatorOf(tool, value);
      else if (key === 'o') output = value;
      else if ('bdfghiMnrV'.includes(key)) flags += key;
    }
  } catch (e) {
    if (!(e instanceof SortError)) throw e;
    return yield* tool.die(e.message, 2);
  }
  const global = ordering(flags);
  const compare = comparison(keys, global, separator, has('s') || has('u'));
  const end = has('z') ? '\0' : '\n';
  const lines: string[] = [];
  for (const file of operands.length > 0 ? operands : ['-']) lines.push(...splitLines((yield* tool.slurp(file, 2)) ?? (yield* stop(2)), end).lines);
  if (has('c') || has('C')) return yield* check(tool, lines, compare, has('u'), operands[0] ?? '-',
    has('C') || options.some(([k, v]) => k === 'c' && v !== undefined && v !== 'diagnose-first'));
  lines.sort(compare);
  const kept = has('u') ? lines.filter((line, i) => i === 0 || compare(lines[i - 1] as string, line) !== 0) : lines;
  let out = tool.out;
  if (output !== undefined) {
    const fd = tool.sys.open(output, { write: true, create: true, truncate: true }, 0o666);
    if (fd < 0) yield* tool.die(`open failed: ${output}: ${strerror(fd)}`, 2);
    out = new Output(tool.sys, fd, false);
  }
  for (const line of kept) {
    out.put(line + end);
    if (out.pending && out !== tool.out) yield* out.settle();
    yield* tool.settle();
  }
  if (out !== tool.out) yield* out.flush();
  return 0;
});

function* separatorOf(tool: Tool, value: string): Kthread<string> {
  if (value === '\\0') return '\0';
  if (value === '') yield* tool.die('empty tab', 2);
  if (value.length > 1) yield* tool.die(`multi-character tab '${value}'`, 2);
  return value;
}

/** Keys in order; then, unless stable, the whole lines byte by byte. */
function comparison(keys: readonly Key[], global: Ordering, separator: string | undefined, stable: boolean): (a: string, b: string) => number {
  const used = keys.length > 0 ? keys : global.plain ? [] : [parseKey('1')];
  return (a, b) => {
    for (const key of used) {
      const order = key.ordering.plain && !key.ordering.reverse ? global : key.ordering;
      const result = order.compare(keyOf(a, key, order, separator), keyOf(b, key, order, separator));
      if (result !== 0) return order.reverse ? -result : result;
    }
    if (stable && used.length > 0) return 0;
    const result = compareBytes(a, b);
    return global.reverse ? -result : result;
  };
}

function* check(tool: Tool, lines: readonly string[], compare: (a: string, b: string) => number, unique: boolean, file: string,
  quiet: boolean): Kthread<number> {
  for (let i = 1; i < lines.length; i++) {
    const order = compare(lines[i - 1] as string, lines[i] as string);
    if (order < 0 || (order === 0 && !unique)) continue;
    if (!quiet) yield* tool.warn(`${file}:${i + 1}: disorder: ${lines[i]}`);
    return 1;
  }
  return 0;
}
