/**
 * What must hold after every event of every machine. Each finding is a sentence with the frame or zone it speaks of; none means that all is well.
 * Cost: one pass over the frames of present sections.
 */
import { freeRow, PB_COLD, PCP_LISTS, PCP_LOWORDER_LISTS, PCP_TYPES, pcpRow, STATE_ALLOC, STATE_BUDDY, STATE_LRU, STATE_ORDER, STATE_PCP, type Tables } from '../uapi/layout.ts';
import { SECTION_ONLINE } from '../uapi/memory_block.ts';
import { MAX_NR_ZONES, MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_TYPES, pageblock_nr_pages, pageblock_order } from '../uapi/mmzone.ts';
import { KIND_COLD, KIND_FREE, KIND_MASK, KIND_PG_RESERVED } from '../uapi/page_kind.ts';
import { M_FREE_UNCOUNTED, M_NR_PTES, type Mm, zoneName } from '../mm/mm.ts';
import { page_state } from '../mm/mmzone.ts';

const hex = (pfn: number): string => `0x${pfn.toString(16)}`;
const nameOf = (mm: Mm, row: number): string => `node ${Math.trunc(row / MAX_NR_ZONES)} zone ${zoneName(mm, row % MAX_NR_ZONES)}`;

/** An edition whose zones can lose their span: it bounds nothing then. */
const spanIsLost = ({ edition, t }: Mm, row: number): boolean => edition.alloc.move_needs_span === 1 && (t.zone.present_pages[row] as number) > (t.zone.spanned_pages[row] as number);

/**
 * A pageblock of this zone was isolated while it lay outside of the zone's span (3.11: move_freepages_block() moves nothing then, and nothing is counted): its chunks may be on a list that
 * does not say whether they are isolated, and NR_FREE_PAGES may be off for good.
 */
const isUncounted = ({ t }: Mm, row: number): boolean => (((t.misc.word[M_FREE_UNCOUNTED + Math.trunc(row / 32)] as number) >>> (row % 32)) & 1) === 1;

/**
 * An isolated pageblock and its neighbour merge into one chunk, which is counted by the pageblock of whoever was freed last: the other's pages are counted although they are isolated, or
 * not although they are free, and stay so. (Before 3.18: "mm/page_alloc: restrict max order of merging on isolated pageblock".)
 */
const mayBeCountedForAnother = ({ edition }: Mm, difference: number): boolean => edition.alloc.merge_by_type === 0 && difference % pageblock_nr_pages === 0;

/** Lists and counters of the buddy allocator agree with the frames, and no two free buddies stand side by side. */
function freeLists(mm: Mm): string | undefined {
  const { t } = mm;
  const { MAX_ORDER } = mm.geometry;
  const { state } = t.memmap;
  const listed = new Map<number, number>();
  for (let row = 0; row < t.zone.managed_pages.length; row++) {
    let free = 0;
    let cma = 0;
    for (let order = 0; order < MAX_ORDER; order++) {
      let count = 0;
      for (let mt = 0; mt < MIGRATE_TYPES; mt++) {
        const list = freeRow(MAX_ORDER, row, order, mt);
        let before = ~list;
        const { next, prev, shift } = order === MAX_ORDER - 1 ? { ...t.chunk, shift: order } : { ...t.memmap, shift: 0 };
        for (let pfn = t.free_area.head[list] as number; pfn >= 0; pfn = next[pfn >>> shift] as number) {
          if (page_state(mm, pfn) !== (STATE_BUDDY | order)) return `frame ${hex(pfn)} is on the free list of order ${order} but its state is ${state[pfn]}`;
          if (prev[pfn >>> shift] !== before) return `free list of order ${order} is broken before frame ${hex(pfn)}`;
          if ((t.pageblock.zone[pfn >>> pageblock_order] as number) - 1 !== row) return `frame ${hex(pfn)} is on a list of ${nameOf(mm, row)} but belongs to another zone`;
          const isolated = t.pageblock.migratetype[pfn >>> pageblock_order] === MIGRATE_ISOLATE;
          const apart = isolated !== (mt === MIGRATE_ISOLATE);
          if (apart && !isUncounted(mm, row)) return `frame ${hex(pfn)}: its pageblock and its free list disagree on whether it is isolated`;
          if (!isolated) free += 1 << order;
          if (t.pageblock.migratetype[pfn >>> pageblock_order] === MIGRATE_CMA) cma += 1 << order;
          listed.set(pfn, order);
          before = pfn;
          count++;
        }
        if (t.free_area.tail[list] !== before) return `free list of order ${order} ends at ${t.free_area.tail[list]} instead of ${before}`;
      }
      const counted = t.free_area.nr_free[freeRow(MAX_ORDER, row, order, 0)];
      if (counted !== count) return `${nameOf(mm, row)}: nr_free of order ${order} says ${counted}, the lists hold ${count}`;
    }
    if (t.zone.nr_free_cma[row] !== cma) return `${nameOf(mm, row)}: NR_FREE_CMA_PAGES says ${t.zone.nr_free_cma[row]}, the lists hold ${cma}`;
    const counted = t.zone.nr_free_pages[row] as number;
    if (counted !== free && !isUncounted(mm, row) && !mayBeCountedForAnother(mm, counted - free)) return `${nameOf(mm, row)}: NR_FREE_PAGES says ${counted}, the lists hold ${free}`;
  }
  for (const [pfn, order] of listed) {
    const buddy = pfn ^ (1 << order);
    if (order >= Math.min(pageblock_order, MAX_ORDER - 1) || buddy < pfn || listed.get(buddy) !== order) continue;
    return `frames ${hex(pfn)} and ${hex(buddy)} are free buddies of order ${order} and were not merged`;
  }
  return undefined;
}

