/**
 * Mirrors: warn_alloc() of mm/page_alloc.c and show_mem(), show_free_areas() of mm/show_mem.c (6.1): what the log says about memory when an allocation got none: which zones
 * there are, what is free in them, which marks it would have had to stay above.
 * Left out: registers, and the sums over all nodes. Why: there is no machine code here; the sums are one record of several lines.
 */
import { STATE_ORDER } from '../uapi/layout.ts';
import { MAX_ORDER, MIGRATE_TYPES, ZONE_DEVICE, ZONE_MOVABLE, zoneRow } from '../uapi/mmzone.ts';
import { hugetlbCounts } from './hugetlb.ts';
import { CALL_TRACES, dump_stack } from './dump_stack.ts';
import { M_HARDWARE_CORRUPTED, M_WARN_ALLOC_MS, type Mm, zoneName } from './mm.ts';
import { page_zone_row, populated_zone, zone_idx, zone_to_nid } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { ratelimitClock } from './ratelimit.ts';
import { ownerName } from './rmap.ts';
import { countPages, type PageCounts, sumCounts, sumZoneColumn } from './vmstat.ts';
import { onlineNodes } from './zonelist.ts';

const WARN = 4;
/** One report in ten seconds. */
const INTERVAL_MS = 10_000;
/** show_migration_types(): letters of the types a list has chunks of. */
const LETTERS = ['U', 'M', 'E', 'H', 'I'] as const;
const kB = (pages: number): string => `${4 * pages}kB`;

/** Words of a gfp mask for user memory, with and without the highmem bit that only pages of ZONE_MOVABLE bring along. Source: alloc_migration_target(). */
const MODE = {
  highmem: '0x144cca(GFP_HIGHUSER_MOVABLE|__GFP_RETRY_MAYFAIL|__GFP_COMP)',
  kernel: '0x144cc8(GFP_USER|__GFP_RETRY_MAYFAIL|__GFP_COMP|__GFP_MOVABLE)',
} as const;

/** The process whose system call asks: the one that began last. */
function current(mm: Mm): { readonly pid: number; readonly name: string } {
  const { pid } = mm.t.owner;
  let last = 0;
  for (let row = 1; row < pid.length; row++) if ((pid[row] as number) > (pid[last] as number)) last = row;
  return { pid: pid[last] as number, name: ownerName(mm, last).split(',', 1)[0] ?? '' };
}

