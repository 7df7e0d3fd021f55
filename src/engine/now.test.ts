import { beforeEach, describe, expect, it } from 'vitest';
import { FN, FUNCTIONS } from '../../workers/uapi/functions.ts';
import { EV } from '../../workers/uapi/trace.ts';
import { growCalls, resetCalls, useCalls } from '../state/calls.ts';
import { addEvents, resetEvents } from '../state/events.ts';
import { applyCall, callLines } from './calls.ts';
import { decodeBatch, spanOf } from './drain.ts';
import { createNow } from './now.ts';

/** '+f' enters a function, '-f' leaves it: events from `first` on. */
const batch = (first: number, ...calls: readonly `${'+' | '-'}${keyof typeof FN}`[]): Int32Array =>
  Int32Array.from(calls.flatMap((call, i) => [first + i, 0, call.startsWith('+') ? EV.sim_func_entry : EV.sim_func_exit, FN[call.slice(1) as keyof typeof FN], 0, 0, 0, 0]));
const tree = (): string[] => useCalls.getState().calls.roots.flatMap((root) => callLines(root).map(({ call, depth }) => `${'  '.repeat(depth)}${FUNCTIONS[call.fn - 1]?.[0]}`));

describe('the call path follows the machine', () => {
  beforeEach(() => {
    resetEvents(32768);
    resetCalls();
    growCalls(applyCall);
  });
  /** A batch comes, and the counter says `seq`. */
  function follower(): (seq: number, words: Int32Array) => void {
    const now = createNow();
    return (seq, words) => {
      addEvents(words, [], 0);
      now.follow(seq, decodeBatch(words), spanOf(words));
    };
  }
  it('loses no call when the counter was read ahead of the records', () => {
    const come = follower();
    come(1, batch(1, '+state_store'));
    come(3, new Int32Array(0));
    come(4, batch(2, '+device_offline', '+memory_subsys_offline', '+memory_block_change_state'));
    expect(tree()).toEqual(['state_store', '  device_offline', '    memory_subsys_offline', '      memory_block_change_state']);
  });
  it('loses none when the counter was read before the records came', () => {
    const come = follower();
    come(1, batch(1, '+state_store', '+device_offline', '+memory_subsys_offline'));
    expect(tree()).toEqual(['state_store']);
    come(4, batch(4, '+memory_block_change_state'));
    expect(tree()).toEqual(['state_store', '  device_offline', '    memory_subsys_offline', '      memory_block_change_state']);
  });
});
