/** uniq, C locale. */
import { strerror } from '../../../uapi/errno.ts';
import { getopt } from './getopt.ts';
import { Lines, Output, program } from './io.ts';

const TABLE = {
  short: 'cdDf:is:uw:z',
  long: {
    count: { key: 'c' }, repeated: { key: 'd' }, 'all-repeated': { key: 'D', arg: 'optional' }, 'skip-fields': { key: 'f', arg: 'required' },
    'ignore-case': { key: 'i' },
    'skip-chars': { key: 's', arg: 'required' }, unique: { key: 'u' }, 'check-chars': { key: 'w', arg: 'required' }, 'zero-terminated': { key: 'z' },
  },
} as const;

export const uniq = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'uniq [OPTION]... [INPUT [OUTPUT]]');
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const number = (letter: string): number => Number(options.findLast(([k]) => k === letter)?.[1] ?? -1);
  if (operands.length > 2) yield* tool.die(`extra operand '${operands[2]}'\nTry 'uniq --help' for more information.`);
  const [input = '-', output = '-'] = operands;
  const fd = input === '-' ? 0 : tool.sys.open(input, { read: true });
  if (fd < 0) yield* tool.die(`can't open '${input}': ${strerror(fd)}`);
  let out = tool.out;
  if (output !== '-') {
    const to = tool.sys.open(output, { write: true, create: true, truncate: true }, 0o666);
    if (to < 0) yield* tool.die(`can't open '${output}': ${strerror(to)}`);
    out = new Output(tool.sys, to, false);
  }
  const end = has('z') ? '\0' : '\n';
  const key = (line: string): string => {
    let k = line;
    for (let i = number('f'); i > 0; i--) k = k.replace(/^[ \t]*[^ \t]*/, '');
    if (number('s') > 0) k = k.slice(number('s'));
    if (number('w') >= 0) k = k.slice(0, number('w'));
    return has('i') ? k.toLowerCase() : k;
  };
  const lines = new Lines(tool.sys, fd, end);
  let group: string[] = [];
  const print = (): void => {
    const [first] = group;
    if (first === undefined) return;
    if (has('D')) {
      if (group.length > 1) out.put(group.map((line) => line + end).join(''));
      return;
    }
    if ((has('d') && group.length < 2) || (has('u') && group.length > 1)) return;
    out.put((has('c') ? `${String(group.length).padStart(7)} ` : '') + first + end);
  };
  for (;;) {
    const line = yield* lines.next();
    if (line === undefined) break;
    if (group.length > 0 && key(group[0] as string) === key(line)) group.push(line);
    else {
      print();
      group = [line];
    }
    yield* tool.settle();
  }
  print();
  if (out !== tool.out) yield* out.flush();
  return 0;
});
