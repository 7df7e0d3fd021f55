import { describe, expect, it } from 'vitest';
import { online_store, state_store } from '../drivers/base/memory.ts';
import { dirOf } from '../kernel/vnode.ts';
import { createFirmwareMap } from '../kernel/firmware_map.ts';
import { createNotifierChain } from '../kernel/notifier.ts';
import { createIomem, newResource, request_resource } from '../kernel/resource.ts';
import { createPrng } from '../lib/prng.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { sketch } from '../testing/picture.ts';
import { MEM_STATE_ONLINE } from '../uapi/memory_block.ts';
import { MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_SLAB } from '../uapi/page_kind.ts';
import type { Kernel } from './kernel.ts';
import { updateValidZones } from './memory_block.ts';
import { add_memory, try_remove_memory } from './memory_hotplug_add.ts';
import { PageLRU } from './mmzone.ts';
import { addOwner, del_page_from_lru_list, lru_add, mapPage, ownKernelPage, unmapPage } from './rmap.ts';
import { registerInTreeListeners } from './memory_listeners.ts';

const STEPS = 60;
/** Blocks 1 to 3 are boot memory, 4 to 6 are what can be plugged. */
const BLOCKS = 7;

/** Random allocations, frees, sysfs writes, plugs and unplugs; writes run step by step beside each other, and a signal may come at any step. */
function play(seed: number): string[] {
  const random = createPrng(seed);
  const signal = { pending: false };
  const s = sketch([{ zone: ZONE_DMA32, start: 1 << 15, end: 3 << 15 }, { zone: ZONE_MOVABLE, start: 3 << 15, end: 4 << 15 }, { zone: ZONE_NORMAL, start: 6 << 15, end: 7 << 15 }], signal);
  s.fill({});
  const { mm, buddy } = s;
  const iomem = createIomem();
  const blocks = mm.t.memory_block;
  for (const id of [1, 2, 3, 6]) {
    blocks.state[id] = MEM_STATE_ONLINE;
    blocks.zone[id] = id === 3 ? ZONE_MOVABLE : id === 6 ? ZONE_NORMAL : ZONE_DMA32;
    blocks.slot[id] = -1;
    request_resource(iomem, newResource('System RAM', (id << 15) * 4096, ((id + 1) << 15) * 4096 - 1, true));
  }
  updateValidZones(mm);
  const memory_chain = createNotifierChain();
  registerInTreeListeners(memory_chain);
  const k: Kernel = { mm, buddy, memory_chain, iomem, acpi_memory_devices: new Map(), memmap_chunks: new Map(), firmware_map: createFirmwareMap([]), root: dirOf(0o755, () => ({})) };
  const anon = addOwner(mm, KIND_ANON, 'anon', 1);
  const slab = addOwner(mm, KIND_SLAB, 'slab', 0);
  const slots: number[] = [];
  const kernelPages: number[] = [];
  let threads: Generator<void, number, void>[] = [];
  let plugged = false;
  const history: string[] = [];

  function act(): void {
    const what = random.below(9);
    const id = 1 + random.below(BLOCKS - 1);
    history.push(`${what}:${id}`);
    if (what <= 1) {
      const order = what === 0 ? 0 : 9;
      for (let n = order === 0 ? 1 + random.below(3000) : 4; n > 0; n--) {
        const pfn = buddy.alloc_pages({ order, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, kind: KIND_ANON });
        if (pfn < 0) break;
        for (let i = 0; i < 1 << order; i++) {
          const slot = mapPage(mm, anon, pfn + i, 1 + random.below(65535));
          if (order === 0) slots.push(slot);
        }
        lru_add(mm, pfn);
      }
    } else if (what === 2) {
      for (let n = random.below(2000); n > 0 && slots.length > 0; n--) {
        const [slot] = slots.splice(random.below(slots.length), 1) as [number];
        const pfn = mm.t.pte.pfn[slot] as number;
        // A page that is being moved right now has been taken off its list: leave it to the mover.
        if (!PageLRU(mm, pfn)) {
          slots.push(slot);
          continue;
        }
        del_page_from_lru_list(mm, pfn);
        unmapPage(mm, pfn);
        buddy.free_pages(pfn, 0);
      }
    } else if (what === 3) {
      const pfn = buddy.alloc_pages({ order: 0, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
      if (pfn >= 0) {
        ownKernelPage(mm, slab, pfn);
        kernelPages.push(pfn);
      }
    } else if (what === 4 && kernelPages.length > 0) buddy.free_pages(kernelPages.pop() as number, 0);
    else if (what <= 6) threads.push(state_store(k, id, ['online', 'online_kernel', 'online_movable', 'offline'][random.below(4)] as string));
    else if (what === 7) threads.push(online_store(k, id, random.below(2) === 0 ? '0' : '1'));
    else if (!plugged) {
      plugged = true;
      threads.push(add_memory(k, { nid: 0, start_pfn: 4 << 15, nr_pages: 2 << 15, mhp_flags: 4, slot: 0, resource_name: 'System RAM' }));
    } else if (threads.length === 0) threads.push(try_remove_memory(k, 4 << 15, 2 << 15));
  }
  for (let i = 0; i < STEPS; i++) {
    act();
    signal.pending = random.below(4) === 0;
    for (let steps = random.below(4000); steps > 0 && threads.length > 0; steps--) {
      const thread = threads[random.below(threads.length)] as Generator<void, number, void>;
      const { done, value } = thread.next();
      if (!done) continue;
      threads = threads.filter((t) => t !== thread);
      if (value === 0 && blocks.state[4] === 0) plugged = false;
    }
  }
  signal.pending = true;
  for (let steps = 0; threads.length > 0 && steps < 3_000_000; steps++) threads = threads.filter((t) => t.next().done !== true);
  return [...checkInvariants(mm), ...(threads.length > 0 ? ['a write never ended although a signal was pending'] : [])].map((finding) => `${finding} (after ${history.join(' ')})`);
}

describe('whatever is written, plugged, allocated and freed in whatever order, the machine stays sound', () => {
  it.each(Array.from({ length: 12 }, (_, i) => 0x5eed + i * 7919))('seed %i', (seed) => {
    expect(play(seed)).toEqual([]);
  });
});
