/** The page's copy of what frames hold: brought up to date and counted. The one code for it, whether the page's thread runs it or the painter's worker (host.ts). */
import { copyFrames } from '../../workers/uapi/frames.ts';
import { type Counts, createCounts } from './counts.ts';
import type { Mirror } from './mirror.ts';

export interface Frames {
  readonly counts: Counts;
  /** These pageblocks have changed; all else of the mirror is up to date already. */
  update(pageblocks: Int32Array): void;
}

/** `from`: MEMMAP.kind of an engine that shares its memory; undefined: the mirror's frames are kept up to date by others, and here they are counted. */
export function createFrames(mirror: Mirror, from: Uint8Array | undefined): Frames {
  const counts = createCounts(mirror);
  return {
    counts,
    update(pageblocks) {
      if (from) copyFrames(from, mirror.memmap.kind, pageblocks);
      counts.update(pageblocks);
    },
  };
}
