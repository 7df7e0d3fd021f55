/** Linux 6.1, as Debian built it: the edition that mm/, drivers/, fs/ and init/ mirror where they mirror one. */
import { callTree } from './call_tree.ts';
import { MEM_ACTIONS } from '../../uapi/memory_block.ts';
import { acpi_memory_enable_device, acpi_memory_remove_memory, acpi_reports } from '../../drivers/acpi/acpi_memhotplug.ts';
import { dlpar_show, dlpar_store } from '../../drivers/pseries/dlpar.ts';
import { drmem_init } from '../../drivers/pseries/hotplug_memory.ts';
import { sclp_detect_standby_memory } from '../../drivers/s390/char/sclp_cmd.ts';
import { meminfo_show, node_read_meminfo } from '../../fs/proc/meminfo.ts';
import { vmstat_show } from '../../fs/proc/vmstat.ts';
import { pagetypeinfo_show, zoneinfo_show } from '../../fs/proc/zoneinfo.ts';
import { attr } from '../../fs/sysfs/kernfs.ts';
import { memory_attributes, memory_block_attributes } from '../../fs/sysfs/memory.ts';
import { node_attributes, nodes_attributes } from '../../fs/sysfs/node.ts';
import { parametersDir } from '../../fs/sysfs/sysfs.ts';
import { logFreed, logMemoryMap, logNosave, logZones } from '../../init/boot_log.ts';
import { occupyAfterBoot, run_init } from '../../init/boot_usage.ts';
import { deferred_types } from '../../init/deferred_init.ts';
import { buildIomem } from '../../init/iomem.ts';
import { coreSizes } from '../../init/parameters.ts';
import { dma_reserved, isDebian, setup_arch } from '../../init/setup_arch.ts';
import { memory_block_offline, memory_block_online, valid_zones } from '../../mm/memory_block.ts';
import { crashBytes } from '../../kernel/resource.ts';
import { register_kdump_mem_notifier, register_prevent_bootmem_remove, register_s390_cma_mem_notifier, registerInTreeListeners, registerListener } from '../../mm/memory_listeners.ts';
import { is_kernel_zone, zone_idx } from '../../mm/mmzone.ts';
import { offline_refusal } from '../../mm/offline_refusal.ts';
import { oomKiller } from '../../mm/oom_kill.ts';
import { pagemap_oops } from '../../mm/pagemap_oops.ts';
import { register_cpuset_track_online_nodes, register_memtier_hotplug } from '../../mm/node_listeners.ts';
import { register_reserve_mem_notifier } from '../../mm/reserve_mem.ts';
import { zone_batchsize } from '../../mm/watermarks.ts';
import { report_fallback_and_zonelists } from '../../mm/zonelist.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { MIGRATE_CMA, MIGRATE_MOVABLE, MIGRATE_NAMES, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_MOVABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { NOTIFY_OK } from '../../uapi/notifiers.ts';
import { isSet } from '../../uapi/kconfig.ts';
import { probe_memory_block_shift } from '../../mm/mm_init.ts';
import type { VNode } from '../../kernel/vnode.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { BootEdition } from '../../init/edition.ts';

/** vm.watermark_scale_factor, in ten-thousandths of the zone. */
const watermark_scale_factor = 10;
/** Pages between two marks. */
const distance = (min: number, managed: number): number => Math.max(min >> 2, Math.floor((managed * watermark_scale_factor) / 10000));
/** 16 GiB: where a write to `probe` may add memory, if the kernel has that file. */
const PROBE_LIMIT = 0x400000;
/** 1 MiB of pages. */
const MOST_BATCH = 256;

/** A partition of a ppc64 with a maximum beyond its memory can ask for more of it. */
function sys_kernel(k: Kernel): Readonly<Record<string, VNode>> {
  const { arch, slots } = k.mm.description;
  if (arch !== 'ppc64' || slots === undefined || !isSet(k.mm.description, 'MEMORY_HOTPLUG')) return {};
  const lmbs = drmem_init(k, slots.maxmem);
  return { dlpar: attr(0o644, dlpar_show, (text) => dlpar_store(lmbs, text)) };
}

