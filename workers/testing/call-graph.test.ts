/** Spec hotplug-callgraph.md: every function on the paths of add, online, offline and removal, with Linux's name and in Linux's order. 2.6.12 is in editions/2.6.12/edition.test.ts, beside its seeds. */
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../uapi/functions.ts';
import { H_TRACE_HEAD } from '../uapi/layout.ts';
import type { Edition } from '../uapi/machine_description.ts';
import { MEM_GOING_OFFLINE } from '../uapi/memory_block.ts';
import { NOTIFY_BAD, NOTIFY_OK } from '../uapi/notifiers.ts';
import { decodeEvent } from '../uapi/trace.ts';
import { type Guest, guest } from './guest.ts';

/** Functions entered meanwhile, each with how deep it is; one that is entered again and again (a page, a pageblock, a listener more) once. */
function entered(g: Guest, work: () => void): string[] {
  const { header, trace } = g.machine.kernel.mm.t;
  const from = header[H_TRACE_HEAD] as number;
  work();
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = trace;
  const lines: string[] = [];
  const open = new Map<number, string[]>();
  for (let at = from; at < (header[H_TRACE_HEAD] as number); at++) {
    const e = decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[at % w0.length] as number));
    if (e.type !== 'sim_func_entry' && e.type !== 'sim_func_exit') continue;
    const stack = open.get(e.task) ?? [];
    open.set(e.task, stack);
    const name = FUNCTIONS[e.fn - 1]?.[0] ?? '';
    if (e.type === 'sim_func_exit') {
      expect(stack.pop()).toBe(name);
      continue;
    }
    const line = `${'  '.repeat(stack.length)}${name}`;
    if (line !== lines.at(-1)) lines.push(line);
    stack.push(name);
  }
  for (const stack of open.values()) expect(stack).toEqual([]);
  return lines;
}
/** A graph as it is drawn below: two blanks a level. */
const graph = (text: string): string[] => text.trim().split(/\n {4}/);
const DIR = '/sys/devices/system/memory';
const write = (g: Guest, id: number, word: string): string => g.run(`echo ${word} > ${DIR}/memory${id}/state`);
const machine = (edition: Edition): Guest => guest('1G,slots=4,maxmem=8G', { edition });
/** A DIMM of one block, memory32. */
function plug(g: Guest): void {
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 27 });
  g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0' });
}

/** The names alone, from one on: what another path has in common with one that is drawn. */
const from = (lines: readonly string[], name: string): string[] => lines.map((line) => line.trim()).slice(lines.findIndex((line) => line.trim() === name));

