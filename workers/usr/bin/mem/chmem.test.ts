import { describe, expect, test } from 'vitest';
import { type TmpfsDir, type TmpfsFile, tmpfsFrom } from '../../../fs/tmpfs.ts';
import { runProgram } from '../../../testing/run-program.ts';
import { dump, expectedText, haveUtilLinuxData } from '../../../testing/util-linux/dumps.ts';
import { chmem } from './chmem.ts';
import { lsmem } from './lsmem.ts';

const memory = 'sys/devices/system/memory';
/** Blocks as 'state|valid_zones'. */
const machine = (blocks: readonly string[], size = '8000000'): TmpfsDir => tmpfsFrom(Object.fromEntries([
  [`${memory}/block_size_bytes`, `${size}\n`],
  ...blocks.flatMap((text, n) => [[`${memory}/memory${n}/state`, `${text.split('|')[0]}\n`], [`${memory}/memory${n}/valid_zones`, `${text.split('|')[1]}\n`]]),
]));
function file(tree: TmpfsDir, path: string): TmpfsFile {
  let node: TmpfsDir | TmpfsFile = tree;
  for (const name of path.split('/')) node = (node as TmpfsDir).entries.get(name) as TmpfsDir;
  return node as unknown as TmpfsFile;
}
/** What each state file says now. */
const states = (tree: TmpfsDir, n: number): string[] => Array.from({ length: n }, (_, i) => file(tree, `${memory}/memory${i}/state`).data.trim());
const run = (files: TmpfsDir, ...args: string[]) => runProgram(chmem, ['chmem', ...args], { files });

describe('chmem', () => {
  test('a size is disabled from the highest block down', () => {
    const tree = machine(['online|none', 'online|Normal', 'online|Movable']);
    expect(run(tree, '-v', '-d', '256m')).toMatchObject({
      stdout: 'Memory Block 2 (0x0000000010000000-0x0000000017ffffff) disabled\nMemory Block 1 (0x0000000008000000-0x000000000fffffff) disabled\n', stderr: '',
      status: 0,
    });
    expect(states(tree, 3)).toEqual(['online', 'offline', 'offline']);
  });
  test('a size is enabled from the lowest block up, movable where that is valid; a number without suffix is MiB', () => {
    const tree = machine(['offline|Normal', 'offline|Normal Movable', 'offline|Normal']);
    expect(run(tree, '-e', '256')).toMatchObject({ stdout: '', status: 0 });
    // A plain file keeps what a shorter write does not cover: "offline" under "online".
    expect(states(tree, 3)).toEqual(['onlinee', 'online_movable', 'offline']);
  });
  test('too little: told, and status 64', () => {
    expect(run(machine(['online|Normal', 'offline|Normal']), '-e', '1G')).toMatchObject({ stderr: 'chmem: Could only enable 128M of memory\n', status: 64 });
    expect(run(machine(['online|Normal']), '-e', '1G')).toMatchObject({ stderr: 'chmem: Could only enable 0B of memory\n', status: 1 });
  });
  test('a zone restricts: movable online_movable, others online_kernel', () => {
    const tree = machine(['offline|Normal', 'offline|Normal Movable']);
    expect(run(tree, '-e', '-z', 'movable', '-b', '0-1')).toMatchObject({ stderr: 'chmem: Memory Block 0 (0x0000000000000000-0x0000000007ffffff) enable failed: Zone mismatch\n', status: 64 });
    expect(states(tree, 2)).toEqual(['offline', 'online_movable']);
  });
  test.each([
    [['-e', '100'], 'chmem: Size must be aligned to memory block size (128M)\n'], [['-e', '-b', '3-1'], 'chmem: Invalid range: 3-1\n'],
    [['-e', '1-2-3'], 'chmem: Invalid parameter: 1-2-3\n'],
    [['-e', '0x0-0x10'], 'chmem: Start address and (end address + 1) must be aligned to memory block size (128M)\n'],
    [['-e', '1-2'], 'chmem: Invalid start address format: 1\n'],
    [['-e', 'x'], "chmem: Failed to parse size: 'x': Invalid argument\n"], [['-e', '-b', 'x'], "chmem: Failed to parse block number: 'x'\n"],
    [['-e', '-d', '1G'], 'chmem: mutually exclusive arguments: --disable --enable --deconfigure --memmap-on-memory\n'],
    [['-e'], "chmem: bad usage\nTry 'chmem --help' for more information.\n"],
    [['-e', '-z', 'Foo', '1G'], "chmem: unknown memory zone: Foo\nTry 'chmem --help' for more information.\n"],
  ])('refuses %j', (args, stderr) => {
    expect(run(machine(['online|Normal']), ...args)).toMatchObject({ stderr, status: 1 });
  });
});

describe.skipIf(!haveUtilLinuxData)("util-linux's own expectations", () => {
  test('blocks disabled and enabled', () => {
    const tree = dump('chmem/x86_64_16g');
    const state = file(tree, `${memory}/memory0/state`);
    let output = run(tree, '--disable', '--blocks', '0').stdout + state.data;
    state.data = '';
    output += `\n${run(tree, '--enable', '--blocks', '0').stdout}${state.data}\n`;
    expect(output).toBe(expectedText('chmem/x86_64_16g-enable-disable-blocks'));
  });
  test('a range in a zone', () => {
    const tree = dump('chmem/x86_64_16g');
    const range = /^4 (.*)$/m.exec(runProgram(lsmem, ['lsmem', '--all', '--output=BLOCK,RANGE', '--raw'], { files: tree }).stdout)?.[1] ?? '';
    const state = file(tree, `${memory}/memory4/state`);
    file(tree, `${memory}/memory4/valid_zones`).data = 'Movable\n';
    let [output, errors] = ['', ''];
    const step = (empty: boolean, show: boolean, ...args: string[]): void => {
      const { stdout, stderr } = run(tree, '--verbose', ...args, range);
      output += stdout + (show ? state.data : '');
      errors += stderr;
      if (empty) state.data = '';
      output += '\n';
    };
    step(true, true, '--disable');
    step(false, true, '--enable', '--zone', 'Movable');
    step(true, false, '--enable');
    step(false, true, '--enable', '--zone', 'Normal');
    expect({ output, errors }).toEqual({ output: expectedText('chmem/x86_64_16g-enable-disable-zone'),
      errors: expectedText('chmem/x86_64_16g-enable-disable-zone.err') });
  });
});
