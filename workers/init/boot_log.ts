/** The boot's lines about memory in the kernel log, as recorded: memory map, crash kernel, zones, what was freed. Levels are printk's. */
import { ZONE_NAMES, zoneRow, ZONE_DMA, ZONE_NORMAL, ZONE_DMA32 } from '../uapi/mmzone.ts';
import { NODE_ONLINE } from '../uapi/layout.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import type { Mm } from '../mm/mm.ts';
import type { BootPlan } from './layout_plan.ts';
import type { Memblock } from './memblock.ts';

const NOTICE = 5;
const INFO = 6;
const DEBUG = 7;
/** `[mem 0x0000000000001000-0x0000000000ffffff]` from pfns, end exclusive. */
const mem = (start: number, end: number, digits = 16): string => {
  const hex = (n: number): string => `0x${n.toString(16).padStart(digits, '0')}`;
  return `[mem ${hex(start * PAGE_SIZE)}-${hex(end * PAGE_SIZE - 1)}]`;
};
const bytes = (start: number, end: number, digits = 16): string => mem(start / PAGE_SIZE, end / PAGE_SIZE, digits);

/** From "Linux version" to the crash kernel. */
export function logMemoryMap(mm: Mm, plan: BootPlan, crash: readonly string[]): void {
  const { description: d } = mm;
  mm.printk(NOTICE, `Linux version ${d.release ?? '6.1.0'} ${d.kernelVersion ?? ''}`.trimEnd());
  mm.printk(INFO, `Command line: ${d.cmdline}`);
  mm.printk(INFO, 'BIOS-provided physical RAM map:');
  for (const r of d.memory) mm.printk(INFO, `BIOS-e820: ${bytes(r.start, r.end)} ${r.type}`);
  mm.printk(DEBUG, `e820: update ${bytes(0, 0x1000, 8)} usable ==> reserved`);
  mm.printk(DEBUG, `e820: remove ${bytes(0xa0000, 0x100000, 8)} usable`);
  mm.printk(INFO, `last_pfn = 0x${(plan.ram.at(-1)?.end ?? 0).toString(16)} max_arch_pfn = 0x10000000000`);
  if (d.ramdisk) mm.printk(INFO, `RAMDISK: ${bytes(d.ramdisk.start, d.ramdisk.end, 8)}`);
  for (const n of d.numa) mm.printk(INFO, `ACPI: SRAT: Node ${n.nid} PXM ${n.nid} ${bytes(n.start, n.end, 8)}${n.hotplug ? ' hotplug' : ''}`);
  for (const line of crash) mm.printk(INFO, line);
}

/** Zone ranges, movable starts, memory ranges by node. */
export function logZones(mm: Mm, plan: BootPlan): void {
  mm.printk(INFO, 'Zone ranges:');
  const end = plan.ram.at(-1)?.end ?? 0;
  const limits = [[1, 0x1000], [0x1000, 0x100000], [0x100000, Math.max(end, 0x100000)]] as const;
  for (const zone of [ZONE_DMA, ZONE_DMA32, ZONE_NORMAL]) {
    const [low, high] = limits[zone] as readonly [number, number];
    const top = Math.min(high, end);
    mm.printk(INFO, `  ${(ZONE_NAMES[zone] as string).padEnd(8)} ${low < top ? mem(low, top) : 'empty'}`);
  }
  mm.printk(INFO, '  Device   empty');
  mm.printk(INFO, 'Movable zone start for each node');
  plan.zone_movable_pfn.forEach((pfn, nid) => {
    if (pfn > 0) mm.printk(INFO, `  Node ${nid}: 0x${(pfn * PAGE_SIZE).toString(16).padStart(16, '0')}`);
  });
  mm.printk(INFO, 'Early memory node ranges');
  for (const r of plan.ram) mm.printk(INFO, `  node ${String(r.nid).padStart(3)}: ${mem(r.start, r.end)}`);
  for (const nid of plan.possible) {
    if (((mm.t.node.state[nid] as number) & NODE_ONLINE) === 0) continue;
    const own = plan.ram.filter((r) => r.nid === nid);
    if (own.length > 0) mm.printk(DEBUG, `Initmem setup node ${nid} ${mem((own[0] as { start: number }).start, (own.at(-1) as { end: number }).end)}`);
  }
}

/** Pages the image has besides what is reserved for good, as its log lines count them; and the sizes of its parts. */
const IMAGE_FREED_LATER = 2011;
const IMAGE_PARTS = '14343K kernel code, 2338K rwdata, 9132K rodata, 2824K init, 17344K bss';
/** Before the rest is initialised late only so much is there: the highest zone is DMA32, or a zone above it. */
const AVAILABLE_EARLY_KB = 207604;
const AVAILABLE_EARLY_HIGH_KB = 2094628;
const INITRD_OF_THAT = 3348;

/** "Memory:" and the lines about what is freed at the end of boot. */
export function logFreed(mm: Mm, plan: BootPlan, mb: Memblock, freedLater: readonly { readonly start: number; readonly end: number }[]): void {
  const present = mb.present(0, mb.max_pfn);
  const managed = mm.t.zone.managed_pages.reduce((sum, n) => sum + n, 0);
  const initrd = freedLater.at(-1);
  const initrdPages = initrd ? initrd.end - initrd.start : 0;
  const high = plan.possible.some((nid) => (mm.t.zone.present_pages[zoneRow(nid, ZONE_NORMAL)] as number) > 0);
  const available = high ? AVAILABLE_EARLY_HIGH_KB - 4 * (initrdPages - INITRD_OF_THAT) : AVAILABLE_EARLY_KB;
  mm.printk(NOTICE, `Kernel command line: ${mm.description.cmdline}`);
  mm.printk(INFO, `Memory: ${available}K/${4 * present}K available (${IMAGE_PARTS}, ${4 * (present - managed + IMAGE_FREED_LATER + initrdPages)}K reserved, 0K cma-reserved)`);
  mm.printk(INFO, 'Freeing SMP alternatives memory: 36K');
  mm.printk(INFO, `x86/mm: Memory block size: ${(PAGE_SIZE * 2 ** mm.PFN_BLOCK_SHIFT) / 2 ** 20}MB`);
  mm.printk(INFO, `Freeing initrd memory: ${4 * initrdPages}K`);
  mm.printk(INFO, 'Freeing unused decrypted memory: 2036K');
  mm.printk(INFO, 'Freeing unused kernel image (initmem) memory: 2824K');
  mm.printk(INFO, 'Freeing unused kernel image (text/rodata gap) memory: 2040K');
  mm.printk(INFO, 'Freeing unused kernel image (rodata/data gap) memory: 1108K');
}
