import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeMachine } from '../init/firmware.ts';
import { typeLine } from '../host/lab/typed.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { createMachine } from '../machine/machine.ts';
import type { Machine } from '../machine/types.ts';
import type { BootRequest, MachineDescription } from '../uapi/machine_description.ts';
import { STREAM_STDOUT } from '../uapi/text.ts';
import { collectionOf, filesOf, tarOf } from './export.ts';
import type { ImportFile } from './files.ts';
import { importMachine } from './import.ts';

const at = (path: string): string => fileURLToPath(new URL(`../../public/${path}`, import.meta.url));
const words = (file: string): Uint32Array => {
  const bytes = gunzipSync(readFileSync(at(file)));
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
function recorded(id: string): BootRequest {
  const description = JSON.parse(readFileSync(at(`machines/${id}.json`), 'utf8')) as MachineDescription;
  return { description, kpageflags: words(`machines/${id}.kpageflags.gz`), kpagecount: words(`machines/${id}.kpagecount.gz`) };
}
function boot(request: BootRequest): Machine {
  const booted = createMachine(request);
  if (!booted.ok) throw new Error(booted.reason);
  return booted.machine;
}
function qemu(memory: string, ...more: string[]): BootRequest {
  const described = describeMachine({ title: memory, qemu_args: ['-m', memory, ...more] });
  if (!described.ok) throw new Error(described.reason);
  return described;
}
function type(machine: Machine, line: string): string {
  let out = '';
  typeLine(machine, line, (stream, text) => { if (stream === STREAM_STDOUT) out += text; }, true);
  return out;
}
function imported(files: readonly ImportFile[]): { machine: Machine; request: BootRequest; made: string } {
  const answer = importMachine(files);
  if (!answer.ok) throw new Error(answer.reason);
  return { machine: boot(answer.request), request: answer.request, made: answer.summary.synthesised.join('\n') };
}
const text = (machine: Machine, path: string): string => {
  const answer = machine.read(path);
  return answer.ok ? answer.text : answer.reason;
};
/** Zones as /proc/zoneinfo has them: what a description must bring back. */
const zones = (machine: Machine): string[] => text(machine, '/proc/zoneinfo').split(/^(?=Node)/m).map((zone) =>
  [...zone.matchAll(/^(Node.*)$|^ +(?:pages )?(free|spanned|present|managed|start_pfn:) +(\d+)/gm)].map((m) => (m[1] ?? `${m[2]} ${m[3]}`)).join(' | '));
const FILES = ['/proc/iomem', '/proc/buddyinfo', '/proc/cmdline', '/sys/devices/system/memory/block_size_bytes'] as const;
const FRAMES = ['/proc/kpageflags', '/proc/kpagecount'] as const;

/** The first frames whose 64-bit entries differ: '0x1a2: 0000000000000400 is now …'. */
function differences(before: string, after: string): string[] {
  if (before === after) return [];
  const hex = (bytes: string, at: number): string => [...bytes.slice(at, at + 8)].reverse().map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  const found: string[] = [];
  for (let i = 0; i < Math.max(before.length, after.length) && found.length < 8; i += 8) {
    if (hex(before, i) !== hex(after, i)) found.push(`0x${(i / 8).toString(16)}: ${hex(before, i)} is now ${hex(after, i)}`);
  }
  return found;
}
function expectSamePicture(a: Machine, b: Machine): void {
  expect(checkInvariants(b.kernel.mm)).toEqual([]);
  for (const path of FILES) expect(text(b, path)).toBe(text(a, path));
  expect(zones(b)).toEqual(zones(a));
  for (const path of FRAMES) expect(differences(text(a, path), text(b, path))).toEqual([]);
  expect(type(b, 'lsmem --raw --summary=never -o RANGE,SIZE,STATE,BLOCK,NODE,ZONES')).toBe(type(a, 'lsmem --raw --summary=never -o RANGE,SIZE,STATE,BLOCK,NODE,ZONES'));
}

describe('a machine that is written down and read again', () => {
  const machines: [string, () => Machine][] = [
    ['recorded, 1 GiB with two processes', () => boot(recorded('1G-two-processes'))],
    ['recorded, 4 GiB', () => boot(recorded('4G'))],
    ['with memory6 offline and memory7 online again as Movable', () => {
      const machine = boot(recorded('1G-two-processes'));
      type(machine, 'chmem -d 0x30000000-0x37ffffff; chmem -d -b 7; echo online_movable > /sys/devices/system/memory/memory7/state');
      // A dump does not tell what waits on per-cpu lists from the kernel's own pages.
      machine.kernel.buddy.drain_all_pages();
      return machine;
    }],
    ['with two nodes', () => {
      const machine = boot(qemu('2G', '-object', 'memory-backend-ram,id=m0,size=1G', '-object', 'memory-backend-ram,id=m1,size=1G', '-numa', 'node,nodeid=0,memdev=m0', '-numa', 'node,nodeid=1,memdev=m1'));
      // As above: boot leaves a chunk of a huge page's size there.
      machine.kernel.buddy.drain_all_pages();
      return machine;
    }],
  ];
  it.each(machines)('%s: as a collection', (_, make) => {
    const machine = make();
    expectSamePicture(machine, imported([{ name: '', bytes: collectionOf(filesOf(machine.kernel.root)) }]).machine);
  });
  it.each(machines.slice(2, 3))('%s: as a tar archive', (_, make) => {
    const machine = make();
    expectSamePicture(machine, imported([{ name: 'm.tar', bytes: tarOf(filesOf(machine.kernel.root)) }]).machine);
  });
});
