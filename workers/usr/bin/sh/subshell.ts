/** Subshells: a forked process with a copy of the shell's state, and what happens when it ends. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { SIGNALS } from '../../../kernel/signal.ts';
import { sysOf } from '../../../kernel/syscalls.ts';
import { Break, complain, Discard, ExitShell, ExpansionError, Return, type Sh } from './shell.ts';
import { cloneState } from './state.ts';
import { runExitTrap } from './traps.ts';

/** RLIMIT_NPROC: a fork bomb ends here. */
const MAX_PROCESSES = 400;

/** A child shell. `own`: it will run as a task of its own. */
export function forkShell(sh: Sh, own: boolean): Sh {
  const { processes } = sh.system;
  if (processes.byPid.size >= MAX_PROCESSES) throw new ExpansionError('fork: Resource temporarily unavailable', true, 254);
  const process = processes.fork(sh.process, own);
  const state = cloneState(sh.state);
  // Ignored signals stay ignored; handlers do not survive, but for ERR with errtrace and DEBUG and RETURN with functrace.
  const { options } = sh.state;
  const stays = (name: string): boolean => (name === 'ERR' ? options.has('errtrace') : (name === 'DEBUG' || name === 'RETURN') && options.has('functrace'));
  for (const [name, command] of state.traps) if (command !== '' && !stays(name)) state.traps.delete(name);
  process.ignored.clear();
  for (const signal of sh.ignoredAtEntry) process.ignored.add(signal);
  for (const [name, command] of state.traps) if (command === '' && Object.hasOwn(SIGNALS, name)) process.ignored.add(SIGNALS[name as keyof typeof SIGNALS]);
  return {
    ...sh,
    process,
    state,
    sys: sysOf(processes, process),
    subshell: sh.subshell + 1,
    passedFds: [],
    substituted: undefined,
    trapping: false,
    announced: false,
    single: false,
  };
}

/** Runs commands to the end of a shell: exit, errors that end it, the EXIT trap. The status is the shell's. */
export function* toTheEnd(sh: Sh, body: Kthread<void>): Kthread<number> {
  yield* catchEnd(sh, body);
  yield* runExitTrap(sh);
  return sh.state.status;
}
/** Runs commands; what ends a shell leaves its status. True: it was `exit`. */
export function* catchEnd(sh: Sh, body: Kthread<void>): Kthread<boolean> {
  try {
    yield* body;
  } catch (e) {
    if (e instanceof ExitShell) {
      sh.state.status = e.status;
      return true;
    }
    if (e instanceof Discard || e instanceof Return) sh.state.status = e.status;
    else if (e instanceof ExpansionError) {
      yield* complain(sh, e.message);
      sh.state.status = e.status;
    } else if (!(e instanceof Break)) throw e;
  }
  return false;
}

/** Runs a forked shell in the caller's task (or, `started`, as the thread that the run queue drives). Its status. */
export function* runForked(child: Sh, body: Kthread<void>, started = false): Kthread<number> {
  const thread = toTheEnd(child, body);
  return started ? yield* thread : yield* child.system.processes.run(child.process, thread);
}
