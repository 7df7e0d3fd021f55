/**
 * Questions about a machine that change nothing: what is this frame, would this block go offline, and which pages stop it? Answered by the kernel's own tests.
 */
import { page_mapcount, stable_page_flags } from '../fs/proc/page.ts';
import type { Kernel } from '../mm/kernel.ts';
import { type Mm, zoneName } from '../mm/mm.ts';
import { block_start_pfn, compound_head, page_state, page_zone_row, PageReserved, zone_idx, zone_to_nid } from '../mm/mmzone.ts';
import { has_unmovable_pages } from '../mm/page_isolation.ts';
import { page_pincount } from '../mm/page_flags.ts';
import { ownerName, ownerOf } from '../mm/rmap.ts';
import { RECLAIMABLE_OWNER } from '../mm/vmstat.ts';
import type { BlockFacts, FrameFacts } from '../uapi/engine.ts';
import { ERRNO } from '../uapi/errno.ts';
import { STATE_BUDDY, STATE_LRU, STATE_ORDER, STATE_PCP } from '../uapi/layout.ts';
import { MEM_ABSENT, MEM_STATE_ONLINE } from '../uapi/memory_block.ts';
import { MIGRATE_ISOLATE, MIGRATE_NAMES, pageblock_order } from '../uapi/mmzone.ts';
import type { OfflineReason } from '../uapi/offline_reason.ts';
import { KPF } from '../uapi/page_flags.ts';
import {
  KIND_FILE, KIND_FREE, KIND_INFERRED, KIND_ISOLATED, KIND_MASK, KIND_OFFLINE, KIND_PAGETABLE, KIND_RESERVED, KIND_SLAB, NR_KINDS,
} from '../uapi/page_kind.ts';
import type { BlockId, Nid, Pfn } from '../uapi/units.ts';

/** Words for kinds, as the inspector and the list of holders print them. */
const KIND_WORDS = [
  'free', 'anonymous', 'page cache', 'transparent huge page', 'hugetlb', 'mlocked', 'slab', 'page table', 'kernel', 'memmap', 'pinned', 'reserved', 'crash kernel', 'poisoned',
  'unplugged', 'balloon', 'isolated', 'offline', 'absent',
] as const;

/** What would free a page of a kind that stands in the way. */
const REMEDY: Partial<Record<number, string>> = {
  [KIND_SLAB]: 'shrink the cache (drop_caches), or keep kernel memory out: online_movable',
  [KIND_PAGETABLE]: 'end the process whose page tables these are',
};
/** What was there at boot counts as init's, and no signal ends that. */
const INIT = 1;
/** Dentries and inodes that nobody uses go back: the part of slab one can ask for. */
const DROP_SLAB = 'echo 2 > /proc/sys/vm/drop_caches';
const REMEDY_RESERVED = 'nothing at run time: reserved at boot';
const REMEDY_KERNEL = 'nothing known: the kernel does not move its own memory';

/** Flags of the frame as /proc/kpageflags shows them, in the order of their bits. */
function flagsOf(mm: Mm, pfn: number): string[] {
  const { low, high } = stable_page_flags(mm, pfn);
  return Object.entries(KPF).filter(([, bit]) => (((bit < 32 ? low : high) >>> bit % 32) & 1) !== 0).map(([name]) => name);
}

/** Users of memory that exist, by row of OWNER. */
export function owners(mm: Mm): { row: number; name: string }[] {
  const found: { row: number; name: string }[] = [];
  for (let row = 1; row < mm.t.owner.kind.length; row++) {
    const name = ownerName(mm, row);
    if (name !== '') found.push({ row, name });
  }
  return found;
}

