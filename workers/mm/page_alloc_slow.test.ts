import { expect, it, test } from 'vitest';
import { guest } from '../testing/guest.ts';
import type { Edition } from '../uapi/machine_description.ts';
import { ZONE_DMA32 } from '../uapi/mmzone.ts';
import { KIND_BALLOON, KIND_KERNEL, KIND_MEMMAP, KIND_THP } from '../uapi/page_kind.ts';
import { createSlowpath } from './page_alloc_slow.ts';

/** Rounds of direct reclaim that a request gets which never finds a page; `reclaimed`: pages of each round, 0 after the last. */
function rounds(edition: Edition, kind: number, order: number, reclaimed: readonly number[] = []): number {
  const { mm } = guest('512M', { edition }).machine.kernel;
  let n = 0;
  const pressure = { wakeup_kswapd: () => {}, try_to_free_pages: () => reclaimed[n++] ?? 0, zone_reclaimable_pages: () => 0 };
  const slowpath = createSlowpath(mm, pressure, () => [ZONE_DMA32], () => {}, () => true);
  expect(slowpath.reclaim_and_retry(order, ZONE_DMA32, 0, 1, kind, () => -1)).toBe(-1);
  return n;
}

test.each([
  ['a small chunk: MAX_RECLAIM_RETRIES rounds without a page, and the first', '6.1', KIND_KERNEL, 3, [], 17],
  ['pages that come back begin the count anew', '6.1', KIND_KERNEL, 0, [5, 5, 5], 20],
  ['beyond PAGE_ALLOC_COSTLY_ORDER one round, whatever it brought', '6.1', KIND_KERNEL, 4, [32, 32, 32], 1],
  ['a memory map, too: it does not insist', '6.1', KIND_MEMMAP, 9, [100, 100], 1],
  ['__GFP_NORETRY: one round', '6.1', KIND_BALLOON, 0, [5], 1],
  ['GFP_TRANSHUGE_LIGHT: none', '6.1', KIND_THP, 9, [], 0],
  ['3.11, a memory map (__GFP_REPEAT): until 512 pages were reclaimed', '3.11', KIND_MEMMAP, 9, [100, 100, 100, 100, 100, 100, 100], 6],
  ['3.11, another chunk as large: one', '3.11', KIND_KERNEL, 9, [100, 100], 1],
] as const)('%s', (_, edition, kind, order, reclaimed, n) => { expect(rounds(edition, kind, order, reclaimed)).toBe(n); });

it('gives up where all that could be given back would not be enough', () => {
  const { mm } = guest('512M').machine.kernel;
  const pressure = { wakeup_kswapd: () => {}, try_to_free_pages: () => 0, zone_reclaimable_pages: () => 0 };
  const { should_reclaim_retry } = createSlowpath(mm, pressure, () => [ZONE_DMA32], () => {}, () => true);
  const free = mm.t.zone.nr_free_pages[ZONE_DMA32] as number;
  mm.t.zone.nr_free_pages[ZONE_DMA32] = mm.t.zone.watermark_min[ZONE_DMA32] as number;
  expect(should_reclaim_retry([ZONE_DMA32], 0, 1, ZONE_DMA32)).toBe(false);
  mm.t.zone.nr_free_pages[ZONE_DMA32] = free;
  expect(should_reclaim_retry([ZONE_DMA32], 0, 1, ZONE_DMA32)).toBe(true);
});
