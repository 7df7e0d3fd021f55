/**
 * What different parts of a kernel must agree on: sections, memory blocks and /proc/iomem; zones, nodes and memory groups; LRU lists and their counts; owners and page tables.
 * invariants.ts looks at frames one by one; this looks at the tables around them. Each finding is a sentence; none means that all is well. Not to be asked in the middle of a
 * command: between two steps of a hot-add the parts do not agree yet.
 */
import type { Kernel } from '../mm/kernel.ts';
import { system_ram_bytes } from '../kernel/resource.ts';
import { brokenPool } from '../mm/hugetlb.ts';
import { isOrphan } from '../mm/migrate.ts';
import { M_ISOLATED_TAKEN, M_NR_PTES, type Mm, page_size, zoneName } from '../mm/mm.ts';
import { block_start_pfn, typeBlockPages, zone_to_nid } from '../mm/mmzone.ts';
import { SLOT_ADDED, SLOT_DEVICE, STATE_ALLOC, STATE_LRU, STATE_ORDER } from '../uapi/layout.ts';
import { MEM_ABSENT, MEM_STATE_OFFLINE, MEM_STATE_ONLINE, SECTION_EARLY, SECTION_ONLINE, SECTION_PRESENT } from '../uapi/memory_block.ts';
import { MAX_NR_ZONES, MIGRATE_ISOLATE, pageblock_order, ZONE_MOVABLE } from '../uapi/mmzone.ts';

const nameOf = (mm: Mm, row: number): string => `node ${zone_to_nid(row)} zone ${zoneName(mm, row % MAX_NR_ZONES)}`;

/** A block exists where a section does; it reads online exactly when its sections are; a hot-added one is System RAM. */
function blocks({ mm, iomem }: Kernel): string | undefined {
  const { memory_block: b, section } = mm.t;
  const perBlock = 1 << (mm.PFN_BLOCK_SHIFT - mm.PFN_SECTION_SHIFT);
  const bytes = page_size(mm) * 2 ** mm.PFN_BLOCK_SHIFT;
  for (let id = 0; id < b.state.length; id++) {
    let present = 0;
    let online = 0;
    let early = 0;
    for (let nr = id * perBlock; nr < (id + 1) * perBlock; nr++) {
      const state = section.state[nr] as number;
      if ((state & SECTION_PRESENT) !== 0) present++;
      if ((state & SECTION_ONLINE) !== 0) online++;
      if ((state & SECTION_EARLY) !== 0) early++;
    }
    const state = b.state[id] as number;
    // __add_pages() of 6.1 undoes nothing when there is no memory for the next section's map: what it had added stays, is nobody's, and is in no block.
    if (state === MEM_ABSENT && online === 0 && early === 0 && system_ram_bytes(iomem, id * bytes, (id + 1) * bytes - 1) === 0) continue;
    if ((state === MEM_ABSENT) !== (present === 0)) return `memory${id} ${state === MEM_ABSENT ? 'does not exist' : 'exists'} although ${present} of its sections do`;
    if (state === MEM_ABSENT) continue;
    if (state !== MEM_STATE_ONLINE && state !== MEM_STATE_OFFLINE) return `memory${id} has been left in state ${state}`;
    if (state === MEM_STATE_ONLINE ? online !== present : online !== 0) return `memory${id} reads ${state === MEM_STATE_ONLINE ? 'online' : 'offline'}, and ${online} of its ${present} sections are online`;
    const ram = system_ram_bytes(iomem, id * bytes, (id + 1) * bytes - 1);
    // A small DIMM may fill a block in part, where the edition lets it.
    if (early === 0 && ram === 0 && !(mm.edition.hotplug.keeps_partial_add && b.slot[id] === -1)) return `memory${id} was hot-added, and /proc/iomem has none of it as System RAM`;
    const slot = b.slot[id] as number;
    if (slot >= 0 && mm.t.slot.state[slot] !== SLOT_ADDED) return `memory${id} belongs to socket ${slot}, which holds nothing that Linux knows`;
  }
  return undefined;
}

/** present_pages is what the pageblocks of online blocks say, nodes are the sum of their zones, and the isolated pageblocks are as many as counted. */
function zones(mm: Mm): string | undefined {
  const { zone, node, pageblock, section } = mm.t;
  const isolated = new Int32Array(zone.present_pages.length);
  const online = new Int32Array(zone.present_pages.length);
  const perSection = 1 << (mm.PFN_SECTION_SHIFT - pageblock_order);
  for (let nr = 0; nr < section.state.length; nr++) {
    if (((section.state[nr] as number) & SECTION_ONLINE) === 0) continue;
    for (let i = nr * perSection; i < (nr + 1) * perSection; i++) {
      const row = (pageblock.zone[i] as number) - 1;
      if (row < 0) continue;
      online[row] = (online[row] as number) + (1 << pageblock_order);
      if (pageblock.migratetype[i] === MIGRATE_ISOLATE) isolated[row] = (isolated[row] as number) + 1;
    }
  }
  const rows = typeBlockPages(mm) >>> pageblock_order;
  const present = new Int32Array(node.state.length);
  let taken = mm.t.misc.word[M_ISOLATED_TAKEN] as number;
  for (let row = 0; row < isolated.length; row++) {
    const nid = zone_to_nid(row);
    present[nid] = (present[nid] as number) + (zone.present_pages[row] as number);
    const over = (zone.nr_isolate_pageblock[row] as number) - (isolated[row] as number) / rows;
    taken -= over;
    if (over < 0 || taken < 0) return `${nameOf(mm, row)}: nr_isolate_pageblock says ${zone.nr_isolate_pageblock[row]}, ${isolated[row]} pageblocks are isolated`;
    if ((zone.present_pages[row] as number) > (online[row] as number)) return `${nameOf(mm, row)}: present ${zone.present_pages[row]}, but only ${online[row]} pages of online sections are in it`;
    if ((zone.present_early_pages[row] as number) > (zone.present_pages[row] as number)) return `${nameOf(mm, row)}: more pages present since boot than present`;
  }
  for (let nid = 0; nid < present.length; nid++) if (node.node_present_pages[nid] !== present[nid]) return `node ${nid}: present ${node.node_present_pages[nid]}, its zones have ${present[nid]}`;
  return undefined;
}

