/**
 * Mirrors: include/linux/mm_types.h (6.1), as far as a process's memory is kept: struct mm_struct and struct vm_area_struct.
 */
import type { AddressSpace } from '../kernel/vnode.ts';
import type { CacheName } from './slub.ts';

export interface MapOptions {
  /** Shared memory (tmpfs pages) instead of anonymous. */
  readonly shared?: boolean;
  /** madvise(MADV_HUGEPAGE), or huge pages wherever they fit: aligned 2 MiB pieces are huge pages where one is free. */
  readonly thp?: boolean;
  /** It asked for them (MADV_HUGEPAGE): more is done to get one. */
  readonly madvised?: boolean;
  /** MAP_HUGETLB: huge pages of the pool. */
  readonly hugetlb?: boolean;
  /** With it, MAP_HUGE_1GB: pages of 1 GiB. */
  readonly gigantic?: boolean;
  /** Only the first page of each 2 MiB is touched: what then grows is page tables. */
  readonly sparse?: boolean;
}
/** Who pins: io_uring counts what all processes of a user pin, RDMA what the process pins, VFIO what the process pins or locks. */
export type PinDriver = 'io_uring' | 'rdma' | 'vfio';
/** A mapping: where it is, and its PTE slots in address order. */
export interface Area {
  readonly address: number;
  readonly slots: readonly number[];
}

/** struct vm_area_struct. */
export interface Mapping extends Area {
  readonly slots: number[];
  /** Entries it takes in page tables of the last level: huge pages take none, each page of a sparse mapping a table of its own. */
  entries: number;
  /** May have huge pages, and whether it asked for them. */
  readonly thp?: boolean;
  readonly madvised?: boolean;
  /** Shared memory (tmpfs pages); huge pages of the pool. */
  readonly shared?: boolean;
  readonly hugetlb?: boolean;
  /** Held by a long-term pin, and by whose. */
  pinned?: PinDriver;
  /** mlock(2). */
  locked?: boolean;
}
/** struct mm_struct, and what the kernel keeps for the process. */
export interface Held {
  readonly pid: number;
  readonly name: string;
  readonly owner: number;
  /** When it was started, ms since boot. */
  readonly started: number;
  /** Owner of its shared memory, made when it is first needed. */
  shmem: number;
  readonly areas: Mapping[];
  readonly kernel: { readonly pfn: number; readonly order: number }[];
  /** Pages the page tables cover so far. */
  mapped: number;
  /** Pages it touched so far, for what they contain. */
  touched: number;
  /** Lowest address in use. */
  floor: number;
  /** Owner of what it shares with its parent or children, 0 = nothing. */
  family: number;
  readonly files: { readonly mapping: AddressSpace; readonly from: number; pages: number }[];
  /** Objects of the kernel's, by cache: the first frames of their slabs. */
  readonly objects: Map<CacheName, number[]>;
}
