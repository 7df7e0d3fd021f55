/**
 * What Debian's 6.1 calls further on its hotplug paths without our call path saying so, for the tracer of functions: facts of the kernel's source and of how it was built. A function
 * stands with what it calls in parentheses. What lies deeper than anybody asked for is left out.
 * Source: drivers/base/memory.c, drivers/base/core.c, mm/memory_hotplug.c, mm/page_alloc.c, kernel/locking/percpu-rwsem.c (6.1), read beside function_graph of the recorded kernel.
 */
import type { CallContext, NamedCallTree } from '../../kernel/call_tree.ts';

const WAIT = 'percpu_down_write(synchronize_rcu(__wait_rcu_gp(__init_swait_queue_head call_rcu wait_for_completion)))';
const GO_ON = 'percpu_up_write(call_rcu)';
const LINK = 'sysfs_create_link_nowarn(sysfs_do_create_link_sd(kernfs_get kernfs_create_link kernfs_put))';
const UNLINK = 'sysfs_remove_link(kernfs_remove_by_name_ns(kernfs_find_ns __kernfs_remove.part.0 kernfs_put.part.0))';
const UEVENT = 'dev_uevent_filter dev_uevent_name kmalloc_trace __kmalloc dev_uevent netlink_has_listeners __alloc_skb skb_put skb_put netlink_broadcast consume_skb';
const KMALLOC = 'kmalloc_trace(should_failslab)';
const REGISTER = `${KMALLOC} device_register(device_initialize(__mutex_init device_pm_sleep_init pm_runtime_init) device_add(kmalloc_trace dev_set_name get_device_parent sysfs_create_dir_ns sysfs_create_groups
  kernfs_get acpi_device_notify software_node_notify device_create_file sysfs_create_groups device_create_file dev_add_physical_location bus_add_device dpm_sysfs_add device_pm_add ${UEVENT} bus_probe_device))`;
const UNREGISTER = `get_device ${UNLINK} ${UNLINK} put_device device_unregister(device_del(dpm_sysfs_remove sysfs_remove_file_ns device_remove_attrs bus_remove_device device_pm_remove driver_deferred_probe_del
  acpi_device_notify_remove software_node_notify_remove devres_release_all ${UEVENT} sysfs_remove_groups sysfs_remove_dir kernfs_put cleanup_glue_dir) device_release(devres_release_all))`;
/** for_each_populated_zone(), for_each_zone(). */
const zones = ({ zones: rows }: CallContext): string => `first_online_pgdat ${'next_zone '.repeat(rows)}`;
/** for_each_online_pgdat() */
const nodes = ({ nodes: count }: CallContext): string => `first_online_pgdat ${'next_online_pgdat '.repeat(count)}`;
const ratio = (c: CallContext): string => `${nodes(c)}${zones(c)}`;
const RESERVES = (c: CallContext): string => `calculate_totalreserve_pages(${nodes(c)})`;
const wmarks = (c: CallContext): string => `setup_per_zone_wmarks(${zones(c)}${zones(c)}${RESERVES(c)} first_online_pgdat ${'zone_set_pageset_high_and_batch(__zone_set_pageset_high_and_batch) next_zone '.repeat(c.zones)})`;
const wmark_min = (c: CallContext): string => `calculate_min_free_kbytes(nr_free_zone_pages(__next_zones_zonelist) int_sqrt) ${wmarks(c)} ${nodes(c)} ${zones(c)}
  setup_per_zone_lowmem_reserve(${nodes(c)} ${RESERVES(c)}) setup_min_unmapped_ratio(${ratio(c)}) setup_min_slab_ratio(${ratio(c)})
  khugepaged_min_free_kbytes_update(set_recommended_min_free_kbytes(${zones(c)} nr_free_buffer_pages(nr_free_zone_pages) ${wmarks(c)}))`;

