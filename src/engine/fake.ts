/**
 * A scripted machine behind the same interface as the kernel's worker: 4 GiB in 32 blocks with invented contents, and just enough of offline and online for
 * component tests and for work on the page without the kernel. It knows no rule of Linux beyond that.
 */
import type { Command, JournalEntry, Reply } from '../../workers/uapi/command.ts';
import type { ScenarioEngineApi } from '../../workers/scenario/engine.ts';
import type { Booted, Pace, RunReport } from '../../workers/uapi/engine.ts';
import { ERRNO, strerror } from '../../workers/uapi/errno.ts';
import { FN, type FunctionName } from '../../workers/uapi/functions.ts';
import {
  formatMachine, H_GENERATION, H_MIGRATED, H_RUNNING, H_SEQ, H_TIME_LO, type MachineSizes, NODE_CPU, NODE_MEMORY, NODE_NORMAL_MEMORY, NODE_ONLINE, NODE_POSSIBLE, placeTables,
  SLOT_ADDED, SLOT_EMPTY, type Tables,
} from '../../workers/uapi/layout.ts';
import {
  MEM_ABSENT, MEM_CANCEL_OFFLINE, MEM_GOING_OFFLINE, MEM_GOING_ONLINE, MEM_OFFLINE, MEM_ONLINE, MEM_STATE_GOING_OFFLINE, MEM_STATE_OFFLINE, MEM_STATE_ONLINE, SECTION_EARLY,
  SECTION_ONLINE, SECTION_PRESENT,
} from '../../workers/uapi/memory_block.ts';
import { MIGRATE_ISOLATE, MIGRATE_MOVABLE, pageblock_nr_pages, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../../workers/uapi/mmzone.ts';
import { NOTIFIERS, NOTIFY_DONE, NOTIFY_OK } from '../../workers/uapi/notifiers.ts';
import { KIND_ANON, KIND_FILE, KIND_FREE, KIND_KERNEL, KIND_MEMMAP, KIND_NAMES, KIND_PAGETABLE, KIND_RESERVED, KIND_SLAB, KIND_THP } from '../../workers/uapi/page_kind.ts';
import { collectPatch } from '../../workers/uapi/patch.ts';
import type { TimeReport } from '../../workers/uapi/time.ts';
import type { BlockId, EventSeq, Nid, Pfn, SimNs } from '../../workers/uapi/units.ts';
import { STREAM_INPUT, STREAM_NOTE, STREAM_STDERR, STREAM_STDOUT, textToBytes, textWriter } from '../../workers/uapi/text.ts';
import { EV, OFFLINE_REASONS, traceWriter } from '../../workers/uapi/trace.ts';

const BLOCK_SHIFT = 15;
const BLOCK_PAGES = 2 ** BLOCK_SHIFT;
const NORMAL_BLOCK = 32;
const SIZES: MachineSizes = {
  max_pfn: 64 * BLOCK_PAGES, section_shift: BLOCK_SHIFT, block_shift: BLOCK_SHIFT, nodes: 1, slots: 4, trace_rows: 1 << 14, text_rows: 1 << 10, text_bytes: 1 << 16,
};
const UNMOVABLE = new Set<number>([KIND_SLAB, KIND_PAGETABLE, KIND_KERNEL, KIND_MEMMAP, KIND_RESERVED]);
const CONTENTS: Readonly<Record<string, readonly number[]>> = {
  kernel: [KIND_KERNEL, KIND_KERNEL, KIND_SLAB, KIND_RESERVED, KIND_PAGETABLE, KIND_FREE],
  user: [KIND_ANON, KIND_ANON, KIND_FILE, KIND_FILE, KIND_THP, KIND_FREE],
  mixed: [KIND_ANON, KIND_FILE, KIND_SLAB, KIND_FREE, KIND_FREE],
  memmap: [KIND_MEMMAP, KIND_MEMMAP, KIND_FREE],
  low: [KIND_ANON, KIND_FREE, KIND_FREE, KIND_FREE, KIND_FREE],
};

/** Invented contents: runs of 1 to 48 frames, pageblock by pageblock, from a seeded sequence. */
function fill(t: Tables, block: number, kinds: readonly number[]): void {
  let seed = block * 2654435761 + 7;
  const next = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed / 2 ** 32;
  };
  const start = block * BLOCK_PAGES;
  for (let pfn = start; pfn < start + BLOCK_PAGES;) {
    const kind = kinds[Math.floor(next() * kinds.length)] as number;
    const length = kind === KIND_THP ? pageblock_nr_pages - (pfn % pageblock_nr_pages) : 1 + Math.floor(next() * 48);
    t.memmap.kind.fill(kind, pfn, Math.min(pfn + length, start + BLOCK_PAGES));
    pfn += length;
  }
}

