/** xxd: a dump of bytes in hexadecimal, with what can be read beside it. */
import { getopt } from './getopt.ts';
import { program } from './io.ts';

const hex = (n: number, width: number): string => n.toString(16).padStart(width, '0');
export const xxd = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'pc:g:l:s:uaebi' }, 'xxd [-p] [-u] [-c cols] [-g bytes] [-l len] [-s offset] [infile]');
  const has = (key: string): boolean => options.some(([k]) => k === key);
  const number = (key: string, otherwise: number): number => Number(options.findLast(([k]) => k === key)?.[1] ?? otherwise);
  for (const key of ['e', 'b', 'i']) if (has(key)) return yield* tool.die(`option -${key} is not here`);
  const text = yield* tool.slurp(operands[0] ?? '-');
  if (text === undefined) return tool.status;
  const from = number('s', 0);
  const bytes = text.slice(from, from + number('l', text.length));
  const columns = number('c', has('p') ? 30 : 16);
  const group = number('g', 2);
  const shown = (s: string): string => (has('u') ? s.toUpperCase() : s);
  const perGroup = group === 0 ? columns : group;
  const width = columns * 2 + Math.ceil(columns / perGroup) - 1;
  for (let at = 0; at < bytes.length; at += columns) {
    const row = bytes.slice(at, at + columns);
    let digits = '';
    for (let i = 0; i < row.length; i++) digits += (!has('p') && i > 0 && i % perGroup === 0 ? ' ' : '') + hex(row.charCodeAt(i), 2);
    tool.put(has('p') ? `${shown(digits)}\n` : `${hex(from + at, 8)}: ${shown(digits).padEnd(width)}  ${row.replace(/[^\x20-\x7e]/g, '.')}\n`);
    yield* tool.settle();
  }
  return tool.status;
});
