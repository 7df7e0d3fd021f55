/** seq. */
import { quoteaf } from './quotef.ts';
import { program } from './text/io.ts';
import { formatted } from './text/printf.ts';

const decimals = (text: string): number => /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
export const seq = program(function* (tool) {
  const { args } = tool;
  let separator = '\n';
  let format: string | undefined;
  let equal = false;
  let i = 0;
  for (; i < args.length && /^-[^\d.]/.test(args[i] as string); i++) {
    const arg = args[i] as string;
    const value = (short: string, long: string): string | undefined =>
      arg === short || arg === long
        ? (args[++i] ?? '')
        : arg.startsWith(`${long}=`)
          ? arg.slice(long.length + 1)
          : arg.startsWith(short) && !arg.startsWith('--')
            ? arg.slice(2)
            : undefined;
    if (arg === '-w' || arg === '--equal-width') equal = true;
    else {
      const s = value('-s', '--separator');
      const f = s === undefined ? value('-f', '--format') : undefined;
      if (s !== undefined) separator = s.replace(/\\n/g, '\n').replace(/\\t/g, '\t');
      else if (f !== undefined) format = f;
      else yield* tool.die(`invalid option -- '${arg.charAt(1)}'\nTry 'seq --help' for more information.`);
    }
  }
  const words = args.slice(i);
  if (words.length === 0) yield* tool.die("missing operand\nTry 'seq --help' for more information.");
  if (words.length > 3) yield* tool.die(`extra operand ${quoteaf(words[3] as string)}\nTry 'seq --help' for more information.`);
  for (const w of words)
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(w))
      yield* tool.die(`invalid floating point argument: ${quoteaf(w)}\nTry 'seq --help' for more information.`);
  const [first, step, last] = words.length === 1 ? [1, 1, Number(words[0])] : words.length === 2 ? [Number(words[0]), 1, Number(words[1])] : words.map(Number);
  const [from, by, to] = [first as number, step as number, last as number];
  if (by === 0) yield* tool.die(`invalid Zero increment value: ${quoteaf(words[1] as string)}\nTry 'seq --help' for more information.`);
  const digits = Math.max(
    ...(words.length === 3 ? [decimals(words[0] as string), decimals(words[1] as string)] : words.length === 2 ? [decimals(words[0] as string)] : [0]),
  );
  const width = equal ? Math.max(from.toFixed(digits).length, to.toFixed(digits).length) : 0;
  const count = Math.floor((to - from) / by + 1e-9);
  for (let k = 0; k <= count; k++) {
    const n = from + k * by;
    const plain = n.toFixed(digits);
    const padded = plain.startsWith('-') ? `-${plain.slice(1).padStart(width - 1, '0')}` : plain.padStart(width, '0');
    tool.put((k > 0 ? separator : '') + (format === undefined ? padded : formatted(format, [n])));
    yield* tool.settle();
    if (k % 512 === 511) yield;
  }
  if (count >= 0) tool.put('\n');
  return 0;
});
