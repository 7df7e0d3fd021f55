/** awk: POSIX.1-2017 with what busybox and gawk scripts commonly add. Messages as busybox. */
import { getopt } from '../getopt.ts';
import { program, stop } from '../io.ts';
import { RegexError } from '../regex/regex.ts';
import { AwkError } from './ast.ts';
import { unescaped } from './lex.ts';
import { parseAwk } from './parse.ts';
import { AwkRun, runAwk } from './run.ts';

const TABLE = { short: 'F:v:f:e:', long: { 'field-separator': { key: 'F', arg: 'required' }, assign: { key: 'v', arg: 'required' },
  file: { key: 'f', arg: 'required' }, source: { key: 'e', arg: 'required' } }, inOrder: true } as const;
const USAGE = 'awk [OPTIONS] [AWK_PROGRAM] [FILE]...';

export const awk = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, USAGE);
  const args = [...operands];
  let source = '';
  for (const [key, value = ''] of options) {
    if (key === 'f') source += `${(yield* tool.slurp(value, 2)) ?? (yield* stop(2))}\n`;
    if (key === 'e') source += `${value}\n`;
  }
  if (!options.some(([k]) => k === 'f' || k === 'e')) {
    const first = args.shift();
    if (first === undefined) {
      yield* tool.stderr(`Usage: ${USAGE}\n`);
      return 1;
    }
    source = first;
  }
  try {
    const run = new AwkRun(tool, parseAwk(source), args);
    for (const [key, value = ''] of options) {
      if (key === 'F') run.assign('FS', value === 't' ? '\t' : unescaped(value));
      if (key === 'v') {
        const eq = value.indexOf('=');
        if (eq <= 0) return yield* tool.die(`invalid variable assignment '${value}'`);
        run.assign(value.slice(0, eq), unescaped(value.slice(eq + 1)));
      }
    }
    return yield* runAwk(tool, run);
  } catch (e) {
    if (e instanceof AwkError || e instanceof RegexError) return yield* tool.die(e.message);
    throw e;
  }
});
