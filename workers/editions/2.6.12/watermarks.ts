/**
 * Mirrors: init_per_zone_pages_min(), setup_per_zone_pages_min(), setup_per_zone_lowmem_reserve() and the batch of free_area_init_core() of mm/page_alloc.c (2.6.12).
 * Shares follow present pages, there are no managed ones; HighMem gets a small share of its own.
 */
import { SWAP_CLUSTER_MAX } from '../../mm/swap.ts';
import { M_MIN_FREE_KBYTES, type Mm } from '../../mm/mm.ts';
import { sumZones, zone_to_nid } from '../../mm/mmzone.ts';
import { ZONE_DMA, ZONE_HIGHMEM, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';

const LOWEST_KB = 128;
const HIGHEST_KB = 65536;
/** SWAP_CLUSTER_MAX, and the most a HighMem zone keeps. */
const MOST_HIGHMEM = 128;
/** sysctl_lowmem_reserve_ratio. */
const RATIO: Readonly<Record<number, number>> = { [ZONE_DMA]: 256, [ZONE_NORMAL]: 32 };
const KB_PER_PAGE = 4;
/** 256 KiB of pages. */
const MOST_BATCH = 64;
const BATCHES = 6;

const isqrt = (n: number): number => Math.floor(Math.sqrt(n));
/** pcp->batch of a zone: a thousandth of it, a quarter of a MiB at most, by four. */
export const zone_batch = (present: number): number => Math.max(1, Math.min(present >> 10, MOST_BATCH) >> 2);

/** nr_free_buffer_pages(): pages of the zones the kernel may use, above their high marks. */
function nr_free_buffer_pages(mm: Mm): number {
  const { present_pages, watermark_high } = mm.t.zone;
  return [ZONE_DMA, ZONE_NORMAL].reduce((sum, zone) => sum + Math.max(0, (present_pages[zoneRow(0, zone)] as number) - (watermark_high[zoneRow(0, zone)] as number)), 0);
}

/** At boot: the reserve of the whole machine, then each zone's share. */
export function init_per_zone_pages_min(mm: Mm): void {
  mm.t.misc.word[M_MIN_FREE_KBYTES] = Math.min(HIGHEST_KB, Math.max(LOWEST_KB, isqrt(nr_free_buffer_pages(mm) * KB_PER_PAGE * 16)));
  setup_per_zone_pages_min(mm);
  setup_per_zone_lowmem_reserve(mm);
}

/** min, low and high of every zone. Also after each online. */
export function setup_per_zone_pages_min(mm: Mm): void {
  const z = mm.t.zone;
  const pages_min = (mm.t.misc.word[M_MIN_FREE_KBYTES] as number) / KB_PER_PAGE;
  for (let row = 0; row < z.present_pages.length; row++) {
    const present = z.present_pages[row] as number;
    const lowmem = sumZones(mm, zone_to_nid(row), 'present_pages', ZONE_NORMAL);
    const min = present === 0 ? 0 : row % zoneRow(1, 0) === ZONE_HIGHMEM
      ? Math.min(MOST_HIGHMEM, Math.max(SWAP_CLUSTER_MAX, present >> 10))
      : Math.floor((Math.floor(pages_min) * present) / lowmem);
    z.watermark_min[row] = min;
    z.watermark_low[row] = (min * 5) >> 2;
    z.watermark_high[row] = (min * 6) >> 2;
    const batch = zone_batch(present);
    z.pageset_batch[row] = present === 0 ? 0 : batch;
    z.pageset_high[row] = present === 0 ? 0 : BATCHES * batch;
  }
}

/** What a zone keeps from requests that a higher zone could serve. */
function setup_per_zone_lowmem_reserve(mm: Mm): void {
  const z = mm.t.zone;
  const columns = [z.protection0, z.protection1, z.protection2, z.protection3];
  for (const zone of [ZONE_DMA, ZONE_NORMAL]) {
    const row = zoneRow(0, zone);
    let higher = 0;
    for (let j = zone + 1; j <= ZONE_HIGHMEM; j++) {
      higher += z.present_pages[zoneRow(0, j)] as number;
      (columns[j] as Int32Array)[row] = Math.floor(higher / (RATIO[zone] as number));
    }
  }
}
