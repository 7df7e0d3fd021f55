/** Machines of which only reports are known: what is made up adds up to them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { typeLine } from '../host/lab/typed.ts';
import { describeMachine } from '../init/firmware.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { createMachine } from '../machine/machine.ts';
import type { Machine } from '../machine/types.ts';
import { expectedText, haveUtilLinuxData, withDump } from '../testing/util-linux/dumps.ts';
import { STREAM_STDOUT } from '../uapi/text.ts';
import { filesOf } from './export.ts';
import { bytesOf, type ImportFile } from './files.ts';
import { importMachine } from './import.ts';

function imported(files: readonly ImportFile[]): { machine: Machine; made: string } {
  const answer = importMachine(files);
  if (!answer.ok) throw new Error(answer.reason);
  const booted = createMachine(answer.request);
  if (!booted.ok) throw new Error(booted.reason);
  expect(checkInvariants(booted.machine.kernel.mm)).toEqual([]);
  return { machine: booted.machine, made: answer.summary.synthesised.join('\n') };
}
const text = (machine: Machine, path: string): string => {
  const answer = machine.read(path);
  return answer.ok ? answer.text : answer.reason;
};
function type(machine: Machine, line: string): string {
  let out = '';
  typeLine(machine, line, (stream, bytes) => { if (stream === STREAM_STDOUT) out += bytes; }, true);
  return out;
}
/** Every file below a folder of the host, links as empty ones. */
function filesBelow(root: string): ImportFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) return [];
    return [{ name: relative(root, path), bytes: entry.isFile() ? new Uint8Array(readFileSync(path)) : new Uint8Array(0) }];
  });
}
/** A machine in use: files of it. */
const used = (() => {
  const described = describeMachine({ title: 'used', qemu_args: ['-m', '3G'], cmdline: 'movablecore=1G' });
  const booted = described.ok ? createMachine(described) : described;
  if (!booted.ok) throw new Error(booted.reason);
  type(booted.machine, 'mh anon 300 nothp; mh anon 128 thp; mh anon 90 nothp; for i in 1 2 3; do ls -R /sys > /dev/null; done');
  // Pages on per-cpu lists are neither free in these reports nor anybody's: a report alone cannot say what they are.
  booted.machine.kernel.buddy.drain_all_pages();
  return booted.machine;
})();
const files = filesOf(used.kernel.root);
const only = (...names: string[]): ImportFile[] => files.filter(({ name }) => names.some((n) => name.includes(n)));
/** Column of numbers of a kind, zone by zone. */
const numbers = (machine: Machine, name: string): number[] => [...text(machine, '/proc/zoneinfo').matchAll(new RegExp(`^ +(?:pages )?${name} +(\\d+)`, 'gm'))].map((m) => Number(m[1]));

describe('from reports alone', () => {
  it('free chunks by order, zones and uses come out as given', () => {
    const { machine, made } = imported(only('iomem', 'zoneinfo', 'buddyinfo', 'pagetypeinfo', 'sys/'));
    expect(made).toContain('their numbers are as given, their places are not');
    expect(text(machine, '/proc/buddyinfo')).toBe(text(used, '/proc/buddyinfo'));
    for (const name of ['free', 'spanned', 'present', 'managed', 'nr_zone_inactive_anon', 'nr_zone_active_anon', 'nr_zone_inactive_file', 'nr_zone_active_file']) expect([name, numbers(machine, name)]).toEqual([name, numbers(used, name)]);
    expect(text(machine, '/proc/pagetypeinfo').split('Number of blocks')[1]).toBe(text(used, '/proc/pagetypeinfo').split('Number of blocks')[1]);
  });
  it('buddyinfo and meminfo: the orders, and sums over the machine', () => {
    const { machine } = imported(only('iomem', 'cmdline', 'buddyinfo', 'meminfo'));
    expect(text(machine, '/proc/buddyinfo')).toBe(text(used, '/proc/buddyinfo'));
    const kB = (m: Machine, name: string): number => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(text(m, '/proc/meminfo'))?.[1]);
    for (const name of ['MemTotal', 'MemFree']) expect([name, kB(machine, name)]).toEqual([name, kB(used, name)]);
  });
  it.each<[string, string[], string]>([
    ['zoneinfo', ['zoneinfo'], 'Where RAM lies inside zones: from their beginning on.'],
    ['pagetypeinfo', ['pagetypeinfo'], 'The physical address map'],
    ['meminfo', ['meminfo'], 'The physical address map'],
    ['iomem', ['iomem'], 'What is in use: a quiet system.'],
    ['buddyinfo', ['buddyinfo'], 'The physical address map'],
    ['kpageflags', ['kpageflags'], 'Where RAM lies: every section that /proc/kpageflags has frames for.'],
  ])('%s alone makes a machine, and says what was made up', (_, names, sentence) => { expect(imported(only(...names)).made).toContain(sentence); });
  it('every frame that was made up is marked as inferred', () => {
    const { machine } = imported(only('iomem', 'zoneinfo'));
    const facts = type(machine, 'page-types -l 2>/dev/null | head -1; free | wc -l');
    expect(facts).not.toBe('');
    const answer = importMachine(only('iomem', 'zoneinfo'));
    const flags = answer.ok ? answer.request.kpageflags : undefined;
    // Absent and offline sections say NOPAGE, which nobody made up.
    expect(flags?.every((word, i) => i % 2 === 0 || (word & 0x80000000) !== 0 || flags[i - 1] === 1 << 20)).toBe(true);
  });
  it('lsmem --json alone brings back its blocks, whatever its version prints', () => {
    type(used, 'chmem -d -b 21');
    const json = type(used, 'lsmem --json -o RANGE,SIZE,STATE,REMOVABLE,BLOCK,NODE,ZONES');
    const { machine } = imported([{ name: '', bytes: bytesOf(json) }]);
    const table = 'lsmem --raw --summary=never -o RANGE,SIZE,STATE,BLOCK,NODE,ZONES';
    expect(type(machine, table)).toBe(type(used, table));
    const again = imported([{ name: '', bytes: bytesOf(type(used, 'lsmem -o RANGE,SIZE,STATE,BLOCK,NODE,ZONES')) }]);
    expect(type(again.machine, table)).toBe(type(used, table));
  });
});

describe.skipIf(!haveUtilLinuxData)('util-linux\'s dumps of real machines', () => {
  it.each(['x86_64-16g', 's390-zvm-6g'])('%s: lsmem prints of the imported machine what it printed of the real one', (name) => {
    const given = withDump(name, filesBelow);
    const { machine } = imported(given);
    // Whether a block is removable, this kernel says by other rules; ranges, sizes and states are the machine's own.
    const rows = (table: string): string[] => table.split('\n').filter((line) => line.startsWith('0x')).map((line) => line.replace(/\s+/g, ' ').trim());
    const [wanted = ''] = expectedText(`lsmem-${name}`).split(/^---\n/m).filter((run) => run.includes('$ lsmem --output RANGE,SIZE,STATE --split STATE\n'));
    const states = (table: string[]): string[] => table.map((line) => line.split(' ').slice(0, 3).join(' '));
    expect(rows(wanted).length).toBeGreaterThan(0);
    expect(states(rows(type(machine, 'lsmem --split=STATE -o RANGE,SIZE,STATE')))).toEqual(states(rows(wanted)));
  });
});
