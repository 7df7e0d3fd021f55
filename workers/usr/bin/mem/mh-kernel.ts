/** What the workload program needs of the kernel beyond files: memory of a process. The machine provides it; without it mh says ENOSYS. */
import type { Kthread } from '../../../kernel/kthread.ts';

export interface AnonOptions {
  readonly mlock: boolean;
  /** madvise: huge pages wanted, not wanted, or as the system does by itself. */
  readonly thp: 'always' | 'never' | 'default';
  readonly hugetlb: boolean;
  /** Pages of 1 GiB of the pool. */
  readonly gigantic?: boolean;
  /** Registered as io_uring fixed buffers: a long-term pin. */
  readonly pin: boolean;
  /** vmspliced into pipes: references without a pin. */
  readonly splice: boolean;
  readonly shared: boolean;
  /** A file to map instead of anonymous memory. */
  readonly file?: string;
}
/** Virtual address of the mapping, or the call that failed. */
export type AnonResult =
  | { readonly address: number }
  | { readonly failed: 'mmap' | 'mlock' | 'io_uring_setup' | 'io_uring_register'; readonly errno: number }
  /** A signal ended the process while it touched its memory (SIGBUS, SIGKILL of the OOM killer). */
  | { readonly signal: number };

/** /proc/PID/pagemap of one mapping. */
export interface Residency {
  /** Pages of the mapping. */
  readonly pages: number;
  /** Frames of the pages that are present, in address order. */
  readonly pfns: readonly number[];
  /** Pages whose entry is a swap entry: swapped out, or poisoned. */
  readonly swapped: number;
  /** Bytes of a page (sysconf(_SC_PAGESIZE)). */
  readonly page_size: number;
}
export interface MhApi {
  /** Maps `bytes` in process `pid`, touches every page, then locks, pins or splices as asked. May reclaim, migrate, wait. */
  anon(pid: number, bytes: number, options: AnonOptions): Kthread<AnonResult>;
  /** The kernel takes `count` chunks of 2^order pages for the process, without waiting for memory: how many it got. */
  atomic(pid: number, order: number, count: number): Kthread<number>;
  /**
   * Where the workload of `pid` is now; -ENOENT if there is no such process, null if it is ending and has no memory any more. A kernel path: reading
   * a page map can end the reader (a hwpoison entry whose memory is gone makes the recorded kernel oops).
   */
  where(pid: number): Kthread<Residency | number | null>;
}

/** A mapping of a process, as the calls below give it back: nothing to look into. */
export type MappingHandle = object;
/** System calls about memory, as the program `workload` needs them; `pid` is the process that makes the call. Errors are -errno; a signal ends the caller inside the call. */
export interface MemoryCalls {
  mmap(pid: number, bytes: number, options: { readonly thp?: boolean; readonly hugetlb?: boolean; readonly shared?: boolean; readonly sparse?: boolean }): Kthread<MappingHandle | number>;
  /** Of a file of the disk, by an open descriptor's path. */
  mmapFile(pid: number, path: string, bytes: number): Kthread<number>;
  munmap(pid: number, mapping: MappingHandle): void;
  /** madvise(MADV_DONTNEED) of `pages` pages from page `from` on. */
  dontneed(pid: number, mapping: MappingHandle, from: number, pages: number): number;
  /** What fork(2) means for memory: the child maps what the parent does. */
  fork(pid: number, child: number): number;
  /** Writes to a page of a mapping, by its number. */
  write(pid: number, mapping: MappingHandle, index: number): number;
  pages(mapping: MappingHandle): number;
  mlock(pid: number, mapping: MappingHandle): number;
  /** A long-term pin (FOLL_LONGTERM), by a driver that has its own way to count what a user may pin. */
  pin(pid: number, mapping: MappingHandle, driver: 'io_uring' | 'rdma' | 'vfio'): Kthread<number>;
  threads(pid: number, count: number): number;
  /** Objects of a slab cache that the kernel keeps for the process. */
  objects(pid: number, cache: string, count: number, pick: (n: number) => number): number;
  /** readahead(2): pages of a file of the disk are in memory after this. */
  readahead(path: string): Kthread<number>;
  rss(pid: number): number;
}
export interface WorkloadApi extends MhApi {
  readonly calls: MemoryCalls;
}
