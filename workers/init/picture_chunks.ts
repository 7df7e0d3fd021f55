/**
 * Free chunks read back from a dump of /proc/kpageflags. The dump says which frames are free (BUDDY on every frame of a chunk), not where chunks begin: merging makes that plain,
 * because two free buddies of one order are always merged, unless a zone ends between them, or, from pageblock order on, their pageblocks may not merge.
 */
import { MAX_ORDER } from '../uapi/mmzone.ts';

export interface FreeChunk {
  readonly pfn: number;
  readonly order: number;
}

/**
 * Maximal aligned runs: for each run of free frames inside one zone, the largest naturally aligned chunks of order ≤ 10, ascending.
 * `isFree` and `zoneOf` are asked for frames in [0, end); zoneOf gives a number that differs between zones.
 */
export function freeChunks(end: number, isFree: (pfn: number) => boolean, zoneOf: (pfn: number) => number): FreeChunk[] {
  const chunks: FreeChunk[] = [];
  for (let pfn = 0; pfn < end; ) {
    if (!isFree(pfn)) {
      pfn++;
      continue;
    }
    const zone = zoneOf(pfn);
    let stop = pfn + 1;
    while (stop < end && isFree(stop) && (stop % 512 !== 0 || zoneOf(stop) === zone)) stop++;
    while (pfn < stop) {
      let order = MAX_ORDER - 1;
      while (pfn % 2 ** order !== 0 || pfn + 2 ** order > stop) order--;
      chunks.push({ pfn, order });
      pfn += 2 ** order;
    }
  }
  return chunks;
}
