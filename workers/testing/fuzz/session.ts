/**
 * One fuzzed session: a machine is booted, told what a seed says (or a given list of steps), and looked at. A finding is a sentence; none means that every rule held.
 *
 * "The machine stays as it was" after a refused write means: every table of memory is the same word for word: frames, lists, pageblocks, zones, nodes, sections, blocks, sockets,
 * owners, page tables, parameters. What a refusal may leave behind is the clock, the trace, and the lines Linux itself logs.
 */
import { checkAgreements } from '../../machine/agreements.ts';
import { largeDigestOf, stateDigest } from '../../machine/digest.ts';
import { checkInvariants } from '../../machine/invariants.ts';
import { PHASE_MIGRATE, PHASE_SCAN } from '../../mm/memory_hotplug.ts';
import { M_NR_MIGRATED } from '../../mm/mm.ts';
import type { Machine } from '../../machine/types.ts';
import { createMachine } from '../../machine/machine.ts';
import { describeScenario } from '../../machine/describe.ts';
import { parseScenario } from '../../scenario/parse.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { createPrng } from '../../lib/prng.ts';
import { ERRNO, errnoName } from '../../uapi/errno.ts';
import { H_TIME_HI, H_TIME_LO, H_TRACE_HEAD } from '../../uapi/layout.ts';
import { EV } from '../../uapi/trace.ts';
import type { BootRequest } from '../../uapi/machine_description.ts';
import type { Edition } from '../../uapi/machine_description.ts';
import { generate, swarm } from './generate.ts';
import type { Step } from './step.ts';
import { terrainOf } from './terrain.ts';

export interface Session {
  readonly steps: readonly Step[];
  /** What was found after the last of the steps; undefined: nothing. */
  readonly finding: string | undefined;
}
export interface SessionOptions {
  readonly edition: Edition;
  /** Chooses the board and, where no steps are given, the steps. */
  readonly seed: number;
  /** How many steps to make up. */
  readonly length: number;
  /** These instead of made-up ones. */
  readonly steps?: readonly Step[];
  /** Invariants are looked at after every so many steps, and at the end. */
  readonly every?: number;
}

/** Boards differ by seed: nodes, sockets, devices, kernel command lines. In the words of a scenario. */
const BOARDS: readonly string[] = [
  'memory 512M\nsockets 3 maxmem=4G',
  'memory 512M\nsockets 3 maxmem=4G\nnode 0 512M\nnode 1 0\nboot movable_node',
  'memory 640M\nsockets 3 maxmem=4G\nboot movablecore=256M memory_hotplug.memmap_on_memory=1',
  'memory 512M\nsockets 2 maxmem=4G\nnode 0 384M\nnode 1 128M\nboot memory_hotplug.online_policy=auto-movable memhp_default_state=online',
  'memory 512M\nsockets 2 maxmem=4G\nvirtio-mem vm0 memdev=vmem0 size=1G requested=128M\nballoon balloon0\nmodules virtio-pci virtio-mem virtio-balloon\nboot memhp_default_state=online_movable',
];
/** Virtio devices came to x86 boards of the simulator with this edition's drivers. */
const HAS_VIRTIO: Readonly<Record<Edition, boolean>> = { '6.1': true, '3.11': false, '2.6.12-mhp': false };

/** The machine a seed stands for, as the head of a scenario. Throws if it cannot be. */
export function boardOf(edition: Edition, seed: number): Scenario {
  const boards = BOARDS.filter((board) => HAS_VIRTIO[edition] || !board.includes('virtio'));
  const parsed = parseScenario(`scenario 1\ntitle fuzz ${seed}\nedition ${edition}\n${boards[(seed >>> 0) % boards.length]}\n`);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.scenario;
}
function describeBoard(edition: Edition, seed: number): BootRequest {
  const described = describeScenario(boardOf(edition, seed));
  if (!described.ok) throw new Error(described.reason);
  return described.request;
}

/** A step that has not ended after so many events, or so much simulated time (ns), gets ^C; a machine that is busy after as many again never ends. */
const PATIENCE = 4_000;
/** Events after which it is looked whether pages still move. */
const SLICE = 200;
const PATIENCE_NS = 1e9;
const TRIES = 20;
/** Refusals after which nothing at all may have changed: the input itself was wrong. Others come after work was done and undone. */
const INVALID = new Set<number>([ERRNO.EINVAL, ERRNO.ENODEV, ERRNO.EIO, ERRNO.EACCES]);
/** EIO of this file is no word about the input: a page that is held was isolated, could not be moved, and went back to its list (3.11; session 866644915). */
const tried = (path: string, errno: number): boolean => errno === ERRNO.EIO && path.endsWith('/soft_offline_page');

