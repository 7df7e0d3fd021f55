/** The one file the recorded 3.11 has beyond a real one: every zone of every online node, empty ones too, which its /proc/zoneinfo hides. One line a node, one a zone. */
import type { Kernel } from '../../mm/kernel.ts';
import { zoneName } from '../../mm/mm.ts';
import { onlineNodes } from '../../mm/zonelist.ts';
import { ZONE_DEVICE, zoneRow } from '../../uapi/mmzone.ts';
import { type DirNode, dirOf, textFile } from '../../kernel/vnode.ts';

/** A span that wrapped around prints as the 64-bit number it is. */
const unsigned64 = (n: number): string => (n < 0 ? BigInt.asUintN(64, BigInt(n)).toString() : String(n));
const range = (start: number, spanned: number): string => `start_pfn=0x${start.toString(16)} end=0x${(start + spanned).toString(16)} spanned=${unsigned64(spanned)}`;

/** The directory /sys/kernel/debug/rec. */
export function rec_zones({ mm }: Kernel): DirNode {
  const { node, zone: z } = mm.t;
  const show = (): string => onlineNodes(mm).map((nid) => {
    const zones = Array.from({ length: ZONE_DEVICE }, (_, zone) => {
      const row = zoneRow(nid, zone);
      return `node${nid} ${zoneName(mm, zone)} ${range(z.zone_start_pfn[row] as number, z.spanned_pages[row] as number)} present=${z.present_pages[row]} managed=${z.managed_pages[row]}`
        + ` free=${unsigned64(z.nr_free_pages[row] as number)} min=${z.watermark_min[row]} low=${z.watermark_low[row]} high=${z.watermark_high[row]}\n`;
    });
    return `node${nid} ${range(node.node_start_pfn[nid] as number, node.node_spanned_pages[nid] as number)} present=${node.node_present_pages[nid]}\n${zones.join('')}`;
  }).join('');
  const files = { zones: textFile(0o444, show) };
  return dirOf(0o755, () => files);
}