/** A memory group's pages are those of its online blocks. */
function groups(mm: Mm): string | undefined {
  const { memory_block: b, slot } = mm.t;
  const kernel = new Int32Array(slot.state.length);
  const movable = new Int32Array(slot.state.length);
  for (let id = 0; id < b.state.length; id++) {
    const group = (b.group[id] as number) - 1;
    if (b.state[id] !== MEM_STATE_ONLINE || group < 0) continue;
    const of = b.zone[id] === ZONE_MOVABLE ? movable : kernel;
    of[group] = (of[group] as number) + (1 << mm.PFN_BLOCK_SHIFT);
  }
  for (let row = 0; row < kernel.length; row++) {
    if (slot.state[row] !== SLOT_ADDED && slot.state[row] !== SLOT_DEVICE) continue;
    if (slot.present_kernel_pages[row] !== kernel[row] || slot.present_movable_pages[row] !== movable[row]) {
      return `memory group ${row}: counts ${slot.present_kernel_pages[row]} kernel and ${slot.present_movable_pages[row]} movable pages, its blocks have ${kernel[row]} and ${movable[row]}`;
    }
  }
  return undefined;
}

/** LRU lists hold as many pages as they say, each marked so, of the right zone, in a list without a break. */
function lruLists(mm: Mm): string | undefined {
  const { lru, memmap, pageblock } = mm.t;
  for (let row = 0; row < lru.head.length; row++) {
    let pages = 0;
    let before = 0;
    for (let pfn = lru.head[row] as number; pfn !== 0; pfn = memmap.next[pfn] as number) {
      const state = memmap.state[pfn] as number;
      if ((state & STATE_LRU) === 0) return `frame 0x${pfn.toString(16)} is on the LRU of ${nameOf(mm, row)} but its state is ${state}`;
      if (memmap.prev[pfn] !== before) return `the LRU of ${nameOf(mm, row)} is broken before frame 0x${pfn.toString(16)}`;
      if ((pageblock.zone[pfn >>> pageblock_order] as number) - 1 !== row) return `frame 0x${pfn.toString(16)} is on the LRU of ${nameOf(mm, row)} and in another zone`;
      pages += 1 << (state & STATE_ORDER);
      before = pfn;
    }
    if (lru.nr[row] !== pages || lru.tail[row] !== before) return `the LRU of ${nameOf(mm, row)} counts ${lru.nr[row]} pages and holds ${pages}`;
  }
  return undefined;
}

/** Every owner has as many page-table entries as it says. */
function owners(mm: Mm): string | undefined {
  const { owner, pte, misc } = mm.t;
  const entries = new Int32Array(owner.kind.length);
  for (let slot = 1; slot <= (misc.word[M_NR_PTES] as number); slot++) {
    const row = pte.owner[slot] as number;
    if (row !== 0) entries[row] = (entries[row] as number) + 1;
  }
  for (let row = 1; row < entries.length; row++) if (owner.nr_ptes[row] !== entries[row]) return `owner ${row} counts ${owner.nr_ptes[row]} page-table entries and has ${entries[row]}`;
  return undefined;
}

/** No memory of a process is in use and nobody's: whoever took it off its list has put it back, or freed it. */
function orphans(mm: Mm): string | undefined {
  const { section, memmap, sizes } = mm.t;
  for (let nr = 0; nr < section.state.length; nr++) {
    if (((section.state[nr] as number) & SECTION_ONLINE) === 0 || section.virgin[nr] === 1) continue;
    for (let pfn = nr << sizes.section_shift; pfn < (nr + 1) << sizes.section_shift; pfn++) {
      if (((memmap.state[pfn] as number) & ~STATE_ORDER) === STATE_ALLOC && isOrphan(mm, pfn)) return `frame 0x${pfn.toString(16)} is process memory of nobody, on no list`;
    }
  }
  return undefined;
}

/** valid_zones is what the edition would answer now. */
function validZones(mm: Mm): string | undefined {
  const { memory_block: b } = mm.t;
  for (let id = 0; id < b.state.length; id++) {
    if (b.state[id] === MEM_ABSENT) continue;
    const now = mm.edition.hotplug.valid_zones(mm, id);
    if (b.valid_zones[id] !== now) return `memory${id} (pfn 0x${block_start_pfn(mm, id).toString(16)}): valid_zones shows ${b.valid_zones[id]}, the kernel would answer ${now}`;
  }
  return undefined;
}

/** Findings, the first of each kind. For a kernel in which nothing is under way. */
export function checkAgreements(k: Kernel): string[] {
  const { mm } = k;
  return [blocks(k), zones(mm), groups(mm), lruLists(mm), brokenPool(mm), owners(mm), orphans(mm), validZones(mm)].filter((finding) => finding !== undefined);
}
