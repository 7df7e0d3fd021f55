/**
 * The machine's memory, declared once: every table, column, type and order. Engine and page both bind through here, and the header proves that they mean the same.
 * Choice of packing (16 bytes a frame): state 1, kind 1, tag 2, next 4, prev 4, owner 4. The price: reference counts beyond the common case, pins and the
 * recorded flag bits live in cold columns that are touched only for frames whose kind byte says so (KIND_COLD).
 */
import { geometryAt } from './arch.ts';
import { type Bound, bindTable, type Columns, type Placed, tableBytes } from './columns.ts';
import { MAX_NR_ZONES, MIGRATE_TYPES, pageblock_order } from './mmzone.ts';
import { PAGE_SHIFT } from './units.ts';

export const LAYOUT_MAGIC = 0x484c4142; // "HLAB"
export const ABI_VERSION = 1;

/** One row per page frame, indexed by pfn. All zero = never touched: inside a present section that means the tail of a free chunk, or a frame nobody initialised. */
export const MEMMAP = {
  /** STATE_* bits and, on the head of a chunk, its order in the low nibble. 0 on tails. */
  state: Uint8Array,
  /** KIND_* of page_kind.ts: exact on every frame, tails included. The renderer's column. */
  kind: Uint8Array,
  /** What the frame contains, as a 16-bit content tag; moves with migration. 0 = nothing. */
  tag: Uint16Array,
  /** Links of the free list, per-cpu list or LRU the head is on; -1 ends a list. */
  next: Int32Array,
  prev: Int32Array,
  /** > 0: row of PTE that maps the frame (rmap); < 0: -(row of OWNER) for memory no page table maps; 0: nobody. */
  owner: Int32Array,
} as const;
/** Cold columns, one row per frame, touched only where MEMMAP.kind has KIND_COLD. */
export const COLD = {
  /** KPF_* bits of page_flags.ts that follow neither from state nor from kind. */
  flags: Uint32Array,
  /** page_mapcount(): 0 = not mapped. */
  mapcount: Uint16Array,
  /** References beyond those that mappings and the page cache explain: get_user_pages, pipes, I/O in flight. */
  pincount: Uint16Array,
} as const;
/** One row per 512 frames, indexed by pfn >> pageblock_order: a pageblock of x86_64. Elsewhere a pageblock has several rows, which say the same; of s390x two are in one row. */
export const PAGEBLOCK = {
  migratetype: Uint8Array,
  /** page_zone(): zone row + 1 of its frames, 0 = in no zone. Zones begin and end on pageblocks (DMA at 16 MiB, Movable on 4 MiB), so one value serves 512 frames. */
  zone: Uint8Array,
  /** PB_* bits. */
  flags: Uint8Array,
  /** 1: compaction need not look at it, nothing was found in it not long ago (PB_migrate_skip). */
  skip: Uint8Array,
  /** H_GENERATION + 1 when a frame of it last changed, 0 = never: what the picture has to redraw. */
  generation: Uint32Array,
  /** 1: something of its frames changed that no picture shows (links of lists, contents, owners), since the machine's past last looked. Where `generation` is written it need not be. */
  dirty: Uint8Array,
} as const;
/** The type was not in the dump. */
export const PB_INFERRED = 1;
/** A frame of it may have KIND_COLD, and so a row in the cold columns; 0: none has. */
export const PB_COLD = 2;
/** One row per section, indexed by pfn >> PFN_SECTION_SHIFT. */
export const SECTION = {
  /** SECTION_* bits. */
  state: Uint8Array,
  nid: Uint8Array,
  /** First frame of the section's own memmap, where that was allocated after boot; 0 else. */
  memmap_pfn: Int32Array,
  /** 1: all of it is free in chunks of the largest order that were never split, which MEMMAP.state does not say yet: nobody has touched a frame of it. */
  virgin: Uint8Array,
} as const;
/** One row per possible chunk of the largest order, indexed by pfn >> (MAX_ORDER - 1): its links on a free list. Those of smaller chunks are in MEMMAP. */
export const CHUNK = { next: Int32Array, prev: Int32Array } as const;
/** One row per possible memory block, indexed by block id. */
export const MEMORY_BLOCK = {
  state: Uint8Array,
  /** Node, or -1 for a block on two nodes. */
  nid: Int8Array,
  /** mem->zone: zone index, or -1 (NULL: two zones, two nodes or offline). */
  zone: Int8Array,
  /** Zones an offline block may go to: default | other << 4 (zone indexes); an online block: its zone in the low nibble, 15 = none. */
  valid_zones: Uint8Array,
  /** MMOP_* asked for. */
  online_type: Uint8Array,
  /** Row of SLOT the block's DIMM is in, or -1 for memory soldered on (present at boot). */
  slot: Int8Array,
  /** Memory group: row of SLOT + 1 (a DIMM is a static group), 0 = none. */
  group: Uint8Array,
  /** Pages of the block used by its own memmap (memmap_on_memory). */
  nr_vmemmap_pages: Int32Array,
} as const;
/** One row per node × zone: zoneRow(). Pages and pfns. */
export const ZONE = {
  zone_start_pfn: Int32Array, spanned_pages: Int32Array, present_pages: Int32Array, present_early_pages: Int32Array, managed_pages: Int32Array,
  /** NR_FREE_PAGES: free pages outside isolated pageblocks. */
  nr_free_pages: Int32Array, nr_isolate_pageblock: Int32Array,
  watermark_min: Int32Array, watermark_low: Int32Array, watermark_high: Int32Array, watermark_boost: Int32Array,
  protection0: Int32Array, protection1: Int32Array, protection2: Int32Array, protection3: Int32Array, protection4: Int32Array,
  /** What the zone's size makes of its per-cpu lists, and the pages on them. */
  pageset_batch: Int32Array, pageset_high: Int32Array, pageset_count: Int32Array, stat_threshold: Int32Array,
  /** What the per-cpu lists go by now (an offline switches them off), and how often the last batch freed was doubled. */
  pcp_batch: Int32Array, pcp_high: Int32Array, pcp_free_factor: Int32Array,
  /** ZONE_* bits of enum zone_flags. */
  flags: Int32Array,
  /** Pages in pageblocks kept for atomic requests of higher orders. */
  nr_reserved_highatomic: Int32Array,
  /** Pages of pageblocks set aside for devices (MIGRATE_CMA), and how many of them are free (NR_FREE_CMA_PAGES, part of nr_free_pages). */
  cma_pages: Int32Array, nr_free_cma: Int32Array,
  /** Where compaction's scanners begin the next time (pfns; asynchronous and other migrate scans apart), and where they would from the start. */
  compact_cached_migrate_pfn0: Int32Array, compact_cached_migrate_pfn1: Int32Array, compact_cached_free_pfn: Int32Array,
  compact_init_migrate_pfn: Int32Array, compact_init_free_pfn: Int32Array,
  /** Requests since compaction failed, log2 of those it lets pass, and the lowest order it failed for; 1: what is skipped is looked at again when kswapd sleeps. */
  compact_considered: Int32Array, compact_defer_shift: Int32Array, compact_order_failed: Int32Array, compact_blockskip_flush: Int32Array,
} as const;
/** enum zone_flags: a boosted watermark wants kswapd; pages of the zone are being reclaimed. */
export const ZONE_BOOSTED_WATERMARK = 1;
export const ZONE_RECLAIM_ACTIVE = 2;
export const NODE = {
  /** NODE_* bits. */
  state: Uint8Array,
  node_start_pfn: Int32Array, node_spanned_pages: Int32Array, node_present_pages: Int32Array,
  /** Rounds of kswapd that freed nothing, one after the other: with 16 the node is hopeless and left to direct reclaim. */
  kswapd_failures: Int32Array,
  /** What kswapd was woken for, plus 1 (0: it sleeps): order and highest zone. */
  kswapd_order: Int32Array, kswapd_highest_zoneidx: Int32Array,
} as const;
export const NODE_POSSIBLE = 1;
export const NODE_ONLINE = 2;
/** N_NORMAL_MEMORY and N_MEMORY. */
export const NODE_NORMAL_MEMORY = 4;
export const NODE_MEMORY = 8;
export const NODE_CPU = 16;
/** DIMM sockets of the board. */
export const SLOT = {
  /** SLOT_*. */
  state: Uint8Array,
  nid: Uint8Array, start_pfn: Int32Array, nr_pages: Int32Array,
  /** Last _OST the kernel gave for this device: source event and status. */
  ost_event: Int32Array, ost_status: Int32Array,
  /** The DIMM as a memory group: pages of it that are online in kernel zones and in ZONE_MOVABLE. */
  present_kernel_pages: Int32Array, present_movable_pages: Int32Array,
  /** Pages in which a device that grows and shrinks (SLOT_DEVICE) adds memory: a dynamic memory group; 0: a DIMM. */
  unit_pages: Int32Array,
} as const;
export const SLOT_EMPTY = 0;
/** Plugged into the board; Linux has no memory blocks for it (refused, or not yet added). */
export const SLOT_PLUGGED = 1;
/** Added to Linux as memory blocks. */
export const SLOT_ADDED = 2;
/** No socket: the memory group of a device that gives and takes memory in parts (virtio-mem). start_pfn and nr_pages are its region. Such rows follow those of the sockets. */
export const SLOT_DEVICE = 3;
/** Kernel threads and system calls under way: what must survive of each, and what the page shows of it. */
export const TASK = {
  /** FN_* of functions.ts that runs innermost, 0 = row unused. */
  fn: Uint32Array, pid: Int32Array,
  /** Step inside the long path, and its cursor; meaning documented at the path. */
  phase: Int32Array, pfn: Int32Array, pass: Int32Array, arg0: Int32Array, arg1: Int32Array, signal: Int32Array,
} as const;
/** Trace ring: eight words a record (trace.ts). */
export const TRACE = {
  w0: Uint32Array, w1: Uint32Array, w2: Uint32Array, w3: Int32Array, w4: Int32Array, w5: Int32Array, w6: Int32Array, w7: Int32Array,
} as const;
/** Text ring: one row per line or chunk of output (text.ts). */
export const TEXT = {
  seq: Uint32Array, time_lo: Uint32Array, time_hi: Uint32Array, stream: Uint8Array, level: Uint8Array, offset: Uint32Array, length: Uint32Array,
  /** Bytes ever written before this row, gaps at the ring's end included, modulo 2³²: tells whether its bytes are still there. */
  begin: Uint32Array,
} as const;
export const TEXT_BYTES = { byte: Uint8Array } as const;