/** One frame; undefined where the machine has no memory at all. */
export function frameFacts(mm: Mm, pfn: Pfn): FrameFacts | undefined {
  const section = pfn >>> mm.PFN_SECTION_SHIFT;
  if (!Number.isInteger(pfn) || pfn < 0 || pfn >= mm.t.sizes.max_pfn || mm.t.section.state[section] === 0) return undefined;
  const raw = mm.t.memmap.kind[pfn] as number;
  const k = raw & KIND_MASK;
  const row = page_zone_row(mm, pfn);
  const head = compound_head(mm, pfn);
  const s = page_state(mm, head);
  const order = s & STATE_ORDER;
  const mt = mm.t.pageblock.migratetype[pfn >>> pageblock_order] as number;
  const free = k === KIND_FREE && (s & STATE_BUDDY) !== 0;
  const mapcount = page_mapcount(mm, pfn);
  return {
    pfn,
    kind: row < 0 ? 'offline' : free ? `free, order ${order}` : (s & STATE_PCP) !== 0 ? `free on a per-cpu list, order ${order}` : `${KIND_WORDS[k]}${order > 0 ? `, order ${order}` : ''}`,
    inferred: (raw & KIND_INFERRED) !== 0, order, mapcount,
    refcount: k === KIND_FREE || row < 0 ? 0 : Math.max(1, mapcount + (k === KIND_FILE ? 1 : 0)) + page_pincount(mm, pfn),
    flags: flagsOf(mm, pfn), owner: ownerName(mm, ownerOf(mm, pfn)), tag: mm.t.memmap.tag[pfn] as number,
    zone: row < 0 ? 'none' : zoneName(mm, zone_idx(row)), nid: (row < 0 ? (mm.t.section.nid[section] as number) : zone_to_nid(row)) as Nid,
    migratetype: row < 0 ? 'none' : MIGRATE_NAMES[mt] as string, block: (pfn >>> mm.PFN_BLOCK_SHIFT) as BlockId,
    movable: row >= 0 && has_unmovable_pages(mm, pfn, pfn + 1) < 0,
  };
}

interface Holder {
  cause: string;
  owner: string;
  pages: number;
  pfn: Pfn;
  remedy: string;
  command?: string;
}

/** Why a frame that is in use stays where it is when its block goes offline; undefined: it does not. `pins`: somebody holds a reference. */
function holdOf(mm: Mm, pfn: number, kind: number): { readonly cause: string; readonly owner: string; /** Of the process it is, 0: none. */ readonly pid: number; readonly pins: boolean; readonly reserved: boolean } | undefined {
  const pins = page_pincount(mm, pfn) > 0;
  if (has_unmovable_pages(mm, pfn, pfn + 1) < 0 && !pins) return undefined;
  const reserved = PageReserved(mm, pfn);
  const cause = pins ? 'pinned: somebody holds a reference' : reserved && kind !== KIND_RESERVED ? `reserved (${KIND_WORDS[kind]})` : (KIND_WORDS[kind] as string);
  const row = ownerOf(mm, pfn);
  return { cause, owner: ownerName(mm, row), pid: mm.t.owner.pid[row] as number, pins, reserved };
}

/** The frames of one row of a block's holders, by pfn. Cost: the frames of the block. */
export function holderFrames(k: Kernel, id: BlockId, cause: string, owner: string): Int32Array<ArrayBuffer> {
  const { mm } = k;
  const found: number[] = [];
  if (mm.t.memory_block.state[id] === undefined || mm.t.memory_block.state[id] === MEM_ABSENT) return new Int32Array(0);
  const start = block_start_pfn(mm, id);
  for (let pfn = start; pfn < start + (1 << mm.PFN_BLOCK_SHIFT); pfn++) {
    const kind = (mm.t.memmap.kind[pfn] as number) & KIND_MASK;
    if (kind === KIND_FREE) continue;
    const hold = holdOf(mm, pfn, kind);
    if (hold?.cause === cause && hold.owner === owner) found.push(pfn);
  }
  return Int32Array.from(found);
}

