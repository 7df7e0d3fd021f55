import { describe, expect, it } from 'vitest';
import { type Guest, guest, plugged } from '../testing/guest.ts';
import { readCalls } from './call_tree.ts';

/** A machine with one empty block of ZONE_MOVABLE, traced as it is told. */
function traced(setting: string): Guest {
  const g = guest('1G,slots=4,maxmem=8G', { cmdline: 'rec.notrace' });
  plugged(g, 1, 'online_movable');
  g.run(`cd /sys/kernel/tracing; ${setting}; echo function_graph > current_tracer`);
  return g;
}
const offline = 'echo offline > /sys/devices/system/memory/memory32/state';
/** The functions, without CPU and duration. */
const calls = (g: Guest): string[] => g.file('/sys/kernel/tracing/trace').split('\n').filter((l) => l !== '' && !l.startsWith('#')).map((l) => l.slice(l.indexOf('|') + 3));

describe('function_graph', () => {
  it('shows what an offline calls, as deep as it is told', () => {
    const g = traced('echo 2 > max_graph_depth; echo offline_pages > set_graph_function');
    g.run(offline);
    expect(calls(g)).toEqual([
      'offline_pages() {', '  walk_system_ram_range();', '  zone_pcp_disable();', '  lru_cache_disable();', '  start_isolate_page_range();', '  memory_notify();', '  do_migrate_range.isra.0();', '  dissolve_free_huge_pages();', '  test_pages_isolated();',
      '  __offline_isolated_pages();', '  zone_pcp_enable();', '  adjust_managed_page_count();', '  adjust_present_page_count();', '  calculate_min_free_kbytes();', '  setup_per_zone_wmarks();', '  first_online_pgdat();',
      '  next_online_pgdat();', '  first_online_pgdat();', ...Array.from({ length: 5 }, () => '  next_zone();'), '  setup_per_zone_lowmem_reserve();', '  setup_min_unmapped_ratio();', '  setup_min_slab_ratio();',
      '  khugepaged_min_free_kbytes_update();', '  zone_pcp_reset();', '  build_all_zonelists();', '  writeback_set_ratelimit();', '  memory_notify();', '  remove_pfn_range_from_zone();', '}',
    ]);
  });
  it('leaves a function out, and what it calls stays where it is', () => {
    const g = traced("echo 3 > max_graph_depth; echo memory_subsys_offline > set_graph_function; echo 'memory_b*' > set_ftrace_notrace; echo '*_p[gc]*' >> set_ftrace_notrace; echo 'mem_*' >> set_ftrace_notrace");
    g.run(offline);
    expect(calls(g).slice(0, 4)).toEqual(['memory_subsys_offline() {', '  percpu_down_write() {', '    synchronize_rcu();', '  }']);
  });
  it('shows why a block of the kernel refuses', () => {
    const g = guest('4G', { cmdline: 'rec.notrace' });
    g.run('cd /sys/kernel/tracing; echo start_isolate_page_range > set_graph_function; echo function_graph > current_tracer; echo offline > /sys/devices/system/memory/memory32/state');
    expect(calls(g)).toEqual(['start_isolate_page_range() {', '  set_migratetype_isolate.isra.0() {', '    dump_page();', '  }', '}']);
  });
  it('ends with tracing_on and begins anew with a tracer', () => {
    const g = traced('echo 1 > max_graph_depth; echo memory_subsys_offline > set_graph_function');
    g.run(`${offline}; echo 0 > /sys/kernel/tracing/tracing_on; echo online > /sys/devices/system/memory/memory32/state; ${offline}`);
    expect(calls(g)).toEqual(['memory_subsys_offline();']);
    expect(g.file('/sys/kernel/tracing/trace')).toMatch(/^ 0\) (?=.{14}\|)[ +!#*@$] \d+\.\d{1,3} us +\| {2}memory_subsys_offline\(\);$/m);
    g.run('echo nop > /sys/kernel/tracing/current_tracer; echo function_graph > /sys/kernel/tracing/current_tracer');
    expect(calls(g)).toEqual([]);
  });
  it('refuses tracers and functions there are not', () => {
    const g = traced('true');
    expect(g.run('cd /sys/kernel/tracing; echo blk > current_tracer; echo offline_page > set_graph_function; cat current_tracer set_graph_function')).toBe(
      'bash: line 1: echo: write error: Invalid argument\nbash: line 1: echo: write error: Invalid argument\nfunction_graph\n#### all functions enabled ####');
  });
});

describe('a call tree', () => {
  it('is names with what they call in parentheses', () => {
    expect(readCalls('a b(c d(e))')).toEqual([{ name: 'a', calls: [] }, { name: 'b', calls: [{ name: 'c', calls: [] }, { name: 'd', calls: [{ name: 'e', calls: [] }] }] }]);
  });
  it.each(['a(b', 'a)b'])('does not end in the middle: %s', (text) => {
    expect(() => readCalls(text)).toThrow('does not close');
  });
});
