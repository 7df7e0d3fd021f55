/**
 * Builds of a kernel in a loop, as memory sees them: so many compilers at a time, each with its driver and its assembler; sources and headers read through the page cache; objects and the
 * compilers' own files written; git, which asks the disk about each source file before a build; the linker, which reads all objects and takes more memory than a compiler; `make clean`.
 * Other programs of the computer hold their share meanwhile. How long a compiler runs is that of the test these builds are compared with (Weiner, RFC of 2023-04-18): 265 s for one build.
 */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import type { Program, Sys } from '../../program.ts';
import { createPrng } from '../../prng.ts';
import { fatal, Heap, memTotal, PAGE, waitFor, type Work, writeSome } from './workload-parts.ts';

const SOURCES = '/srv/linux';
const SOURCE_DIRS = 4900;
const SOURCE_FILES = 16;
/** Headers that the sources share, and how many of them a source reads. (With its own headers' headers it reads several hundred; what matters is that all are read again and again.) */
const HEADERS = 4000;
const INCLUDES = 100;
/** A compiler from start to end, and its assembler: eight at a time make 2700 objects in 265 s. */
const COMPILE_NS = 700_000_000;
const ASSEMBLE_NS = 80_000_000;
const LINK_NS = 6_000_000_000;
/** Of a zone of 1 GiB and more. */
const PCP_BATCH = 63;
/** An assembler, and the linker, to a compiler. */
const ASSEMBLER_SHARE = 0.08;
const LINKER_SHARE = 2;
/** KiB of an object at most; the assembler's source is so many times as large. */
const OBJECT_KB = 120;
const ASSEMBLY = 3;
const COMMAND_BYTES = 6000;
const MAKE_LOOKS_NS = 20_000_000;
const GIT_YIELDS = 64;
/** Objects of the kernel for a process that runs a program. Source: copy_process(), load_elf_binary(); a compiler with its libraries has about forty mappings. */
const PROCESS = { task_struct: 1, mm_struct: 1, signal_cache: 1, sighand_cache: 1, files_cache: 1, cred_jar: 2, vm_area_struct: 40, maple_node: 8, anon_vma: 20, anon_vma_chain: 30, filp: 6 } as const;

const sourcePath = (n: number): string => `${SOURCES}/d${String(Math.floor(n / SOURCE_FILES) % SOURCE_DIRS).padStart(4, '0')}/f${String(n % SOURCE_FILES).padStart(2, '0')}`;
const objectPath = (build: string, n: number): string => `${build}/d${Math.floor(n / 64)}/o${n}`;

/** One build's settings. */
interface Build {
  readonly dir: string;
  readonly jobs: number;
  readonly objects: number;
  readonly files: number;
  /** Pages of a compiler at most. */
  readonly pages: number;
}

/** A process with what the kernel keeps for it. */
const running = (w: Work, body: (own: Work) => Kthread<number>): Program => function* (proc) {
  const { sys } = proc;
  const own: Work = { ...w, proc, sys, pid: sys.getpid(), random: createPrng(w.random.below(2 ** 31 - 1)) };
  for (const [cache, count] of Object.entries(PROCESS)) if (w.calls.objects(own.pid, cache, count, () => 0) < 0) return 1;
  return (yield* body(own)) < 0 ? 1 : 0;
};
function start(w: Work, body: (own: Work) => Kthread<number>): number {
  return w.proc.fork?.(running(w, body)) ?? -ERRNO.ENOSYS;
}
/** Starts a process and waits for its end. */
function* run(w: Work, body: (own: Work) => Kthread<number>): Kthread<number> {
  const pid = start(w, body);
  if (pid < 0) return pid;
  yield* waitFor(w.sys, [pid], MAKE_LOOKS_NS);
  return 0;
}