/** Would a write of "offline" to the block's state succeed now, and what is in the way? Undefined: no such block. Cost: the frames of the block. */
export function blockFacts(k: Kernel, id: BlockId): BlockFacts | undefined {
  const { mm } = k;
  const { memory_block: b } = mm.t;
  if (!Number.isInteger(id) || id < 0 || id >= b.state.length || b.state[id] === MEM_ABSENT) return undefined;
  const start = block_start_pfn(mm, id);
  const end = start + (1 << mm.PFN_BLOCK_SHIFT);
  const kinds = new Array<number>(NR_KINDS).fill(0);
  const holders = new Map<string, Holder>();
  let toMigrate = 0;
  let pinned = 0;
  if (b.state[id] === MEM_STATE_ONLINE || page_zone_row(mm, start) >= 0) {
    for (let pfn = start; pfn < end; pfn++) {
      const kind = (mm.t.memmap.kind[pfn] as number) & KIND_MASK;
      const isolated = kind === KIND_FREE && mm.t.pageblock.migratetype[pfn >>> pageblock_order] === MIGRATE_ISOLATE;
      const drawn = isolated ? KIND_ISOLATED : kind;
      kinds[drawn] = (kinds[drawn] as number) + 1;
      if (kind === KIND_FREE) continue;
      const hold = holdOf(mm, pfn, kind);
      if (hold === undefined) {
        if (((mm.t.memmap.state[compound_head(mm, pfn)] as number) & STATE_LRU) !== 0) toMigrate++;
        continue;
      }
      const { cause, owner, pid, pins, reserved } = hold;
      if (pins) pinned++;
      const key = `${cause}\0${owner}`;
      const known = holders.get(key);
      if (known) known.pages++;
      else {
        const command = reserved && !pins ? undefined : pid > INIT ? `kill -9 ${pid}` : owner.startsWith(RECLAIMABLE_OWNER) ? DROP_SLAB : undefined;
        const remedy = pins ? 'end the holder of the reference' : reserved ? REMEDY_RESERVED : (REMEDY[kind] ?? REMEDY_KERNEL);
        holders.set(key, { cause, owner, pages: 1, pfn: pfn as Pfn, remedy, ...(command !== undefined && { command }) });
      }
    }
  } else kinds[KIND_OFFLINE] = end - start;
  const sorted = [...holders.values()].sort((a, c) => c.pages - a.pages);
  return { block: id, offline: verdict(k, id, start, end, toMigrate, pinned), holders: sorted, kinds, toMigrate };
}

/** The kernel's answer, by its own tests in its own order, without doing anything. */
function verdict(k: Kernel, id: number, start: number, end: number, toMigrate: number, pinned: number): BlockFacts['offline'] {
  const { mm } = k;
  const { memory_block: b, zone } = mm.t;
  const no = (errno: number, reason: OfflineReason): BlockFacts['offline'] => ({ verdict: 'no', errno, reason });
  if (b.state[id] !== MEM_STATE_ONLINE) return no(ERRNO.EINVAL, { code: 'state', state: b.state[id] as number });
  const { hotplug } = mm.edition;
  const refusal = hotplug.offline_refusal(k, id);
  if (refusal !== undefined) return no(refusal.errno, refusal.reason);
  if (pinned > 0) return { verdict: 'likely', errno: hotplug.stuck.errno, reason: { code: 'referenced', how: hotplug.stuck.how, pages: pinned } };
  // What an allocation may take ends at the min watermark.
  const last = hotplug.migration_zone(b.zone[id] as number);
  let room = 0;
  for (let row = 0; row < zone.nr_free_pages.length; row++) {
    const own = zone_idx(row) === b.zone[id] && zone_to_nid(row) === b.nid[id];
    if (zone_idx(row) <= last) room += Math.max(0, (zone.nr_free_pages[row] as number) - (zone.watermark_min[row] as number) - (own ? freeIn(mm, start, end) : 0));
  }
  if (room < toMigrate) return { verdict: 'likely', errno: hotplug.stuck.errno, reason: { code: 'no_room', how: hotplug.stuck.how, pages: toMigrate, room } };
  return { verdict: 'yes', errno: 0 };
}
function freeIn(mm: Mm, start: number, end: number): number {
  let free = 0;
  for (let pfn = start; pfn < end; pfn++) if (((mm.t.memmap.kind[pfn] as number) & KIND_MASK) === KIND_FREE) free++;
  return free;
}
