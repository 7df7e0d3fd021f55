/**
 * Entry of a process that measures one machine: node FILE boot GIB, or node FILE work GIB FILL (FILL 1: all of its memory is in use). One line of JSON. The second has one machine only, as
 * the page's worker has: V8 compiles a closure's constants in only while there is one of it (research, §2).
 */
import '../../../usr/bin/user_space.ts';
import { describeMachine } from '../../../init/firmware.ts';
import { runToEnd } from '../../../kernel/kthread.ts';
import { createMachine } from '../../../machine/machine.ts';
import type { Machine } from '../../../machine/types.ts';
import { createProcessVm } from '../../../mm/process_vm.ts';
import { ALL_NODES } from '../../../mm/page_alloc.ts';
import { H_GENERATION } from '../../../uapi/layout.ts';
import { MEM_STATE_ONLINE } from '../../../uapi/memory_block.ts';
import { MIGRATE_MOVABLE, ZONE_NORMAL } from '../../../uapi/mmzone.ts';
import { KIND_ANON } from '../../../uapi/page_kind.ts';
import { collectPatch, START } from '../../../uapi/patch.ts';
import type { BootFigures, WorkFigures } from './run.ts';

const MiB = 2 ** 20;
/** The same block on every machine: else Linux makes them larger from 64 GiB on, and to take one offline is more work. */
const BLOCK = 128 * MiB;
const PAIRS = 1_000_000;
const PID = 1000;
/** Operations that take long are done so often; the fastest counts. */
const TIMES = 9;

function boot(gib: number, blockSize?: number): Machine {
  const described = describeMachine({ title: 'bench', qemu_args: ['-m', `${gib}G`] });
  if (!described.ok) throw new Error(described.reason);
  const booted = createMachine({ description: { ...described.description, ...(blockSize !== undefined && { blockSize }) } });
  if (!booted.ok) throw new Error(booted.reason);
  return booted.machine;
}
/** Processor time of this process, ms: what other programs take does not count. */
function clock(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
/** ms of the fastest of some runs; `before` each, something small happens. */
function fastest(times: number, work: () => void, before: () => void = () => {}): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    before();
    const begun = clock();
    work();
    best = Math.min(best, clock() - begun);
  }
  return best;
}
/** Exit status of a line. */
function shell(machine: Machine, line: string): number {
  const accepted = machine.submit({ type: 'shell', line, fresh: true });
  if (!accepted.ok) throw new Error(accepted.reason);
  while (machine.status(accepted.id) === undefined && machine.run(4096));
  return machine.status(accepted.id) ?? -1;
}
/** Offline and online again; both ended well. */
const cycle = (machine: Machine, id: number): boolean =>
  ['offline', 'online'].every((word) => shell(machine, `echo ${word} > /sys/devices/system/memory/memory${id}/state`) === 0);

function measureBoot(gib: number): BootFigures {
  // V8 compiles boot on a small machine; what the machine under test holds is then its own.
  boot(1);
  boot(1);
  const rss = process.memoryUsage().rss;
  const begun = clock();
  const machine = boot(gib);
  const bootMs = clock() - begun;
  const residentMiB = (process.memoryUsage().rss - rss) / MiB;
  return { bootMs, residentMiB, firstPullMs: fastest(1, () => { collectPatch(machine.kernel.mm.t, START); }) };
}

function measureWork(gib: number, fill: boolean): WorkFigures {
  const machine = boot(gib, BLOCK);
  const { mm, buddy } = machine.kernel;
  let fillNs: number | undefined;
  if (fill) {
    const vm = createProcessVm(machine.kernel);
    vm.start(PID, 'bench');
    // What is left is room to move a block to, and what the kernel keeps for itself.
    const pages = mm.t.zone.nr_free_pages.reduce((sum, n) => sum + n, 0) - (4 * BLOCK) / 4096 - mm.t.zone.watermark_high.reduce((sum, n) => sum + n, 0);
    fillNs = (fastest(1, () => { runToEnd(vm.mmap(PID, pages)); }) * 1e6) / pages;
  }
  function pairs(n: number): void {
    for (let i = 0; i < n; i++) buddy.free_pages(buddy.__alloc_pages(0, MIGRATE_MOVABLE, ZONE_NORMAL, 0, ALL_NODES, KIND_ANON), 0);
  }
  const pairNs = (fastest(TIMES, () => { pairs(PAIRS); }) * 1e6) / PAIRS;
  let block = mm.t.memory_block.state.length - 1;
  while (block > 0 && (mm.t.memory_block.state[block] !== MEM_STATE_ONLINE || !cycle(machine, block))) block--;
  const cycleMs = fastest(TIMES, () => { cycle(machine, block); });

  /** A command, a slice that is published, a page that changes. */
  function little(): void {
    shell(machine, ':');
    mm.t.header[H_GENERATION] = (mm.t.header[H_GENERATION] as number) + 1;
    pairs(1);
  }
  const firstDigestMs = fastest(1, () => { machine.digest(); });
  const digestMs = fastest(TIMES, () => { machine.digest(); }, little);
  const firstKeyframeMs = fastest(1, () => { machine.keyframe(); });
  const keyframeMs = fastest(TIMES, () => { machine.keyframe(); }, little);
  let { cursor } = collectPatch(mm.t, { generation: mm.t.header[H_GENERATION] as number, trace: 0, text: 0 });
  const pullMs = fastest(TIMES, () => { ({ cursor } = collectPatch(mm.t, cursor)); }, little);
  return { pairNs, cycleMs, digestMs, keyframeMs, pullMs, firstDigestMs, firstKeyframeMs, ...(fillNs !== undefined && { fillNs }) };
}

const [what, gib, fill] = process.argv.slice(2);
console.log(JSON.stringify(what === 'boot' ? measureBoot(Number(gib)) : measureWork(Number(gib), fill === '1')));
