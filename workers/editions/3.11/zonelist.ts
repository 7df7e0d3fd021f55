/** Mirrors: default_zonelist_order() and the line build_all_zonelists() logs (mm/page_alloc.c, 3.11): the kernel chooses anew, each time, whether nodes or zones come first. */
import { onlineNodes, report_zonelists } from '../../mm/zonelist.ts';
import type { Mm } from '../../mm/mm.ts';
import { populated_zone } from '../../mm/mmzone.ts';
import { NODE_MEMORY } from '../../uapi/layout.ts';
import { MAX_NR_ZONES, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';

/** A node counts as one of low memory when more than this share of it is (percent). */
const LOW_KMEM_PERCENT = 70;

/** Pages of the zones below ZONE_NORMAL, and of all, on some nodes. */
function sums(mm: Mm, nids: readonly number[], column: 'managed_pages' | 'present_pages'): { low: number; total: number } {
  let [low, total] = [0, 0];
  for (const nid of nids) {
    for (let zone = 0; zone < MAX_NR_ZONES; zone++) {
      const row = zoneRow(nid, zone);
      if (!populated_zone(mm, row)) continue;
      total += mm.t.zone[column][row] as number;
      if (zone < ZONE_NORMAL) low += mm.t.zone[column][row] as number;
    }
  }
  return { low, total };
}

/** 1: all nodes' highest zones before any lower one. Where DMA and DMA32 are a large part of the memory, or a node has no ZONE_NORMAL, nodes come first. */
export function zone_order(mm: Mm): 0 | 1 {
  const nids = onlineNodes(mm);
  if (nids.some((nid) => !populated_zone(mm, zoneRow(nid, ZONE_NORMAL)))) return 0;
  const all = sums(mm, nids, 'managed_pages');
  if (all.low === 0 || all.low > Math.floor(all.total / 2)) return 0;
  const average = Math.floor(all.total / (mm.t.node.state.filter((state) => (state & NODE_MEMORY) !== 0).length + 1));
  for (const nid of nids) {
    const own = sums(mm, [nid], 'present_pages');
    if (own.low > 0 && own.total > average && own.low > Math.floor((own.total * LOW_KMEM_PERCENT) / 100)) return 0;
  }
  return 1;
}
export const report = (mm: Mm): void => report_zonelists(mm, ` in ${zone_order(mm) === 1 ? 'Zone' : 'Node'} order`);
