/** Mirrors: walk_system_ram_range() of kernel/resource.c (3.11): only the top level of the tree is looked at. */
import type { Resource } from '../../kernel/resource.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';

/** Whole pages of System RAM inside [start_pfn, end_pfn), ascending. */
export function systemRam(iomem: Resource, start_pfn: number, end_pfn: number): { readonly start: number; readonly end: number }[] {
  return iomem.children
    .filter((r) => r.name === 'System RAM')
    .map((r) => ({ start: Math.max(start_pfn, Math.ceil(r.start / PAGE_SIZE)), end: Math.min(end_pfn, Math.floor((r.end + 1) / PAGE_SIZE)) }))
    .filter((r) => r.start < r.end);
}
