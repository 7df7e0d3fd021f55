/** Mirrors: zoneinfo_show(), frag_show(), pagetypeinfo_show() of mm/vmstat.c (6.1): texts of /proc/zoneinfo, buddyinfo and pagetypeinfo. */
import type { Kernel } from '../../mm/kernel.ts';
import { numaStats } from '../../mm/alloc_stat.ts';
import { configured, M_FOLL_PIN_ACQUIRED, M_FOLL_PIN_RELEASED, type Mm, zoneName } from '../../mm/mm.ts';
import { populated_zone } from '../../mm/mmzone.ts';
import { countPages, type PageCounts, sumCounts } from '../../mm/vmstat.ts';
import { ALLOC_WMARK_HIGH, ALLOC_WMARK_LOW, ALLOC_WMARK_MIN, wmark_pages } from '../../mm/zone_watermark.ts';
import { kernel_stack_kb } from './meminfo.ts';
import { NODE_ONLINE } from '../../uapi/layout.ts';
import { MAX_NR_ZONES, MIGRATE_CMA, MIGRATE_TYPES, pageblock_order, zoneRow } from '../../uapi/mmzone.ts';

/** Node counters in the kernel's order. Those that nothing here counts read 0. */
/** Of one node, or (absent) of all. */
const pins = (mm: Mm, first: number, nid?: number): number => Array.from({ length: mm.t.sizes.nodes }, (_, n) => (nid === undefined || nid === n ? (mm.t.misc.word[first + n] as number) : 0)).reduce((sum, n) => sum + n, 0);
export const nodeStats = (mm: Mm, c: PageCounts, nid?: number): readonly (readonly [string, number])[] => [
  ['nr_inactive_anon', c.inactive_anon], ['nr_active_anon', c.active_anon], ['nr_inactive_file', c.inactive_file], ['nr_active_file', c.active_file],
  ['nr_unevictable', c.unevictable], ['nr_slab_reclaimable', c.slab_reclaimable], ['nr_slab_unreclaimable', c.slab_unreclaimable],
  ...zeros('nr_isolated_anon nr_isolated_file workingset_nodes workingset_refault_anon workingset_refault_file workingset_activate_anon workingset_activate_file'),
  ...zeros('workingset_restore_anon workingset_restore_file workingset_nodereclaim'),
  ['nr_anon_pages', c.anon_pages], ['nr_mapped', c.mapped], ['nr_file_pages', c.file_pages], ['nr_dirty', c.dirty],
  ...zeros('nr_writeback nr_writeback_temp'), ['nr_shmem', c.shmem], ...zeros('nr_shmem_hugepages nr_shmem_pmdmapped nr_file_hugepages nr_file_pmdmapped'),
  ['nr_anon_transparent_hugepages', c.anon_thp_pages / 2 ** mm.geometry.hpage_order],
  ...zeros('nr_vmscan_write nr_vmscan_immediate_reclaim nr_dirtied nr_written nr_throttled_written nr_kernel_misc_reclaimable'),
  ['nr_foll_pin_acquired', pins(mm, M_FOLL_PIN_ACQUIRED, nid)], ['nr_foll_pin_released', pins(mm, M_FOLL_PIN_RELEASED, nid)], ['nr_kernel_stack', kernel_stack_kb(mm, c, nid)], ['nr_page_table_pages', c.page_table_pages], ...zeros('nr_sec_page_table_pages nr_swapcached'),
  ...zeros('pgpromote_success pgpromote_candidate'),
];
/** Zone counters in the kernel's order. */
export const zoneStats = (free: number, c: PageCounts, free_cma: number): readonly (readonly [string, number])[] => [
  ['nr_free_pages', free], ['nr_zone_inactive_anon', c.inactive_anon], ['nr_zone_active_anon', c.active_anon], ['nr_zone_inactive_file', c.inactive_file],
  ['nr_zone_active_file', c.active_file], ['nr_zone_unevictable', c.unevictable], ['nr_zone_write_pending', c.dirty], ['nr_mlock', c.mlock],
  ...zeros('nr_bounce nr_zspages'), ['nr_free_cma', free_cma],
];
function zeros(names: string): (readonly [string, number])[] {
  return names.split(' ').map((name) => [name, 0] as const);
}

export const onlineNodes = (mm: Mm): number[] => [...mm.t.node.state].flatMap((state, nid) => ((state & NODE_ONLINE) !== 0 ? [nid] : []));
const stat = ([name, value]: readonly [string, number]): string => `\n      ${name.padEnd(12)} ${value}`;

export function zoneinfo_show({ mm }: Kernel): string {
  const counts = countPages(mm);
  let text = '';
  for (const nid of onlineNodes(mm)) {
    let first = true;
    for (const zone of zonesOf(mm)) {
      const row = zoneRow(nid, zone);
      const node = first && populated_zone(mm, row) ? sumCounts(counts, (r) => Math.trunc(r / MAX_NR_ZONES) === nid) : undefined;
      if (node) first = false;
      text += oneZone(mm, nid, zone, counts[row] as PageCounts, node);
    }
  }
  return text;
}

