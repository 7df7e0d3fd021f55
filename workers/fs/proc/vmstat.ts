/** Mirrors: vmstat_text[] and vmstat_show() of mm/vmstat.c (6.1): /proc/vmstat: counters of pages, limits of dirty page cache, then events. */
import { M_NR_MIGRATED, type Mm } from '../../mm/mm.ts';
import { VM, VM_EVENT_ITEMS } from '../../mm/vm_event.ts';
import { countPages, global_dirty_limits, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { nodeStats, NUMA_STATS, zoneStats } from './zoneinfo.ts';

export function vmstat_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const { word } = mm.t.misc;
  const events = VM_EVENT_ITEMS.map((name, item) => [name, item === VM.pgmigrate_success ? (word[M_NR_MIGRATED] as number) : (mm.t.vm_event.count[item] as number)] as const);
  const [dirty, background] = global_dirty_limits(mm, c.active_file + c.inactive_file);
  const limits = [['nr_dirty_threshold', dirty], ['nr_dirty_background_threshold', background]] as const;
  const lines = [...zoneStats(sumZoneColumn(mm.t.zone.nr_free_pages), c, sumZoneColumn(mm.t.zone.nr_free_cma)), ...NUMA_STATS, ...nodeStats(mm, c), ...limits, ...events];
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}
