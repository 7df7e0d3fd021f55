import { runToEnd } from '../../kernel/kthread.ts';
import type { Machine } from '../../machine/types.ts';
import { createProcessVm } from '../../mm/process_vm.ts';
import { KIND_ANON, KIND_MASK } from '../../uapi/page_kind.ts';
import type { Bench } from './bench.ts';
import { bootQemu } from './boot.ts';

const PAGES = 32768;
/** Half of the Movable zone of this machine belongs to one process: some block is full of it, and there is room to move it. */
const MEMORY = '4G';
const CMDLINE = 'movablecore=1G';
const ANON_PAGES = 131_072;
const PID = 1000;

function filled(): { machine: Machine; block: number } {
  const machine = bootQemu(MEMORY, CMDLINE);
  const vm = createProcessVm(machine.kernel);
  vm.start(PID, 'bench');
  runToEnd(vm.mmap(PID, ANON_PAGES));
  const { kind } = machine.kernel.mm.t.memmap;
  const full = (block: number): boolean => kind.subarray(block * PAGES, (block + 1) * PAGES).every((k) => (k & KIND_MASK) === KIND_ANON);
  for (let block = kind.length / PAGES - 1; block > 0; block--) if (full(block)) return { machine, block };
  throw new Error('no block is full of anonymous memory');
}

function run(machine: Machine, line: string): void {
  const accepted = machine.submit({ type: 'shell', line, fresh: true });
  if (!accepted.ok) throw new Error(accepted.reason);
  while (machine.status(accepted.id) === undefined && machine.run(1024));
  if (machine.status(accepted.id) !== 0) throw new Error(`${line} ended with ${machine.status(accepted.id)}`);
}

export const offlineBench: Bench = {
  name: 'offline-full-block',
  about: 'Offline of a 128 MiB block full of anonymous memory against a plain loop that copies the columns of as many frames.',
  baseline: () => {
    const { memmap } = bootQemu(MEMORY, CMDLINE).kernel.mm.t;
    const columns = [memmap.state, memmap.kind, memmap.tag, memmap.next, memmap.prev, memmap.owner];
    return {
      run: () => {
        for (const column of columns) for (let i = 0; i < PAGES; i++) column[i] = column[PAGES + i] as number;
      },
    };
  },
  subject: () => {
    const { machine, block } = filled();
    return { run: () => { run(machine, `echo offline > /sys/devices/system/memory/memory${block}/state`); } };
  },
};
