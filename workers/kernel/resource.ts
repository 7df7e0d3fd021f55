/** Mirrors: kernel/resource.c (6.1): the tree of physical address ranges that /proc/iomem prints. Addresses in bytes, end inclusive as in Linux. */
export interface Resource {
  readonly name: string;
  start: number;
  end: number;
  /** IORESOURCE_BUSY: a second claim of the range fails with EBUSY. */
  readonly busy: boolean;
  /** Sorted by start, inside the parent, disjoint. */
  readonly children: Resource[];
}