function oneZone(mm: Mm, nid: number, zone: number, counts: PageCounts, node: PageCounts | undefined): string {
  const z = mm.t.zone;
  const row = zoneRow(nid, zone);
  let text = `Node ${nid}, zone ${zoneName(mm, zone).padStart(8)}`;
  if (node) text += `\n  per-node stats${nodeStats(mm, node, nid).map(stat).join('')}`;
  const protection = [z.protection0, z.protection1, z.protection2, z.protection3, z.protection4].filter((_, of) => mm.geometry.zone_names[of] !== undefined).map((c) => c[row]).join(', ');
  text += `\n  pages free     ${z.nr_free_pages[row]}\n        boost    ${z.watermark_boost[row]}\n        min      ${wmark_pages(mm, row, ALLOC_WMARK_MIN)}\n        low      ${wmark_pages(mm, row, ALLOC_WMARK_LOW)}`
    + `\n        high     ${wmark_pages(mm, row, ALLOC_WMARK_HIGH)}\n        spanned  ${z.spanned_pages[row]}\n        present  ${z.present_pages[row]}\n        managed  ${z.managed_pages[row]}`
    + `\n        cma      ${z.cma_pages[row]}\n        protection: (${protection})`;
  if (!populated_zone(mm, row)) return `${text}\n`;
  text += [...zoneStats(z.nr_free_pages[row] as number, counts, z.nr_free_cma[row] as number), ...numaStats(mm, (other) => other === row)].map(stat).join('');
  text += '\n  pagesets';
  for (let cpu = 0; cpu < mm.description.cpus; cpu++) {
    // All per-cpu lists of a zone are one number here; it is shown at the first CPU.
    text += `\n    cpu: ${cpu}\n              count: ${cpu === 0 ? z.pageset_count[row] : 0}\n              high:  ${z.pageset_high[row]}\n              batch: ${z.pageset_batch[row]}`
      + `\n  vm stats threshold: ${z.stat_threshold[row]}`;
  }
  return `${text}\n  node_unreclaimable:  0\n  start_pfn:           ${z.zone_start_pfn[row]}\n`;
}

/** Zones that a kernel for this architecture has. */
const zonesOf = (mm: Mm): number[] => mm.geometry.zone_names.flatMap((name, zone) => (name === undefined ? [] : [zone]));
/** Populated zones only, all nodes. */
const populated = (mm: Mm): { nid: number; zone: number; row: number }[] =>
  onlineNodes(mm).flatMap((nid) => zonesOf(mm).map((zone) => ({ nid, zone, row: zoneRow(nid, zone) })).filter(({ row }) => populated_zone(mm, row)));
const ordersOf = (mm: Mm): number[] => Array.from({ length: mm.geometry.MAX_ORDER }, (_, order) => order);
const nameOf = (mm: Mm, zone: number): string => zoneName(mm, zone).padStart(8);

export const buddyinfo_show = ({ mm, buddy }: Kernel): string =>
  populated(mm).map(({ nid, zone, row }) => `Node ${nid}, zone ${nameOf(mm, zone)} ${ordersOf(mm).map((o) => `${String(buddy.nr_free(row, o)).padStart(6)} `).join('')}\n`).join('');

function typesOf(mm: Mm): readonly (readonly [name: string, type: number])[] {
  const types = mm.edition.migrate_types;
  return configured(mm, 'CMA') ? [...types.slice(0, -1), ['CMA', MIGRATE_CMA], ...types.slice(-1)] : types;
}
/** Lists longer than this are not counted to their end. */
const MAX_COUNTED = 100000;
export function pagetypeinfo_show({ mm, buddy }: Kernel): string {
  const types = typesOf(mm);
  const orders = ordersOf(mm);
  const { pageblock_order: order_of_block } = mm.geometry;
  let text = '';
  // The whole report once for each node with memory, each with its own headings.
  for (const nid of new Set(populated(mm).map((z) => z.nid))) {
    const zones = populated(mm).filter((z) => z.nid === nid);
    text += `Page block order: ${order_of_block}\nPages per block:  ${1 << order_of_block}\n\n`;
    text += `${'Free pages count per migrate type at order'.padEnd(43)} ${orders.map((o) => `${String(o).padStart(6)} `).join('')}\n`;
    for (const { zone, row } of zones) {
      for (const [name, type] of types) {
        const counts = orders.map((o) => buddy.nr_free_type(row, o, type)).map((n) => (n >= MAX_COUNTED ? `>${String(MAX_COUNTED).padStart(6)} ` : `${String(n).padStart(6)} `));
        text += `Node ${String(nid).padStart(4)}, zone ${nameOf(mm, zone)}, type ${name.padStart(12)} ${counts.join('')}\n`;
      }
    }
    text += `\n${'Number of blocks type'.padEnd(23)}${types.map(([name]) => `${name.padStart(12)} `).join('')}\n`;
    for (const { zone, row } of zones) {
      const blocks = countBlocks(mm, row);
      text += `Node ${nid}, zone ${nameOf(mm, zone)} ${types.map(([, type]) => `${String(blocks[type] ?? 0).padStart(12)} `).join('')}\n`;
    }
  }
  return text;
}
/** Pageblocks of a zone by type; the first frame decides whether a pageblock counts, as in the kernel. */
function countBlocks(mm: Mm, row: number): number[] {
  const counts = new Array<number>(MIGRATE_TYPES).fill(0);
  const { zone, migratetype } = mm.t.pageblock;
  const rows = Math.max(1, 1 << (mm.geometry.pageblock_order - pageblock_order));
  const blocks = 2 ** Math.max(0, pageblock_order - mm.geometry.pageblock_order);
  for (let i = 0; i < zone.length; i += rows) if (zone[i] === row + 1) counts[migratetype[i] as number] = (counts[migratetype[i] as number] as number) + blocks;
  return counts;
}
