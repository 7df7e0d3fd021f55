/**
 * Which functions of the call path each edition has, and how they are known to stand there. File and sentence of each are in workers/uapi/functions.ts. Recorded ones were seen by name: by
 * function tracing of a real 6.1, in call traces of a real 3.11. The rest stands where the kernel's source has it; of 2005, whose code for capturing is lost, some follow from a text of 2004.
 */
import type { FunctionName } from '../../workers/uapi/functions.ts';
import type { Edition } from '../../workers/uapi/machine_description.ts';
import type { Place } from './rules.ts';

const SHARED = [
  'memory_subsys_online', 'memory_subsys_offline', 'memory_block_change_state', 'online_pages', 'memory_notify', 'online_pages_range', 'build_all_zonelists', 'undo_isolate_page_range', 'init_per_zone_wmark_min',
  'start_isolate_page_range', 'set_migratetype_isolate', 'unset_migratetype_isolate', 'do_migrate_range', 'migrate_pages', 'out_of_memory', 'acpi_memory_device_add', 'acpi_scan_hot_remove', 'device_online',
  'device_offline', 'kobject_uevent', 'node_states_set_node', 'node_states_clear_node', 'kswapd_run', 'kswapd_stop', 'writeback_set_ratelimit', 'register_memory_resource', 'arch_add_memory',
  'firmware_map_add_hotplug', 'acpi_memory_get_device_resources', 'acpi_memory_enable_device',
  'acpi_memory_device_remove', 'arch_remove_memory', 'release_mem_region_adjustable', 'firmware_map_remove', 'try_offline_node', 'zone_pcp_reset',
] as const satisfies readonly FunctionName[];
const OWN: Readonly<Record<Edition, readonly FunctionName[]>> = {
  '6.1': [
    ...SHARED, 'acpi_device_hotplug', 'acpi_evaluate_ost', 'acpi_evaluate_ej0', 'acpi_scan_try_to_offline', 'state_store', 'probe_store', 'memory_block_online', 'memory_block_offline', 'zone_for_pfn_range', 'move_pfn_range_to_zone', 'offline_pages', 'zone_pcp_disable', 'lru_cache_disable',
    'scan_movable_pages', 'dissolve_free_huge_pages', 'test_pages_isolated', '__offline_isolated_pages', 'remove_pfn_range_from_zone', 'add_memory_resource', 'try_remove_memory', 'putback_movable_pages',
    'mem_hotplug_begin', 'mem_hotplug_done', 'mhp_init_memmap_on_memory', 'adjust_present_page_count', 'adjust_managed_page_count', 'kcompactd_run', 'kcompactd_stop', 'lru_cache_enable', 'zone_pcp_enable',
    '__try_online_node', 'create_memory_block_devices', 'register_memory_blocks_under_node', 'merge_system_ram_resource', 'memory_group_register_static', 'acpi_bind_memory_blocks', 'remove_memory_block_devices',
    'sclp_assign_storage', 'sclp_unassign_storage', 'dlpar_store', 'dlpar_memory', 'dlpar_acquire_drc', 'dlpar_release_drc', 'dlpar_add_lmb', 'dlpar_remove_lmb',
  ],
  '3.11': [
    ...SHARED, 'acpi_scan_bus_device_check', 'acpi_bus_device_eject', 'acpi_bus_offline_companions', 'acpi_evaluate_hotplug_ost', 'acpi_evaluate_object', 'store_mem_state', 'memory_probe_store', 'memory_block_action', 'move_pfn_range_left', 'move_pfn_range_right', '__offline_pages', 'scan_lru_pages', 'lru_add_drain_all', 'check_pages_isolated',
    'offline_isolated_pages', 'add_memory', '__add_zone', 'remove_memory', '__remove_zone', '__add_pages', '__add_section', 'register_new_memory', '__remove_pages', 'unregister_memory_section', 'hotadd_new_pgdat',
    'sparse_add_one_section', 'sparse_remove_one_section', '__remove_section', 'zone_pcp_update', 'drain_all_pages', 'putback_movable_pages',
  ],
  '2.6.12-mhp': [
    'store_mem_state', 'memory_probe_store', 'memory_block_change_state', 'memory_block_action', 'memory_notify', 'add_memory', 'online_pages', 'online_page', 'remove_memory', '__add_pages', '__add_section',
    '__remove_pages', 'register_new_memory', 'add_memory_block', 'register_memory', 'setup_per_zone_pages_min', 'capture_page_range', 'offline_section', 'mark_section_going_offline', 'some_alloc_pages',
    'try_to_migrate_pages', 'mark_section_offline', 'unregister_memory_section', 'sysdev_register', 'sysdev_unregister',
  ],
};

/** By edition and recording: functions that it names. */
export const RECORDED: Readonly<Partial<Record<Edition, Readonly<Record<string, readonly FunctionName[]>>>>> = {
  '6.1': {
    'trace-calls': [
      'memory_subsys_online', 'memory_subsys_offline', 'zone_for_pfn_range', 'online_pages', 'move_pfn_range_to_zone', 'memory_notify', 'build_all_zonelists', 'undo_isolate_page_range', 'offline_pages',
      'zone_pcp_disable', 'lru_cache_disable', 'start_isolate_page_range', 'set_migratetype_isolate', 'unset_migratetype_isolate', 'do_migrate_range', 'mem_hotplug_begin', 'mem_hotplug_done',
      'adjust_present_page_count', 'kswapd_run', 'kcompactd_run', 'writeback_set_ratelimit',
    ],
    'trace-calls-shallow': ['dissolve_free_huge_pages', 'test_pages_isolated', '__offline_isolated_pages', 'remove_pfn_range_from_zone', 'adjust_managed_page_count', 'zone_pcp_enable', 'zone_pcp_reset'],
    'trace-calls-eject': ['add_memory_resource', 'try_remove_memory', '__try_online_node', 'arch_add_memory', 'arch_remove_memory', 'release_mem_region_adjustable', 'try_offline_node'],
  },
  '3.11': { 'o03-full': ['memory_block_change_state', 'migrate_pages', '__offline_pages', 'out_of_memory', 'store_mem_state'] },
};
/** Of 2005, from seed 002's steps of 2004: the patches' own text has not been found. */
const INFERRED: readonly FunctionName[] = ['capture_page_range', 'offline_section', 'mark_section_going_offline', 'some_alloc_pages', 'try_to_migrate_pages', 'mark_section_offline'];

/** Is the function on a path of this edition? */
export const isIn = (edition: Edition, name: FunctionName): boolean => OWN[edition].includes(name);

/** How a function of the call path is known to be there; undefined: that edition has none of the name. */
export function knownOf(edition: Edition, name: FunctionName): Place['known'] | undefined {
  if (!isIn(edition, name)) return undefined;
  if (edition === '2.6.12-mhp') return INFERRED.includes(name) ? 'inferred' : 'spec';
  const recordings = Object.entries(RECORDED[edition] ?? {}).flatMap(([recording, names]) => (names.includes(name) ? [[recording, name] as const] : []));
  return recordings.length > 0 ? recordings : 'spec';
}
