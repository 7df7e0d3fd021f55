/**
 * A dump of /proc/kpageflags (and /proc/kpagecount) laid over a booted machine. What a dump does not say is filled in by these rules, and marked:
 * - free chunks: maximal aligned runs (picture_chunks.ts);
 * - a frame without any flag: free on a per-cpu list if it lies in ZONE_MOVABLE or its whole pageblock is without flags (the per-cpu list of huge pages), else the kernel's own
 *   (KIND_INFERRED). How long those lists were is not in a dump, so such free frames go to the buddy lists;
 * - a frame with the bit HIGH_SYNTHESISED was made up by whoever made the dump (import/): inferred, too;
 * - pageblock types, where nobody gave them: Unmovable where frames that cannot move outnumber those that can, else Movable; all PB_INFERRED;
 * - anonymous pages on their way to the LRU count as arrived;
 * - owners: one per kind of memory; process numbers are not in a dump.
 */
import { coldFlagsFor, impliedFlags, max_dump_pfn, type PageFlags } from '../fs/proc/page.ts';
import type { Mm } from '../mm/mm.ts';
import { page_zone_row, zone_idx } from '../mm/mmzone.ts';
import type { Buddy } from '../mm/page_alloc.ts';
import { impliedMapcount, markCold } from '../mm/page_flags.ts';
import { addOwner, lru_add, mapPage, ownKernelPage, SHMEM_OWNER } from '../mm/rmap.ts';
import { RECLAIMABLE_OWNER } from '../mm/vmstat.ts';
import type { Refusal } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';
import { PB_INFERRED, STATE_ALLOC } from '../uapi/layout.ts';
import type { BootRequest } from '../uapi/machine_description.ts';
import { MAX_ORDER, MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, pageblock_nr_pages, pageblock_order, ZONE_MOVABLE } from '../uapi/mmzone.ts';
import { HIGH_SYNTHESISED, KPF, kpf } from '../uapi/page_flags.ts';
import {
  KIND_ANON, KIND_BALLOON, KIND_COLD, KIND_FILE, KIND_FREE, KIND_HUGETLB, KIND_INFERRED, KIND_KERNEL, KIND_MASK, KIND_MEMMAP, KIND_MLOCKED, KIND_PAGETABLE, KIND_PG_RESERVED, KIND_RESERVED, KIND_SLAB,
  KIND_THP,
} from '../uapi/page_kind.ts';
import type { BootPlan } from './layout_plan.ts';
import type { ReservedRange } from './memblock.ts';
import { freeChunks } from './picture_chunks.ts';

/** As bits of the high word. HIGH_KNOWN: those that a frame here can have. */
const RESERVED = 1 << (KPF.RESERVED - 32);
const MLOCKED = 1 << (KPF.MLOCKED - 32);
const HIGH_KNOWN = RESERVED | MLOCKED | (1 << (KPF.MAPPEDTODISK - 32)) | (1 << (KPF.PRIVATE - 32));
const has = (low: number, bit: number): boolean => ((low >>> bit) & 1) !== 0;

