/**
 * Mirrors: kswapd_run(), kswapd_stop() of mm/vmscan.c and kcompactd_run(), kcompactd_stop() of mm/compaction.c (6.1): each node with memory has its threads; they come with its first
 * memory and go with its last. What kcompactd does is kcompactd.ts. Left out: what kswapd does. Why: nothing is reclaimed here yet.
 */
import type { Kernel } from '../kernel/kernel.ts';

/** Their pids, below those of user space: two a node. */
const FIRST_PID = 40;
/** pid and name of a node's kcompactd. */
export const kcompactdOf = (nid: number): readonly [pid: number, name: string] => [FIRST_PID + 2 * nid + 1, `kcompactd${nid}`];
const threads = (k: Kernel, nid: number): readonly (readonly [pid: number, name: string])[] => {
  const pid = FIRST_PID + 2 * nid;
  const kswapd = [pid, `kswapd${nid}`] as const;
  return k.mm.edition.kcompactd ? [kswapd, kcompactdOf(nid)] : [kswapd];
};
/** A node that has them already keeps them. */
export function kswapd_run(k: Kernel, nid: number): void {
  for (const [pid, name] of threads(k, nid)) k.kthreads?.run(pid, name);
}
export function kswapd_stop(k: Kernel, nid: number): void {
  for (const [pid] of threads(k, nid)) k.kthreads?.stop(pid);
}
