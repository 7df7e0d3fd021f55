/** strings: runs of printable characters in files. */
import { getopt } from './getopt.ts';
import { program } from './io.ts';

export const strings = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'afon:t:',
    long: { bytes: { key: 'n', arg: 'required' }, radix: { key: 't', arg: 'required' }, all: { key: 'a' } } }, 'strings [option(s)] [file(s)]');
  const value = (letter: string): string | undefined => options.findLast(([k]) => k === letter)?.[1];
  const least = Number(value('n') ?? 4);
  const radix = options.some(([k]) => k === 'o') ? 'o' : value('t');
  const run = new RegExp(`[\\t -~]{${least},}`, 'g');
  for (const file of operands.length > 0 ? operands : ['-']) {
    const text = yield* tool.slurp(file);
    if (text === undefined) continue;
    for (const m of text.matchAll(run)) {
      const at = radix === undefined ? '' : `${m.index.toString(radix === 'x' ? 16 : radix === 'o' ? 8 : 10).padStart(7)} `;
      tool.put(`${options.some(([k]) => k === 'f') ? `${file}: ` : ''}${at}${m[0]}\n`);
      yield* tool.settle();
    }
  }
  return 0;
});
