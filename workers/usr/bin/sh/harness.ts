/** A machine with nothing but files: for the tests of the shell and its programs. */
import { devDir } from '../../../fs/dev.ts';
import { tmpfs, tmpfsFrom } from '../../../fs/tmpfs.ts';
import { mountTree } from '../../../kernel/vfs.ts';
import { type DirNode, dirOf, type FileNode } from '../../../kernel/vnode.ts';
import { createProcesses, type Processes } from '../../../kernel/process.ts';
import { createRunQueue, type RunQueue } from '../../../kernel/sched.ts';
import { binDir } from '../../exec.ts';
import { PROGRAMS } from '../index.ts';
import { createShell, type Shell, type ShellOptions } from './index.ts';

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | undefined;
}
export interface Harness {
  readonly queue: RunQueue;
  readonly processes: Processes;
  readonly shell: Shell;
  /** Runs a script until nothing is left to do, background jobs included (or the steps are used up: status undefined). */
  run(script: string): Outcome;
  /** Starts a script without running it; `step` drives it. */
  begin(script: string): { step(steps: number): boolean; outcome(): Outcome };
}

/** A kernfs-like file that logs the writes it gets, one entry a write(2). */
export function recorder(mode = 0o644, answer: (data: string) => number = (data) => data.length): FileNode & { readonly writes: string[] } {
  const writes: string[] = [];
  return {
    kind: 'file',
    mode,
    kernfs: true,
    size: () => 4096,
    writes,
    snapshot: true,
    read: (offset, count) => 'online\n'.slice(offset, offset + count),
    *write(data) {
      writes.push(data);
      yield;
      return answer(data);
    },
  };
}

export function createHarness(files: Readonly<Record<string, string>> = {}, options: Partial<ShellOptions> & { sys?: DirNode } = {}): Harness {
  let stdout = '';
  let stderr = '';
  const queue = createRunQueue(1767225600, 100);
  const base = tmpfs(tmpfsFrom({ 'tmp/': '', 'root/': '', 'w/': '', ...files }), { now: () => Math.floor(queue.realtime()) });
  const bin = binDir(() => PROGRAMS);
  const root = mountTree(base, { dev: devDir({ write: () => undefined, read: () => '' }), bin, 'usr/bin': bin, sys: options.sys ?? dirOf(0o755, () => ({})) });
  const processes = createProcesses(queue, root, {
    write: (stream, bytes) => {
      if (stream === 1) stdout += bytes;
      else stderr += bytes;
    },
  });
  const shell = createShell({ processes, programs: PROGRAMS, name: 'bash', interactive: false, cwd: '/w', ...options });
  const begin: Harness['begin'] = (script) => {
    let status: number | undefined;
    stdout = '';
    stderr = '';
    queue.start(
      shell.process.pid,
      'bash',
      (function* () {
        status = yield* shell.run(script);
      })(),
    );
    return { step: (steps) => queue.run(steps), outcome: () => ({ stdout, stderr, status }) };
  };
  return {
    queue,
    processes,
    shell,
    begin,
    run(script) {
      const going = begin(script);
      going.step(2_000_000);
      return going.outcome();
    },
  };
}
