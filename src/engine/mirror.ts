/** The page's own copy of the machine and how it is brought up to date: shared memory, or patches posted by the worker. Same patches, same cursor, either way. */
import type { Booted, EngineApi } from '../../workers/uapi/engine.ts';
import { allocateTables, bindMachine, formatMachine, H_GENERATION, H_SEQCOUNT, H_TEXT_HEAD, H_TRACE_HEAD, sizesIn, type Tables } from '../../workers/uapi/layout.ts';
import type { DerivedLens, Lens } from '../../workers/uapi/lens.ts';
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import { applyPatch, collectPatch, type Patch, START } from '../../workers/uapi/patch.ts';
import { type Counts, type Mirror as Drawn, keepFrames, roomLike } from '../map/index.ts';
import { createAges } from './age.ts';
import { endSeq, eventsBetween } from '../state/events.ts';

/** Records of single frames that are taken whole when they come at once, and how many more after each update: a burst is kept, of a flood the newest. */
const MAX_SPARE = 1 << 20;
const SPARE = 1 << 11;

export type Transport = 'shared' | 'copy';

export interface Mirror {
  readonly transport: Transport;
  /** Bound over a buffer that only the page writes; but what frames hold (memmap.kind) is read in the engine's memory, where that is shared. */
  readonly tables: Tables;
  /** Frames by kind, as up to date as the tables. */
  readonly counts: Counts;
  /** Chooses what the picture is coloured by; the next update brings the classes of the whole machine. */
  setLens(lens: Lens): void;
  /** The tables as that lens shows them: in place of the frames' kinds their classes. The tables themselves for kinds, and until the classes have come. */
  drawn(): { readonly lens: Lens; readonly mirror: Drawn };
  /** Events and rows of text up to these numbers are known from elsewhere. */
  known(events: number, texts: number): void;
  /** Brings the copy up to date and returns what changed; undefined if nothing did. */
  update(): Promise<Patch | undefined>;
}

/** Binds the booted machine. Throws (layout.ts) if kernel and page come from different builds. */
export async function createMirror(api: Pick<EngineApi, 'pull'>, booted: Booted): Promise<{ mirror: Mirror; first: Patch }> {
  const engine = booted.buffer && bindMachine(booted.buffer);
  const source = engine ? shared(engine) : posted(api);
  let { patch: first } = await source(START, true);
  if (first === undefined) throw new Error('the machine has no state to show');
  // Where the engine's memory is shared, so is the page's: its picture may be painted in another thread.
  const buffer = allocateTables(booted.bytes, booted.buffer !== undefined);
  if (buffer === undefined) throw new Error(`a copy of the machine's tables needs ${Math.ceil(booted.bytes / 2 ** 20)} MiB, which this browser does not give`);
  const own = formatMachine(buffer, sizesIn(first.header));
  // A copy of what changed cost more than painting it, and pictures of a moment ago need none: a frame that changes while it is read is stamped after that, and looked at once more.
  const tables = engine ? { ...own, memmap: { ...own.memmap, kind: engine.memmap.kind } } : own;
  applyPatch(tables, first);
  const frames = await keepFrames(tables);
  let cursor = first.cursor;
  let spare = MAX_SPARE;
  let lensed: Lensed | undefined;
  const ages = createAges(tables, { end: endSeq, between: eventsBetween });
  const age = (): void => { if (lensed?.lens === 'age') ages.classify(lensed.classes, lensed.generation); };
  const mirror: Mirror = {
    transport: booted.buffer ? 'shared' : 'copy',
    tables,
    counts: frames.counts,
    setLens(lens) {
      lensed = undefined;
      const { generation, trace, text } = cursor;
      if (lens === 'age') lensed = createLensed(tables, lens);
      age();
      cursor = lens === 'kind' || lens === 'age' ? { generation, trace, text } : { generation, trace, text, lens: { name: lens, generation: 0 } };
    },
    known(trace, text) {
      cursor = { ...cursor, trace, text };
      ages.relearn();
    },
    drawn: () => (lensed ? { lens: lensed.lens, mirror: lensed.mirror } : { lens: 'kind', mirror: tables }),
    async update() {
      const asked = { ...cursor, spare };
      const { patch } = await source(asked, asked.lens?.generation === 0);
      if (patch === undefined) return undefined;
      spare = Math.min(MAX_SPARE, Math.max(0, spare - patch.events.length / 8) + SPARE);
      applyPatch(tables, patch);
      await frames.update(patch.pageblocks);
      ages.changed(patch.pageblocks);
      age();
      // Another lens, or the same once more, may have been chosen while the patch was on its way.
      if (cursor.lens === asked.lens) {
        if (patch.classes) {
          if (lensed?.lens !== patch.classes.lens) lensed = createLensed(tables, patch.classes.lens);
          applyClasses(lensed, patch.classes, patch.cursor.generation);
        }
        cursor = patch.cursor;
      } else {
        const { generation, trace, text } = patch.cursor;
        cursor = { generation, trace, text, ...(cursor.lens ? { lens: cursor.lens } : {}) };
      }
      return patch;
    },
  };
  // A first picture taken in the middle of a slice has torn numbers: look again until it is whole.
  for (let tries = 0; !first.consistent && tries < 8; tries++) {
    const again = await mirror.update();
    if (again) first = joined(first, again);
  }
  return { mirror, first };
}