function addBlock(t: Tables, id: number, zone: number, contents: readonly number[]): void {
  t.memory_block.state[id] = MEM_STATE_ONLINE;
  t.memory_block.zone[id] = zone;
  t.memory_block.valid_zones[id] = zone < 0 ? 0xff : 0xf0 | zone;
  t.memory_block.slot[id] = -1;
  t.section.state[id] = SECTION_PRESENT | SECTION_ONLINE | SECTION_EARLY;
  t.pageblock.migratetype.fill(MIGRATE_MOVABLE, id * 64, (id + 1) * 64);
  t.pageblock.generation.fill(1, id * 64, (id + 1) * 64);
  fill(t, id, contents);
}

function makeMachine(shared: boolean): Tables {
  const { bytes } = placeTables(SIZES);
  const t = formatMachine(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes), SIZES);
  t.node.state[0] = NODE_POSSIBLE | NODE_ONLINE | NODE_NORMAL_MEMORY | NODE_MEMORY | NODE_CPU;
  const { kernel, user, mixed, memmap, low } = CONTENTS as Record<'kernel' | 'user' | 'mixed' | 'memmap' | 'low', readonly number[]>;
  for (let id = 0; id < 16; id++) addBlock(t, id, id === 0 ? -1 : ZONE_DMA32, id === 0 ? kernel : id === 15 ? memmap : id % 3 === 0 ? mixed : user);
  for (let id = NORMAL_BLOCK; id < NORMAL_BLOCK + 16; id++) {
    addBlock(t, id, id < 44 ? ZONE_NORMAL : ZONE_MOVABLE, id === NORMAL_BLOCK ? mixed : id < 38 ? user : id === 43 ? memmap : low);
  }
  t.header[H_GENERATION] = 1;
  account(t);
  return t;
}

/** Zones as sums over their blocks. */
function account(t: Tables): void {
  for (const zone of [ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE]) {
    const own = Array.from(t.memory_block.state, (state, id) => ({ state, id }))
      .filter(({ state, id }) => state !== MEM_ABSENT && state !== MEM_STATE_OFFLINE && (t.memory_block.zone[id] === zone || (zone === ZONE_DMA32 && id === 0)));
    const first = own[0]?.id ?? 0;
    const end = (own.at(-1)?.id ?? -1) + 1;
    let free = 0;
    for (const { id } of own) for (let pfn = id * BLOCK_PAGES; pfn < (id + 1) * BLOCK_PAGES; pfn++) if (t.memmap.kind[pfn] === KIND_FREE) free++;
    const row = zoneRow(0, zone);
    t.zone.zone_start_pfn[row] = first * BLOCK_PAGES;
    t.zone.spanned_pages[row] = own.length === 0 ? 0 : (end - first) * BLOCK_PAGES;
    t.zone.present_pages[row] = own.length * BLOCK_PAGES;
    t.zone.managed_pages[row] = own.length * BLOCK_PAGES;
    t.zone.nr_free_pages[row] = free;
  }
}

