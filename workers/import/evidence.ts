/** What somebody's files say of a machine, each kind of file in its own shape. Numbers are checked when they are read. */

/** A row of /proc/zoneinfo. Pages and pfns. */
export interface ZoneReport {
  readonly nid: number;
  readonly zone: number;
  readonly start_pfn: number;
  readonly spanned: number;
  readonly present: number;
  readonly managed: number;
  readonly free: number;
  /** Pages on per-cpu lists. */
  readonly pcp: number;
  /** nr_* of the zone, pages. */
  readonly stats: ReadonlyMap<string, number>;
}
export interface ZoneInfo {
  readonly zones: readonly ZoneReport[];
  /** nr_* of each node. */
  readonly nodes: ReadonlyMap<number, ReadonlyMap<string, number>>;
  readonly cpus: number;
}
/** Free chunks of a zone by order 0 to 10; and by migrate type, where the report tells. */
export interface FreeLists {
  readonly nid: number;
  readonly zone: number;
  readonly free: readonly number[];
}
export interface TypeLists {
  readonly nid: number;
  readonly zone: number;
  /** By MIGRATE_*: chunks by order. */
  readonly free: readonly (readonly number[])[];
  /** By MIGRATE_*: pageblocks. */
  readonly blocks: readonly number[];
}
export interface BlockReport {
  readonly id: number;
  readonly online: boolean;
  readonly nid?: number;
  /** Index of the zone an online block is in; -1: "none". */
  readonly zone?: number;
}
export interface BlockList {
  /** Bytes; undefined: nobody said. */
  readonly size: number | undefined;
  readonly blocks: readonly BlockReport[];
}

export interface Evidence {
  /** Text of /proc/iomem. */
  iomem?: string;
  zoneinfo?: ZoneInfo;
  buddyinfo?: readonly FreeLists[];
  pagetypeinfo?: readonly TypeLists[];
  /** Pages, by the words of /proc/meminfo; HugePages_* in huge pages. */
  meminfo?: ReadonlyMap<string, number>;
  blocks?: BlockList;
  kpageflags?: Uint32Array;
  kpagecount?: Uint32Array;
  cmdline?: string;
  release?: string;
  version?: string;
  /** uname -m. */
  arch?: string;
  /** Which file said it, by the names above. */
  readonly sources: Map<string, string>;
  /** What was given and not used, and why. */
  readonly notes: string[];
}
/** Limits that no machine reaches, so that a wrong number is noticed before memory is asked for. */
export const MAX_NODES = 32;
export const MAX_PFN = 2 ** 30;