/** A dump fits a machine if it has a word for each of its boot frames, and NOPAGE for exactly the sections that boot has not. */
export function checkPicture(request: BootRequest, plan: BootPlan): Refusal | undefined {
  const { kpageflags: flags, kpagecount: counts } = request;
  if (flags === undefined) return undefined;
  const section = 2 ** plan.sizes.section_shift;
  const frames = Math.ceil(plan.end_pfn / section) * section;
  const refuse = (reason: string, rule: string): Refusal => ({ ok: false, errno: ERRNO.EINVAL, reason, rule, remedy: 'load the dump with the description of the machine it was taken on, right after its boot' });
  if (flags.length !== frames * 2) return refuse(`The dump describes ${flags.length / 2} frames, this machine has ${frames}.`, 'kpageflags has one u64 for each frame up to the end of RAM');
  if (request.migratetypes && request.migratetypes.length * pageblock_nr_pages !== frames) {
    return refuse(`There are types for ${request.migratetypes.length} pageblocks, the machine has ${frames / pageblock_nr_pages}.`, 'every pageblock has one migrate type');
  }
  if (counts && counts.length !== flags.length) return refuse(`kpagecount has ${counts.length / 2} entries, kpageflags ${flags.length / 2}.`, 'both files have one u64 for each frame');
  for (let start = 0; start < frames; start += section) {
    const present = plan.ram.some((r) => r.start < start + section && r.end > start);
    if (plan.zones !== undefined && !present && has(flags[start * 2] as number, KPF.NOPAGE)) continue;
    if (present === has(flags[start * 2] as number, KPF.NOPAGE)) {
      return refuse(`The dump ${present ? 'lacks' : 'has'} the section at frame 0x${start.toString(16)}, this machine ${present ? 'has' : 'lacks'} it.`, 'NOPAGE stands for sections that are absent or offline');
    }
  }
  return undefined;
}

/** Order of the compound page at `pfn` from the tails behind its head. */
function compoundOrder(flags: Uint32Array, pfn: number): number {
  let order = 0;
  const isTail = (at: number): boolean => at * 2 < flags.length && has(flags[at * 2] as number, KPF.COMPOUND_TAIL);
  while (order < MAX_ORDER - 1 && pfn % 2 ** (order + 1) === 0 && isTail(pfn + 2 ** order)) order++;
  return order;
}

/** Loads a picture that checkPicture() let pass. Zones and reservations are set, nothing is on a free list yet. */
export function loadPicture(mm: Mm, buddy: Buddy, { kpagecount: counts, migratetypes }: BootRequest, flags: Uint32Array): void {
  const end = max_dump_pfn(mm);
  const onPcp = perCpuFrames(mm, flags, end);
  reconcileReserved(mm, flags, end);
  inferPageblocks(mm, flags, onPcp, migratetypes, end);
  const owners = createOwners(mm);
  for (let pfn = 0; pfn < end; ) pfn += place(mm, flags, pfn, onPcp, owners);
  for (let pfn = 0; pfn < end; pfn++) keepCold(mm, flags, counts, pfn);
  const isBuddy = (pfn: number): boolean => has(flags[pfn * 2] as number, KPF.BUDDY);
  const zoneOf = (pfn: number): number => page_zone_row(mm, pfn);
  for (const { pfn, order } of freeChunks(end, isBuddy, zoneOf)) buddy.add_free_chunk(pfn, order, mm.t.pageblock.migratetype[pfn >>> pageblock_order] as number);
  // What waited on per-cpu lists is freed as draining them would free it: with merging.
  for (const { pfn, order } of freeChunks(end, (at) => onPcp[at] === 1, zoneOf)) buddy.__free_pages_core(pfn, order);
}

/** 1 for frames without flags that must be free: see the rule at the top. */
function perCpuFrames(mm: Mm, flags: Uint32Array, end: number): Uint8Array {
  const found = new Uint8Array(end);
  const plain = (pfn: number): boolean => flags[pfn * 2] === 0 && flags[pfn * 2 + 1] === 0;
  for (let start = 0; start < end; start += pageblock_nr_pages) {
    const row = page_zone_row(mm, start);
    if (row < 0) continue;
    let whole = true;
    for (let i = 0; i < pageblock_nr_pages && whole; i++) whole = plain(start + i);
    for (let i = 0; i < pageblock_nr_pages; i++) if (plain(start + i) && (whole || zone_idx(row) === ZONE_MOVABLE)) found[start + i] = 1;
  }
  return found;
}

/** Where the dump and the computed reservations differ, the dump is right. */
function reconcileReserved(mm: Mm, flags: Uint32Array, end: number): void {
  const { kind } = mm.t.memmap;
  for (let pfn = 0; pfn < end; pfn++) {
    const reserved = ((flags[pfn * 2 + 1] as number) & RESERVED) !== 0;
    if (reserved === (((kind[pfn] as number) & KIND_PG_RESERVED) !== 0)) continue;
    if (!has(flags[pfn * 2] as number, KPF.NOPAGE)) kind[pfn] = reserved ? KIND_RESERVED | KIND_PG_RESERVED : KIND_FREE;
  }
}

