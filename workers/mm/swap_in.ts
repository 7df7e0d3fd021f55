/** Mirrors: do_swap_page() of mm/memory.c and shmem_swapin_folio() of mm/shmem.c (6.1): a page that is wanted again comes back from swap. */
import { MIGRATE_MOVABLE, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { KPF, kpf } from '../uapi/page_flags.ts';
import { KIND_COLD, KIND_FILE, KIND_MASK } from '../uapi/page_kind.ts';
import { setActive } from './lru.ts';
import { M_WORK_NS, type Mm } from './mm.ts';
import type { Buddy } from './page_alloc.ts';
import { markCold } from './page_flags.ts';
import { changed, changedPte, lru_add } from './rmap.ts';
import { swapSpace } from './swap.ts';
import { count_vm_event, VM } from './vm_event.ts';

/** Reading a page from a compressed swap device, ns. */
const SWAP_IN_NS = 20_000;

/** The slot's entry is a swap entry: the frame its page is in now, or -1: no memory for it. */
export function do_swap_page(mm: Mm, buddy: Buddy, slot: number): number {
  const space = swapSpace(mm);
  const entry = mm.t.pte.pfn[slot] as number;
  if (space === undefined) return -1;
  const { tag, kind } = space.read(entry);
  const pfn = buddy.alloc_pages({ order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_MOVABLE, nid: 0, kind });
  if (pfn < 0) return -1;
  space.free(entry);
  mm.t.pte.pfn[slot] = pfn;
  mm.t.memmap.owner[pfn] = slot;
  mm.t.memmap.tag[pfn] = tag;
  if ((kind & KIND_MASK) === KIND_FILE) {
    mm.t.memmap.kind[pfn] = kind | KIND_COLD;
    markCold(mm, pfn);
    mm.t.cold.flags[pfn] = kpf(KPF.DIRTY) | kpf(KPF.SWAPBACKED);
    mm.t.cold.mapcount[pfn] = 0;
  }
  changed(mm, pfn);
  changedPte(mm, slot);
  lru_add(mm, pfn);
  if (mm.edition.reclaim.swapped_in_active === 0) setActive(mm, pfn, false);
  count_vm_event(mm, VM.pswpin);
  count_vm_event(mm, VM.pgmajfault);
  mm.t.misc.word[M_WORK_NS] = (mm.t.misc.word[M_WORK_NS] as number) + SWAP_IN_NS;
  return pfn;
}
