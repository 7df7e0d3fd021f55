/** mh, the workload program of the recordings: exact writes with errno and time, signals during a write, memory of several kinds, and where a process's pages are. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, errnoName, strerror } from '../../../uapi/errno.ts';
import { readFile, type Program } from '../../program.ts';
import { program, type Tool } from '../text/io.ts';
import type { AnonOptions, MhApi, Residency } from './mh-kernel.ts';
import { resting } from './resting.ts';
import { attribute, blockSize, MEMORY_DIR } from './util-linux.ts';

const MS = 1_000_000;
/** A write that took longer is told with its time. */
const SLOW_MS = 1000;
const PAGE = 4096;
const DEFAULT_BLOCK = 2 ** 27;
const SIGKILL = 9;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0', r: '\r' };
const unescaped = (text: string): string => text.replace(/\\(.)/gs, (_, c: string) => ESCAPES[c] ?? c);
/** atoi(3). */
const integer = (text: string | undefined): number => Number.parseInt(text ?? '', 10) || 0;

/** `op ret=N [errno=E NAME (text)] [ms=T]`; milliseconds below zero are not told. */
function report(tool: Tool, op: string, result: number, ms = -1): void {
  const failed = result < 0 ? ` errno=${-result} ${errnoName(result)} (${strerror(result)})` : '';
  tool.put(`${op} ret=${Math.max(result, -1)}${failed}${ms >= 0 ? ` ms=${ms}` : ''}\n`);
}
const now = (tool: Tool): number => Math.floor(tool.sys.clock_monotonic() / MS);

/** mh write PATH TEXT, and writesig PATH TEXT MS SIGNAL: one write(2) of exactly these bytes, with a signal to itself after a while. */
function* write(tool: Tool, path: string, text: string, signal?: { readonly ms: number; readonly number: number }): Kthread<number> {
  const came = signal && tool.proc.catchSignal?.(signal.number);
  const fd = tool.sys.open(path, { write: true });
  if (fd < 0) {
    report(tool, 'open', fd);
    return 1;
  }
  if (signal) {
    const me = tool.sys.getpid();
    tool.proc.fork?.(function* (child) {
      yield* child.sys.nanosleep(signal.ms * MS);
      child.sys.kill(me, signal.number);
      return 0;
    });
  }
  const start = now(tool);
  const result = yield* tool.sys.write(fd, unescaped(text));
  const ms = now(tool) - start;
  report(tool, 'write', result, signal || ms > SLOW_MS ? ms : -1);
  if (signal) tool.put(`signal_seen=${(came?.() ?? 0) > 0 ? signal.number : 0}\n`);
  return result < 0 ? 1 : 0;
}
function* read(tool: Tool, path: string): Kthread<number> {
  const fd = tool.sys.open(path, { read: true });
  if (fd < 0) {
    report(tool, 'open', fd);
    return 1;
  }
  const got = yield* tool.sys.read(fd, 2 ** 20);
  report(tool, 'read', typeof got === 'number' ? got : got.length);
  if (typeof got === 'string') tool.put(got);
  return typeof got === 'number' ? 1 : 0;
}
/** Runs a command; perror(3) and 127 where it cannot be run. */
function* run(tool: Tool, argv: readonly string[], uid?: number): Kthread<number> {
  yield* tool.flush();
  const status = tool.proc.spawn ? yield* tool.proc.spawn(argv, uid === undefined ? {} : { uid }) : -ERRNO.ENOSYS;
  if (status >= 0) return status;
  yield* tool.stderr(`${argv[0]}: ${strerror(status)}\n`);
  return 127;
}
function* time(tool: Tool, argv: readonly string[]): Kthread<number> {
  const start = now(tool);
  const status = yield* run(tool, argv);
  tool.put(`[${now(tool) - start} ms]\n`);
  return status > 128 ? 99 : status;
}

function* where(tool: Tool, pid: number, length: number, at: Residency | null): Kthread<void> {
  if (at === null) yield* tool.stderr('pagemap: Success\n');
  const bytes = blockSize((yield* attribute(tool.sys, `${MEMORY_DIR}/block_size_bytes`)) ?? '');
  const page = at?.page_size ?? PAGE;
  const pages = Math.floor(length / page);
  const perBlock = Number(bytes ?? DEFAULT_BLOCK) / page;
  const histogram = new Map<number, number>();
  for (const pfn of at?.pfns ?? []) {
    const block = Math.floor(pfn / perBlock);
    histogram.set(block, (histogram.get(block) ?? 0) + 1);
  }
  const blocks = [...histogram].sort(([a], [b]) => a - b).map(([block, n]) => ` block${block}:${n}`).join('');
  const swapped = at?.swapped ?? 0;
  const absent = at === null ? 0 : pages - at.pfns.length - swapped;
  tool.put(`pid=${pid} pages=${pages} firstpfn=0x${(at?.pfns[0] ?? 0).toString(16)}${blocks}${absent > 0 ? ` notpresent:${absent}` : ''}${swapped > 0 ? ` swap:${swapped}` : ''}\n`);
}
function* whereCommand(tool: Tool, api: MhApi | undefined, pidText: string): Kthread<number> {
  const note = `/tmp/mh.${pidText}`;
  const text = yield* readFile(tool.sys, note);
  const m = typeof text === 'string' ? /^\s*([0-9a-f]+)\s+([0-9a-f]+)/.exec(text) : null;
  if (!m) {
    tool.put(`no ${note}\n`);
    return 1;
  }
  const pid = integer(pidText);
  const at = api ? yield* api.where(pid) : -ERRNO.ENOENT;
  if (typeof at === 'number') {
    yield* tool.stderr(`/proc/${pid}/pagemap: ${strerror(at)}\n`);
    return 1;
  }
  yield* where(tool, pid, Number.parseInt(m[2] as string, 16), at);
  return 0;
}

