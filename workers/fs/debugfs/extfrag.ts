/** Mirrors: /sys/kernel/debug/extfrag of mm/vmstat.c (6.1): per zone and order, how fragmented free memory is and why a request would fail. */
import type { Kernel } from '../../mm/kernel.ts';
import { fragmentation_index, unusable_free_index } from '../../mm/fragmentation.ts';
import { zoneName } from '../../mm/mm.ts';
import { populated_zone, zone_idx, zone_to_nid } from '../../mm/mmzone.ts';
import { dirOf, type DirNode, textFile } from '../../kernel/vnode.ts';

/** Thousandths as %d.%03d prints them. */
const thousandths = (n: number): string => `${Math.trunc(n / 1000)}.${String(Math.abs(n % 1000)).padStart(3, '0')}`;

/** The directory. */
export function extfrag({ mm }: Kernel): DirNode {
  const lines = (cell: (row: number, order: number) => string): string => [...mm.t.zone.managed_pages.keys()].filter((row) => populated_zone(mm, row)).map((row) =>
    `Node ${zone_to_nid(row)}, zone ${zoneName(mm, zone_idx(row)).padStart(8)} ${Array.from({ length: mm.geometry.MAX_ORDER }, (_, order) => `${cell(row, order)} `).join('')}\n`).join('');
  const files = {
    extfrag_index: textFile(0o444, () => lines((row, order) => thousandths(fragmentation_index(mm, row, order)).padStart(6))),
    unusable_index: textFile(0o444, () => lines((row, order) => thousandths(unusable_free_index(mm, row, order)))),
  };
  return dirOf(0o755, () => files);
}
