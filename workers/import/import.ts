/**
 * Somebody's machine, from whatever files they have, as something that boots: what was given is kept, what was not is made up to match it and labelled (MachineDescription.origin,
 * HIGH_SYNTHESISED). Everything that is wrong with the files is one refusal.
 */
import { EDITIONS, editionNames } from '../editions/index.ts';
import '../editions/older.ts';
import { type BootPlan, planBoot } from '../init/layout_plan.ts';
import { parseIomem, type Resource } from '../kernel/resource.ts';
import type { Reply } from '../uapi/command.ts';
import type { ImportSummary } from '../uapi/engine.ts';
import type { BootRequest, Edition, MachineDescription } from '../uapi/machine_description.ts';
import { pageblock_nr_pages, pageblock_order, ZONE_MOVABLE, ZONE_NAMES } from '../uapi/mmzone.ts';
import { HIGH_SYNTHESISED, KPF, kpf } from '../uapi/page_flags.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import type { Evidence, ZoneInfo } from './evidence.ts';
import { type ImportFile, openArchives } from './files.ts';
import { gather } from './gather.ts';
import { type MemoryMap, memoryMap, reportedZones } from './memory_map.ts';
import { Problem, refusalOf } from './problem.ts';
import { synthesise } from './synthesise.ts';
import { zoneTargets } from './targets.ts';
import { type ZoneMap, zoneMap } from './zone_map.ts';

export interface Imported {
  readonly request: BootRequest;
  readonly summary: ImportSummary;
}

const RESERVED_HIGH = 1 << (KPF.RESERVED - 32);
const MAX_CPUS = 64;
const GiB = 2 ** 30;

/** Reads files (archives among them, gzip already undone) as one machine. Refused: files that are broken, contradict each other, or describe no machine. */
export function importMachine(given: readonly ImportFile[], name = 'An imported machine'): Reply<Imported> {
  try {
    return build(gather(openArchives(given)), name);
  } catch (error) {
    if (error instanceof Problem) return refusalOf(error);
    if (error instanceof RangeError) return refusalOf(new Problem('The machine is too large for this computer: its frames do not fit into memory.', 'the import needs about 20 bytes for each page frame', 'import a smaller machine, or leave kpageflags and kpagecount out'));
    throw error;
  }
}

const editionOf = (release: string | undefined): Edition => (editionNames() as Edition[]).find((edition) => release?.startsWith(`${edition}.`)) ?? '6.1';

function descriptionOf(evidence: Evidence, map: MemoryMap, name: string): MachineDescription {
  const ram = map.memory.filter((r) => r.type === 'usable');
  const bytes = ram.reduce((sum, r) => sum + r.end - r.start, 0);
  return {
    format: 'hotplug-lab machine', version: 1, name, edition: editionOf(evidence.release), arch: 'x86_64', memory: map.memory, numa: map.numa, cmdline: evidence.cmdline ?? '',
    cpus: Math.min(Math.max(1, evidence.zoneinfo?.cpus ?? 1), MAX_CPUS), hypervisor: true, profile: 'bare',
    // Sockets of our own, so that memory can be plugged into it: four, room for as much again.
    slots: { count: 4, ram: bytes, maxmem: bytes + 4 * Math.max(GiB, Math.ceil(bytes / 4 / GiB) * GiB) },
    ...(evidence.release === undefined ? {} : { release: evidence.release }), ...(evidence.version === undefined ? {} : { kernelVersion: evidence.version }),
    ...(map.blockSize === undefined ? {} : { blockSize: map.blockSize }), ...(map.blocks.length > 0 ? { blocks: map.blocks } : {}),
    ...(evidence.iomem === undefined ? {} : { iomem: evidence.iomem }),
  };
}

