import { describe, expect, it } from 'vitest';
import { dirOf } from '../kernel/vnode.ts';
import type { Kernel } from '../mm/kernel.ts';
import { createFirmwareMap } from '../kernel/firmware_map.ts';
import { runToEnd } from '../kernel/kthread.ts';
import { createNotifierChain } from '../kernel/notifier.ts';
import { createIomem, newResource, request_resource } from '../kernel/resource.ts';
import { state_store } from '../drivers/base/memory.ts';
import { updateValidZones } from '../mm/memory_block.ts';
import { sketch } from '../testing/picture.ts';
import { ERRNO } from '../uapi/errno.ts';
import { MEM_STATE_OFFLINE, MEM_STATE_ONLINE } from '../uapi/memory_block.ts';
import { ZONE_DMA32, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_FREE } from '../uapi/page_kind.ts';
import type { BlockId, Pfn } from '../uapi/units.ts';
import { blockFacts as factsOfBlock, frameFacts as factsOfFrame, holderFrames } from './facts.ts';

const blockFacts = (k: Kernel, id: number) => factsOfBlock(k, id as BlockId);
const frameFacts = (mm: Kernel['mm'], pfn: number) => factsOfFrame(mm, pfn as Pfn);

const block = (n: number): number => n << 15;
/** Block 1 is DMA32, blocks 2 and 3 Movable; the last 32 frames of block 3 are the firmware's. */
function machine(pictures: Readonly<Record<number, string>>): Kernel {
  const s = sketch([{ zone: ZONE_DMA32, start: block(1), end: block(2) }, { zone: ZONE_MOVABLE, start: block(2), end: block(4) }]);
  s.fill(pictures);
  const iomem = createIomem();
  request_resource(iomem, newResource('System RAM', block(1) * 4096, (block(4) - 32) * 4096 - 1, true));
  for (const [id, zone] of [[1, ZONE_DMA32], [2, ZONE_MOVABLE], [3, ZONE_MOVABLE]] as const) {
    s.mm.t.memory_block.state[id] = MEM_STATE_ONLINE;
    s.mm.t.memory_block.zone[id] = zone;
    s.mm.t.memory_block.slot[id] = -1;
  }
  updateValidZones(s.mm);
  return { mm: s.mm, buddy: s.buddy, memory_chain: createNotifierChain(), iomem, acpi_memory_devices: new Map(), memmap_chunks: new Map(), firmware_map: createFirmwareMap([]), root: dirOf(0o755, () => ({})) };
}
const offlineOf = (k: Kernel, id: number) => blockFacts(k, id)?.offline;

describe('would this block go offline?', () => {
  it('free and movable pages: yes, and so many have to move', () => {
    const k = machine({ [block(2)]: 'aaaa ff.. AA' });
    expect(blockFacts(k, 2)).toMatchObject({ offline: { verdict: 'yes', errno: 0 }, toMigrate: 8, holders: [] });
    expect(runToEnd(state_store(k, 2, 'offline'))).toBe(7);
  });
  it('a slab page in a kernel zone: no, and this is the page', () => {
    const k = machine({ [block(1) + 700]: 'ss' });
    expect(offlineOf(k, 1)).toEqual({ verdict: 'no', errno: ERRNO.EBUSY, reason: { code: 'isolate', pfn: block(1) + 700 } });
    expect(blockFacts(k, 1)?.holders).toEqual([{ cause: 'slab', owner: 'kernel', pages: 2, pfn: block(1) + 700, remedy: expect.any(String) }]);
    expect(runToEnd(state_store(k, 1, 'offline'))).toBe(-ERRNO.EBUSY);
  });
  it('each row of what holds a block names all its frames, and no other row\'s', () => {
    const k = machine({ [block(1) + 5]: 's a tt', [block(1) + 700]: 'ss' });
    for (const { cause, owner, pages, pfn } of blockFacts(k, 1)?.holders ?? []) {
      const frames = holderFrames(k, 1 as BlockId, cause, owner);
      expect([cause, frames.length, frames[0]]).toEqual([cause, pages, pfn]);
    }
    expect([...holderFrames(k, 1 as BlockId, 'slab', 'kernel')]).toEqual([5, 700, 701].map((n) => block(1) + n));
    expect([holderFrames(k, 1 as BlockId, 'slab', 'somebody'), holderFrames(k, 0 as BlockId, 'slab', 'kernel'), holderFrames(k, 9999 as BlockId, 'slab', 'kernel')].map(({ length }) => length)).toEqual([0, 0, 0]);
  });
  it('a page somebody holds: it would try without end', () => {
    const k = machine({ [block(2)]: 'a p a' });
    expect(offlineOf(k, 2)).toMatchObject({ verdict: 'likely', errno: ERRNO.EINTR });
    expect(blockFacts(k, 2)?.holders).toMatchObject([{ cause: 'pinned: somebody holds a reference', pages: 1, pfn: block(2) + 1, command: 'kill -9 100' }]);
  });
  it('a hole: no, before anything is looked at', () => {
    const k = machine({});
    expect(offlineOf(k, 3)).toEqual({ verdict: 'no', errno: ERRNO.EINVAL, reason: { code: 'memory_holes' } });
    expect(runToEnd(state_store(k, 3, 'offline'))).toBe(-ERRNO.EINVAL);
  });
  it('offline already, and not there at all', () => {
    const k = machine({});
    runToEnd(state_store(k, 2, 'offline'));
    expect(offlineOf(k, 2)).toEqual({ verdict: 'no', errno: ERRNO.EINVAL, reason: { code: 'state', state: MEM_STATE_OFFLINE } });
    expect(blockFacts(k, 0)).toBeUndefined();
    expect(blockFacts(k, 2.5)).toBeUndefined();
  });
});

describe('a frame', () => {
  it('says what it is, whose, and whether it could move', () => {
    const k = machine({ [block(1)]: 's', [block(2)]: 'aA' });
    expect(frameFacts(k.mm, block(2))).toMatchObject({ kind: 'anonymous', owner: 'process', zone: 'Movable', movable: true, mapcount: 1, flags: ['UPTODATE', 'LRU', 'MMAP', 'ANON', 'SWAPBACKED', 'MAPPEDTODISK'] });
    expect(frameFacts(k.mm, block(1))).toMatchObject({ kind: 'slab', zone: 'DMA32', movable: false, flags: ['SLAB'] });
    expect(frameFacts(k.mm, block(2) + 1024)).toMatchObject({ kind: 'free, order 10', refcount: 0 });
    expect(frameFacts(k.mm, block(2) + 1500)).toMatchObject({ kind: 'free, order 10' });
    expect(frameFacts(k.mm, 3)).toBeUndefined();
  });
  it('frames are counted by kind', () => {
    const kinds = blockFacts(machine({ [block(2)]: 'aaa' }), 2)?.kinds;
    expect(kinds?.[KIND_ANON]).toBe(3);
    expect(kinds?.[KIND_FREE]).toBe(32765);
  });
});