/** Grows to so many pages in the given time, as many at once as a processor's own list has: what runs on the others takes its pages in between. */
function* growOver({ calls, pid, sys }: Work, pages: number, ns: number): Kthread<number> {
  for (let left = pages; left > 0; left -= PCP_BATCH) {
    const made = yield* calls.mmap(pid, Math.min(left, PCP_BATCH) * PAGE, {});
    if (typeof made === 'number') return made;
    yield* sys.nanosleep((ns * PCP_BATCH) / pages);
  }
  return 0;
}
/** cc1: reads a source and its headers, grows, writes the assembler's source. */
function* compile(w: Work, build: Build, n: number, assembly: string, bytes: number): Kthread<number> {
  const { calls, random } = w;
  if (fatal(yield* calls.readahead(sourcePath(n * 7)))) return -ERRNO.EIO;
  for (let i = 0; i < INCLUDES; i++) if (fatal(yield* calls.readahead(sourcePath(SOURCE_DIRS * SOURCE_FILES - 1 - random.below(HEADERS))))) return -ERRNO.EIO;
  // Most are small: half of the largest has one of four.
  const failed = yield* growOver(w, Math.ceil((build.pages * (1 + random.below(100)) * (1 + random.below(100))) / 10_000), COMPILE_NS);
  return failed < 0 ? failed : yield* writeSome(w.sys, assembly, 0, bytes * ASSEMBLY);
}
/** gcc: runs the compiler, then the assembler, and takes away what was between them. */
function* gcc(w: Work, build: Build, n: number): Kthread<number> {
  const { sys, random, pid } = w;
  const assembly = `/srv/cc${pid}.s`;
  const bytes = 1024 * (1 + random.below(OBJECT_KB));
  yield* run(w, (cc1) => compile(cc1, build, n, assembly, bytes));
  yield* run(w, function* (as) {
    if (fatal(yield* as.calls.readahead(assembly))) return -ERRNO.EIO;
    const failed = yield* growOver(as, Math.ceil(build.pages * ASSEMBLER_SHARE), ASSEMBLE_NS);
    return failed < 0 ? failed : yield* writeSome(as.sys, objectPath(build.dir, n), 0, bytes);
  });
  sys.unlink(assembly);
  return yield* writeSome(sys, `${objectPath(build.dir, n)}.cmd`, 0, COMMAND_BYTES);
}
/** Is each source file as git knows it? Source: scripts/setlocalversion. */
function* git({ sys }: Work, files: number): Kthread<number> {
  for (let n = 0; n < files; n++) {
    sys.lstat(sourcePath(n));
    if (n % GIT_YIELDS === 0) yield;
  }
  return 0;
}
/** The sources come to the disk: names and inodes among the pages of their files, until memory is full of them. */
function* unpack({ calls }: Work, files: number): Kthread<number> {
  for (let n = 0; n < files; n++) {
    if (fatal(yield* calls.readahead(sourcePath(n)))) return -ERRNO.EIO;
    if (n % GIT_YIELDS === 0) yield;
  }
  return 0;
}
function* link(w: Work, build: Build): Kthread<number> {
  for (let n = 0; n < build.objects; n++) if (fatal(yield* w.calls.readahead(objectPath(build.dir, n)))) return -ERRNO.EIO;
  const failed = yield* growOver(w, build.pages * LINKER_SHARE, LINK_NS);
  return failed < 0 ? failed : yield* writeSome(w.sys, `${build.dir}/vmlinux`, 0, build.pages * PAGE);
}
function clean(sys: Sys, build: Build): void {
  for (let n = 0; n < build.objects; n++) {
    sys.unlink(objectPath(build.dir, n));
    sys.unlink(`${objectPath(build.dir, n)}.cmd`);
  }
  sys.unlink(`${build.dir}/vmlinux`);
}

/** One build until it is done or it is `end` (ns since boot). 0 or -errno. */
function* make(w: Work, build: Build, end: number): Kthread<number> {
  const { sys } = w;
  yield* run(w, (own) => git(own, build.files));
  const slots: number[] = [];
  for (let n = 0; n < build.objects || slots.length > 0; ) {
    for (let at = slots.length - 1; at >= 0; at--) if (sys.kill(slots[at] as number, 0) < 0) slots.splice(at, 1);
    const late = sys.clock_monotonic() >= end;
    if (late && slots.length === 0) return 0;
    while (!late && slots.length < build.jobs && n < build.objects) {
      const object = n++;
      const pid = start(w, (own) => gcc(own, build, object));
      if (pid < 0) return pid;
      slots.push(pid);
    }
    if ((yield* sys.nanosleep(MAKE_LOOKS_NS)) < 0) return -ERRNO.EINTR;
  }
  return yield* run(w, (own) => link(own, build));
}

export function* runBuilds(w: Work): Kthread<number> {
  const { sys, pid } = w;
  const build: Build = { dir: `/srv/build.${pid}`, jobs: w.number('jobs'), objects: w.number('objects'), files: w.number('files'), pages: w.number('size') / PAGE };
  sys.mkdir(build.dir, 0o755);
  for (let n = 0; n < build.objects; n += 64) sys.mkdir(`${build.dir}/d${n / 64}`, 0o755);
  const others = new Heap(w);
  const filled = yield* others.to(Math.floor(((yield* memTotal(sys)) * 1024 * w.number('others')) / 100 / PAGE));
  if (filled < 0) return filled;
  if (w.word('unpack') === 'yes') {
    const unpacked = yield* run(w, (own) => unpack(own, build.files));
    if (unpacked < 0) return unpacked;
  }
  const minutes = w.number('minutes');
  const end = minutes === 0 ? Number.POSITIVE_INFINITY : sys.clock_monotonic() + minutes * 60e9;
  for (;;) {
    const failed = yield* make(w, build, end);
    if (failed < 0 || minutes === 0 || sys.clock_monotonic() >= end) return failed;
    clean(sys, build);
  }
}
