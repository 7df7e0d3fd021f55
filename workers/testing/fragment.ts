/** Memory in pieces, as a test wants it. */
import { STATE_LRU } from '../uapi/layout.ts';
import { KIND_ANON } from '../uapi/page_kind.ts';
import { del_page_from_lru_list, unmapPage } from '../mm/rmap.ts';
import type { Guest } from './guest.ts';

/** Processes lose every third page of their memory: much is free, and hardly a pageblock as a whole. */
export function freeEveryThird(g: Guest): void {
  const { mm, buddy } = g.machine.kernel;
  for (let pfn = 1; pfn < mm.t.memmap.state.length; pfn += 3) {
    if (mm.t.memmap.state[pfn] !== STATE_LRU || mm.t.memmap.kind[pfn] !== KIND_ANON) continue;
    unmapPage(mm, pfn);
    del_page_from_lru_list(mm, pfn);
    buddy.free_pages(pfn, 0);
  }
}
