/**
 * Mirrors: the watermark half of mm/page_alloc.c and khugepaged's part of it (6.1): min_free_kbytes, watermarks, per-cpu list sizes, lowmem reserves. Pages unless said.
 * Left out: highmem. Why: x86_64 has none.
 * Source: spec page-allocator.md, checked there against 34 recorded boots and 405 recorded zones.
 */
import { H_TOTALRAM } from '../uapi/layout.ts';
import { MAX_NR_ZONES, ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { kb_per_page, M_MIN_FREE_KBYTES, M_THP_ENABLED, M_USER_MIN_FREE_KBYTES, type Mm } from './mm.ts';
import { is_kernel_zone, zone_idx } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';

const MIN_FREE_KBYTES = 128;
/** vm.lowmem_reserve_ratio by zone; 0 = keeps nothing back. */
const sysctl_lowmem_reserve_ratio: Readonly<Record<number, number>> = { [ZONE_DMA]: 256, [ZONE_DMA32]: 256, [ZONE_NORMAL]: 32, [ZONE_MOVABLE]: 0 };
/** khugepaged wants room for one pageblock of each of three types beside each other, twice over, in every kernel zone: 2 + 3 × 3 pageblocks. */
const THP_PAGEBLOCKS_PER_ZONE = 11;

const isqrt = (n: number): number => {
  let root = Math.floor(Math.sqrt(n));
  while (root * root > n) root--;
  while ((root + 1) * (root + 1) <= n) root++;
  return root;
};
/** fls(): position of the highest set bit, 1-based; 0 for 0. */
const fls = (n: number): number => 32 - Math.clz32(n);

/** nr_free_zone_pages(): Σ managed above the high marks, over kernel zones only or over all. */
export function nr_free_zone_pages(mm: Mm, kernelZonesOnly: boolean): number {
  const { managed_pages, watermark_high, watermark_boost } = mm.t.zone;
  let sum = 0;
  for (let row = 0; row < managed_pages.length; row++) {
    if (!kernelZonesOnly || is_kernel_zone(zone_idx(row))) sum += Math.max(0, (managed_pages[row] as number) - (watermark_high[row] as number) - (watermark_boost[row] as number));
  }
  return sum;
}

/** What somebody wrote to min_free_kbytes, kB; -1: nobody did. */
const user_min_free_kbytes = (mm: Mm): number => ~(mm.t.misc.word[M_USER_MIN_FREE_KBYTES] as number);
const LEVEL_WARN = 4;
const LEVEL_INFO = 6;
/** Step 1: min_free_kbytes from the kernel zones' memory, with the high marks of the last round. What was written stands, unless more is due. */
function calculate_min_free_kbytes(mm: Mm): void {
  const kbytes = isqrt(nr_free_zone_pages(mm, true) * kb_per_page(mm) * 16);
  const user = user_min_free_kbytes(mm);
  if (kbytes <= user) {
    mm.printk(LEVEL_WARN, `min_free_kbytes is not updated to ${kbytes} because user defined value ${user} is preferred`);
    return;
  }
  mm.t.misc.word[M_MIN_FREE_KBYTES] = Math.min(mm.edition.watermarks.max_free_kbytes, Math.max(MIN_FREE_KBYTES, kbytes));
}

/** Step 2: each zone's share of min_free_kbytes as its watermarks, and the per-cpu list sizes that follow from them. */
function setup_per_zone_wmarks(mm: Mm): void {
  const { managed_pages, watermark_min, watermark_low, watermark_high, watermark_boost, stat_threshold } = mm.t.zone;
  const pages_min = Math.floor((mm.t.misc.word[M_MIN_FREE_KBYTES] as number) / kb_per_page(mm));
  const total = managed_pages.reduce((sum, pages) => sum + pages, 0);
  const cpus = mm.description.cpus;
  const policy = mm.edition.watermarks;
  for (let row = 0; row < managed_pages.length; row++) {
    const managed = managed_pages[row] as number;
    const min = managed === 0 ? 0 : Math.floor((pages_min * managed) / total);
    const low = min + policy.low(min, managed);
    watermark_boost[row] = 0;
    watermark_min[row] = min;
    watermark_low[row] = low;
    watermark_high[row] = min + policy.high(min, managed);
    if (policy.pageset_follows === 1) {
      const batch = managed === 0 ? 0 : policy.batch(managed);
      zone_set_pageset(mm, row, batch, managed === 0 ? 0 : policy.pageset_high(batch, low, cpus));
    }
    stat_threshold[row] = managed === 0 ? 0 : Math.min(125, 2 * fls(cpus) * (1 + fls(managed >>> 15)));
  }
}
/** What a zone's per-cpu lists go by from now on. Without pages they are those of boot, which keep nothing. Source: zone_set_pageset_high_and_batch(). */
export function zone_set_pageset(mm: Mm, row: number, batch: number, high: number): void {
  const z = mm.t.zone;
  z.pageset_batch[row] = batch;
  z.pageset_high[row] = high;
  z.pcp_batch[row] = Math.max(1, batch);
  z.pcp_high[row] = high;
}
/** Pages moved between a per-cpu list and the buddy lists at once: less than a power of two, so that it does not stride caches. `most`: of the zone's 1024th part. */
export function zone_batchsize(managed: number, most: number): number {
  const batch = Math.max(1, Math.min(managed >> 10, most) >> 2);
  return Math.max(1, 2 ** Math.floor(Math.log2(batch + (batch >> 1))) - 1);
}

/** Step 3: pages a zone keeps from requests that could have been served by a higher zone. */
function setup_per_zone_lowmem_reserve(mm: Mm): void {
  const { managed_pages } = mm.t.zone;
  const columns = [mm.t.zone.protection0, mm.t.zone.protection1, mm.t.zone.protection2, mm.t.zone.protection3, mm.t.zone.protection4];
  const { empty_zone_reserves_nothing } = mm.edition.watermarks;
  for (let row = 0; row < managed_pages.length; row++) {
    const zone = zone_idx(row);
    const ratio = sysctl_lowmem_reserve_ratio[zone] ?? 0;
    let higher = 0;
    for (let j = 0; j < MAX_NR_ZONES; j++) {
      if (j > zone) higher += managed_pages[row - zone + j] as number;
      (columns[j] as Int32Array)[row] = j > zone && ratio > 0 && (empty_zone_reserves_nothing === 0 || (managed_pages[row] as number) > 0) ? Math.floor(higher / ratio) : 0;
    }
  }
}

/** Step 4: with transparent huge pages more is kept free, so that huge pages can be made. True: min_free_kbytes rose. */
function set_recommended_min_free_kbytes(mm: Mm): boolean {
  const { managed_pages } = mm.t.zone;
  let zones = 0;
  for (let row = 0; row < managed_pages.length; row++) if (mm.edition.watermarks.thp_counts_zone(mm, row)) zones++;
  const want = Math.min((1 << mm.geometry.pageblock_order) * THP_PAGEBLOCKS_PER_ZONE * zones, Math.floor(nr_free_zone_pages(mm, true) / 20)) * kb_per_page(mm);
  const now = mm.t.misc.word[M_MIN_FREE_KBYTES] as number;
  if (want <= now) return false;
  if (user_min_free_kbytes(mm) >= 0) mm.printk(LEVEL_INFO, `raising min_free_kbytes from ${now} to ${want} to help transparent hugepage allocations`);
  mm.t.misc.word[M_MIN_FREE_KBYTES] = want;
  return true;
}

/** init_per_zone_wmark_min(): everything that follows from the zones' sizes, in the kernel's order. Runs at boot and after every online and offline. */
export function init_per_zone_wmark_min(mm: Mm): void {
  const { init } = mm.edition.watermarks;
  if (init !== undefined) {
    init(mm);
    return;
  }
  calculate_min_free_kbytes(mm);
  setup_per_zone_wmarks(mm);
  setup_per_zone_lowmem_reserve(mm);
  if (mm.edition.watermarks.thp_every_round === 1) start_khugepaged(mm);
}
/** khugepaged looks at what is kept free, where huge pages are on. */
export function start_khugepaged(mm: Mm): void {
  if (mm.t.misc.word[M_THP_ENABLED] !== 0 && set_recommended_min_free_kbytes(mm)) setup_per_zone_wmarks(mm);
}

/** A write to /proc/sys/vm/min_free_kbytes: the marks follow at once, the zones' reserves for each other do not. Source: min_free_kbytes_sysctl_handler(). */
export function set_min_free_kbytes(mm: Mm, buddy: Buddy, kbytes: number): void {
  mm.t.misc.word[M_MIN_FREE_KBYTES] = kbytes;
  mm.t.misc.word[M_USER_MIN_FREE_KBYTES] = ~kbytes;
  const { setup_per_zone_wmarks: own } = mm.edition.watermarks;
  if (own !== undefined) own(mm);
  else setup_per_zone_wmarks(mm);
  mm.edition.watermarks.rewritten?.(mm, buddy);
}

/** adjust_managed_page_count(): pages given to, or (negative) taken from, the allocator's care. */
export function adjust_managed_page_count(mm: Mm, zone_row: number, pages: number): void {
  mm.t.zone.managed_pages[zone_row] = (mm.t.zone.managed_pages[zone_row] as number) + pages;
  mm.t.header[H_TOTALRAM] = (mm.t.header[H_TOTALRAM] as number) + pages;
}
