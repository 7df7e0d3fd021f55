/** getopt(1) of util-linux: a script's options, put in order and quoted. */
import { parseOptions, type LongOption } from './getopt.ts';
import { program } from './io.ts';

const quote = (text: string): string => `'${text.replace(/'/g, "'\\''")}'`;

/** getopt [-o SHORT] [-l LONG]… [-n NAME] [-q] -- ARGUMENT… */
export const getoptProgram = program(function* (tool) {
  const own = parseOptions(tool.args, {
    short: 'ao:l:n:qQs:TuhV', inOrder: true,
    long: {
      options: { key: 'o', arg: 'required' }, longoptions: { key: 'l', arg: 'required' }, name: { key: 'n', arg: 'required' }, quiet: { key: 'q' }, test: { key: 'T' },
      unquoted: { key: 'u' }, alternative: { key: 'a' }, shell: { key: 's', arg: 'required' },
    },
  });
  if (own.error !== undefined) return yield* tool.die(`${own.error}\nTry 'getopt --help' for more information.`, 2);
  const has = (key: string): boolean => own.options.some(([k]) => k === key);
  if (has('T')) return 4;
  let short = own.options.findLast(([k]) => k === 'o')?.[1];
  let words = [...own.operands];
  // The old form: the first word is the list of letters, and nothing is quoted.
  const old = short === undefined;
  if (short === undefined) [short, words] = [words[0] ?? '', words.slice(1)];
  if (words[0] === '--') words = words.slice(1);
  const long: Record<string, LongOption> = {};
  for (const [key, list] of own.options) {
    if (key !== 'l') continue;
    for (const name of (list as string).split(/[\s,]+/).filter((n) => n !== '')) {
      const bare = name.replace(/:+$/, '');
      long[bare] = { key: `--${bare}`, ...(name.endsWith('::') ? { arg: 'optional' as const } : name.endsWith(':') ? { arg: 'required' as const } : {}) };
    }
  }
  const inOrder = short.startsWith('+');
  const letters = short.replace(/^[+-]/, '');
  const parsed = parseOptions(words, { short: letters, long, inOrder });
  if (parsed.error !== undefined && !has('q')) yield* tool.stderr(`${own.options.findLast(([k]) => k === 'n')?.[1] ?? 'getopt'}: ${parsed.error}\n`);
  const show = has('u') || old ? (text: string): string => text : quote;
  let out = '';
  for (const [key, value] of parsed.options) {
    const takes = key.startsWith('--') ? long[key.slice(2)]?.arg !== undefined : letters.charAt(letters.indexOf(key) + 1) === ':';
    out += ` ${key.startsWith('--') ? key : `-${key}`}${takes ? ` ${show(value ?? '')}` : ''}`;
  }
  tool.put(`${out} --${parsed.operands.map((w) => ` ${show(w)}`).join('')}\n`);
  return parsed.error === undefined ? 0 : 1;
});
