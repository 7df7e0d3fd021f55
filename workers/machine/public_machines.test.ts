/** Every machine of the page's list that was described by hand boots, and is sound. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { checkInvariants } from './invariants.ts';
import { createMachine } from './machine.ts';

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../public/machines/${name}`, import.meta.url), 'utf8'));
const { machines } = read('index.json') as { readonly machines: readonly { readonly id: string; readonly file: string; readonly name: string; readonly about: string }[] };
const described = machines.map((entry) => ({ ...entry, description: read(entry.file) as MachineDescription })).filter(({ description }) => description.picture === undefined);

describe('machines of the list', () => {
  it('there is one for each edition and for another architecture', () => {
    expect(described.map(({ description: { edition, arch } }) => `${edition} ${arch}`)).toEqual(expect.arrayContaining(['2.6.12-mhp i386', '3.11 x86_64', '6.1 arm64']));
  });
  it.each(described)('$id says what its file says, and boots', ({ name, description }) => {
    expect(description.name).toBe(name);
    const booted = createMachine({ description });
    expect(booted).toMatchObject({ ok: true });
    if (booted.ok) expect(checkInvariants(booted.machine.kernel.mm)).toEqual([]);
  });
});
