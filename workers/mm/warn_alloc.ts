/** Mirrors: warn_alloc() of mm/page_alloc.c (6.1): an allocation that failed, with the stack that led there and what memory looked like. */
import { STATE_ORDER } from '../uapi/layout.ts';
import { ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { CALL_TRACES, dump_stack, type Running } from './dump_stack.ts';
import { M_WARN_ALLOC_MS, type Mm } from './mm.ts';
import { page_zone_row, zone_idx } from './mmzone.ts';
import type { Buddy } from './page_alloc.ts';
import { ratelimitClock } from './ratelimit.ts';
import { show_mem } from './show_mem.ts';
import { onlineNodes } from './zonelist.ts';

const WARN = 4;

/** A failed allocation, as its caller asked for it: words of gfp.h. */
export interface FailedAllocation {
  readonly order: number;
  readonly gfp: string;
  /** '%*pbl' of the nodes allowed, or '(null)'. */
  readonly nodemask: string;
}

/** "kworker/u2:1: vmemmap alloc failure: order:9, mode:…". `what`: what the caller calls it. */
export function warn_failed(mm: Mm, buddy: Buddy, who: Running, { order, gfp, nodemask }: FailedAllocation, frames: readonly string[], what: string): void {
  mm.printk(WARN, `${who.comm}: ${what}: order:${order}, mode:${gfp}, nodemask=${nodemask},cpuset=/,mems_allowed=${onlineNodes(mm).join(',')}`);
  dump_stack(mm, who, frames);
  show_mem(mm, buddy);
}

/** One report in ten seconds. */
const INTERVAL_MS = 10_000;
/** Words of a gfp mask for user memory, with and without the highmem bit that only pages of ZONE_MOVABLE bring along. Source: alloc_migration_target(). */
const MODE = {
  highmem: '0x144cca(GFP_HIGHUSER_MOVABLE|__GFP_RETRY_MAYFAIL|__GFP_COMP)',
  kernel: '0x144cc8(GFP_USER|__GFP_RETRY_MAYFAIL|__GFP_COMP|__GFP_MOVABLE)',
} as const;

/** No frame for a page that is to be moved away from `pfn`. Huge pages fail without a word. */
export function warn_alloc(mm: Mm, buddy: Buddy, pfn: number, nodemask: number): void {
  const order = (mm.t.memmap.state[pfn] as number) & STATE_ORDER;
  const now = ratelimitClock(mm);
  const { word } = mm.t.misc;
  if (order > 0 || ((word[M_WARN_ALLOC_MS] as number) > 0 && now - (word[M_WARN_ALLOC_MS] as number) < INTERVAL_MS)) return;
  word[M_WARN_ALLOC_MS] = Math.max(1, now);
  const allowed = nodemask === -1 ? '(null)' : onlineNodes(mm).filter((nid) => (nodemask & (1 << nid)) !== 0).join(',');
  const { pid, name } = mm.current?.() ?? { pid: 0, name: 'swapper/0' };
  const gfp = zone_idx(page_zone_row(mm, pfn)) === ZONE_MOVABLE ? MODE.highmem : MODE.kernel;
  warn_failed(mm, buddy, { pid, comm: name }, { order, gfp, nodemask: allowed }, CALL_TRACES.alloc_migration_target, 'page allocation failure');
}
