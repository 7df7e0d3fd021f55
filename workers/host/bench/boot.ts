import { describeMachine } from '../../init/firmware.ts';
import { createMachine } from '../../machine/machine.ts';
import type { Machine } from '../../machine/types.ts';
import type { Bench } from './bench.ts';

/** A machine as QEMU would make it, booted. */
export function bootQemu(memory: string, cmdline = ''): Machine {
  const described = describeMachine({ title: 'bench', qemu_args: ['-m', memory], cmdline });
  if (!described.ok) throw new Error(described.reason);
  const booted = createMachine(described);
  if (!booted.ok) throw new Error(booted.reason);
  return booted.machine;
}

export const bootBench: Bench = {
  name: 'boot-4G',
  about: 'Boot of a 4 GiB machine against a plain fill of as many bytes as its memory has.',
  baseline: () => {
    const bytes = new Uint8Array(bootQemu('4G').kernel.mm.t.buffer.byteLength);
    return { run: () => { bytes.fill(1); } };
  },
  subject: () => ({ run: () => { bootQemu('4G'); } }),
};
