/**
 * Mirrors: enum vm_event_item and count_vm_events() (include/linux/vm_event_item.h, vmstat.h, 6.1): what happened since boot, counted. Names are those of /proc/vmstat.
 * Left out: a set of counters for each CPU. Why: only their sum is shown.
 */
import type { Mm } from './mm.ts';

const by_zone = <P extends string>(prefix: P) => [`${prefix}_dma`, `${prefix}_dma32`, `${prefix}_normal`, `${prefix}_movable`, `${prefix}_device`] as const;
/** In the order of /proc/vmstat, for a kernel with NUMA, THP, hugetlb, compaction, CMA, balloon, swap and KSM. */
export const VM_EVENT_ITEMS = [
  'pgpgin', 'pgpgout', 'pswpin', 'pswpout', ...by_zone('pgalloc'), ...by_zone('allocstall'), ...by_zone('pgskip'),
  'pgfree', 'pgactivate', 'pgdeactivate', 'pglazyfree', 'pgfault', 'pgmajfault', 'pglazyfreed', 'pgrefill', 'pgreuse', 'pgsteal_kswapd', 'pgsteal_direct', 'pgdemote_kswapd', 'pgdemote_direct',
  'pgscan_kswapd', 'pgscan_direct', 'pgscan_direct_throttle', 'pgscan_anon', 'pgscan_file', 'pgsteal_anon', 'pgsteal_file', 'zone_reclaim_failed', 'pginodesteal', 'slabs_scanned', 'kswapd_inodesteal',
  'kswapd_low_wmark_hit_quickly', 'kswapd_high_wmark_hit_quickly', 'pageoutrun', 'pgrotated', 'drop_pagecache', 'drop_slab', 'oom_kill',
  'numa_pte_updates', 'numa_huge_pte_updates', 'numa_hint_faults', 'numa_hint_faults_local', 'numa_pages_migrated',
  'pgmigrate_success', 'pgmigrate_fail', 'thp_migration_success', 'thp_migration_fail', 'thp_migration_split',
  'compact_migrate_scanned', 'compact_free_scanned', 'compact_isolated', 'compact_stall', 'compact_fail', 'compact_success',
  'compact_daemon_wake', 'compact_daemon_migrate_scanned', 'compact_daemon_free_scanned',
  'htlb_buddy_alloc_success', 'htlb_buddy_alloc_fail', 'cma_alloc_success', 'cma_alloc_fail',
  'unevictable_pgs_culled', 'unevictable_pgs_scanned', 'unevictable_pgs_rescued', 'unevictable_pgs_mlocked', 'unevictable_pgs_munlocked', 'unevictable_pgs_cleared', 'unevictable_pgs_stranded',
  'thp_fault_alloc', 'thp_fault_fallback', 'thp_fault_fallback_charge', 'thp_collapse_alloc', 'thp_collapse_alloc_failed', 'thp_file_alloc', 'thp_file_fallback', 'thp_file_fallback_charge',
  'thp_file_mapped', 'thp_split_page', 'thp_split_page_failed', 'thp_deferred_split_page', 'thp_split_pmd', 'thp_scan_exceed_none_pte', 'thp_scan_exceed_swap_pte', 'thp_scan_exceed_share_pte',
  'thp_split_pud', 'thp_zero_page_alloc', 'thp_zero_page_alloc_failed', 'thp_swpout', 'thp_swpout_fallback', 'balloon_inflate', 'balloon_deflate', 'balloon_migrate',
  'swap_ra', 'swap_ra_hit', 'ksm_swpin_copy', 'cow_ksm', 'zswpin', 'zswpout', 'direct_map_level2_splits', 'direct_map_level3_splits',
] as const;
export type VmEventItem = (typeof VM_EVENT_ITEMS)[number];
/** Row of VM_EVENT by name. */
export const VM = Object.fromEntries(VM_EVENT_ITEMS.map((name, i) => [name, i])) as { readonly [N in VmEventItem]: number };

/** `item`: VM.*. */
export function count_vm_events(mm: Pick<Mm, 't'>, item: number, n: number): void {
  const { count } = mm.t.vm_event;
  count[item] = (count[item] as number) + n;
}
export const count_vm_event = (mm: Pick<Mm, 't'>, item: number): void => count_vm_events(mm, item, 1);
