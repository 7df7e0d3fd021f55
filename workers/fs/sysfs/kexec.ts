/** Mirrors: kexec_crash_size of kernel/ksysfs.c and crash_shrink_memory() of kernel/crash_core.c (6.1). Source: spec crashkernel-kdump.md, "Shrinking". */
import type { Kernel } from '../../mm/kernel.ts';
import { release_resource, type Resource } from '../../kernel/resource.ts';
import { remember } from '../../lib/remember.ts';
import { page_zone_row } from '../../mm/mmzone.ts';
import { adjust_managed_page_count } from '../../mm/watermarks.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { KIND_FREE } from '../../uapi/page_kind.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';
import type { FileNode } from '../../kernel/vnode.ts';
import { attr } from './kernfs.ts';

/** The main crash range: with two, the one in front is the low one. */
const crashRange = (parent: Resource): Resource | undefined =>
  parent.children.reduce<Resource | undefined>((found, c) => (c.name === 'Crash kernel' ? c : (crashRange(c) ?? found)), undefined);

/** Reads the main range's size in bytes. A smaller number frees the tail (whole pages) to the allocator; a larger one, or none: -EINVAL. */
export function crashSizeFile(k: Kernel, bootSize: number): FileNode {
  const held = remember({ size: bootSize });
  return attr(0o644, () => `${held.size}\n`, (text) => {
    const m = /^\+?(0[xX][0-9a-fA-F]+|\d+)\n?$/.exec(text);
    if (!m) return -ERRNO.EINVAL;
    const wanted = Math.ceil(Number(m[1]) / PAGE_SIZE) * PAGE_SIZE;
    const range = held.size > 0 ? crashRange(k.iomem) : undefined;
    if (wanted > held.size) return -ERRNO.EINVAL;
    if (range === undefined || wanted === held.size) return text.length;
    const { start, end } = range;
    if (wanted === 0) release_resource(k.iomem, start, end);
    else range.end = start + wanted - 1;
    const { mm } = k;
    for (let pfn = (start + wanted) / PAGE_SIZE; pfn < (end + 1) / PAGE_SIZE; pfn++) {
      mm.t.memmap.kind[pfn] = KIND_FREE;
      adjust_managed_page_count(mm, page_zone_row(mm, pfn), 1);
      k.buddy.free_pages(pfn, 0);
    }
    held.size = wanted;
    return text.length;
  });
}
