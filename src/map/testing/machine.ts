/** Small machines for tests, written as they are drawn: one word a block, one letter a pageblock. */
import { formatMachine, NODE_MEMORY, NODE_NORMAL_MEMORY, NODE_ONLINE, NODE_POSSIBLE, placeTables, type Tables } from '../../../workers/uapi/layout.ts';
import { MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE, MEM_STATE_ONLINE, SECTION_ONLINE, SECTION_PRESENT } from '../../../workers/uapi/memory_block.ts';
import { MAX_NR_ZONES, MIGRATE_ISOLATE, MIGRATE_MOVABLE, pageblock_nr_pages, ZONE_NAMES } from '../../../workers/uapi/mmzone.ts';
import { KIND_NAMES, type KindName } from '../../../workers/uapi/page_kind.ts';

/** Letter of a pageblock that holds one kind only. */
const LETTERS: Readonly<Record<string, KindName>> = {
  '.': 'free', A: 'anon', F: 'file', T: 'thp', H: 'hugetlb', L: 'mlocked', S: 'slab', P: 'pagetable', K: 'kernel', M: 'memmap', R: 'reserved', C: 'crashkernel', U: 'unplugged',
};
/** Pageblocks in a block of these machines: 8 MiB blocks, one section each. */
export const PER_BLOCK = 4;
export const BLOCK_PAGES = PER_BLOCK * pageblock_nr_pages;
const BLOCK_SHIFT = 11;

export const kindOf = (name: KindName): number => KIND_NAMES.indexOf(name);

/**
 * `machine('Normal:AF.S Movable:.iaT! offline - Normal:....')`: blocks from address 0 up, `-` where there is none, `!` for going-offline. Letters as in LETTERS;
 * i: free and isolated; a: isolated, its first row of frames still anonymous; x: rows of anonymous and free in turn; s: one frame of slab in free ones.
 * `Normal+Movable:AA..` is a block on two zones, half each; `1.Normal:…` a block of node 1.
 */
export function machine(blocks: string, options: { readonly nodes?: number; readonly spare?: number; readonly dimms?: readonly { readonly block: number; readonly blocks: number; readonly state: number }[] } = {}): Tables {
  const words = blocks.trim().split(/\s+/);
  const nodes = options.nodes ?? 1;
  const count = words.length + (options.spare ?? 0);
  const sizes = {
    max_pfn: count * BLOCK_PAGES, section_shift: BLOCK_SHIFT, block_shift: BLOCK_SHIFT, nodes, slots: Math.max(1, options.dimms?.length ?? 0), trace_rows: 16, text_rows: 16, text_bytes: 1024,
  };
  const t = formatMachine(new ArrayBuffer(placeTables(sizes).bytes), sizes);
  for (let nid = 0; nid < nodes; nid++) t.node.state[nid] = NODE_POSSIBLE | NODE_ONLINE | NODE_NORMAL_MEMORY | NODE_MEMORY;
  t.pageblock.migratetype.fill(MIGRATE_MOVABLE);
  t.memory_block.slot.fill(-1);
  words.forEach((word, block) => { addBlock(t, block, word); });
  options.dimms?.forEach((dimm, slot) => {
    t.slot.state[slot] = dimm.state;
    t.slot.start_pfn[slot] = dimm.block * BLOCK_PAGES;
    t.slot.nr_pages[slot] = dimm.blocks * BLOCK_PAGES;
  });
  return t;
}

function addBlock(t: Tables, block: number, word: string): void {
  if (word === '-') return;
  t.section.state[block] = SECTION_PRESENT;
  t.memory_block.zone[block] = -1;
  if (word === 'offline') {
    t.memory_block.state[block] = MEM_STATE_OFFLINE;
    return;
  }
  const [where, contents] = word.split(':') as [string, string];
  const [node, names] = where.includes('.') ? (where.split('.') as [string, string]) : ['0', where];
  const zones = names.split('+').map((name) => ZONE_NAMES.indexOf(name as (typeof ZONE_NAMES)[number]));
  const nid = Number(node);
  t.section.state[block] = SECTION_PRESENT | SECTION_ONLINE;
  t.section.nid[block] = nid;
  t.memory_block.nid[block] = nid;
  t.memory_block.state[block] = contents.endsWith('!') ? MEM_STATE_GOING_OFFLINE : MEM_STATE_ONLINE;
  t.memory_block.zone[block] = zones.length === 1 ? (zones[0] as number) : -1;
  zones.forEach((zone, i) => {
    const from = block * BLOCK_PAGES + (i * BLOCK_PAGES) / zones.length;
    spread(t, nid * MAX_NR_ZONES + zone, from, from + BLOCK_PAGES / zones.length);
  });
  for (let i = 0; i < PER_BLOCK; i++) fillPageblock(t, block * PER_BLOCK + i, contents[i] as string);
}

/** Grows a zone over start … end. */
function spread(t: Tables, row: number, start: number, end: number): void {
  const spanned = t.zone.spanned_pages[row] as number;
  const first = spanned === 0 ? start : Math.min(start, t.zone.zone_start_pfn[row] as number);
  const last = spanned === 0 ? end : Math.max(end, (t.zone.zone_start_pfn[row] as number) + spanned);
  t.zone.zone_start_pfn[row] = first;
  t.zone.spanned_pages[row] = last - first;
  t.zone.present_pages[row] = (t.zone.present_pages[row] as number) + end - start;
}

/** Writes a pageblock's frames and stamps it with a new generation. */
export function fillPageblock(t: Tables, pageblock: number, letter: string): void {
  const start = pageblock * pageblock_nr_pages;
  const { kind } = t.memmap;
  kind.fill(kindOf(LETTERS[letter] ?? 'free'), start, start + pageblock_nr_pages);
  t.pageblock.migratetype[pageblock] = letter === 'i' || letter === 'a' ? MIGRATE_ISOLATE : MIGRATE_MOVABLE;
  if (letter === 'a') kind.fill(kindOf('anon'), start, start + 32);
  if (letter === 's') kind[start + 5 * 32 + 3] = kindOf('slab');
  if (letter === 'x') for (let row = 0; row < 16; row += 2) kind.fill(kindOf('anon'), start + row * 32, start + row * 32 + 32);
  t.pageblock.generation[pageblock] = (t.pageblock.generation[pageblock] as number) + 1;
}

export function setFrame(t: Tables, pfn: number, name: KindName): void {
  t.memmap.kind[pfn] = kindOf(name);
  const pageblock = Math.floor(pfn / pageblock_nr_pages);
  t.pageblock.generation[pageblock] = (t.pageblock.generation[pageblock] as number) + 1;
}
