/** Linux 3.11 of 2013, as recorded: zones change hands only at their border, an offline gives up after two minutes, and memory can be added by writing an address to `probe`. */
import { MEM_ACTIONS } from '../../uapi/memory_block.ts';
import { populated_zone } from '../../mm/mmzone.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { MIGRATE_ISOLATE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { isSet } from '../../uapi/kconfig.ts';
import type { BootEdition } from '../../init/edition.ts';
import { acpi_reports } from './acpi.ts';
import { core, dma_reserved, fix_zones, late_init, setup_arch } from './boot.ts';
import { log_memory_map, log_zones } from './boot_log.ts';
import { occupy } from './boot_usage.ts';
import { hwpoison_inject } from './hwpoison_inject.ts';
import { buildIomem } from './iomem.ts';
import { register_listeners } from './listeners.ts';
import { memory_attributes, memory_block_attributes, node_attributes, nodes_attributes, valid_zones } from './memory.ts';
import { memory_block_offline, memory_block_online, offline_refusal } from './memory_hotplug.ts';
import { acpi_memory_enable_device, acpi_memory_remove_memory } from './memory_hotplug_add.ts';
import { MIGRATE_RESERVE, setup_zone_migrate_reserve } from './migrate_reserve.ts';
import { msgmniFiles } from './msgmni.ts';
import { oomKiller } from './oom_kill.ts';
import { pagemap_read } from './pagemap.ts';
import { meminfo_show, node_meminfo_show, vmstat_show, zoneinfo_show } from './proc.ts';
import { grow_caches } from './slab.ts';
import { createReclaim } from './reclaim.ts';
import { report, zone_order } from './zonelist.ts';
import { pagetypeinfo_show } from '../../fs/proc/zoneinfo.ts';

/** 16 GiB: a write to `probe` can name an address with no memory behind it; tables for more would cost more than they show. */
const PROBE_LIMIT = 0x400000;

export const linux_3_11: BootEdition = {
  name: '3.11', arches: ['x86_64'], release: '3.11.0', version: '#2 SMP',
  alloc: {
    core_free_to_tail: 0, move_to_tail: 0, merge_likely_to_tail: 1, merge_by_type: 0, take_found_fallback: 1,
    fallbacks: [[MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE], [MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE], [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE]],
    reserve_type: MIGRATE_RESERVE, reserve_blocks: 2, move_needs_span: 1, group_by_mobility: 1, intercept_freed: 0, isolated_counts: 1,
    pcp_costly_order: 0, pcp_thp: 0, pcp_scaled: 0, nofragment: 0, memmap_repeat: 1,
  },
  oom: oomKiller,
  reclaim: { anon_begins_active: 1, swapped_in_active: 0, retry_on_progress: 1, lists_by_zone: 1, create: createReclaim },
  watermarks: {
    max_free_kbytes: 65536, boost_factor: 0, low: (min) => min >> 2, high: (min) => min >> 1,
    empty_zone_reserves_nothing: 0, thp_every_round: 0, thp_counts_zone: populated_zone, pageset_follows: 0, batch: () => 1, pageset_high: () => 0, rewritten: setup_zone_migrate_reserve,
  },
  zonelists: { zone_order, report },
  hotplug: {
    keeps_partial_add: true, memory_block_online, memory_block_offline, valid_zones, acpi_memory_enable_device, acpi_memory_remove_memory, acpi_reports, offline_refusal,
    acpi: { check: 'acpi_scan_bus_device_check', eject: 'acpi_bus_device_eject', offline: 'acpi_bus_offline_companions', ost: 'acpi_evaluate_hotplug_ost', ej0: 'acpi_evaluate_object' },
    stuck: { errno: ERRNO.EAGAIN, how: 'two_minutes' }, migration_zone: () => ZONE_NORMAL,
  },
  files: {
    memory_block: memory_block_attributes, memory: memory_attributes, node: node_attributes, nodes: nodes_attributes, module_parameters: () => undefined,
    zoneinfo: zoneinfo_show, pagetypeinfo: pagetypeinfo_show, meminfo: meminfo_show, node_meminfo: node_meminfo_show, vmstat: vmstat_show, hwpoison_inject,
    not_yet: ['proc/sys/vm/compaction_proactiveness', 'sys/bus/memory_tiering', 'sys/devices/system/container', 'sys/devices/virtual/memory_tiering'], proc_sys_kernel: msgmniFiles,
  },
  boot: {
    core, keep_border_behind_end: 1, probe_limit: (d) => (isSet(d, 'ARCH_MEMORY_PROBE') ? PROBE_LIMIT : 0), setup_arch, dma_reserved,
    // Larger blocks are for SGI UV only, which is not modelled.
    block_shift: (_end, g) => g.section_size_bits, iomem: buildIomem,
    log_memory_map, log_zones, log_freed: () => {}, fix_zones, late_init, occupy,
  },
  register_listeners, grow_caches, fault_around: 1, cached_stacks: 0, mlock_limit: 64 * 1024, program_tables: { pgd_order: 0, shell: 2, other: 2 }, pagemap_read,
  gigantic_pages: false, kcompactd: false, kernel_use: { kernel_stack_kb: 184, percpu_kb: 0, vmalloc_kb: 1572, committed_kb: 0, direct_map_4k_kb: 8064, gbpages: false },
  compaction: { fast_search: false, capture: false, thp_local_first: false },
  memory_actions: MEM_ACTIONS,
  migrate_types: [['Unmovable', MIGRATE_UNMOVABLE], ['Reclaimable', MIGRATE_RECLAIMABLE], ['Movable', MIGRATE_MOVABLE], ['Reserve', MIGRATE_RESERVE], ['Isolate', MIGRATE_ISOLATE]],
};