/** Events in which its waking is looked for. */
const LOOK_BACK = 1000;
/** Is kswapd at work? The step's own processes may have woken it. */
function kswapdWorks({ header, trace }: Machine['kernel']['mm']['t']): boolean {
  const head = (header[H_TRACE_HEAD] as number) >>> 0;
  for (let n = head - 1; n >= Math.max(0, head - LOOK_BACK); n--) {
    const type = (trace.w2[n % trace.w2.length] as number) & 0xff;
    if (type === EV.mm_vmscan_kswapd_sleep) return false;
    if (type === EV.mm_vmscan_kswapd_wake) return true;
  }
  return false;
}
/** Did kswapd reclaim, or the OOM killer kill, since the trace's head was there? They work for others, who were woken or asked longer ago than LOOK_BACK. */
function reclaimedSince({ header, trace }: Machine['kernel']['mm']['t'], from: number): boolean {
  const head = (header[H_TRACE_HEAD] as number) >>> 0;
  for (let n = Math.max(from, head - trace.w2.length); n < head; n++) {
    const type = (trace.w2[n % trace.w2.length] as number) & 0xff;
    if (type === EV.mm_vmscan_kswapd_sleep || type === EV.mm_vmscan_lru_shrink_inactive || type === EV.mark_victim) return true;
  }
  return false;
}
/** Watches writes: a refusal of invalid input must leave every table as it found it. */
function auditWrites(machine: Machine, random: { below(n: number): number }, thorough: boolean): { readonly broken: () => string | undefined; readonly disturbed: () => void; quiet: boolean } {
  let broken: string | undefined;
  const { t } = machine.kernel.mm;
  let before: { readonly path: string; readonly digest: number; readonly frames: boolean; readonly head: number } | undefined;
  let open = 0;
  const audit = {
    broken: () => broken,
    /** Something else begins: of a write that is still under way nobody can say what it changed. */
    disturbed() {
      before = undefined;
    },
    quiet: false,
  };
  machine.kernel.audit = {
    begins(path) {
      // The frames are looked at now and then only: they are many. While something else works, nobody can say who changed what.
      const frames = thorough || random.below(16) === 0;
      before = open++ === 0 && audit.quiet && !kswapdWorks(t) ? { path, digest: stateDigest(t, frames), frames, head: (t.header[H_TRACE_HEAD] as number) >>> 0 } : undefined;
    },
    ends(path, ret) {
      open--;
      if (before?.path === path && INVALID.has(-ret) && !tried(path, -ret) && stateDigest(t, before.frames) !== before.digest && !reclaimedSince(t, before.head)) {
        broken ??= `a write to ${path} was refused with ${errnoName(-ret)} and changed the machine`;
      }
      before = undefined;
    },
  };
  return audit;
}

