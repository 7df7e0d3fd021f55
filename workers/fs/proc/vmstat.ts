/** Mirrors: vmstat_text[] and vmstat_show() of mm/vmstat.c (6.1): /proc/vmstat: counters of pages, limits of dirty page cache, then events. */
import { numaStats, pgalloc, pgfault, pgfree } from '../../mm/alloc_stat.ts';
import { M_NR_MIGRATED, type Mm } from '../../mm/mm.ts';
import { MAX_NR_ZONES, ZONE_DMA } from '../../uapi/mmzone.ts';
import { VM, VM_EVENT_ITEMS } from '../../mm/vm_event.ts';
import { countPages, global_dirty_limits, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { nodeStats, zoneStats } from './zoneinfo.ts';

export function vmstat_show(mm: Mm): string {
  const c = sumCounts(countPages(mm));
  const { word } = mm.t.misc;
  const elsewhere = new Map([[VM.pgmigrate_success, word[M_NR_MIGRATED] as number], [VM.pgfree, pgfree(mm)], [VM.pgfault, pgfault(mm)]]);
  for (let zone = ZONE_DMA; zone < MAX_NR_ZONES; zone++) elsewhere.set(VM.pgalloc_dma + zone, pgalloc(mm, zone));
  const events = VM_EVENT_ITEMS.map((name, item) => [name, elsewhere.get(item) ?? (mm.t.vm_event.count[item] as number)] as const);
  const [dirty, background] = global_dirty_limits(mm, c.active_file + c.inactive_file);
  const limits = [['nr_dirty_threshold', dirty], ['nr_dirty_background_threshold', background]] as const;
  const lines = [...zoneStats(sumZoneColumn(mm.t.zone.nr_free_pages), c, sumZoneColumn(mm.t.zone.nr_free_cma)), ...numaStats(mm), ...nodeStats(mm, c), ...limits, ...events];
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}
