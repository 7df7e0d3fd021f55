/** Pipelines and background jobs: processes beside the shell. */
import { closeFd, get, install, openPipe, put } from '../../../kernel/file.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import { makePipe } from '../../../kernel/pipe.ts';
import type { Process } from '../../../kernel/process.ts';
import { SIGNALS } from '../../../kernel/signal.ts';
import type { CommandNode, Pipeline, Statement } from './ast.ts';
import { afterCommand, runList, runNode, runStatement } from './interp.ts';
import { addJob } from './jobs.ts';
import { Discard, type Sh } from './shell.ts';
import { forkShell, runForked } from './subshell.ts';
import { pollSignals } from './traps.ts';

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

export function* runPipeline(sh: Sh, node: Pipeline): Kthread<void> {
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

export function* runInBackground(sh: Sh, statement: Statement): Kthread<void> {
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
