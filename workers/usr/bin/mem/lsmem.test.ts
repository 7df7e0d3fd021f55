import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TmpfsDir, tmpfsFrom } from '../../../fs/tmpfs.ts';
import { runProgram } from '../../../testing/run-program.ts';
import { dump, expectedText, haveUtilLinuxData, withDump } from '../../../testing/util-linux/dumps.ts';
import { lsmem } from './lsmem.ts';

const memory = '/sys/devices/system/memory';
/** 'state removable zones' for each block from 0: a machine in one line. */
function machine(blocks: Readonly<Record<number, string>>, more: Readonly<Record<string, string>> = {}): TmpfsDir {
  const files: Record<string, string> = { [`${memory}/block_size_bytes`]: '8000000\n', ...more };
  for (const [n, text] of Object.entries(blocks)) {
    const [state, removable, ...zones] = text.split(' ');
    Object.assign(files, { [`${memory}/memory${n}/state`]: `${state}\n`, [`${memory}/memory${n}/removable`]: `${removable}\n`,
      [`${memory}/memory${n}/valid_zones`]: `${zones.join(' ')}\n`, [`${memory}/memory${n}/node0/`]: '' });
  }
  return tmpfsFrom(files);
}
const run = (files: TmpfsDir, args: readonly string[], env: Record<string, string> = {}) => runProgram(lsmem, ['lsmem', ...args], { files, env });
const OLD = { UTIL_LINUX_VERSION: '2.38.1' };
const SMALL = machine({ 0: 'online 0 none', 1: 'online 1 DMA32', 2: 'online 1 DMA32', 32: 'offline 1 Normal Movable', 33: 'going-offline 1 Movable' });

describe('lsmem', () => {
  test('ranges, states and the summary of the newest version', () => {
    expect(run(SMALL, []).stdout).toBe([
      'RANGE                                 SIZE   STATE REMOVABLE BLOCK',
      '0x0000000000000000-0x0000000007ffffff 128M  online        no     0',
      '0x0000000008000000-0x0000000017ffffff 256M  online       yes   1-2',
      '0x0000000100000000-0x0000000107ffffff 128M offline              32',
      '0x0000000108000000-0x000000010fffffff 128M on->off              33', '',
      'Memory block size:                128M', 'Total online memory:              384M', 'Total offline memory:             256M', '',
    ].join('\n'));
  });
  test('2.38: a wider SIZE and a narrower summary', () => {
    expect(run(SMALL, ['-o', 'RANGE,SIZE,NODE,ZONES', '-a'], OLD).stdout).toBe([
      'RANGE                                  SIZE NODE          ZONES',
      '0x0000000000000000-0x0000000007ffffff  128M    0           None',
      '0x0000000008000000-0x000000000fffffff  128M    0          DMA32',
      '0x0000000010000000-0x0000000017ffffff  128M    0          DMA32',
      '0x0000000100000000-0x0000000107ffffff  128M    0 Normal/Movable',
      '0x0000000108000000-0x000000010fffffff  128M    0        Movable', '',
      'Memory block size:       128M', 'Total online memory:     384M', 'Total offline memory:    256M', '',
    ].join('\n'));
  });
  test('no block 0: 2.38 finds no zones, 2.43 does', () => {
    const files = machine({ 32: 'online 1 Movable' });
    expect(run(files, ['-n', '-o', 'BLOCK,ZONES', '--summary=never'], OLD).stdout).toBe('   32 \n');
    expect(run(files, ['-n', '-o', 'BLOCK,ZONES', '--summary=never']).stdout).toBe('32 Movable\n');
  });
  test('the version of the machine is a file', () => {
    const files = machine({ 0: 'online 0 none' }, { '/etc/util-linux-version': '2.38.1\n' });
    expect(run(files, ['-V']).stdout).toBe('lsmem from util-linux 2.38.1\n');
  });
  test('memmap on memory is told in the summary', () => {
    const files = machine({ 0: 'online 0 none' }, { '/sys/module/memory_hotplug/parameters/memmap_on_memory': 'Y\n' });
    expect(run(files, ['--summary']).stdout).toContain('Memmap on memory parameter:        yes\n');
  });
  test.each([
    [['-J', '-P'], 'lsmem: mutually exclusive arguments: --json --pairs --raw\n'], [['-o', 'FOO'], 'lsmem: unknown column: FOO\n'],
    [['-x'], "lsmem: invalid option -- 'x'\nTry 'lsmem --help' for more information.\n"],
    [['x'], "lsmem: bad usage\nTry 'lsmem --help' for more information.\n"], [['--summary=x'], 'lsmem: unsupported --summary argument\n'],
    [['-s', '/none'], 'lsmem: cannot open /sys/devices/system/memory: No such file or directory\n'],
  ])('refuses %j', (args, stderr) => {
    expect(run(SMALL, args)).toMatchObject({ stderr, status: 1 });
  });
});

