/** Simple commands: assignments, expansion, redirections, then a function, a builtin or a program. */
import { closeFd } from '../../../kernel/file.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import { DEFAULT_PATH, execute, findExecutable } from '../../exec.ts';
import { assignAll, evaluateAssignment, traceAssignment } from './assignments.ts';
import type { Assignment, Command, CommandNode, Evaluated, Redirection, Word } from './ast.ts';
import { parseScript, wordOfText } from './ast.ts';
import { expandText, expandWord } from './expand.ts';
import { reportDeath } from './jobs.ts';
import { traceQuote } from './quote.ts';
import { keepAll, redirect, undoAll } from './redirect.ts';
import { complain, currentLine, Discard, isEnabled, Return, type Sh, within } from './shell.ts';
import type { FunctionDef } from './state.ts';
import { foregroundEnded, pollSignals, restoreOriginalSignals, runPseudoTrap } from './traps.ts';
import { environment, getVar, lookup, popScope } from './vars.ts';

/** A word of a command: text, or an assignment that a declaration takes as such. */
export type Argument = string | Evaluated;

const isRedirection = (x: { type: string }): boolean => x.type === 'Redirect' || x.type === 'HereDoc' || x.type === 'HereString';

/** Writes a line of `set -x`. */
export function* trace(sh: Sh, line: string): Kthread<void> {
  if (!sh.state.options.has('xtrace')) return;
  const ps4 = yield* expandText(sh, getVar(sh, 'PS4') ?? '+ ');
  yield* sh.sys.write(2, `${ps4.charAt(0).repeat(sh.level + 1)}${ps4.slice(1)}${line}\n`);
}

/** A command is about to run: BASH_COMMAND, and the DEBUG trap. */
export function* announce(sh: Sh, text: string): Kthread<void> {
  if (!sh.trapping) sh.state.command = text;
  yield* runPseudoTrap(sh, 'DEBUG');
}

export function* runCommand(sh: Sh, node: Command): Kthread<void> {
  sh.at = node.pos;
  yield;
  if (sh.process.pending.length > 0) yield* pollSignals(sh);
  if (yield* runAlias(sh, node)) return;
  if (!sh.announced) yield* announce(sh, sh.source.text.slice(node.pos, node.end));
  sh.announced = false;
  sh.substituted = undefined;
  const firstPassed = sh.passedFds.length;
  try {
    const words = yield* argumentsOf(sh, node);
    const assignments = node.prefix.filter((p): p is Assignment => p.type === 'Assignment');
    const redirections = [...node.prefix, ...node.suffix].filter((x): x is Redirection => isRedirection(x));
    if (words.length === 0) yield* onlyAssignments(sh, assignments, redirections);
    else {
      const last = words.at(-1);
      yield* runWords(sh, node, words, assignments, redirections);
      sh.state.lastArgument = typeof last === 'string' ? last : (last?.name ?? '');
    }
  } finally {
    for (const fd of sh.passedFds.splice(firstPassed)) closeFd(sh.process.fds, fd);
  }
}

/** Aliases are text: the command is read again with the alias in its place. True: it was one, and has run. */
const expanding = new WeakMap<Sh, Set<string>>();
function* runAlias(sh: Sh, node: Command): Kthread<boolean> {
  if (sh.state.aliases.size === 0 || !node.name || !sh.state.shopts.has('expand_aliases')) return false;
  const { text } = node.name;
  const alias = sh.state.aliases.get(text);
  const busy = expanding.get(sh) ?? new Set<string>();
  if (alias === undefined || busy.has(text)) return false;
  expanding.set(sh, new Set([...busy, text]));
  try {
    const source = sh.source.text;
    yield* sh.interpreter.runText(sh, source.slice(node.pos, node.name.pos) + alias + source.slice(node.name.end, node.end), currentLine(sh));
  } finally {
    expanding.set(sh, busy);
  }
  return true;
}

function* argumentsOf(sh: Sh, node: Command): Kthread<Argument[]> {
  if (!node.name) return [];
  const all: Argument[] = yield* expandWord(sh, node.name);
  const declares = typeof all[0] === 'string' && sh.interpreter.builtins.isDeclaration(all[0]);
  for (const item of node.suffix) {
    if (item.type === 'Word') all.push(...(yield* expandWord(sh, item)));
    else if (item.type === 'Assignment') {
      if (declares) all.push(yield* evaluateAssignment(sh, item));
      else {
        const { source, word } = wordOfText(item.text);
        all.push(...(yield* within(sh, source, expandWord(sh, word as Word))));
      }
    }
  }
  return all;
}

/** `x=1 y=2 >file`: they stay; the status is that of the last command substitution. */
function* onlyAssignments(sh: Sh, assignments: readonly Assignment[], redirections: readonly Redirection[]): Kthread<void> {
  for (const a of assignments) {
    const evaluated = yield* evaluateAssignment(sh, a);
    assignAll(sh, [evaluated]);
    yield* trace(sh, traceAssignment(evaluated));
  }
  const status = sh.substituted ?? 0;
  sh.state.status = status;
  if (redirections.length === 0) return;
  const undo = yield* redirect(sh, redirections);
  if (undo) undoAll(sh, undo);
  else sh.state.status = 1;
}

