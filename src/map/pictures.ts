/**
 * The picture of a moment through a lens in every way it can be looked at: level of zoom, or the frames of the block below the map, × theme, as hashes of its pixels. The same tables give the same hashes in Node and in every
 * browser (workers/host/pictures.test.ts, e2e/pictures).
 */
import { SECTION_PRESENT } from '../../workers/uapi/memory_block.ts';
import { classify, type Lens } from '../../workers/uapi/lens.ts';
import type { Tables } from '../../workers/uapi/layout.ts';
import { pageblock_nr_pages, ZONE_MOVABLE } from '../../workers/uapi/mmzone.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { ageClass, stampAges } from './ages.ts';
import { createCounts } from './counts.ts';
import { renderDetail } from './detail.ts';
import { createFramebuffer, hashPixels } from './framebuffer.ts';
import { fitMachine, fitRange } from './geometry.ts';
import { laneOfPageblock } from './lanes.ts';
import { createPicture, drawPicture, setPictureLens } from './map.ts';
import type { Mirror } from './mirror.ts';
import { paletteFor, type Theme } from './palette.ts';
import type { Hole } from './scene.ts';

const VIEWPORT = { width: 320, height: 176, dpr: 1 };
const THEMES: readonly Theme[] = [{ name: 'dark' }, { name: 'light' }, { name: 'projector' }, { name: 'forced', colours: { Canvas: '#000000', CanvasText: '#ffffff', GrayText: '#808080', Highlight: '#ffff00' } }];
/** What a level shows: frames from … to, counted from the block's first, in blocks. The machine is shown whole. */
const LEVELS = { machine: undefined, block: [-0.6, 1.6], pageblock: [0.25, 0.3], frame: [0.25, 0.2508] } as const;

/** The machine as a lens shows it, out of the kernel's own tables. */
export function seenThrough(t: Tables, lens: Lens): Mirror {
  if (lens === 'kind' || lens === 'age') return t;
  const kind = new Uint8Array(t.sizes.max_pfn);
  const perSection = 2 ** t.sizes.section_shift / pageblock_nr_pages;
  for (let pageblock = 0; pageblock < t.pageblock.generation.length; pageblock++) {
    if (((t.section.state[Math.floor(pageblock / perSection)] ?? 0) & SECTION_PRESENT) !== 0) classify(t, lens, pageblock, kind, pageblock * pageblock_nr_pages);
  }
  return { ...t, memmap: { kind } };
}
/** The machine by age, as the log up to event `now` tells it: what the page shows there after a jump in time. */
function withAges(m: Mirror, log: Iterable<TraceEvent>, now: number): Mirror {
  const kind = new Uint8Array(m.memmap.kind.length);
  const at = stampAges(new Uint32Array(kind.length / pageblock_nr_pages), log);
  at.forEach((seq, pageblock) => { kind.fill(ageClass(seq, now), pageblock * pageblock_nr_pages, (pageblock + 1) * pageblock_nr_pages); });
  return { ...m, memmap: { kind } };
}
/** What the machine has told, for ages. */
export interface Told {
  /** Event that the machine stands at, and all events up to there. */
  readonly now: number;
  readonly log: Iterable<TraceEvent>;
}

/**
 * One line for each level: a hash for each theme, dark, light, projector, forced.
 * @param machine as the lens shows it (of ages: as it is)
 * @param block the one that is selected and looked at
 */
export function picturesOf(machine: Mirror, lens: Lens, holes: readonly Hole[], block: number, { log, now }: Told): Record<string, string> {
  const lines: Record<string, string> = {};
  const m = lens === 'age' ? withAges(machine, log, now) : machine;
  const pages = 2 ** m.sizes.block_shift;
  const counts = createCounts(m);
  const p = createPicture(m, holes, VIEWPORT, THEMES[0] as Theme, counts);
  setPictureLens(p, lens, m, counts);
  const lane = laneOfPageblock(p.lanes, m, (block * pages) / pageblock_nr_pages);
  for (const [level, range] of Object.entries(LEVELS)) {
    const camera = range ? fitRange(m, p.lanes, VIEWPORT, (block + range[0]) * pages, (block + range[1]) * pages, lane) : fitMachine(m, p.lanes, VIEWPORT);
    p.view = { ...p.view, camera, selection: [{ block }] };
    lines[`${level} by ${lens}`] = THEMES.map((theme) => {
      p.theme = theme;
      drawPicture(p);
      return hashPixels(p.fb).slice(0, 8);
    }).join(' ');
  }
  const frames = createFramebuffer(VIEWPORT.width, VIEWPORT.height);
  const movableZone = m.memory_block.zone[block] === ZONE_MOVABLE;
  lines[`frames by ${lens}`] = THEMES.map((theme) => {
    renderDetail(m, counts, paletteFor(theme, false, undefined, lens), frames, { block, dpr: VIEWPORT.dpr, movableZone, selected: block * pages + Math.floor(pages / 3), lens });
    return hashPixels(frames).slice(0, 8);
  }).join(' ');
  return lines;
}
