/** Script files: `source`, `bash FILE`. Commands run one after the other; an error in one gives up that one only. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { readFile } from '../../program.ts';
import { parseScript } from './ast.ts';
import { runLines, wholeBefore } from './interp.ts';
import { complain, currentLine, Return, type Sh } from './shell.ts';
import { syntaxError } from './syntax.ts';

/** Runs the text of a file in this shell. */
export function* runFileText(sh: Sh, text: string): Kthread<void> {
  const { source, at } = sh;
  const script = parseScript(text);
  sh.source = script.source;
  sh.at = 0;
  try {
    const { error } = script;
    yield* runLines(sh, error ? wholeBefore(script, error.pos) : script.statements);
    if (error) {
      yield* syntaxError(sh, script.source, error);
      sh.state.status = 2;
    }
  } finally {
    sh.source = source;
    sh.at = at;
  }
}
/** `source path args`; `shown` is how messages call it. The status of the last command, or of `return`. */
export function* runFile(sh: Sh, path: string, args: readonly string[], shown: string): Kthread<number> {
  const text = yield* readFile(sh.sys, path);
  if (typeof text === 'number') {
    yield* complain(sh, `${shown}: ${strerror(text)}`);
    return 1;
  }
  const { state } = sh;
  const { file, positional } = state;
  const { loops } = sh;
  state.calls.push({ name: 'source', file: path, line: currentLine(sh) });
  state.file = path;
  sh.loops = 0;
  if (args.length > 0) state.positional = [...args];
  state.status = 0;
  try {
    yield* runFileText(sh, text);
    return state.status;
  } catch (e) {
    if (!(e instanceof Return)) throw e;
    return e.status;
  } finally {
    state.calls.pop();
    state.file = file;
    sh.loops = loops;
    if (args.length > 0) state.positional = positional;
  }
}