function inferPageblocks(mm: Mm, flags: Uint32Array, onPcp: Uint8Array, known: Uint8Array | undefined, end: number): void {
  const { migratetype, flags: marks } = mm.t.pageblock;
  for (let start = 0; start < end; start += pageblock_nr_pages) {
    const row = page_zone_row(mm, start);
    if (row < 0) continue;
    const stated = known?.[start >>> pageblock_order];
    if (stated !== undefined && stated <= MIGRATE_HIGHATOMIC) {
      migratetype[start >>> pageblock_order] = stated;
      marks[start >>> pageblock_order] = (marks[start >>> pageblock_order] as number) | PB_INFERRED;
      continue;
    }
    let fixed = 0;
    let movable = 0;
    for (let pfn = start; pfn < start + pageblock_nr_pages; pfn++) {
      const low = flags[pfn * 2] as number;
      const high = flags[pfn * 2 + 1] as number;
      if ((high & RESERVED) !== 0 || has(low, KPF.BUDDY) || onPcp[pfn] === 1) continue;
      if (has(low, KPF.LRU) || has(low, KPF.ANON)) movable++;
      else fixed++;
    }
    const i = start >>> pageblock_order;
    migratetype[i] = zone_idx(row) !== ZONE_MOVABLE && fixed > movable ? MIGRATE_UNMOVABLE : MIGRATE_MOVABLE;
    marks[i] = (marks[i] as number) | PB_INFERRED;
  }
}

type Owners = (kind: number, swapBacked: boolean, reclaimable: boolean) => number;
/** One owner per kind of memory, made when its first frame is met. Processes get numbers below the first that the shell will give. */
function createOwners(mm: Mm): Owners {
  const rows = new Map<string, number>();
  const firstPid = 200;
  const names: Readonly<Record<number, string>> = {
    [KIND_ANON]: 'process, small pages', [KIND_THP]: 'process, huge pages', [KIND_MLOCKED]: 'process, locked memory', [KIND_SLAB]: 'slab', [KIND_PAGETABLE]: 'page tables',
    [KIND_KERNEL]: 'kernel', [KIND_HUGETLB]: 'hugetlb pool', [KIND_BALLOON]: 'balloon',
  };
  return (kind, swapBacked, reclaimable) => {
    const name = kind === KIND_SLAB && reclaimable ? RECLAIMABLE_OWNER : kind === KIND_FILE ? (swapBacked ? `${SHMEM_OWNER}: initramfs` : 'page cache') : (names[kind] ?? 'kernel');
    let row = rows.get(name);
    if (row === undefined) {
      row = addOwner(mm, kind, name, name.startsWith('process') ? firstPid + rows.size : 0);
      rows.set(name, row);
    }
    return row;
  };
}

/** What the frame (the head, of a compound page) holds, by its flags. */
function kindOf(low: number, high: number): number {
  if (has(low, KPF.OFFLINE)) return KIND_BALLOON;
  if (has(low, KPF.HUGE)) return KIND_HUGETLB;
  if (has(low, KPF.THP)) return KIND_THP;
  if (has(low, KPF.ANON)) return (high & MLOCKED) !== 0 ? KIND_MLOCKED : KIND_ANON;
  if (has(low, KPF.LRU)) return KIND_FILE;
  if (has(low, KPF.SLAB)) return KIND_SLAB;
  if (has(low, KPF.PGTABLE)) return KIND_PAGETABLE;
  return KIND_KERNEL;
}
const MOVABLE_KINDS: readonly number[] = [KIND_ANON, KIND_THP, KIND_MLOCKED, KIND_FILE];

