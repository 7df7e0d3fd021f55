/** The interpreter, whole: commands (interp.ts) and builtins, which run each other. */
import { BUILTINS } from './builtins/index.ts';
import { runList, runNode, runStatement, runStatements, runText } from './interp.ts';
import type { Interpreter } from './shell.ts';

export const INTERPRETER: Interpreter = { runText, runStatements, runStatement, runList, runNode, builtins: BUILTINS };
