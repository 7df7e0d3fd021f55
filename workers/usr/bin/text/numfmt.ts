/** numfmt(1): numbers with and without units. */
import { quoteaf } from '../quotef.ts';
import { getopt } from './getopt.ts';
import { Lines, program } from './io.ts';

const LETTERS = 'KMGTPEZY';
type Scale = 'none' | 'si' | 'iec' | 'iec-i' | 'auto';
const isScale = (word: string): word is Scale => ['none', 'si', 'iec', 'iec-i', 'auto'].includes(word);

/** A number with its unit, as a scale reads it; undefined: it does not. */
function parse(text: string, scale: Scale): number | undefined {
  const m = /^(-?\d+(?:\.\d+)?)([KMGTPEZY]?)(i?)$/.exec(text);
  if (!m) return undefined;
  const [, digits = '', letter = '', i = ''] = m;
  if (letter === '' && i === '') return Number(digits);
  const iec = scale === 'iec' || scale === 'iec-i' || (scale === 'auto' && i !== '');
  if (scale === 'none' || (scale === 'iec-i') !== (i !== '' && scale !== 'auto')) return undefined;
  return Number(digits) * (iec ? 1024 : 1000) ** (LETTERS.indexOf(letter) + 1);
}
const ROUND: Readonly<Record<string, (n: number) => number>> = {
  up: Math.ceil, down: Math.floor, 'from-zero': (n) => (n < 0 ? Math.floor(n) : Math.ceil(n)), 'towards-zero': Math.trunc, nearest: (n) => Math.sign(n) * Math.round(Math.abs(n)),
};
function format(n: number, scale: Scale, round: (n: number) => number): string {
  if (scale === 'none') return String(round(n));
  const base = scale === 'si' ? 1000 : 1024;
  let power = 0;
  let value = n;
  while (Math.abs(value) >= base && power < LETTERS.length) {
    value /= base;
    power++;
  }
  // One decimal below ten; what rounding brings up to the base goes on to the next unit.
  const shown = (v: number): number => (Math.abs(v) < 10 && power > 0 ? round(v * 10) / 10 : round(v));
  let out = shown(value);
  if (Math.abs(out) >= base) {
    power++;
    out = shown(out / base);
  }
  const text = Math.abs(out) < 10 && power > 0 ? out.toFixed(1) : String(out);
  return `${text}${power === 0 ? '' : LETTERS.charAt(power - 1)}${power > 0 && scale === 'iec-i' ? 'i' : ''}`;
}
/** Fields that --field names: '2', '1,3', '2-', '-'. */
function fieldsOf(list: string): (n: number) => boolean {
  const ranges = list.split(',').map((word): [number, number] => {
    const m = /^(\d*)-(\d*)$/.exec(word);
    return m ? [Number(m[1] || 1), Number(m[2] || Number.POSITIVE_INFINITY)] : [Number(word), Number(word)];
  });
  return (n) => ranges.some(([from, to]) => n >= from && n <= to);
}

export const numfmt = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'd:z',
      long: {
        to: { key: 'to', arg: 'required' }, from: { key: 'from', arg: 'required' }, suffix: { key: 'suffix', arg: 'required' }, padding: { key: 'padding', arg: 'required' },
        round: { key: 'round', arg: 'required' }, field: { key: 'field', arg: 'required' }, delimiter: { key: 'd', arg: 'required' }, 'to-unit': { key: 'to-unit', arg: 'required' },
        'from-unit': { key: 'from-unit', arg: 'required' }, header: { key: 'header', arg: 'optional' }, grouping: { key: 'grouping' }, invalid: { key: 'invalid', arg: 'required' },
      },
    },
    'numfmt [OPTION]... [NUMBER]...',
  );
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  const to = value('to') ?? 'none';
  const from = value('from') ?? 'none';
  for (const [name, scale] of [['--to', to], ['--from', from]] as const) if (!isScale(scale)) return yield* tool.die(`invalid argument ${quoteaf(scale)} for ${quoteaf(name)}`);
  const round = ROUND[value('round') ?? 'from-zero'] ?? (ROUND['from-zero'] as (n: number) => number);
  const suffix = value('suffix') ?? '';
  const units = (key: string): number => parse(value(key) ?? '1', 'auto') ?? 1;
  const padding = Number(value('padding') ?? 0);
  const one = (text: string): string | undefined => {
    const bare = suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
    const n = parse(bare, from as Scale);
    if (n === undefined) return undefined;
    const out = format((n * units('from-unit')) / units('to-unit'), to as Scale, round) + suffix;
    return padding < 0 ? out.padEnd(-padding) : out.padStart(padding);
  };
  const bad = function* (text: string) {
    const why = /^-?\d+(\.\d+)?[KMGTPEZY]i?$/.test(text) ? `rejecting suffix in input: ${quoteaf(text)} (consider using --from)` : /^-?\d/.test(text) ? `invalid suffix in input: ${quoteaf(text)}` : `invalid number: ${quoteaf(text)}`;
    return yield* tool.die(why, 2);
  };
  if (operands.length > 0) {
    for (const word of operands) tool.put(`${one(word) ?? (yield* bad(word))}\n`);
    return tool.status;
  }
  const chosen = fieldsOf(value('field') ?? '1');
  const delimiter = value('d');
  const input = new Lines(tool.sys, 0);
  let header = value('header') === undefined ? (options.some(([k]) => k === 'header') ? 1 : 0) : Number(value('header'));
  for (let line = yield* input.next(); line !== undefined; line = yield* input.next()) {
    if (header-- > 0) {
      tool.put(`${line}\n`);
      continue;
    }
    const pieces = delimiter === undefined ? (line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? []) : line.split(delimiter);
    const out: string[] = [];
    for (const [i, piece] of pieces.entries()) {
      const word = piece.trimStart();
      const made = chosen(i + 1) && word !== '' ? (one(word) ?? (yield* bad(word))) : undefined;
      // White space before a field is part of its width.
      out.push(made === undefined ? piece : delimiter === undefined && padding === 0 && i > 0 ? ` ${made.padStart(piece.length - 1)}` : delimiter === undefined && i > 0 ? ` ${made}` : made.padStart(delimiter === undefined && piece !== word ? piece.length : 0));
    }
    tool.put(`${out.join(delimiter ?? '')}\n`);
    yield* tool.settle();
  }
  return tool.status;
});
