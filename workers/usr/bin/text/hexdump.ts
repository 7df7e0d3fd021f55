/** hexdump of util-linux (hd: -C). Left out: format strings (-e). */
import { getopt } from './getopt.ts';
import { program } from './io.ts';
import { byteCount, input, unsigned } from './od.ts';

const WIDTH = 16;
const TABLE = {
  short: 'bcCdoxn:s:ve:', long: { canonical: { key: 'C' }, length: { key: 'n', arg: 'required' }, skip: { key: 's', arg: 'required' },
    'no-squeezing': { key: 'v' },
    'one-byte-octal': { key: 'b' }, 'one-byte-char': { key: 'c' }, 'two-bytes-decimal': { key: 'd' }, 'two-bytes-octal': { key: 'o' },
    'two-bytes-hex': { key: 'x' } },
} as const;
const MARKS: Readonly<Record<string, string>> = { '\0': '\\0', '\x07': '\\a', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\v': '\\v', '\f': '\\f', '\r': '\\r' };

const bytesOf = (row: string): string[] => [...row];
const wordsOf = (row: string): string[] => (row.match(/[\s\S]{1,2}/g) ?? []) as string[];
/** form letter → items and how one is written; rows are filled up with blanks to 16 bytes. */
const FORMS: Readonly<Record<string, { items: (row: string) => string[]; show: (item: string) => string; width: number }>> = {
  '': { items: wordsOf, width: 5, show: (w) => ` ${unsigned(w).toString(16).padStart(4, '0')}` },
  x: { items: wordsOf, width: 8, show: (w) => `    ${unsigned(w).toString(16).padStart(4, '0')}` },
  d: { items: wordsOf, width: 8, show: (w) => `   ${String(unsigned(w)).padStart(5, '0')}` },
  o: { items: wordsOf, width: 8, show: (w) => `  ${unsigned(w).toString(8).padStart(6, '0')}` },
  b: { items: bytesOf, width: 4, show: (b) => ` ${b.charCodeAt(0).toString(8).padStart(3, '0')}` },
  c: { items: bytesOf, width: 4, show: (b) => (MARKS[b] ?? (b >= ' ' && b <= '~' ? b : b.charCodeAt(0).toString(8).padStart(3, '0'))).padStart(4) },
};

export const hexdump = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'hexdump [options] <file>...');
  const value = (letter: string): string | undefined => options.findLast(([k]) => k === letter)?.[1];
  if (options.some(([k]) => k === 'e')) return yield* tool.die('format strings (-e) are not here');
  const canonical = tool.name === 'hd' || options.some(([k]) => k === 'C');
  const letters = options.map(([k]) => k).filter((k) => 'bcdox'.includes(k));
  const skip = byteCount(value('s') ?? '0') ?? (yield* tool.die('failed to parse offset'));
  const limit = value('n') === undefined ? Number.POSITIVE_INFINITY : (byteCount(value('n') ?? '') ?? (yield* tool.die('failed to parse length')));
  const data = yield* input(tool, operands.length > 0 ? operands : ['-'], skip, limit);
  const address = (n: number): string => n.toString(16).padStart(canonical ? 8 : 7, '0');
  let last: string | undefined;
  let starred = false;
  for (let at = 0; at < data.length; at += WIDTH) {
    const row = data.slice(at, at + WIDTH);
    if (row === last && !options.some(([k]) => k === 'v') && row.length === WIDTH) {
      if (!starred) tool.put('*\n');
      starred = true;
      continue;
    }
    last = row;
    starred = false;
    if (canonical) tool.put(`${address(skip + at)}  ${canonicalRow(row)}\n`);
    for (const letter of canonical ? [] : letters.length > 0 ? letters : ['']) {
      const form = FORMS[letter] as (typeof FORMS)[''];
      const cells = form?.items(row).map(form.show).join('') ?? '';
      const size = letter === 'b' || letter === 'c' ? 1 : 2;
      tool.put(`${address(skip + at)}${cells.padEnd(((form?.width ?? 0) * WIDTH) / size)}\n`);
    }
    yield* tool.settle();
  }
  if (data.length > 0) tool.put(`${address(skip + data.length)}\n`);
  return 0;
});

function canonicalRow(row: string): string {
  const hex = bytesOf(row).map((b, i) => `${b.charCodeAt(0).toString(16).padStart(2, '0')} ${i === 7 ? ' ' : ''}`).join('');
  return `${hex.padEnd(3 * WIDTH + 1)} |${row.replace(/[^ -~]/g, '.')}|`;
}
