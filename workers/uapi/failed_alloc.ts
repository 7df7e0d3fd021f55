/** The last allocation that got nothing: what was asked for, and each zone that was looked at with what refused it. Words of MISC; the kernel writes them, the page reads them. */
import type { Tables } from './layout.ts';

/** First of the words: how many there were, order, migrate type, highest zone, KIND_*, node, nodes allowed, event number, zones that follow. */
export const M_FAILED_ALLOC = 480;
const HEAD = 9;
/** Of each zone: its row, free pages, min mark with its boost, pages kept from requests for higher zones, and whether there was a free chunk of the order. */
const PER_ZONE = 5;
/** More zones are not told: the words from 320 on are the pool of 1 GiB pages, those behind these the end of the table. */
const MOST_ZONES = 4;

export interface LookedAt {
  /** Row of ZONE. */
  readonly row: number;
  /** Pages: free, the min mark that had to stay, and what the zone keeps from such requests (lowmem_reserve). */
  readonly free: number;
  readonly min: number;
  readonly reserve: number;
  readonly chunk: boolean;
}
export interface FailedAllocation {
  /** The n-th since boot. */
  readonly n: number;
  readonly order: number;
  readonly migratetype: number;
  readonly highest_zoneidx: number;
  readonly kind: number;
  readonly nid: number;
  readonly nodemask: number;
  /** Events that had happened then. */
  readonly seq: number;
  readonly zones: readonly LookedAt[];
}
/** What refused: too few pages above the mark, or no chunk of the order; '' : neither at the time, only afterwards. */
export const refusedBy = ({ order }: Pick<FailedAllocation, 'order'>, { free, min, reserve, chunk }: LookedAt): 'watermark' | 'order' | '' =>
  (free - ((1 << order) - 1) <= min + reserve ? 'watermark' : chunk ? '' : 'order');

export function writeFailedAllocation({ misc: { word } }: Pick<Tables, 'misc'>, failed: Omit<FailedAllocation, 'n'>): void {
  const { order, migratetype, highest_zoneidx, kind, nid, nodemask, seq } = failed;
  const zones = failed.zones.slice(0, MOST_ZONES);
  const n = (word[M_FAILED_ALLOC] as number) + 1;
  word.set([n, order, migratetype, highest_zoneidx, kind, nid, nodemask, seq, zones.length], M_FAILED_ALLOC);
  for (const [i, { row, free, min, reserve, chunk }] of zones.entries()) word.set([row, free, min, reserve, chunk ? 1 : 0], M_FAILED_ALLOC + HEAD + i * PER_ZONE);
}
/** undefined: none has failed. */
export function readFailedAllocation({ misc: { word } }: Pick<Tables, 'misc'>): FailedAllocation | undefined {
  const [n = 0, order = 0, migratetype = 0, highest_zoneidx = 0, kind = 0, nid = 0, nodemask = 0, seq = 0, zones = 0] = word.subarray(M_FAILED_ALLOC, M_FAILED_ALLOC + HEAD);
  if (n === 0) return undefined;
  return {
    n, order, migratetype, highest_zoneidx, kind, nid, nodemask, seq,
    zones: Array.from({ length: zones }, (_, i) => {
      const [row = 0, free = 0, min = 0, reserve = 0, chunk = 0] = word.subarray(M_FAILED_ALLOC + HEAD + i * PER_ZONE, M_FAILED_ALLOC + HEAD + (i + 1) * PER_ZONE);
      return { row, free, min, reserve, chunk: chunk !== 0 };
    }),
  };
}
