/**
 * Mirrors: drivers/virtio/virtio_balloon.c (6.1): pages the guest gives up to the host, one by one, and gets back. They leave the care of their zone, but can still be moved.
 * Left out: statistics, free page hinting and reporting, the shrinker. Why: nobody asks the first, and the others change nothing a guest sees of itself.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import { page_zone_row } from '../../mm/mmzone.ts';
import { addOwner, ownKernelPage } from '../../mm/rmap.ts';
import { adjust_managed_page_count } from '../../mm/watermarks.ts';
import { MIGRATE_MOVABLE, ZONE_MOVABLE } from '../../uapi/mmzone.ts';
import { KIND_BALLOON, KIND_MASK } from '../../uapi/page_kind.ts';
import type { WorkQueue } from './virtio_mem.ts';

/** Pages that travel in one request. */
const VIRTIO_BALLOON_ARRAY_PFNS_MAX = 256;
/** Wait after an allocation failed, ms. */
const RETRY_MS = 200;

/** The device as the driver sees it; pages of 4 KiB. */
export interface BalloonDevice {
  /** How many pages the host wants. */
  num_pages(): number;
  setActual(pages: number): void;
}

/** Probes the device. Value: the interrupt handler for changes of its target. */
export function virtballoon_probe(k: Kernel, device: BalloonDevice, queue: WorkQueue): () => void {
  const { mm, buddy } = k;
  const owner = addOwner(mm, KIND_BALLOON, 'virtio-balloon', 0);
  const vb = remember({ num_pages: 0, queued: false });

  /** Up to one request's worth; fewer where the allocator has no more. Pages go on an own list, newest first. Source: fill_balloon(). */
  function fill(wanted: number): number {
    let got = 0;
    for (; got < Math.min(wanted, VIRTIO_BALLOON_ARRAY_PFNS_MAX); got++) {
      const pfn = buddy.alloc_pages({ order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, kind: KIND_BALLOON });
      if (pfn < 0) break;
      ownKernelPage(mm, owner, pfn);
      adjust_managed_page_count(mm, page_zone_row(mm, pfn), -1);
    }
    return got;
  }
  /** Frames it holds now, in [from, to): migration may have moved them. Highest first. */
  function held(from: number, to: number, count: number): number[] {
    const { kind, owner: owners } = mm.t.memmap;
    const pfns: number[] = [];
    for (let pfn = to - 1; pfn >= from && pfns.length < count; pfn--) if (owners[pfn] === -owner && ((kind[pfn] as number) & KIND_MASK) === KIND_BALLOON) pfns.push(pfn);
    return pfns;
  }
  /** From below `to` on, where the last portion ended; what moved above it comes last. Source: leak_balloon(). */
  function leak(wanted: number, to: number): number[] {
    const count = Math.min(wanted, VIRTIO_BALLOON_ARRAY_PFNS_MAX);
    const pfns = held(0, to, count);
    if (pfns.length < count) pfns.push(...held(to, mm.t.memmap.kind.length, count - pfns.length));
    for (const pfn of pfns) {
      adjust_managed_page_count(mm, page_zone_row(mm, pfn), 1);
      buddy.free_pages(pfn, 0);
    }
    return pfns;
  }
  /** Source: update_balloon_size_func(). */
  function* update_balloon_size(): Kthread<void> {
    vb.queued = false;
    let below = mm.t.memmap.kind.length;
    for (let diff = device.num_pages() - vb.num_pages; diff !== 0; diff = device.num_pages() - vb.num_pages) {
      const freed = diff < 0 ? leak(-diff, below) : [];
      below = freed.at(-1) ?? below;
      const moved = diff > 0 ? fill(diff) : -freed.length;
      vb.num_pages += moved;
      device.setActual(vb.num_pages);
      yield;
      if (moved === 0) {
        mm.printk(6, `virtio_balloon virtio0: Out of puff! Can't get ${Math.min(diff, VIRTIO_BALLOON_ARRAY_PFNS_MAX)} pages`);
        queue.later(RETRY_MS, changed);
        return;
      }
    }
  }
  function changed(): void {
    if (vb.queued) return;
    vb.queued = true;
    queue.start(update_balloon_size());
  }
  return changed;
}
