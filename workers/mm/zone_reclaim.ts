/**
 * Mirrors: what struct zone keeps for reclaim, and the events count_zone_vm_events() tells by zone, in kernels whose LRU lists are of a zone (until 4.7).
 * Kernels whose lists are of a node never look here.
 */
import { remember } from '../lib/remember.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import type { Mm } from './mm.ts';

/** Events told by zone, all nodes together: pages an active list gave up for a look, and pages that left memory or were looked at for that. */
export const PGREFILL = 0;
export const PGSTEAL_KSWAPD = 1;
export const PGSTEAL_DIRECT = 2;
export const PGSCAN_KSWAPD = 3;
export const PGSCAN_DIRECT = 4;
const NR_ZONE_EVENTS = 5;

/** By row of ZONE, but for the events. */
export interface ZoneReclaim {
  /** Pages looked at since a page was last freed in the zone. */
  readonly pages_scanned: Int32Array;
  /** 1: looking at everything several times freed nothing; the zone is left alone until a page is freed in it. */
  readonly all_unreclaimable: Uint8Array;
  /** Pages reclaim wrote, and dirty ones it left to the flusher: NR_VMSCAN_WRITE, NR_VMSCAN_IMMEDIATE. */
  readonly nr_vmscan_write: Int32Array;
  readonly nr_vmscan_immediate: Int32Array;
  /** By event and zone index. */
  readonly events: Float64Array;
}
const kept = new WeakMap<Mm['t'], ZoneReclaim>();

export function zoneReclaim({ t }: Pick<Mm, 't'>): ZoneReclaim {
  const known = kept.get(t);
  if (known !== undefined) return known;
  const rows = t.zone.spanned_pages.length;
  const column = (): Int32Array => remember(new Int32Array(rows));
  const made: ZoneReclaim = {
    pages_scanned: column(), all_unreclaimable: remember(new Uint8Array(rows)), nr_vmscan_write: column(), nr_vmscan_immediate: column(), events: remember(new Float64Array(NR_ZONE_EVENTS * MAX_NR_ZONES)),
  };
  kept.set(t, made);
  return made;
}
/** `event`: PGREFILL and the like. */
export function count_zone_vm_events({ events }: ZoneReclaim, event: number, row: number, pages: number): void {
  const at = event * MAX_NR_ZONES + (row % MAX_NR_ZONES);
  events[at] = (events[at] as number) + pages;
}
export const zone_vm_events = ({ events }: ZoneReclaim, event: number, zone: number): number => events[event * MAX_NR_ZONES + zone] as number;
