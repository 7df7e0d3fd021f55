/** Mirrors: show_free_areas() of mm/page_alloc.c (2.6.12): what the log says about memory when there is none. Per-cpu lists are told with their limits, which follow from the zone's size; pages in them are none here. */
import type { Mm } from '../../mm/mm.ts';
import { zoneName } from '../../mm/mm.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import { get_nr_swap_pages, swapSpace } from '../../mm/swap.ts';
import { countPages, type PageCounts, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { zoneReclaim } from '../../mm/zone_reclaim.ts';
import { MAX_ORDER, ZONE_DMA, ZONE_HIGHMEM, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';

const WARN = 4;
const kB = (pages: number): string => `${4 * pages}kB`;
const ZONES = [ZONE_DMA, ZONE_NORMAL, ZONE_HIGHMEM].map((zone) => zoneRow(0, zone));
/** 256 KiB, of which four lists' worth are kept. */
const MOST_BATCH = 64;

/** Pages a per-cpu list of the zone is filled by. Source: free_area_init_core(). */
const batch = (present_pages: number): number => Math.max(1, Math.min(MOST_BATCH, present_pages >> 10) >> 2);

export function show_free_areas(mm: Mm, buddy: Buddy): void {
  const say = (line: string): void => mm.printk(WARN, line);
  const z = mm.t.zone;
  const counts = countPages(mm);
  for (const row of ZONES) {
    const present = z.present_pages[row] as number;
    say(`${zoneName(mm, row)} per-cpu:${present === 0 ? ' empty' : ''}`);
    const n = batch(present);
    for (let cpu = 0; cpu < mm.description.cpus && present > 0; cpu++) {
      say(`cpu ${cpu} hot: low ${2 * n}, high ${6 * n}, batch ${n}`);
      say(`cpu ${cpu} cold: low 0, high ${2 * n}, batch ${n}`);
    }
  }
  const c = sumCounts(counts);
  const free = sumZoneColumn(z.nr_free_pages);
  say('');
  say(`Free pages: ${String(4 * free).padStart(11)}kB (${kB(z.nr_free_pages[zoneRow(0, ZONE_HIGHMEM)] as number)} HighMem)`);
  say(`Active:${c.active_anon + c.active_file} inactive:${c.inactive_anon + c.inactive_file} dirty:${c.dirty} writeback:0 unstable:0 free:${free}`
    + ` slab:${c.slab_reclaimable + c.slab_unreclaimable} mapped:${c.mapped + c.anon_pages} pagetables:${c.page_table_pages}`);
  for (const row of ZONES) {
    say(zoneLine(mm, row, counts[row] as PageCounts));
    say(`lowmem_reserve[]: ${[z.protection0, z.protection2, z.protection3].map((p) => p[row]).join(' ')}`);
  }
  for (const row of ZONES) say(`${zoneName(mm, row)}: ${z.present_pages[row] === 0 ? 'empty' : chunks(buddy, row)}`);
  say('Swap cache: add 0, delete 0, find 0/0, race 0+0');
  say(`Free swap  = ${kB(get_nr_swap_pages(mm))}`);
  say(`Total swap = ${kB(swapSpace(mm)?.total_swap_pages() ?? 0)}`);
}
function zoneLine(mm: Mm, row: number, c: PageCounts): string {
  const z = mm.t.zone;
  const { pages_scanned, all_unreclaimable } = zoneReclaim(mm);
  const fields: readonly (readonly [string, number])[] = [
    ['free', z.nr_free_pages[row] as number], ['min', z.watermark_min[row] as number], ['low', z.watermark_low[row] as number], ['high', z.watermark_high[row] as number],
    ['active', c.active_anon + c.active_file], ['inactive', c.inactive_anon + c.inactive_file], ['present', z.present_pages[row] as number],
  ];
  return `${zoneName(mm, row)} ${fields.map(([field, pages]) => `${field}:${kB(pages)}`).join(' ')} pages_scanned:${pages_scanned[row]} all_unreclaimable? ${all_unreclaimable[row] === 1 ? 'yes' : 'no'}`;
}
function chunks(buddy: Buddy, row: number): string {
  let pages = 0;
  let text = '';
  for (let order = 0; order < MAX_ORDER; order++) {
    const nr = buddy.nr_free(row, order);
    pages += nr << order;
    text += `${nr}*${4 << order}kB `;
  }
  return `${text}= ${kB(pages)}`;
}
