/** Small filters over lines: tac, rev, paste, nl, comm. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { getopt } from './getopt.ts';
import { Lines, program, splitLines, stop, type Tool } from './io.ts';
import { fromBytesOrder } from './version.ts';

const filesOf = (operands: readonly string[]): readonly string[] => (operands.length > 0 ? operands : ['-']);

function* eachLine(tool: Tool, files: readonly string[], use: (line: string, terminated: boolean) => void): Kthread<void> {
  for (const file of files) {
    const fd = yield* tool.open(file);
    if (fd < 0) continue;
    const lines = new Lines(tool.sys, fd);
    for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
      use(line, lines.terminated);
      yield* tool.settle();
    }
    tool.close(fd);
  }
}

/** Files one after another, the lines of each from the last to the first. */
export const tac = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 's:', long: { separator: { key: 's', arg: 'required' } } }, 'tac [OPTION]... [FILE]...');
  const end = options.at(-1)?.[1] ?? '\n';
  for (const file of filesOf(operands)) {
    const text = yield* tool.slurp(file);
    if (text === undefined || text === '') continue;
    const parts = text.split(end);
    const last = parts.pop() as string;
    tool.put(last + parts.reverse().map((part) => part + end).join(''));
  }
  return 0;
});

export const rev = program(function* (tool) {
  const { operands } = yield* getopt(tool, { short: '' }, 'rev [FILE]...');
  yield* eachLine(tool, filesOf(operands), (line, terminated) => tool.put([...line].reverse().join('') + (terminated ? '\n' : '')));
  return 0;
});

export const paste = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'd:sz', long: { delimiters: { key: 'd', arg: 'required' }, serial: { key: 's' } } },
    'paste [OPTION]... [FILE]...');
  const spec = options.findLast(([k]) => k === 'd')?.[1] ?? '\t';
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', '0': '' };
  const delimiters = [...spec.matchAll(/\\(.)|[^\\]/gs)].map((m) => (m[1] === undefined ? m[0] : (escapes[m[1]] ?? m[1])));
  const delimiter = (i: number): string => (delimiters.length === 0 ? '' : (delimiters[i % delimiters.length] as string));
  const files = filesOf(operands);
  if (options.some(([k]) => k === 's')) {
    for (const file of files) {
      const { lines } = splitLines((yield* tool.slurp(file)) ?? (yield* stop(1)));
      tool.put(`${lines.map((line, i) => (i === 0 ? line : delimiter(i - 1) + line)).join('')}\n`);
    }
    return 0;
  }
  const stdin = new Lines(tool.sys, 0);
  const readers: Lines[] = [];
  for (const file of files) {
    const fd = yield* tool.open(file);
    if (fd < 0) return 1;
    readers.push(file === '-' ? stdin : new Lines(tool.sys, fd));
  }
  for (;;) {
    const row: (string | undefined)[] = [];
    for (const reader of readers) row.push(yield* reader.next());
    if (row.every((cell) => cell === undefined)) return 0;
    tool.put(`${row.map((cell, i) => (i === 0 ? '' : delimiter(i - 1)) + (cell ?? '')).join('')}\n`);
    yield* tool.settle();
  }
});

export const nl = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'b:s:v:w:n:i:' }, 'nl [OPTION]... [FILE]...');
  const value = (letter: string, otherwise: string): string => options.findLast(([k]) => k === letter)?.[1] ?? otherwise;
  const width = Number(value('w', '6'));
  const style = value('n', 'rn');
  let n = Number(value('v', '1'));
  yield* eachLine(tool, filesOf(operands), (line) => {
    const numbered = value('b', 't') === 'a' || (value('b', 't') === 't' && line !== '');
    if (!numbered) {
      tool.put(`${' '.repeat(width + value('s', '\t').length)}${line}\n`);
      return;
    }
    const text = style === 'ln' ? String(n).padEnd(width) : String(n).padStart(width, style === 'rz' ? '0' : ' ');
    tool.put(`${text}${value('s', '\t')}${line}\n`);
    n += Number(value('i', '1'));
  });
  return 0;
});

export const comm = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: '123' }, 'comm [OPTION]... FILE1 FILE2');
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const [file1, file2] = operands;
  if (file1 === undefined || file2 === undefined) return yield* tool.die(`missing operand${file1 === undefined ? '' : ` after '${file1}'`}\nTry 'comm --help' for more information.`);
  const a = splitLines((yield* tool.slurp(file1)) ?? (yield* stop(1))).lines;
  const b = splitLines((yield* tool.slurp(file2)) ?? (yield* stop(1))).lines;
  const tab = (column: number): string => '\t'.repeat([1, 2].filter((c) => c < column && !has(String(c))).length);
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const order = i >= a.length ? 1 : j >= b.length ? -1 : fromBytesOrder(a[i] as string, b[j] as string);
    const column = order < 0 ? 1 : order > 0 ? 2 : 3;
    if (!has(String(column))) tool.put(`${tab(column)}${order > 0 ? b[j] : a[i]}\n`);
    if (order <= 0) i++;
    if (order >= 0) j++;
    yield* tool.settle();
  }
  return 0;
});