const ONLINE_6_1 = graph(`
    state_store
      device_online
        memory_subsys_online
          memory_block_change_state
            memory_block_online
              zone_for_pfn_range
              mem_hotplug_begin
              online_pages
                move_pfn_range_to_zone
                memory_notify
                online_pages_range
                adjust_present_page_count
                node_states_set_node
                build_all_zonelists
                undo_isolate_page_range
                  unset_migratetype_isolate
                init_per_zone_wmark_min
                kswapd_run
                kcompactd_run
                writeback_set_ratelimit
                memory_notify
              mem_hotplug_done
        kobject_uevent
`);
const OFFLINE_6_1 = graph(`
    state_store
      device_offline
        memory_subsys_offline
          memory_block_change_state
            memory_block_offline
              mem_hotplug_begin
              offline_pages
                zone_pcp_disable
                lru_cache_disable
                start_isolate_page_range
                  set_migratetype_isolate
                memory_notify
                scan_movable_pages
                do_migrate_range
                  migrate_pages
                scan_movable_pages
                dissolve_free_huge_pages
                test_pages_isolated
                __offline_isolated_pages
                lru_cache_enable
                zone_pcp_enable
                adjust_managed_page_count
                adjust_present_page_count
                init_per_zone_wmark_min
                zone_pcp_reset
                build_all_zonelists
                node_states_clear_node
                writeback_set_ratelimit
                memory_notify
                remove_pfn_range_from_zone
              mem_hotplug_done
        kobject_uevent
`);
const VETO_6_1 = graph(`
    state_store
      device_offline
        memory_subsys_offline
          memory_block_change_state
            memory_block_offline
              mem_hotplug_begin
              offline_pages
                zone_pcp_disable
                lru_cache_disable
                start_isolate_page_range
                  set_migratetype_isolate
                memory_notify
                undo_isolate_page_range
                  unset_migratetype_isolate
                memory_notify
                lru_cache_enable
                zone_pcp_enable
              mem_hotplug_done
`);
const ADD_6_1 = graph(`
    acpi_device_hotplug
      acpi_memory_device_add
        acpi_memory_get_device_resources
        acpi_memory_enable_device
          memory_group_register_static
          register_memory_resource
          add_memory_resource
            mem_hotplug_begin
            __try_online_node
            arch_add_memory
            create_memory_block_devices
              kobject_uevent
            register_memory_blocks_under_node
            firmware_map_add_hotplug
            mem_hotplug_done
          acpi_bind_memory_blocks
      acpi_evaluate_ost
`);
const REMOVE_6_1 = graph(`
    acpi_memory_device_remove
          try_remove_memory
            firmware_map_remove
            remove_memory_block_devices
              kobject_uevent
            mem_hotplug_begin
            arch_remove_memory
            release_mem_region_adjustable
            try_offline_node
            mem_hotplug_done
        acpi_evaluate_ej0
      acpi_evaluate_ost
`);

describe('6.1', () => {
  const g = machine('6.1');
  it('Add: resource, node, memmap, blocks with their events, links, firmware map; _OST last', () => { expect(entered(g, () => plug(g))).toEqual(ADD_6_1); });
  it('Online: span, GOING_ONLINE, pages, counts, node state, zonelists, un-isolate, watermarks, threads, ONLINE; the uevent last', () => {
    expect(entered(g, () => write(g, 32, 'online_movable'))).toEqual(ONLINE_6_1);
  });
  it('Offline refused by a listener: un-isolate, then CANCEL_OFFLINE, then the lists', () => {
    g.machine.kernel.memory_chain.register({ id: 64, name: 'veto', priority: 0, notifier_call: (action) => (action === MEM_GOING_OFFLINE ? NOTIFY_BAD : NOTIFY_OK) });
    expect(entered(g, () => write(g, 32, 'offline'))).toEqual(VETO_6_1);
    g.machine.kernel.memory_chain.unregister(64);
  });
  it('Offline: isolate, GOING_OFFLINE, scan, migrate, dissolve, test, account, OFFLINE, span; the uevent last', () => {
    g.run('mh anon 20 nothp');
    expect(entered(g, () => write(g, 32, 'offline'))).toEqual(OFFLINE_6_1);
  });
  it('Remove: firmware map, blocks with their events, sections, resource, node; then the firmware lets go', () => {
    const eject = entered(g, () => g.host('device_del', { id: 'd0' }));
    expect(eject.slice(0, 4).map((line) => line.trim())).toEqual(['acpi_device_hotplug', 'acpi_scan_hot_remove', 'acpi_evaluate_ost', 'acpi_scan_try_to_offline']);
    expect(from(eject, 'acpi_memory_device_remove')).toEqual(REMOVE_6_1.map((line) => line.trim()));
  });
  it('the last memory of a node: its threads stop, its device goes', () => {
    const two = guest('512M,slots=2,maxmem=4G', { qemu: ['-numa', 'node,nodeid=0,mem=512M', '-numa', 'node,nodeid=1'] });
    two.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: 2 ** 27 });
    two.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0', node: 1 });
    write(two, 32, 'online');
    const gone = from(entered(two, () => two.host('device_del', { id: 'd0' })), 'node_states_clear_node');
    expect(gone.slice(0, 5)).toEqual(['node_states_clear_node', 'kcompactd_stop', 'kswapd_stop', 'writeback_set_ratelimit', 'memory_notify']);
    expect(from(gone, 'try_offline_node').slice(0, 2)).toEqual(['try_offline_node', 'kobject_uevent']);
  });
});

