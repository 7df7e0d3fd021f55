/**
 * Mirrors: vmstat_text[] and vmstat_show() of mm/vmstat.c (3.11): /proc/vmstat: counters of zones' pages, limits of dirty page cache, then events, those of reclaim by zone.
 * Left out: reading and writing of disks. They read 0.
 */
import { pgalloc, pgfault, pgfree } from '../../mm/alloc_stat.ts';
import { configured, M_NR_MIGRATED, type Mm, zoneName } from '../../mm/mm.ts';
import { get_nr_swap_pages } from '../../mm/swap.ts';
import { VM, type VmEventItem } from '../../mm/vm_event.ts';
import { global_dirty_limits, type PageCounts } from '../../mm/vmstat.ts';
import { PGREFILL, PGSCAN_DIRECT, PGSCAN_KSWAPD, PGSTEAL_DIRECT, PGSTEAL_KSWAPD, zone_vm_events, zoneReclaim } from '../../mm/zone_reclaim.ts';
import { ZONE_DEVICE } from '../../uapi/mmzone.ts';

type Line = readonly [name: string, value: number];

/** Pages that reclaim could have: those of files, and with swap anonymous memory. Source: global_reclaimable_pages(). */
const reclaimable = (mm: Mm, c: PageCounts): number => c.active_file + c.inactive_file + (get_nr_swap_pages(mm) > 0 ? c.active_anon + c.inactive_anon : 0);

/** Everything behind the counters of pages, in the kernel's order. */
export function vm_events(mm: Mm, c: PageCounts): Line[] {
  const { count } = mm.t.vm_event;
  const one = (name: VmEventItem): Line => [name, count[VM[name]] as number];
  const of = (names: string): Line[] => names.split(' ').map((name) => one(name as VmEventItem));
  const by_zone = (name: string, value: (zone: number) => number): Line[] => Array.from({ length: ZONE_DEVICE }, (_, zone) => [`${name}_${zoneName(mm, zone).toLowerCase()}`, value(zone)] as const);
  const scanned = zoneReclaim(mm);
  const event = (name: string, item: number): Line[] => by_zone(name, (zone) => zone_vm_events(scanned, item, zone));
  const [dirty, background] = global_dirty_limits(mm, reclaimable(mm, c));
  const present = (option: string, lines: Line[]): Line[] => (configured(mm, option) ? lines : []);
  return [
    ['nr_dirty_threshold', dirty], ['nr_dirty_background_threshold', background],
    ...of('pgpgin pgpgout pswpin pswpout'), ...by_zone('pgalloc', (zone) => pgalloc(mm, zone)), ['pgfree', pgfree(mm)], ...of('pgactivate pgdeactivate'), ['pgfault', pgfault(mm)], one('pgmajfault'),
    ...event('pgrefill', PGREFILL), ...event('pgsteal_kswapd', PGSTEAL_KSWAPD), ...event('pgsteal_direct', PGSTEAL_DIRECT), ...event('pgscan_kswapd', PGSCAN_KSWAPD), ...event('pgscan_direct', PGSCAN_DIRECT),
    one('pgscan_direct_throttle'), ...present('NUMA', of('zone_reclaim_failed')),
    ...of('pginodesteal slabs_scanned kswapd_inodesteal kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly pageoutrun'), ['allocstall', count[VM.allocstall_normal] as number], one('pgrotated'),
    ...present('MIGRATION', [['pgmigrate_success', mm.t.misc.word[M_NR_MIGRATED] as number], one('pgmigrate_fail')]),
    ...present('COMPACTION', of('compact_migrate_scanned compact_free_scanned compact_isolated compact_stall compact_fail compact_success')),
    ...present('HUGETLB', of('htlb_buddy_alloc_success htlb_buddy_alloc_fail')),
    ...of('unevictable_pgs_culled unevictable_pgs_scanned unevictable_pgs_rescued unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_cleared unevictable_pgs_stranded'),
    ...present('TRANSPARENT_HUGEPAGE', [...of('thp_fault_alloc thp_fault_fallback thp_collapse_alloc thp_collapse_alloc_failed'), ['thp_split', count[VM.thp_split_page] as number], ...of('thp_zero_page_alloc thp_zero_page_alloc_failed')]),
  ];
}
