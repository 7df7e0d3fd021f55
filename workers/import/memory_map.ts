/** Where the machine has RAM, which node and which memory block it belongs to: from the best file that says so. Bytes, ends exclusive. */
import { memoryForQemu } from '../init/firmware.ts';
import { parseIomem, type Resource } from '../kernel/resource.ts';
import type { FirmwareRange, NumaRange, StatedBlocks } from '../uapi/machine_description.ts';
import { ZONE_DMA, ZONE_DMA32 } from '../uapi/mmzone.ts';
import { KPF } from '../uapi/page_flags.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import { type BlockReport, type Evidence, MAX_PFN } from './evidence.ts';
import { Problem } from './problem.ts';

const SECTION = 2 ** 27;
const SECTION_PAGES = SECTION / PAGE_SIZE;
const DMA_END = 0x1000;
const MiB = 2 ** 20;

export interface MemoryMap {
  readonly memory: readonly FirmwareRange[];
  readonly numa: readonly NumaRange[];
  readonly blocks: readonly StatedBlocks[];
  readonly blockSize: number | undefined;
  /** Zones that were laid out for want of addresses; pfns. */
  readonly zones: readonly { readonly start: number; readonly end: number; readonly nid: number; readonly zone: number }[];
  /** What the ranges were taken from, and what was made up. */
  readonly given: string | undefined;
  readonly synthesised: readonly string[];
}
interface Range {
  readonly start: number;
  readonly end: number;
}

const TYPES: Readonly<Record<string, FirmwareRange['type']>> = {
  Reserved: 'reserved', reserved: 'reserved', 'ACPI Tables': 'ACPI data', 'ACPI Non-volatile Storage': 'ACPI NVS', 'Persistent Memory': 'persistent', 'Unusable memory': 'unusable',
};
/** Ranges of System RAM at any depth (hot-added memory may lie in its device's range), and the firmware's other ranges that hold none. */
function fromIomem(parent: Resource): FirmwareRange[] {
  return parent.children.flatMap((c): FirmwareRange[] => {
    if (c.name.startsWith('System RAM')) return [{ start: c.start, end: c.end + 1, type: 'usable' }];
    const inside = fromIomem(c).filter((r) => r.type === 'usable');
    const type = Object.hasOwn(TYPES, c.name) ? TYPES[c.name] : undefined;
    return inside.length > 0 || type === undefined ? inside : [{ start: c.start, end: c.end + 1, type }];
  });
}

function join(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const r of ranges) {
    const last = all.at(-1);
    if (last?.end === r.start) all[all.length - 1] = { start: last.start, end: r.end };
    else all.push(r);
  }
  return all;
}
const usable = (ranges: readonly Range[]): FirmwareRange[] => ranges.map((r) => ({ start: r.start, end: r.end, type: 'usable' }));

