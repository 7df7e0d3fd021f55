/** Background jobs and what is said about them. */
import { strsignal } from '../../../kernel/signal.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Process } from '../../../kernel/process.ts';
import { prefix, type Sh } from './shell.ts';
import type { Job } from './state.ts';

/** Processes of jobs, by pid: what a snapshot does not hold. */
const table = ({ system }: Sh): Map<number, Process> => system.children;
export function addJob(sh: Sh, processes: readonly Process[], text: string): Job {
  const id = Math.max(0, ...sh.state.jobs.map((j) => j.id)) + 1;
  const job: Job = { id, pids: processes.map((p) => p.pid), text };
  for (const p of processes) table(sh).set(p.pid, p);
  sh.state.jobs.push(job);
  return job;
}
export const processOf = (sh: Sh, pid: number): Process | undefined => table(sh).get(pid);
export function forget(sh: Sh, job: Job): void {
  for (const pid of job.pids) table(sh).delete(pid);
  sh.state.jobs.splice(sh.state.jobs.indexOf(job), 1);
}

/** Notes which jobs have ended. */
export function refreshJobs(sh: Sh): void {
  for (const job of sh.state.jobs) {
    if (job.status !== undefined) continue;
    const last = processOf(sh, job.pids.at(-1) as number);
    // A job without process ended in a part of history that is not held (a snapshot was taken back).
    const exit = last ? last.exit : { status: 0, signal: 0 };
    if (!exit) continue;
    job.status = exit.status;
    job.signal = exit.signal;
  }
}
const described = (job: Job): string =>
  job.status === undefined ? 'Running' : job.signal ? strsignal(job.signal) : job.status === 0 ? 'Done' : `Exit ${job.status}`;

/** A line of `jobs`. */
export function jobLine(sh: Sh, job: Job, withPid = false): string {
  const newest = sh.state.jobs.at(-1);
  const previous = sh.state.jobs.at(-2);
  const mark = job === newest ? '+' : job === previous ? '-' : ' ';
  const pid = withPid ? `${String(job.pids[0]).padStart(5)} ` : ' ';
  return `[${job.id}]${mark} ${pid}${described(job).padEnd(24)}${job.text}${job.status === undefined ? ' &' : ''}\n`;
}
/** Says that a process died of a signal, as bash does outside of job control; not for SIGINT, SIGPIPE and SIGTERM. */
export function* reportDeath(sh: Sh, pid: number, signal: number, text: string): Kthread<void> {
  if (signal === 0 || signal === 2 || signal === 13 || signal === 15) return;
  if (sh.interactive && sh.subshell === 0) yield* sh.sys.write(2, `${strsignal(signal)}\n`);
  else yield* sh.sys.write(2, `${prefix(sh)}${String(pid).padStart(5)} ${strsignal(signal).padEnd(24)}${text}\n`);
}
/** At a prompt: what ended since the last one. */
export function* reportJobs(sh: Sh): Kthread<void> {
  refreshJobs(sh);
  for (const job of [...sh.state.jobs]) {
    if (job.status === undefined) continue;
    if (!job.reported) yield* sh.sys.write(2, jobLine(sh, job));
    forget(sh, job);
  }
}
/** %1, %+, %-, %name, or a pid: the job that is meant. */
export function findJob(sh: Sh, spec: string): Job | undefined {
  const { jobs } = sh.state;
  if (!spec.startsWith('%')) return jobs.find((j) => j.pids.includes(Number(spec)));
  const rest = spec.slice(1);
  if (rest === '' || rest === '+' || rest === '%') return jobs.at(-1);
  if (rest === '-') return jobs.at(-2);
  if (/^\d+$/.test(rest)) return jobs.find((j) => j.id === Number(rest));
  return jobs.find((j) => (rest.startsWith('?') ? j.text.includes(rest.slice(1)) : j.text.startsWith(rest)));
}
