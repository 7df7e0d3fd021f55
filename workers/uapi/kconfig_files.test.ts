import { describe, expect, it } from 'vitest';
import type { Arch } from './arch.ts';
import { optionThatBrings } from './kconfig_files.ts';
import type { Edition } from './machine_description.ts';

const MEMORY = '/sys/devices/system/memory';
const option = (path: string, config: Readonly<Record<string, boolean>> = {}, edition: Edition = '6.1', arch: Arch = 'x86_64'): string | undefined => optionThatBrings({ edition, arch, config }, path)?.name;

describe('which option would bring a file', () => {
  it.each([
    [`${MEMORY}/probe`, {}, 'ARCH_MEMORY_PROBE'],
    ['/proc/config.gz', {}, 'IKCONFIG_PROC'],
    [`${MEMORY}//soft_offline_page`, { MEMORY_FAILURE: false }, 'MEMORY_FAILURE'],
    [`${MEMORY}/memory12/valid_zones`, { MEMORY_HOTREMOVE: false }, 'MEMORY_HOTREMOVE'],
    ['/sys/bus/memory/devices/memory12/valid_zones', { MEMORY_HOTREMOVE: false }, 'MEMORY_HOTREMOVE'],
    [`${MEMORY}/memory12/node0`, { NUMA: false }, 'NUMA'],
    ['/sys/devices/system/node/node0/hugepages/hugepages-2048kB', { HUGETLB: false }, 'HUGETLB'],
    // A whole directory is missing: what lies in it waits for that first.
    [`${MEMORY}/probe`, { MEMORY_HOTPLUG: false }, 'MEMORY_HOTPLUG'],
    // By its name alone, where only one file is called so.
    ['probe', {}, 'ARCH_MEMORY_PROBE'], ['memory3/valid_zones', { MEMORY_HOTREMOVE: false }, 'MEMORY_HOTREMOVE'], ['memory', { MEMORY_HOTPLUG: false }, undefined],
    // Not there for another reason.
    [`${MEMORY}/memory99/state`, {}, undefined], ['/proc/nothing', {}, undefined], ['/', {}, undefined], ['', {}, undefined], [`${MEMORY}/soft_offline_page`, {}, undefined],
  ])('%s with %j: %s', (path, config, name) => { expect(option(path, config)).toBe(name); });
  it('no option of this edition or architecture: nothing is promised', () => {
    expect([option(`${MEMORY}/memory0/valid_zones`, { MEMORY_HOTREMOVE: false }, '3.11'), option('/sys/devices/system/node/has_memory', {}, '3.11'), option(`${MEMORY}/probe`, {}, '6.1', 's390x')]).toEqual([undefined, 'MOVABLE_NODE', undefined]);
  });
});
