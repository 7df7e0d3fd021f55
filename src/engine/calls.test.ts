import { describe, expect, it } from 'vitest';
import { FN, FUNCTIONS, type FunctionName } from '../../workers/uapi/functions.ts';
import { MEM_GOING_OFFLINE } from '../../workers/uapi/memory_block.ts';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { type Calls, createCalls } from './call.ts';
import { applyCall, callLines, depth } from './calls.ts';

/** '+name' enters, '-name' leaves with 0, '-name!16' leaves with -EBUSY; other words are events. One event a microsecond. */
function traced(script: string): Calls {
  const calls = createCalls();
  script.split(' ').forEach((word, seq) => {
    const [, sign, name, ret] = /^([+-])(\w+?)(?:!(\d+))?$/.exec(word) ?? [];
    const base = { seq, time: seq * 1000, task: 3 };
    const fn = name === undefined ? 0 : FN[name as FunctionName];
    const event: TraceEvent = sign === '+' ? { type: 'sim_func_entry', ...base, fn, a: 0, b: 0 }
      : sign === '-' ? { type: 'sim_func_exit', ...base, fn, ret: -Number(ret ?? 0) }
        : word === 'notify' ? { type: 'notify', ...base, action: MEM_GOING_OFFLINE, start_pfn: 0, nr_pages: 0, status_change_nid_normal: -1, status_change_nid: -1 }
          : { type: 'sim_migrate_page', ...base, from: 8, to: 9, order: 0, owner: 1 };
    applyCall(calls, event);
  });
  return calls;
}
const drawn = (calls: Calls): string[] => calls.roots.flatMap((root) => callLines(root).map(({ branch, call }) => `${branch}${FUNCTIONS[call.fn - 1]?.[0]}${call.end ? ` ${call.end.ret}` : ''}${call.times > 1 ? ` ×${call.times}` : ''}`));

describe('the call path', () => {
  it('is a tree', () => {
    expect(drawn(traced('+memory_subsys_offline +offline_pages +zone_pcp_disable -zone_pcp_disable +scan_movable_pages'))).toEqual([
      'memory_subsys_offline', '└ offline_pages', '  ├ zone_pcp_disable 0', '  └ scan_movable_pages',
    ]);
  });
  it('folds a function that is called again and again into one line', () => {
    expect(drawn(traced('+offline_pages +do_migrate_range -do_migrate_range +do_migrate_range -do_migrate_range'))).toEqual(['offline_pages', '└ do_migrate_range 0 ×2']);
  });
  it('keeps notifications of different actions apart', () => {
    expect(drawn(traced('+offline_pages +memory_notify notify -memory_notify +memory_notify')).length).toBe(3);
  });
  it('closes what a failure left open', () => {
    const calls = traced('+memory_subsys_offline +offline_pages +start_isolate_page_range -memory_subsys_offline!16');
    expect(depth(calls)).toBe(0);
    expect(drawn(calls)[0]).toBe('memory_subsys_offline -16');
  });
  it('counts pages moved inside', () => {
    const calls = traced('+do_migrate_range +migrate_pages moved moved moved');
    expect(calls.current?.note.moved).toBe(3);
  });
  it('ignores exits whose entry the ring has dropped', () => {
    expect(drawn(traced('-offline_pages +offline_pages'))).toEqual(['offline_pages']);
  });
});
