/**
 * Mirrors: the sub-block mode of drivers/virtio/virtio_mem.c (6.1): memory is added to Linux by whole memory blocks, plugged and unplugged in smaller pieces.
 * Left out: the hotplug mutex, kdump. Why: device_hotplug_lock, held around each block, does its work here; nothing boots a capture kernel.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { page_size } from '../../mm/mm.ts';
import { page_zone_row, zone_idx } from '../../mm/mmzone.ts';
import { remember } from '../../lib/remember.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { ZONE_MOVABLE } from '../../uapi/mmzone.ts';
import { lock_device_hotplug, unlock_device_hotplug } from '../base/memory.ts';
import {
  could_add_memory, send_plug_request, send_unplug_request, virtio_mem_add_memory, type VirtioMem, type VirtioMemMode, virtio_mem_offline_and_remove_memory, virtio_mem_remove_memory,
} from './virtio_mem_core.ts';
import { fake_offline, fake_online } from './virtio_mem_pages.ts';

/** States of a memory block: 'partial' has sub-blocks that are not plugged. 'plugged': adding failed, and so did undoing it. */
type State = 'unused' | 'plugged' | 'offline' | 'offline partial' | 'kernel' | 'kernel partial' | 'movable' | 'movable partial';
const PLUG_ORDER = ['kernel partial', 'movable partial', 'offline partial'] as const;
/** Partial blocks first, to free whole blocks with their memory maps; Movable before kernel zones, where it is reliable. */
const UNPLUG_ORDER = ['offline partial', 'offline', 'movable partial', 'kernel partial', 'movable', 'kernel'] as const;
const PARTIAL = { offline: 'offline partial', kernel: 'kernel partial', movable: 'movable partial' } as const;
const WHOLE = { 'offline partial': 'offline', 'kernel partial': 'kernel', 'movable partial': 'movable' } as const;
const partial = (state: State): State => PARTIAL[state as keyof typeof PARTIAL] ?? state;
const whole = (state: State): State => WHOLE[state as keyof typeof WHOLE] ?? state;

interface MemoryBlock {
  state: State;
  readonly plugged: Uint8Array;
}

