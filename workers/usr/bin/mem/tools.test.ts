import { describe, expect, test } from 'vitest';
import { runProgram } from '../../../testing/run-program.ts';
import { MEM_PROGRAMS } from './index.ts';
import type { Program } from '../../program.ts';

const run = (line: string, files: Record<string, string>) => {
  const argv = line.split(' ');
  return runProgram(MEM_PROGRAMS[argv[0] as string] as Program, argv, { files });
};

describe('free', () => {
  const meminfo = 'MemTotal:        1046244 kB\nMemFree:          973020 kB\nMemAvailable:     953260 kB\nBuffers:               0 kB\nCached:            12932 kB\nSwapTotal:       1048572 kB\nSwapFree:        1048060 kB\nShmem:             12932 kB\nSReclaimable:       4188 kB\n';
  test.each([
    ['free', 'Mem:         1046244       92984      973020       12932       17120      953260\nSwap:        1048572         512     1048060\n'],
    ['free -h', 'Mem:           1.0Gi        90Mi       950Mi        12Mi        16Mi       930Mi\nSwap:          1.0Gi       512Ki       1.0Gi\n'],
    ['free -m', 'Mem:            1021          90         950          12          16         930\nSwap:           1023           0        1023\n'],
    ['free --si -h', 'Mem:            1.1G         95M        996M         13M         17M        976M\nSwap:           1.1G        524K        1.1G\n'],
    ['free -w', 'Mem:         1046244       92984      973020       12932           0       17120      953260\nSwap:        1048572         512     1048060\n'],
    ['free -l -t', 'Mem:         1046244       92984      973020       12932       17120      953260\nLow:         1046244       73224      973020\nHigh:              0           0           0\nSwap:        1048572         512     1048060\nTotal:       2094816       93496     2021080\n'],
  ])('%s, as procps 4.0.2 answered to the same meminfo', (line, rows) => {
    const { stdout } = run(line, { 'proc/meminfo': meminfo });
    expect(stdout.slice(stdout.indexOf('\n') + 1)).toBe(rows);
  });
  test('without MemAvailable (3.11): the form of the recorded guest', () => {
    const old = 'MemTotal:        1420320 kB\nMemFree:          136920 kB\nBuffers:               0 kB\nCached:             4616 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n';
    expect(run('free -m', { 'proc/meminfo': old }).stdout).toBe([
      '              total        used        free      shared  buff/cache   available',
      'Mem:           1387        1248         133           0           4           0', '-/+ buffers/cache:         1248         138',
      'Swap:             0           0           0', '',
    ].join('\n'));
  });
});

test('numactl -H, as recorded with a node that has no memory online', () => {
  const node = '/sys/devices/system/node';
  expect(run('numactl -H', {
    [`${node}/node0/cpulist`]: '0\n', [`${node}/node0/meminfo`]: 'Node 0 MemTotal:         914836 kB\nNode 0 MemFree:          840180 kB\n',
    [`${node}/node0/distance`]: '10 20\n',
    [`${node}/node1/cpulist`]: '\n', [`${node}/node1/meminfo`]: 'Node 1 MemTotal:              0 kB\nNode 1 MemFree:               0 kB\n',
    [`${node}/node1/distance`]: '20 10\n', [`${node}/online`]: '0-1\n',
  }).stdout).toBe('available: 2 nodes (0-1)\nnode 0 cpus: 0\nnode 0 size: 893 MB\nnode 0 free: 820 MB\nnode 1 cpus:\nnode 1 size: 0 MB\nnode 1 free: 0 MB\nnode distances:\nnode   0   1 \n  0:  10  20 \n  1:  20  10 \n');
});