describe.skipIf(!haveUtilLinuxData)("util-linux's own expectations", () => {
  for (const name of ['x86_64-16g', 's390-zvm-6g']) {
    const sections = haveUtilLinuxData ? expectedText(`lsmem-${name}`).split('\n---\n\n$ lsmem ').slice(1) : [];
    test(`${name}: there are cases`, () => expect(sections.length).toBe(9));
    let files: TmpfsDir;
    beforeAll(() => { files = dump(name); });
    for (const section of sections) {
      const [command = '', ...lines] = section.split('\n');
      test(`${name} lsmem ${command}`, () => expect(run(files, command.split(' ').filter((w) => w !== '')).stdout).toBe(lines.join('\n')));
    }
  }
});

/** The real lsmem 2.38 over the same dumps, where there is one. */
const real = spawnSync('lsmem', ['--version']).stdout?.toString() ?? '';
const cases: readonly (readonly string[])[] = [
  [], ['-a'], ['-b'], ['-ab'], ['-n'], ['-an'], ['-J'], ['-P'], ['-r'], ['-Jb'], ['-rn'], ['-Pa'], ['--output-all'], ['--output-all', '-a', '-J'],
  ['--output-all', '-P'], ['-S', 'none'], ['-S', 'ZONES'], ['-S', 'node,state'],
  ['-o', 'RANGE'], ['-o', 'SIZE'], ['-o', 'size,range'], ['-o', '+NODE'], ['-o', '+ZONES', '-r'], ['-o', 'BLOCK,STATE', '-S', 'REMOVABLE'], ['--summary'],
  ['--summary=only', '-b'], ['--summary=never'], ['-J', '--summary=always'], ['--summary=always', '-J'],
  ['-o', 'ZONES', '-n'], ['-o', 'NODE', '-n'], ['-o', 'SIZE,SIZE'], ['-S', 'none', '-o', '+STATE'], ['-J', '-r'], ['-a', '-S', 'STATE'], ['-o', 'FOO'],
  ['-o', 'SIZE,FOO,NODE'], ['-S', 'FOO'], ['--summary=x'], ['-J', '--summary'], ['x'], ['-Q'], ['--foo'], ['-h'], ['-V'], ['-o'], ['--su', '-b'],
  ['-ra', '-o', 'BLOCK,RANGE'],
  ['-o', 'STATE,REMOVABLE'],
];
describe.skipIf(!haveUtilLinuxData || !real.includes('2.38'))('the same as the real lsmem 2.38', () => {
  for (const name of ['x86_64-16g', 's390-zvm-6g']) {
    let files: TmpfsDir;
    const theirs = new Map<string, { stdout: string; stderr: string; status: number | null }>();
    beforeAll(() => {
      files = dump(name);
      withDump(name, (root) => {
        for (const args of cases) {
          const ran = spawnSync('lsmem', ['--sysroot', root, ...args], { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
          theirs.set(args.join(' '), { stdout: ran.stdout.toString('latin1'), stderr: ran.stderr.toString('latin1'), status: ran.status });
        }
      });
    });
    afterAll(() => theirs.clear());
    test.each(cases.map((args) => [args.join(' '), args] as const))(`${name} lsmem %s`, (key, args) => {
      const { stdout, stderr, status } = run(files, args, OLD);
      expect({ stdout, stderr, status }).toEqual(theirs.get(key));
    });
  }
});
