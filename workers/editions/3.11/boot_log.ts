/** The boot's lines about memory in the log of 3.11, as recorded. Left out: everything that is not memory. */
import type { EarlyBoot } from '../../init/edition.ts';
import type { BootPlan } from '../../init/layout_plan.ts';
import { type Mm, zoneName } from '../../mm/mm.ts';
import { NODE_ONLINE } from '../../uapi/layout.ts';
import { ZONE_DMA, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';

const INFO = 6;
const DEBUG = 7;
const hex = (n: number, digits: number): string => `0x${n.toString(16).padStart(digits, '0')}`;
const bytes = (start: number, end: number, digits = 8): string => `[mem ${hex(start, digits)}-${hex(end - 1, digits)}]`;
const mem = (start: number, end: number, digits = 8): string => bytes(start * PAGE_SIZE, end * PAGE_SIZE, digits);

export function log_memory_map(mm: Mm, plan: BootPlan, { crash }: EarlyBoot): void {
  const { description: d } = mm;
  mm.printk(5, `Linux version ${d.release ?? mm.edition.release} ${d.kernelVersion ?? mm.edition.version}`.trimEnd());
  mm.printk(INFO, `Command line: ${d.cmdline}`);
  mm.printk(INFO, 'e820: BIOS-provided physical RAM map:');
  for (const r of d.memory) mm.printk(INFO, `BIOS-e820: ${bytes(r.start, r.end, 16)} ${r.type}`);
  if (plan.memory.length !== d.memory.length || plan.memory.some((r, i) => r.end !== d.memory[i]?.end)) {
    mm.printk(INFO, 'e820: user-defined physical RAM map:');
    for (const r of plan.memory) mm.printk(INFO, `user: ${bytes(r.start, r.end, 16)} ${r.type}`);
  }
  mm.printk(DEBUG, `e820: update ${bytes(0, 0x1000)} usable ==> reserved`);
  mm.printk(DEBUG, `e820: remove ${bytes(0xa0000, 0x100000)} usable`);
  mm.printk(INFO, `e820: last_pfn = ${hex(plan.ram.at(-1)?.end ?? 0, 1)} max_arch_pfn = 0x400000000`);
  if (d.ramdisk) mm.printk(INFO, `RAMDISK: ${bytes(d.ramdisk.start, d.ramdisk.end)}`);
  for (const line of crash.lines) mm.printk(INFO, line);
  for (const n of d.numa) mm.printk(INFO, `SRAT: Node ${n.nid} PXM ${n.nid} ${bytes(n.start, n.end)}`);
}

export function log_zones(mm: Mm, plan: BootPlan): void {
  const end = plan.ram.at(-1)?.end ?? 0;
  mm.printk(INFO, 'Zone ranges:');
  const limits = [[1, 0x1000], [0x1000, 0x100000], [0x100000, Math.max(end, 0x100000)]] as const;
  for (const zone of [ZONE_DMA, ZONE_DMA32, ZONE_NORMAL]) {
    const [low, high] = limits[zone] as readonly [number, number];
    // The limits of DMA and DMA32 are the processor's, whether there is memory up to them or not.
    mm.printk(INFO, `  ${zoneName(mm, zone).padEnd(8)} ${low < high ? mem(low, high) : 'empty'}`);
  }
  mm.printk(INFO, 'Movable zone start for each node');
  for (const [nid, pfn] of plan.zone_movable_pfn.entries()) if (pfn > 0) mm.printk(INFO, `  Node ${nid}: ${hex(pfn * PAGE_SIZE, 8)}`);
  mm.printk(INFO, 'Early memory node ranges');
  for (const r of plan.ram) mm.printk(INFO, `  node ${String(r.nid).padStart(3)}: ${mem(r.start, r.end)}`);
  for (const nid of plan.possible) {
    if (((mm.t.node.state[nid] as number) & NODE_ONLINE) === 0) continue;
    mm.printk(DEBUG, `On node ${nid} totalpages: ${mm.t.node.node_present_pages[nid]}`);
    for (let zone = ZONE_DMA; zone <= ZONE_MOVABLE; zone++) {
      const present = mm.t.zone.present_pages[zoneRow(nid, zone)] as number;
      if (present > 0) mm.printk(DEBUG, `  ${zoneName(mm, zone)} zone: ${present} pages`);
    }
  }
}
