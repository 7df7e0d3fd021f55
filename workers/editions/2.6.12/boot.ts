/**
 * What an i386 kernel of 2005 takes of RAM before the page allocator exists (bootmem, from low addresses upwards), and its zones. Pages and pfns.
 * Source: mm/bootmem.c, arch/i386/kernel/setup.c and alloc_large_system_hash() of 2.6.12-rc2. Sizes of the image are those of a usual build: no machine of that edition was recorded.
 */
import { lastValue, memparse, type Parameter } from '../../init/cmdline.ts';
import type { CrashReservation } from '../../init/crashkernel.ts';
import type { BootPlan } from '../../init/layout_plan.ts';
import type { Memblock } from '../../init/memblock.ts';
import { presentSections } from '../../init/zones.ts';
import type { Mm } from '../../mm/mm.ts';
import type { Buddy } from '../../mm/page_alloc.ts';
import { addOwner, lru_add, mapPage, ownKernelPage } from '../../mm/rmap.ts';
import { RAMFS_OWNER, RECLAIMABLE_OWNER } from '../../mm/vmstat.ts';
import type { Refusal } from '../../uapi/command.ts';
import { ERRNO } from '../../uapi/errno.ts';
import type { MachineDescription } from '../../uapi/machine_description.ts';
import { MEM_ABSENT, MEM_STATE_ONLINE } from '../../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, ZONE_HIGHMEM, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { KIND_ANON, KIND_FILE, KIND_INFERRED, KIND_KERNEL, KIND_MEMMAP, KIND_PAGETABLE, KIND_RESERVED, KIND_SLAB } from '../../uapi/page_kind.ts';
import type { EarlyBoot } from '../../init/edition.ts';
import { STRUCT_PAGE } from './memory_hotplug.ts';
import { patchSet } from './patch_set.ts';

/** The image lies at 1 MiB: code, data, and what is freed when the first program starts. */
export const IMAGE = { code: 0x100, data: 0x30b, init: 0x3c1, end: 0x3f8 };
/** Trampoline for the other processors. */
const TRAMPOLINE = 0x9d;
/** bootmem's goal for everything else: behind ZONE_DMA. */
const GOAL = 0x1000;
export const LOWMEM_END = 0x38000;
const FIXMAP_TABLES = 3;
const PAGE = 4096;

export const isUsual = (d: MachineDescription): boolean => d.profile === 'linux-2.6.12-i386';

/** Entries of an early hash table: one for each 2^scale bytes of lowmem, rounded up to MiB, to the power of two above. */
export const hashEntries = (lowmem: number, scale: number): number => 2 ** (Math.floor(Math.log2((Math.ceil(lowmem / 256) * 256) >> (scale - 12))) + 1);
export const HASH_TABLES = [{ name: 'Dentry cache', scale: 13 }, { name: 'Inode-cache', scale: 14 }] as const;
/** A pointer. */
export const BUCKET = 4;

/** RAM of the zones the kernel itself uses. */
export const lowmemPages = (mb: Memblock): number => mb.present(0, LOWMEM_END);

/**
 * crashkernel=X@Y, and no other form: that place or nothing, without a word. Not in 2.6.12 itself (kexec was in -mm only): the meaning seed 004 recalls, as it was merged in 2.6.13.
 * Memory above what the kernel maps itself cannot be reserved by bootmem.
 */
function reserve_crashkernel(mb: Memblock, parameters: readonly Parameter[]): CrashReservation {
  const { value: size, rest } = memparse(lastValue(parameters, 'crashkernel') ?? '');
  const start = Math.floor(memparse(rest.slice(1)).value / PAGE);
  const end = start + Math.ceil(size / PAGE);
  const isFree = mb.free(start, end).some((r) => r.start === start && r.end === end);
  if (size === 0 || !rest.startsWith('@') || end > LOWMEM_END || !isFree) return { lines: [], ranges: [], size: 0 };
  mb.reserve(start, end, KIND_RESERVED, 'crash kernel');
  return { lines: [], ranges: [{ start, end }], size };
}

