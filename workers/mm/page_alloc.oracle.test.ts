import { describe, expect, it } from 'vitest';
import type { Kthread } from '../kernel/kthread.ts';
import { createPrng } from '../lib/prng.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { sketch } from '../testing/picture.ts';
import { SlowBuddy } from '../testing/slow_buddy.ts';
import { MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order, ZONE_DMA32, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { KIND_ANON, KIND_SLAB } from '../uapi/page_kind.ts';
import { has_unmovable_pages, start_isolate_page_range, undo_isolate_page_range } from './page_isolation.ts';
import { del_page_from_lru_list, lru_add } from './rmap.ts';

const START = 0x8000;
const PAGES = 32768;
const ROW = zoneRow(0, ZONE_DMA32);
const COMMANDS = 6000;
/** Pages of the largest chunk. */
const LARGEST = 1024;
/** A path to its end. */
function drive<T>(path: Kthread<T>): T {
  for (;;) {
    const { done, value } = path.next();
    if (done === true) return value;
  }
}

/** Both allocators get the same commands; what the first one answers otherwise than the second is told, with the number of the command. */
function play(seed: number, movableOf10: number): string[] {
  const random = createPrng(seed);
  const s = sketch([{ zone: ZONE_DMA32, start: START, end: START + PAGES }]);
  s.fill({});
  const { buddy, mm } = s;
  const { zone, pageblock } = mm.t;
  zone.watermark_min.fill(0);
  zone.watermark_low.fill(0);
  const slow = new SlowBuddy(START, PAGES, zone.pcp_batch[ROW] as number, zone.pcp_high[ROW] as number);
  const held: { pfn: number; order: number; movable: boolean }[] = [];
  let asides = 0;
  let aside: { readonly start: number; readonly end: number } | undefined;
  /** What one of both has and the other has not. */
  function difference(): string | undefined {
    const free = slow.buddyinfo().join(' ');
    if (s.buddyinfo(ZONE_DMA32) !== free) return `buddyinfo is ${s.buddyinfo(ZONE_DMA32)}, not ${free}`;
    if (zone.pageset_count[ROW] !== slow.waiting()) return `${zone.pageset_count[ROW]} pages wait on per-cpu lists, not ${slow.waiting()}`;
    for (let pfn = START; pfn < START + PAGES; pfn += pageblock_nr_pages) {
      const type = pageblock.migratetype[pfn >>> pageblock_order];
      if (type !== slow.type(pfn)) return `the pageblock of 0x${pfn.toString(16)} has type ${type}, not ${slow.type(pfn)}`;
    }
    return undefined;
  }
  for (let i = 0; i < COMMANDS; i++) {
    const differs = difference();
    if (differs !== undefined) return [`before command ${i}: ${differs}`];
    const full = (zone.nr_free_pages[ROW] as number) < PAGES / 8;
    const what = random.below(100);
    if (what === 0) {
      buddy.drain_all_pages();
      slow.drain();
    } else if (what === 1) {
      if (aside !== undefined) {
        drive(undo_isolate_page_range(mm, buddy, aside.start, aside.end, MIGRATE_MOVABLE));
        slow.giveAsideBack(aside.start, aside.end);
        aside = undefined;
        continue;
      }
      const start = START + random.below(PAGES / LARGEST - 4) * LARGEST;
      const end = start + (1 + random.below(4)) * LARGEST;
      if (has_unmovable_pages(mm, start, end) >= 0) continue;
      drive(start_isolate_page_range(mm, buddy, start, end, MIGRATE_MOVABLE, 0));
      slow.isolate(start, end);
      aside = { start, end };
      asides++;
    } else if (what < (full ? 30 : 60)) {
      const order = Math.min(random.below(4), random.below(4)) + (random.below(20) === 0 ? random.below(7) : 0);
      const movable = random.below(10) < movableOf10;
      const type = movable ? MIGRATE_MOVABLE : random.below(2) === 0 ? MIGRATE_UNMOVABLE : MIGRATE_RECLAIMABLE;
      const pfn = buddy.alloc_pages({ order, migratetype: type, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: movable ? KIND_ANON : KIND_SLAB });
      const expected = (zone.nr_free_pages[ROW] as number) <= 0 && pfn < 0 ? -1 : slow.alloc(order, type);
      if (pfn !== expected) return [`command ${i}: order ${order} of type ${type} is frame 0x${pfn.toString(16)}, not 0x${expected.toString(16)}`];
      if (pfn < 0) continue;
      if (movable && order === 0) {
        lru_add(mm, pfn);
        slow.onLru(pfn, true);
      }
      held.push({ pfn, order, movable: movable && order === 0 });
    } else if (held.length > 0) {
      for (let n = 1 + random.below(6); n > 0 && held.length > 0; n--) {
        const [{ pfn, order, movable }] = held.splice(random.below(held.length), 1) as [(typeof held)[number]];
        if (movable) {
          del_page_from_lru_list(mm, pfn);
          slow.onLru(pfn, false);
        }
        buddy.free_pages(pfn, order);
        slow.free(pfn, order);
      }
    }
  }
  return asides === 0 ? ['nothing was set aside'] : checkInvariants(mm);
}

describe('the allocator and one that is slow and obvious hand out the same frames', () => {
  it.each([[0x5eed, 8], [0xbead, 5], [0xf00d, 2], [0xcafe, 9], [0xa51de, 10], [0xa51df, 10]])('seed %i, %i of 10 requests movable', (seed, movableOf10) => {
    expect(play(seed, movableOf10)).toEqual([]);
  });
});
