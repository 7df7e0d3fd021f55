/** cut: bytes, characters (the same here) or fields. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { getopt } from './getopt.ts';
import { Lines, program, type Tool } from './io.ts';

type Ranges = readonly (readonly [from: number, to: number])[];
const TABLE = {
  short: 'b:c:d:f:nsz',
  long: {
    bytes: { key: 'b', arg: 'required' }, characters: { key: 'c', arg: 'required' }, delimiter: { key: 'd', arg: 'required' },
    fields: { key: 'f', arg: 'required' },
    'only-delimited': { key: 's' }, complement: { key: 'complement' }, 'output-delimiter': { key: 'output', arg: 'required' }, 'zero-terminated': { key: 'z' },
  },
} as const;

/** '1,3-5,7-' → ascending, joined ranges, from 1. */
function* rangesOf(tool: Tool, list: string): Kthread<Ranges> {
  const ranges: [number, number][] = [];
  for (const part of list.split(/[, ]/)) {
    const m = /^(\d*)(-?)(\d*)$/.exec(part);
    if (!m || part === '' || part === '-') return yield* tool.die(`invalid byte, character or field list\nTry 'cut --help' for more information.`);
    const from = m[1] === '' ? 1 : Number(m[1]);
    const to = m[2] === '' ? from : m[3] === '' ? Number.POSITIVE_INFINITY : Number(m[3]);
    if (from === 0) yield* tool.die(`fields are numbered from 1\nTry 'cut --help' for more information.`);
    if (to < from) yield* tool.die(`invalid decreasing range\nTry 'cut --help' for more information.`);
    ranges.push([from, to]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}
function complementOf(ranges: Ranges): Ranges {
  const out: [number, number][] = [];
  let next = 1;
  for (const [from, to] of ranges) {
    if (from > next) out.push([next, from - 1]);
    next = to + 1;
  }
  if (next !== Number.POSITIVE_INFINITY) out.push([next, Number.POSITIVE_INFINITY]);
  return out;
}

export const cut = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'cut OPTION... [FILE]...');
  const value = (letter: string): string | undefined => options.findLast(([k]) => k === letter)?.[1];
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const list = value('f') ?? value('b') ?? value('c');
  if (list === undefined) return yield* tool.die(`expected a list of bytes, characters, or fields`);
  let ranges = yield* rangesOf(tool, list);
  if (has('complement')) ranges = complementOf(ranges);
  const fields = has('f');
  const delimiter = value('d') ?? '\t';
  if (delimiter.length > 1) yield* tool.die(`the delimiter must be a single character`);
  const joint = value('output') ?? (fields ? delimiter : '');
  const end = has('z') ? '\0' : '\n';
  for (const file of operands.length > 0 ? operands : ['-']) {
    const fd = yield* tool.open(file);
    if (fd < 0) continue;
    const lines = new Lines(tool.sys, fd, end);
    for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
      if (fields && !line.includes(delimiter)) {
        if (!has('s')) tool.put(line + end);
      } else {
        const parts = fields ? line.split(delimiter) : line;
        const chosen = ranges.flatMap(([from, to]): string[] => {
          const slice = parts.slice(from - 1, to);
          return typeof slice === 'string' ? (slice === '' ? [] : [slice]) : slice;
        });
        tool.put(chosen.join(joint) + end);
      }
      yield* tool.settle();
    }
    tool.close(fd);
  }
  return 0;
});