/** No frame for a page that is to be moved away from `pfn`. Huge pages fail without a word. */
export function warn_alloc(mm: Mm, buddy: Buddy, pfn: number, nodemask: number): void {
  const order = (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
  const now = ratelimitClock(mm);
  const { word } = mm.t.misc;
  if (order > 0 || ((word[M_WARN_ALLOC_MS] as number) > 0 && now - (word[M_WARN_ALLOC_MS] as number) < INTERVAL_MS)) return;
  word[M_WARN_ALLOC_MS] = Math.max(1, now);
  const say = (line: string): void => mm.printk(WARN, line);
  const nodes = onlineNodes(mm).join(',');
  const allowed = nodemask === -1 ? '(null)' : onlineNodes(mm).filter((nid) => (nodemask & (1 << nid)) !== 0).join(',');
  const { pid, name } = current(mm);
  const mode = zone_idx(page_zone_row(mm, pfn)) === ZONE_MOVABLE ? MODE.highmem : MODE.kernel;
  say(`${name}: page allocation failure: order:${order}, mode:${mode}, nodemask=${allowed},cpuset=/,mems_allowed=${nodes}`);
  dump_stack(mm, { pid, comm: name }, CALL_TRACES.alloc_migration_target);
  show_mem(mm, buddy);
}

export function show_mem(mm: Mm, buddy: Buddy): void {
  const say = (line: string): void => mm.printk(WARN, line);
  const counts = countPages(mm);
  const z = mm.t.zone;
  const zones = onlineNodes(mm).flatMap((nid) => Array.from({ length: ZONE_DEVICE }, (_, zone) => ({ nid, row: zoneRow(nid, zone), name: `Node ${nid} ${zoneName(mm, zone)}` }))).filter(({ row }) => populated_zone(mm, row));
  say('Mem-Info:');
  for (const nid of onlineNodes(mm)) {
    const c = sumCounts(counts, (row) => zone_to_nid(row) === nid);
    say(`Node ${nid} active_anon:${kB(c.active_anon)} inactive_anon:${kB(c.inactive_anon)} active_file:${kB(c.active_file)} inactive_file:${kB(c.inactive_file)} unevictable:${kB(c.unevictable)}`
      + ` isolated(anon):0kB isolated(file):0kB mapped:${kB(c.mapped)} dirty:${kB(c.dirty)} writeback:0kB shmem:${kB(c.shmem)} shmem_thp: 0kB shmem_pmdmapped: 0kB`
      + ` anon_thp: ${kB(c.anon_thp_pages)} writeback_tmp:0kB kernel_stack:0kB pagetables:${kB(c.page_table_pages)} sec_pagetables:0kB all_unreclaimable? yes`);
  }
  for (const { row, name } of zones) {
    say(zoneLine(mm, row, name, counts[row] as PageCounts));
    say(`lowmem_reserve[]: ${[z.protection0, z.protection1, z.protection2, z.protection3, z.protection4].map((p) => p[row]).join(' ')}`);
  }
  for (const { row, name } of zones) say(`${name}: ${chunks(buddy, row)}`);
  for (const nid of onlineNodes(mm)) {
    const { nr, free, surplus } = hugetlbCounts(mm, nid);
    say(`Node ${nid} hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=1048576kB`);
    say(`Node ${nid} hugepages_total=${nr} hugepages_free=${free} hugepages_surp=${surplus} hugepages_size=2048kB`);
  }
  const present = sumZoneColumn(z.present_pages);
  say(`${sumCounts(counts).file_pages} total pagecache pages`);
  for (const line of ['0 pages in swap cache', 'Free swap  = 0kB', 'Total swap = 0kB']) say(line);
  say(`${present} pages RAM`);
  say('0 pages HighMem/MovableOnly');
  say(`${present - sumZoneColumn(z.managed_pages)} pages reserved`);
  say(`${mm.t.misc.word[M_HARDWARE_CORRUPTED]} pages hwpoisoned`);
}

function zoneLine(mm: Mm, row: number, name: string, c: PageCounts): string {
  const z = mm.t.zone;
  const of = (column: Int32Array): number => column[row] as number;
  const boost = of(z.watermark_boost);
  const fields: readonly (readonly [string, number])[] = [
    ['free', of(z.nr_free_pages)], ['boost', boost], ['min', of(z.watermark_min) + boost], ['low', of(z.watermark_low) + boost], ['high', of(z.watermark_high) + boost],
  ];
  const more: readonly (readonly [string, number])[] = [
    ['active_anon', c.active_anon], ['inactive_anon', c.inactive_anon], ['active_file', c.active_file], ['inactive_file', c.inactive_file], ['unevictable', c.unevictable],
    ['writepending', c.dirty], ['present', of(z.present_pages)], ['managed', of(z.managed_pages)], ['mlocked', c.mlock], ['bounce', 0], ['free_pcp', of(z.pageset_count)],
    ['local_pcp', of(z.pageset_count)], ['free_cma', 0],
  ];
  const words = (list: readonly (readonly [string, number])[]): string => list.map(([field, pages]) => `${field}:${kB(pages)}`).join(' ');
  return `${name} ${words(fields)} reserved_highatomic:${4 * of(z.nr_reserved_highatomic)}KB ${words(more)}`;
}
function chunks(buddy: Buddy, row: number): string {
  let pages = 0;
  let text = '';
  for (let order = 0; order < MAX_ORDER; order++) {
    const nr = buddy.nr_free(row, order);
    pages += nr << order;
    const letters = Array.from({ length: MIGRATE_TYPES }, (_, type) => (buddy.nr_free_type(row, order, type) > 0 ? LETTERS[type] : '')).join('');
    text += `${nr}*${4 << order}kB ${letters === '' ? '' : `(${letters}) `}`;
  }
  return `${text}= ${kB(pages)}`;
}
