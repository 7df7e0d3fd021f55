/**
 * Mirrors: vmstat_text[] and vmstat_show() of mm/vmstat.c (6.1): /proc/vmstat: counters of pages, then of events.
 * Left out: counting most events. Why: nothing here reclaims or swaps; their lines stand there and read 0, as scripts expect them.
 */
import { M_HTLB_ALLOC_FAIL, M_HTLB_ALLOC_SUCCESS, M_NR_MIGRATED, type Mm } from '../../mm/mm.ts';
import { countPages, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { nodeStats, NUMA_STATS, zoneStats } from './zoneinfo.ts';

const zones = (prefix: string): string => ['dma', 'dma32', 'normal', 'movable', 'device'].map((zone) => `${prefix}_${zone}`).join(' ');
/** enum vm_event_item of a kernel with NUMA, THP, hugetlb, compaction, balloon, swap and KSM; without CMA. */
const EVENTS = [
  'nr_dirty_threshold nr_dirty_background_threshold pgpgin pgpgout pswpin pswpout', zones('pgalloc'), zones('allocstall'), zones('pgskip'),
  'pgfree pgactivate pgdeactivate pglazyfree pgfault pgmajfault pglazyfreed pgrefill pgreuse pgsteal_kswapd pgsteal_direct pgdemote_kswapd pgdemote_direct',
  'pgscan_kswapd pgscan_direct pgscan_direct_throttle pgscan_anon pgscan_file pgsteal_anon pgsteal_file zone_reclaim_failed pginodesteal slabs_scanned kswapd_inodesteal',
  'kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly pageoutrun pgrotated drop_pagecache drop_slab oom_kill',
  'numa_pte_updates numa_huge_pte_updates numa_hint_faults numa_hint_faults_local numa_pages_migrated',
  'pgmigrate_success pgmigrate_fail thp_migration_success thp_migration_fail thp_migration_split',
  'compact_migrate_scanned compact_free_scanned compact_isolated compact_stall compact_fail compact_success compact_daemon_wake compact_daemon_migrate_scanned compact_daemon_free_scanned',
  'htlb_buddy_alloc_success htlb_buddy_alloc_fail',
  'unevictable_pgs_culled unevictable_pgs_scanned unevictable_pgs_rescued unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_cleared unevictable_pgs_stranded',
  'thp_fault_alloc thp_fault_fallback thp_fault_fallback_charge thp_collapse_alloc thp_collapse_alloc_failed thp_file_alloc thp_file_fallback thp_file_fallback_charge thp_file_mapped',
  'thp_split_page thp_split_page_failed thp_deferred_split_page thp_split_pmd thp_scan_exceed_none_pte thp_scan_exceed_swap_pte thp_scan_exceed_share_pte thp_split_pud',
  'thp_zero_page_alloc thp_zero_page_alloc_failed thp_swpout thp_swpout_fallback balloon_inflate balloon_deflate balloon_migrate',
  'swap_ra swap_ra_hit ksm_swpin_copy cow_ksm zswpin zswpout direct_map_level2_splits direct_map_level3_splits',
].flatMap((line) => line.split(' '));

export function vmstat_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const { word } = mm.t.misc;
  const counted: Readonly<Record<string, number | undefined>> = {
    pgmigrate_success: word[M_NR_MIGRATED], htlb_buddy_alloc_success: word[M_HTLB_ALLOC_SUCCESS], htlb_buddy_alloc_fail: word[M_HTLB_ALLOC_FAIL],
  };
  const lines = [...zoneStats(sumZoneColumn(mm.t.zone.nr_free_pages), c), ...NUMA_STATS, ...nodeStats(c), ...EVENTS.map((name) => [name, counted[name] ?? 0] as const)];
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}
