/** xargs: arguments from stdin. Runs one command at a time (-P is accepted). Limits as GNU's default: 131072 bytes a command. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import { getopt } from './getopt.ts';
import { program, splitLines, type Tool } from './io.ts';

const TABLE = {
  short: '0a:d:E:I:i::L:l::n:P:prs:tx',
  long: {
    null: { key: '0' }, 'arg-file': { key: 'a', arg: 'required' }, delimiter: { key: 'd', arg: 'required' }, 'max-lines': { key: 'L', arg: 'optional' },
    'max-args': { key: 'n', arg: 'required' }, 'max-procs': { key: 'P', arg: 'required' }, 'no-run-if-empty': { key: 'r' }, verbose: { key: 't' },
    replace: { key: 'i', arg: 'optional' },
    'max-chars': { key: 's', arg: 'required' }, exit: { key: 'x' },
  },
  inOrder: true,
} as const;
const MAX_BYTES = 131072;

/** Words with quotes and backslashes, with the number of the line each ends. */
function* words(tool: Tool, text: string): Kthread<{ word: string; line: number }[]> {
  const out: { word: string; line: number }[] = [];
  let word: string | undefined;
  let line = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === '"' || c === "'") {
      const end = text.indexOf(c, i + 1);
      const newline = text.indexOf('\n', i + 1);
      if (end < 0 || (newline >= 0 && newline < end)) return yield* tool.die(`unmatched ${c === '"' ? 'double' : 'single'} quote; by default quotes are special to xargs unless you use the -0 option`);
      word = (word ?? '') + text.slice(i + 1, end);
      i = end;
    } else if (c === '\\' && i + 1 < text.length) word = (word ?? '') + text[++i];
    else if (/\s/.test(c)) {
      if (word !== undefined) out.push({ word, line });
      word = undefined;
      if (c === '\n' && text[i - 1] !== ' ' && text[i - 1] !== '\t') line++;
    } else word = (word ?? '') + c;
  }
  if (word !== undefined) out.push({ word, line });
  return out;
}

/** -I: a line is one argument, quotes are taken out and leading blanks dropped. */
function* quotedLines(tool: Tool, text: string): Kthread<{ word: string; line: number }[]> {
  const out: { word: string; line: number }[] = [];
  for (const [line, raw] of splitLines(text).lines.entries()) {
    const trimmed = raw.replace(/^[ \t]+/, '');
    if (trimmed === '') continue;
    const hidden = trimmed.replace(/[ \t]/g, (c) => (c === ' ' ? '\x01' : '\x02'));
    const [whole] = yield* words(tool, hidden);
    if (whole) out.push({ word: whole.word.replaceAll('\x01', ' ').replaceAll('\x02', '\t'), line });
  }
  return out;
}

export const xargs = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'xargs [OPTION]... COMMAND [INITIAL-ARGS]...');
  const value = (letter: string): string | undefined => options.findLast(([k]) => k === letter)?.[1];
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const command = operands.length > 0 ? operands : ['echo'];
  const replace = has('I') ? value('I') : has('i') ? (value('i') ?? '{}') : undefined;
  const text = (yield* tool.slurp(value('a') ?? '-')) ?? '';
  const delimiter = has('0') ? '\0' : value('d')?.replace(/^\\n$/, '\n').replace(/^\\t$/, '\t').replace(/^\\0$/, '\0');
  let items: { word: string; line: number }[];
  if (delimiter !== undefined) items = splitLines(text, delimiter).lines.map((word, line) => ({ word, line }));
  else if (replace !== undefined) items = yield* quotedLines(tool, text);
  else items = yield* words(tool, text);
  const end = value('E');
  if (end !== undefined && items.some((item) => item.word === end)) items = items.slice(0, items.findIndex((item) => item.word === end));

  let status = 0;
  const run = function* (argv: string[]): Kthread<void> {
    if (has('t')) yield* tool.stderr(`${argv.join(' ')}\n`);
    yield* tool.flush();
    const result = (yield* tool.proc.spawn?.(argv) ?? nothing()) as number;
    if (result < 0) yield* tool.die(`${argv[0]}: ${strerror(result)}`, result === -ERRNO.ENOENT ? 127 : 126);
    if (result === 255) yield* tool.die(`${argv[0]}: exited with status 255; aborting`, 124);
    if (result >= 128) yield* tool.die(`${argv[0]}: terminated by signal ${result - 128}`, 125);
    if (result !== 0) status = 123;
  };
  if (replace !== undefined) {
    for (const { word } of items) yield* run(command.map((part) => part.split(replace).join(word)));
    return status;
  }
  const perCommand = Number(value('n') ?? Number.POSITIVE_INFINITY);
  const perLines = has('L') || has('l') ? Number(value('L') ?? value('l') ?? 1) : Number.POSITIVE_INFINITY;
  const bytes = Math.min(Number(value('s') ?? MAX_BYTES), MAX_BYTES);
  const base = command.reduce((n, part) => n + part.length + 1, 0);
  if (items.length === 0) {
    if (!has('r')) yield* run([...command]);
    return status;
  }
  for (let i = 0; i < items.length; ) {
    const batch: string[] = [];
    const firstLine = (items[i] as { line: number }).line;
    for (let size = base; i < items.length; i++) {
      const { word, line } = items[i] as { word: string; line: number };
      size += word.length + 1;
      if (batch.length > 0 && (batch.length >= perCommand || line - firstLine >= perLines || size > bytes)) break;
      batch.push(word);
    }
    yield* run([...command, ...batch]);
  }
  return status;
});
function* nothing(): Kthread<number> {
  return -ERRNO.ENOSYS;
}
