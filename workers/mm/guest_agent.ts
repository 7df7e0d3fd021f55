/**
 * Mirrors: no file of Linux, but a process it knew: the init of the recorded guests, which runs what it is asked to: 12 MiB of buffer, stack and data, all locked into memory, so that no pressure can stop it. It came with an initramfs of
 * 3444 pages; a machine whose loader says it was smaller had one that keeps nothing. Pages. Source: recorded task lists and /proc/meminfo.
 */
import type { Mm } from './mm.ts';

const INITRD_BYTES = 3444 * 4096;
export const AGENT = {
  /** Its memory: the part in one large mapping, and all. */
  buffer: 3072, anon: 3401,
  /** What it was promised (Committed_AS). */
  committed: 3129,
  /** As a task: mapped, present, pages of page table. */
  total_vm: 3625, rss: 3425, tables: 15,
  /** What a child writes before it runs a program: its stack, its C library's data. */
  copied: 8,
  oom_score_adj: -1000,
} as const;

export function hasAgent(mm: Pick<Mm, 'description'>): boolean {
  const { ramdisk, profile } = mm.description;
  return profile === 'debian-6.1-q35' && (ramdisk === undefined || ramdisk.end - ramdisk.start >= INITRD_BYTES);
}