function build(evidence: Evidence, name: string): Reply<Imported> {
  const map = memoryMap(evidence);
  const bare = descriptionOf(evidence, map, name);
  const planned = planBoot(bare, EDITIONS);
  if (!planned.ok) return planned;
  const { plan } = planned;
  const zones = zoneMap(plan, evidence.zoneinfo, map, reportedZones(evidence));
  const section = 2 ** plan.sizes.section_shift;
  const frames = Math.ceil(plan.end_pfn / section) * section;
  const synthesised = [...map.synthesised];
  const given = givenSentences(evidence, map);
  const picture = evidence.kpageflags ? recorded(evidence, plan, zones, frames, synthesised) : invented(evidence, plan, zones, frames, synthesised);
  if (evidence.zoneinfo === undefined) synthesised.push('Zones: as this kernel would make them of the same RAM.');
  if (evidence.release !== undefined && !evidence.release.startsWith(`${bare.edition}.`)) synthesised.push(`The kernel: ${bare.edition} stands in for ${evidence.release}.`);
  if (evidence.arch !== undefined && evidence.arch !== 'x86_64') synthesised.push(`The architecture: x86_64 stands in for ${evidence.arch}.`);
  synthesised.push('Owners of pages, and four empty sockets for DIMMs.');
  const blockPages = 2 ** plan.sizes.block_shift;
  const ids = new Set([...plan.ram, ...plan.offline].flatMap((r) => span(r, blockPages)));
  const offline = new Set(plan.offline.flatMap((r) => span(r, blockPages)));
  const ram = [...plan.ram, ...plan.offline].reduce((sum, r) => sum + (r.end - r.start) * PAGE_SIZE, 0);
  const description: MachineDescription = { ...bare, zones: zones.zones, origin: { given, synthesised } };
  return { ok: true, request: { description, ...picture }, summary: { name, ram, blocks: ids.size, offline: offline.size, given, synthesised, notes: evidence.notes } };
}
const span = (r: { start: number; end: number }, pages: number): number[] => Array.from({ length: Math.ceil(r.end / pages) - Math.floor(r.start / pages) }, (_, i) => Math.floor(r.start / pages) + i);

function givenSentences(evidence: Evidence, map: MemoryMap): string[] {
  const { sources, blocks, zoneinfo, kpageflags } = evidence;
  const from = (key: string): string => sources.get(key) ?? '';
  return [
    ...(map.given === undefined ? [] : [map.given]),
    ...(blocks ? [`${blocks.blocks.length} memory blocks and their states: ${from('blocks')}.`] : []),
    ...(zoneinfo ? [`${zoneinfo.zones.length} zones and their counters: ${from('zoneinfo')}.`] : []),
    ...(evidence.buddyinfo ? [`Free chunks by order: ${from('buddyinfo')}.`] : []),
    ...(evidence.pagetypeinfo ? [`Pageblocks and free chunks by migrate type: ${from('pagetypeinfo')}.`] : []),
    ...(evidence.meminfo ? [`Memory by use: ${from('meminfo')}.`] : []),
    ...(kpageflags ? [`The flags of ${kpageflags.length / 2} page frames: ${from('kpageflags')}.`] : []),
    ...(evidence.kpagecount ? [`The map counts of ${evidence.kpagecount.length / 2} page frames: ${from('kpagecount')}.`] : []),
    ...(evidence.cmdline === undefined ? [] : ['The kernel command line.']), ...(evidence.release === undefined ? [] : [`The kernel's release: ${evidence.release}.`]),
  ];
}

/** Sections without online RAM have no frames. */
function sectionsWithRam(plan: BootPlan, frames: number): Uint8Array {
  const there = new Uint8Array(frames >>> plan.sizes.section_shift);
  for (const r of plan.ram) there.fill(1, r.start >>> plan.sizes.section_shift, Math.ceil(r.end / 2 ** plan.sizes.section_shift));
  return there;
}
const cutTo = (words: Uint32Array, length: number): Uint32Array => {
  const out = new Uint32Array(length);
  out.set(words.subarray(0, length));
  return out;
};

