/** Processes and jobs: wait, jobs, kill, fg, bg, disown, times. */
import type { Kthread } from '../../../../kernel/kthread.ts';
import { signalName, signalNumber } from '../../../../kernel/signal.ts';
import { strerror } from '../../../../uapi/errno.ts';
import { findJob, forget, jobLine, processOf, refreshJobs, reportDeath } from '../jobs.ts';
import { complain, type Sh } from '../shell.ts';
import type { Job } from '../state.ts';
import { pollSignals } from '../traps.ts';
import { assign, unset } from '../vars.ts';
import { badOption, type Builtin, fail, options, print } from './builtin.ts';
import { signalList } from './settings.ts';

/** Waits for a job to end; 128 + signal if a trapped signal came first. */
function* waitJob(sh: Sh, job: Job): Kthread<number> {
  for (const pid of job.pids) {
    const process = processOf(sh, pid);
    while (process && (yield* sh.system.processes.wait(sh.process, process)) < 0) {
      const [signal = 0] = sh.process.pending;
      yield* pollSignals(sh);
      if (signal !== 0) return 128 + signal;
    }
  }
  refreshJobs(sh);
  job.reported = true;
  const status = job.status ?? 0;
  if (job.signal && !sh.interactive) yield* reportDeath(sh, job.pids.at(-1) as number, job.signal, job.text);
  return status;
}
export const control: Readonly<Record<string, Builtin>> = {
  *wait(sh, args, name) {
    const { flags, rest, bad } = options(args, 'fn', 'p');
    if (bad) return yield* badOption(sh, name, bad, 'wait [-fn] [-p var] [id ...]');
    if (flags.has('n')) {
      refreshJobs(sh);
      const { jobs } = sh.state;
      const running = (): Job | undefined => {
        refreshJobs(sh);
        return jobs.find((j) => j.status !== undefined && !j.reported);
      };
      if (flags.has('p')) unset(sh, flags.get('p') as string);
      if (jobs.every((j) => j.reported)) return 127;
      while (!running()) yield* sh.system.processes.scheduler.park(() => running() !== undefined || sh.process.killed !== 0 || sh.process.pending.length > 0);
      const job = running() as Job;
      const status = yield* waitJob(sh, job);
      const into = flags.get('p');
      if (into !== undefined) assign(sh, into, String(job.pids.at(-1)));
      forget(sh, job);
      return status;
    }
    if (rest.length === 0) {
      for (const job of [...sh.state.jobs]) {
        const status = yield* waitJob(sh, job);
        if (job.status === undefined) return status;
        forget(sh, job);
      }
      return 0;
    }
    let status = 0;
    for (const spec of rest) {
      if (!/^%|^\d+$/.test(spec)) {
        status = yield* fail(sh, name, `\`${spec}': not a pid or valid job spec`);
        continue;
      }
      const job = findJob(sh, spec);
      if (!job) {
        status = yield* fail(sh, name, spec.startsWith('%') ? `${spec}: no such job` : `pid ${spec} is not a child of this shell`, 127);
        continue;
      }
      status = yield* waitJob(sh, job);
    }
    return status;
  },
  *jobs(sh, args, name) {
    const { flags, rest, bad } = options(args, 'lnprs');
    if (bad) return yield* badOption(sh, name, bad, 'jobs [-lnprs] [jobspec ...] or jobs -x command [args]');
    refreshJobs(sh);
    let text = '';
    for (const job of [...sh.state.jobs]) {
      if (rest.length > 0 && !rest.some((r) => findJob(sh, r) === job)) continue;
      if ((flags.has('r') && job.status !== undefined) || flags.has('s') || job.reported) continue;
      text += flags.has('p') ? `${job.pids[0]}\n` : jobLine(sh, job, flags.has('l'));
      if (job.status !== undefined) job.reported = true;
    }
    return yield* print(sh, name, text);
  },
  *kill(sh, args, name) {
    let signal = 15;
    let rest = args;
    const [first = ''] = args;
    if (first === '-l' || first === '-L') {
      if (args.length === 1) return yield* print(sh, name, signalList());
      let text = '';
      for (const word of args.slice(1)) {
        const n = signalNumber(/^\d+$/.test(word) && Number(word) > 128 ? String(Number(word) - 128) : word);
        if (n === undefined) return yield* fail(sh, name, `${word}: invalid signal specification`);
        text += /^\d+$/.test(word) ? `${signalName(n)}\n` : `${n}\n`;
      }
      return yield* print(sh, name, text);
    }
    const named = first === '-s' || first === '-n' ? args[1] : /^-[A-Za-z0-9]/.test(first) ? first.slice(1) : undefined;
    if (named !== undefined) {
      const n = signalNumber(named);
      if (n === undefined) return yield* fail(sh, name, `${named}: invalid signal specification`);
      signal = n;
      rest = args.slice(first === '-s' || first === '-n' ? 2 : 1);
    }
    if (rest[0] === '--') rest = rest.slice(1);
    if (rest.length === 0) {
      yield* sh.sys.write(2, 'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n');
      return 2;
    }
    let sent = 0;
    for (const spec of rest) {
      const job = spec.startsWith('%') ? findJob(sh, spec) : undefined;
      if (spec.startsWith('%') && !job) {
        yield* complain(sh, `${name}: ${spec}: no such job`);
        continue;
      }
      if (!job && !/^-?\d+$/.test(spec)) {
        yield* complain(sh, `${name}: ${spec}: arguments must be process or job IDs`);
        continue;
      }
      for (const pid of job ? job.pids : [Number(spec)]) {
        const error = sh.sys.kill(Math.abs(pid), signal);
        if (error < 0) yield* complain(sh, `${name}: (${pid}) - ${strerror(error)}`);
        else sent++;
      }
    }
    // A signal to the shell itself takes effect now.
    yield;
    yield* pollSignals(sh);
    return sent > 0 ? 0 : 1;
  },
  *fg(sh, args, name) {
    if (!sh.interactive) return yield* fail(sh, name, 'no job control');
    const job = findJob(sh, args[0] ?? '%+');
    if (!job) return yield* fail(sh, name, `${args[0] ?? 'current'}: no such job`);
    yield* print(sh, name, `${job.text}\n`);
    for (const pid of job.pids) {
      const process = processOf(sh, pid);
      if (process) process.background = false;
    }
    const status = yield* waitJob(sh, job);
    forget(sh, job);
    return status;
  },
  *bg(sh, args, name) {
    if (!sh.interactive) return yield* fail(sh, name, 'no job control');
    const job = findJob(sh, args[0] ?? '%+');
    if (!job) return yield* fail(sh, name, `${args[0] ?? 'current'}: no such job`);
    return yield* fail(sh, name, `job ${job.id} already in background`, 0);
  },
  *disown(sh, args, name) {
    const all = args.length === 0 ? ['%+'] : args;
    for (const spec of all) {
      const job = findJob(sh, spec);
      if (!job) return yield* fail(sh, name, `${args.length === 0 ? 'current' : spec}: no such job`);
      forget(sh, job);
    }
    return 0;
  },
  *times(sh, _args, name) {
    return yield* print(sh, name, '0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n');
  },
};
