/** An answer about a block holds until something has happened. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BlockFacts } from '../../workers/uapi/engine.ts';
import { H_SEQ, type Tables } from '../../workers/uapi/layout.ts';
import { MEM_STATE_ONLINE } from '../../workers/uapi/memory_block.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import type { BlockId } from '../../workers/uapi/units.ts';
import { useVerdicts } from '../state/verdicts.ts';
import { selectBlock } from '../state/view.ts';
import { createOracle, type Oracle } from './oracle.ts';

/** Four blocks of 64 pageblocks. What the kernel is asked about is answered when the test says so. */
const NEXT_PATIENCE = 200;
const header = new Int32Array(64);
const tables = { sizes: { block_shift: 15 }, header, memory_block: { state: new Uint8Array(4).fill(MEM_STATE_ONLINE) } } as unknown as Tables;
const event = (type: 'sim_command_end' | 'log'): TraceEvent => ({ type, seq: 0, time: 0 }) as unknown as TraceEvent;
const pageblock = (block: number): Int32Array => new Int32Array([block * 64 + 5]);
let verdict: BlockFacts['offline']['verdict'] = 'yes';
let waiting: (() => void)[] = [];
let oracle: Oracle;
let clock = 1000;

const answers = async (): Promise<void> => {
  for (const answer of waiting.splice(0)) answer();
  for (let i = 0; i < 10; i++) await Promise.resolve();
};
/** The next round of questions, asked when nothing has moved for a while. */
function tick(): void {
  clock += NEXT_PATIENCE;
  oracle.tick();
}
/** Something happened: the machine stands at another event. */
function happens(pageblocks: Int32Array, events: readonly TraceEvent[]): void {
  header[H_SEQ] = (header[H_SEQ] as number) + 1;
  oracle.changed(pageblocks, events);
}
const shown = (): string => [...useVerdicts.getState().facts].map(([id, { offline }]) => `${id}:${offline.verdict}${useVerdicts.getState().doubted.has(id) ? '?' : ''}`).sort().join(' ');

beforeEach(async () => {
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  header.fill(0);
  verdict = 'yes';
  waiting = [];
  oracle = createOracle({
    block: (block: BlockId) => new Promise((resolve) => { waiting.push(() => { resolve({ ok: true, block, offline: { verdict, errno: 0 }, holders: [], kinds: [], toMigrate: 0 }); }); }),
    frame: () => Promise.resolve({ ok: false, errno: 6, reason: '' }),
  }, () => tables, () => true);
  oracle.reset();
  happens(new Int32Array([0, 64, 128, 192]), [event('log')]);
  tick();
  await answers();
});
afterEach(() => {
  vi.restoreAllMocks();
  selectBlock(undefined);
});

it('an answer is doubted from the moment its block has changed until the kernel has answered again', async () => {
  expect(shown()).toBe('0:yes 1:yes 2:yes 3:yes');
  happens(pageblock(2), [event('log')]);
  expect(shown()).toBe('0:yes 1:yes 2:yes? 3:yes');
  verdict = 'no';
  tick();
  expect(shown()).toBe('0:yes 1:yes 2:yes? 3:yes');
  await answers();
  expect(shown()).toBe('0:yes 1:yes 2:no 3:yes');
});

it('what changes while the answer is on its way leaves it doubted', async () => {
  happens(pageblock(1), [event('log')]);
  tick();
  happens(pageblock(1), [event('log')]);
  await answers();
  expect(shown()).toBe('0:yes 1:yes? 2:yes 3:yes');
  tick();
  await answers();
  expect(shown()).toBe('0:yes 1:yes 2:yes 3:yes');
});

it('a command that ended, and another place in time, leave no answer certain: a listener may have come, room may have gone', async () => {
  happens(new Int32Array(0), [event('sim_command_end')]);
  expect(shown()).toBe('0:yes? 1:yes? 2:yes? 3:yes?');
  tick();
  await answers();
  header[H_SEQ] = 0;
  oracle.changed(pageblock(3), []);
  expect(shown()).toBe('0:yes? 1:yes? 2:yes? 3:yes?');
});