describe('dmesg', () => {
  const log = '6,1,0,-;Linux version 6.1\n4,2,3305060,-;Block size [0x8000000] unaligned hotplug range: start 0x100000000, size 0x8200000\n SUBSYSTEM=acpi\n3,3,13305827,-;acpi PNP0C80:00: add_memory failed\n30,4,14000000,-;a\\x09b\n';
  test.each([
    ['dmesg', '[    0.000000] Linux version 6.1\n[    3.305060] Block size [0x8000000] unaligned hotplug range: start 0x100000000, size 0x8200000\n[   13.305827] acpi PNP0C80:00: add_memory failed\n[   14.000000] a\tb\n'],
    ['dmesg -t -l err,warn', 'Block size [0x8000000] unaligned hotplug range: start 0x100000000, size 0x8200000\nacpi PNP0C80:00: add_memory failed\n'],
    ['dmesg -x -l err', 'kern  :err   : [   13.305827] acpi PNP0C80:00: add_memory failed\n'], ['dmesg -u', '[   14.000000] a\tb\n'],
    ['dmesg -r -f daemon', '<30>[   14.000000] a\tb\n'], ['dmesg -T -l err', '[Thu Jan  1 00:00:13 1970] acpi PNP0C80:00: add_memory failed\n'],
  ])('%s', (line, stdout) => {
    expect(run(line, { 'dev/kmsg': log })).toMatchObject({ stdout, status: 0 });
  });
});

describe('sysctl', () => {
  const files = { 'proc/sys/vm/swappiness': '60\n', 'proc/sys/vm/lowmem_reserve_ratio': '256\t256\t32\n', 'proc/sys/kernel/ostype': 'Linux\n' };
  test.each([
    ['sysctl vm.swappiness', 'vm.swappiness = 60\n', '', 0], ['sysctl -n vm/swappiness', '60\n', '', 0],
    ['sysctl -a', 'kernel.ostype = Linux\nvm.lowmem_reserve_ratio = 256\t256\t32\nvm.swappiness = 60\n', '', 0],
    ['sysctl vm.none', '', 'sysctl: cannot stat /proc/sys/vm/none: No such file or directory\n', 1], ['sysctl -e vm.none', '', '', 0],
    ['sysctl -w vm.swappiness=10', 'vm.swappiness = 10\n', '', 0], ['sysctl -q vm.swappiness=10', '', '', 0],
    ['sysctl -w vm.swappiness', '', 'sysctl: "vm.swappiness" must be of the form name=value\n', 1], ['sysctl -r swap -a', 'vm.swappiness = 60\n', '', 0],
  ])('%s', (line, stdout, stderr, status) => {
    expect(run(line, files)).toMatchObject({ stdout, stderr, status });
  });
});

describe('page-types', () => {
  /** kpageflags of frames given as lists of bits. */
  const flags = (...pages: readonly (readonly number[])[]): string => pages.map((bits) => {
    let value = bits.reduce((v, b) => v | (1n << BigInt(b)), 0n);
    let out = '';
    for (let i = 0; i < 8; i++, value >>= 8n) out += String.fromCharCode(Number(value & 255n));
    return out;
  }).join('');
  const [BUDDY, ANON, LRU, NOPAGE, RESERVED] = [10, 12, 5, 20, 32];
  const files = { 'proc/kpageflags': flags([RESERVED], [BUDDY], [BUDDY], [ANON, LRU], [NOPAGE]) };
  test('counts by flags; hackers\' bits only with -r', () => {
    expect(run('page-types', files).stdout.split('\n').map((l) => l.replace(/ {2}[_a-zA-Z1]{30,}\t/, ' '))).toEqual([
      '             flags\tpage-count       MB  symbolic-flags\t\t\tlong-symbolic-flags', '0x0000000000000000\t         1        0 ',
      '0x0000000000100000\t         1        0 nopage', '0x0000000000000400\t         2        0 buddy',
      '0x0000000000001020\t         1        0 lru,anonymous', '             total\t         5        0', '',
    ]);
    expect(run('page-types -r', files).stdout).toContain('0x0000000100000000\t         1        0  ___________________________r');
  });
  test('ranges of one kind', () => {
    expect(run('page-types -l -N -b buddy -a 1,4', files).stdout).toMatch(/^offset\tlen\tflags\n1\t2\t__________B_+\n$/);
  });
  test('describe', () => expect(run('page-types -d 0x400', files).stdout).toMatch(/^0x0000000000000400\t__________B_+\tbuddy\n$/));
});

test('vmstat: sizes in kB, rates since boot', () => {
  const files = { 'proc/meminfo': 'MemTotal: 1046244 kB\nMemFree: 973020 kB\nCached: 12932 kB\nSReclaimable: 4188 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n',
    'proc/vmstat': 'pgpgin 0\npgpgout 0\npswpin 0\n' };
  expect(run('vmstat', files).stdout).toBe(
    'procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n 0  0      0 973020      0  17120    0    0     0     0    0    0  0  0 100  0  0\n',
  );
});