/** Private to the kernel: free lists by zone row, order and migrate type (freeRow). */
export const FREE_AREA = { head: Int32Array, tail: Int32Array, nr_free: Int32Array } as const;
/** Per-cpu lists by zone row: three types by four orders, and one for huge pages (pcpRow). */
export const PCP = { head: Int32Array, tail: Int32Array } as const;
export const PCP_TYPES = 3;
export const PCP_LOWORDER_LISTS = 12;
export const PCP_LISTS = PCP_LOWORDER_LISTS + 1;
export const pcpRow = (zone_row: number, pindex: number): number => zone_row * PCP_LISTS + pindex;
/** LRU lists by zone row. */
export const LRU = { head: Int32Array, tail: Int32Array, nr: Int32Array } as const;
/** Page-table entries by slot; slot 0 unused. A slot maps one frame and knows what it expects to read there. */
export const PTE = { pfn: Int32Array, tag: Uint16Array, owner: Uint16Array } as const;
/** One row for every 512 rows of PTE: 1 where one of them changed since the machine's past last looked. */
export const PTE_CHUNK = { dirty: Uint8Array } as const;
export const PTE_CHUNK_ORDER = 9;
/** Rows of PTE at most: 256 GiB in small pages. With more, a machine of a TiB would not fit into one buffer of a browser (8 GiB). */
const MAX_PTES = 2 ** 26;
/** Rows for pages that are swapped out: three times the machine, at most 64 GiB in small pages. */
const MAX_SWAPPED = 2 ** 24;
/** Users of memory; row 0 unused. Names are text of the kernel's owner list (mm/rmap.ts). */
export const OWNER = { kind: Uint8Array, pid: Int32Array, first_pte: Int32Array, nr_ptes: Int32Array } as const;
/** Events counted since boot, by number of vm_event_item (mm/vm_event.ts): the second half of /proc/vmstat. They wrap at 2³². */
export const VM_EVENT = { count: Uint32Array } as const;
/** Small state words of the kernel: MISC_* below. */
export const MISC = { word: Int32Array } as const;