function* runWords(sh: Sh, node: Command, words: readonly Argument[], assignments: readonly Assignment[], redirections: readonly Redirection[]): Kthread<void> {
  const name = words[0] as string;
  const args = words.slice(1);
  const evaluated: Evaluated[] = [];
  for (const a of assignments) {
    // Before a command a readonly variable is complained about and left as it is.
    if (lookup(sh, a.name)?.readonly) yield* complain(sh, `${a.name}: readonly variable`);
    else evaluated.push(yield* evaluateAssignment(sh, a));
  }
  for (const e of evaluated) yield* trace(sh, traceAssignment(e));
  if (sh.state.options.has('xtrace')) yield* traceWords(sh, words);
  const undo = yield* redirect(sh, redirections);
  if (!undo) {
    sh.state.status = 1;
    return;
  }
  // Assignments before a command hold for it alone.
  const scoped = evaluated.length > 0;
  if (scoped) {
    sh.state.scopes.push(new Map(evaluated.map((e) => [e.name, { exported: true }])));
    assignAll(sh, evaluated);
  }
  let keep = false;
  try {
    sh.state.status = yield* dispatch(sh, node, name, args);
    keep = name === 'exec' && args.length === 0;
  } finally {
    if (scoped) sh.state.scopes.pop();
    if (keep) keepAll(undo);
    else undoAll(sh, undo);
  }
}

/** A declaration shows its arrays first, each as an assignment; `export` and `readonly` show their assignments once more. */
function* traceWords(sh: Sh, words: readonly Argument[]): Kthread<void> {
  const line: string[] = [];
  const after: string[] = [];
  for (const word of words) {
    if (typeof word === 'string') line.push(traceQuote(word));
    else if (word.entries) {
      const shown = word.entries.map((e) => `${e.key === undefined ? '' : `['${e.key}']=`}'${e.value}'`).join(' ');
      yield* trace(sh, `${word.name}${word.append ? '+' : ''}=(${shown})`);
      line.push(word.name);
    } else {
      line.push(traceAssignment(word));
      if (words[0] === 'export' || words[0] === 'readonly') after.push(traceAssignment(word));
    }
  }
  yield* trace(sh, line.join(' '));
  for (const assignment of after) yield* trace(sh, assignment);
}

function* dispatch(sh: Sh, node: Command, name: string, args: readonly Argument[]): Kthread<number> {
  const def = sh.state.functions.get(name);
  const texts = args as readonly string[];
  if (def) return yield* callFunction(sh, def, texts);
  if (isEnabled(sh, name)) return yield* sh.interpreter.builtins.run(sh, name, args);
  return yield* runProgram(sh, [name, ...texts], sh.source.text.slice(node.pos, node.end));
}

const bodies = new WeakMap<FunctionDef, { readonly script: ReturnType<typeof parseScript>; readonly body: CommandNode }>();
function bodyOf(def: FunctionDef): { readonly script: ReturnType<typeof parseScript>; readonly body: CommandNode } {
  let known = bodies.get(def);
  if (!known) {
    const script = parseScript(def.text, def.line);
    const command = script.statements[0]?.command;
    if (command?.type !== 'Function' || command.body.type === 'CompoundList') throw new Error(`function ${def.name} does not parse`);
    known = { script, body: command.body };
    bodies.set(def, known);
  }
  return known;
}
export function* callFunction(sh: Sh, def: FunctionDef, args: readonly string[]): Kthread<number> {
  const { state } = sh;
  const limit = Number(getVar(sh, 'FUNCNEST') ?? 0);
  if (limit > 0 && state.calls.length >= limit) {
    yield* complain(sh, `${def.name}: maximum function nesting level exceeded (${limit})`);
    throw new Discard(1);
  }
  const { script, body } = bodyOf(def);
  const { source, at, loops } = sh;
  const { positional } = state;
  const callText = state.command;
  state.calls.push({ name: def.name, file: def.file, line: currentLine(sh) });
  state.scopes.push(new Map());
  state.positional = [...args];
  sh.source = script.source;
  sh.loops = 0;
  try {
    if (state.options.has('functrace')) yield* announce(sh, callText);
    yield* sh.interpreter.runNode(sh, body);
    yield* runPseudoTrap(sh, 'RETURN');
    return state.status;
  } catch (e) {
    if (!(e instanceof Return)) throw e;
    return e.status;
  } finally {
    state.calls.pop();
    popScope(sh);
    state.positional = positional;
    sh.source = source;
    sh.at = at;
    sh.loops = loops;
  }
}

/** Runs a program to its end: 127 not found, 126 cannot be run. */
export function* runProgram(sh: Sh, argv: readonly string[], text: string): Kthread<number> {
  const { system, process } = sh;
  const [name = ''] = argv;
  const path = getVar(sh, 'PATH');
  const run = path === undefined && !name.includes('/') ? -ERRNO.ENOENT : findExecutable(system, process, name, path ?? DEFAULT_PATH);
  if (typeof run === 'number') {
    const stat = sh.sys.stat(name);
    const dir = name.includes('/') && typeof stat !== 'number' && stat.kind === 'dir';
    yield* complain(
      sh,
      `${name}: ${dir ? strerror(ERRNO.EISDIR) : run === -ERRNO.ENOEXEC ? `cannot execute binary file: ${strerror(run)}` : run === -ERRNO.ENOENT && !name.includes('/') && path !== undefined ? 'command not found' : strerror(run)}`,
    );
    return run === -ERRNO.ENOENT ? 127 : 126;
  }
  const child = system.processes.fork(process, false);
  restoreOriginalSignals(sh, child);
  const status = yield* execute(system, child, run, argv, environment(sh));
  yield* reportDeath(sh, child.pid, child.exit?.signal ?? 0, text);
  yield* foregroundEnded(sh, child);
  return status;
}