type Job = Generator<void, number>;
const WORDS: Readonly<Record<string, number>> = { online: 1, online_kernel: 2, online_movable: 3 };

/** `shared`: the machine's memory is handed out. Nothing runs by itself unless `timers`: tests call step and finish. */
export function createFake({ shared = typeof SharedArrayBuffer !== 'undefined', timers = false } = {}): ScenarioEngineApi {
  const t = makeMachine(shared);
  const trace = traceWriter(t);
  const write = textWriter(t);
  const journal: JournalEntry[] = [];
  const jobs: Job[] = [];
  let pace: Pace = { mode: 'paused' };
  const emit = (type: number, ...args: number[]): void => {
    t.header[H_TIME_LO] = (t.header[H_TIME_LO] as number) + 12_500;
    trace(type, 1, ...args);
  };
  const say = (stream: number, text: string): void => { emit(EV.sim_tty, write(stream, 6, textToBytes(text)), stream); };
  const touch = (pfn: number): void => { t.pageblock.generation[Math.floor(pfn / pageblock_nr_pages)] = (t.header[H_GENERATION] as number) + 1; };

  function* call(name: FunctionName, body: () => Job): Job {
    emit(EV.sim_func_entry, FN[name]);
    yield;
    const ret = yield* body();
    emit(EV.sim_func_exit, FN[name], ret);
    yield;
    return ret;
  }
  const notify = (action: number, block: number): Job => call('memory_notify', function* () {
    emit(EV.notify, action, block * BLOCK_PAGES, BLOCK_PAGES, -1, -1);
    for (let i = 0; i < NOTIFIERS.length; i++) {
      emit(EV.sim_notifier_call, i, action, i % 3 === 0 ? NOTIFY_OK : NOTIFY_DONE);
      yield;
    }
    emit(EV.notify_ret, NOTIFY_OK, action);
    return 0;
  });
  const setState = (block: number, state: number, zone: number): void => {
    t.memory_block.state[block] = state;
    t.memory_block.zone[block] = zone;
    t.memory_block.valid_zones[block] = state === MEM_STATE_OFFLINE ? ZONE_NORMAL | (ZONE_MOVABLE << 4) : 0xf0 | (zone & 15);
    for (let i = 0; i < 64; i++) touch(block * BLOCK_PAGES + i * pageblock_nr_pages);
    account(t);
  };

  function* migrate(block: number): Job {
    let target = 44 * BLOCK_PAGES;
    let moved = 0;
    for (let pfn = block * BLOCK_PAGES; pfn < (block + 1) * BLOCK_PAGES; pfn++) {
      const kind = t.memmap.kind[pfn] as number;
      if (kind === KIND_FREE) continue;
      while (t.memmap.kind[target] !== KIND_FREE || Math.floor(target / BLOCK_PAGES) === block) target++;
      t.memmap.kind[target] = kind;
      t.memmap.kind[pfn] = KIND_FREE;
      touch(target);
      touch(pfn);
      t.header[H_MIGRATED] = (t.header[H_MIGRATED] as number) + 1;
      if (++moved % 32 === 0) {
        emit(EV.sim_migrate_page, pfn, target, 0, 1);
        yield;
      }
    }
    emit(EV.mm_migrate_pages, moved, 0, 0, 2, 2);
    return 0;
  }
  const isolate = (block: number): Job => call('start_isolate_page_range', function* () {
    const start = block * BLOCK_PAGES;
    emit(EV.start_isolate_page_range, start, start + BLOCK_PAGES, MIGRATE_MOVABLE, 3);
    const at = t.memmap.kind.subarray(start, start + BLOCK_PAGES).findIndex((kind) => UNMOVABLE.has(kind));
    if (at >= 0) {
      emit(EV.start_isolate_page_range_ret, -ERRNO.EBUSY, start + at);
      return -ERRNO.EBUSY;
    }
    for (let i = 0; i < 64; i++) {
      t.pageblock.migratetype[block * 64 + i] = MIGRATE_ISOLATE;
      touch(start + i * pageblock_nr_pages);
      emit(EV.sim_isolate_pageblock, start + i * pageblock_nr_pages, 0);
      yield;
    }
    emit(EV.start_isolate_page_range_ret, 0, 0);
    return 0;
  });
  const offline = (block: number): Job => call('memory_subsys_offline', function* () {
    const zone = t.memory_block.zone[block] as number;
    if (zone < 0 || t.memory_block.state[block] !== MEM_STATE_ONLINE) return -ERRNO.EINVAL;
    setState(block, MEM_STATE_GOING_OFFLINE, zone);
    const ret = yield* call('offline_pages', function* () {
      emit(EV.offline_pages, block * BLOCK_PAGES, BLOCK_PAGES);
      const isolated = yield* isolate(block);
      if (isolated < 0) {
        emit(EV.offline_pages_ret, isolated, OFFLINE_REASONS.indexOf('failure to isolate range'));
        return isolated;
      }
      yield* notify(MEM_GOING_OFFLINE, block);
      yield* call('do_migrate_range', () => call('migrate_pages', () => migrate(block)));
      yield* call('test_pages_isolated', function* () {
        emit(EV.test_pages_isolated, block * BLOCK_PAGES, (block + 1) * BLOCK_PAGES, (block + 1) * BLOCK_PAGES, 0);
        yield;
        return 0;
      });
      yield* notify(MEM_OFFLINE, block);
      emit(EV.offline_pages_ret, 0, 0);
      return 0;
    });
    setState(block, ret === 0 ? MEM_STATE_OFFLINE : MEM_STATE_ONLINE, ret === 0 ? -1 : zone);
    if (ret === 0) emit(EV.uevent, 4, 0, block);
    else yield* notify(MEM_CANCEL_OFFLINE, block);
    return ret;
  });
  const online = (block: number, word: number): Job => call('memory_subsys_online', function* () {
    if (t.memory_block.state[block] !== MEM_STATE_OFFLINE) return -ERRNO.EINVAL;
    emit(EV.online_pages, block * BLOCK_PAGES, BLOCK_PAGES, word);
    yield* notify(MEM_GOING_ONLINE, block);
    t.pageblock.migratetype.fill(MIGRATE_MOVABLE, block * 64, (block + 1) * 64);
    setState(block, MEM_STATE_ONLINE, word === 3 ? ZONE_MOVABLE : block < NORMAL_BLOCK ? ZONE_DMA32 : ZONE_NORMAL);
    yield* notify(MEM_ONLINE, block);
    emit(EV.online_pages_ret, 0);
    emit(EV.uevent, 3, 0, block);
    return 0;
  });

  function* shell(line: string): Job {
    for (const part of line.split('&&').map((text) => text.trim())) {
      const match = /^echo (\w+) > (\/sys\/devices\/system\/memory\/memory(\d+)\/state)$/.exec(part);
      const path = match?.[2] ?? '';
      const block = Number(match?.[3] ?? -1);
      let ret = 0;
      if (match === null) {
        say(STREAM_STDOUT, `${part}\n`);
      } else if (!(block in t.memory_block.state) || t.memory_block.state[block] === MEM_ABSENT) {
        ret = -ERRNO.ENOENT;
      } else {
        const word = WORDS[match[1] ?? ''];
        ret = match[1] === 'offline' ? yield* offline(block) : word === undefined ? -ERRNO.EINVAL : yield* online(block, word);
      }
      if (ret < 0) {
        emit(EV.write_error, -ret, write(STREAM_NOTE, 0, path));
        say(STREAM_STDERR, `bash: echo: write error: ${strerror(ret)}\n`);
        return 1;
      }
    }
    return 0;
  }
  function* host(command: Extract<Command, { type: 'qmp' }>): Job {
    const { slot = 0, node = 0 } = (command.arguments ?? {}) as { slot?: number; node?: number };
    if (command.execute === 'device_add' && t.slot.state[slot] === SLOT_EMPTY) {
      const first = 48 + slot * 4;
      t.slot.state[slot] = SLOT_ADDED;
      t.slot.nid[slot] = node;
      t.slot.start_pfn[slot] = first * BLOCK_PAGES;
      t.slot.nr_pages[slot] = 4 * BLOCK_PAGES;
      for (let id = first; id < first + 4; id++) {
        t.section.state[id] = SECTION_PRESENT;
        setState(id, MEM_STATE_OFFLINE, -1);
        t.memory_block.slot[id] = slot;
        emit(EV.uevent, 0, 0, id);
        yield;
      }
      emit(EV.acpi_ost, 1, 0, slot);
    }
    return 0;
  }
  function* run(id: number, command: Command): Job {
    emit(EV.sim_command, id);
    if (command.type === 'shell') say(STREAM_INPUT, `${command.line}\n`);
    const status = command.type === 'shell' ? yield* shell(command.line) : command.type === 'qmp' ? yield* host(command) : 0;
    emit(EV.sim_command_end, id, status);
    return status;
  }

  const report = (): RunReport => ({ seq: t.header[H_SEQ] as EventSeq, time: t.header[H_TIME_LO] as SimNs, running: jobs.length > 0 });
  function advance(events: number): RunReport {
    const end = (t.header[H_SEQ] as number) + events;
    while (jobs.length > 0 && (t.header[H_SEQ] as number) < end) if (jobs[0]?.next().done) jobs.shift();
    t.header[H_RUNNING] = jobs.length > 0 ? 1 : 0;
    t.header[H_GENERATION] = (t.header[H_GENERATION] as number) + 1;
    return report();
  }
  const TICK_MS = 20;
  if (timers) setInterval(() => { if (pace.mode === 'playing' && jobs.length > 0) advance(Math.max(1, Math.round(Math.min(1e6, pace.eventsPerSecond) * (TICK_MS / 1000)))); }, TICK_MS);

  const none = <T>(reason: string): Reply<T> => ({ ok: false, errno: ERRNO.ENOENT, reason });
  const place = (): TimeReport => ({ branch: 0, seq: t.header[H_SEQ] as EventSeq, time: (t.header[H_TIME_LO] as number) as SimNs, end: t.header[H_SEQ] as EventSeq, digest: 0, stopped: false });
  return {
    boot: async () => ({
      ok: true, ...(shared && { buffer: t.buffer as SharedArrayBuffer }), bytes: t.buffer.byteLength, seq: t.header[H_SEQ] as EventSeq, digest: 0, release: '6.1.0-fake', cmdline: 'nokaslr', ram: 32 * BLOCK_PAGES * 4096,
      holes: [{ start: 16 * BLOCK_PAGES * 4096, end: NORMAL_BLOCK * BLOCK_PAGES * 4096, kind: 'pci' }], provenance: { recorded: 32 * BLOCK_PAGES, inferred: 0 },
    } satisfies Reply<Booted>),
    submit: async (command) => {
      const id = journal.length;
      journal.push({ turn: 0, id, seq: t.header[H_SEQ] as EventSeq, command });
      jobs.push(run(id, command));
      t.header[H_RUNNING] = 1;
      return { ok: true, id };
    },
    setPace: async (next) => {
      pace = next;
      return report();
    },
    step: async (events) => advance(events),
    finish: async (maxEvents) => advance(maxEvents),
    read: async () => none('no such file'),
    complete: async (line, cursor) => {
      const start = line.lastIndexOf(' ', cursor - 1) + 1;
      const word = line.slice(start, cursor);
      const files = Array.from(t.memory_block.state.keys()).filter((id) => t.memory_block.state[id] !== MEM_ABSENT).map((id) => `/sys/devices/system/memory/memory${id}/`);
      return { start, words: (word.startsWith('/') ? files : ['cat', 'echo', 'lsmem']).filter((w) => w.startsWith(word)) };
    },
    incomplete: async (text) => /\\$|[^;]\s*do$/.test(text),
    answer: async () => ({}),
    importMachine: async () => none('nothing is imported here'),
    exportMachine: async () => new Uint8Array(0),
    frame: async (pfn) => {
      const kind = t.memmap.kind[pfn];
      if (kind === undefined) return none('no such frame');
      const block = Math.floor(pfn / BLOCK_PAGES) as BlockId;
      return {
        ok: true, pfn, kind: KIND_NAMES[kind] ?? '', inferred: false, order: 0, refcount: kind === KIND_FREE ? 0 : 1, mapcount: 0, flags: [], owner: '', tag: 0,
        zone: 'Normal', nid: 0 as Nid, migratetype: 'Movable', block, movable: !UNMOVABLE.has(kind),
      };
    },
    block: async (id) => {
      if (t.memory_block.state[id] === MEM_ABSENT || t.memory_block.state[id] === undefined) return none('no such block');
      const kinds = KIND_NAMES.map(() => 0);
      for (let pfn = id * BLOCK_PAGES; pfn < (id + 1) * BLOCK_PAGES; pfn++) kinds[t.memmap.kind[pfn] as number] = (kinds[t.memmap.kind[pfn] as number] as number) + 1;
      const held = kinds.map((pages, kind) => ({ pages, kind })).filter(({ pages, kind }) => pages > 0 && UNMOVABLE.has(kind));
      const toMigrate = kinds.reduce((n, pages, kind) => n + (kind !== KIND_FREE && !UNMOVABLE.has(kind) ? pages : 0), 0);
      const busy = held.length > 0;
      return {
        ok: true, block: id, kinds, toMigrate,
        offline: busy ? { verdict: 'no', errno: ERRNO.EBUSY, reason: 'failure to isolate range' } : { verdict: toMigrate > 0 ? 'likely' : 'yes', errno: 0, reason: '' },
        holders: held.map(({ pages, kind }) => ({
          cause: KIND_NAMES[kind] ?? '', owner: 'kernel', pages, pfn: (id * BLOCK_PAGES + t.memmap.kind.subarray(id * BLOCK_PAGES, (id + 1) * BLOCK_PAGES).indexOf(kind)) as Pfn, remedy: 'cannot be freed',
        })),
      };
    },
    owners: async () => [],
    journal: async () => journal,
    digest: async () => ({ seq: t.header[H_SEQ] as EventSeq, digest: 0 }),
    pull: async (cursor) => collectPatch(t, cursor),
    // It has no past to go to.
    seek: async () => place(),
    stride: async () => none('the fake has no past'),
    undo: async () => none('the fake has no past'),
    stop: async () => undefined,
    branches: async () => [{ id: 0, name: '', from: undefined, end: t.header[H_SEQ] as EventSeq, commands: journal.length }],
    nameBranch: async () => undefined,
    past: async () => ({ branch: 0, events: new Int32Array(0), texts: [], samples: [] }),
    compare: async (a, b) => ({ a: { ...place(), ...a, counts: {} }, b: { ...place(), ...b, counts: {} }, blocks: [], changed: [] }),
    // It has one machine and no scenario.
    readScenario: async (text, added) => (await import('../../workers/scenario/read.ts')).readScenario(text, added),
    describe: async () => none('the fake has one machine only'),
    perform: async () => undefined,
    arrive: async () => report(),
    nextStep: async () => undefined,
    grow: async () => false,
    revisit: async () => place(),
    script: async () => ({ position: 0, of: 0, done: true, held: false, caption: undefined, met: 0, failed: [] }),
    session: async () => ({ added: [], all: [], moment: { type: 'moment', command: 0, events: 0, settled: true } }),
  };
}
