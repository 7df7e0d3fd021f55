/**
 * Memory as text, for arranging a machine by hand and for asserting what became of it. One letter a frame, frames from pfn 512 × n on, spaces ignored:
 *   . free   a anonymous (LRU)   A mlocked (LRU)   f page cache (LRU)   p anonymous and pinned   s slab   t page table   R reserved   # free and isolated
 */
import { X86_64 } from '../uapi/arch.ts';
import type { Edition } from '../mm/edition.ts';
import { linux_6_1 } from '../editions/6.1/edition.ts';
import { alloc_pages_compacting } from '../mm/direct_compact.ts';
import { createBuddy, type Buddy } from '../mm/page_alloc.ts';
import type { Mm } from '../mm/mm.ts';
import { set_pageblock_range } from '../mm/mmzone.ts';
import { makeCold } from '../mm/page_flags.ts';
import { addOwner, lru_add, mapPage, ownKernelPage } from '../mm/rmap.ts';
import { init_per_zone_wmark_min, adjust_managed_page_count } from '../mm/watermarks.ts';
import { formatMachine, H_GENERATION, H_TRACE_HEAD, NODE_CPU, NODE_MEMORY, NODE_NORMAL_MEMORY, NODE_ONLINE, NODE_POSSIBLE, placeTables, STATE_ALLOC } from '../uapi/layout.ts';
import { SECTION_EARLY, SECTION_ONLINE, SECTION_PRESENT } from '../uapi/memory_block.ts';
import { MAX_ORDER, MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, pageblock_order, ZONE_MOVABLE, zoneRow } from '../uapi/mmzone.ts';
import {
  KIND_ANON, KIND_COLD, KIND_FILE, KIND_FREE, KIND_MASK, KIND_MLOCKED, KIND_PAGETABLE, KIND_PG_RESERVED, KIND_RESERVED, KIND_SLAB,
} from '../uapi/page_kind.ts';
import { STREAM_KERNEL, STREAM_NOTE, textWriter } from '../uapi/text.ts';
import { decodeEvent, EV, type TraceEvent, traceWriter } from '../uapi/trace.ts';

export interface ZoneSketch {
  readonly zone: number;
  /** pfns, multiples of a pageblock. */
  readonly start: number;
  readonly end: number;
  readonly nid?: number;
}
export interface Sketch {
  readonly mm: Mm;
  readonly buddy: Buddy;
  /** Puts what the text says at these frames and frees the rest of the zones. Call once. */
  fill(pictures: Readonly<Record<number, string>>): void;
  /** The frames from pfn on, as text. */
  draw(pfn: number, count: number): string;
  /** /proc/buddyinfo's numbers of a zone. */
  buddyinfo(zone: number, nid?: number): string;
  /** Everything traced since the last call. */
  events(): TraceEvent[];
}

const LETTERS: Readonly<Record<string, number>> = { a: KIND_ANON, A: KIND_MLOCKED, f: KIND_FILE, p: KIND_ANON, s: KIND_SLAB, t: KIND_PAGETABLE, R: KIND_RESERVED };

