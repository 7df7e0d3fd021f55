import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { EDITIONS } from '../editions/index.ts';
import { state_show, state_store } from '../drivers/base/memory.ts';
import { runToEnd } from '../kernel/kthread.ts';
import type { Kernel } from '../mm/kernel.ts';
import { errnoName } from '../uapi/errno.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';
import { describeMachine } from './firmware.ts';
import { start_kernel } from './main.ts';

function boot(memory: string, options = ''): Kernel {
  const described = describeMachine({ qemu_args: ['-m', memory], cmdline: `quiet nokaslr ${options}` });
  if (!described.ok) throw new Error(described.reason);
  const booted = start_kernel({ description: described.description }, EDITIONS);
  if (!booted.ok) throw new Error(booted.reason);
  return booted.kernel;
}
/** echo offline > memoryN/state, as 'ok' or the name of the error. */
const offline = (k: Kernel, id: number): string => {
  const ret = runToEnd(state_store(k, id, 'offline\n'));
  return ret < 0 ? errnoName(ret) : 'ok';
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('which boot blocks refuse to go offline (recorded)', () => {
  it('4 GiB: two zones, the hole, what boot allocated, the memory map at the top; all others go', () => {
    const k = boot('4G,slots=4,maxmem=8G');
    expect(Object.fromEntries([0, 15, 32, 47].map((id) => [id, offline(k, id)]))).toEqual({ 0: 'EINVAL', 15: 'EINVAL', 32: 'EBUSY', 47: 'EBUSY' });
    for (const id of [...range(1, 14), ...range(33, 46)]) expect([id, offline(k, id)]).toEqual([id, 'ok']);
  });
  it('1 GiB, movablecore=512M: blocks 3 to 6 go, one after the other; 0 and 7 never', () => {
    const k = boot('1G,slots=16,maxmem=32G', 'movablecore=512M');
    for (const id of [6, 5, 4, 3]) expect([id, offline(k, id)]).toEqual([id, 'ok']);
    expect([0, 7].map((id) => offline(k, id))).toEqual(['EINVAL', 'EINVAL']);
  });
  it('3 GiB: blocks 8 to 10, 12 and 35 go, 15 has the hole, 39 the memory map', () => {
    const k = boot('3G,slots=4,maxmem=8G');
    for (const id of [8, 9, 10, 12, 35]) expect([id, offline(k, id)]).toEqual([id, 'ok']);
    expect([15, 32, 39].map((id) => offline(k, id))).toEqual(['EINVAL', 'EBUSY', 'EBUSY']);
  });
});

describe('the machine of two processes', () => {
  const folder = fileURLToPath(new URL('../../public/machines/', import.meta.url));
  const description = JSON.parse(readFileSync(`${folder}1G-two-processes.json`, 'utf8')) as MachineDescription;
  const words = (file: string): Uint32Array => {
    const bytes = gunzipSync(readFileSync(folder + file));
    return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  };
  it('block 6, full of huge pages, goes offline as recorded: they move whole', () => {
    const picture = description.picture as { kpageflags: string; kpagecount: string };
    const booted = start_kernel({ description, kpageflags: words(picture.kpageflags), kpagecount: words(picture.kpagecount) }, EDITIONS);
    if (!booted.ok) throw new Error(booted.reason);
    expect(offline(booted.kernel, 6)).toBe('ok');
    expect(state_show(booted.kernel.mm, 6)).toBe('offline\n');
  });
});
