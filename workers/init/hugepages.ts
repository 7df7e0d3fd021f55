/** Mirrors: hugepages=, hugepagesz= and default_hugepagesz= of mm/hugetlb.c (6.1): pools that are filled at boot: pages of 1 GiB before the page allocator exists, others by it. */
import type { Memory } from '../mm/kernel.ts';
import { runToEnd } from '../kernel/kthread.ts';
import { default_hstate, HPAGE_1G, type Hstate, hstate_is_gigantic, hstates, hugetlbCounts } from '../mm/hugetlb.ts';
import { add_to_pool, prep_compound_gigantic_page, set_max_huge_pages } from '../mm/hugetlb_pool.ts';
import { configured, type Mm, page_size } from '../mm/mm.ts';
import { adjust_managed_page_count } from '../mm/watermarks.ts';
import { page_zone_row } from '../mm/mmzone.ts';
import { KIND_HUGETLB } from '../uapi/page_kind.ts';
import { memparse, type Parameter } from './cmdline.ts';
import type { Memblock } from './memblock.ts';

export interface BootHugepages {
  /** Pages wanted of each size, in the order they were asked for. */
  readonly wanted: readonly { readonly h: Hstate; readonly count: number }[];
  /** First frames of the pages of 1 GiB that found room. */
  readonly gigantic: readonly number[];
  /** Lines of the log. */
  readonly lines: readonly (readonly [level: number, line: string])[];
}
const sizeName = (mm: Pick<Mm, 'geometry'>, h: Hstate): string => (h === HPAGE_1G ? '1.00 GiB' : `${((h.pages * page_size(mm)) / 2 ** 20).toFixed(2)} MiB`);
const failed = (mm: Pick<Mm, 'geometry'>, h: Hstate, count: number, got: number): readonly [number, string] => [4, `HugeTLB: allocating ${count} of page size ${sizeName(mm, h)} failed.  Only allocated ${got} hugepages.`];

/** Reads the parameters and reserves what is larger than any chunk, top down. */
export function reserveHugepages(mb: Memblock, mm: Pick<Mm, 'description' | 'edition' | 'geometry'>, parameters: readonly Parameter[]): BootHugepages {
  const wanted: { h: Hstate; count: number }[] = [];
  const gigantic: number[] = [];
  const lines: (readonly [number, string])[] = [];
  if (!configured(mm, 'HUGETLB')) return { wanted, gigantic, lines };
  let parsed: Hstate | undefined = default_hstate(mm);
  for (const { name, value = '' } of parameters) {
    if (name === 'hugepagesz' || name === 'default_hugepagesz') {
      const pages = memparse(value).value / page_size(mm);
      parsed = hstates(mm).find((h) => h.pages === pages);
      if (parsed === undefined) lines.push([3, `HugeTLB: unsupported ${name}=${value}`]);
    }
    if (name !== 'hugepages' || parsed === undefined) continue;
    const count = Number(/^\d+$/.exec(value)?.[0] ?? 0);
    wanted.push({ h: parsed, count });
    if (!hstate_is_gigantic(parsed)) continue;
    const before = gigantic.length;
    while (gigantic.length - before < count) {
      const at = mb.alloc(parsed.pages, parsed.pages, KIND_HUGETLB, 'huge page');
      if (at < 0) break;
      gigantic.push(at);
    }
    if (gigantic.length - before < count) lines.push(failed(mm, parsed, count, gigantic.length - before));
  }
  return { wanted, gigantic, lines };
}
/** The pages of 1 GiB join their pool, and count as managed from now on. Source: gather_bootmem_prealloc(). */
export function gather_bootmem_prealloc(mm: Mm, { gigantic }: BootHugepages): void {
  for (const pfn of gigantic) {
    prep_compound_gigantic_page(mm, pfn, HPAGE_1G);
    adjust_managed_page_count(mm, page_zone_row(mm, pfn), HPAGE_1G.pages);
    add_to_pool(mm, pfn, HPAGE_1G);
  }
}
/** The others are allocated. Source: hugetlb_hstate_alloc_pages(). */
export function hugetlb_init_hstates(k: Memory, { wanted }: BootHugepages): void {
  for (const { h, count } of wanted) {
    if (hstate_is_gigantic(h)) continue;
    runToEnd(set_max_huge_pages(k, count, h));
    const { nr } = hugetlbCounts(k.mm, undefined, h);
    if (nr < count) k.mm.printk(...failed(k.mm, h, count, nr));
  }
}