/** The dump itself, made to agree with the memory map: a frame outside of online RAM has no page, or is reserved where its section has some. */
function recorded(evidence: Evidence, plan: BootPlan, zones: ZoneMap, frames: number, synthesised: string[]): Omit<BootRequest, 'description'> {
  const dump = evidence.kpageflags as Uint32Array;
  const ramPages = plan.ram.at(-1)?.end ?? 0;
  if (dump.length / 2 < ramPages) {
    throw new Problem(`/proc/kpageflags describes ${dump.length / 2} frames, but the machine has RAM up to frame ${ramPages}.`, 'there is an entry for each frame up to the end of RAM', 'give the whole dump, of the same machine and time as the other files');
  }
  const flags = cutTo(dump, frames * 2);
  const there = sectionsWithRam(plan, frames);
  const ram = frameMap(plan, zones, frames);
  let lacking = 0;
  for (let pfn = 0; pfn < frames; pfn++) {
    const noPage = ((flags[pfn * 2] as number) & kpf(KPF.NOPAGE)) !== 0;
    if (there[pfn >>> plan.sizes.section_shift] === 0) {
      flags[pfn * 2] = kpf(KPF.NOPAGE);
      flags[pfn * 2 + 1] = 0;
    } else if (noPage || ram[pfn] === 0) {
      if (noPage && ram[pfn] === 1) lacking++;
      flags[pfn * 2] = 0;
      flags[pfn * 2 + 1] = RESERVED_HIGH;
    }
    flags[pfn * 2 + 1] = (flags[pfn * 2 + 1] as number) & 0x3ff;
  }
  if (lacking > ramPages / 8) throw new Problem(`/proc/kpageflags has no page for ${lacking} frames of online RAM.`, 'online RAM has a page for each frame', 'give files that were read on one machine at one time');
  if (evidence.zoneinfo) settlePlain(evidence.zoneinfo, zones, flags, synthesised);
  synthesised.push('Per-cpu lists: their pages are taken as free.');
  if (!evidence.pagetypeinfo) synthesised.push('Migrate types of pageblocks: from what they hold.');
  const { kpagecount } = evidence;
  const migratetypes = evidence.pagetypeinfo ? rankedTypes(evidence, zones, flags, frames) : undefined;
  return { kpageflags: flags, ...(kpagecount ? { kpagecount: cutTo(kpagecount, frames * 2) } : {}), ...(migratetypes ? { migratetypes } : {}) };
}
/**
 * Pageblocks without a single flag say nothing of themselves. As many as the zone does not manage were never given to the allocator (memory that boot left for later), from the top;
 * as many as its per-cpu lists hold are free; the rest is the kernel's own.
 */
function settlePlain(info: ZoneInfo, zones: ZoneMap, flags: Uint32Array, synthesised: string[]): void {
  let later = 0;
  for (const { nid, zone, managed, pcp } of info.zones) {
    const row = nid * ZONE_NAMES.length + zone + 1;
    const plain: number[] = [];
    let given = 0;
    zones.pageblocks.forEach((r, block) => {
      if (r !== row) return;
      let bare = true;
      for (let pfn = block * pageblock_nr_pages; pfn < (block + 1) * pageblock_nr_pages; pfn++) {
        const high = flags[pfn * 2 + 1] as number;
        if ((high & RESERVED_HIGH) === 0) given++;
        if (flags[pfn * 2] !== 0 || high !== 0) bare = false;
      }
      if (bare) plain.push(block);
    });
    let unmanaged = Math.floor((given - managed) / pageblock_nr_pages);
    let onPcp = Math.floor(pcp / pageblock_nr_pages);
    for (const block of plain.reverse()) {
      const high = unmanaged-- > 0 ? RESERVED_HIGH | HIGH_SYNTHESISED : onPcp-- > 0 ? 0 : HIGH_SYNTHESISED;
      if ((high & RESERVED_HIGH) !== 0) later += pageblock_nr_pages;
      for (let pfn = block * pageblock_nr_pages; pfn < (block + 1) * pageblock_nr_pages; pfn++) flags[pfn * 2 + 1] = high;
    }
  }
  if (later > 0) synthesised.push(`${later} frames without flags: reserved, because their zones do not manage them.`);
}
/** 1 for frames of online RAM that lie in a zone. */
function frameMap(plan: BootPlan, zones: ZoneMap, frames: number): Uint8Array {
  const ram = new Uint8Array(frames);
  for (const r of plan.ram) ram.fill(1, r.start, r.end);
  zones.pageblocks.forEach((row, block) => { if (row === 0) ram.fill(0, block * pageblock_nr_pages, (block + 1) * pageblock_nr_pages); });
  return ram;
}

