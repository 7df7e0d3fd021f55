/** Mirrors: build_all_zonelists() and its log lines (mm/page_alloc.c, mm/mm_init.c, 6.1); what the lines say is the edition's. */
import { NODE_ONLINE } from '../uapi/layout.ts';
import { MAX_NR_ZONES, ZONE_MOVABLE, MIGRATE_TYPES } from '../uapi/mmzone.ts';
import { configured, M_GROUPING_DISABLED, M_POLICY_ZONE, type Mm, zoneName } from './mm.ts';
import type { Buddy } from './page_alloc.ts';
import { nr_free_zone_pages } from './watermarks.ts';

const LEVEL_INFO = 6;
export const onlineNodes = (mm: Mm): number[] => [...mm.t.node.state].flatMap((state, nid) => ((state & NODE_ONLINE) !== 0 ? [nid] : []));

/** "Fallback order for Node 1: 1 0 ": nearest first. */
function report_fallback_order(mm: Mm, nid: number): void {
  const online = onlineNodes(mm);
  const others = online.filter((n) => n !== nid);
  const from = others.findIndex((n) => n > nid);
  const order = [nid, ...(from < 0 ? others : [...others.slice(from), ...others.slice(0, from)])];
  mm.printk(LEVEL_INFO, `Fallback order for Node ${nid}: ${order.map((n) => `${n} `).join('')}`);
}

/** The order in which zones are tried is made anew and said. `pgdat`: a node that is being added gets only its own lists; -1: all online nodes. */
export function build_all_zonelists(mm: Mm, buddy: Buddy, pgdat = -1): void {
  // Fewer pages above the high marks than one pageblock of each type.
  mm.t.misc.word[M_GROUPING_DISABLED] = nr_free_zone_pages(mm, false) < (1 << mm.geometry.pageblock_order) * MIGRATE_TYPES ? 1 : 0;
  buddy.build_all_zonelists();
  mm.edition.zonelists.report(mm, pgdat);
}

/** "Built 2 zonelists, mobility grouping on.  Total pages: 320859": the pages are what all zones hold above their high marks at this moment. `order`: words behind "zonelists". */
export function report_zonelists(mm: Mm, order = ''): void {
  const pages = nr_free_zone_pages(mm, false);
  const grouping = mm.t.misc.word[M_GROUPING_DISABLED] === 1 ? 'off' : 'on';
  mm.printk(LEVEL_INFO, `Built ${onlineNodes(mm).length} zonelists${order}, mobility grouping ${grouping}.  Total pages: ${pages}`);
  if (configured(mm, 'NUMA')) mm.printk(LEVEL_INFO, `Policy zone: ${zoneName(mm, policyZone(mm))}`);
}
/** The lines of 6.1: each node's order, then the sum. */
export function report_fallback_and_zonelists(mm: Mm, pgdat: number): void {
  if (configured(mm, 'NUMA')) for (const nid of pgdat >= 0 ? [pgdat] : onlineNodes(mm)) report_fallback_order(mm, nid);
  report_zonelists(mm);
}

/** Highest populated zone below Movable that was ever seen: it is only raised. Source: check_highest_zone(). */
function policyZone(mm: Mm): number {
  const { word } = mm.t.misc;
  mm.t.zone.managed_pages.forEach((managed, row) => {
    const zone = row % MAX_NR_ZONES;
    if (managed > 0 && zone < ZONE_MOVABLE && zone > (word[M_POLICY_ZONE] as number)) word[M_POLICY_ZONE] = zone;
  });
  return word[M_POLICY_ZONE] as number;
}
