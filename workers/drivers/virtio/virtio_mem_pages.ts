/** Mirrors: the fake-offline half of drivers/virtio/virtio_mem.c (6.1): frames of online blocks that the device does not (any more) back with memory. */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { alloc_contig_range, free_contig_range } from '../../mm/alloc_contig.ts';
import { generic_online_page } from '../../mm/memory_hotplug.ts';
import { page_zone_row, zone_idx } from '../../mm/mmzone.ts';
import { markCold } from '../../mm/page_flags.ts';
import { adjust_managed_page_count } from '../../mm/watermarks.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { STATE_ALLOC } from '../../uapi/layout.ts';
import { pageblock_nr_pages, ZONE_MOVABLE } from '../../uapi/mmzone.ts';
import { KPF, kpf } from '../../uapi/page_flags.ts';
import { KIND_COLD, KIND_FREE, KIND_UNPLUGGED } from '../../uapi/page_kind.ts';

/** Attempts at a range: in ZONE_MOVABLE what is in the way is probably only there for a moment. */
const TRIES_MOVABLE = 5;
const TRIES_KERNEL = 1;

/** Marks frames as taken out (PageOffline); PG_dirty tells those that were never given to the allocator. Source: virtio_mem_set_fake_offline(). */
export function set_fake_offline({ mm }: Kernel, pfn: number, nr_pages: number, onlined: boolean): void {
  const { memmap, cold } = mm.t;
  memmap.kind.fill(KIND_UNPLUGGED | KIND_COLD, pfn, pfn + nr_pages);
  memmap.state.fill(STATE_ALLOC, pfn, pfn + nr_pages);
  cold.flags.fill(onlined ? 0 : kpf(KPF.DIRTY), pfn, pfn + nr_pages);
  cold.mapcount.fill(0, pfn, pfn + nr_pages);
  cold.pincount.fill(0, pfn, pfn + nr_pages);
  for (let at = pfn; at < pfn + nr_pages; at += pageblock_nr_pages) {
    markCold(mm, at);
    mm.touch(at);
  }
}

/** Takes frames away from the allocator: 0, -EBUSY, -ENOMEM, -EAGAIN (the host changed its mind meanwhile). Source: virtio_mem_fake_offline(). */
export function* fake_offline(k: Kernel, pfn: number, nr_pages: number, config_changed: () => boolean): Kthread<number> {
  const { mm } = k;
  const row = page_zone_row(mm, pfn);
  const tries = zone_idx(row) === ZONE_MOVABLE ? TRIES_MOVABLE : TRIES_KERNEL;
  for (let attempt = 0; attempt < tries; attempt++) {
    if (config_changed()) return -ERRNO.EAGAIN;
    const ret = yield* alloc_contig_range(k, pfn, pfn + nr_pages);
    if (ret === -ERRNO.ENOMEM) return ret;
    if (ret !== 0) continue;
    set_fake_offline(k, pfn, nr_pages, true);
    adjust_managed_page_count(mm, row, -nr_pages);
    return 0;
  }
  return -ERRNO.EBUSY;
}
/** Gives frames (back) to the allocator, in the largest pieces the range is a multiple of. Source: virtio_mem_fake_online(). */
export function fake_online(k: Kernel, pfn: number, nr_pages: number): void {
  const { mm } = k;
  const { kind, state } = mm.t.memmap;
  let order = mm.geometry.MAX_ORDER - 1;
  while (((pfn | nr_pages) & ((1 << order) - 1)) !== 0) order--;
  const step = 1 << order;
  for (let at = pfn; at < pfn + nr_pages; at += step) {
    const fresh = ((mm.t.cold.flags[at] as number) & kpf(KPF.DIRTY)) !== 0;
    mm.t.cold.flags.fill(0, at, at + step);
    if (fresh) {
      kind.fill(KIND_FREE, at, at + step);
      state.fill(0, at, at + step);
      generic_online_page(k, at, order);
    } else {
      free_contig_range(k, at, step);
      adjust_managed_page_count(mm, page_zone_row(mm, at), step);
    }
  }
}
/** The block goes offline: the driver lets go of its frames, and they count as managed, since all of the block will be subtracted. Source: …_fake_offline_going_offline(). */
export function fake_offline_going_offline({ mm }: Kernel, pfn: number, nr_pages: number): void {
  adjust_managed_page_count(mm, page_zone_row(mm, pfn), nr_pages);
  mm.t.memmap.state.fill(0, pfn, pfn + nr_pages);
}
/** It did not. Source: …_fake_offline_cancel_offline(). */
export function fake_offline_cancel_offline({ mm }: Kernel, pfn: number, nr_pages: number): void {
  adjust_managed_page_count(mm, page_zone_row(mm, pfn), -nr_pages);
  mm.t.memmap.state.fill(STATE_ALLOC, pfn, pfn + nr_pages);
}
