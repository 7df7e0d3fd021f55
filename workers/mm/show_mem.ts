/**
 * Mirrors: show_mem(), show_free_areas() of mm/show_mem.c (6.1): what the log says about memory when an allocation got none: which zones
 * there are, what is free in them, which marks it would have had to stay above.
 * Left out: the sums over all nodes. Why: they are one record of several lines.
 */
import { MIGRATE_TYPES, ZONE_DEVICE, zoneRow } from '../uapi/mmzone.ts';
import { MAX_RECLAIM_RETRIES } from './boost_watermark.ts';
import { hstates, hugetlbCounts } from './hugetlb.ts';
import { M_HARDWARE_CORRUPTED, type Mm, page_size, zoneName } from './mm.ts';
import { populated_zone, zone_to_nid } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { get_nr_swap_pages, swapSpace } from './swap.ts';
import { countPages, type PageCounts, sumCounts, sumZoneColumn } from './vmstat.ts';
import { onlineNodes } from './zonelist.ts';

const WARN = 4;
/** show_migration_types(): letters of the types a list has chunks of. */
const LETTERS = ['U', 'M', 'E', 'H', 'I'] as const;

const kbOf = (mm: Mm): number => page_size(mm) / 1024;
const writer = (mm: Mm) => (pages: number): string => `${kbOf(mm) * pages}kB`;

export function show_mem(mm: Mm, buddy: Buddy): void {
  const kB = writer(mm);
  const say = (line: string): void => mm.printk(WARN, line);
  const counts = countPages(mm);
  const z = mm.t.zone;
  const zones = onlineNodes(mm).flatMap((nid) => Array.from({ length: ZONE_DEVICE }, (_, zone) => ({ nid, row: zoneRow(nid, zone), name: `Node ${nid} ${zoneName(mm, zone)}` }))).filter(({ row }) => populated_zone(mm, row));
  say('Mem-Info:');
  for (const nid of onlineNodes(mm)) {
    const c = sumCounts(counts, (row) => zone_to_nid(row) === nid);
    say(`Node ${nid} active_anon:${kB(c.active_anon)} inactive_anon:${kB(c.inactive_anon)} active_file:${kB(c.active_file)} inactive_file:${kB(c.inactive_file)} unevictable:${kB(c.unevictable)}`
      + ` isolated(anon):0kB isolated(file):0kB mapped:${kB(c.mapped)} dirty:${kB(c.dirty)} writeback:0kB shmem:${kB(c.shmem)} shmem_thp: 0kB shmem_pmdmapped: 0kB`
      + ` anon_thp: ${kB(c.anon_thp_pages)} writeback_tmp:0kB kernel_stack:0kB pagetables:${kB(c.page_table_pages)} sec_pagetables:0kB all_unreclaimable? ${(mm.t.node.kswapd_failures[nid] as number) >= MAX_RECLAIM_RETRIES ? 'yes' : 'no'}`);
  }
  for (const { row, name } of zones) {
    say(zoneLine(mm, row, name, counts[row] as PageCounts));
    say(`lowmem_reserve[]: ${[z.protection0, z.protection1, z.protection2, z.protection3, z.protection4].map((p) => p[row]).join(' ')}`);
  }
  for (const { row, name } of zones) say(`${name}: ${chunks(mm, buddy, row)}`);
  for (const nid of onlineNodes(mm)) {
    for (const h of hstates(mm)) {
      const { nr, free, surplus } = hugetlbCounts(mm, nid, h);
      say(`Node ${nid} hugepages_total=${nr} hugepages_free=${free} hugepages_surp=${surplus} hugepages_size=${kB(h.pages)}`);
    }
  }
  const present = sumZoneColumn(z.present_pages);
  say(`${sumCounts(counts).file_pages} total pagecache pages`);
  for (const line of ['0 pages in swap cache', `Free swap  = ${kB(get_nr_swap_pages(mm))}`, `Total swap = ${kB(swapSpace(mm)?.total_swap_pages() ?? 0)}`]) say(line);
  say(`${present} pages RAM`);
  say('0 pages HighMem/MovableOnly');
  say(`${present - sumZoneColumn(z.managed_pages)} pages reserved`);
  say(`${mm.t.misc.word[M_HARDWARE_CORRUPTED]} pages hwpoisoned`);
}

function zoneLine(mm: Mm, row: number, name: string, c: PageCounts): string {
  const kB = writer(mm);
  const z = mm.t.zone;
  const of = (column: Int32Array): number => column[row] as number;
  const boost = of(z.watermark_boost);
  const fields: readonly (readonly [string, number])[] = [
    ['free', of(z.nr_free_pages)], ['boost', boost], ['min', of(z.watermark_min) + boost], ['low', of(z.watermark_low) + boost], ['high', of(z.watermark_high) + boost],
  ];
  const more: readonly (readonly [string, number])[] = [
    ['active_anon', c.active_anon], ['inactive_anon', c.inactive_anon], ['active_file', c.active_file], ['inactive_file', c.inactive_file], ['unevictable', c.unevictable],
    ['writepending', c.dirty], ['present', of(z.present_pages)], ['managed', of(z.managed_pages)], ['mlocked', c.mlock], ['bounce', 0], ['free_pcp', of(z.pageset_count)],
    ['local_pcp', of(z.pageset_count)], ['free_cma', of(z.nr_free_cma)],
  ];
  const words = (list: readonly (readonly [string, number])[]): string => list.map(([field, pages]) => `${field}:${kB(pages)}`).join(' ');
  return `${name} ${words(fields)} reserved_highatomic:${kbOf(mm) * of(z.nr_reserved_highatomic)}KB ${words(more)}`;
}
function chunks(mm: Mm, buddy: Buddy, row: number): string {
  const kB = writer(mm);
  let pages = 0;
  let text = '';
  for (let order = 0; order < mm.geometry.MAX_ORDER; order++) {
    const nr = buddy.nr_free(row, order);
    pages += nr << order;
    const letters = Array.from({ length: MIGRATE_TYPES }, (_, type) => (buddy.nr_free_type(row, order, type) > 0 ? LETTERS[type] : '')).join('');
    text += `${nr}*${kB(1 << order)} ${letters === '' ? '' : `(${letters}) `}`;
  }
  return `${text}= ${kB(pages)}`;
}
