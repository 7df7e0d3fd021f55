/** Texts of /proc/iomem, zoneinfo, buddyinfo, pagetypeinfo and meminfo, of kernels from 3.11 to today. */
import { MAX_ORDER, MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_TYPES, MIGRATE_UNMOVABLE } from '../uapi/mmzone.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import { type FreeLists, MAX_PFN, type TypeLists, type ZoneInfo, type ZoneReport } from './evidence.ts';
import { Problem, shown } from './problem.ts';
import { nodeNumbered, zoneNamed } from './zones.ts';

const RANGE = /^( *)([0-9a-f]{8,16})-([0-9a-f]{8,16}) : (.+)$/;
const linesOf = (text: string): string[] => text.split('\n').map((line) => line.replace(/\r$/, ''));
const badLine = (file: string, nr: number, line: string, want: string): Problem => new Problem(
  `Line ${nr + 1} of ${file} cannot be read: "${shown(line)}".`, `${file} has ${want}`, `give the file as cat ${file} prints it, whole`,
);

/** /proc/iomem, checked: ranges that ascend, children inside their parents. The text comes back without what is blank. */
export function readIomem(text: string): string {
  const file = '/proc/iomem';
  const kept: string[] = [];
  const open: { start: number; end: number; last: number }[] = [{ start: 0, end: Number.POSITIVE_INFINITY, last: -1 }];
  let highest = 0;
  for (const [nr, line] of linesOf(text).entries()) {
    if (line.trim() === '') continue;
    const m = RANGE.exec(line);
    const level = (m?.[1] ?? '').length / 2;
    const start = Number.parseInt(m?.[2] ?? '', 16);
    const end = Number.parseInt(m?.[3] ?? '', 16);
    const parent = open[level];
    if (!m || parent === undefined || start > end) throw badLine(file, nr, line, 'a range of addresses and a name in every line, indented under what holds it');
    highest = Math.max(highest, end);
    // Resources without a place are printed as 0-0 and may repeat; so may zeroes of a reader without rights.
    if (end > 0 && Number.isSafeInteger(end) && (start < parent.start || end > parent.end || start <= parent.last)) throw badLine(file, nr, line, 'ranges in ascending order that do not overlap');
    parent.last = Math.max(parent.last, end);
    open.splice(level + 1, open.length, { start, end, last: start - 1 });
    kept.push(line);
  }
  if (kept.length === 0) throw new Problem('/proc/iomem is empty.', 'it lists the machine\'s physical address ranges', 'read it as root');
  if (highest === 0) throw new Problem('All addresses in /proc/iomem are 0.', 'the kernel shows them to root only', 'read it as root: sudo cat /proc/iomem');
  if (!kept.some((line) => line.includes(' : System RAM'))) throw new Problem('/proc/iomem has no range called System RAM.', 'RAM is what the kernel calls System RAM', 'give the whole file');
  return `${kept.join('\n')}\n`;
}

/** A count of pages. */
function pages(text: string | undefined, file: string): number {
  const n = Number(text);
  if (text === undefined || !/^-?\d+$/.test(text) || n > MAX_PFN) throw new Problem(`${file} has the number "${shown(text ?? '')}".`, 'frames are numbered below 2^30: 4 TiB', 'give the file of a smaller machine, as the kernel printed it');
  return Math.max(0, n);
}

export function readZoneinfo(text: string): ZoneInfo {
  const file = '/proc/zoneinfo';
  const zones: ZoneReport[] = [];
  const nodes = new Map<number, Map<string, number>>();
  let cpus = 0;
  for (const part of text.split(/^(?=Node \d+, zone)/m)) {
    const head = /^Node +(\d+), zone +(\w+)[ \t]*\r?\n/.exec(part);
    if (!head) {
      if (part.trim() === '') continue;
      throw new Problem(`${file} begins with "${shown(part.slice(0, 60).split('\n', 1)[0] ?? '')}".`, 'it has a section for each zone: Node 0, zone DMA', 'give the whole file');
    }
    const nid = nodeNumbered(head[1] as string, file);
    const zone = zoneNamed(head[2] as string, file);
    const values = new Map<string, number>();
    const node = nodes.get(nid) ?? new Map<string, number>();
    nodes.set(nid, node);
    let into = values;
    let pcp = 0;
    for (const line of linesOf(part).slice(1)) {
      if (/^ *per-node stats/.test(line)) into = node;
      else if (/^ *pages free /.test(line)) into = values;
      const m = /^ +(?:pages )?(\w+):? +(\d+) *$/.exec(line);
      if (m && !values.has(m[1] as string)) into.set(m[1] as string, Number(m[2]));
      pcp += Number(/^ +count: +(\d{1,9})$/.exec(line)?.[1] ?? 0);
      const cpu = /^ +cpu: (\d+)/.exec(line);
      if (cpu) cpus = Math.max(cpus, Math.min(Number(cpu[1]) + 1, 1 << 16));
    }
    const present = pages(String(values.get('present') ?? ''), file);
    if (zone === undefined || present === 0) continue;
    const get = (name: string): number => pages(String(values.get(name) ?? ''), file);
    const report: ZoneReport = { nid, zone, start_pfn: get('start_pfn'), spanned: get('spanned'), present, managed: get('managed'), free: get('free'), pcp, stats: values };
    if (report.present > report.spanned || report.managed > report.present || report.free > report.managed + 1024 || report.start_pfn + report.spanned > MAX_PFN) {
      throw new Problem(`${file}: zone ${head[2]} of node ${nid} is larger than its span, or has more free than managed pages.`, 'free ≤ managed ≤ present ≤ spanned', 'give the file as the kernel printed it');
    }
    if (zones.some((z) => z.nid === nid && z.zone === zone)) throw new Problem(`${file} has zone ${head[2]} of node ${nid} twice.`, 'each zone has one section', 'give one file only');
    zones.push(report);
  }
  if (zones.length === 0) throw new Problem(`${file} has no zone with memory.`, 'it has a section for each zone', 'give the whole file');
  return { zones, nodes, cpus };
}

