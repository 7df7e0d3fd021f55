/**
 * workload: processes that use memory as programs do. Each runs as a process of its own from a seed, does its rounds, then keeps what it has until it is killed.
 * The names and parameters are in uapi/workloads.ts, what each does in workload-kinds.ts.
 */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { isWorkload, readParameters, WORKLOAD_NAMES, WORKLOADS, type WorkloadName } from '../../../uapi/workloads.ts';
import type { Program } from '../../program.ts';
import { createPrng } from '../../prng.ts';
import { program, type Tool } from '../text/io.ts';
import type { WorkloadApi } from './mh-kernel.ts';
import { resting } from './resting.ts';
import { KINDS } from './workload-kinds.ts';

const SIGINT = 2;
const SIGKILL = 9;
/** How long it is waited before it is looked whether the process is ready: at first, and at most (ns). */
const LOOK_NS = 1_000_000;
const LONGEST_LOOK_NS = 1e9;
const PAGE_KB = 4;

const list = (): string => WORKLOAD_NAMES.map((name) => `${name.padEnd(9)} ${Object.entries(WORKLOADS[name].parameters).filter(([key]) => key !== 'seed' && key !== 'every').map(([key, p]) => `${key}=${p.usual}`).join(' ').padEnd(43)} ${WORKLOADS[name].about}\n`).join('');

/** What the process that was started says of itself: nothing yet, ready, or the errno that ended it. */
interface Progress {
  result: number | undefined;
}
/** As a daemon it lets go of the terminal (^C is not for it), works, and sleeps until a signal ends it. */
const daemon = (name: WorkloadName, api: WorkloadApi, values: Readonly<Record<string, number | string>>, progress: Progress): Program => function* (proc) {
  const { sys } = proc;
  for (const fd of [0, 1, 2]) sys.close(fd);
  // It works through ^C, and does not end of it.
  proc.catchSignal?.(SIGINT);
  const number = (key: string): number => values[key] as number;
  progress.result = yield* KINDS[name]({ proc, sys, calls: api.calls, pid: sys.getpid(), random: createPrng(number('seed')), number, word: (key) => values[key] as string, pause: () => sys.nanosleep(number('every') * 1e6) });
  if (progress.result < 0) return 1;
  return yield* resting(proc);
};
function* start(tool: Tool, api: WorkloadApi, name: WorkloadName, words: readonly string[]): Kthread<number> {
  const read = readParameters(name, words);
  if ('reason' in read) return yield* tool.die(read.reason, 2);
  const { fork } = tool.proc;
  if (!fork) return yield* tool.die('no process can be started here.');
  // Who starts it and then gives up takes it along.
  tool.proc.catchSignal?.(SIGINT);
  const progress: Progress = { result: undefined };
  const pid = fork(daemon(name, api, read.values, progress));
  for (let wait = LOOK_NS; progress.result === undefined; wait = Math.min(wait + LOOK_NS, LONGEST_LOOK_NS)) {
    if (tool.sys.kill(pid, 0) < 0) return yield* tool.die(`${name}: its process was killed`, 1);
    if ((yield* tool.sys.nanosleep(wait)) < 0) {
      tool.sys.kill(pid, SIGKILL);
      return 130;
    }
  }
  if (progress.result < 0) return yield* tool.die(`${name}: ${strerror(progress.result)}`);
  tool.put(`pid=${pid} ${name} ${Object.entries(read.values).map(([key, value]) => `${key}=${value}`).join(' ')} rss=${api.calls.rss(pid) * PAGE_KB}K\n`);
  return 0;
}

/** @param api memory of processes; undefined where the machine has none to give */
export const workloadProgram = (api?: WorkloadApi): Program => program(function* (tool) {
  const [name, ...words] = tool.args;
  if (name === undefined || name === '--help' || name === '-l') {
    tool.put(list());
    return name === undefined ? 2 : 0;
  }
  if (!isWorkload(name)) return yield* tool.die(`there is no workload '${name}'; there are ${WORKLOAD_NAMES.join(', ')}`, 2);
  return api ? yield* start(tool, api, name, words) : yield* tool.die(`${name}: Function not implemented`);
});
