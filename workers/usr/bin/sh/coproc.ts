/** `coproc NAME command`: a background job with a pipe to its input and one from its output. */
import { closeFd, get, install, lowestFree, openPipe, type OpenFile, put } from '../../../kernel/file.ts';
import type { Kthread } from '../../../kernel/kthread.ts';
import { makePipe } from '../../../kernel/pipe.ts';
import type { Coproc } from './ast.ts';
import { addJob } from './jobs.ts';
import { complain, type Sh } from './shell.ts';
import { forkShell, runForked } from './subshell.ts';
import { assign, setArray } from './vars.ts';

/** The shell's ends stay away from low numbers, as bash's do. */
const FIRST_FD = 60;

function give(sh: Sh, file: OpenFile): number {
  let fd = FIRST_FD + 3;
  while (sh.process.fds.has(fd) && fd > 10) fd--;
  install(sh.process.fds, fd > 10 ? fd : lowestFree(sh.process.fds, 10), file);
  return fd;
}
export function* runCoproc(sh: Sh, node: Coproc): Kthread<void> {
  sh.at = node.pos;
  const name = node.name?.value ?? 'COPROC';
  const { body } = node;
  if (body.type === 'CompoundList') {
    yield* complain(sh, 'coproc: a command is missing');
    sh.state.status = 2;
    return;
  }
  const child = forkShell(sh, true);
  const input = makePipe();
  const output = makePipe();
  install(child.process.fds, 0, openPipe(input, true, false));
  install(child.process.fds, 1, openPipe(output, false, true));
  const from = get(openPipe(output, true, false));
  const to = get(openPipe(input, false, true));
  const fds = [give(sh, from), give(sh, to)];
  put(from);
  put(to);
  // The shell's own ends are not the child's.
  for (const fd of fds) closeFd(child.process.fds, fd);
  child.process.name = 'bash';
  child.process.background = true;
  sh.system.processes.start(child.process, runForked(child, child.interpreter.runNode(child, body), true));
  addJob(sh, [child.process], `coproc ${sh.source.text.slice(body.pos, body.end)}`);
  sh.state.lastBackground = child.process.pid;
  setArray(sh, name, fds.map(String));
  assign(sh, `${name}_PID`, String(child.process.pid));
  sh.state.status = 0;
}
