/** The call path, held against function graphs of the real 6.1: the functions that both show are called in the same order. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../uapi/functions.ts';
import { entered } from './entered.ts';
import { type Guest, guest, plugged } from './guest.ts';

const NAMES: ReadonlySet<string> = new Set(FUNCTIONS.map(([name]) => name));
/** Without repetitions that follow each other: a page, a pageblock or a listener more is no other order. */
const once = (names: readonly string[]): string[] => names.filter((name, i) => name !== names[i - 1]);

/** Names in the function_graph output of one step, in order of entry. */
function recorded(id: string, step: number): string[] {
  const { steps } = JSON.parse(readFileSync(new URL(`./linux-6.1/${id}.json`, import.meta.url), 'utf8')) as { steps: { stdout?: string }[] };
  const lines = (steps[step]?.stdout ?? '').split('\n');
  return lines.flatMap((line) => /(\w+)(?:\.\w+)*\(\)/.exec(line)?.[1] ?? []);
}
const write = (g: Guest, block: number, word: string): void => { g.run(`echo ${word} > /sys/devices/system/memory/memory${block}/state`); };

/** Both orders, each reduced to the functions that the other has as well. */
function orders(theirs: readonly string[], ours: readonly string[]): { theirs: string[]; ours: string[] } {
  const [real, here] = [new Set(theirs), new Set(ours)];
  return { theirs: once(theirs.filter((name) => NAMES.has(name) && here.has(name))), ours: once(ours.filter((name) => real.has(name))) };
}
/** A machine with a DIMM of two blocks, offline, as in the recordings. */
const machine = (): Guest => {
  const g = guest('1G,slots=16,maxmem=32G');
  plugged(g, 2, 'offline');
  return g;
};

describe('functions are entered in the order of the recorded kernel', () => {
  it.each([
    ['trace-calls', 1, 3], ['trace-calls-shallow', 1, 3],
  ])('%s: online_movable, then offline of a block with pages in use', (id, online, offline) => {
    const g = machine();
    const first = orders(recorded(id, online), entered(g, () => write(g, 32, 'online_movable')));
    expect(first.ours).toEqual(first.theirs);
    // The shallow trace ends above single pageblocks.
    expect(first.ours.filter((name) => name !== 'unset_migratetype_isolate')).toEqual([
      'memory_subsys_online', 'zone_for_pfn_range', 'mem_hotplug_begin', 'online_pages', 'move_pfn_range_to_zone', 'memory_notify', 'adjust_present_page_count', 'build_all_zonelists', 'undo_isolate_page_range', 'kswapd_run', 'kcompactd_run',
      'writeback_set_ratelimit', 'memory_notify', 'mem_hotplug_done',
    ]);
    g.run('mh anon 20 nothp');
    const second = orders(recorded(id, offline), entered(g, () => write(g, 32, 'offline')));
    // The long trace was cut off after 3000 lines, in the middle of the pages that move.
    expect(second.ours.slice(0, second.theirs.length)).toEqual(second.theirs);
    expect(second.theirs.filter((name) => name !== 'set_migratetype_isolate').slice(0, 8)).toEqual(['memory_subsys_offline', 'mem_hotplug_begin', 'offline_pages', 'zone_pcp_disable', 'lru_cache_disable', 'start_isolate_page_range', 'memory_notify', 'do_migrate_range']);
  });
  it('trace-calls-shallow: the end of an offline, with the span shrinking after the last notifier', () => {
    const g = machine();
    write(g, 32, 'online_movable');
    const { ours, theirs } = orders(recorded('trace-calls-shallow', 3), entered(g, () => write(g, 32, 'offline')));
    expect(ours.slice(-12)).toEqual(theirs.slice(-12));
    expect(theirs.slice(-12)).toEqual([
      'dissolve_free_huge_pages', 'test_pages_isolated', '__offline_isolated_pages', 'zone_pcp_enable', 'adjust_managed_page_count', 'adjust_present_page_count', 'zone_pcp_reset', 'build_all_zonelists', 'writeback_set_ratelimit',
      'memory_notify', 'remove_pfn_range_from_zone', 'mem_hotplug_done',
    ]);
  });
});

describe('the trace files of the recorded kernel', () => {
  it('know one tracer of functions: function_graph over the call path', () => {
    expect(machine().run('cd /sys/kernel/tracing; cat available_tracers; echo function > current_tracer')).toBe('function_graph nop\nbash: line 1: echo: write error: Invalid argument');
  });
});
