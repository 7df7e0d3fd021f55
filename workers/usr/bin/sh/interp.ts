/** Runs commands: the tree the parser made, one node type after the other. */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { CommandNode, CompoundList, FunctionNode, Pipeline, Statement, TestExpression } from './ast.ts';
import { lineAt, parseScript, type Script } from './ast.ts';
import { announce, runCommand, trace } from './command.ts';
import { runCoproc } from './coproc.ts';
import { arithmeticOf } from './expand.ts';
import { condition, runArithmeticFor, runCase, runFor, runWhile } from './loops.ts';
import { runInBackground, runPipeline } from './pipelines.ts';
import { redirect, undoAll } from './redirect.ts';
import { complain, Discard, ExitShell, ExpansionError, guarded, type Sh } from './shell.ts';
import { runSelect } from './select.ts';
import { forkShell, runForked } from './subshell.ts';
import { syntaxError } from './syntax.ts';
import { testExpression } from './test.ts';
import { afterCommand, foregroundEnded } from './traps.ts';

/** Runs text as a script in this shell: eval, traps, the command line. Commands before a syntax error run; then it is said, and the status is 2. */
export function* runText(sh: Sh, text: string, line = 1, kind = '-c'): Kthread<void> {
  const { source, at } = sh;
  const script = parseScript(text, line);
  sh.source = script.source;
  sh.at = 0;
  try {
    const { error } = script;
    if (!error) {
      if (script.statements.length === 0) sh.state.status = 0;
      yield* runLines(sh, script.statements);
      return;
    }
    yield* runLines(sh, wholeBefore(script, error.pos));
    yield* syntaxError(sh, script.source, error, kind);
    sh.state.status = 2;
    if (kind === '-c') throw new Discard(2);
  } finally {
    sh.source = source;
    sh.at = at;
  }
}

/** Statements of a text that is read line by line: an error that gives up a command gives up what stands on its line, and the next line is read. */
export function* runLines(sh: Sh, statements: readonly Statement[]): Kthread<void> {
  let lost = 0;
  for (const statement of statements) {
    if (lost > 0 && lineAt(sh.source, statement.pos) <= lost) continue;
    try {
      yield* runStatements(sh, [statement]);
    } catch (e) {
      if (!(e instanceof Discard) || e.status === 130) throw e;
      sh.state.status = e.status;
      lost = lineAt(sh.source, Math.max(statement.pos, statement.end - 1));
    }
  }
}

/** Statements on the lines before an error: the shell reads and runs whole lines. One that the parser gave up has no length. */
export function wholeBefore(script: Script, pos: number): Statement[] {
  const lineStart = script.source.text.lastIndexOf('\n', Math.max(0, pos - 1)) + 1;
  const broken = script.statements.findIndex(
    (s) => s.end <= s.pos || s.end > lineStart || (s.command.type === 'Function' && s.command.body.type === 'CompoundList'),
  );
  return script.statements.slice(0, broken < 0 ? undefined : broken);
}
export function* runStatements(sh: Sh, statements: readonly Statement[]): Kthread<void> {
  for (const statement of statements) {
    const { command } = statement;
    // The common case without a generator of its own: the stack is what limits recursion.
    if (statement.background || command.type === 'AndOr') yield* runStatement(sh, statement);
    else if (!sh.state.options.has('noexec')) yield* runNode(sh, command);
  }
}
export const runList = (sh: Sh, list: CompoundList): Kthread<void> => runStatements(sh, list.commands);

export function* runStatement(sh: Sh, statement: Statement): Kthread<void> {
  if (sh.state.options.has('noexec')) return;
  if (statement.background) {
    yield* runInBackground(sh, statement);
    return;
  }
  const { command } = statement;
  if (command.type !== 'AndOr') {
    yield* runNode(sh, command);
    return;
  }
  for (let i = 0; i < command.commands.length; i++) {
    const operator = i === 0 ? undefined : command.operators[i - 1];
    if ((operator === '&&' && sh.state.status !== 0) || (operator === '||' && sh.state.status === 0)) continue;
    const last = i === command.commands.length - 1;
    if (!last) sh.conditions++;
    try {
      yield* runNode(sh, command.commands[i] as CommandNode | Pipeline);
    } finally {
      if (!last) sh.conditions--;
    }
  }
}

/** Commands inside commands, functions and subshells counted in: under half of what overflows a stack of 1 MB (800 with eval, 1100 with plain functions). */
const MAX_DEPTH = 320;

