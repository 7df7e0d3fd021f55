/**
 * systemd-udevd: runs the rules for every uevent of the kernel, one after the other, and sends the event on with what the rules added. Complaints go to the kernel log, as they do
 * before a journal runs.
 * Left out: workers that run side by side, its database, device nodes and links, network names, builtins. Why: memory and its nodes have none of these.
 */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { Program, Sys } from '../../program.ts';
import { getopt } from '../text/getopt.ts';
import { program } from '../text/io.ts';
import { setAttribute } from './device.ts';
import { loadRules, newEvent, processEvent, rulesStamp } from './run.ts';
import { daemonPid, listen, receive, RUN_DIR, send, seqnums, SIGNALS } from './socket.ts';

/** Files of rules are looked at again at most this often (ns). */
const LOOK_EVERY = 3e9;

function* note(sys: Sys, path: string, text: string): Kthread<void> {
  const fd = sys.open(path, { write: true, create: true, truncate: true }, 0o644);
  if (fd < 0) return;
  yield* sys.write(fd, text);
  sys.close(fd);
}

const daemon: Program = function* (proc) {
  const { sys } = proc;
  const nothing = sys.open('/dev/null', { read: true, write: true });
  for (const fd of [0, 1, 2]) sys.dup2(nothing, fd);
  sys.close(nothing);
  const hangups = proc.catchSignal?.(SIGNALS.HUP) ?? (() => 0);
  const complaints: string[] = [];
  const say = (message: string): void => { complaints.push(message); };
  const flush = function* (): Kthread<void> {
    for (const message of complaints.splice(0)) yield* setAttribute(sys, '/dev/kmsg', `systemd-udevd[${sys.getpid()}]: ${message}`);
  };
  const fd = listen(sys, 'kernel');
  yield* note(sys, `${RUN_DIR}/seqnum`, String((yield* seqnums(sys)).kernel));
  let rules = yield* loadRules(sys, say);
  let stamp = rulesStamp(sys);
  let looked = sys.clock_monotonic();
  yield* flush();
  if (fd < 0) return 1;
  for (let heard = 0; ; ) {
    const message = yield* receive(sys, fd);
    const asked = hangups();
    const now = sys.clock_monotonic();
    if (asked > heard || now - looked >= LOOK_EVERY) {
      looked = now;
      const fresh = rulesStamp(sys);
      if (asked > heard || fresh !== stamp) rules = yield* loadRules(sys, say);
      stamp = fresh;
      heard = asked;
    }
    if (typeof message !== 'number') {
      const event = newEvent(proc, message.properties, say, false);
      yield* processEvent(event, rules);
      yield* send(sys, new Map([...event.properties].filter(([key]) => !key.startsWith('.'))));
      yield* note(sys, `${RUN_DIR}/seqnum`, message.properties.get('SEQNUM') ?? '0');
    }
    yield* flush();
  }
};

export const udevd = program(function* (tool) {
  const { options } = yield* getopt(tool, { short: 'dDc:e:t:N:hV', long: { daemon: { key: 'd' }, debug: { key: 'D' }, help: { key: 'h' }, version: { key: 'V' } } }, 'systemd-udevd [OPTIONS...]');
  if (options.some(([key]) => key === 'V')) {
    tool.put('252 (252.36-1~deb12u1)\n');
    return 0;
  }
  if ((yield* daemonPid(tool.sys)) > 0) return yield* tool.die('Failed to listen on fds: Address already in use');
  if (!tool.proc.fork) return yield* tool.die('Failed to fork daemon process: Function not implemented');
  const pid = tool.proc.fork(daemon);
  yield* note(tool.sys, `${RUN_DIR}/pid`, String(pid));
  return 0;
});
