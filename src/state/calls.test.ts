import { expect, it } from 'vitest';
import { FN, FUNCTIONS } from '../../workers/uapi/functions.ts';
import { EV } from '../../workers/uapi/trace.ts';
import { applyCall, callLines } from '../engine/calls.ts';
import { decodeBatch, spanOf } from '../engine/drain.ts';
import { createNow } from '../engine/now.ts';
import { growCalls, useCalls } from './calls.ts';
import { addEvents, resetEvents } from './events.ts';

const batch = (first: number, ...functions: readonly (keyof typeof FN)[]): Int32Array => Int32Array.from(functions.flatMap((name, i) => [first + i, 0, EV.sim_func_entry, FN[name], 0, 0, 0, 0]));
const tree = (): string[] => useCalls.getState().calls.roots.flatMap((root) => callLines(root).map(({ call, depth }) => `${'  '.repeat(depth)}${FUNCTIONS[call.fn - 1]?.[0]}`));

it('has every call once when the panel comes in the middle of a path, whatever number was published last', () => {
  resetEvents(32768);
  const now = createNow();
  const come = (seq: number, words: Int32Array): void => {
    addEvents(words, [], 0);
    now.follow(seq, decodeBatch(words), spanOf(words));
  };
  come(2, batch(1, 'state_store', 'device_offline'));
  come(3, batch(3, 'memory_subsys_offline'));
  expect(tree()).toEqual([]);
  growCalls(applyCall);
  come(4, batch(4, 'memory_block_change_state'));
  expect(tree()).toEqual(['state_store', '  device_offline', '    memory_subsys_offline', '      memory_block_change_state']);
});
