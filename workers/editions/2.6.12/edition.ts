/**
 * Linux 2.6.12-rc1-mhp1 of 2005, on i386: the first memory hotplug with files. Memory is added by writing an address to `probe`, a section is the unit of everything, added memory is
 * HighMem, and `offline` takes a section away for good. The chain knows four events and says nothing about where; user space hears by /sbin/hotplug.
 */
import { MEM_ACTIONS_2005 } from '../../uapi/memory_block.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { isSet } from '../../uapi/kconfig.ts';
import { MEM_STATE_OFFLINE, MEM_STATE_ONLINE } from '../../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, ZONE_HIGHMEM } from '../../uapi/mmzone.ts';
import type { BootEdition } from '../../init/edition.ts';
import { acpi_reports } from '../../drivers/acpi/acpi_memhotplug.ts';
import { fix_blocks, fix_zones, occupy, setup_arch } from './boot.ts';
import { log_freed, log_memory_map, log_zones } from './boot_log.ts';
import { buildIomem } from './iomem.ts';
import { proc_sys_kernel, sys_kernel } from './kobject_hotplug.ts';
import { memory_attributes, memory_block_action, memory_block_attributes, valid_zones } from './memory.ts';
import { offline_refusal } from './memory_hotplug.ts';
import { oomKiller } from './oom_kill.ts';
import { patchSet } from './patch_set.ts';
import { meminfo_show, vmstat_show } from './proc.ts';
import { createReclaim } from './reclaim.ts';
import { init_per_zone_pages_min, setup_per_zone_pages_min } from './watermarks.ts';

/** 4 GiB: what CONFIG_HIGHMEM4G can address. */
const ADDRESSABLE = 0x100000;
/** Files that came later: 2.6.13 (kexec, zoneinfo), 2.6.18 (clock sources), 2.6.24 and 2.6.25 (pagetypeinfo, frames), 2.6.27 (memmap, huge pages), 3.5 and later (edac), 3.9 (ACPI hotplug). */
const NOT_YET = [
  'proc/kpagecount', 'proc/kpageflags', 'proc/pagetypeinfo', 'proc/sys/vm/admin_reserve_kbytes', 'proc/sys/vm/compact_memory', 'proc/sys/vm/compaction_proactiveness', 'proc/sys/vm/extfrag_threshold', 'proc/sys/vm/nr_overcommit_hugepages', 'proc/sys/vm/user_reserve_kbytes', 'proc/zoneinfo', 'sys/bus/acpi', 'sys/bus/memory', 'sys/bus/memory_tiering', 'sys/bus/node', 'sys/devices/LNXSYSTM:00', 'sys/devices/virtual/memory_tiering',
  ...['clockevents', 'clocksource', 'container', 'cpu', 'edac', 'machinecheck'].map((name) => `sys/devices/system/${name}`), 'sys/firmware/acpi/hotplug', 'sys/firmware/memmap',
  'sys/kernel/kexec_crash_loaded', 'sys/kernel/kexec_crash_size', 'sys/kernel/kexec_loaded', 'sys/kernel/uevent_seqnum', 'sys/kernel/mm/hugepages',
];

export const linux_2_6_12: BootEdition = {
  name: '2.6.12-mhp', arches: ['i386'], release: '2.6.12-rc1-mhp1', version: '#1 SMP',
  alloc: {
    core_free_to_tail: 0, move_to_tail: 0, merge_likely_to_tail: 0, merge_by_type: 0, take_found_fallback: 1, fallbacks: [],
    reserve_type: -1, reserve_blocks: 0, move_needs_span: 0, group_by_mobility: 0, intercept_freed: 1, isolated_counts: 1,
    pcp_costly_order: -1, pcp_thp: 0, pcp_scaled: 0, nofragment: 0, memmap_repeat: 0,
  },
  oom: oomKiller,
  reclaim: { anon_begins_active: 1, swapped_in_active: 1, retry_on_progress: 1, lists_by_zone: 1, create: createReclaim },
  watermarks: {
    max_free_kbytes: 65536, boost_factor: 0, low: (min) => min >> 2, high: (min) => min >> 1,
    empty_zone_reserves_nothing: 0, thp_every_round: 0, thp_counts_zone: () => false, pageset_follows: 0, batch: () => 1, pageset_high: () => 0, init: init_per_zone_pages_min, setup_per_zone_wmarks: setup_per_zone_pages_min,
  },
  zonelists: { zone_order: () => 0, report: (mm) => mm.printk(4, 'Built 1 zonelists') },
  hotplug: {
    memory_block_online: (k, id) => memory_block_action(k, id, MEM_STATE_ONLINE), memory_block_offline: (k, id) => memory_block_action(k, id, MEM_STATE_OFFLINE),
    valid_zones, offline_refusal,
    stuck: { errno: ERRNO.EAGAIN, how: 'idle_round' }, migration_zone: () => ZONE_HIGHMEM,
    // Never called: there is no such driver.
    acpi: { check: 'acpi_device_hotplug', eject: 'acpi_device_hotplug', offline: 'acpi_scan_try_to_offline', ost: 'acpi_evaluate_ost', ej0: 'acpi_evaluate_ej0' }, acpi_reports,
    // No driver of that kernel on i386 answers the board.
    *acpi_memory_enable_device() {
      return -ERRNO.ENODEV;
    },
    *acpi_memory_remove_memory() {
      return true;
    },
  },
  files: {
    memory_block: memory_block_attributes, memory: memory_attributes, node: () => ({}), nodes: () => ({}), module_parameters: () => undefined,
    zoneinfo: () => '', pagetypeinfo: () => '', meminfo: meminfo_show, node_meminfo: () => '', vmstat: vmstat_show,
    not_yet: NOT_YET, hotplug_programs: true, sys_kernel, proc_sys_kernel,
  },
  boot: {
    // Neither kernelcore= nor movablecore= exists.
    core: () => ({}), keep_border_behind_end: 0,
    probe_limit: (d) => (patchSet(d).checks_ram && isSet(d, 'SIMULATED_MEM_HOTPLUG') ? Math.floor(Math.max(0, ...d.memory.map((r) => (r.type === 'usable' ? r.end : 0))) / 4096) : ADDRESSABLE),
    block_shift: (_end, g) => g.section_size_bits, setup_arch, dma_reserved: () => 0, iomem: buildIomem,
    log_memory_map, log_zones, log_freed, fix_zones, fix_blocks, late_init: () => {}, occupy,
  },
  // Nobody in the tree listens.
  register_listeners: () => {}, grow_caches: () => {}, fault_around: 1, cached_stacks: 0, mlock_limit: 32 * 1024, program_tables: { pgd_order: 0, shell: 2, other: 2 }, pagemap_read: () => false,
  gigantic_pages: false, kcompactd: false, kernel_use: { kernel_stack_kb: 0, percpu_kb: 0, vmalloc_kb: 0, committed_kb: 0, direct_map_4k_kb: 0, gbpages: false },
  compaction: { fast_search: false, capture: false, thp_local_first: false },
  memory_actions: MEM_ACTIONS_2005,
  migrate_types: [['Unmovable', MIGRATE_UNMOVABLE]],
};
