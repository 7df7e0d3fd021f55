/** trap: commands for signals, EXIT, ERR, DEBUG and RETURN, run between commands. */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Process } from '../../../kernel/process.ts';
import { SIGNALS, signalName } from '../../../kernel/signal.ts';
import { currentLine, Discard, ExitShell, type Sh } from './shell.ts';

/** Runs a trap's command; $? is what it was before, afterwards too. */
function* runTrap(sh: Sh, command: string, line = 1): Kthread<void> {
  const { status, pipeStatus } = sh.state;
  const { trapping, conditions } = sh;
  sh.trapping = true;
  try {
    yield* sh.interpreter.runText(sh, command, line);
    sh.state.status = status;
    sh.state.pipeStatus = pipeStatus;
  } finally {
    sh.trapping = trapping;
    sh.conditions = conditions;
  }
}
/** Looks at the signals that came: runs their traps. In an interactive shell ^C gives up the line. */
export function* pollSignals(sh: Sh): Kthread<void> {
  while (sh.process.pending.length > 0 && !sh.trapping) {
    const signal = sh.system.processes.takeSignal(sh.process);
    const command = sh.state.traps.get(signalName(signal));
    if (command !== undefined && command !== '') yield* runTrap(sh, command);
    else if (signal === SIGNALS.INT) throw new Discard(130);
  }
}
/** At a terminal a ^C that nobody traps gives up the line at once; traps wait for the command's end. */
export function giveUpLine(sh: Sh): void {
  if (sh.interactive && sh.subshell === 0 && sh.process.pending.includes(SIGNALS.INT) && !sh.state.traps.has('INT')) throw new Discard(130);
}
/** ERR, DEBUG, RETURN. Functions and subshells have them only with errtrace or functrace. */
export function* runPseudoTrap(sh: Sh, name: 'ERR' | 'DEBUG' | 'RETURN'): Kthread<void> {
  const command = sh.state.traps.get(name);
  if (command === undefined || command === '' || sh.trapping) return;
  if (sh.state.calls.length > 0 && name !== 'RETURN' && !sh.state.options.has(name === 'ERR' ? 'errtrace' : 'functrace')) return;
  yield* runTrap(sh, command, name === 'RETURN' ? 1 : currentLine(sh));
}
/** EXIT, once, when a shell ends; an `exit` in it changes the status. */
export function* runExitTrap(sh: Sh): Kthread<void> {
  const command = sh.state.traps.get('EXIT');
  sh.state.traps.delete('EXIT');
  if (command === undefined || command === '') return;
  const { status } = sh.state;
  try {
    yield* sh.interpreter.runText(sh, command);
    sh.state.status = status;
  } catch (e) {
    if (e instanceof ExitShell || e instanceof Discard) sh.state.status = e.status;
    else throw e;
  }
}
/** The process's way with a signal follows its trap. */
export function followTrap(sh: Sh, signal: number): void {
  const command = sh.state.traps.get(signalName(signal));
  const { caught, ignored } = sh.process;
  const terminal = sh.interactive && sh.subshell === 0;
  // What a script was told to ignore when it began it ignores to its end.
  if (!sh.interactive && sh.ignoredAtEntry.has(signal)) return;
  caught.delete(signal);
  ignored.delete(signal);
  if (command === '') ignored.add(signal);
  else if (command !== undefined || (terminal && signal === SIGNALS.INT)) caught.add(signal);
  else if (terminal && (signal === SIGNALS.TERM || signal === SIGNALS.QUIT)) ignored.add(signal);
}
/** A program hears the signals that only the shell at the terminal ignores. Source: restore_original_signals() of bash. */
export function restoreOriginalSignals(sh: Sh, child: Process): void {
  for (const signal of [SIGNALS.TERM, SIGNALS.QUIT]) if (sh.state.traps.get(signalName(signal)) !== '' && !sh.ignoredAtEntry.has(signal)) child.ignored.delete(signal);
}
/** A foreground process ended: a ^C that it died of is meant for the shell, too. */
export function* foregroundEnded(sh: Sh, process: Process): Kthread<void> {
  if (process.exit?.signal !== SIGNALS.INT) return;
  if (sh.interactive && sh.subshell === 0) throw new Discard(130);
  sh.system.processes.send(sh.process, SIGNALS.INT);
  yield;
}
/** What a failed command means: the ERR trap, and the end of the shell under set -e. */
export function* afterCommand(sh: Sh): Kthread<void> {
  if (sh.process.pending.length > 0) yield* pollSignals(sh);
  if (sh.state.status === 0 || sh.conditions > 0) return;
  if (sh.state.traps.has('ERR')) yield* runPseudoTrap(sh, 'ERR');
  if (sh.state.options.has('errexit')) throw new ExitShell(sh.state.status);
}
