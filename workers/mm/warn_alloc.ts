/** Mirrors: warn_alloc() of mm/page_alloc.c (6.1): an allocation that failed, with the stack that led there and what memory looked like. */
import { dump_stack, type Running } from './dump_stack.ts';
import type { Mm } from './mm.ts';
import type { Buddy } from './page_alloc.ts';
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
