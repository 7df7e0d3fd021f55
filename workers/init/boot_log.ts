/** The boot's lines about memory in the kernel log, as recorded: memory map, crash kernel, zones, what was freed. Levels are printk's. */
import { hasMmconfig } from '../uapi/machine_description.ts';
import { ZONE_DEVICE } from '../uapi/mmzone.ts';
import { zoneRanges } from '../mm/mm_init.ts';
import { NODE_ONLINE } from '../uapi/layout.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import { configured, type Mm, zoneName } from '../mm/mm.ts';
import { first_deferred_pfns } from './deferred_init.ts';
import { acpiTableLines, initArguments, nosaveLines, ramBufferLines } from './boot_log_board.ts';
import type { BootPlan } from './layout_plan.ts';
import type { Memblock } from './memblock.ts';
import { ALTERNATIVES } from './reservations.ts';
import { bootZones } from './zones.ts';

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
  for (const line of acpiTableLines(d)) mm.printk(INFO, line);
  for (const n of d.numa) mm.printk(INFO, `ACPI: SRAT: Node ${n.nid} PXM ${n.nid} ${bytes(n.start, n.end, 8)}${n.hotplug ? ' hotplug' : ''}`);
  for (const line of crash) mm.printk(INFO, line);
}

/** Memory that hibernation leaves out. */
export function logNosave(mm: Mm, plan: BootPlan): void {
  for (const line of nosaveLines(plan.memory)) mm.printk(INFO, line);
}

/** Zone ranges, movable starts, memory ranges by node. */
export function logZones(mm: Mm, plan: BootPlan): void {
  mm.printk(INFO, 'Zone ranges:');
  const end = plan.ram.at(-1)?.end ?? 0;
  const { page_size } = mm.geometry;
  const mem = (start: number, stop: number): string => bytes(start * page_size, stop * page_size);
  for (const { zone, start, end: limit } of zoneRanges(mm.geometry)) {
    // Frame 0 of an x86 is the firmware's.
    const low = Math.max(start, mm.geometry.arch === 'x86_64' ? 1 : (plan.ram[0]?.start ?? 0));
    const top = Math.min(limit, end);
    mm.printk(INFO, `  ${zoneName(mm, zone).padEnd(8)} ${low < top ? mem(low, top) : 'empty'}`);
  }
  if (mm.geometry.zone_names[ZONE_DEVICE] !== undefined) mm.printk(INFO, '  Device   empty');
  mm.printk(INFO, 'Movable zone start for each node');
  plan.zone_movable_pfn.forEach((pfn, nid) => {
    if (pfn > 0) mm.printk(INFO, `  Node ${nid}: 0x${(pfn * page_size).toString(16).padStart(16, '0')}`);
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
/** Page tables of the whole vmalloc area, taken before the line is written. Source: preallocate_vmalloc_pages(). */
const VMALLOC_TABLES = 50;

const count = (ranges: readonly { readonly start: number; readonly end: number }[]): number => ranges.reduce((sum, r) => sum + r.end - r.start, 0);
/** Pages that are free when "Memory:" is written: what is initialised by then and neither reserved nor freed later. */
function availableEarly(plan: BootPlan, mb: Memblock, freedLater: readonly { readonly start: number; readonly end: number }[]): number {
  const section = 2 ** plan.sizes.section_shift;
  let pages = -VMALLOC_TABLES - (ALTERNATIVES.end - ALTERNATIVES.start);
  for (const [nid, first] of first_deferred_pfns(plan, mb)) {
    const zone = bootZones(plan, mb).findLast((z) => z.nid === nid && z.present > 0);
    let stop = first;
    // Nothing free in the zone that is asked first: it gets another section's worth of pages. Source: deferred_grow_zone().
    if (zone && count(mb.free(zone.start, first, nid)) < VMALLOC_TABLES) while (stop < zone.end && count(mb.free(first, stop, nid)) < section) stop += section;
    pages += count(mb.free(0, stop, nid));
    for (const r of freedLater) pages -= mb.present(r.start, Math.min(r.end, stop), nid);
  }
  return pages;
}

const cmaPages = (mb: Memblock): number => mb.reserved.reduce((sum, r) => sum + (r.name === 'cma' ? r.end - r.start : 0), 0);
/** "Memory:" and the lines about what is freed at the end of boot. */
export function logFreed(mm: Mm, plan: BootPlan, mb: Memblock, freedLater: readonly { readonly start: number; readonly end: number }[]): void {
  const present = mb.present(0, mb.max_pfn);
  const managed = mm.t.zone.managed_pages.reduce((sum, n) => sum + n, 0);
  const initrd = freedLater[0];
  const initrdPages = initrd ? initrd.end - initrd.start : 0;
  const { argv, env } = initArguments(plan.parameters.all.filter(({ name }) => name !== 'cma' || !configured(mm, 'CMA')));
  mm.printk(NOTICE, `Kernel command line: ${mm.description.cmdline}`);
  if (argv.length + env.length > 0) mm.printk(NOTICE, `Unknown kernel command line parameters "${[...argv, ...env].join(' ')}", will be passed to user space.`);
  mm.printk(INFO, `Memory: ${4 * availableEarly(plan, mb, freedLater)}K/${4 * present}K available (${IMAGE_PARTS}, ${4 * (present - managed + IMAGE_FREED_LATER + initrdPages)}K reserved, ${4 * cmaPages(mb)}K cma-reserved)`);
  mm.printk(INFO, 'Freeing SMP alternatives memory: 36K');
  mm.printk(INFO, `x86/mm: Memory block size: ${(PAGE_SIZE * 2 ** mm.PFN_BLOCK_SHIFT) / 2 ** 20}MB`);
  const q35 = hasMmconfig(mm.description.memory);
  if (q35) mm.printk(INFO, 'PCI: MMCONFIG at [mem 0xb0000000-0xbfffffff] reserved in E820');
  mm.printk(INFO, 'PCI: Using E820 reservations for host bridge windows');
  for (const line of ramBufferLines(plan.memory)) mm.printk(DEBUG, line);
  if (q35) mm.printk(INFO, 'system 00:05: [mem 0xb0000000-0xbfffffff window] has been reserved');
  mm.printk(INFO, `Freeing initrd memory: ${4 * initrdPages}K`);
  mm.printk(INFO, 'Freeing unused decrypted memory: 2036K');
  mm.printk(INFO, 'Freeing unused kernel image (initmem) memory: 2824K');
  mm.printk(INFO, 'Write protecting the kernel read-only data: 26624k');
  mm.printk(INFO, 'Freeing unused kernel image (text/rodata gap) memory: 2040K');
  mm.printk(INFO, 'Freeing unused kernel image (rodata/data gap) memory: 1108K');
  mm.printk(INFO, 'x86/mm: Checked W+X mappings: passed, no W+X pages found.');
  mm.printk(INFO, 'Run /init as init process');
  for (const line of ['  with arguments:', '    /init', ...argv.map((word) => `    ${word}`), '  with environment:', '    HOME=/', '    TERM=linux', ...env.map((word) => `    ${word}`)]) mm.printk(DEBUG, line);
  mm.printk(INFO, 'tsc: Refined TSC clocksource calibration: 2600.000 MHz');
  mm.printk(INFO, 'clocksource: tsc: mask: 0xffffffffffffffff max_cycles: 0x257a3c3232d, max_idle_ns: 440795236700 ns');
  mm.printk(INFO, 'clocksource: Switched to clocksource tsc');
}
