/** Asks the kernel about blocks and frames, without haste: what is selected first, everything else while the machine rests. */
import type { BlockId, Pfn } from '../../workers/uapi/units.ts';
import type { BlockFacts, EngineApi } from '../../workers/uapi/engine.ts';
import { H_SEQ, type Tables } from '../../workers/uapi/layout.ts';
import { MEM_ABSENT, MEM_STATE_OFFLINE } from '../../workers/uapi/memory_block.ts';
import { pageblock_order } from '../../workers/uapi/mmzone.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { doubt, resetVerdicts, setFacts, setFrame, useVerdicts } from '../state/verdicts.ts';
import { useView } from '../state/view.ts';

export interface Oracle {
  /** Pageblocks changed: what was known about their blocks is stale. */
  changed(pageblocks: Int32Array, events: readonly TraceEvent[]): void;
  /** Asks the next questions; called once a frame. */
  tick(): void;
  reset(): void;
}

/** How many blocks one round of questions takes at most: as many as are answered in this time, so that whoever wants something of the kernel meanwhile does not wait for long. */
const BATCH = 8;
const ROUND_MS = 16;
/** A command may have changed what no block shows: listeners, room elsewhere. Of blocks with at most so many frames (64 GiB: about a second of the kernel's thread) all are asked about again, of more only the one that is looked at. */
const ASKED_AGAIN = 2 ** 24;
/** The selected block of a busy machine is asked about at most this often, and so that answering takes at most this share of the kernel's time: one of 2 GiB has half a million frames to look at. */
const PATIENCE_MS = 150;
const PATIENCE_SHARE = 1 / 20;

/** `resting`: nothing runs, so that the kernel's worker has time for blocks that nobody looks at. */
export function createOracle(api: Pick<EngineApi, 'block' | 'frame'>, tables: () => Tables | undefined, resting: () => boolean): Oracle {
  const stale = new Set<number>();
  let busy = false;
  /** When the selected block may be asked about again. */
  let patient = 0;
  let batch = BATCH;
  let frameStale = true;
  let epoch = 0;
  /** Event at which something was heard last. */
  let seq = 0;

  useView.subscribe((now, before) => {
    if (now.pfn !== before.pfn) frameStale = true;
    if (now.block !== undefined && now.block !== before.block) stale.add(now.block);
  });

  async function ask(ids: readonly number[]): Promise<void> {
    const from = epoch;
    const replies = await Promise.all(ids.map((id) => api.block(id as BlockId)));
    if (from !== epoch) return;
    const answers: BlockFacts[] = [];
    const gone: number[] = [];
    replies.forEach((reply, i) => {
      if (reply.ok) answers.push(reply);
      else gone.push(ids[i] as number);
    });
    setFacts(answers, gone, stale);
  }

  async function askFrame(): Promise<void> {
    frameStale = false;
    const { pfn } = useView.getState();
    if (pfn === undefined) {
      setFrame(undefined);
      return;
    }
    const reply = await api.frame(pfn as Pfn);
    if (useView.getState().pfn === pfn) setFrame(reply.ok ? reply : undefined);
  }

  /** A round of questions about so many blocks, begun at a time, is over: the next one is as large and as soon as it may be. */
  function answered(blocks: number, begun: number): void {
    const ended = performance.now();
    const took = ended - begun;
    if (took > ROUND_MS) batch = Math.max(1, batch >> 1);
    else if (blocks === batch) batch = Math.min(BATCH, batch * 2);
    patient = Math.max(begun + PATIENCE_MS, resting() ? 0 : ended + took / PATIENCE_SHARE);
  }

  function next(t: Tables): number[] {
    const { block } = useView.getState();
    if (block !== undefined && stale.has(block) && performance.now() >= patient) return [block];
    const ids: number[] = [];
    if (!resting()) return ids;
    for (const id of stale) {
      const state = t.memory_block.state[id];
      // Of a block that is not online nobody asks whether it could go offline, unless it is looked at.
      if (state === MEM_ABSENT || state === undefined || (state === MEM_STATE_OFFLINE && id !== block)) {
        stale.delete(id);
        setFacts([], [id]);
      } else if (id !== block) {
        ids.push(id);
        if (ids.length === batch) break;
      }
    }
    return ids;
  }

  return {
    changed(pageblocks, events) {
      const t = tables();
      if (!t) return;
      const fresh: number[] = [];
      const mark = (id: number): void => {
        if (stale.has(id)) return;
        stale.add(id);
        fresh.push(id);
      };
      const now = t.header[H_SEQ] as number;
      // Elsewhere in time: nothing that was known holds here.
      const jumped = now < seq || (now > seq && events.length === 0);
      seq = now;
      const { facts } = useVerdicts.getState();
      const { block: selected } = useView.getState();
      const ended = events.some(({ type }) => type === 'sim_command_end');
      if (jumped || (ended && facts.size * 2 ** t.sizes.block_shift <= ASKED_AGAIN)) for (const id of facts.keys()) mark(id);
      else if (ended && selected !== undefined) mark(selected);
      const shift = t.sizes.block_shift - pageblock_order;
      // Neighbours lie in the same block: of a TiB's first patch half a million do.
      for (let i = 0, last = -1; i < pageblocks.length; i++) {
        const block = (pageblocks[i] as number) >> shift;
        if (block !== last) mark(block);
        last = block;
      }
      if (pageblocks.length > 0 || events.length > 0) frameStale = true;
      for (const event of events) if (event.type === 'uevent') mark(event.id);
      doubt(fresh);
    },
    tick() {
      const t = tables();
      if (busy || !t || (stale.size === 0 && !frameStale)) return;
      const ids = next(t);
      if (ids.length === 0 && !frameStale) return;
      for (const id of ids) stale.delete(id);
      busy = true;
      const begun = performance.now();
      // An engine that has died says so itself (connect.ts): these questions then stay without an answer.
      void Promise.all([ids.length > 0 ? ask(ids) : undefined, frameStale ? askFrame() : undefined]).catch(() => undefined).finally(() => {
        busy = false;
        if (ids.length > 0) answered(ids.length, begun);
      });
    },
    reset() {
      epoch++;
      stale.clear();
      frameStale = true;
      resetVerdicts();
    },
  };
}
