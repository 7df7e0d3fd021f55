/** Runs commands: the tree the parser made, one node type after the other. */
import { closeFd, get, install, openPipe, put } from '../../../kernel/file.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import { makePipe } from '../../../kernel/pipe.ts';
import type { Process } from '../../../kernel/process.ts';
import { SIGNALS } from '../../../kernel/signal.ts';
import type { ArithmeticFor, Case, CommandNode, CompoundList, For, FunctionNode, Pipeline, Statement, TestExpression, While } from './ast.ts';
import { lineAt, parseScript, type Script } from './ast.ts';
import { runCommand, trace } from './command.ts';
import { arithmeticOf, expandPattern, expandString, expandWords } from './expand.ts';
import { matches } from './glob.ts';
import { addJob } from './jobs.ts';
import { redirect, undoAll } from './redirect.ts';
import { Break, complain, Discard, ExitShell, ExpansionError, type Sh } from './shell.ts';
import { forkShell, runForked } from './subshell.ts';
import { syntaxError } from './syntax.ts';
import { testExpression } from './test.ts';
import { pollSignals, runPseudoTrap } from './traps.ts';
import { assign } from './vars.ts';

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
      yield* runStatements(sh, script.statements);
      return;
    }
    yield* runStatements(sh, wholeBefore(script, error.pos));
    yield* syntaxError(sh, script.source, error, kind);
    sh.state.status = 2;
    if (kind === '-c') throw new Discard(2);
  } finally {
    sh.source = source;
    sh.at = at;
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
const runList = (sh: Sh, list: CompoundList): Kthread<void> => runStatements(sh, list.commands);

function* runStatement(sh: Sh, statement: Statement): Kthread<void> {
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

/** What a failed command means: the ERR trap, and the end of the shell under set -e. */
export function* afterCommand(sh: Sh): Kthread<void> {
  if (sh.process.pending.length > 0) yield* pollSignals(sh);
  if (sh.state.status === 0 || sh.conditions > 0) return;
  if (sh.state.traps.has('ERR')) yield* runPseudoTrap(sh, 'ERR');
  if (sh.state.options.has('errexit')) throw new ExitShell(sh.state.status);
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
        yield* afterCommand(sh);
        return;
      }
      case 'ArithmeticCommand': {
        sh.at = node.pos;
        yield;
        yield* trace(sh, `(( ${node.body} ))`);
        sh.state.status = yield* guarded(
          sh,
          (function* () {
            return (yield* arithmeticOf(sh, node.body, '((: ')) === 0n ? 1 : 0;
          })(),
        );
        yield* afterCommand(sh);
        return;
      }
      case 'TestCommand': {
        sh.at = node.pos;
        yield;
        sh.state.status = yield* guarded(
          sh,
          (function* () {
            return (yield* testExpression(sh, node.expression as TestExpression)) ? 0 : 1;
          })(),
        );
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
      default:
        sh.at = node.pos;
        yield* complain(sh, `${node.type.toLowerCase()}: not supported here`);
        throw new Discard(2);
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
    if (e.fatal && !(sh.interactive && sh.subshell === 0)) throw new ExitShell(sh.state.file === '' && sh.subshell === 0 ? 127 : 1);
    throw new Discard(e.fatal ? 1 : e.status);
  } finally {
    process.depth--;
  }
}

/** An error in `((…))` or `[[…]]` is the command's failure only. */
function* guarded(sh: Sh, body: Kthread<number>): Kthread<number> {
  try {
    return yield* body;
  } catch (e) {
    if (!(e instanceof ExpansionError) || e.fatal) throw e;
    yield* complain(sh, e.message);
    return 1;
  }
}
function* condition(sh: Sh, list: CompoundList): Kthread<boolean> {
  sh.conditions++;
  try {
    yield* runList(sh, list);
  } finally {
    sh.conditions--;
  }
  return sh.state.status === 0;
}

/** One turn of a loop; false: the loop is left. */
function* turn(sh: Sh, body: CompoundList): Kthread<boolean> {
  yield;
  try {
    yield* runList(sh, body);
  } catch (e) {
    if (!(e instanceof Break)) throw e;
    if (e.count > 1 && sh.loops > 1) throw new Break(e.count - 1, e.next);
    return e.next;
  }
  return true;
}
function* looping(sh: Sh, body: Kthread<void>): Kthread<void> {
  sh.loops++;
  try {
    yield* body;
  } finally {
    sh.loops--;
  }
}
function* runWhile(sh: Sh, node: While): Kthread<void> {
  let status = 0;
  yield* looping(
    sh,
    (function* () {
      for (;;) {
        let go: boolean;
        try {
          go = yield* condition(sh, node.clause);
        } catch (e) {
          if (!(e instanceof Break)) throw e;
          if (e.count > 1 && sh.loops > 1) throw new Break(e.count - 1, e.next);
          if (e.next) continue;
          status = sh.state.status;
          break;
        }
        if (go === (node.kind === 'until')) break;
        const more = yield* turn(sh, node.body);
        ({ status } = sh.state);
        if (!more) break;
      }
    })(),
  );
  sh.state.status = status;
}
function* runFor(sh: Sh, node: For): Kthread<void> {
  sh.at = node.pos;
  const words = node.wordlist ? yield* expandWords(sh, node.wordlist) : [...sh.state.positional];
  if (words.length === 0) sh.state.status = 0;
  yield* looping(
    sh,
    (function* () {
      for (const word of words) {
        sh.at = node.pos;
        if (sh.state.options.has('xtrace'))
          yield* trace(sh, `for ${node.name.text}${node.wordlist ? ` in ${node.wordlist.map((w) => w.text).join(' ')}` : ''}`);
        assign(sh, node.name.value, word);
        if (!(yield* turn(sh, node.body))) break;
      }
    })(),
  );
}
function* runArithmeticFor(sh: Sh, node: ArithmeticFor): Kthread<void> {
  sh.at = node.pos;
  // The three texts stand between the parentheses; the parser's trees are not needed.
  const head = sh.source.text.slice(node.pos, node.body.pos);
  const inner = head.slice(head.indexOf('((') + 2, head.lastIndexOf('))'));
  const [first = '', test = '', step = ''] = inner.split(';');
  const { text } = sh.source;
  const value = (expression: string): Kthread<bigint> => arithmeticOf(sh, expression, '((: ');
  sh.state.status = 0;
  const ok = yield* guarded(
    sh,
    (function* () {
      if (first.trim() !== '') yield* value(first);
      yield* looping(
        sh,
        (function* () {
          while (test.trim() === '' || (yield* value(test)) !== 0n) {
            if (!(yield* turn(sh, node.body))) break;
            if (step.trim() !== '') yield* value(step);
          }
        })(),
      );
      return 0;
    })(),
  );
  if (ok !== 0 && text !== '') sh.state.status = 1;
}
function* runCase(sh: Sh, node: Case): Kthread<void> {
  sh.at = node.pos;
  yield* trace(sh, `case ${node.word.text} in`);
  const word = yield* expandString(sh, node.word);
  sh.state.status = 0;
  let falling = false;
  for (const item of node.items) {
    let hit = falling;
    for (const pattern of item.pattern) {
      if (hit) break;
      hit = matches(yield* expandPattern(sh, pattern), word, true, sh.state.shopts.has('nocasematch'));
    }
    if (!hit) continue;
    yield* runList(sh, item.body);
    if (item.terminator === ';&') falling = true;
    else if (item.terminator === ';;&') falling = false;
    else return;
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

/** A foreground process ended: a ^C that it died of is meant for the shell, too. */
export function* foregroundEnded(sh: Sh, process: Process): Kthread<void> {
  if (process.exit?.signal !== SIGNALS.INT) return;
  if (sh.interactive && sh.subshell === 0) throw new Discard(130);
  sh.system.processes.send(sh.process, SIGNALS.INT);
  yield;
}

/** Text of a command, for jobs: as it was written, on one line. */
const written = (sh: Sh, node: { pos: number; end: number }): string =>
  sh.source.text
    .slice(node.pos, node.end)
    .replace(/\s*&\s*$/, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();

/** A member's shell; when there cannot be one, what was made before is given up, too. */
function forkMember(sh: Sh, started: readonly Process[]): Sh {
  try {
    return forkShell(sh, true);
  } catch (e) {
    for (const process of started) sh.system.processes.abandon(process);
    throw e;
  }
}
/** Starts the members of a pipeline, each as a process; stdin of the first and stdout of the last are the shell's. */
function startPipeline(sh: Sh, node: Pipeline): Process[] {
  const { processes } = sh.system;
  const started: Process[] = [];
  let input: ReturnType<typeof openPipe> | undefined;
  const threads: { child: Sh; member: CommandNode }[] = [];
  node.commands.forEach((member, i) => {
    const child = forkMember(sh, started);
    if (input) {
      install(child.process.fds, 0, input);
      put(input);
    }
    if (i < node.commands.length - 1) {
      const pipe = makePipe();
      const output = openPipe(pipe, false, true);
      install(child.process.fds, 1, output);
      if (node.operators[i] === '|&') install(child.process.fds, 2, output);
      input = get(openPipe(pipe, true, false)) as ReturnType<typeof openPipe>;
    }
    child.process.name = 'bash';
    threads.push({ child, member });
    started.push(child.process);
  });
  for (const { child, member } of threads) processes.start(child.process, runForked(child, asWhole(child, member), true));
  return started;
}
/** A member of a pipeline or a job: a subshell around a subshell is one. */
const asWhole = (child: Sh, node: CommandNode | Pipeline): Kthread<void> => (node.type === 'Subshell' ? runList(child, node.body) : runNode(child, node));

function* runPipeline(sh: Sh, node: Pipeline): Kthread<void> {
  const negations = node.prefixes.filter((p) => p.type === 'Negation').length;
  const timed = node.prefixes.find((p) => p.type === 'Time');
  const begun = sh.sys.clock_monotonic();
  if (negations > 0) sh.conditions++;
  try {
    if (node.commands.length === 1) yield* runNode(sh, node.commands[0] as CommandNode);
    else if (node.commands.length > 1) yield* runMembers(sh, node, negations > 0);
    else sh.state.status = 0;
  } finally {
    if (negations > 0) sh.conditions--;
  }
  if (timed) {
    const seconds = (sh.sys.clock_monotonic() - begun) / 1e9;
    const clock = (s: number): string => (timed.posix ? s.toFixed(2) : `${Math.floor(s / 60)}m${(s % 60).toFixed(3)}s`);
    const gap = timed.posix ? ' ' : '\t';
    yield* sh.sys.write(2, `${timed.posix ? '' : '\n'}real${gap}${clock(seconds)}\nuser${gap}${clock(0)}\nsys${gap}${clock(0)}\n`);
  }
  if (negations % 2 === 1) sh.state.status = sh.state.status === 0 ? 1 : 0;
}
function* runMembers(sh: Sh, node: Pipeline, negated: boolean): Kthread<void> {
  sh.at = node.pos;
  const members = startPipeline(sh, node);
  for (const member of members) {
    while ((yield* sh.system.processes.wait(sh.process, member)) < 0) yield* pollSignals(sh);
  }
  const statuses = members.map((m) => m.exit?.status ?? 0);
  sh.state.pipeStatus = statuses;
  const failed = statuses.filter((s) => s !== 0).at(-1) ?? 0;
  sh.state.status = sh.state.options.has('pipefail') ? failed : (statuses.at(-1) as number);
  const interrupted = members.find((m) => m.exit?.signal === SIGNALS.INT);
  if (interrupted) yield* foregroundEnded(sh, interrupted);
  if (!negated) yield* afterCommand(sh);
}

function* runInBackground(sh: Sh, statement: Statement): Kthread<void> {
  sh.at = statement.pos;
  const { command } = statement;
  const { processes } = sh.system;
  let started: Process[];
  if (command.type === 'Pipeline' && command.prefixes.length === 0 && command.commands.length > 1) started = startPipeline(sh, command);
  else {
    const child = forkShell(sh, true);
    child.process.name = 'bash';
    const body = command.type === 'AndOr' ? runStatement(child, { ...statement, background: undefined }) : asWhole(child, command);
    processes.start(child.process, runForked(child, body, true));
    started = [child.process];
  }
  for (const process of started) {
    process.background = true;
    // Without job control background processes do not hear ^C and read nothing.
    if (!sh.interactive) {
      process.ignored.add(SIGNALS.INT);
      process.ignored.add(SIGNALS.QUIT);
    }
  }
  if (!sh.interactive && sh.process.fds.get(0)?.kind === 'tty') closeFd((started[0] as Process).fds, 0);
  const job = addJob(sh, started, written(sh, statement));
  sh.state.lastBackground = (started.at(-1) as Process).pid;
  sh.state.status = 0;
  if (sh.interactive && sh.subshell === 0) yield* sh.sys.write(2, `[${job.id}] ${sh.state.lastBackground}\n`);
}
