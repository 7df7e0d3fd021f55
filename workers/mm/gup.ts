/**
 * Mirrors: mm/gup.c, mm/mlock.c and the limits of drivers that pin (6.1): memory of a process that has to stay where it is.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { ERRNO } from '../uapi/errno.ts';
import { MIGRATE_CMA, MIGRATE_ISOLATE, MIGRATE_UNMOVABLE, pageblock_order, ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { COLD_MLOCKED, KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_ANON, KIND_MASK, KIND_MLOCKED, KIND_THP } from '../uapi/page_kind.ts';
import type { Kernel } from './kernel.ts';
import { migrate_pages, MR_LONGTERM_PIN, putback_movable_pages } from './migrate.ts';
import { configured, M_FOLL_PIN_ACQUIRED, M_FOLL_PIN_RELEASED, type Mm, page_size } from './mm.ts';
import type { Area, Held, Mapping, PinDriver } from './mm_types.ts';
import { compound_head, page_zone_row, PageLRU, zone_idx, zone_to_nid } from './mmzone.ts';
import { page_pincount, setColdFlags, setKind } from './page_flags.ts';
import { del_page_from_lru_list } from './rmap.ts';
import { count_vm_event, VM } from './vm_event.ts';

/** Memory that has to stay movable holds no page that must not move: ZONE_MOVABLE, and pageblocks of devices. Source: is_longterm_pinnable_page(). */
function is_longterm_pinnable_page(mm: Mm, pfn: number): boolean {
  const mt = mm.t.pageblock.migratetype[pfn >>> pageblock_order];
  return zone_idx(page_zone_row(mm, pfn)) !== ZONE_MOVABLE && (!configured(mm, 'CMA') || (mt !== MIGRATE_CMA && mt !== MIGRATE_ISOLATE));
}
/** Frames of a mapping, in address order: 0 or below where none is present. */
export const framesOf = (mm: Mm, area: Area): number[] => area.slots.map((slot) => mm.t.pte.pfn[slot] as number);

export interface Gup {
  /** mlock(2): 0; -EPERM: it may lock nothing; -ENOMEM: not so much (RLIMIT_MEMLOCK). Source: do_mlock(). */
  mlock(held: Held, area: Mapping): number;
  /**
   * Long-term pin: pages in ZONE_MOVABLE and in areas of devices move out first. 0, or -ENOMEM where they cannot, or where it is more than RLIMIT_MEMLOCK lets this driver pin.
   * Source: check_and_migrate_movable_pages(); __io_account_mem(), ib_umem_get(), vfio_lock_acct().
   */
  pin(held: Held, area: Mapping, driver: PinDriver): Kthread<number>;
  /** References without a pin (vmsplice). */
  hold(area: Area): void;
  /** A mapping goes, and with it what a driver held of it. */
  unpin(area: Mapping): void;
}

/** `touch`: its user reads each page of a mapping (FOLL_TOUCH). */
export function createGup(k: Kernel, processes: ReadonlyMap<number, Held>, touch: (area: Area) => void): Gup {
  const { mm, buddy } = k;
  const { memmap, cold } = mm.t;
  /** get_user_pages() with FOLL_TOUCH: a reference, and the page counts as referenced. */
  function addReference(area: Area): void {
    for (const pfn of framesOf(mm, area)) {
      if (pfn <= 0) continue;
      setColdFlags(mm, pfn, kpf(KPF.REFERENCED));
      cold.pincount[pfn] = page_pincount(mm, pfn) + 1;
    }
  }
  /** Pages that a process may keep in memory, Infinity with CAP_IPC_LOCK; and pages of some mappings. */
  const lock_limit = (pid: number): number => Math.floor((k.credentials?.(pid).memlock ?? Number.POSITIVE_INFINITY) / page_size(mm));
  const pagesOf = (areas: readonly Mapping[], which: (area: Mapping) => boolean): number => areas.reduce((sum, area) => sum + (which(area) ? area.slots.length : 0), 0);
  /** Source: gup_folio_to_pin(), gup_put_folio(): each page counts on its node. */
  function countPins(first: number, area: Area): void {
    const { word } = mm.t.misc;
    for (const pfn of framesOf(mm, area)) {
      if (pfn <= 0) continue;
      const at = first + zone_to_nid(page_zone_row(mm, pfn));
      word[at] = (word[at] as number) + 1;
    }
  }

  return {
    mlock(held, area) {
      const limit = lock_limit(held.pid);
      if (limit === 0) return -ERRNO.EPERM;
      const locked = pagesOf(held.areas, (own) => own.locked === true && own !== area);
      if (locked + area.slots.length > limit) return -ERRNO.ENOMEM;
      area.locked = true;
      touch(area);
      for (const pfn of framesOf(mm, area)) {
        if (pfn <= 0) continue;
        const kind = (memmap.kind[pfn] as number) & KIND_MASK;
        if (kind === KIND_ANON) setKind(mm, pfn, KIND_MLOCKED);
        else if (kind === KIND_THP && compound_head(mm, pfn) === pfn) {
          // A huge page stays one; its head says that it is locked.
          setColdFlags(mm, pfn, kpf(KPF.UNEVICTABLE) | COLD_MLOCKED);
        }
        count_vm_event(mm, VM.unevictable_pgs_mlocked);
      }
      return 0;
    },
    *pin(held, area, driver) {
      const counted = driver === 'io_uring' ? [...processes.values()].filter((p) => k.credentials?.(p.pid).uid === k.credentials?.(held.pid).uid).flatMap(({ areas }) => areas) : held.areas;
      if (pagesOf(counted, (own) => own.pinned === driver || (driver === 'vfio' && own.locked === true)) + area.slots.length > lock_limit(held.pid)) return -ERRNO.ENOMEM;
      touch(area);
      const movable = framesOf(mm, area).filter((pfn) => pfn > 0 && !is_longterm_pinnable_page(mm, pfn) && compound_head(mm, pfn) === pfn);
      if (movable.length > 0) {
        for (const pfn of movable) if (PageLRU(mm, pfn)) del_page_from_lru_list(mm, pfn);
        const { left } = yield* migrate_pages(mm, buddy, movable, { nid: 0, nodemask: -1, highest_zoneidx: ZONE_NORMAL, migratetype: MIGRATE_UNMOVABLE }, MR_LONGTERM_PIN);
        // Its process may have ended meanwhile.
        putback_movable_pages(mm, buddy, left);
        if (left.length > 0) return -ERRNO.ENOMEM;
      }
      addReference(area);
      area.pinned = driver;
      countPins(M_FOLL_PIN_ACQUIRED, area);
      return 0;
    },
    hold(area) {
      touch(area);
      addReference(area);
    },
    unpin(area) {
      if (area.pinned !== undefined) countPins(M_FOLL_PIN_RELEASED, area);
    },
  };
}
