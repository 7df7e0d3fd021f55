/**
 * Mirrors: mm/slab_common.c (6.1): /proc/slabinfo. Caches of mm/slub.ts are known by their objects. Of what a recorded kernel had in slab only the pages are known: its owners stand as
 * caches whose objects are whole pages.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Mm } from '../../mm/mm.ts';
import { ownerName } from '../../mm/rmap.ts';
import { KIND_MASK, KIND_SLAB } from '../../uapi/page_kind.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';

const HEAD = `slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
`;
interface Line {
  readonly name: string;
  readonly active: number;
  readonly slabs: number;
  readonly total: number;
  readonly size: number;
  readonly objectsPerSlab: number;
  readonly pagesPerSlab: number;
}
/** Pages of slab by the row of their owner. */
function slabPages(mm: Mm): Map<number, number> {
  const { kind, owner } = mm.t.memmap;
  const rows = new Map<number, number>();
  mm.t.section.state.forEach((state, nr) => {
    if (state === 0) return;
    const end = (nr + 1) << mm.PFN_SECTION_SHIFT;
    for (let pfn = nr << mm.PFN_SECTION_SHIFT; pfn < end; pfn++) {
      if (((kind[pfn] as number) & KIND_MASK) !== KIND_SLAB) continue;
      const row = Math.max(0, -(owner[pfn] as number));
      rows.set(row, (rows.get(row) ?? 0) + 1);
    }
  });
  return rows;
}
const cacheName = (mm: Mm, row: number): string => (row === 0 ? 'slab' : ownerName(mm, row)).replace(/\W+/g, '_').replace(/_$/, '');

export const slabinfo = ({ mm, slab }: Kernel): string => {
  const caches = slab?.report() ?? [];
  const pages = new Map<string, number>();
  for (const [row, n] of slabPages(mm)) if (!caches.some((c) => c.owner === row)) pages.set(cacheName(mm, row), (pages.get(cacheName(mm, row)) ?? 0) + n);
  const whole = [...pages].map(([name, slabs]): Line => ({ name, active: slabs, slabs, total: slabs, size: PAGE_SIZE, objectsPerSlab: 1, pagesPerSlab: 1 }));
  const number = (n: number, width = 6): string => String(n).padStart(width);
  return HEAD + [...caches, ...whole].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, active, slabs, total, size, objectsPerSlab, pagesPerSlab }) =>
    `${name.padEnd(17)} ${number(active)} ${number(total)} ${number(size)} ${number(objectsPerSlab, 4)} ${number(pagesPerSlab, 4)} : tunables ${number(0, 4)} ${number(0, 4)} ${number(0, 4)} : slabdata ${number(slabs)} ${number(slabs)} ${number(0)}\n`).join('');
};
