/** Names and order of /proc/vmstat by edition: vmstat_text[] of mm/vmstat.c (3.11) and of mm/page_alloc.c (2.6.12). */
import { describe, expect, it } from 'vitest';
import { guest } from '../testing/guest.ts';
import type { Edition } from '../uapi/machine_description.ts';

const names = (edition: Edition): string => guest('512M', { edition }).file('/proc/vmstat').replaceAll(/ \d+\n/g, ' ').trim();

describe('/proc/vmstat', () => {
  it('of 3.11: zones of reclaim are named, counters of pages are of zones', () => {
    expect(names('3.11')).toBe([
      'nr_free_pages nr_inactive_anon nr_active_anon nr_inactive_file nr_active_file nr_unevictable nr_mlock nr_anon_pages nr_mapped nr_file_pages nr_dirty nr_writeback',
      'nr_slab_reclaimable nr_slab_unreclaimable nr_page_table_pages nr_kernel_stack nr_unstable nr_bounce nr_vmscan_write nr_vmscan_immediate_reclaim nr_writeback_temp',
      'nr_isolated_anon nr_isolated_file nr_shmem nr_dirtied nr_written numa_hit numa_miss numa_foreign numa_interleave numa_local numa_other nr_anon_transparent_hugepages nr_free_cma',
      'nr_dirty_threshold nr_dirty_background_threshold pgpgin pgpgout pswpin pswpout pgalloc_dma pgalloc_dma32 pgalloc_normal pgalloc_movable pgfree pgactivate pgdeactivate pgfault pgmajfault',
      'pgrefill_dma pgrefill_dma32 pgrefill_normal pgrefill_movable pgsteal_kswapd_dma pgsteal_kswapd_dma32 pgsteal_kswapd_normal pgsteal_kswapd_movable',
      'pgsteal_direct_dma pgsteal_direct_dma32 pgsteal_direct_normal pgsteal_direct_movable pgscan_kswapd_dma pgscan_kswapd_dma32 pgscan_kswapd_normal pgscan_kswapd_movable',
      'pgscan_direct_dma pgscan_direct_dma32 pgscan_direct_normal pgscan_direct_movable pgscan_direct_throttle zone_reclaim_failed pginodesteal slabs_scanned kswapd_inodesteal',
      'kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly pageoutrun allocstall pgrotated pgmigrate_success pgmigrate_fail',
      'compact_migrate_scanned compact_free_scanned compact_isolated compact_stall compact_fail compact_success htlb_buddy_alloc_success htlb_buddy_alloc_fail',
      'unevictable_pgs_culled unevictable_pgs_scanned unevictable_pgs_rescued unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_cleared unevictable_pgs_stranded',
      'thp_fault_alloc thp_fault_fallback thp_collapse_alloc thp_collapse_alloc_failed thp_split thp_zero_page_alloc thp_zero_page_alloc_failed',
    ].join(' '));
  });
  it('of 2.6.12: the highest zone comes first', () => {
    expect(names('2.6.12-mhp')).toBe([
      'nr_dirty nr_writeback nr_unstable nr_page_table_pages nr_mapped nr_slab pgpgin pgpgout pswpin pswpout pgalloc_high pgalloc_normal pgalloc_dma pgfree pgactivate pgdeactivate',
      'pgfault pgmajfault pgrefill_high pgrefill_normal pgrefill_dma pgsteal_high pgsteal_normal pgsteal_dma pgscan_kswapd_high pgscan_kswapd_normal pgscan_kswapd_dma',
      'pgscan_direct_high pgscan_direct_normal pgscan_direct_dma pginodesteal slabs_scanned kswapd_steal kswapd_inodesteal pageoutrun allocstall pgrotated',
    ].join(' '));
  });
  it('dirty page cache may be a fifth of what is free beyond the reserves and of the files: global_dirty_limits()', () => {
    for (const edition of ['3.11', '6.1'] as const) {
      const g = guest('512M', { edition });
      const of = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(g.file('/proc/vmstat'))?.[1]);
      const z = g.machine.kernel.mm.t.zone;
      const reserves = z.managed_pages.reduce((sum, managed, row) => sum + Math.min(managed, (z.watermark_high[row] as number) + Math.max(...[z.protection1, z.protection2, z.protection3].map((p) => p[row] as number))), 0);
      const dirtyable = of('nr_free_pages') - reserves + of('nr_inactive_file') + of('nr_active_file') + 1;
      expect([of('nr_dirty_threshold'), of('nr_dirty_background_threshold')]).toEqual([Math.floor(dirtyable / 5), Math.floor(dirtyable / 10)]);
    }
  });
});