const ONLINE_3_11 = graph(`
    memory_block_action
              online_pages
                move_pfn_range_right
                memory_notify
                zone_pcp_reset
                build_all_zonelists
                online_pages_range
                node_states_set_node
                build_all_zonelists
                init_per_zone_wmark_min
                kswapd_run
                writeback_set_ratelimit
                memory_notify
        kobject_uevent
`);
const OFFLINE_3_11 = graph(`
    memory_block_action
              __offline_pages
                start_isolate_page_range
                  set_migratetype_isolate
                  drain_all_pages
                memory_notify
                scan_lru_pages
                do_migrate_range
                  migrate_pages
                lru_add_drain_all
                scan_lru_pages
                lru_add_drain_all
                drain_all_pages
                check_pages_isolated
                offline_isolated_pages
                undo_isolate_page_range
                  unset_migratetype_isolate
                init_per_zone_wmark_min
                zone_pcp_reset
                build_all_zonelists
                node_states_clear_node
                writeback_set_ratelimit
                memory_notify
        kobject_uevent
`);
const ADD_3_11 = graph(`
    add_memory
        register_memory_resource
        arch_add_memory
          __add_pages
            __add_section
              sparse_add_one_section
              __add_zone
              register_new_memory
                kobject_uevent
        firmware_map_add_hotplug
`);
const REMOVE_3_11 = graph(`
    remove_memory
          firmware_map_remove
          arch_remove_memory
            __remove_pages
              release_mem_region_adjustable
              __remove_section
                unregister_memory_section
                  kobject_uevent
                __remove_zone
                sparse_remove_one_section
          try_offline_node
        acpi_evaluate_object
`);
const names = (lines: readonly string[]): string[] => lines.map((line) => line.trim());

describe('3.11', () => {
  const g = machine('3.11');
  it('Add, by probe: the zone grows at once, section by section', () => {
    const probe = entered(g, () => g.run(`echo 0x180000000 > ${DIR}/probe`));
    expect(probe[0]).toBe('memory_probe_store');
    expect(from(probe, 'add_memory')).toEqual(names(ADD_3_11));
  });
  it('Add, by ACPI: the same, then _OST', () => { expect(from(entered(g, () => plug(g)), 'add_memory')).toEqual([...names(ADD_3_11), 'acpi_evaluate_hotplug_ost']); });
  it('Online: the border moves before GOING_ONLINE', () => {
    const lines = entered(g, () => write(g, 48, 'online_movable'));
    expect(lines[0]).toBe('store_mem_state');
    expect(from(lines, 'memory_block_action')).toEqual(names(ONLINE_3_11));
  });
  it('Offline: one look at the end, and isolation ends with success, too', () => { expect(from(entered(g, () => write(g, 48, 'offline')), 'memory_block_action')).toEqual(names(OFFLINE_3_11)); });
  it('Offline refused by a listener: CANCEL_OFFLINE, then un-isolate', () => {
    write(g, 48, 'online');
    g.machine.kernel.memory_chain.register({ id: 64, name: 'veto', priority: 0, notifier_call: (action) => (action === MEM_GOING_OFFLINE ? NOTIFY_BAD : NOTIFY_OK) });
    const lines = from(entered(g, () => write(g, 48, 'offline')), 'start_isolate_page_range');
    expect(lines).toEqual(['start_isolate_page_range', 'set_migratetype_isolate', 'drain_all_pages', 'memory_notify', 'undo_isolate_page_range', 'unset_migratetype_isolate']);
    g.machine.kernel.memory_chain.unregister(64);
  });
  it('Remove: the claim first, then section by section with the zone and the memmap', () => { expect(from(entered(g, () => g.host('device_del', { id: 'd0' })), 'remove_memory')).toEqual(names(REMOVE_3_11)); });
});
