/** Mirrors: show_free_areas() of mm/page_alloc.c (3.11): what the log says about memory when there is none. */
import { onlineNodes } from '../../mm/zonelist.ts';
import { countPages, type PageCounts, sumCounts, sumZoneColumn } from '../../mm/vmstat.ts';
import { type Mm, zoneName } from '../../mm/mm.ts';
import { populated_zone } from '../../mm/mmzone.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import { get_nr_swap_pages, swapSpace } from '../../mm/swap.ts';
import { zoneReclaim } from '../../mm/zone_reclaim.ts';
import { hugetlbCounts } from '../../mm/hugetlb.ts';
import { MAX_ORDER, ZONE_DEVICE, zoneRow } from '../../uapi/mmzone.ts';

const WARN = 4;
const kB = (pages: number): string => `${4 * pages}kB`;
const wide = (n: number): string => String(n).padStart(4);
/** Letters of the types that free chunks of an order have: Unmovable, rEclaimable, Movable, Reserve, Isolate; by wire value. */
const LETTERS = ['U', 'M', 'E', 'R', 'I'] as const;
const LETTER_ORDER = [0, 2, 1, 3, 4] as const;

export function show_free_areas(mm: Mm, buddy: Buddy): void {
  const say = (line: string): void => mm.printk(WARN, line);
  const counts = countPages(mm);
  const z = mm.t.zone;
  const zones = onlineNodes(mm).flatMap((nid) => Array.from({ length: ZONE_DEVICE }, (_, zone) => ({ nid, row: zoneRow(nid, zone), name: `Node ${nid} ${zoneName(mm, zone)}` }))).filter(({ row }) => populated_zone(mm, row));
  say('Mem-Info:');
  for (const { row, name } of zones) {
    say(`${name} per-cpu:`);
    for (let cpu = 0; cpu < mm.description.cpus; cpu++) say(`CPU ${wide(cpu)}: hi:${String(z.pageset_high[row]).padStart(5)}, btch:${wide(z.pageset_batch[row] as number)} usd:${wide(z.pageset_count[row] as number)}`);
  }
  const c = sumCounts(counts);
  say(`active_anon:${c.active_anon} inactive_anon:${c.inactive_anon} isolated_anon:0`);
  say(` active_file:${c.active_file} inactive_file:${c.inactive_file} isolated_file:0`);
  say(` unevictable:${c.unevictable} dirty:${c.dirty} writeback:0 unstable:0`);
  say(` free:${sumZoneColumn(z.nr_free_pages)} slab_reclaimable:${c.slab_reclaimable} slab_unreclaimable:${c.slab_unreclaimable}`);
  say(` mapped:${c.mapped} shmem:${c.shmem} pagetables:${c.page_table_pages} bounce:0`);
  say(' free_cma:0');
  for (const { row, name } of zones) {
    say(zoneLine(mm, row, name, counts[row] as PageCounts));
    say(`lowmem_reserve[]: ${[z.protection0, z.protection1, z.protection2, z.protection3].map((p) => p[row]).join(' ')}`);
  }
  for (const { row, name } of zones) say(`${name}: ${chunks(buddy, row)}= ${kB(chunkPages(buddy, row))}`);
  for (const nid of onlineNodes(mm)) {
    const { nr, free, surplus } = hugetlbCounts(mm, nid);
    say(`Node ${nid} hugepages_total=${nr} hugepages_free=${free} hugepages_surp=${surplus} hugepages_size=2048kB`);
  }
  say(`${c.file_pages} total pagecache pages`);
  for (const line of ['0 pages in swap cache', 'Swap cache stats: add 0, delete 0, find 0/0', `Free swap  = ${kB(get_nr_swap_pages(mm))}`, `Total swap = ${kB(swapSpace(mm)?.total_swap_pages() ?? 0)}`]) say(line);
}

function zoneLine(mm: Mm, row: number, name: string, c: PageCounts): string {
  const z = mm.t.zone;
  const { pages_scanned, all_unreclaimable } = zoneReclaim(mm);
  const fields: readonly (readonly [string, number])[] = [
    ['free', z.nr_free_pages[row] as number], ['min', z.watermark_min[row] as number], ['low', z.watermark_low[row] as number], ['high', z.watermark_high[row] as number],
    ['active_anon', c.active_anon], ['inactive_anon', c.inactive_anon], ['active_file', c.active_file], ['inactive_file', c.inactive_file], ['unevictable', c.unevictable],
    ['isolated(anon)', 0], ['isolated(file)', 0], ['present', z.present_pages[row] as number], ['managed', z.managed_pages[row] as number], ['mlocked', c.mlock], ['dirty', c.dirty],
    ['writeback', 0], ['mapped', c.mapped], ['shmem', c.shmem], ['slab_reclaimable', c.slab_reclaimable], ['slab_unreclaimable', c.slab_unreclaimable], ['kernel_stack', 0],
    ['pagetables', c.page_table_pages], ['unstable', 0], ['bounce', 0], ['free_cma', 0], ['writeback_tmp', 0],
  ];
  return `${name} ${fields.map(([field, pages]) => `${field}:${kB(pages)}`).join(' ')} pages_scanned:${pages_scanned[row]} all_unreclaimable? ${all_unreclaimable[row] === 1 ? 'yes' : 'no'}`;
}
function chunks(buddy: Buddy, row: number): string {
  return Array.from({ length: MAX_ORDER }, (_, order) => {
    const letters = LETTER_ORDER.filter((type) => buddy.nr_free_type(row, order, type) > 0).map((type) => LETTERS[type]).join('');
    return `${buddy.nr_free(row, order)}*${4 << order}kB ${letters === '' ? '' : `(${letters}) `}`;
  }).join('');
}
function chunkPages(buddy: Buddy, row: number): number {
  let pages = 0;
  for (let order = 0; order < MAX_ORDER; order++) pages += buddy.nr_free(row, order) << order;
  return pages;
}