/** As many pageblocks of each type as /proc/pagetypeinfo counts: those that hold most of what cannot move are Unmovable, those with most slab after them Reclaimable. */
function rankedTypes(evidence: Evidence, zones: ZoneMap, flags: Uint32Array, frames: number): Uint8Array {
  const types = new Uint8Array(frames / pageblock_nr_pages).fill(255);
  const fixed = (block: number): number => {
    let n = 0;
    for (let pfn = block * pageblock_nr_pages; pfn < (block + 1) * pageblock_nr_pages; pfn++) {
      const low = flags[pfn * 2] as number;
      if ((low & (kpf(KPF.BUDDY) | kpf(KPF.NOPAGE))) === 0 && ((flags[pfn * 2 + 1] as number) & RESERVED_HIGH) === 0) n += (low & (kpf(KPF.LRU) | kpf(KPF.ANON))) === 0 ? 1 : -1;
    }
    return n;
  };
  for (const { nid, zone, blocks } of evidence.pagetypeinfo ?? []) {
    const row = nid * ZONE_NAMES.length + zone + 1;
    const own = [...zones.pageblocks].flatMap((r, block) => (r === row ? [{ block, fixed: zone === ZONE_MOVABLE ? 0 : fixed(block) }] : [])).toSorted((a, b) => b.fixed - a.fixed || a.block - b.block);
    let at = 0;
    for (const type of [0, 2, 3]) {
      for (let n = 0; n < (blocks[type] as number) && at < own.length; n++) types[(own[at++] as { block: number }).block] = type;
    }
    for (const { block } of own.slice(at)) types[block] = 1;
  }
  return types;
}

/** Frames made up to match what the statistics say. */
function invented(evidence: Evidence, plan: BootPlan, zones: ZoneMap, frames: number, synthesised: string[]): Omit<BootRequest, 'description'> {
  const available = frameMap(plan, zones, frames);
  if (evidence.iomem !== undefined) claimKernel(parseIomem(evidence.iomem), available);
  const ram = new Map<number, number>();
  const inZone = frameMap(plan, zones, frames);
  for (let pfn = 0; pfn < frames; pfn++) {
    if (inZone[pfn] === 0) continue;
    const row = (zones.pageblocks[pfn >>> pageblock_order] as number) - 1;
    ram.set(row, (ram.get(row) ?? 0) + 1);
  }
  const targets = zoneTargets(evidence, ram);
  const there = sectionsWithRam(plan, frames);
  const made = synthesise(frames, (pfn) => there[pfn >>> plan.sizes.section_shift] === 0, { pageblocks: zones.pageblocks, available }, targets);
  synthesised.push(
    evidence.buddyinfo || evidence.pagetypeinfo ? 'Where free chunks lie: their numbers are as given, their places are not.' : 'Free memory: in the largest chunks.',
    evidence.zoneinfo || evidence.meminfo ? 'What each used frame holds: the sums are as given, the places are not.' : 'What is in use: a quiet system.',
  );
  if (made.unplaced > 0) synthesised.push(`${made.unplaced} free pages found no place of their order and are drawn as used.`);
  return { kpageflags: made.kpageflags, migratetypes: made.migratetypes };
}
/** Kernel image and crash kernel are where /proc/iomem says. */
function claimKernel(parent: Resource, available: Uint8Array): void {
  for (const c of parent.children) {
    if (/^(Kernel (code|data|rodata|bss)|Crash kernel)$/.test(c.name)) available.fill(0, Math.floor(c.start / PAGE_SIZE), Math.min(Math.ceil((c.end + 1) / PAGE_SIZE), available.length));
    else claimKernel(c, available);
  }
}
