import { describe, expect, it } from 'vitest';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { holesOf } from './holes.ts';

const GiB = 2 ** 30;
/** Sections of 1 GiB: '#' holds memory. Answers in GiB. */
const holes = (map: string, more: Partial<MachineDescription> = {}): string[] =>
  holesOf([...map].map((sign) => (sign === '#' ? 2 : 0)), GiB, { arch: 'x86_64', numa: [], ...more }).map(({ start, end, kind }) => `${start / GiB}-${end / GiB} ${kind}`);

describe('the name of a hole', () => {
  it('under 4 GiB a PC has its devices; what is empty above that is not theirs', () => {
    expect(holes('##..##')).toEqual(['2-4 pci']);
    expect(holes('##......##')).toEqual(['2-4 pci', '4-8 none']);
    expect(holes('#.##..#')).toEqual(['1-2 none', '4-6 none']);
    expect(holes('#.#.##')).toEqual(['1-2 none', '3-4 pci']);
  });
  it('it is there before memory lies behind it', () => { expect(holes('##....')).toEqual(['2-4 pci']); });
  it('other architectures have no such place', () => { expect(holes('##..##', { arch: 'ppc64' })).toEqual(['2-4 none']); });
  it('what the SRAT keeps free for memory to come is a hotplug window', () => {
    const numa = [{ nid: 0, start: 0, end: 2 * GiB }, { nid: 0, start: 5 * GiB, end: 7 * GiB, hotplug: true }];
    expect(holes('##......##', { numa })).toEqual(['2-4 pci', '4-5 none', '5-7 window', '7-8 none']);
  });
});