/** `max_order`: the machine's (Geometry.MAX_ORDER). */
export const freeRow = (max_order: number, zone_row: number, order: number, migratetype: number): number => (zone_row * max_order + order) * MIGRATE_TYPES + migratetype;

/** Header words, after magic, version, hash and the table offsets. */
export const HEADER_WORDS = 128;
export const H_MAGIC = 0;
export const H_VERSION = 1;
export const H_HASH = 2;
/** Sizes the machine was built with, so that a reader needs nothing else. */
const H_SIZES = 3;
/** Seqlock: odd while the engine works a slice. */
export const H_SEQCOUNT = 32;
/** Number of slices published; the stamp PAGEBLOCK.generation takes. */
export const H_GENERATION = 33;
/** Records ever written to the trace ring and rows ever written to the text ring. */
export const H_TRACE_HEAD = 34;
export const H_TEXT_HEAD = 35;
export const H_TEXT_BYTES_HEAD = 36;
/** Event sequence number and simulated clock (ns, two words). */
export const H_SEQ = 37;
export const H_TIME_LO = 38;
export const H_TIME_HI = 39;
/** 1 while any task has work. */
export const H_RUNNING = 40;
/** totalram_pages, and pages migrated since boot. */
export const H_TOTALRAM = 41;
export const H_MIGRATED = 42;
/** Which branch of time this is, and the event a seek under way is heading for (0: none). The host's words: no part of the machine's state. */
export const H_BRANCH = 48;
export const H_REPLAY = 49;
/** Bytes ever written to the text ring, gaps included, modulo 2³². */
export const H_TEXT_TOTAL = 43;

