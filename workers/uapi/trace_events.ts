/**
 * Mirrors: include/trace/events/kmem.h, vmscan.h, compaction.h, migrate.h, cma.h, oom.h (6.1): events of /sys/kernel/tracing: their names, fields and how they are printed.
 * Those of the allocator are told apart (`hot`): it asks a single word whether anybody listens. Others stand in the machine's own trace as well (TRACEPOINTS) and are copied from there.
 * Events of system `sim` are ours: Linux has none for splits and merges of free chunks.
 */
import { MIGRATE_MODES, MIGRATE_REASONS, TRACEPOINTS } from './trace.ts';

export interface TraceEventFormat {
  readonly system: string;
  readonly name: string;
  readonly hot: boolean;
  /** C type and name of each field, in the order of the values. */
  readonly fields: readonly (readonly [type: string, name: string])[];
  /** pageblock_order: the architecture's. */
  readonly print: (values: readonly number[], pageblock_order: number) => string;
}
/** How a pointer is shown to those who may not see it: the same one always in the same way. */
function page(pfn: number): string {
  let h = Math.imul(pfn ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  return `page=00000000${((h ^ (h >>> 13)) >>> 0).toString(16).padStart(8, '0')} pfn=0x${pfn.toString(16)}`;
}
/** gfp_flags of an allocation, by number: an allocation here knows what it is for, not the mask. */
export const GFP_TEXTS = ['GFP_KERNEL', 'GFP_HIGHUSER_MOVABLE', 'GFP_KERNEL|__GFP_RECLAIMABLE', 'GFP_TRANSHUGE'] as const;
const PFN = ['unsigned long', 'pfn'] as const;
const ORDER = ['unsigned int', 'order'] as const;
const TYPE = ['int', 'migratetype'] as const;
const hot = (system: string, name: string, fields: TraceEventFormat['fields'], print: TraceEventFormat['print']): TraceEventFormat => ({ system, name, hot: true, fields, print });

const ALLOCATOR = [
  hot('kmem', 'mm_page_alloc', [PFN, ORDER, ['unsigned long', 'gfp_flags'], TYPE], ([pfn = 0, order, gfp = 0, mt]) => `${page(pfn)} order=${order} migratetype=${mt} gfp_flags=${GFP_TEXTS[gfp]}`),
  hot('kmem', 'mm_page_free', [PFN, ORDER], ([pfn = 0, order]) => `${page(pfn)} order=${order}`),
  hot('kmem', 'mm_page_free_batched', [PFN], ([pfn = 0]) => `${page(pfn)} order=0`),
  hot('kmem', 'mm_page_alloc_zone_locked', [PFN, ORDER, TYPE, ['int', 'percpu_refill']], ([pfn = 0, order, mt, refill]) => `${page(pfn)} order=${order} migratetype=${mt} percpu_refill=${refill}`),
  hot('kmem', 'mm_page_pcpu_drain', [PFN, ORDER, TYPE], ([pfn = 0, order, mt]) => `${page(pfn)} order=${order} migratetype=${mt}`),
  hot('sim', 'sim_page_split', [PFN, ORDER, ['unsigned int', 'from_order']], ([pfn = 0, order, from]) => `${page(pfn)} order=${order} from_order=${from}`),
  hot('sim', 'sim_page_merge', [PFN, ORDER, ['unsigned int', 'from_order']], ([pfn = 0, order, from]) => `${page(pfn)} order=${order} from_order=${from}`),
] as const;
export const TE_PAGE_ALLOC = 0;
export const TE_PAGE_FREE = 1;
export const TE_PAGE_FREE_BATCHED = 2;
export const TE_ZONE_LOCKED = 3;
export const TE_PCPU_DRAIN = 4;
export const TE_PAGE_SPLIT = 5;
export const TE_PAGE_MERGE = 6;

/** Systems of the events that the machine's own trace has under Linux's name, by how the name begins. Others there are no tracepoints of Linux. */
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/^mm_page_alloc_extfrag$/, 'kmem'], [/^mm_migrate_pages/, 'migrate'], [/^mm_compaction_/, 'compaction'], [/^mm_vmscan_/, 'vmscan'], [/^cma_/, 'cma'], [/^mark_victim$/, 'oom'], [/^mm_(khugepaged|collapse)/, 'huge_memory'],
];
/** Printed otherwise than as name=value. */
const PRINTED: Readonly<Record<string, TraceEventFormat['print']>> = {
  mm_page_alloc_extfrag: ([pfn = 0, order, from = 0, mt, old], pageblock_order) =>
    `${page(pfn)} alloc_order=${order} fallback_order=${from} pageblock_order=${pageblock_order} alloc_migratetype=${mt} fallback_migratetype=${old} fragmenting=${from < pageblock_order ? 1 : 0} change_ownership=${from >= pageblock_order ? 1 : 0}`,
  mm_migrate_pages: ([moved, failed, thp, reason = 0, mode = 0]) => `nr_succeeded=${moved} nr_failed=${failed} nr_thp_succeeded=${thp} nr_thp_failed=0 nr_thp_split=0 mode=${MIGRATE_MODES[mode]} reason=${MIGRATE_REASONS[reason]}`,
  mm_vmscan_kswapd_wake: ([nid, , order]) => `nid=${nid} order=${order}`,
  mm_vmscan_direct_reclaim_begin: ([order]) => `order=${order} gfp_flags=${GFP_TEXTS[0]}`,
};
const copied: TraceEventFormat[] = TRACEPOINTS.flatMap(([name, fields]) => {
  const system = SYSTEMS.find(([pattern]) => pattern.test(name))?.[1];
  if (system === undefined) return [];
  const print = PRINTED[name] ?? ((values: readonly number[]) => fields.map((field, i) => `${field}=${/pfn$|^zone_(start|end)$/.test(field) ? `0x${(values[i] ?? 0).toString(16)}` : values[i]}`).join(' '));
  return [{ system, name, hot: false, fields: fields.map((field) => [/pfn$/.test(field) ? 'unsigned long' : 'int', field] as const), print }];
});

export const TRACE_EVENTS: readonly TraceEventFormat[] = [...ALLOCATOR, ...copied];
/** Row of TRACE_EVENTS by type of the machine's own trace, -1: it is no event of Linux. */
export const TRACE_EVENT_OF: readonly number[] = TRACEPOINTS.map(([name]) => TRACE_EVENTS.findIndex((event) => !event.hot && event.name === name));