export const callTree = {
  // Put into their callers by the compiler, or (lib/, __meminit) not open to tracing.
  hidden: [
    'memory_block_online', 'memory_block_offline', 'online_pages_range', 'init_per_zone_wmark_min', 'node_states_set_node', 'node_states_clear_node', 'scan_movable_pages', 'lru_cache_enable', 'kobject_uevent',
    'firmware_map_add_hotplug', 'firmware_map_remove', 'memory_group_register_static', 'state_store',
  ],
  // In the same file as their caller.
  hiddenIn: { mem_hotplug_begin: ['add_memory_resource', 'try_remove_memory'], mem_hotplug_done: ['add_memory_resource', 'try_remove_memory'] },
  symbols: { do_migrate_range: 'do_migrate_range.isra.0', set_migratetype_isolate: 'set_migratetype_isolate.isra.0' },
  calls: {
    mem_hotplug_begin: () => WAIT,
    mem_hotplug_done: () => GO_ON,
    move_pfn_range_to_zone: () => 'clear_zone_contiguous set_zone_contiguous',
    memory_notify: () => 'ksm_memory_callback cpuset_track_online_nodes(queue_work_on(__queue_work)) slab_memory_callback reserve_mem_notifier',
    online_pages_range: ({ rebuilds, chunks }) =>
      `${rebuilds ? '__alloc_percpu __alloc_percpu per_cpu_pages_init zone_set_pageset_high_and_batch ' : ''}${'generic_online_page(__free_pages_core(__free_pages_ok)) '.repeat(chunks)}online_mem_sections`,
    offline_pages: () => 'walk_system_ram_range(find_next_iomem_res count_system_ram_pages_cb)',
    set_migratetype_isolate: ({ failed }) => (failed ? 'dump_page' : ''),
    zone_pcp_disable: () => '__zone_set_pageset_high_and_batch __drain_all_pages(drain_pages_zone(free_pcppages_bulk))',
    lru_cache_disable: () => 'synchronize_rcu_expedited(queue_work_on(__queue_work)) has_bh_in_lru',
    init_per_zone_wmark_min: wmark_min,
    build_all_zonelists: ({ nodes: count }) => `__build_all_zonelists(__printk_safe_enter ${`build_zonelists(${'find_next_best_node __node_distance __node_distance '.repeat(count)}find_next_best_node
      ${'build_zonerefs_node '.repeat(count + 1)}${'_printk '.repeat(count + 2)})`.repeat(count)} __printk_safe_exit) nr_free_zone_pages _printk(vprintk(vprintk_default)) _printk(vprintk(vprintk_default))`,
    do_migrate_range: ({ isolated }) => 'isolate_lru_page(__cgroup_rstat_updated mem_cgroup_update_lru_size) '.repeat(isolated),
    writeback_set_ratelimit: () => 'global_dirty_limits(domain_dirty_limits)',
    add_memory_resource: () => 'check_hotplug_memory_range memory_group_find_by_id',
    arch_add_memory: () => 'init_memory_mapping(alloc_low_pages update_page_count update_page_count add_range_with_merge clean_sort_range) add_pages(__add_pages)',
    register_memory_blocks_under_node: ({ blocks }) => `get_device ${LINK} ${LINK} put_device `.repeat(blocks),
    firmware_map_add_hotplug: () => `${KMALLOC} firmware_map_add_entry add_sysfs_fw_map_entry.isra.0(__kmalloc_node_track_caller(kmalloc_slab should_failslab) sysfs_create_dir_ns(kernfs_create_dir_ns)
      sysfs_create_groups(internal_create_groups) kernfs_get)`,
    try_remove_memory: ({ blocks }) => `check_hotplug_memory_range ${'get_device put_device '.repeat(blocks)}`,
    firmware_map_remove: () => 'sysfs_remove_groups(sysfs_remove_group(kernfs_get remove_files kernfs_put)) sysfs_remove_dir(kernfs_remove(__kernfs_remove.part.0)) kernfs_put(kernfs_put.part.0)',
    arch_remove_memory: ({ blocks }) => `__remove_pages(vmem_altmap_offset ${'sparse_remove_section '.repeat(blocks)}) update_page_count free_pages(__free_pages) update_page_count update_page_count flush_tlb_all(on_each_cpu_cond_mask)`,
    release_mem_region_adjustable: () => `${KMALLOC} free_resource.part.0 free_resource.part.0`,
  },
  callsIn: {
    create_memory_block_devices: { kobject_uevent: () => REGISTER },
    remove_memory_block_devices: { kobject_uevent: () => UNREGISTER },
    add_memory_resource: { mem_hotplug_begin: () => WAIT, mem_hotplug_done: () => GO_ON },
    try_remove_memory: { mem_hotplug_begin: () => WAIT, mem_hotplug_done: () => GO_ON },
  },
} satisfies NamedCallTree;
