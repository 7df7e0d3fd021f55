/**
 * Mirrors: struct capture_control, compaction_capture() and task_capc() of mm/page_alloc.c and mm/compaction.c (6.1): a chunk of the order that somebody compacts for is theirs in the
 * moment it becomes whole: it does not get to the free lists, and is not merged further.
 * Left out: pages that are freed past the per-cpu lists while a compaction runs. Why: what migration frees waits there until compaction drains them.
 */
import { MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_MOVABLE, pageblock_order } from '../uapi/mmzone.ts';
import { STATE_BUDDY } from '../uapi/layout.ts';
import type { FreeArea } from './free_area.ts';
import type { Mm } from './mm.ts';

/** What a task compacts for, and what it got: the pfn, -1 so far. */
export interface CaptureControl {
  /** Row of ZONE. */
  readonly zone: number;
  readonly order: number;
  page: number;
}

/** Frees a chunk of the zone that is compacted, unless it completes the one that is waited for. */
export function createCapture(mm: Mm, { del_page_from_free_list, __free_one_page }: FreeArea) {
  const { MAX_ORDER, pageblock_order: order_of_block } = mm.geometry;
  const { state } = mm.t.memmap;
  const { nr_free_pages } = mm.t.zone;
  const { zone: pb_zone, dirty } = mm.t.pageblock;
  /** Requests of less than a pageblock leave movable pageblocks alone. */
  const compaction_capture = (capc: CaptureControl, order: number, mt: number): boolean =>
    capc.page < 0 && order === capc.order && order < MAX_ORDER - 1 && mt !== MIGRATE_CMA && mt !== MIGRATE_ISOLATE && (order >= order_of_block || mt !== MIGRATE_MOVABLE);

  return (capc: CaptureControl, pfn: number, order: number, mt: number): void => {
    let at = pfn;
    let o = order;
    while (o < capc.order && compaction_capture(capc, capc.order, mt)) {
      const buddy = at ^ (1 << o);
      if (state[buddy] !== (STATE_BUDDY | o) || pb_zone[buddy >>> pageblock_order] !== pb_zone[at >>> pageblock_order]) break;
      del_page_from_free_list(buddy);
      nr_free_pages[capc.zone] = (nr_free_pages[capc.zone] as number) - (1 << o);
      at &= buddy;
      o++;
    }
    if (compaction_capture(capc, o, mt)) {
      capc.page = at;
      state[at] = 0;
      dirty[at >>> pageblock_order] = 1;
    } else __free_one_page(at, o, mt, false);
  };
}