/** Runs a node; an error in an expansion is said here, where the line is known, and gives up what is above. */
export function* runNode(sh: Sh, node: CommandNode | Pipeline): Kthread<void> {
  const { process } = sh;
  if (process.depth > MAX_DEPTH) {
    yield* complain(sh, `${sh.state.calls.at(-1)?.name ?? sh.state.name}: maximum function nesting level exceeded (${sh.state.calls.length})`);
    throw new Discard(1);
  }
  process.depth++;
  try {
    switch (node.type) {
      case 'Command':
        yield* runCommand(sh, node);
        sh.state.pipeStatus = [sh.state.status];
        yield* afterCommand(sh);
        return;
      case 'Pipeline':
        yield* runPipeline(sh, node);
        return;
      case 'If': {
        for (const branch of [node, ...node.elif]) {
          if (yield* condition(sh, branch.clause)) {
            yield* runList(sh, branch.then);
            return;
          }
        }
        if (node.else) yield* runList(sh, node.else);
        else sh.state.status = 0;
        return;
      }
      case 'While':
        yield* runWhile(sh, node);
        return;
      case 'For':
        yield* runFor(sh, node);
        return;
      case 'Select':
        yield* runSelect(sh, node);
        return;
      case 'Coproc':
        yield* runCoproc(sh, node);
        return;
      case 'ArithmeticFor':
        yield* runArithmeticFor(sh, node);
        return;
      case 'Case':
        yield* runCase(sh, node);
        return;
      case 'BraceGroup':
        yield* runList(sh, node.body);
        return;
      case 'Subshell': {
        sh.at = node.pos;
        const child = forkShell(sh, false);
        const status = yield* runForked(child, runList(child, node.body));
        yield* foregroundEnded(sh, child.process);
        sh.state.status = status;
        sh.state.pipeStatus = [status];
        yield* afterCommand(sh);
        return;
      }
      case 'ArithmeticCommand': {
        sh.at = node.pos;
        yield;
        yield* announce(sh, `((${node.body}))`);
        yield* trace(sh, `(( ${node.body} ))`);
        sh.state.status = yield* guarded(
          sh,
          (function* () {
            return (yield* arithmeticOf(sh, node.body, '((: ')) === 0n ? 1 : 0;
          })(),
        );
        sh.state.pipeStatus = [sh.state.status];
        yield* afterCommand(sh);
        return;
      }
      case 'TestCommand': {
        sh.at = node.pos;
        yield;
        yield* announce(sh, sh.source.text.slice(node.pos, node.end));
        sh.state.status = yield* guarded(
          sh,
          (function* () {
            return (yield* testExpression(sh, node.expression as TestExpression)) ? 0 : 1;
          })(),
        );
        sh.state.pipeStatus = [sh.state.status];
        yield* afterCommand(sh);
        return;
      }
      case 'Redirected': {
        sh.at = node.redirects[0]?.pos ?? node.pos;
        const undo = yield* redirect(sh, node.redirects);
        if (!undo) {
          sh.state.status = 1;
          yield* afterCommand(sh);
          return;
        }
        try {
          yield* runNode(sh, node.command);
        } finally {
          undoAll(sh, undo);
        }
        return;
      }
      case 'Function':
        yield* define(sh, node);
        return;
    }
  } catch (e) {
    if (e instanceof RangeError && /string length/i.test(e.message)) {
      yield* complain(sh, 'xrealloc: cannot allocate memory');
      throw new ExitShell(2);
    }
    if (!(e instanceof ExpansionError)) throw e;
    yield* complain(sh, e.message);
    sh.state.status = e.status;
    if (e.status === 2) throw new ExitShell(2);
    // Outside a script file bash ends with 127 where a file's status would be 1.
    if (e.fatal && !(sh.interactive && sh.subshell === 0)) throw new ExitShell(sh.state.file === '' && (sh.subshell === 0 || sh.single) && !sh.state.options.has('errexit') ? 127 : 1);
    throw new Discard(e.fatal ? 1 : e.status);
  } finally {
    process.depth--;
  }
}

function* define(sh: Sh, node: FunctionNode): Kthread<void> {
  sh.at = node.pos;
  const name = node.name.value;
  if (/[^\w:.+@/-]/.test(name)) {
    yield* complain(sh, `\`${node.name.text}': not a valid identifier`);
    sh.state.status = 1;
    return;
  }
  sh.state.functions.set(name, { name, text: sh.source.text.slice(node.pos, node.end), line: lineAt(sh.source, node.pos), file: sh.state.file });
  sh.state.status = 0;
}