/** Numbers that fix every table's size. */
export interface MachineSizes {
  /** One past the highest frame the machine can ever have, hot-added memory included. */
  readonly max_pfn: number;
  readonly section_shift: number;
  readonly block_shift: number;
  readonly nodes: number;
  readonly slots: number;
  readonly trace_rows: number;
  readonly text_rows: number;
  readonly text_bytes: number;
  /** Index in ARCHES, absent = x86_64, and page size as a power of two, absent = 4 KiB. */
  readonly arch?: number;
  readonly page_shift?: number;
}
const SIZE_KEYS = ['max_pfn', 'section_shift', 'block_shift', 'nodes', 'slots', 'trace_rows', 'text_rows', 'text_bytes', 'arch', 'page_shift'] as const;
const SIZE_DEFAULTS = { arch: 0, page_shift: PAGE_SHIFT } as const;

const up = (n: number, shift: number): number => Math.ceil(n / 2 ** shift);
const ptes = (s: MachineSizes): number => Math.min(s.max_pfn + Math.min(3 * s.max_pfn, MAX_SWAPPED), MAX_PTES) + 1;
/** Every table and how many rows it has. Order is the order in the buffer: small and hot first, the frames last. */
const TABLES = {
  zone: [ZONE, (s: MachineSizes) => s.nodes * MAX_NR_ZONES],
  node: [NODE, (s: MachineSizes) => s.nodes],
  slot: [SLOT, (s: MachineSizes) => s.slots],
  task: [TASK, () => 64],
  memory_block: [MEMORY_BLOCK, (s: MachineSizes) => up(s.max_pfn, s.block_shift)],
  section: [SECTION, (s: MachineSizes) => up(s.max_pfn, s.section_shift)],
  misc: [MISC, () => 512],
  vm_event: [VM_EVENT, () => 128],
  free_area: [FREE_AREA, (s: MachineSizes) => s.nodes * MAX_NR_ZONES * geometryAt(s).MAX_ORDER * MIGRATE_TYPES],
  pcp: [PCP, (s: MachineSizes) => s.nodes * MAX_NR_ZONES * PCP_LISTS],
  lru: [LRU, (s: MachineSizes) => s.nodes * MAX_NR_ZONES],
  owner: [OWNER, () => 4096],
  pageblock: [PAGEBLOCK, (s: MachineSizes) => up(s.max_pfn, pageblock_order)],
  chunk: [CHUNK, (s: MachineSizes) => up(s.max_pfn, geometryAt(s).MAX_ORDER - 1)],
  trace: [TRACE, (s: MachineSizes) => s.trace_rows],
  text: [TEXT, (s: MachineSizes) => s.text_rows],
  text_bytes: [TEXT_BYTES, (s: MachineSizes) => s.text_bytes],
  memmap: [MEMMAP, (s: MachineSizes) => s.max_pfn],
  cold: [COLD, (s: MachineSizes) => s.max_pfn],
  pte: [PTE, ptes],
  pte_chunk: [PTE_CHUNK, (s: MachineSizes) => up(ptes(s), PTE_CHUNK_ORDER)],
} as const satisfies Record<string, readonly [Columns, (s: MachineSizes) => number]>;
export type TableName = keyof typeof TABLES;
export type Tables = { readonly [N in TableName]: Bound<(typeof TABLES)[N][0]> } & { readonly header: Int32Array; readonly buffer: ArrayBufferLike; readonly sizes: MachineSizes };

