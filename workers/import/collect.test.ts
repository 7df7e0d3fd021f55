/** The script a person runs on their machine: in our shell and in theirs. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { typeLine } from '../host/lab/typed.ts';
import { describeMachine } from '../init/firmware.ts';
import { createMachine } from '../machine/machine.ts';
import type { Machine } from '../machine/types.ts';
import { splitCollection } from './collection.ts';
import { bytesOf, } from './files.ts';
import { importMachine } from './import.ts';
import { readOd } from './parse_dump.ts';

const path = fileURLToPath(new URL('../../public/collect.sh', import.meta.url));
const script = readFileSync(path, 'utf8');
const text = (machine: Machine, file: string): string => {
  const answer = machine.read(file);
  return answer.ok ? answer.text : answer.reason;
};

describe('the collector script', () => {
  it('in our shell: what it prints is the machine again', () => {
    const described = describeMachine({ title: 'small', qemu_args: ['-m', '512M'], cmdline: 'movablecore=256M' });
    const booted = described.ok ? createMachine(described) : described;
    if (!booted.ok) throw new Error(booted.reason);
    const { machine } = booted;
    let said = '';
    const run = (line: string): void => { typeLine(machine, line, (_, bytes) => { said += bytes; }, true); };
    run('echo offline > /sys/devices/system/memory/memory2/state');
    run(`cat > /tmp/collect.sh <<'END'\n${script}END\nsh /tmp/collect.sh > /tmp/machine.txt`);
    expect(said).toBe('');
    const bytes = bytesOf(text(machine, '/tmp/machine.txt'));
    const answer = importMachine([{ name: 'machine.txt', bytes }]);
    if (!answer.ok) throw new Error(answer.reason);
    expect(answer.summary).toMatchObject({ blocks: 4, offline: 1, notes: [] });
    const again = createMachine(answer.request);
    if (!again.ok) throw new Error(again.reason);
    for (const file of ['/proc/iomem', '/proc/cmdline', '/proc/version', '/sys/devices/system/memory/memory2/state', '/sys/devices/system/memory/memory3/valid_zones', '/sys/devices/system/memory/block_size_bytes']) {
      expect(text(again.machine, file)).toBe(text(machine, file));
    }
    // The frames as they were when the script read them: reading takes memory, too. What lay on a per-cpu list then has no flag at all, and is free in the machine made of it.
    const BUDDY = 1 << 10;
    const { files } = splitCollection(bytes);
    for (const dump of ['proc/kpageflags', 'proc/kpagecount']) {
      const given = files.find(({ name }) => name === dump);
      const words = readOd(dump, bytes, given?.od?.start ?? 0, given?.od?.end ?? 0);
      const read = bytesOf(text(again.machine, `/${dump}`));
      const made = new Uint32Array(read.buffer, read.byteOffset, read.byteLength / 4);
      const before = new Uint32Array(words.buffer, words.byteOffset, words.byteLength / 4);
      expect(made.length).toBe(before.length);
      const other = [...made.keys()].filter((n) => made[n] !== before[n] && !(dump === 'proc/kpageflags' && before[n] === 0 && made[n] === BUDDY));
      expect(other.map((n) => `frame ${n >> 1}: ${before[n]} became ${made[n]}`), dump).toEqual([]);
    }
  });

  const shells = ['sh', 'bash', 'dash', 'busybox'].filter((name) => spawnSync(name, name === 'busybox' ? ['true'] : ['-c', ':']).status === 0);
  it.each(shells)('in %s of this computer: whatever it may read, its output is whole', (shell) => {
    const { status, stdout, stderr } = spawnSync(shell, [...(shell === 'busybox' ? ['sh'] : []), path, '-n'], { maxBuffer: 1 << 28 });
    expect([status, stderr.toString()]).toEqual([0, '']);
    const { files, unreadable } = splitCollection(new Uint8Array(stdout));
    expect(files.length + unreadable.length).toBeGreaterThan(6);
    const answer = importMachine([{ name: 'machine.txt', bytes: new Uint8Array(stdout) }]);
    // A container may hide its addresses; then it says so.
    if (!answer.ok) expect(answer.reason).toMatch(/addresses in \/proc\/iomem are 0|no System RAM|is empty|describes a machine/);
    else expect(answer.summary.ram).toBeGreaterThan(0);
  });
});
