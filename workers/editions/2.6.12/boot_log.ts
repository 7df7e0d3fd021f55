/** The boot's lines about memory in the log of an i386 kernel of 2005 (arch/i386/kernel/setup.c, arch/i386/mm/init.c, mm/page_alloc.c of 2.6.12-rc2). Left out: everything that is not memory. */
import type { BootPlan } from '../../init/layout_plan.ts';
import type { Memblock } from '../../init/memblock.ts';
import { type Mm, zoneName } from '../../mm/mm.ts';
import { H_TOTALRAM } from '../../uapi/layout.ts';
import type { FirmwareRange } from '../../uapi/machine_description.ts';
import { ZONE_DMA, ZONE_HIGHMEM, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { BUCKET, HASH_TABLES, hashEntries, IMAGE, isUsual, LOWMEM_END, lowmemPages } from './boot.ts';
import { zone_batch } from './watermarks.ts';

const WARNING = 4;
const NOTICE = 5;
const INFO = 6;
const DEBUG = 7;
const MIB_PAGES = 256;
const KB_PER_PAGE = 4;
const hex = (n: number): string => n.toString(16).padStart(16, '0');
const map = (mm: Mm, who: string, ranges: readonly FirmwareRange[]): void => {
  for (const r of ranges) mm.printk(INFO, ` ${who}: ${hex(r.start)} - ${hex(r.end)} (${r.type})`);
};

export function log_memory_map(mm: Mm, plan: BootPlan): void {
  const { description: d } = mm;
  mm.printk(NOTICE, `Linux version ${d.release ?? mm.edition.release} ${d.kernelVersion ?? mm.edition.version}`.trimEnd());
  mm.printk(INFO, 'BIOS-provided physical RAM map:');
  map(mm, 'BIOS-e820', d.memory);
  if (plan.memory.length !== d.memory.length || plan.memory.some((r, i) => r.end !== d.memory[i]?.end)) {
    mm.printk(INFO, 'user-defined physical RAM map:');
    map(mm, 'user', plan.memory);
  }
  const end = plan.ram.at(-1)?.end ?? 0;
  mm.printk(NOTICE, `${Math.max(0, end - LOWMEM_END) / MIB_PAGES}MB HIGHMEM available.`);
  mm.printk(NOTICE, `${Math.trunc(Math.min(end, LOWMEM_END) / MIB_PAGES)}MB LOWMEM available.`);
}

export function log_zones(mm: Mm): void {
  const z = mm.t.zone;
  mm.printk(DEBUG, `On node 0 totalpages: ${mm.t.node.node_present_pages[0]}`);
  for (const zone of [ZONE_DMA, ZONE_NORMAL, ZONE_HIGHMEM]) {
    const present = z.present_pages[zoneRow(0, zone)] as number;
    mm.printk(DEBUG, `  ${zoneName(mm, zone)} zone: ${present} pages, LIFO batch:${zone_batch(present)}`);
  }
}

export function log_freed(mm: Mm, _plan: BootPlan, mb: Memblock): void {
  mm.printk(WARNING, `Kernel command line: ${mm.description.cmdline}`);
  if (!isUsual(mm.description)) return;
  for (const { name, scale } of HASH_TABLES) {
    const entries = hashEntries(lowmemPages(mb), scale);
    mm.printk(WARNING, `${name} hash table entries: ${entries} (order: ${Math.log2((entries * BUCKET) / 4096)}, ${entries * BUCKET} bytes)`);
  }
  const kB = (from: number, to: number): number => (to - from) * KB_PER_PAGE;
  const present = mb.present(0, mb.max_pfn);
  const total = mm.t.header[H_TOTALRAM] as number;
  const init = kB(IMAGE.init, IMAGE.end);
  const free = total * KB_PER_PAGE - init;
  const high = kB(0, mm.t.zone.present_pages[zoneRow(0, ZONE_HIGHMEM)] as number);
  mm.printk(INFO, `Memory: ${free}k/${mb.max_pfn * KB_PER_PAGE}k available (${kB(IMAGE.code, IMAGE.data)}k kernel code, ${present * KB_PER_PAGE - free}k reserved, ${kB(IMAGE.data, IMAGE.init)}k data, ${init}k init, ${high}k highmem)`);
  mm.printk(INFO, `Freeing unused kernel memory: ${init}k freed`);
}
