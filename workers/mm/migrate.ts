/**
 * Mirrors: mm/migrate.c (6.1): moving pages to other frames. Every user of a page is pointed at the copy before the old frame is freed, so that nothing is lost or doubled.
 * Left out: asynchronous modes, writeback, buffer heads, migration entries seen by running processes. Why: nothing here runs in between.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { FN } from '../uapi/functions.ts';
import { STATE_ALLOC, STATE_ORDER } from '../uapi/layout.ts';
import { MIGRATE_MOVABLE, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_COLD, KIND_FREE } from '../uapi/page_kind.ts';
import { EV } from '../uapi/trace.ts';
import type { Mm } from './mm.ts';
import { M_NR_MIGRATED } from './mm.ts';
import { page_zone_row, zone_idx } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { del_page_from_lru_list, lru_add, page_pincount } from './rmap.ts';

/** enum migrate_reason, migrate_mode (uapi/trace.ts has their words). */
export const MR_MEMORY_HOTPLUG = 2;
export const MR_LONGTERM_PIN = 7;
export const MIGRATE_SYNC = 2;
/** migrate_pages() goes over its list at most this often. */
const MAX_PASSES = 10;

export interface MigrationTarget {
  /** Node preferred, and nodes allowed as a bit mask. */
  readonly nid: number;
  readonly nodemask: number;
  /** Absent: as for an offline, by the zone the page leaves. */
  readonly highest_zoneidx?: number;
  readonly migratetype?: number;
}
export interface MigrateResult {
  readonly succeeded: number;
  readonly failed: number;
  readonly thp_succeeded: number;
  /** Heads that did not move, with the errno (negative) or 1 (-EAGAIN to the end: an extra reference). */
  readonly left: readonly { readonly pfn: number; readonly ret: number }[];
}

/**
 * Frame for a page that leaves: order as the page's, and ZONE_MOVABLE only for what comes from there (the gfp mask has __GFP_HIGHMEM only then). -1: none.
 * Source: alloc_migration_target(), 6.1.
 */
export function alloc_migration_target(mm: Mm, buddy: Buddy, pfn: number, target: MigrationTarget): number {
  const order = (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
  const highest_zoneidx = target.highest_zoneidx ?? (zone_idx(page_zone_row(mm, pfn)) === ZONE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL);
  return buddy.alloc_pages({ order, migratetype: target.migratetype ?? MIGRATE_MOVABLE, highest_zoneidx, nid: target.nid, nodemask: target.nodemask, kind: KIND_FREE });
}

/** Copies contents and cold columns, points the mapping at the copy. Source: migrate_folio(), remove_migration_ptes(). */
function move_to_new_folio(mm: Mm, from: number, to: number, order: number): void {
  const { kind, tag, owner } = mm.t.memmap;
  const { flags, mapcount, pincount } = mm.t.cold;
  const { pfn: pte_pfn } = mm.t.pte;
  for (let i = 0; i < 1 << order; i++) {
    const a = from + i;
    const b = to + i;
    kind[b] = kind[a] as number;
    tag[b] = tag[a] as number;
    owner[b] = owner[a] as number;
    if (((kind[a] as number) & KIND_COLD) !== 0) {
      flags[b] = flags[a] as number;
      mapcount[b] = mapcount[a] as number;
      pincount[b] = pincount[a] as number;
    }
    const slot = owner[a] as number;
    if (slot > 0) pte_pfn[slot] = b;
  }
}

/** One page: 0, -ENOMEM, or -EAGAIN while somebody holds a reference that no mapping explains. Source: unmap_and_move(). */
function unmap_and_move(mm: Mm, buddy: Buddy, pfn: number, target: MigrationTarget): number {
  const order = (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
  const to = alloc_migration_target(mm, buddy, pfn, target);
  if (to < 0) return -ERRNO.ENOMEM;
  for (let i = 0; i < 1 << order; i++) {
    if (page_pincount(mm, pfn + i) > 0) {
      buddy.free_pages(to, order);
      return -ERRNO.EAGAIN;
    }
  }
  const owner = mm.t.memmap.owner[pfn] as number;
  move_to_new_folio(mm, pfn, to, order);
  buddy.free_pages(pfn, order);
  lru_add(mm, to);
  mm.trace(EV.sim_migrate_page, pfn, to, order, owner);
  return 0;
}

/** Splits a compound page into single pages, each isolated on its own. Source: split_folio_to_list(). */
function split_folio(mm: Mm, pfn: number): number[] {
  const order = (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
  const parts: number[] = [];
  for (let i = 0; i < 1 << order; i++) {
    mm.t.memmap.state[pfn + i] = STATE_ALLOC;
    parts.push(pfn + i);
  }
  mm.touch(pfn);
  return parts;
}

/**
 * Moves isolated pages (heads, in list order). Counts are base pages, thp_succeeded huge pages. Pages that did not move stay isolated: the caller puts them back.
 * Source: migrate_pages(), 6.1.
 */
export function* migrate_pages(mm: Mm, buddy: Buddy, pages: readonly number[], target: MigrationTarget, reason: number): Kthread<MigrateResult> {
  mm.trace(EV.sim_func_entry, FN.migrate_pages, pages.length);
  yield;
  let list = [...pages];
  let succeeded = 0;
  let thp_succeeded = 0;
  const left: { pfn: number; ret: number }[] = [];
  for (let pass = 0; pass < MAX_PASSES && list.length > 0; pass++) {
    const again: number[] = [];
    for (let i = 0; i < list.length; i++) {
      const pfn = list[i] as number;
      const order = (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
      const ret = unmap_and_move(mm, buddy, pfn, target);
      yield;
      if (ret === 0) {
        succeeded += 1 << order;
        if (order > 0) thp_succeeded++;
      } else if (ret === -ERRNO.ENOMEM && order > 0) {
        // No huge frame free: the pages travel one by one.
        list.push(...split_folio(mm, pfn));
      } else if (ret === -ERRNO.ENOMEM) {
        // Trying the rest would fail alike: the pass ends here, as in Linux.
        left.push({ pfn, ret });
        for (const rest of [...list.slice(i + 1), ...again]) left.push({ pfn: rest, ret: 1 });
        again.length = 0;
        break;
      } else again.push(pfn);
    }
    list = again;
  }
  for (const pfn of list) left.push({ pfn, ret: 1 });
  const failed = left.filter((l) => l.ret !== 1).length + list.length;
  const { word } = mm.t.misc;
  word[M_NR_MIGRATED] = (word[M_NR_MIGRATED] as number) + succeeded;
  mm.trace(EV.mm_migrate_pages, succeeded, failed, thp_succeeded, reason, MIGRATE_SYNC);
  mm.trace(EV.sim_func_exit, FN.migrate_pages, failed);
  yield;
  return { succeeded, failed, thp_succeeded, left };
}

/** Takes a page off its LRU so that it can be moved. Source: isolate_lru_page(). */
export const isolate_lru_page = (mm: Mm, pfn: number): void => del_page_from_lru_list(mm, pfn);
/** Source: putback_movable_pages(). */
export function putback_movable_pages(mm: Mm, pages: readonly number[]): void {
  for (const pfn of pages) lru_add(mm, pfn);
}
