/** sed. Commands and options of GNU sed 4.9, messages of busybox where a recording shows them. The parts: sed-parse.ts, sed-run.ts. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { getopt } from './getopt.ts';
import { program, type Tool } from './io.ts';
import { RegexError } from './regex/regex.ts';
import { parseScript, SedError } from './sed-parse.ts';
import { SedRun } from './sed-run.ts';

const TABLE = {
  short: 'nre:f:Ei::szulb',
  long: {
    quiet: { key: 'n' }, silent: { key: 'n' }, expression: { key: 'e', arg: 'required' }, file: { key: 'f', arg: 'required' }, 'regexp-extended': { key: 'E' },
    'in-place': { key: 'i', arg: 'optional' }, separate: { key: 's' }, 'null-data': { key: 'z' }, unbuffered: { key: 'u' }, debug: { key: 'u' },
    posix: { key: 'u' },
  },
} as const;
const USAGE = 'sed [OPTION]... {script-only-if-no-other-script} [input-file]...';

function* scriptOf(tool: Tool, parts: readonly (readonly [string, string])[]): Kthread<string> {
  const texts: string[] = [];
  for (const [key, value] of parts) {
    if (key === 'e') texts.push(value);
    else texts.push(((yield* tool.slurp(value)) ?? (yield* tool.die(`couldn't open file ${value}`))).replace(/\n$/, ''));
  }
  return texts.join('\n');
}

export const sed = program(function* (tool) {
  const parsed = yield* getopt(tool, TABLE, USAGE);
  const has = (key: string): boolean => parsed.options.some(([k]) => k === key);
  const parts = parsed.options.filter(([k]) => k === 'e' || k === 'f').map(([k, v]) => [k, v ?? ''] as const);
  const files = [...parsed.operands];
  if (parts.length === 0) {
    const first = files.shift();
    if (first === undefined) {
      yield* tool.stderr(`Usage: ${USAGE}\n`);
      return 1;
    }
    parts.push(['e', first]);
  }
  const text = yield* scriptOf(tool, parts);
  const inPlace = parsed.options.find(([k]) => k === 'i');
  try {
    const script = parseScript(text, { extended: has('E') || has('r') });
    const run = new SedRun(tool, script, {
      quiet: has('n') || script.quiet, end: has('z') ? '\0' : '\n', separate: has('s') || inPlace !== undefined, ...(inPlace && { inPlace: inPlace[1] ?? '' }),
    });
    return yield* run.files(files.length > 0 ? files : ['-']);
  } catch (e) {
    if (e instanceof SedError) return yield* tool.die(`-e expression #1, char ${e.at}: ${e.message}`);
    if (e instanceof RegexError) return yield* tool.die(`-e expression #1, char ${text.length}: ${e.message}`);
    throw e;
  }
});
