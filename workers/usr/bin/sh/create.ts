/** Makes a shell inside a process. */
import type { Process } from '../../../kernel/process.ts';
import { SIGNALS } from '../../../kernel/signal.ts';
import type { System } from '../../exec.ts';
import type { Sys } from '../../program.ts';
import { INTERPRETER } from './interpreter.ts';
import type { Sh } from './shell.ts';
import { cloneState, newState, type ShellState } from './state.ts';
import { followTrap } from './traps.ts';
import { assign, getVar } from './vars.ts';

export function newShell(
  system: System,
  process: Process,
  sys: Sys,
  env: ReadonlyMap<string, string>,
  how: { name: string; interactive: boolean; state?: ShellState },
): Sh {
  const sh: Sh = {
    interpreter: INTERPRETER,
    system,
    process,
    sys,
    interactive: how.interactive,
    subshell: 0,
    level: 0,
    mainPid: process.pid,
    state: how.state ? cloneState(how.state) : newState(how.name, env, how.interactive),
    source: { text: '', line: 1 },
    at: 0,
    conditions: 0,
    loops: 0,
    trapping: false,
    announced: false,
    single: false,
    substituted: undefined,
    passedFds: [],
    ignoredAtEntry: new Set(process.ignored),
  };
  if (!how.state) {
    sh.state.secondsFrom = sys.clock_monotonic();
    if (getVar(sh, 'PWD') === undefined || sys.getcwd() !== getVar(sh, 'PWD')) assign(sh, 'PWD', sys.getcwd());
    const depth = Number(getVar(sh, 'SHLVL') ?? 0) + 1;
    assign(sh, 'SHLVL', String(depth));
    for (const name of ['PWD', 'SHLVL']) sh.state.scopes[0]?.set(name, { ...sh.state.scopes[0].get(name), exported: true });
  }
  for (const signal of [SIGNALS.INT, SIGNALS.TERM, SIGNALS.QUIT]) followTrap(sh, signal);
  return sh;
}