/** Content of a frame, never 0: a number that spreads over frames. */
const contentTag = (pfn: number): number => 1 + ((pfn * 40503) % 0xfffe);

/** Runs of reserved frames, cut to the machine's RAM: what boot did not give the allocator. Ascending. */
export function reservedRuns(flags: Uint32Array, ram: readonly { readonly start: number; readonly end: number }[]): ReservedRange[] {
  const runs: ReservedRange[] = [];
  const reserved = (pfn: number): boolean => ((flags[pfn * 2 + 1] as number) & RESERVED) !== 0;
  for (const { start, end } of ram) {
    for (let pfn = start; pfn < end; ) {
      if (!reserved(pfn)) {
        pfn++;
        continue;
      }
      const from = pfn;
      const memmap = has(flags[pfn * 2 + 1] as number, KPF.PRIVATE - 32);
      while (pfn < end && reserved(pfn) && has(flags[pfn * 2 + 1] as number, KPF.PRIVATE - 32) === memmap) pfn++;
      runs.push({ start: from, end: pfn, kind: memmap ? KIND_MEMMAP : KIND_RESERVED, name: memmap ? 'memmap' : 'reserved' });
    }
  }
  return runs;
}

/** Gives one page (single or compound) its state, kind and owner. Returns the frames it covers. */
function place(mm: Mm, flags: Uint32Array, pfn: number, onPcp: Uint8Array, owners: Owners): number {
  const { state, kind } = mm.t.memmap;
  const low = flags[pfn * 2] as number;
  const high = flags[pfn * 2 + 1] as number;
  if ((high & RESERVED) !== 0 || has(low, KPF.NOPAGE)) return 1;
  if (has(low, KPF.BUDDY) || onPcp[pfn] === 1) {
    kind[pfn] = KIND_FREE;
    return 1;
  }
  const order = has(low, KPF.COMPOUND_HEAD) ? compoundOrder(flags, pfn) : 0;
  const pages = 2 ** order;
  const what = kindOf(low, high);
  const inferred = (high & HIGH_SYNTHESISED) !== 0 || (low === 0 && high === 0) ? KIND_INFERRED : 0;
  kind.fill(what | inferred, pfn, pfn + pages);
  state[pfn] = STATE_ALLOC | order;
  const owner = owners(what, has(low, KPF.SWAPBACKED), mm.t.pageblock.migratetype[pfn >>> pageblock_order] === MIGRATE_RECLAIMABLE);
  if (MOVABLE_KINDS.includes(what)) {
    for (let i = 0; i < pages; i++) mapPage(mm, owner, pfn + i, contentTag(pfn + i));
    lru_add(mm, pfn);
  } else for (let i = 0; i < pages; i++) ownKernelPage(mm, owner, pfn + i);
  return pages;
}

/** Flags and map counts that state and kind do not tell go to the cold columns. */
function keepCold(mm: Mm, flags: Uint32Array, counts: Uint32Array | undefined, pfn: number): void {
  const raw = mm.t.memmap.kind[pfn] as number;
  const recorded: PageFlags = { low: flags[pfn * 2] as number, high: (flags[pfn * 2 + 1] as number) & HIGH_KNOWN };
  if ((raw & KIND_MASK) === KIND_FREE || has(recorded.low, KPF.NOPAGE)) return;
  const implied = impliedFlags(mm, pfn);
  const onItsWay = { low: (recorded.low | (implied.low & kpf(KPF.LRU))) >>> 0, high: recorded.high };
  const cold = coldFlagsFor(implied, onItsWay) ?? 0;
  const mapcount = counts ? (counts[pfn * 2] as number) : impliedMapcount(raw & KIND_MASK);
  if (cold === 0 && mapcount === impliedMapcount(raw & KIND_MASK)) return;
  mm.t.memmap.kind[pfn] = raw | KIND_COLD;
  markCold(mm, pfn);
  mm.t.cold.flags[pfn] = cold;
  mm.t.cold.mapcount[pfn] = mapcount;
}