export const linux_6_1: BootEdition = {
  name: '6.1', arches: ['x86_64', 'arm64', 'ppc64', 's390x', 'ia64'], release: '6.1.0', version: '#1 SMP PREEMPT_DYNAMIC',
  alloc: {
    core_free_to_tail: 1, move_to_tail: 1, merge_likely_to_tail: 1, merge_by_type: 1, take_found_fallback: 0,
    fallbacks: [[MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE], [MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE], [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE]],
    reserve_type: -1, reserve_blocks: 0, move_needs_span: 0, group_by_mobility: 1, intercept_freed: 0, isolated_counts: 0,
    pcp_costly_order: 3, pcp_thp: 1, pcp_scaled: 1, nofragment: 1, memmap_repeat: 0,
  },
  oom: oomKiller,
  reclaim: { anon_begins_active: 0, swapped_in_active: 1, retry_on_progress: 0, lists_by_zone: 0 },
  watermarks: {
    max_free_kbytes: 262144, boost_factor: 15000, low: distance, high: (min, managed) => 2 * distance(min, managed),
    empty_zone_reserves_nothing: 1, thp_every_round: 1,
    thp_counts_zone: (mm, row) => (mm.t.zone.managed_pages[row] as number) > 0 && is_kernel_zone(zone_idx(row)),
    pageset_follows: 1, batch: (managed) => zone_batchsize(managed, MOST_BATCH), pageset_high: (batch, low, cpus) => Math.max(batch * 4, Math.floor(low / cpus)),
  },
  zonelists: { zone_order: () => 0, report: report_fallback_and_zonelists },
  hotplug: {
    memory_block_online, memory_block_offline, valid_zones, acpi_memory_enable_device, acpi_memory_remove_memory, acpi_reports, offline_refusal,
    acpi: { check: 'acpi_device_hotplug', eject: 'acpi_device_hotplug', offline: 'acpi_scan_try_to_offline', ost: 'acpi_evaluate_ost', ej0: 'acpi_evaluate_ej0' },
    // Pages of kernel zones may not go to Movable.
    stuck: { errno: ERRNO.EINTR, how: 'endless' }, migration_zone: (zone) => (zone === ZONE_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL),
  },
  files: {
    memory_block: memory_block_attributes, memory: memory_attributes, node: node_attributes, nodes: nodes_attributes, module_parameters: parametersDir,
    zoneinfo: zoneinfo_show, pagetypeinfo: pagetypeinfo_show, meminfo: meminfo_show, node_meminfo: node_read_meminfo, vmstat: vmstat_show, sys_kernel,
  },
  boot: {
    core: coreSizes, keep_border_behind_end: 0, probe_limit: (d) => (isSet(d, 'ARCH_MEMORY_PROBE') ? PROBE_LIMIT : 0), setup_arch, dma_reserved,
    // Elsewhere a block is a section, unless the firmware says more (ppc64's LMB, s390x's increment): the description's blockSize.
    block_shift: (end, g, d) => (g.arch === 'x86_64' ? probe_memory_block_shift(end, g.section_size_bits, d.hypervisor) : Math.max(g.section_size_bits, Math.log2(d.standby?.increment ?? 1))),
    iomem: (mm, plan) => buildIomem(plan.memory, mm.description.memory, mm.description.numa, isDebian(mm.description), mm.geometry.arch === 'x86_64'),
    log_memory_map: (mm, plan, early) => {
      if (isDebian(mm.description)) logMemoryMap(mm, plan, early.crash.lines);
      else for (const line of early.crash.lines) mm.printk(6, line);
    },
    log_zones: (mm, plan) => {
      logZones(mm, plan);
      if (isDebian(mm.description)) logNosave(mm, plan);
    },
    log_freed: (mm, plan, mb, early) => {
      if (isDebian(mm.description)) logFreed(mm, plan, mb, early.freedLater);
    },
    fix_zones: (mm, plan, mb, early) => {
      if (isDebian(mm.description)) deferred_types(mm, plan, mb, early.freedByPage ?? []);
    },
    late_init: () => {}, detect_memory: sclp_detect_standby_memory,
    occupy: (mm, buddy, plan) => {
      if (isDebian(mm.description)) occupyAfterBoot(mm, buddy, plan);
    },
    run_init: (mm, buddy, plan) => {
      if (isDebian(mm.description)) run_init(mm, buddy, plan);
    },
  },
  gigantic_pages: true, kcompactd: true, kernel_use: { kernel_stack_kb: 736, percpu_kb: 260, vmalloc_kb: 7372, committed_kb: 15_028, direct_map_4k_kb: 24_448, gbpages: true },
  compaction: { fast_search: true, capture: true, thp_local_first: true },
  memory_actions: MEM_ACTIONS,
  register_listeners: (k) => {
    const crash = k.mm.geometry.arch === 's390x' ? crashBytes(k.iomem) : 0;
    if (crash > 0) register_kdump_mem_notifier(k, crash);
    if (k.mm.geometry.arch === 'ppc64') registerListener(k.memory_chain, 'iommu_mem_notifier', () => NOTIFY_OK);
    registerInTreeListeners(k.memory_chain, k.mm.geometry.arch === 'x86_64', {
      memtier_hotplug_callback: () => register_memtier_hotplug(k), cpuset_track_online_nodes: () => register_cpuset_track_online_nodes(k), reserve_mem_notifier: () => register_reserve_mem_notifier(k),
    });
    if (k.mm.geometry.arch === 'arm64') register_prevent_bootmem_remove(k);
    if (k.mm.geometry.arch === 's390x') register_s390_cma_mem_notifier(k);
  },
  grow_caches: () => {}, fault_around: 16, cached_stacks: 2, mlock_limit: 8 * 2 ** 20, callTree,
  // One page of the top level for the kernel, one for the user; the rest as recorded task lists have it beyond the tables of a program's data.
  program_tables: { pgd_order: 1, shell: 11, other: 8 },
  pagemap_read: (mm, lost, reader) => {
    if (lost >= 0) pagemap_oops(mm, lost, reader);
    return lost >= 0;
  },
  migrate_types: MIGRATE_NAMES.slice(0, MIGRATE_CMA).map((name, type) => [name, type] as const),
};
