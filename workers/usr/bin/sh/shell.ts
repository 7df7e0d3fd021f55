/** The running shell: its state, its process, and the ways it stops what it does. Every part of the interpreter takes it as first parameter. */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Process } from '../../../kernel/process.ts';
import type { System } from '../../exec.ts';
import type { Sys } from '../../program.ts';
import { type CommandNode, type CompoundList, type Evaluated, lineAt, type Pipeline, type Source, type Statement } from './ast.ts';
import type { ShellState } from './state.ts';

/**
 * The whole of the interpreter, as its parts see it: any command may stand in any other, in a trap, in `$(…)`, and every one may be a builtin. interpreter.ts puts it together.
 */
export interface Interpreter {
  /** Runs text as a script in this shell: eval, traps, the command line. Commands before a syntax error run; then it is said, and the status is 2. */
  runText(sh: Sh, text: string, line?: number, kind?: string): Kthread<void>;
  runStatements(sh: Sh, statements: readonly Statement[]): Kthread<void>;
  runStatement(sh: Sh, statement: Statement): Kthread<void>;
  runList(sh: Sh, list: CompoundList): Kthread<void>;
  runNode(sh: Sh, node: CommandNode | Pipeline): Kthread<void>;
  readonly builtins: Builtins;
}
export interface Builtins {
  names(): string[];
  has(name: string): boolean;
  /** declare, local, export …: they take assignments as words. */
  isDeclaration(name: string): boolean;
  run(sh: Sh, name: string, args: readonly (string | Evaluated)[]): Kthread<number>;
}
export interface Sh {
  readonly interpreter: Interpreter;
  readonly system: System;
  readonly process: Process;
  readonly sys: Sys;
  readonly state: ShellState;
  readonly interactive: boolean;
  /** Depth of subshells: 0 is the shell that was started. */
  readonly subshell: number;
  /** pid of the shell it began in: $$. */
  readonly mainPid: number;
  /** Depth of command substitutions, eval, source and traps: so many '+' before a line of `set -x`. */
  level: number;
  /** Text being run; positions of nodes refer to it. */
  source: Source;
  /** Offset of the command under way. */
  at: number;
  /** > 0: inside a condition, where a failure is no error (set -e, ERR). */
  conditions: number;
  /** Loops around the current command, in this function. */
  loops: number;
  /** A trap runs: others wait. */
  trapping: boolean;
  /** The command that comes next was announced to the DEBUG trap already, by the shell that forked this one. */
  announced: boolean;
  /** A forked shell that runs one simple command: a member of a pipeline, or a job. */
  single: boolean;
  /** Status of the last $(…) in the command under way, undefined without one. */
  substituted: number | undefined;
  /** Descriptors that <( ) and >( ) of the command under way opened. */
  passedFds: number[];
  /** Signals that were ignored when it began. */
  readonly ignoredAtEntry: ReadonlySet<number>;
}

/** Ways to leave commands. */
export class Break extends Error {
  readonly count: number;
  /** `continue`. */
  readonly next: boolean;
  constructor(count: number, next: boolean) {
    super('break');
    this.count = count;
    this.next = next;
  }
}
export class Return extends Error {
  readonly status: number;
  constructor(status: number) {
    super('return');
    this.status = status;
  }
}
/** The shell (or subshell) ends. */
export class ExitShell extends Error {
  readonly status: number;
  constructor(status: number) {
    super('exit');
    this.status = status;
  }
}
/** An error that gives up everything up to the next top-level command (in `-c`: all of it). Its message is printed already. */
export class Discard extends Error {
  readonly status: number;
  constructor(status = 1) {
    super('discard');
    this.status = status;
  }
}
/** As Discard, with a message still to print. */
export class ExpansionError extends Error {
  readonly status: number;
  /** The whole shell ends (unbound variable, ${x:?}) unless it is interactive. */
  readonly fatal: boolean;
  constructor(message: string, fatal = false, status = 1) {
    super(message);
    this.fatal = fatal;
    this.status = status;
  }
}

/** A builtin that `enable -n` did not take away. */
export const isEnabled = (sh: Sh, name: string): boolean => sh.interpreter.builtins.has(name) && !sh.state.disabled.has(name);
/** Line of the command under way. */
export const currentLine = (sh: Sh): number => lineAt(sh.source, sh.at);
/** What stands before messages: `bash: line 3: `, `FILE: line 3: `, interactive `bash: `. A function of a command line says `environment`, as bash does. */
export function prefix(sh: Sh): string {
  if (sh.interactive && sh.state.file === '') return `${sh.state.name}: `;
  const call = sh.state.calls.at(-1);
  const name = call === undefined ? sh.state.file || sh.state.name : call.file || 'environment';
  return `${name}: line ${currentLine(sh)}: `;
}
/** A message on stderr: one write(2). */
export function* complain(sh: Sh, message: string): Kthread<void> {
  yield* sh.sys.write(2, `${prefix(sh)}${message}\n`);
}
/**
 * bash buffers stdout line by line: each line is a write(2), a long one goes in blocks. 0, or the -errno of the last write that failed;
 * the others are made all the same.
 */
export function* writeLines(sh: Sh, fd: number, text: string): Kthread<number> {
  let error = 0;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = Math.min(newline < 0 ? text.length : newline + 1, at + 4096);
    const done = yield* sh.sys.write(fd, text.slice(at, end));
    if (done < 0) error = done;
    at = done > 0 && done < end - at ? at + done : end;
  }
  return error;
}
/** An error in `((…))` or `[[…]]` is the command's failure only. */
export function* guarded(sh: Sh, body: Kthread<number>): Kthread<number> {
  try {
    return yield* body;
  } catch (e) {
    if (!(e instanceof ExpansionError) || e.fatal) throw e;
    if (e.message !== '') yield* complain(sh, e.message);
    return e.status;
  }
}
/** Runs `body` with positions that refer to another text. */
export function* within<T>(sh: Sh, source: Source, body: Kthread<T>): Kthread<T> {
  const { source: outer, at } = sh;
  // Words cut out of a text keep the line of the command they stand in.
  sh.source = source.line === 0 ? { text: source.text, line: lineAt(outer, at) } : source;
  if (source.line === 0) sh.at = 0;
  try {
    return yield* body;
  } finally {
    sh.source = outer;
    sh.at = at;
  }
}