/** Chunks of each order; what is above order 10 counts as its parts. */
function chunks(text: string, file: string): number[] {
  const words = text.trim().split(/\s+/);
  const free = new Array<number>(MAX_ORDER).fill(0);
  if (words.length < 2 || words.length > 20) throw new Problem(`${file} has ${words.length} numbers for a zone.`, 'it has one for each order', 'give the whole file');
  words.forEach((word, order) => {
    const to = Math.min(order, MAX_ORDER - 1);
    free[to] = (free[to] as number) + pages(word.replace(/^>/, ''), file) * 2 ** (order - to);
  });
  if (free.reduce((sum, n, order) => sum + n * 2 ** order, 0) > MAX_PFN) throw new Problem(`${file} says that more than 4 TiB are free.`, 'frames are numbered below 2^30', 'give the file as the kernel printed it');
  return free;
}

export function readBuddyinfo(text: string): FreeLists[] {
  const file = '/proc/buddyinfo';
  const lists: FreeLists[] = [];
  for (const [nr, line] of linesOf(text).entries()) {
    if (line.trim() === '') continue;
    const m = /^Node +(\d+), zone +(\w+) ([\d ]+)$/.exec(line.trimEnd());
    if (!m) throw badLine(file, nr, line, 'a line for each zone: Node 0, zone DMA, and a number for each order');
    const zone = zoneNamed(m[2] as string, file);
    if (zone !== undefined) lists.push({ nid: nodeNumbered(m[1] as string, file), zone, free: chunks(m[3] as string, file) });
  }
  if (lists.length === 0) throw new Problem(`${file} is empty.`, 'it has a line for each zone', 'give the whole file');
  return lists;
}

/** Names of migrate types → ours: contiguous and isolated pageblocks count as movable, 3.11's reserve as high-atomic. */
const TYPES: Readonly<Record<string, number>> = {
  Unmovable: MIGRATE_UNMOVABLE, Movable: MIGRATE_MOVABLE, Reclaimable: MIGRATE_RECLAIMABLE, HighAtomic: MIGRATE_HIGHATOMIC, Reserve: MIGRATE_HIGHATOMIC, CMA: MIGRATE_MOVABLE, Isolate: MIGRATE_MOVABLE,
};
const typeNamed = (name: string): number => {
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined) throw new Problem(`/proc/pagetypeinfo names the migrate type "${shown(name)}".`, `types are ${Object.keys(TYPES).join(', ')}`, 'give the file as the kernel printed it');
  return type;
};
export function readPagetypeinfo(text: string): TypeLists[] {
  const file = '/proc/pagetypeinfo';
  const found = new Map<string, { nid: number; zone: number; free: number[][]; blocks: number[] }>();
  const at = (node: string, name: string): { free: number[][]; blocks: number[] } | undefined => {
    const zone = zoneNamed(name, file);
    const nid = nodeNumbered(node, file);
    if (zone === undefined) return undefined;
    const key = `${nid} ${zone}`;
    const row = found.get(key) ?? { nid, zone, free: Array.from({ length: MIGRATE_TYPES }, () => new Array<number>(MAX_ORDER).fill(0)), blocks: new Array<number>(MIGRATE_TYPES).fill(0) };
    found.set(key, row);
    return row;
  };
  let types: number[] = [];
  for (const line of linesOf(text)) {
    const free = /^Node +(\d+), zone +(\w+), type +(\w+) ([\d> ]+)$/.exec(line.trimEnd());
    const heading = /^Number of blocks type +(.*)$/.exec(line);
    const blocks = /^Node +(\d+), zone +(\w+) ([\d ]+)$/.exec(line.trimEnd());
    if (heading) types = (heading[1] as string).trim().split(/\s+/).map(typeNamed);
    else if (free) {
      const list = at(free[1] as string, free[2] as string)?.free[typeNamed(free[3] as string)];
      chunks(free[4] as string, file).forEach((n, order) => { if (list) list[order] = (list[order] as number) + n; });
    } else if (blocks) {
      const row = at(blocks[1] as string, blocks[2] as string);
      for (const [i, word] of (blocks[3] as string).trim().split(/\s+/).entries()) {
        const type = types[i];
        if (row && type !== undefined) row.blocks[type] = (row.blocks[type] as number) + pages(word, file);
      }
    }
  }
  if (found.size === 0) throw new Problem(`${file} has no zone.`, 'it has a line for each zone and migrate type', 'read it as root, whole');
  return [...found.values()];
}

/** /proc/meminfo in pages, HugePages_* as they are. */
export function readMeminfo(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of linesOf(text)) {
    const m = /^([\w()]+): +(\d+)( kB)?$/.exec(line.trimEnd());
    // Addresses that are only reserved (VmallocTotal) may be more than any memory.
    if (m) values.set(m[1] as string, Math.min(MAX_PFN, m[3] === undefined ? Number(m[2]) : Math.floor((Number(m[2]) * 1024) / PAGE_SIZE)));
  }
  if (!((values.get('MemTotal') ?? 0) > 0)) throw new Problem('/proc/meminfo has no MemTotal.', 'it begins with the line MemTotal', 'give the whole file');
  return values;
}