/** A machine of a few sections with nothing but the tables: 128 MiB sections and blocks. Signals: `signal.pending`. `room`: frames behind the last zone, for memory to be added. */
export function sketch(zones: readonly ZoneSketch[], signal: { pending: boolean } = { pending: false }, edition: Edition = linux_6_1, room = 32768): Sketch {
  const max_pfn = Math.ceil(Math.max(...zones.map((z) => z.end)) / 32768) * 32768 + room;
  const nodes = Math.max(...zones.map((z) => z.nid ?? 0)) + 1;
  const sizes = { max_pfn, section_shift: 15, block_shift: 15, nodes, slots: 2, trace_rows: 1 << 17, text_rows: 4096, text_bytes: 1 << 18 };
  const t = formatMachine(new ArrayBuffer(placeTables(sizes).bytes), sizes);
  const write = traceWriter(t);
  const text = textWriter(t);
  const mm: Mm = {
    t, description: { format: 'hotplug-lab machine', version: 1, name: 'sketch', edition: edition.name, arch: 'x86_64', memory: [], numa: [], cmdline: '', cpus: 1, hypervisor: true, profile: 'bare' },
    edition, geometry: X86_64, options: { movable_node: false, thp: false, zone_movable_pfn: [] }, PFN_SECTION_SHIFT: 15, PFN_BLOCK_SHIFT: 15,
    trace: (type, a, b, c, d, e) => write(type, 0, a, b, c, d, e),
    note: (words) => text(STREAM_NOTE, 0, words),
    printk: (level, line) => write(EV.log, 0, text(STREAM_KERNEL, level, line), level),
    currentTask: () => 0,
    signal_pending: () => signal.pending,
    cond_resched: () => true, steps_ahead: () => 0, steps_taken: () => {},
    touch: (pfn) => {
      t.pageblock.generation[pfn >>> pageblock_order] = (t.header[H_GENERATION] as number) + 1;
    },
    alloc_pages_compacting: (allocator, request, gfp) => alloc_pages_compacting(mm, allocator, request, gfp),
  };
  const buddy = createBuddy(mm);
  for (const { zone, start, end, nid = 0 } of zones) {
    const row = zoneRow(nid, zone);
    t.zone.zone_start_pfn[row] = start;
    t.zone.spanned_pages[row] = t.zone.present_pages[row] = t.zone.present_early_pages[row] = end - start;
    t.node.state[nid] = (t.node.state[nid] as number) | NODE_POSSIBLE | NODE_ONLINE | NODE_CPU | NODE_MEMORY | (zone < ZONE_MOVABLE ? NODE_NORMAL_MEMORY : 0);
    t.node.node_present_pages[nid] = (t.node.node_present_pages[nid] as number) + end - start;
    set_pageblock_range(mm, start, end, row, edition.alloc.group_by_mobility === 1 ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE);
    for (let nr = start >>> 15; nr < Math.ceil(end / 32768); nr++) {
      t.section.state[nr] = SECTION_PRESENT | SECTION_ONLINE | SECTION_EARLY;
      t.section.nid[nr] = nid;
    }
  }

  let process = 0;
  let kernel = 0;
  function put(pfn: number, letter: string): void {
    const kind = LETTERS[letter];
    if (kind === undefined) throw new Error(`no kind of frame is written '${letter}'`);
    if (kind === KIND_RESERVED) {
      t.memmap.kind[pfn] = KIND_RESERVED | KIND_PG_RESERVED;
      return;
    }
    t.memmap.kind[pfn] = kind;
    t.memmap.state[pfn] = STATE_ALLOC;
    if (kind === KIND_SLAB || kind === KIND_PAGETABLE) {
      kernel ||= addOwner(mm, KIND_SLAB, 'kernel', 0);
      ownKernelPage(mm, kernel, pfn);
      return;
    }
    process ||= addOwner(mm, KIND_ANON, 'process', 100);
    mapPage(mm, process, pfn, (pfn & 0x7fff) | 0x8000);
    lru_add(mm, pfn);
    if (letter !== 'p') return;
    makeCold(mm, pfn);
    t.cold.pincount[pfn] = 1;
  }
  let seen = 0;
  return {
    mm, buddy,
    fill(pictures) {
      const used = new Map<number, string>();
      for (const [start, picture] of Object.entries(pictures)) for (const [i, letter] of [...picture.replace(/\s/g, '')].entries()) used.set(Number(start) + i, letter);
      for (const { zone, start, end, nid = 0 } of zones) {
        for (let pfn = start; pfn < end; ) {
          const letter = used.get(pfn);
          if (letter !== undefined && letter !== '.') {
            put(pfn, letter);
            if (letter !== 'R') adjust_managed_page_count(mm, zoneRow(nid, zone), 1);
            pfn++;
            continue;
          }
          let order = Math.min(MAX_ORDER - 1, pfn === 0 ? MAX_ORDER - 1 : 31 - Math.clz32(pfn & -pfn));
          const free = (from: number, to: number): boolean => {
            for (let at = from; at < to; at++) if (at >= end || (used.get(at) ?? '.') !== '.') return false;
            return true;
          };
          while (!free(pfn, pfn + (1 << order))) order--;
          buddy.__free_pages_core(pfn, order);
          adjust_managed_page_count(mm, zoneRow(nid, zone), 1 << order);
          pfn += 1 << order;
        }
      }
      buddy.build_all_zonelists();
      init_per_zone_wmark_min(mm);
    },
    draw(pfn, count) {
      let out = '';
      for (let i = pfn; i < pfn + count; i++) {
        const k = (t.memmap.kind[i] as number) & KIND_MASK;
        const letter = Object.entries(LETTERS).find(([, kind]) => kind === k)?.[0] ?? '?';
        const free = t.pageblock.migratetype[i >>> pageblock_order] === MIGRATE_ISOLATE ? '#' : '.';
        out += k === KIND_FREE ? free : letter === 'a' && ((t.memmap.kind[i] as number) & KIND_COLD) !== 0 ? 'p' : letter;
      }
      return out;
    },
    buddyinfo: (zone, nid = 0) => Array.from({ length: MAX_ORDER }, (_, order) => buddy.nr_free(zoneRow(nid, zone), order)).join(' '),
    events() {
      const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
      const list: TraceEvent[] = [];
      for (const head = t.header[H_TRACE_HEAD] as number; seen < head; seen++) {
        const i = seen % w0.length;
        list.push(decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[i] as number)));
      }
      return list;
    },
  };
}