/** Classes of every frame by one lens, with stamps of their own: a pageblock's class can change while its kinds do not. */
interface Lensed {
  readonly lens: DerivedLens;
  readonly classes: Uint8Array;
  readonly generation: Uint32Array;
  readonly mirror: Drawn;
}
function createLensed(tables: Tables, lens: DerivedLens): Lensed {
  const room = roomLike(tables.buffer);
  const classes = new Uint8Array(room(tables.memmap.kind.length));
  const generation = new Uint32Array(room(tables.pageblock.generation.length * 4));
  return { lens, classes, generation, mirror: { ...tables, pageblock: { ...tables.pageblock, generation }, memmap: { kind: classes } } };
}
function applyClasses(to: Lensed, { pageblocks, bytes }: NonNullable<Patch['classes']>, generation: number): void {
  pageblocks.forEach((pageblock, i) => {
    to.classes.set(bytes.subarray(i * pageblock_nr_pages, (i + 1) * pageblock_nr_pages), pageblock * pageblock_nr_pages);
    to.generation[pageblock] = generation;
  });
}

type Source = (cursor: Patch['cursor'], always: boolean) => Promise<{ patch: Patch | undefined }>;

/** The page reads the engine's memory itself, and what frames hold stays there. */
const shared = (engine: Tables): Source => async (cursor, always) => {
  const { header } = engine;
  // A machine that was put back stands behind what is known of it. On its way there the count is odd, and nothing else tells of it.
  const travels = Atomics.load(header, H_SEQCOUNT) % 2 !== 0;
  const still = !travels && header[H_GENERATION] === cursor.generation && (header[H_TRACE_HEAD] as number) <= cursor.trace && (header[H_TEXT_HEAD] as number) <= cursor.text;
  return { patch: still && !always ? undefined : collectPatch(engine, cursor, true) };
};

/** The worker reads it and posts what changed. */
const posted = (api: Pick<EngineApi, 'pull'>): Source => async (cursor) => {
  const patch = await api.pull(cursor);
  const still = patch.cursor.generation === cursor.generation && patch.events.length === 0 && patch.texts.length === 0 && patch.pageblocks.length === 0 && (patch.classes?.pageblocks.length ?? 0) === 0;
  return { patch: still ? undefined : patch };
};

/** Two patches in a row as one, for readers that start with the first. */
function joined(a: Patch, b: Patch): Patch {
  const events = new Int32Array(a.events.length + b.events.length);
  events.set(a.events);
  events.set(b.events, a.events.length);
  return { ...b, events, texts: [...a.texts, ...b.texts], lost: a.lost + b.lost };
}