/** FNV-1a over every table's name, columns and types: two builds with different layouts never read each other's memory. */
export function layoutHash(): number {
  let text = '';
  for (const name in TABLES) {
    const columns = TABLES[name as TableName][0] as Columns;
    text += `${name}:${Object.keys(columns).map((c) => `${c}/${columns[c]?.name}`).join(',')};`;
  }
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h | 0;
}

/** Where every table lies for a machine of these sizes, and how many bytes the buffer needs. */
export function placeTables(sizes: MachineSizes): { bytes: number; placed: Record<TableName, Placed> } {
  const placed = {} as Record<TableName, Placed>;
  let offset = HEADER_WORDS * 4;
  for (const key in TABLES) {
    const name = key as TableName;
    const rows = TABLES[name][1](sizes);
    placed[name] = { offset, rows };
    offset += tableBytes(TABLES[name][0], rows);
  }
  return { bytes: offset, placed };
}

/**
 * A buffer for all tables, which takes up nothing where nobody touches it; undefined: the computer does not give that much. More than 8 GiB a browser gives only to a buffer that says
 * how far it may grow: it is as long as that from the start, and views have their lengths, because views that follow a buffer's length are never optimised (research, §2).
 */
export function allocateTables(bytes: number, shared: boolean): ArrayBufferLike | undefined {
  for (const options of [undefined, { maxByteLength: bytes }]) {
    try {
      return shared ? new SharedArrayBuffer(bytes, options) : new ArrayBuffer(bytes, options);
    } catch {
      // The next way, or none.
    }
  }
  return undefined;
}

/** Writes magic, version, hash and sizes into a fresh (all zero) buffer and binds it. */
export function formatMachine(buffer: ArrayBufferLike, sizes: MachineSizes): Tables {
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[H_MAGIC] = LAYOUT_MAGIC;
  header[H_VERSION] = ABI_VERSION;
  header[H_HASH] = layoutHash();
  SIZE_KEYS.forEach((key, i) => { header[H_SIZES + i] = { ...SIZE_DEFAULTS, ...sizes }[key]; });
  return bindMachine(buffer);
}

/** Sizes as a machine's header words state them. */
export const sizesIn = (header: Int32Array): MachineSizes => Object.fromEntries(SIZE_KEYS.map((key, i) => [key, header[H_SIZES + i]])) as unknown as MachineSizes;

/** Binds a buffer that formatMachine wrote. Throws, saying which of magic, version, layout or size differs. */
export function bindMachine(buffer: ArrayBufferLike): Tables {
  if (buffer.byteLength < HEADER_WORDS * 4) throw new Error(`not a machine: ${buffer.byteLength} bytes are less than its header`);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  if (header[H_MAGIC] !== LAYOUT_MAGIC) throw new Error(`not a machine: magic ${header[H_MAGIC]} instead of ${LAYOUT_MAGIC}`);
  if (header[H_VERSION] !== ABI_VERSION) throw new Error(`machine has ABI version ${header[H_VERSION]}, this program reads ${ABI_VERSION}`);
  if (header[H_HASH] !== layoutHash()) throw new Error('machine has the same ABI version but other columns: kernel and page come from different builds');
  const sizes = sizesIn(header);
  const { bytes, placed } = placeTables(sizes);
  if (buffer.byteLength < bytes) throw new Error(`machine is cut short: ${buffer.byteLength} of ${bytes} bytes`);
  const tables: Record<string, unknown> = { header, buffer, sizes };
  for (const key in TABLES) tables[key] = bindTable(TABLES[key as TableName][0], buffer, placed[key as TableName]);
  return tables as Tables;
}

/** MEMMAP.state: one-hot high nibble, order in the low nibble. */
export const STATE_BUDDY = 0x10;
export const STATE_PCP = 0x20;
export const STATE_ALLOC = 0x40;
/** Allocated and on an LRU list (STATE_ALLOC is not set then: the merge test stays one comparison). */
export const STATE_LRU = 0x80;
export const STATE_ORDER = 0x0f;