/** Whatever is written to frames and page tables is marked, or the machine's past does not see it (machine/changes.ts). */
function unmarked(machine: Machine): string | undefined {
  return machine.largeDigest() === largeDigestOf(machine.kernel.mm.t) ? undefined : 'a frame or a page table changed, and PAGEBLOCK.dirty, .generation or PTE_CHUNK.dirty do not say so';
}
/** Lets the machine work for a while; an offline that tries again and moves nothing, and what goes on behind an ended command, get less of it. True: there is more to do. */
function work(machine: Machine, command = -1): boolean {
  const { header, misc, task } = machine.kernel.mm.t;
  const now = (): number => (header[H_TIME_HI] as number) * 2 ** 32 + ((header[H_TIME_LO] as number) >>> 0);
  const end = now() + PATIENCE_NS;
  for (let events = 0; events < PATIENCE && now() < end; events += SLICE) {
    const moved = misc.word[M_NR_MIGRATED];
    const stuck = task.phase.some((phase) => phase === PHASE_SCAN || phase === PHASE_MIGRATE);
    if (!machine.run(SLICE, end)) return false;
    if (command >= 0 && ((stuck && misc.word[M_NR_MIGRATED] === moved) || (events > 0 && machine.status(command) !== undefined))) return true;
  }
  return true;
}
/** Lets a step happen; value: what went wrong with it. */
function perform(machine: Machine, step: Step): { readonly finding?: string; readonly quiet: boolean } {
  const { submit } = machine;
  const accepted = submit(step.command);
  if (!accepted.ok) return { finding: `the command was not accepted: ${accepted.reason}`, quiet: false };
  if (step.after !== undefined) {
    machine.run(step.after);
    return { quiet: false };
  }
  let more = work(machine, accepted.id);
  for (let tries = 0; machine.status(accepted.id) === undefined && !machine.idle() && tries < 4; tries++) {
    submit({ type: 'signal', signal: tries === 3 ? 'SIGKILL' : 'SIGINT' });
    more = work(machine, accepted.id);
  }
  return { quiet: !more };
}
/** Whoever holds memory gives it back; free huge pages of a pool in the block would take in the ones that leave it, for ever. */
function makeRoom(machine: Machine): void {
  machine.submit({ type: 'shell', line: 'kill -9 $(pgrep "^(mh|workload)"); echo 0 > /proc/sys/vm/nr_hugepages' });
  if (machine.qemu.balloon !== undefined) machine.submit({ type: 'qmp', execute: 'balloon', arguments: { value: 2 ** 40 } });
}
const FOREVER = 'an offline goes on for ever';
/**
 * ACPI's worker takes offline what nothing can leave: a page of ZONE_NORMAL goes to another node first, and those have ZONE_MOVABLE alone. do_migrate_range() of 6.1 tries for ever then, and
 * no signal reaches a worker: it is what Linux does, not a finding.
 */
function triesForEver(machine: Machine): boolean {
  const { misc, task } = machine.kernel.mm.t;
  const offlines = (): boolean => task.phase.some((phase) => phase === PHASE_SCAN || phase === PHASE_MIGRATE);
  const moved = misc.word[M_NR_MIGRATED];
  return offlines() && work(machine) && offlines() && misc.word[M_NR_MIGRATED] === moved;
}
/** Everything under way comes to its end; FOREVER: but an eject, which has none. */
function settle(machine: Machine): string | undefined {
  for (let tries = 0; tries < TRIES; tries++) {
    if (!work(machine)) return undefined;
    machine.submit({ type: 'signal', signal: 'SIGINT' });
    // ^C is not for what runs in the background, and ACPI's worker takes no signals at all: an eject that finds no room goes on for ever, as Linux's does.
    if (tries % 4 === 3) machine.submit({ type: 'shell', line: 'kill -9 $(jobs -p)' });
    if (tries === TRIES / 2) makeRoom(machine);
  }
  if (triesForEver(machine)) return FOREVER;
  return `something is still running after ${TRIES * PATIENCE} events and as many signals`;
}

export function runSession(options: SessionOptions): Session {
  const { edition, seed, length, every = 16 } = options;
  const booted = createMachine(describeBoard(edition, seed));
  if (!booted.ok) throw new Error(booted.reason);
  const { machine } = booted;
  const random = createPrng(seed);
  const kinds = swarm(random);
  const terrain = terrainOf(machine);
  const audit = auditWrites(machine, createPrng(seed ^ 0x0a0d17), every === 1);
  const steps: Step[] = [];
  const inspect = (): string | undefined => audit.broken() ?? [...checkInvariants(machine.kernel.mm), ...checkAgreements(machine.kernel)][0] ?? unmarked(machine);
  const total = options.steps?.length ?? length;
  try {
    for (let i = 0; i < total; i++) {
      const step = options.steps?.[i] ?? generate(random, kinds, terrain);
      steps.push(step);
      audit.disturbed();
      const done = perform(machine, step);
      // Devices that give and take memory work when they like.
      audit.quiet = done.quiet && machine.qemu.virtioMem.length === 0;
      let finding = done.finding ?? audit.broken();
      if (finding === undefined && ((i + 1) % every === 0 || i + 1 === total)) finding = settle(machine) ?? inspect();
      // What would follow could not be told from it; a block that is going offline agrees with nothing yet.
      if (finding === FOREVER) return { steps, finding: checkInvariants(machine.kernel.mm)[0] ?? unmarked(machine) };
      if (finding !== undefined) return { steps, finding };
    }
  } catch (error) {
    return { steps, finding: `the machine threw: ${(error as Error).stack?.split('\n').slice(0, 4).join(' | ') ?? String(error)}` };
  }
  return { steps, finding: undefined };
}