export function setup_arch(plan: BootPlan, mb: Memblock, d: MachineDescription): EarlyBoot | Refusal {
  const nothing = { lines: [], ranges: [], size: 0 };
  if (!isUsual(d)) return { freedLater: [], crash: nothing };
  let missing: string | undefined;
  const alloc = (pages: number, name: string, kind: number, from = GOAL): void => {
    const room = mb.free(from, LOWMEM_END).find((r) => r.end - r.start >= pages) ?? mb.free(1, LOWMEM_END).find((r) => r.end - r.start >= pages);
    if (room === undefined) missing ??= name;
    else mb.reserve(room.start, room.start + pages, kind, name);
  };
  mb.reserve(TRAMPOLINE, TRAMPOLINE + 2, KIND_RESERVED, 'trampoline');
  if (mb.reserve(IMAGE.code, IMAGE.end, KIND_KERNEL, 'kernel image') < IMAGE.end - IMAGE.code) missing = 'the kernel image';
  const crash = reserve_crashkernel(mb, plan.parameters.all);
  alloc(Math.ceil(Math.min(mb.max_pfn, LOWMEM_END) / 8 / PAGE), 'bootmem bitmap', KIND_RESERVED, IMAGE.end);
  const section = 2 ** plan.sizes.section_shift;
  for (const { pfn } of presentSections(mb, section)) alloc((section * STRUCT_PAGE) / PAGE, `memmap of section ${pfn / section}`, KIND_MEMMAP);
  alloc(FIXMAP_TABLES, 'page tables', KIND_PAGETABLE);
  for (const { name, scale } of HASH_TABLES) alloc((hashEntries(lowmemPages(mb), scale) * BUCKET) / PAGE, `${name} hash table`, KIND_KERNEL);
  if (missing !== undefined) {
    return {
      ok: false, errno: ERRNO.ENOMEM, reason: `The machine is too small for its kernel: there is no room for ${missing}.`,
      rule: 'the kernel of 2005 takes about 6 MB below 896 MiB before the page allocator exists', remedy: "give it 64 MiB or more, or use the profile 'bare'",
    };
  }
  const init = { start: IMAGE.init, end: IMAGE.end };
  mb.release(init.start, init.end);
  return { freedLater: [init], crash };
}

/** One list an order: no pageblock has a type. */
export function fix_zones(mm: Mm): void {
  mm.t.pageblock.migratetype.fill(MIGRATE_UNMOVABLE);
}

/** Directories of boot sections: February's end at the first hole. */
export function fix_blocks(mm: Mm): void {
  const { memory_block: b, section } = mm.t;
  if (!patchSet(mm.description).stops_at_hole) return;
  const hole = section.state.indexOf(0);
  if (hole >= 0) for (let nr = hole; nr < b.state.length; nr++) if (b.state[nr] === MEM_STATE_ONLINE) b.state[nr] = MEM_ABSENT;
}

const USES = [
  { name: RECLAIMABLE_OWNER, kind: KIND_SLAB, pages: 420, user: false }, { name: 'slab', kind: KIND_SLAB, pages: 610, user: false }, { name: 'kernel', kind: KIND_KERNEL, pages: 260, user: false },
  { name: 'page tables', kind: KIND_PAGETABLE, pages: 40, user: false }, { name: `${RAMFS_OWNER}: files in memory`, kind: KIND_FILE, pages: 2100, user: true }, { name: 'init', kind: KIND_ANON, pages: 160, user: true },
] as const;
const TURN = 16;
const CONTENT_STEP = 4099;
/** What a small system uses when its first program runs: amounts are inferred, places follow from the allocator. Only memory of programs and files may be HighMem. */
export function occupy(mm: Mm, buddy: Buddy): void {
  if (!isUsual(mm.description)) return;
  const owners = USES.map((u) => addOwner(mm, u.kind, u.name, u.kind === KIND_ANON ? 1 : 0));
  const left: number[] = USES.map((u) => u.pages);
  while (left.some((n) => n > 0)) {
    for (const [i, use] of USES.entries()) {
      for (let n = Math.min(TURN, left[i] as number); n > 0; n--) {
        const pfn = buddy.alloc_pages({ order: 0, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: use.user ? ZONE_HIGHMEM : ZONE_NORMAL, nid: 0, kind: use.kind | KIND_INFERRED });
        if (pfn < 0) return;
        left[i] = (left[i] as number) - 1;
        const owner = owners[i] as number;
        if (use.user) {
          mapPage(mm, owner, pfn, 1 + ((owner * CONTENT_STEP + (left[i] as number)) & 0x7fff));
          lru_add(mm, pfn);
        } else ownKernelPage(mm, owner, pfn);
      }
    }
  }
}

