/**
 * Mirrors: mm/cma.c (6.1): an area set aside at boot for devices that need memory in one piece. Until they do, movable pages live there; cma_alloc() moves them out.
 * Left out: several areas, bits that stand for more than a page. Why: the area of the command line is the only one, and its bitmap has a bit a page.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import { MIGRATE_CMA, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';
import { KIND_KERNEL } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import type { Kernel } from './kernel.ts';
import { alloc_contig_range, free_contig_range } from './alloc_contig.ts';
import type { Mm } from './mm.ts';
import { page_zone_row } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { addOwner, ownKernelPage } from './rmap.ts';
import { count_vm_event, VM } from './vm_event.ts';

export interface CmaArea {
  readonly name: string;
  readonly base_pfn: number;
  /** Pages. */
  readonly count: number;
  /** 1: taken by a device. */
  readonly bitmap: Uint8Array;
  /** Row of OWNER of what devices take, 0 = none yet. */
  readonly owner: { row: number };
}

/** All of the area in one zone? Pageblocks it begins and ends on are whole. */
export function cma_in_one_zone(mm: Mm, base_pfn: number, count: number): boolean {
  const zone = page_zone_row(mm, base_pfn);
  for (let pfn = base_pfn; pfn < base_pfn + count; pfn += pageblock_nr_pages) if (page_zone_row(mm, pfn) !== zone) return false;
  return true;
}
/** The area's pageblocks become MIGRATE_CMA and their pages free. They are managed already. Source: cma_activate_area(), init_cma_reserved_pageblock(). */
export function cma_activate_area(mm: Mm, buddy: Buddy, base_pfn: number, count: number): CmaArea {
  const row = page_zone_row(mm, base_pfn);
  mm.t.zone.cma_pages[row] = (mm.t.zone.cma_pages[row] as number) + count;
  const order = Math.min(pageblock_order, mm.geometry.pageblock_order);
  for (let pfn = base_pfn; pfn < base_pfn + count; pfn += pageblock_nr_pages) {
    mm.t.pageblock.migratetype[pfn >>> pageblock_order] = MIGRATE_CMA;
    for (let at = pfn; at < pfn + pageblock_nr_pages; at += 1 << order) buddy.free_pages(at, order);
    // Per-cpu lists keep nothing yet.
    buddy.drain_all_pages(row);
  }
  return { name: 'reserved', base_pfn, count, bitmap: remember(new Uint8Array(count)), owner: remember({ row: 0 }) };
}

/** First place from `start` on, a multiple of 2^align pages, with `count` pages no device has; -1: none. */
function findRoom({ bitmap }: CmaArea, count: number, align: number, start: number): number {
  const step = 2 ** align;
  for (let at = Math.ceil(start / step) * step; at + count <= bitmap.length; ) {
    const taken = bitmap.subarray(at, at + count).lastIndexOf(1);
    if (taken < 0) return at;
    at = Math.ceil((at + taken + 1) / step) * step;
  }
  return -1;
}
/** `count` pages in one piece for a device, on a multiple of 2^align: the pfn; -1: pages in use could not be moved from any place, or there is no room. Source: cma_alloc(). */
export function* cma_alloc(k: Kernel, area: CmaArea, count: number, align: number): Kthread<number> {
  const { mm } = k;
  mm.trace(EV.cma_alloc_start, count, align);
  let ret = -ERRNO.ENOMEM;
  let pfn = -1;
  for (let start = 0; count > 0; ) {
    const at = findRoom(area, count, align, start);
    if (at < 0) break;
    area.bitmap.fill(1, at, at + count);
    pfn = area.base_pfn + at;
    ret = yield* alloc_contig_range(k, pfn, pfn + count, MIGRATE_CMA);
    if (ret === 0) break;
    area.bitmap.fill(0, at, at + count);
    if (ret !== -ERRNO.EBUSY) break;
    mm.trace(EV.cma_alloc_busy_retry, pfn, count, align);
    start = at + 2 ** align;
  }
  if (ret === 0) {
    area.owner.row ||= addOwner(mm, KIND_KERNEL, `cma: ${area.name}`, 0);
    for (let i = pfn; i < pfn + count; i++) ownKernelPage(mm, area.owner.row, i);
  } else {
    pfn = -1;
    mm.printk(3, `cma: cma_alloc: ${area.name}: alloc failed, req-size: ${count} pages, ret: ${ret}`);
  }
  count_vm_event(mm, ret === 0 ? VM.cma_alloc_success : VM.cma_alloc_fail);
  mm.trace(EV.cma_alloc_finish, pfn, count, align, ret);
  return pfn;
}
/** Pages of an earlier cma_alloc() are movable pages' again. */
export function cma_release(k: Kernel, area: CmaArea, pfn: number, count: number): void {
  free_contig_range(k, pfn, count);
  area.bitmap.fill(0, pfn - area.base_pfn, pfn - area.base_pfn + count);
  k.mm.trace(EV.cma_release, pfn, count);
}