/** Sections that the dump has frames for. */
function fromFlags(flags: Uint32Array): Range[] {
  const words = (SECTION / PAGE_SIZE) * 2;
  const ranges: Range[] = [];
  for (let nr = 0; nr * words < flags.length; nr++) {
    let there = false;
    for (let i = nr * words; i < Math.min(flags.length, (nr + 1) * words) && !there; i += 1024) there = (((flags[i] as number) >>> KPF.NOPAGE) & 1) === 0;
    if (there) ranges.push({ start: nr * SECTION, end: Math.min((nr + 1) * SECTION, flags.length * (PAGE_SIZE / 2)) });
  }
  return join(ranges);
}
/** Zones that span more than they have: in DMA the hole is the one below 1 MiB, elsewhere it is taken to lie at the end. */
function fromZones(evidence: Evidence): Range[] {
  return (evidence.zoneinfo?.zones ?? []).flatMap(({ zone, start_pfn, spanned, present }): Range[] => {
    const [start, end, hole] = [start_pfn, start_pfn + spanned, spanned - present];
    if (zone === ZONE_DMA && hole < 0xff && end > 0x100 && start < 0x100 - hole) return [{ start, end: 0x100 - hole }, { start: 0x100, end }];
    return [{ start, end: start + present }];
  }).map((r) => ({ start: r.start * PAGE_SIZE, end: r.end * PAGE_SIZE })).toSorted((a, b) => a.start - b.start);
}
/** A zone that reports without addresses speak of, and the fewest pages it can have. */
export interface ReportedZone {
  readonly nid: number;
  readonly zone: number;
  readonly pages: number;
}
/** Of what is free in a zone, the part that is at least in use beside it. */
const IN_USE = 1 / 32;
export function reportedZones(evidence: Evidence): ReportedZone[] {
  const zones = new Map<string, ReportedZone>();
  const take = (nid: number, zone: number, pages: number): void => {
    const before = zones.get(`${nid} ${zone}`)?.pages ?? 0;
    zones.set(`${nid} ${zone}`, { nid, zone, pages: Math.max(before, Math.ceil(pages / 1024) * 1024) });
  };
  for (const { nid, zone, blocks } of evidence.pagetypeinfo ?? []) take(nid, zone, blocks.reduce((sum, n) => sum + n * 512, 0));
  for (const { nid, zone, free } of evidence.buddyinfo ?? []) take(nid, zone, free.reduce((sum, n, order) => sum + n * 2 ** order, 0) * (1 + IN_USE));
  return [...zones.values()];
}
const ROOM_BELOW_4G = 0x100000;
/** Zones one behind the other, as a PC has them: DMA below 16 MiB, DMA32 below 4 GiB, the others above, node by node. What meminfo counts beyond them is added to the last. */
function fromReports(evidence: Evidence): { start: number; end: number; nid: number; zone: number }[] {
  const zones = reportedZones(evidence).toSorted((a, b) => Number(a.zone > ZONE_DMA32) - Number(b.zone > ZONE_DMA32) || a.nid - b.nid || a.zone - b.zone);
  // Of each page 64 bytes describe it, and some MiB are the kernel's own image.
  const more = Math.max(0, Math.ceil(((evidence.meminfo?.get('MemTotal') ?? 0) * 64) / 63) - zones.reduce((sum, z) => sum + z.pages, 0));
  let at = DMA_END;
  return zones.map(({ nid, zone, pages }, i) => {
    if (zone === ZONE_DMA) return { start: 0, end: DMA_END, nid, zone };
    if (zone > ZONE_DMA32 && at < ROOM_BELOW_4G) at = ROOM_BELOW_4G;
    const wanted = pages + (i === zones.length - 1 ? more : 0);
    // Zones begin and end on sections, so that every memory block is whole.
    const end = Math.ceil((at + wanted) / SECTION_PAGES) * SECTION_PAGES;
    if (zone === ZONE_DMA32 && end > ROOM_BELOW_4G) throw new Problem(`Zone DMA32 has ${pages} pages in these reports.`, 'it lies below 4 GiB', 'give the files as the kernel printed them');
    const range = { start: at, end, nid, zone };
    at = end;
    return range;
  });
}
/** Pages of the machine, where nothing but their sum is known. */
const totalPages = (evidence: Evidence): number => ((evidence.meminfo?.get('MemTotal') ?? 0) * 64) / 63;

/** Checks that blocks and ranges are of one machine: a block without any RAM, or RAM without a block, is not. */
function checkBlocks(blocks: readonly BlockReport[], size: number, ram: readonly Range[]): void {
  const known = new Set(blocks.map((b) => b.id));
  const bare = blocks.find((b) => !ram.some((r) => r.start < (b.id + 1) * size && r.end > b.id * size));
  const remedy = 'give files that were read on one machine at one time';
  if (bare) throw new Problem(`There is a memory block ${bare.id}, but /proc/iomem has no System RAM there.`, 'every memory block holds RAM', remedy);
  for (const r of ram) {
    for (let id = Math.floor(r.start / size); id * size < r.end; id++) {
      if (!known.has(id)) throw new Problem(`/proc/iomem has System RAM at 0x${(id * size).toString(16)}, but there is no memory block ${id}.`, 'all RAM lies in memory blocks', remedy);
    }
  }
}
function runs(blocks: readonly BlockReport[]): StatedBlocks[] {
  const out: StatedBlocks[] = [];
  for (const { id, online, zone } of blocks) {
    const last = out.at(-1);
    if (last && last.last === id - 1 && last.online === online && last.zone === zone) out[out.length - 1] = { ...last, last: id };
    else out.push({ first: id, last: id, online, ...(zone === undefined ? {} : { zone }) });
  }
  return out;
}