/** Per-cpu lists hold what their zone says, chunks of the list's order, and nothing of an isolated pageblock. */
function perCpuLists(mm: Mm): string | undefined {
  const { t } = mm;
  const { state, next, prev } = t.memmap;
  for (let row = 0; row < t.zone.managed_pages.length; row++) {
    let pages = 0;
    for (let pindex = 0; pindex < PCP_LISTS; pindex++) {
      const list = pcpRow(row, pindex);
      const order = pindex >= PCP_LOWORDER_LISTS ? mm.geometry.pageblock_order : Math.trunc(pindex / PCP_TYPES);
      let before = ~list;
      for (let pfn = t.pcp.head[list] as number; pfn >= 0; pfn = next[pfn] as number) {
        if (state[pfn] !== (STATE_PCP | order)) return `frame ${hex(pfn)} is on a per-cpu list of order ${order} but its state is ${state[pfn]}`;
        if (prev[pfn] !== before) return `per-cpu list ${pindex} of ${nameOf(mm, row)} is broken before frame ${hex(pfn)}`;
        if ((t.pageblock.zone[pfn >>> pageblock_order] as number) - 1 !== row) return `frame ${hex(pfn)} is on a per-cpu list of ${nameOf(mm, row)} but belongs to another zone`;
        pages += 1 << order;
        before = pfn;
      }
      if (t.pcp.tail[list] !== before) return `per-cpu list ${pindex} of ${nameOf(mm, row)} ends at ${t.pcp.tail[list]} instead of ${before}`;
    }
    if (t.zone.pageset_count[row] !== pages) return `${nameOf(mm, row)}: its per-cpu lists count ${t.zone.pageset_count[row]} pages and hold ${pages}`;
  }
  return undefined;
}

/** Every frame of online memory is in exactly one state; chunks do not overlap; who has a row in the cold columns is in a pageblock that says so. */
function frames(t: Tables): string | undefined {
  const { state, kind } = t.memmap;
  const pages = 1 << t.sizes.section_shift;
  for (let nr = 0; nr < t.section.state.length; nr++) {
    if (((t.section.state[nr] as number) & SECTION_ONLINE) === 0 || t.section.virgin[nr] === 1) continue;
    let covered = nr * pages;
    for (let pfn = nr * pages; pfn < (nr + 1) * pages; pfn++) {
      const s = state[pfn] as number;
      const k = kind[pfn] as number;
      if ((k & KIND_COLD) !== 0 && ((t.pageblock.flags[pfn >>> pageblock_order] as number) & PB_COLD) === 0) return `frame ${hex(pfn)} has a row in the cold columns, and its pageblock has no mark of it`;
      const bits = s & 0xf0;
      if (bits !== 0 && (bits & (bits - 1)) !== 0) return `frame ${hex(pfn)} is in two states at once: ${hex(s)}`;
      if (s === 0) {
        if (pfn < covered || (k & KIND_PG_RESERVED) !== 0) continue;
        return `frame ${hex(pfn)} is neither free, nor used, nor reserved`;
      }
      if (pfn < covered) return `frame ${hex(pfn)} is the head of a chunk inside another chunk`;
      covered = pfn + (1 << (s & STATE_ORDER));
      const isFree = (k & KIND_MASK) === KIND_FREE;
      if (isFree !== (bits === STATE_BUDDY || bits === STATE_PCP)) return `frame ${hex(pfn)}: kind ${k & KIND_MASK} does not go with state ${hex(s)}`;
      if (bits !== STATE_BUDDY && bits !== STATE_PCP && bits !== STATE_ALLOC && bits !== STATE_LRU) return `frame ${hex(pfn)} is on a list nobody keeps: ${hex(s)}`;
    }
  }
  return undefined;
}

/** Everyone who maps a frame finds there what they wrote: nothing lost, and, as a frame names one owner, nothing doubled. */
function contents(mm: Mm): string | undefined {
  const { pte, memmap } = mm.t;
  for (let slot = 1; slot <= (mm.t.misc.word[M_NR_PTES] as number); slot++) {
    const pfn = pte.pfn[slot] as number;
    // 0: a free slot; below 0: the page was poisoned and is lost.
    if (pfn <= 0) continue;
    if (memmap.owner[pfn] !== slot) return `slot ${slot} maps frame ${hex(pfn)}, which belongs to ${memmap.owner[pfn]}`;
    if (memmap.tag[pfn] !== pte.tag[slot]) return `slot ${slot} expects ${pte.tag[slot]} in frame ${hex(pfn)} and reads ${memmap.tag[pfn]}`;
  }
  return undefined;
}

/** Zones nest: free ≤ managed ≤ present ≤ spanned. */
function zones(mm: Mm): string | undefined {
  const z = mm.t.zone;
  for (let row = 0; row < z.managed_pages.length; row++) {
    if (spanIsLost(mm, row)) continue;
    const [free, managed, present, spanned] = [z.nr_free_pages[row], z.managed_pages[row], z.present_pages[row], z.spanned_pages[row]] as [number, number, number, number];
    // A free count that may be off for good is no bound.
    const off = mm.edition.alloc.merge_by_type === 0;
    if ((!off && (free < 0 || free > managed)) || managed > present || present > spanned) return `${nameOf(mm, row)}: free ${free} ≤ managed ${managed} ≤ present ${present} ≤ spanned ${spanned} does not hold`;
  }
  return undefined;
}

/** Findings, the first of each kind. Empty: the machine is sound. */
export function checkInvariants(mm: Mm): string[] {
  return [freeLists(mm), perCpuLists(mm), frames(mm.t), contents(mm), zones(mm)].filter((finding) => finding !== undefined);
}
