import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { EDITIONS } from '../editions/index.ts';
import { page_mapcount, stable_page_flags } from '../fs/proc/page.ts';
import { buddyinfo_show } from '../fs/proc/zoneinfo.ts';
import type { Kernel } from '../mm/kernel.ts';
import { page_zone_row } from '../mm/mmzone.ts';
import { PB_INFERRED } from '../uapi/layout.ts';
import { MAX_ORDER, ZONE_NAMES } from '../uapi/mmzone.ts';
import { KIND_INFERRED, KIND_PG_RESERVED } from '../uapi/page_kind.ts';
import { describeMachine, type MachineQuestion } from './firmware.ts';
import { start_kernel } from './main.ts';
import { freeChunks } from './picture_chunks.ts';

const folder = fileURLToPath(new URL('../testing/linux-6.1/', import.meta.url));
const words = (name: string): Uint32Array => {
  const bytes = gunzipSync(readFileSync(`${folder}${name}.gz`));
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
interface Recording extends MachineQuestion {
  readonly steps: { readonly files?: Record<string, string> }[];
  readonly boot: { readonly dmesg: { readonly text: string }[] };
}
function load(id: string, dump = id): { kernel: Kernel; kpageflags: Uint32Array; kpagecount: Uint32Array; recording: Recording } {
  const recording = JSON.parse(readFileSync(`${folder}${id}.json`, 'utf8')) as Recording;
  const described = describeMachine({ ...recording, ...(recording.boot?.dmesg && { firmware: recording.boot.dmesg.map((l) => l.text) }) });
  if (!described.ok) throw new Error(described.reason);
  const kpageflags = words(`${dump}.kpageflags`);
  const kpagecount = words(`${dump}.kpagecount`);
  const booted = start_kernel({ description: described.description, kpageflags, kpagecount }, EDITIONS);
  if (!booted.ok) throw new Error(booted.reason);
  return { kernel: booted.kernel, kpageflags, kpagecount, recording };
}
const BUDDY = 1 << 10;
const RESERVED_HIGH = 1;

/** `Node 0, zone DMA32 2 0 1 …` by zone, from the dump alone. */
function chunksByZone(kernel: Kernel, kpageflags: Uint32Array): Record<string, number[]> {
  const zones: Record<string, number[]> = {};
  for (const { pfn, order } of freeChunks(kpageflags.length / 2, (at) => ((kpageflags[at * 2] as number) & BUDDY) !== 0, (at) => page_zone_row(kernel.mm, at))) {
    const name = ZONE_NAMES[page_zone_row(kernel.mm, pfn)] as string;
    const counts = zones[name] ?? new Array<number>(MAX_ORDER).fill(0);
    counts[order] = (counts[order] as number) + 1;
    zones[name] = counts;
  }
  return zones;
}
const recordedBuddyinfo = (r: Recording): Record<string, number[]> =>
  Object.fromEntries((r.steps[0]?.files?.['/proc/buddyinfo'] ?? '').trim().split('\n').map((l) => {
    const [, zone, numbers] = /zone +(\w+) +(.*)/.exec(l) as unknown as [string, string, string];
    return [zone, numbers.trim().split(/ +/).map(Number)];
  }));
const pages = (counts: readonly number[]): number => counts.reduce((sum, n, order) => sum + n * 2 ** order, 0);

describe('free chunks from BUDDY frames', () => {
  it.each(['boot-mem-1G', 'boot-mem-4G'])('%s: maximal aligned runs are the recorded /proc/buddyinfo, chunk by chunk', (id) => {
    const { kernel, kpageflags, recording } = load(id);
    expect(chunksByZone(kernel, kpageflags)).toEqual(recordedBuddyinfo(recording));
  });
  // Here the dump was taken after lsmem had run: a few pages moved between the two looks, and only small orders differ.
  it.each([['boot-mem-512M', 30], ['boot-movablecore-256M', 40]])('%s: equal but for at most %d pages used between the two looks', (id, most) => {
    const { kernel, kpageflags, recording } = load(id);
    const dumped = chunksByZone(kernel, kpageflags);
    const recorded = recordedBuddyinfo(recording);
    for (const zone of Object.keys(recorded)) {
      expect(Math.abs(pages(dumped[zone] as number[]) - pages(recorded[zone] as number[]))).toBeLessThanOrEqual(most);
      expect((dumped[zone] as number[])[10]).toBe((recorded[zone] as number[])[10]);
    }
  });
});

describe('a loaded picture', () => {
  const dumps: [string, string][] = [
    ['boot-mem-512M', 'boot-mem-512M'], ['boot-mem-1G', 'boot-mem-1G'], ['boot-mem-4G', 'boot-mem-4G'], ['boot-movablecore-256M', 'boot-movablecore-256M'],
    ['physmap-1G', 'physmap-1G.anon'], ['physmap-1G', 'physmap-1G.boot'],
  ];
  it.each(dumps)(
    '%s, dump %s, reads back as it was recorded, but for what per-cpu lists held and pages on their way to the LRU',
    (id, dump) => {
      const { kernel, kpageflags, kpagecount } = load(id, dump);
      const { mm } = kernel;
      let other = 0;
      let drained = 0;
      let arrived = 0;
      let counts = 0;
      for (let pfn = 0; pfn < kpageflags.length / 2; pfn++) {
        const { low, high } = stable_page_flags(mm, pfn);
        const recorded = [kpageflags[pfn * 2], kpageflags[pfn * 2 + 1]] as [number, number];
        if (low !== recorded[0] || high >>> 0 !== recorded[1]) {
          if (recorded[0] === 0 && recorded[1] === 0 && low === BUDDY) drained++;
          else if ((low & ~(1 << 5)) === recorded[0]) arrived++;
          else other++;
        }
        if (page_mapcount(mm, pfn) !== kpagecount[pfn * 2]) counts++;
      }
      expect({ other, counts }).toEqual({ other: 0, counts: 0 });
      expect(arrived).toBeLessThan(8);
      expect(drained).toBeLessThan(6000);
    },
  );

  it('1 GiB: the reserved frames are those that boot computes', () => {
    const { kernel, kpageflags } = load('boot-mem-1G');
    const described = describeMachine(JSON.parse(readFileSync(`${folder}boot-mem-1G.json`, 'utf8')) as MachineQuestion);
    if (!described.ok) throw new Error(described.reason);
    const bare = start_kernel({ description: { ...described.description, ramdisk: { start: 0x3f26c000, end: 0x3ffe0000 } } }, EDITIONS);
    if (!bare.ok) throw new Error(bare.reason);
    let differ = 0;
    for (let pfn = 0; pfn < kpageflags.length / 2; pfn++) {
      const computed = ((bare.kernel.mm.t.memmap.kind[pfn] as number) & KIND_PG_RESERVED) !== 0;
      if (computed !== (((kpageflags[pfn * 2 + 1] as number) & RESERVED_HIGH) !== 0)) differ++;
    }
    expect(differ).toBe(0);
    expect(kernel.mm.t.zone.managed_pages[1]).toBe(241591);
  });

  it('what the dump did not say is marked', () => {
    const { kernel, kpageflags } = load('boot-mem-1G');
    const { kind } = kernel.mm.t.memmap;
    let inferred = 0;
    for (let pfn = 0; pfn < kpageflags.length / 2; pfn++) if (((kind[pfn] as number) & KIND_INFERRED) !== 0) inferred++;
    // 7446 frames without flags, of which 7 whole pageblocks lay on the per-cpu list of huge pages.
    expect(inferred).toBe(7446 - 7 * 512);
    expect(kernel.mm.t.pageblock.flags[0]).toBe(PB_INFERRED);
    expect(buddyinfo_show(kernel)).toContain('Node 0, zone    DMA32 ');
  });

  it('of another machine is refused in one sentence', () => {
    const { kernel } = load('boot-mem-1G');
    const refused = start_kernel({ description: kernel.mm.description, kpageflags: words('boot-mem-512M.kpageflags') }, EDITIONS);
    expect(refused).toMatchObject({ ok: false, reason: 'The dump describes 131072 frames, this machine has 262144.' });
  });
});
