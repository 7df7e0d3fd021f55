/** The page's questions about blocks beside a kernel that has other work. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BlockFacts, EngineApi } from '../../workers/uapi/engine.ts';
import { formatMachine, placeTables, type Tables } from '../../workers/uapi/layout.ts';
import { MEM_STATE_ONLINE } from '../../workers/uapi/memory_block.ts';
import { selectBlock } from '../state/view.ts';
import { createOracle } from './oracle.ts';

const BLOCKS = 64;
const PAGEBLOCKS = Int32Array.from({ length: BLOCKS }, (_, i) => i);

/** A machine of 64 blocks of a pageblock each, all online, and a kernel that takes `each` ms to answer for one. */
function machine(each: number, resting: boolean) {
  const sizes = { max_pfn: BLOCKS * 512, section_shift: 9, block_shift: 9, nodes: 1, slots: 1, trace_rows: 16, text_rows: 16, text_bytes: 64 };
  const t: Tables = formatMachine(new ArrayBuffer(placeTables(sizes).bytes), sizes);
  t.memory_block.state.fill(MEM_STATE_ONLINE);
  const asked: number[] = [];
  let free = 0;
  const api: Pick<EngineApi, 'block' | 'frame'> = {
    async block(block) {
      asked.push(block);
      free = Math.max(free, performance.now()) + each;
      await new Promise((resolve) => { setTimeout(resolve, free - performance.now()); });
      const facts: BlockFacts = { block, offline: { verdict: 'yes', errno: 0 }, holders: [], kinds: [], toMigrate: 0 };
      return { ok: true, ...facts };
    },
    frame: () => Promise.resolve({ ok: false, errno: 6, reason: 'no frame is selected' }),
  };
  return { oracle: createOracle(api, () => t, () => resting), asked };
}
/** Lets the page run for a while, a tick every 16 ms; how many blocks were asked about at each. */
async function watch({ oracle, asked }: ReturnType<typeof machine>, ms: number, each?: () => void): Promise<number[]> {
  const rounds: number[] = [];
  for (let at = 0; at < ms; at += 16) {
    const before = asked.length;
    each?.();
    oracle.tick();
    if (asked.length > before) rounds.push(asked.length - before);
    await vi.advanceTimersByTimeAsync(16);
  }
  return rounds;
}

beforeEach(() => { vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] }); });
afterEach(() => {
  selectBlock(undefined);
  vi.useRealTimers();
});

it('asks a resting kernel about eight blocks a round, and about one where answers are slow', async () => {
  const [quick, slow] = [machine(1, true), machine(30, true)];
  for (const { oracle } of [quick, slow]) oracle.changed(PAGEBLOCKS, []);
  expect(await watch(quick, 200)).toEqual([8, 8, 8, 8, 8, 8, 8, 8]);
  expect((await watch(slow, 2000)).slice(0, 6)).toEqual([8, 4, 2, 1, 1, 1]);
});
it('asks a kernel at work about the selected block alone, so that answering takes a twentieth of its time', async () => {
  for (const [each, most] of [[1, 7], [30, 2]] as const) {
    const busy = machine(each, false);
    selectBlock(3);
    const rounds = await watch(busy, 1000, () => { busy.oracle.changed(PAGEBLOCKS, []); });
    expect(new Set(busy.asked)).toEqual(new Set([3]));
    expect(rounds.length).toBe(most);
    selectBlock(undefined);
  }
});