/** @param mb_size bytes of a memory block @param sb_size bytes of a sub-block */
export function createSbm(vm: VirtioMem, mb_size: number, sb_size: number): VirtioMemMode {
  const { k, device } = vm;
  const bytes = page_size(k.mm);
  const sbs_per_mb = mb_size / sb_size;
  const sb_pages = sb_size / bytes;
  const first_mb_id = Math.ceil(device.addr / mb_size);
  const last_usable_mb_id = (): number => Math.floor((device.addr + vm.usable_region_size) / mb_size) - 1;
  const blocks = remember(new Map<number, MemoryBlock>());
  const next = remember({ mb_id: first_mb_id });

  const ids = (state: State): number[] => [...blocks].flatMap(([id, block]) => (block.state === state ? [id] : []));
  const get = (id: number): MemoryBlock => blocks.get(id) as MemoryBlock;
  const sbAddr = (id: number, sb: number): number => id * mb_size + sb * sb_size;
  const pfnOf = (id: number, sb: number): number => sbAddr(id, sb) / bytes;
  const all = (id: number, value: 0 | 1): boolean => get(id).plugged.every((bit) => bit === value);

  function plug_sb(id: number, sb: number, count: number): number {
    const ret = send_plug_request(vm, sbAddr(id, sb), count * sb_size);
    if (ret === 0) get(id).plugged.fill(1, sb, sb + count);
    return ret;
  }
  function unplug_sb(id: number, sb: number, count: number): number {
    const ret = send_unplug_request(vm, sbAddr(id, sb), count * sb_size);
    if (ret === 0) get(id).plugged.fill(0, sb, sb + count);
    return ret;
  }

  /** Plugs what is missing in a block that is there: how many sub-blocks, or -errno. Source: virtio_mem_sbm_plug_any_sb(). */
  function plug_any_sb(id: number, wanted: number): { readonly done: number; readonly ret: number } {
    const block = get(id);
    let done = 0;
    while (done < wanted) {
      const sb = block.plugged.indexOf(0);
      if (sb < 0) break;
      let count = 1;
      while (done + count < wanted && sb + count < sbs_per_mb && block.plugged[sb + count] === 0) count++;
      const ret = plug_sb(id, sb, count);
      if (ret !== 0) return { done, ret };
      done += count;
      if (block.state !== 'offline partial') fake_online(k, pfnOf(id, sb), count * sb_pages);
    }
    if (all(id, 1)) block.state = whole(block.state);
    return { done, ret: 0 };
  }
  /** A block that Linux does not know yet. Its state is set before it is added, so that it can come online meanwhile. Source: virtio_mem_sbm_plug_and_add_mb(). */
  function* plug_and_add_mb(id: number, wanted: number): Kthread<{ readonly done: number; readonly ret: number }> {
    const block = get(id);
    const count = Math.min(wanted, sbs_per_mb);
    const ret = plug_sb(id, 0, count);
    if (ret !== 0) return { done: 0, ret };
    block.state = count === sbs_per_mb ? 'offline' : 'offline partial';
    yield* lock_device_hotplug(k.mm);
    const added = yield* virtio_mem_add_memory(vm, id * mb_size, mb_size);
    unlock_device_hotplug(k.mm);
    if (added === 0) return { done: count, ret: 0 };
    block.state = unplug_sb(id, 0, count) === 0 ? 'unused' : 'plugged';
    return { done: 0, ret: added };
  }
  function* plug_request(diff: number): Kthread<number> {
    let left = diff / sb_size;
    for (const state of PLUG_ORDER) {
      for (const id of ids(state)) {
        yield* lock_device_hotplug(k.mm);
        // While it waited the block may have gone.
        const { done, ret } = get(id).state === 'unused' ? { done: 0, ret: 0 } : plug_any_sb(id, left);
        unlock_device_hotplug(k.mm);
        left -= done;
        if (ret !== 0 || left === 0) return ret;
        yield;
      }
    }
    const unused = ids('unused');
    while (left > 0) {
      if (!could_add_memory(vm, mb_size)) return -ERRNO.ENOSPC;
      let id = unused.shift();
      if (id === undefined) {
        if (next.mb_id > last_usable_mb_id()) return -ERRNO.ENOSPC;
        id = next.mb_id++;
        blocks.set(id, { state: 'unused', plugged: new Uint8Array(sbs_per_mb) });
      }
      const { done, ret } = yield* plug_and_add_mb(id, left);
      left -= done;
      if (ret !== 0) return ret;
    }
    return 0;
  }

  /** The highest plugged sub-blocks first, as many at once as lie together. Source: virtio_mem_sbm_unplug_any_sb_raw(). */
  function unplug_any_sb_raw(id: number, wanted: number): { readonly done: number; readonly ret: number } {
    const { plugged } = get(id);
    let done = 0;
    for (let sb = sbs_per_mb - 1; done < wanted; sb--) {
      while (sb >= 0 && plugged[sb] === 0) sb--;
      if (sb < 0) break;
      let count = 1;
      while (done + count < wanted && sb > 0 && plugged[sb - 1] === 1) {
        count++;
        sb--;
      }
      const ret = unplug_sb(id, sb, count);
      if (ret !== 0) return { done, ret };
      done += count;
    }
    return { done, ret: 0 };
  }
  function* unplug_offline(id: number, wanted: number): Kthread<{ readonly done: number; readonly ret: number }> {
    const block = get(id);
    const { done, ret } = unplug_any_sb_raw(id, wanted);
    if (!all(id, 1)) block.state = 'offline partial';
    if (ret === 0 && all(id, 0)) {
      block.state = 'unused';
      yield* virtio_mem_remove_memory(vm, id * mb_size, mb_size);
    }
    return { done, ret };
  }
  /** Sub-blocks of an online block. Source: virtio_mem_sbm_unplug_sb_online(). */
  function* unplug_sb_online(id: number, sb: number, count: number): Kthread<number> {
    const block = get(id);
    let ret = yield* fake_offline(k, pfnOf(id, sb), count * sb_pages, () => vm.config_changed);
    if (ret !== 0) return ret;
    ret = unplug_sb(id, sb, count);
    if (ret !== 0) fake_online(k, pfnOf(id, sb), count * sb_pages);
    else block.state = partial(block.state);
    return ret;
  }
  function* unplug_online(id: number, wanted: number): Kthread<{ readonly done: number; readonly ret: number }> {
    const block = get(id);
    let done = 0;
    // The complete block in one go, if it may go and can.
    if (wanted >= sbs_per_mb && all(id, 1)) {
      const ret = yield* unplug_sb_online(id, 0, sbs_per_mb);
      if (ret === 0) done = sbs_per_mb;
      else if (ret !== -ERRNO.EBUSY) return { done, ret };
    }
    for (let sb = sbs_per_mb - 1; sb >= 0 && done < wanted; sb--) {
      if (block.plugged[sb] === 0) continue;
      const ret = yield* unplug_sb_online(id, sb, 1);
      if (ret === -ERRNO.EBUSY) continue;
      if (ret !== 0) return { done, ret };
      done++;
    }
    // Nothing of it is left: it goes, if nothing in the way. A failure is no error, the block just stays.
    if (all(id, 0) && (yield* virtio_mem_offline_and_remove_memory(vm, id * mb_size, mb_size)) === 0) block.state = 'unused';
    return { done, ret: 0 };
  }
  function* unplug_request(diff: number): Kthread<number> {
    let left = diff / sb_size;
    for (const state of UNPLUG_ORDER) {
      const online = state.startsWith('kernel') || state.startsWith('movable');
      if (online && !vm.unplug_online) return 0;
      for (const id of ids(state).reverse()) {
        yield* lock_device_hotplug(k.mm);
        const { done, ret } = get(id).state !== state ? { done: 0, ret: 0 } : online ? yield* unplug_online(id, left) : yield* unplug_offline(id, left);
        unlock_device_hotplug(k.mm);
        left -= done;
        if (ret !== 0 || left === 0) return ret;
        yield;
      }
    }
    return left > 0 ? -ERRNO.EBUSY : 0;
  }

  const blockAt = (pfn: number): MemoryBlock | undefined => blocks.get(Math.floor((pfn * bytes) / mb_size));
  return {
    plug_request, unplug_request, granule: sb_pages,
    cleanup_pending() {
      for (const id of ids('plugged')) {
        const { ret } = unplug_any_sb_raw(id, sbs_per_mb);
        if (ret !== 0) return ret;
        get(id).state = 'unused';
      }
      return 0;
    },
    mayComeOnline(pfn, nr_pages) {
      const first = ((pfn * bytes) % mb_size) / sb_size;
      const bits = blockAt(pfn)?.plugged.subarray(Math.floor(first), Math.ceil(first + nr_pages / sb_pages)) ?? new Uint8Array(0);
      return bits.includes(1) ? (bits.includes(0) ? undefined : true) : false;
    },
    goingOnline: (pfn) => whole(blockAt(pfn)?.state ?? 'unused') === 'offline',
    online(pfn) {
      const block = blockAt(pfn);
      if (block === undefined) return;
      const zone = zone_idx(page_zone_row(k.mm, pfn)) === ZONE_MOVABLE ? 'movable' : 'kernel';
      block.state = block.state === 'offline partial' ? partial(zone) : zone;
    },
    offline(pfn) {
      const block = blockAt(pfn);
      if (block !== undefined) block.state = block.plugged.includes(0) ? 'offline partial' : 'offline';
    },
    heldBack(pfn) {
      const start = Math.floor((pfn * bytes) / mb_size) * (mb_size / bytes);
      return [...(blockAt(pfn)?.plugged ?? [])].flatMap((bit, sb) => (bit === 0 ? [{ pfn: start + sb * sb_pages, nr_pages: sb_pages }] : []));
    },
  };
}
