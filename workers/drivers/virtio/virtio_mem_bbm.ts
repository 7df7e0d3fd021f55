/**
 * Mirrors: the big-block mode of drivers/virtio/virtio_mem.c (6.1): the device's blocks are as large as memory blocks or larger, so memory comes and goes by whole ones of them.
 * Left out: the unsafe unplug of bbm_safe_unplug=N. Why: nothing loads the module with it, and later kernels have dropped it.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { page_size } from '../../mm/mm.ts';
import { page_zone_row, pfn_to_section_nr, zone_idx } from '../../mm/mmzone.ts';
import { remember } from '../../lib/remember.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { SECTION_ONLINE } from '../../uapi/memory_block.ts';
import { ZONE_MOVABLE } from '../../uapi/mmzone.ts';
import { lock_device_hotplug, unlock_device_hotplug } from '../base/memory.ts';
import {
  could_add_memory, send_plug_request, send_unplug_request, virtio_mem_add_memory, type VirtioMem, type VirtioMemMode, virtio_mem_offline_and_remove_memory,
} from './virtio_mem_core.ts';
import { fake_offline, fake_online } from './virtio_mem_pages.ts';

/** 'plugged': known to the device, but Linux could not add it. 'fake offline': on its way out, what comes online of it stays unavailable. */
type State = 'unused' | 'plugged' | 'added' | 'fake offline';

/** @param bb_size bytes of a big block @param mb_size bytes of a memory block */
export function createBbm(vm: VirtioMem, bb_size: number, mb_size: number): VirtioMemMode {
  const { k, device } = vm;
  const { mm } = k;
  const bytes = page_size(mm);
  const section = 1 << mm.PFN_SECTION_SHIFT;
  const first_bb_id = Math.ceil(device.addr / bb_size);
  const last_usable_bb_id = (): number => Math.floor((device.addr + vm.usable_region_size) / bb_size) - 1;
  const blocks = remember(new Map<number, State>());
  const next = remember({ bb_id: first_bb_id });
  const ids = (state: State): number[] => [...blocks].flatMap(([id, s]) => (s === state ? [id] : []));
  const idAt = (pfn: number): number => Math.floor((pfn * bytes) / bb_size);
  const startPfn = (id: number): number => (id * bb_size) / bytes;

  /** First frames of the online sections of a big block. */
  function onlineSections(id: number): number[] {
    const pfns: number[] = [];
    for (let pfn = startPfn(id); pfn < startPfn(id + 1); pfn += section) {
      if (((mm.t.section.state[pfn_to_section_nr(mm, pfn)] as number) & SECTION_ONLINE) !== 0) pfns.push(pfn);
    }
    return pfns;
  }

  /** Source: virtio_mem_bbm_plug_and_add_bb(). */
  function* plug_and_add_bb(id: number): Kthread<number> {
    const ret = send_plug_request(vm, id * bb_size, bb_size);
    if (ret !== 0) return ret;
    blocks.set(id, 'added');
    yield* lock_device_hotplug(mm);
    const added = yield* virtio_mem_add_memory(vm, id * bb_size, bb_size);
    unlock_device_hotplug(mm);
    if (added !== 0) blocks.set(id, send_unplug_request(vm, id * bb_size, bb_size) === 0 ? 'unused' : 'plugged');
    return added;
  }
  /** Takes what is online of it away section by section, then the block offline, then out of Linux, then gives it back to the host. */
  function* offline_remove_and_unplug_bb(id: number): Kthread<number> {
    blocks.set(id, 'fake offline');
    const taken: number[] = [];
    let ret = 0;
    for (const pfn of onlineSections(id)) {
      ret = yield* fake_offline(k, pfn, section, () => vm.config_changed);
      if (ret !== 0) break;
      taken.push(pfn);
    }
    if (ret === 0) ret = yield* virtio_mem_offline_and_remove_memory(vm, id * bb_size, bb_size);
    if (ret !== 0) {
      for (const pfn of taken) fake_online(k, pfn, section);
      blocks.set(id, 'added');
      return ret;
    }
    ret = send_unplug_request(vm, id * bb_size, bb_size);
    blocks.set(id, ret === 0 ? 'unused' : 'plugged');
    return ret;
  }

  /** What each pass over the blocks, from the highest down, takes: offline ones; those wholly in ZONE_MOVABLE; any. */
  const passes: readonly ((id: number) => boolean)[] = [
    (id) => onlineSections(id).length === 0,
    (id) => onlineSections(id).every((pfn) => zone_idx(page_zone_row(mm, pfn)) === ZONE_MOVABLE),
    () => true,
  ];
  return {
    granule: bb_size / bytes,
    cleanup_pending() {
      for (const id of ids('plugged')) {
        const ret = send_unplug_request(vm, id * bb_size, bb_size);
        if (ret !== 0) return ret;
        blocks.set(id, 'unused');
      }
      return 0;
    },
    *plug_request(diff) {
      const unused = ids('unused');
      for (let left = diff / bb_size; left > 0; left--) {
        if (!could_add_memory(vm, bb_size)) return -ERRNO.ENOSPC;
        let id = unused.shift();
        if (id === undefined) {
          if (next.bb_id > last_usable_bb_id()) return -ERRNO.ENOSPC;
          id = next.bb_id++;
        }
        const ret = yield* plug_and_add_bb(id);
        if (ret !== 0) return ret;
      }
      return 0;
    },
    *unplug_request(diff) {
      let left = diff / bb_size;
      for (const [pass, mayGo] of passes.entries()) {
        for (const id of ids('added').reverse()) {
          if (!mayGo(id)) continue;
          yield* lock_device_hotplug(mm);
          const ret = yield* offline_remove_and_unplug_bb(id);
          unlock_device_hotplug(mm);
          if (ret === -ERRNO.EBUSY) continue;
          if (ret === 0) left--;
          if (ret !== 0 || left === 0) return ret;
        }
        if (pass === 0 && !vm.unplug_online) return 0;
      }
      return left > 0 ? -ERRNO.EBUSY : 0;
    },
    mayComeOnline: (pfn) => blocks.get(idAt(pfn)) !== 'fake offline',
    goingOnline: () => true,
    online() {},
    offline() {},
    heldBack: (pfn) => (blocks.get(idAt(pfn)) === 'fake offline' ? [{ pfn, nr_pages: mb_size / bytes }] : []),
  };
}
