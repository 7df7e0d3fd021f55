import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { EDITIONS } from '../editions/index.ts';
import { state_store } from '../drivers/base/memory.ts';
import { describeMachine } from '../init/firmware.ts';
import { start_kernel } from '../init/main.ts';
import { runToEnd } from '../kernel/kthread.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { KPF } from '../uapi/page_flags.ts';
import { KIND_FREE, KIND_MASK, KIND_THP } from '../uapi/page_kind.ts';
import { stripped } from './conformance.ts';

const folder = new URL('./linux-6.1/', import.meta.url);
function dump(name: string): Uint32Array {
  const bytes = gunzipSync(readFileSync(new URL(name, folder)));
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

it('offlining memory6 of the recorded machine puts its huge pages where the real kernel put them', () => {
  const recording = JSON.parse(readFileSync(new URL('physmap-1G.json', folder), 'utf8'));
  const described = describeMachine(stripped(recording));
  if (!described.ok) throw new Error(described.reason);
  const booted = start_kernel({ description: described.description, kpageflags: dump('physmap-1G.anon.kpageflags.gz'), kpagecount: dump('physmap-1G.anon.kpagecount.gz') }, EDITIONS);
  if (!booted.ok) throw new Error(booted.reason);
  const { mm } = booted.kernel;
  expect(runToEnd(state_store(booted.kernel, 6, 'offline'))).toBe(7);
  expect(checkInvariants(mm)).toEqual([]);

  const after = dump('physmap-1G.off6.kpageflags.gz');
  const has = (pfn: number, bit: number): boolean => (((after[2 * pfn] as number) >>> bit) & 1) !== 0;
  const real = new Map<number, { thp: number; free: number }>();
  const ours = new Map<number, { thp: number; free: number }>();
  for (let pfn = 0; pfn < after.length / 2; pfn++) {
    const block = pfn >>> 15;
    const r = real.get(block) ?? { thp: 0, free: 0 };
    const o = ours.get(block) ?? { thp: 0, free: 0 };
    real.set(block, r);
    ours.set(block, o);
    if (has(pfn, KPF.THP)) r.thp++;
    if (has(pfn, KPF.BUDDY)) r.free++;
    const kind = (mm.t.memmap.kind[pfn] as number) & KIND_MASK;
    if (kind === KIND_THP) o.thp++;
    if (kind === KIND_FREE) o.free++;
  }
  // Movable is filled first: block 7 takes 14 of the 17 huge pages and has as many pages free afterwards as the real one; the other three go down to DMA32.
  expect(ours.get(7)).toEqual(real.get(7));
  expect([...ours].map(([block, { thp }]) => `${block}: ${thp}`)).toEqual([...real].map(([block, { thp }]) => `${block}: ${thp}`));
});
