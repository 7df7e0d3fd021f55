/** Mirrors: the sysfs half of mm/huge_memory.c and mm/khugepaged.c (6.1): /sys/kernel/mm/transparent_hugepage. */
import type { Kernel } from '../../mm/kernel.ts';
import { THP_DEFRAG, THP_ENABLED } from '../../mm/huge_memory.ts';
import {
  M_KHUGEPAGED_DEFRAG, M_KHUGEPAGED_FULL_SCANS, M_KHUGEPAGED_MAX_PTES_NONE, M_KHUGEPAGED_PAGES_COLLAPSED, M_KHUGEPAGED_PAGES_TO_SCAN, M_KHUGEPAGED_SCAN_SLEEP, M_THP_DEFRAG, M_THP_ENABLED,
  page_size,
} from '../../mm/mm.ts';
import { init_per_zone_wmark_min } from '../../mm/watermarks.ts';
import { ERRNO } from '../../uapi/errno.ts';
import type { DirNode, FileNode } from '../../kernel/vnode.ts';
import { attr, kdir } from './kernfs.ts';

/** The order in which the kernel lists the words; the chosen one stands in brackets. */
const ENABLED_SHOWN = ['always', 'madvise', 'never'] as const;
const DEFRAG_SHOWN = ['always', 'defer', 'defer+madvise', 'madvise', 'never'] as const;

export function transparentHugepageDir({ mm }: Kernel): DirNode {
  const { word } = mm.t.misc;
  function choice(row: number, words: readonly string[], shown: readonly string[], chosen: () => void): FileNode {
    const show = (): string => `${shown.map((w) => (words[word[row] as number] === w ? `[${w}]` : w)).join(' ')}\n`;
    return attr(0o644, show, (text) => {
      const value = words.indexOf(text.replace(/\n$/, ''));
      if (value < 0) return -ERRNO.EINVAL;
      word[row] = value;
      chosen();
      return text.length;
    });
  }
  const number = (row: number, least: number, most: number): FileNode => attr(0o644, () => `${word[row]}\n`, (text) => {
    const digits = /^\+?(\d+)\n?$/.exec(text)?.[1];
    if (digits === undefined || Number(digits) < least || Number(digits) > most) return -ERRNO.EINVAL;
    word[row] = Number(digits);
    return text.length;
  });
  const read = (row: number): FileNode => attr(0o444, () => `${word[row]}\n`);
  const UINT_MAX = 2 ** 31 - 1;
  return kdir({
    // Where huge pages are wanted more is kept free for them.
    enabled: choice(M_THP_ENABLED, THP_ENABLED, ENABLED_SHOWN, () => init_per_zone_wmark_min(mm)),
    defrag: choice(M_THP_DEFRAG, THP_DEFRAG, DEFRAG_SHOWN, () => undefined),
    hpage_pmd_size: attr(0o444, () => `${2 ** mm.geometry.hpage_order * page_size(mm)}\n`),
    khugepaged: kdir({
      defrag: number(M_KHUGEPAGED_DEFRAG, 0, 1), full_scans: read(M_KHUGEPAGED_FULL_SCANS), max_ptes_none: number(M_KHUGEPAGED_MAX_PTES_NONE, 0, 2 ** mm.geometry.hpage_order - 1),
      pages_collapsed: read(M_KHUGEPAGED_PAGES_COLLAPSED), pages_to_scan: number(M_KHUGEPAGED_PAGES_TO_SCAN, 1, UINT_MAX), scan_sleep_millisecs: number(M_KHUGEPAGED_SCAN_SLEEP, 0, UINT_MAX),
    }),
  });
}
