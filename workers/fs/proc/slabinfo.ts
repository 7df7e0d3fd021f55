/**
 * Mirrors: mm/slab_common.c (6.1): /proc/slabinfo. Whose pages they are is known here, the objects inside them are not: a cache is one of the owners of slab pages, and its
 * objects are whole pages. Frames of the recorded picture have one owner for each kind of slab.
 */
import type { Mm } from '../../mm/mm.ts';
import { ownerName } from '../../mm/rmap.ts';
import { KIND_MASK, KIND_SLAB } from '../../uapi/page_kind.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';

const HEAD = `slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
`;
/** Pages of slab by the name of their owner, in order of names. */
function slabPages(mm: Mm): Map<string, number> {
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
  const named = new Map<string, number>();
  for (const [row, pages] of rows) {
    const name = (row === 0 ? 'slab' : ownerName(mm, row)).replace(/\W+/g, '_').replace(/_$/, '');
    named.set(name, (named.get(name) ?? 0) + pages);
  }
  return new Map([...named].sort(([a], [b]) => (a < b ? -1 : 1)));
}
export const slabinfo = (mm: Mm): string => {
  const number = (n: number): string => String(n).padStart(6);
  const rows = [...slabPages(mm)].map(([name, pages]) =>
    `${name.padEnd(17)} ${number(pages)} ${number(pages)} ${number(PAGE_SIZE)} ${String(1).padStart(4)} ${String(1).padStart(4)} : tunables ${String(0).padStart(4)} ${String(0).padStart(4)} ${String(0).padStart(4)} : slabdata ${number(pages)} ${number(pages)} ${number(0)}\n`);
  return HEAD + rows.join('');
};
