/** Pipelines and background jobs: processes beside the shell. */
import { closeFd, get, install, openPipe, type OpenFile, put } from '../../../kernel/file.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import { makePipe } from '../../../kernel/pipe.ts';
import type { Process } from '../../../kernel/process.ts';
import { SIGNALS } from '../../../kernel/signal.ts';
import type { CommandNode, Pipeline, Statement } from './ast.ts';
import { announce } from './command.ts';
import { addJob } from './jobs.ts';
import type { Sh } from './shell.ts';
import { forkShell, runForked } from './subshell.ts';
import { afterCommand, foregroundEnded, pollSignals } from './traps.ts';
import { getVar } from './vars.ts';

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
/** Runs the last member of a pipeline in the shell. What it reads ends with it. */
function* runHere(sh: Sh, member: CommandNode, input: OpenFile): Kthread<void> {
  const old = sh.process.fds.get(0);
  if (old) get(old);
  install(sh.process.fds, 0, input);
  put(input);
  sh.announced = member.type === 'Command';
  sh.conditions++;
  try {
    yield* sh.interpreter.runNode(sh, member);
  } finally {
    sh.conditions--;
    if (old) {
      install(sh.process.fds, 0, old);
      put(old);
    } else closeFd(sh.process.fds, 0);
  }
}
/** Starts the members of a pipeline, each as a process (the last one not, `lastHere`); stdin of the first and stdout of the last are the shell's. */
function startPipeline(sh: Sh, node: Pipeline, lastHere = false): { readonly started: Process[]; readonly input: OpenFile | undefined } {
  const { processes } = sh.system;
  const started: Process[] = [];
  let input: ReturnType<typeof openPipe> | undefined;
  const threads: { child: Sh; member: CommandNode }[] = [];
  node.commands.forEach((member, i) => {
    if (lastHere && i === node.commands.length - 1) return;
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
    child.announced = member.type === 'Command';
    child.single = member.type === 'Command';
    threads.push({ child, member });
    started.push(child.process);
  });
  for (const { child, member } of threads) processes.start(child.process, runForked(child, asWhole(child, member), true));
  return { started, input };
}
/** A member of a pipeline or a job: a subshell around a subshell is one. */
const asWhole = (child: Sh, node: CommandNode | Pipeline): Kthread<void> => (node.type === 'Subshell' ? child.interpreter.runList(child, node.body) : child.interpreter.runNode(child, node));

/** TIMEFORMAT: %[digits][l]R, U, S, and %P. Processors are not told apart from time that passes: user and system time are 0. */
function timeText(format: string, seconds: number): string {
  return format.replace(/%(?:%|P|(\d?)(l?)([RUS]))/g, (whole, digits: string, long: string, what: string) => {
    if (whole === '%%') return '%';
    if (whole === '%P') return '0.00';
    const value = what === 'R' ? seconds : 0;
    const places = Math.min(3, digits === '' ? 3 : Number(digits));
    return long === '' ? value.toFixed(places) : `${Math.floor(value / 60)}m${(value % 60).toFixed(places)}s`;
  });
}
export function* runPipeline(sh: Sh, node: Pipeline): Kthread<void> {
  const negations = node.prefixes.filter((p) => p.type === 'Negation').length;
  const timed = node.prefixes.find((p) => p.type === 'Time');
  const begun = sh.sys.clock_monotonic();
  if (negations > 0) sh.conditions++;
  try {
    if (node.commands.length === 1) yield* sh.interpreter.runNode(sh, node.commands[0] as CommandNode);
    else if (node.commands.length > 1) yield* runMembers(sh, node, negations > 0);
    else sh.state.status = 0;
  } finally {
    if (negations > 0) sh.conditions--;
  }
  if (timed) {
    const format = timed.posix ? 'real %2R\nuser %2U\nsys %2S' : (getVar(sh, 'TIMEFORMAT') ?? '\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS');
    if (format !== '') yield* sh.sys.write(2, `${timeText(format, (sh.sys.clock_monotonic() - begun) / 1e9)}\n`);
  }
  if (negations % 2 === 1) sh.state.status = sh.state.status === 0 ? 1 : 0;
}
function* runMembers(sh: Sh, node: Pipeline, negated: boolean): Kthread<void> {
  for (const member of node.commands) {
    sh.at = member.pos;
    if (member.type === 'Command') yield* announce(sh, sh.source.text.slice(member.pos, member.end));
  }
  sh.at = node.pos;
  // lastpipe: the last member is the shell itself, its stdin the pipe.
  const here = sh.state.shopts.has('lastpipe') && !sh.interactive ? (node.commands.at(-1) as CommandNode) : undefined;
  const { started: members, input } = startPipeline(sh, node, here !== undefined);
  if (here && input) yield* runHere(sh, here, input);
  const own = sh.state.status;
  for (const member of members) {
    while ((yield* sh.system.processes.wait(sh.process, member)) < 0) yield* pollSignals(sh);
  }
  const statuses = [...members.map((m) => m.exit?.status ?? 0), ...(here ? [own] : [])];
  sh.state.pipeStatus = statuses;
  const failed = statuses.filter((s) => s !== 0).at(-1) ?? 0;
  sh.state.status = sh.state.options.has('pipefail') ? failed : (statuses.at(-1) as number);
  const interrupted = members.find((m) => m.exit?.signal === SIGNALS.INT);
  if (interrupted) yield* foregroundEnded(sh, interrupted);
  if (!negated) yield* afterCommand(sh);
}

export function* runInBackground(sh: Sh, statement: Statement): Kthread<void> {
  sh.at = statement.pos;
  const { command } = statement;
  const { processes } = sh.system;
  let started: Process[];
  if (command.type === 'Pipeline' && command.prefixes.length === 0 && command.commands.length > 1) ({ started } = startPipeline(sh, command));
  else {
    const child = forkShell(sh, true);
    child.process.name = 'bash';
    child.single = command.type === 'Command';
    const body = command.type === 'AndOr' ? child.interpreter.runStatement(child, { ...statement, background: undefined }) : asWhole(child, command);
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
