/** What the page may ask of the worker. Control goes through comlink; frames, zones, blocks and events go through memory (patch.ts). */
import type { Command, JournalEntry, Reply } from './command.ts';
import type { BootRequest } from './machine_description.ts';
import type { OfflineReason } from './offline_reason.ts';
import type { Patch, PatchCursor } from './patch.ts';
import type { TimeApi } from './time.ts';
import type { BlockId, EventSeq, Nid, Pfn, SimNs } from './units.ts';

/** A range of the physical address space without RAM: bytes, end exclusive. */
export interface Hole {
  readonly start: number;
  readonly end: number;
  /** A PC's devices under 4 GiB; what the SRAT keeps for memory to come; nothing that is known. */
  readonly kind: 'pci' | 'window' | 'none';
}

export interface Booted {
  /** The machine's memory when it can be shared; the page binds it with bindMachine(). Without SharedArrayBuffer: absent, ask `pull` for patches. */
  readonly buffer?: SharedArrayBuffer;
  /** Sizes for the page's own copy (layout.ts). */
  readonly bytes: number;
  readonly seq: EventSeq;
  /** Short facts for the title bar. */
  readonly release: string;
  readonly cmdline: string;
  /** Bytes of memory that firmware and kernel know as RAM. */
  readonly ram: number;
  /** What the picture shades. */
  readonly holes: readonly Hole[];
  /** What stands behind the loaded picture: counts of frames by how they are known. */
  readonly seed?: number;
  /** Of an imported machine: what was given, and what was made up to match it. */
  readonly origin?: { readonly given: readonly string[]; readonly synthesised: readonly string[] };
  readonly provenance: { readonly recorded: number; readonly inferred: number };
}

export type Pace =
  /** Stands still; commands wait. */
  | { readonly mode: 'paused' }
  /** At most this many events a second of real time; Infinity: as fast as it goes. */
  | { readonly mode: 'playing'; readonly eventsPerSecond: number };

export interface RunReport {
  readonly seq: EventSeq;
  readonly time: SimNs;
  readonly running: boolean;
}

/** One frame, for the inspector. */
export interface FrameFacts {
  readonly pfn: Pfn;
  /** Words, in the kernel's terms: 'anonymous', 'slab', 'free, order 10' … */
  readonly kind: string;
  readonly inferred: boolean;
  readonly order: number;
  readonly refcount: number;
  readonly mapcount: number;
  /** KPF_* names as tools/mm/page-types prints them. */
  readonly flags: readonly string[];
  readonly owner: string;
  readonly tag: number;
  readonly zone: string;
  readonly nid: Nid;
  readonly migratetype: string;
  readonly block: BlockId;
  /** Would has_unmovable_pages() accept it? */
  readonly movable: boolean;
}

/** Would this block go offline, and if not, what stands in the way: by the kernel's own tests, without changing anything. */
export interface BlockFacts {
  readonly block: BlockId;
  /** What a write of "offline" to state would be answered now; a yes has no reason. */
  readonly offline: { readonly verdict: 'yes' | 'likely' | 'no'; readonly errno: number; readonly reason?: OfflineReason };
  /** The pages in the way, by cause: the first frame of each, how many, what would free them, and the shell's command for it where there is one. */
  readonly holders: readonly { readonly cause: string; readonly owner: string; readonly pages: number; readonly pfn: Pfn; readonly remedy: string; readonly command?: string }[];
  /** Frames by kind (index KIND_*). */
  readonly kinds: readonly number[];
  readonly toMigrate: number;
}

export interface GivenFile {
  /** Path as the archive or the folder has it; a pasted text has none. */
  readonly name: string;
  readonly bytes: Uint8Array;
}
/** What a person should know before an imported machine opens. */
export interface ImportSummary {
  readonly name: string;
  /** Bytes of RAM, memory blocks, and how many of them are offline. */
  readonly ram: number;
  readonly blocks: number;
  readonly offline: number;
  /** Sentences: what was given, what was made up to match it, and files that were not used. */
  readonly given: readonly string[];
  readonly synthesised: readonly string[];
  readonly notes: readonly string[];
}

export interface EngineApi extends TimeApi {
  boot(request: BootRequest): Promise<Reply<Booted>>;
  /** Takes effect at once if the machine is idle, else at the next resched point. ok: accepted, with its number in the journal. */
  submit(command: Command): Promise<Reply<{ id: number }>>;
  setPace(pace: Pace): Promise<RunReport>;
  /** Runs until `events` more events have happened or nothing is left to do; leaves the machine paused. */
  step(events: number): Promise<RunReport>;
  /** Runs until idle at full speed (bounded by `maxEvents`); setPace(), or a way through time, ends it before. */
  finish(maxEvents: number): Promise<RunReport>;
  /** Text of a file under /proc or /sys, as cat would print it. */
  read(path: string): Promise<Reply<{ text: string }>>;
  complete(line: string, cursor: number): Promise<{ start: number; words: string[] }>;
  /** True if a text only lacks its end, so that a terminal asks for another line. */
  incomplete(text: string): Promise<boolean>;
  /** What the host's monitor answered to a command of type 'qmp'; undefined: nothing yet. */
  answer(id: number): Promise<{ readonly error?: string } | undefined>;
  /** Reads somebody's files (gzip and archives are opened) as a machine; nothing is booted. */
  importMachine(files: readonly GivenFile[], name?: string): Promise<Reply<{ request: BootRequest; summary: ImportSummary }>>;
  /** The machine as it is now, in a form that importMachine() reads: what the collector script would print, or a tar archive of the same files. */
  exportMachine(format: 'collection' | 'tar'): Promise<Uint8Array>;
  frame(pfn: Pfn): Promise<Reply<FrameFacts>>;
  block(id: BlockId): Promise<Reply<BlockFacts>>;
  /** The frames of one row of a block's holders, by pfn: none where nothing holds it so any more. */
  holder(id: BlockId, cause: string, owner: string): Promise<Int32Array>;
  /** Users of memory that exist: rows of OWNER in order, with their names ('mh', 'kernel: slab' …). */
  owners(): Promise<readonly { readonly row: number; readonly name: string }[]>;
  journal(): Promise<readonly JournalEntry[]>;
  /** Digest of the whole state; equal in Node and every browser for the same scenario. */
  digest(): Promise<{ seq: EventSeq; digest: number }>;
  /** What changed since the cursor, for a page that cannot share memory. */
  pull(cursor: PatchCursor): Promise<Patch>;
}
