/** How long ago something changed, in events: the class of an age, and what the log says of when each pageblock last did. */
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { AGE_EVENTS, AGE_UNTOUCHED } from './lenses.ts';

/** Class of something that changed at event `at` (0: never), seen at event `now`. */
export function ageClass(at: number, now: number): number {
  if (at === 0 || at > now) return AGE_UNTOUCHED;
  let i = 0;
  while (i < AGE_EVENTS.length && now - at > (AGE_EVENTS[i] as number)) i++;
  return i + 1;
}

/** Frames that an event says have changed: first and number of each range. */
function changedBy(event: TraceEvent): readonly (readonly [pfn: number, pages: number])[] {
  switch (event.type) {
    case 'sim_migrate_page': return [[event.from, 2 ** event.order], [event.to, 2 ** event.order]];
    case 'sim_isolate_pageblock': return event.ret === 0 ? [[event.pfn, 1]] : [];
    case 'sim_capture_page': return [[event.pfn, 2 ** event.order]];
    case 'mm_page_alloc_extfrag': return [[event.pfn, 2 ** event.fallback_order]];
    case 'cma_alloc_finish': return event.errorno === 0 ? [[event.pfn, event.count]] : [];
    case 'cma_release': return [[event.pfn, event.count]];
    case 'notify':
    case 'add_memory':
    case 'remove_memory': return [[event.start_pfn, event.nr_pages]];
    default: return [];
  }
}

/** Event at which each pageblock was last said to change, 0 where none said so. Writes into `at`, a word a pageblock; events in order. */
export function stampAges(at: Uint32Array, events: Iterable<TraceEvent>): Uint32Array {
  for (const event of events) {
    for (const [pfn, pages] of changedBy(event)) {
      if (pages > 0) at.fill(event.seq, Math.floor(pfn / pageblock_nr_pages), Math.floor((pfn + pages - 1) / pageblock_nr_pages) + 1);
    }
  }
  return at;
}
