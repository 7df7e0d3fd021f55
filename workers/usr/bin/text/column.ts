/** column(1) of util-linux: -t aligns the columns of its input, without -t it fills the width of the terminal. */
import { getopt } from './getopt.ts';
import { program, splitLines } from './io.ts';

const WIDTH = 80;
const TAB = 8;

export const column = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'ts:o:c:xnN:R:eHJl:',
      long: {
        table: { key: 't' }, separator: { key: 's', arg: 'required' }, 'output-separator': { key: 'o', arg: 'required' }, columns: { key: 'c', arg: 'required' },
        'output-width': { key: 'c', arg: 'required' }, fillrows: { key: 'x' }, 'table-columns': { key: 'N', arg: 'required' }, 'table-right': { key: 'R', arg: 'required' },
        'table-columns-limit': { key: 'l', arg: 'required' }, 'keep-empty-lines': { key: 'L' },
      },
    },
    'column [options] [<file>...]',
  );
  const has = (key: string): boolean => options.some(([k]) => k === key);
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  let text = '';
  for (const file of operands.length > 0 ? operands : ['-']) {
    const got = yield* tool.slurp(file);
    if (got !== undefined) text += got.endsWith('\n') || got === '' ? got : `${got}\n`;
  }
  const lines = splitLines(text).lines.filter((line) => has('L') || line.trim() !== '');
  if (!has('t')) {
    if (lines.length === 0) return tool.status;
    const width = Math.floor(Math.max(...lines.map((l) => l.length)) / TAB + 1) * TAB;
    const columns = Math.max(1, Math.floor(Number(value('c') ?? WIDTH) / width));
    const rows = Math.ceil(lines.length / columns);
    for (let row = 0; row < rows; row++) {
      let out = '';
      let at = 0;
      for (let i = 0; i < columns; i++) {
        const item = lines[has('x') ? row * columns + i : i * rows + row];
        if (item === undefined) break;
        // Tabs lead from the end of one item to the place of the next.
        for (let gap = i * width - at; gap > 0; gap -= TAB - (at % TAB || 0), at += TAB - (at % TAB)) out += '\t';
        out += item;
        at = i * width + item.length;
      }
      tool.put(`${out}\n`);
    }
    return tool.status;
  }
  const separators = value('s');
  const limit = Number(value('l') ?? Number.POSITIVE_INFINITY);
  const split = (line: string): string[] => {
    const cells = separators === undefined ? line.trim().split(/[ \t]+/) : line.split(new RegExp(`[${separators.replace(/[\\\]^-]/g, '\\$&')}]`));
    return cells.length > limit ? [...cells.slice(0, limit - 1), cells.slice(limit - 1).join(separators?.charAt(0) ?? ' ')] : cells;
  };
  const names = value('N')?.split(',');
  const rows = [...(names && !has('H') ? [names] : []), ...lines.map(split)];
  const right = new Set(value('R')?.split(',').flatMap((word) => (/^\d+$/.test(word) ? [Number(word) - 1] : names ? [names.indexOf(word)] : [])));
  const count = Math.max(0, ...rows.map((r) => r.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((r) => (r[i] ?? '').length)));
  const gap = value('o') ?? '  ';
  for (const row of rows) {
    const last = count - 1;
    const cells = Array.from({ length: count }, (_, i) => {
      const cell = row[i] ?? '';
      return right.has(i) ? cell.padStart(widths[i] as number) : i === last ? cell : cell.padEnd(widths[i] as number);
    });
    tool.put(`${cells.join(gap)}\n`);
    yield* tool.settle();
  }
  return tool.status;
});