function optionsOf(words: readonly string[]): AnonOptions {
  const has = (word: string): boolean => words.includes(word);
  const thp = words.findLast((w) => w === 'thp' || w === 'nothp');
  const file = words.findLast((w) => w.startsWith('file='))?.slice(5);
  return {
    mlock: has('mlock'), thp: thp === 'thp' ? 'always' : thp === 'nothp' ? 'never' : 'default', hugetlb: has('hugetlb') || has('hugetlb1g'), gigantic: has('hugetlb1g'), pin: has('pin') || has('pinfirst'),
    splice: has('splice'), shared: has('shared'),
    ...(file !== undefined && { file }),
  };
}
/** The workload's own process: lets go of the terminal and pipes, as a daemon does (^C is not for it), and sleeps until a signal ends it. */
const paused: Program = function* (proc) {
  for (const fd of [0, 1, 2]) proc.sys.close(fd);
  return yield* resting(proc);
};
/** mh anon MIB WORD…, anonkb KIB WORD…: a process of its own that keeps the memory; its ready line is printed here. */
function* anon(tool: Tool, api: MhApi | undefined, bytes: number, words: readonly string[]): Kthread<number> {
  if (!api || !tool.proc.fork) {
    tool.put(`mmap errno=${ERRNO.ENOSYS} ENOSYS\n`);
    return 1;
  }
  const pid = tool.proc.fork(paused);
  const made = yield* api.anon(pid, bytes, optionsOf(words));
  if ('signal' in made) {
    tool.put(`FAILED (child died)\nstatus=0x${made.signal.toString(16)}\n`);
    tool.sys.kill(pid, SIGKILL);
    return 1;
  }
  if ('failed' in made) {
    const name = made.failed === 'io_uring_setup' ? '' : ` ${errnoName(made.errno)}`;
    tool.put(`${made.failed} errno=${Math.abs(made.errno)}${name}\n`);
    tool.sys.kill(pid, SIGKILL);
    return 1;
  }
  const note = tool.sys.open(`/tmp/mh.${pid}`, { write: true, create: true, truncate: true }, 0o666);
  if (note >= 0) {
    yield* tool.sys.write(note, `${made.address.toString(16)} ${bytes.toString(16)}\n`);
    tool.sys.close(note);
  }
  const at = yield* api.where(pid);
  if (typeof at === 'number') {
    yield* tool.stderr(`/proc/${pid}/pagemap: ${strerror(at)}\n`);
    return 1;
  }
  yield* where(tool, pid, bytes, at);
  return 0;
}

/** mh atomic ORDER COUNT: a process for which the kernel holds chunks that were asked for from an interrupt. */
function* atomic(tool: Tool, api: MhApi | undefined, order: number, count: number): Kthread<number> {
  if (order < 0 || order > 10) {
    yield* tool.stderr(`mh: atomic: order ${order}: the allocator has orders 0 to 10\n`);
    return 2;
  }
  if (!api || !tool.proc.fork) {
    tool.put(`atomic errno=${ERRNO.ENOSYS} ENOSYS\n`);
    return 1;
  }
  const pid = tool.proc.fork(paused);
  const got = yield* api.atomic(pid, order, count);
  tool.put(`pid=${pid} order=${order} chunks=${got}\n`);
  return got === count ? 0 : 1;
}

/** @param api memory of processes; undefined where the machine has none to give */
export const mhProgram = (api?: MhApi): Program => program(function* (tool) {
  const [command, ...v] = tool.args;
  const [one = '', two = ''] = v;
  switch (command) {
    case undefined: return 2;
    case 'write': return yield* write(tool, one, two);
    case 'writesig': return yield* write(tool, one, two, { ms: integer(v[2]), number: integer(v[3]) });
    case 'read': return yield* read(tool, one);
    case 'asuid': return yield* run(tool, v.slice(1), integer(one));
    case 'time': return yield* time(tool, v);
    case 'atomic': return yield* atomic(tool, api, integer(one), integer(two));
    case 'where': return yield* whereCommand(tool, api, one);
    default:
  }
  if (v.length === 0) return 2;
  const size = /^0x[0-9a-f]+|^\d+/i.exec(one)?.[0];
  if (command === 'anon') return yield* anon(tool, api, Number(size ?? 0) * 2 ** 20, v.slice(1));
  if (command === 'anonkb') return yield* anon(tool, api, Number(size ?? 0) * 2 ** 10, v.slice(1));
  yield* tool.stderr('usage\n');
  return 2;
});
