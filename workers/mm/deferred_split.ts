/**
 * Mirrors: the deferred list of mm/huge_memory.c (6.1): a huge page of which a process gave a part back stays whole, its unused pages with it, until memory is short: then a shrinker splits
 * it (huge_memory.ts). One that moves leaves the list and is not on it again, as in 6.1.
 * Left out: lists of memory cgroups and nodes. Why: there is one group, and reclaim asks shrinkers for all nodes at once.
 */
import { remember } from '../lib/remember.ts';
import { COLD_PTE_MAPPED } from '../uapi/page_flags.ts';
import { KIND_MASK, KIND_THP } from '../uapi/page_kind.ts';
import type { Mm } from './mm.ts';
import { clearColdFlags, coldFlags, setColdFlags } from './page_flags.ts';
import { count_vm_event, VM } from './vm_event.ts';

/** Heads on the list, the one that waits longest first. */
const queues = new WeakMap<Mm, Set<number>>();
/** Is a huge page mapped page by page? Then some of its pages may be nobody's. */
export const isPteMapped = (mm: Mm, head: number): boolean =>
  ((mm.t.memmap.kind[head] as number) & KIND_MASK) === KIND_THP && (coldFlags(mm, head) & COLD_PTE_MAPPED) !== 0;

/** From now on each page of a huge page has an entry of its own. Source: __split_huge_pmd_locked(). */
export function split_huge_pmd(mm: Mm, head: number): void {
  if (isPteMapped(mm, head)) return;
  setColdFlags(mm, head, COLD_PTE_MAPPED);
  count_vm_event(mm, VM.thp_split_pmd);
}
/** The huge page is one no longer. */
export function clear_pte_mapped(mm: Mm, head: number): void {
  clearColdFlags(mm, head, COLD_PTE_MAPPED);
  leave_split_queue(mm, head);
}
/** Some of its pages are nobody's any more. Source: deferred_split_huge_page(). */
export function deferred_split_huge_page(mm: Mm, head: number): void {
  const queue = queues.get(mm) ?? remember(new Set<number>());
  queues.set(mm, queue);
  if (queue.has(head)) return;
  queue.add(head);
  count_vm_event(mm, VM.thp_deferred_split_page);
}
/** It was freed, split, or moved away. Source: free_transhuge_page(). */
export const leave_split_queue = (mm: Mm, head: number): void => void queues.get(mm)?.delete(head);
/** Heads that wait, the oldest first. */
export const split_queue = (mm: Mm): readonly number[] => [...(queues.get(mm) ?? [])];
export const split_queue_len = (mm: Mm): number => queues.get(mm)?.size ?? 0;