export function memoryMap(evidence: Evidence): MemoryMap {
  const { blocks: list } = evidence;
  const synthesised: string[] = [];
  const blockSize = list?.size ?? (list ? SECTION : undefined);
  if (list && list.size === undefined) synthesised.push('The size of memory blocks: 128 MiB.');
  const blockRanges = list && blockSize ? join(list.blocks.map((b) => ({ start: b.id * blockSize, end: (b.id + 1) * blockSize }))) : [];
  let memory: readonly FirmwareRange[];
  let given: string | undefined;
  let laid: { start: number; end: number; nid: number; zone: number }[] = [];
  if (evidence.iomem !== undefined) {
    memory = fromIomem(parseIomem(evidence.iomem)).filter((r) => r.end <= MAX_PFN * PAGE_SIZE || r.type !== 'usable');
    given = 'The physical address map: /proc/iomem.';
    if (list && blockSize) checkBlocks(list.blocks, blockSize, memory.filter((r) => r.type === 'usable'));
  } else if (blockRanges.length > 0) {
    memory = usable(blockRanges);
    synthesised.push('Where RAM lies inside memory blocks: everywhere.');
  } else if (evidence.kpageflags) {
    memory = usable(fromFlags(evidence.kpageflags));
    synthesised.push('Where RAM lies: every section that /proc/kpageflags has frames for.');
  } else if (evidence.zoneinfo) {
    memory = usable(join(fromZones(evidence)));
    synthesised.push('Where RAM lies inside zones: from their beginning on.');
  } else if (reportedZones(evidence).length > 0) {
    laid = fromReports(evidence);
    memory = usable(join(laid.map((r) => ({ start: r.start * PAGE_SIZE, end: r.end * PAGE_SIZE }))));
    synthesised.push('The physical address map: zones as large as their reports say, where a PC has them.');
  } else {
    const size = Math.ceil((totalPages(evidence) * PAGE_SIZE) / SECTION) * SECTION;
    if (size < SECTION) throw new Problem('The files do not say how much memory the machine has.', 'iomem, lsmem, sysfs, kpageflags, zoneinfo, pagetypeinfo or meminfo say it', 'give one of these, too');
    memory = memoryForQemu(size).memory;
    synthesised.push(`The physical address map: ${size / MiB} MiB as a PC has them.`);
  }
  if (memory.length > 4096) throw new Problem(`/proc/iomem has ${memory.length} ranges of memory.`, 'a firmware\'s memory map has at most some hundred', 'give the file as the kernel printed it');
  return { memory, numa: nodes(evidence, blockSize, laid), zones: laid, blocks: list ? runs(list.blocks) : [], blockSize, given, synthesised };
}

/** Node of every range, where there is more than one: by blocks, else by the spans of zones. */
function nodes(evidence: Evidence, blockSize: number | undefined, laid: readonly { start: number; end: number; nid: number }[]): NumaRange[] {
  const byBlock = blockSize === undefined ? [] : (evidence.blocks?.blocks ?? []).flatMap((b) => (b.nid === undefined ? [] : [{ nid: b.nid, start: b.id * blockSize, end: (b.id + 1) * blockSize }]));
  const byZone = (evidence.zoneinfo?.zones ?? []).filter((z) => z.zone >= ZONE_DMA32 || z.spanned > 0)
    .map((z) => ({ nid: z.nid, start: z.start_pfn * PAGE_SIZE, end: (z.start_pfn + z.spanned) * PAGE_SIZE }));
  const byReport = laid.map((r) => ({ nid: r.nid, start: r.start * PAGE_SIZE, end: r.end * PAGE_SIZE }));
  const all = byBlock.length > 0 ? byBlock : byZone.length > 0 ? byZone : byReport;
  if (!all.some((r) => r.nid !== 0)) return [];
  const joined: NumaRange[] = [];
  for (const r of all.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && last.nid === r.nid && last.end >= r.start) joined[joined.length - 1] = { ...last, end: Math.max(last.end, r.end) };
    else joined.push(last && last.end > r.start ? { ...r, start: Math.min(last.end, r.end - 1) } : r);
  }
  return joined.filter((r) => r.start < r.end);
}
