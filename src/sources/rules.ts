/**
 * Where the page's answers come from, by rule: the kernel's file and function in each edition, and how it is known. An edition that is not named does not have the rule. Sentences are in
 * src/strings/rules.*.ts, which answer follows which rule is rule_of.ts. Sources: the spec's pages (which cite these files) and the `Mirrors:` lines of workers/; sources.test.ts looks every
 * recording up and finds in it what is said to be there.
 */
import type { Edition } from '../../workers/uapi/machine_description.ts';

/** A recording of a real kernel (workers/testing/linux-RELEASE), and words of it that show the rule. */
export type Recording = readonly [name: string, shows: string];
export interface Place {
  readonly file: string;
  readonly fn: string;
  /** Recordings that show it; 'spec': read in the kernel's source; 'inferred': follows from what was read, and nobody has looked; 'lab': no kernel does so, it is an addition of this one. */
  readonly known: readonly Recording[] | 'spec' | 'inferred' | 'lab';
}
export type Rule = Readonly<Partial<Record<Edition, Place>>>;

const seen = (file: string, fn: string, ...known: readonly Recording[]): Place => ({ file, fn, known });
const read = (file: string, fn: string): Place => ({ file, fn, known: 'spec' });
const inferred = (file: string, fn: string): Place => ({ file, fn, known: 'inferred' });
const ours = (file: string, fn: string): Place => ({ file, fn, known: 'lab' });
/** The same place in all editions. */
const everywhere = (place: Place): Rule => ({ '6.1': place, '3.11': place, '2.6.12-mhp': place });
const sinceHotremove = (place: Place, before: Place = place): Rule => ({ '6.1': place, '3.11': before });

const [HOTPLUG, BLOCK, ISOLATION, ALLOC] = ['mm/memory_hotplug.c', 'drivers/base/memory.c', 'mm/page_isolation.c', 'mm/page_alloc.c'] as const;
const [EINVAL, EBUSY, EPERM, EINTR] = ['errno=22 EINVAL (Invalid argument)', 'errno=16 EBUSY (Device or resource busy)', 'errno=1 EPERM (Operation not permitted)', 'errno=4 EINTR (Interrupted system call)'] as const;
const UNMOVABLE = 'page dumped because: unmovable page';

export const RULES = {
  // Why an offline is refused, in the order in which offline_pages() asks.
  no_option: { ...sinceHotremove(read('mm/Kconfig', 'MEMORY_HOTREMOVE')), '2.6.12-mhp': read('mm/Kconfig', 'MEMORY_REMOVE') },
  block_state: { '6.1': seen(BLOCK, 'state_store', ['online-again', EINVAL]), '3.11': seen(BLOCK, 'store_mem_state', ['z01-adjacency', EINVAL]), '2.6.12-mhp': read(BLOCK, 'store_mem_state') },
  one_zone: { '6.1': seen(BLOCK, 'memory_block_offline', ['off-kernel-block', EINVAL]), '3.11': seen(HOTPLUG, '__offline_pages', ['o05-kernel', EINVAL]) },
  holes: { '6.1': seen(HOTPLUG, 'offline_pages', ['off-kernel-block', EINVAL]) },
  last_normal: { '3.11': seen(HOTPLUG, 'can_offline_normal', ['n04-last-normal-mn', EINVAL]) },
  isolate: { '6.1': seen(ISOLATION, 'has_unmovable_pages', ['off-kernel-slab', EBUSY], ['off-kernel-block', UNMOVABLE]), '3.11': seen(ISOLATION, 'has_unmovable_pages', ['o05-kernel', EBUSY]) },
  veto: { '6.1': seen(BLOCK, 'memory_notify', ['notifier-error', EPERM]), '3.11': seen(BLOCK, 'memory_notify', ['n01-inject', EPERM]) },
  bootmem: { '6.1': read('arch/arm64/mm/mmu.c', 'prevent_bootmem_remove_notifier') },
  signal: { '6.1': seen(HOTPLUG, 'offline_pages', ['off-signal-SIGUSR1', EINTR]), '3.11': read(HOTPLUG, '__offline_pages') },
  page_offline: { '6.1': read(HOTPLUG, 'scan_movable_pages') },
  dissolve: { '6.1': read('mm/hugetlb.c', 'dissolve_free_huge_pages') },
  not_free: { '3.11': seen(HOTPLUG, 'check_pages_isolated', ['w02-parse-offline', EBUSY]) },
  stuck: {
    '6.1': seen(HOTPLUG, 'offline_pages', ['off-vmsplice-few', 'page dumped because: migration failure']),
    '3.11': seen(HOTPLUG, '__offline_pages', ['o04-mlock', 'errno=11 EAGAIN (Resource temporarily unavailable) ms=120012']), '2.6.12-mhp': read(ALLOC, 'capture_page_range'),
  },
  no_room: { '6.1': seen('mm/migrate.c', 'migrate_pages', ['off-lowmem-anon-noswap', 'page dumped because: migration failure']), '3.11': seen('mm/migrate.c', 'migrate_pages', ['o03-full', 'out_of_memory']), '2.6.12-mhp': inferred('mm/migrate.c', 'try_to_migrate_pages') },
  not_written: { '2.6.12-mhp': read(HOTPLUG, 'remove_memory') },
  highmem_whole: { '2.6.12-mhp': read(HOTPLUG, 'remove_memory') },
  capture: { '2.6.12-mhp': read(ALLOC, 'capture_page_range') },
  would_go: { '6.1': seen(HOTPLUG, 'offline_pages', ['off-anon', 'write ret=8'], ['physmap-1G', 'write ret=8']), '3.11': seen(HOTPLUG, '__offline_pages', ['o05-kernel', 'write ret=8']), '2.6.12-mhp': read(HOTPLUG, 'remove_memory') },
  restart: { '6.1': seen('drivers/base/core.c', 'lock_device_hotplug_sysfs', ['off-concurrent-lock', 'going-offline']) },
  // Where a block may go.
  to_movable: { '6.1': seen(HOTPLUG, 'zone_for_pfn_range', ['zones3-after-normal', '49=[Movable]']), '3.11': seen(HOTPLUG, 'move_pfn_range_right', ['z01-adjacency', EINVAL]) },
  to_kernel: { '6.1': seen(HOTPLUG, 'zone_for_pfn_range', ['zones3-after-normal', '48=[Normal]']), '3.11': seen(HOTPLUG, 'move_pfn_range_left', ['z02-left', EINVAL]) },
  to_highmem: { '2.6.12-mhp': read(HOTPLUG, 'add_memory') },
  soldered: { '6.1': seen('drivers/acpi/acpi_memhotplug.c', 'acpi_memory_device_remove', ['rm-eject-sysfs', EINVAL]), '3.11': read('drivers/acpi/acpi_memhotplug.c', 'acpi_memory_device_remove'), '2.6.12-mhp': read(HOTPLUG, 'remove_memory') },
  unplug: { '6.1': seen('drivers/acpi/scan.c', 'acpi_scan_hot_remove', ['rm-online-free', 'device_del']), '3.11': seen('drivers/acpi/scan.c', 'acpi_scan_hot_remove', ['a01-dimm', 'device_del']), '2.6.12-mhp': inferred(HOTPLUG, 'remove_memory') },
  going: { '6.1': seen(BLOCK, 'memory_block_change_state', ['off-concurrent-lock', 'going-offline']), '3.11': read(BLOCK, 'memory_block_change_state'), '2.6.12-mhp': read(BLOCK, 'memory_block_change_state') },
  node_fixed: { '6.1': seen(HOTPLUG, 'add_memory_resource', ['numa-add', 'node1']), '3.11': seen(HOTPLUG, 'add_memory', ['n02-node-mn', 'node1']), '2.6.12-mhp': read(HOTPLUG, 'add_memory') },
  // What holds a block.
  holds_reserved: { '6.1': seen(ISOLATION, 'has_unmovable_pages', ['off-kernel-block', '(reserved|']), '3.11': seen(ISOLATION, 'has_unmovable_pages', ['o05-kernel', EBUSY]), '2.6.12-mhp': read(ALLOC, 'capture_page_range') },
  holds_kernel: { '6.1': seen(ISOLATION, 'has_unmovable_pages', ['off-kernel-slab', UNMOVABLE]), '3.11': seen(ISOLATION, 'has_unmovable_pages', ['o05-kernel', EBUSY]), '2.6.12-mhp': read(ALLOC, 'capture_page_range') },
  holds_pinned: { '6.1': seen('mm/migrate.c', 'migrate_pages', ['off-vmsplice-few', 'page dumped because: migration failure']), '3.11': read('mm/migrate.c', 'migrate_pages'), '2.6.12-mhp': inferred('mm/migrate.c', 'try_to_migrate_pages') },
  holds_hugetlb: { '6.1': seen('mm/hugetlb.c', 'dissolve_free_huge_pages', ['off-hugetlb', 'MEM_CANCEL_OFFLINE']), '3.11': seen(HOTPLUG, 'check_pages_isolated', ['o08-hugetlb', 'errno=']) },
  holds_driver: { '6.1': seen('drivers/virtio/virtio_mem.c', 'virtio_mem_sbm_notify_going_offline', ['virtio-mem-offline-block', 'virtio_mem']) },
  holds_poison: { '6.1': seen(ISOLATION, 'has_unmovable_pages', ['poison-hard', 'write ret=8']), '3.11': read(ISOLATION, 'has_unmovable_pages') },
  to_migrate: { '6.1': seen(HOTPLUG, 'scan_movable_pages', ['off-anon', 'mm_migrate_pages']), '3.11': seen(HOTPLUG, 'scan_lru_pages', ['o02-anon', 'write ret=8']), '2.6.12-mhp': read('mm/migrate.c', 'try_to_migrate_pages') },
  // Facts of the inspector.
  frame_kind: { '6.1': seen('fs/proc/page.c', 'stable_page_flags', ['physmap-1G', 'kpageflags']), '3.11': read('fs/proc/page.c', 'stable_page_flags'), '2.6.12-mhp': inferred('include/linux/page-flags.h', 'struct page') },
  frame_refs: { '6.1': seen('fs/proc/page.c', 'kpagecount_read', ['physmap-1G', 'kpagecount']), '3.11': read('fs/proc/page.c', 'kpagecount_read'), '2.6.12-mhp': inferred('include/linux/mm.h', 'page_count') },
  frame_tag: { '6.1': ours('mm/migrate.c', 'folio_migrate_copy'), '3.11': ours('mm/migrate.c', 'migrate_page_copy'), '2.6.12-mhp': ours('mm/migrate.c', 'try_to_migrate_pages') },
  frame_migratetype: { '6.1': seen(ALLOC, 'set_pageblock_migratetype', ['boot-mem-4G', 'Number of blocks type']), '3.11': seen(ALLOC, 'set_pageblock_migratetype', ['c01-boot-1g', 'Number of blocks type']), '2.6.12-mhp': inferred(ALLOC, '__free_pages_bulk') },
  frame_movable: { '6.1': seen(ISOLATION, 'has_unmovable_pages', ['off-kernel-slab', UNMOVABLE], ['off-kernel-block', UNMOVABLE]), '3.11': seen(ISOLATION, 'has_unmovable_pages', ['o05-kernel', 'removable=0']), '2.6.12-mhp': read(ALLOC, 'capture_page_range') },
  state_word: { '6.1': seen(BLOCK, 'state_show', ['off-concurrent-lock', 'going-offline']), '3.11': seen(BLOCK, 'show_mem_state', ['a01-dimm', 'state=offline']), '2.6.12-mhp': read(BLOCK, 'show_mem_state') },
  valid_zones: { '6.1': seen(BLOCK, 'valid_zones_show', ['zones3-after-normal', '48=(Normal,Movable)'], ['off-kernel-block', '"valid_zones": "none\\n"']), '3.11': inferred(HOTPLUG, 'move_pfn_range_right'), '2.6.12-mhp': inferred(HOTPLUG, 'add_memory') },
  removable: { '6.1': seen(BLOCK, 'removable_show', ['off-removable-attr', 'removable=1 valid=none']), '3.11': seen(BLOCK, 'show_mem_removable', ['o05-kernel', 'state=online removable=0']) },
  zone_span: { '6.1': seen(HOTPLUG, 'shrink_zone_span', ['zone-spans', 'spanned']), '3.11': seen(HOTPLUG, 'grow_zone_span', ['z01-adjacency', 'managed']), '2.6.12-mhp': read(HOTPLUG, '__add_zone') },
  zone_pages: { '6.1': seen(HOTPLUG, 'adjust_present_page_count', ['account-memmap-on', 'managed']), '3.11': seen(HOTPLUG, 'online_pages', ['a01-dimm', 'managed']), '2.6.12-mhp': read(HOTPLUG, 'online_pages') },
  watermarks: { '6.1': seen(ALLOC, '__setup_per_zone_wmarks', ['boot-mem-4G', 'min      ']), '3.11': seen(ALLOC, '__setup_per_zone_wmarks', ['c01-boot-1g', 'min      ']), '2.6.12-mhp': read(ALLOC, 'setup_per_zone_pages_min') },
  boost: { '6.1': seen(ALLOC, 'boost_watermark', ['account-memmap-on', 'boost']) },
  free_by_order: { '6.1': seen(ALLOC, '__free_one_page', ['boot-mem-4G', 'Node 0, zone']), '3.11': seen(ALLOC, '__free_one_page', ['c01-boot-1g', 'Node 0, zone']), '2.6.12-mhp': read(ALLOC, '__free_pages_bulk') },
  node_state: { '6.1': seen(HOTPLUG, 'node_states_set_node', ['numa-memoryless-online', 'has_memory']), '3.11': seen(HOTPLUG, 'node_states_set_node', ['n02-node-mn', 'nid=1']), '2.6.12-mhp': inferred('mm/page_alloc.c', 'free_area_init_core') },
  // What the events say.
  event_online: { '6.1': seen(HOTPLUG, 'online_pages', ['off-anon', 'online_pages']), '3.11': seen(HOTPLUG, 'online_pages', ['a01-dimm', 'notify action=8']), '2.6.12-mhp': read(HOTPLUG, 'online_pages') },
  event_offline: { '6.1': seen(HOTPLUG, 'offline_pages', ['off-anon', 'offline_pages']), '3.11': seen(HOTPLUG, '__offline_pages', ['a01-dimm', 'Offlined Pages']), '2.6.12-mhp': read(HOTPLUG, 'remove_memory') },
  event_notify: { '6.1': seen(BLOCK, 'memory_notify', ['notifier-error', 'MEM_CANCEL_OFFLINE'], ['off-anon', 'MEM_GOING_OFFLINE']), '3.11': seen(BLOCK, 'memory_notify', ['n01-inject', 'notify action=']), '2.6.12-mhp': read(BLOCK, 'memory_notify') },
  event_uevent: { '6.1': seen('lib/kobject_uevent.c', 'kobject_uevent', ['rm-notifier-vs-uevent', 'uevent']), '3.11': seen('lib/kobject_uevent.c', 'kobject_uevent', ['a01-dimm', 'uevent online memory']), '2.6.12-mhp': read('lib/kobject_uevent.c', 'kobject_hotplug') },
  event_log: { '6.1': seen('kernel/printk/printk.c', 'vprintk_emit', ['rm-busy-half', 'Offline failed.']), '3.11': seen('kernel/printk/printk.c', 'vprintk_emit', ['a01-dimm', 'Offlined Pages']), '2.6.12-mhp': read('kernel/printk.c', 'printk') },
  event_isolate: { '6.1': seen(ISOLATION, 'start_isolate_page_range', ['off-anon', 'start_isolate_page_range']), '3.11': read(ISOLATION, 'start_isolate_page_range') },
  event_migrate: { '6.1': seen('mm/migrate.c', 'migrate_pages', ['off-anon', 'mm_migrate_pages']), '3.11': seen('mm/migrate.c', 'migrate_pages', ['o02-anon', 'write ret=8']), '2.6.12-mhp': read('mm/migrate.c', 'try_to_migrate_pages') },
  event_test: { '6.1': seen(ISOLATION, 'test_pages_isolated', ['off-anon', 'test_pages_isolated']), '3.11': read(ISOLATION, 'test_pages_isolated') },
  event_add: { '6.1': seen(HOTPLUG, 'add_memory_resource', ['add-sizes-4G', 'add_memory']), '3.11': seen(HOTPLUG, 'add_memory', ['p01-probe', 'uevent add memory']), '2.6.12-mhp': read(HOTPLUG, 'add_memory') },
  event_remove: { '6.1': seen(HOTPLUG, 'try_remove_memory', ['rm-eject-sysfs', 'remove_memory']), '3.11': seen(HOTPLUG, 'remove_memory', ['a01-dimm', 'uevent remove memory']), '2.6.12-mhp': read(HOTPLUG, 'remove_memory') },
  event_ost: { '6.1': seen('drivers/acpi/utils.c', 'acpi_evaluate_ost', ['rm-busy-half', '_OST']), '3.11': read('drivers/acpi/utils.c', 'acpi_evaluate_hotplug_ost'), '2.6.12-mhp': inferred(HOTPLUG, 'remove_memory') },
  event_fallback: { '6.1': inferred(ALLOC, 'steal_suitable_fallback'), '3.11': read(ALLOC, '__rmqueue_fallback') },
  event_host: { '6.1': seen('drivers/acpi/scan.c', 'acpi_device_hotplug', ['rm-busy-half', 'ACPI_DEVICE_OST']), '3.11': read('drivers/acpi/scan.c', 'acpi_scan_bus_device_check'), '2.6.12-mhp': inferred(HOTPLUG, 'add_memory') },
  event_command: everywhere(ours('fs/read_write.c', 'vfs_write')),
  event_capture: { '2.6.12-mhp': inferred(ALLOC, 'capture_page_range') },
  event_compaction: sinceHotremove(read('mm/compaction.c', 'compact_zone')),
  event_cma: sinceHotremove(read('mm/cma.c', 'cma_alloc'), read('drivers/base/dma-contiguous.c', 'dma_alloc_from_contiguous')),
  event_kswapd: { '6.1': seen('mm/vmscan.c', 'kswapd', ['zone-all-offline', 'kswapd']), '3.11': read('mm/vmscan.c', 'kswapd'), '2.6.12-mhp': inferred('mm/vmscan.c', 'kswapd') },
  event_reclaim: { '6.1': seen('mm/vmscan.c', 'try_to_free_pages', ['off-lowmem', 'pgscan_direct']), '3.11': read('mm/vmscan.c', 'try_to_free_pages'), '2.6.12-mhp': inferred('mm/vmscan.c', 'try_to_free_pages') },
  event_oom: { '6.1': seen('mm/oom_kill.c', 'oom_kill_process', ['off-lowmem-anon-noswap', 'invoked oom-killer']), '3.11': seen('mm/oom_kill.c', 'oom_kill_process', ['o03-full', 'oom']), '2.6.12-mhp': inferred('mm/oom_kill.c', 'out_of_memory') },
  event_khugepaged: sinceHotremove(read('mm/khugepaged.c', 'collapse_huge_page'), read('mm/huge_memory.c', 'collapse_huge_page')),
  // Files that take a write.
  file_online: sinceHotremove(seen('drivers/base/core.c', 'online_store', ['write-readonly', 'open ret=-1 errno=13 EACCES']), read('drivers/base/core.c', 'store_online')),
  file_probe: { '6.1': read(BLOCK, 'probe_store'), '3.11': seen(BLOCK, 'memory_probe_store', ['p01-probe', 'errno=17 EEXIST (File exists)']), '2.6.12-mhp': read(BLOCK, 'memory_probe_store') },
  file_auto_online: { '6.1': seen(BLOCK, 'auto_online_blocks_store', ['auto-values', EINVAL]) },
  file_poison: sinceHotremove(seen('mm/memory-failure.c', 'memory_failure', ['poison-hard', 'errno=133 EHWPOISON (Memory page has hardware error)']), read('mm/memory-failure.c', 'memory_failure')),
  file_parameter: sinceHotremove(seen('kernel/params.c', 'param_attr_store', ['auto-movable-online-types', EINVAL]), read('kernel/params.c', 'param_attr_store')),
  file_hugepages: sinceHotremove(seen('mm/hugetlb.c', 'nr_hugepages_store', ['off-hugetlb-gigantic', 'HugePages_Total']), read('mm/hugetlb.c', 'nr_hugepages_store')),
  file_thp: sinceHotremove(read('mm/huge_memory.c', 'enabled_store')),
  file_uevent: sinceHotremove(read('lib/kobject_uevent.c', 'kobject_synth_uevent'), read('drivers/base/core.c', 'store_uevent')),
  file_eject: sinceHotremove(seen('drivers/acpi/device_sysfs.c', 'eject_store', ['rm-eject-sysfs', EINVAL]), read('drivers/acpi/scan.c', 'acpi_eject_store')),
  file_inject: sinceHotremove(seen('lib/notifier-error-inject.c', 'notifier_err_inject_init', ['notifier-error', EPERM]), seen('lib/notifier-error-inject.c', 'notifier_err_inject_init', ['n01-inject', 'Injecting error (-1)'])),
  own_listener: everywhere(ours(BLOCK, 'register_memory_notifier')),
  file_trace: { ...sinceHotremove(read('kernel/trace/trace_events.c', 'event_enable_write')), '2.6.12-mhp': ours('kernel/trace/trace_events.c', 'event_enable_write') },
  file_zram: sinceHotremove(seen('drivers/block/zram/zram_drv.c', 'disksize_store', ['off-lowmem-zram', 'zram']), read('drivers/staging/zram/zram_drv.c', 'disksize_store')),
  file_sysctl: everywhere(read('kernel/sysctl.c', 'proc_dointvec_minmax')),
  file_no_store: everywhere(read('drivers/base/core.c', 'dev_attr_store')),
  file_bus: sinceHotremove(read('drivers/base/bus.c', 'drivers_probe_store'), read('drivers/base/bus.c', 'store_drivers_probe')),
  file_kexec: sinceHotremove(seen('kernel/ksysfs.c', 'kexec_crash_size_store', ['crash-shrink', EINVAL]), read('kernel/ksysfs.c', 'kexec_crash_size_store')),
  file_cma: { '6.1': read('mm/cma_debug.c', 'cma_alloc_write') },
  file_debug: { '6.1': read('fs/debugfs/file.c', 'debugfs_attr_write'), '3.11': read('fs/libfs.c', 'simple_attr_write'), '2.6.12-mhp': read('fs/debugfs/file.c', 'write_file_bool') },
  file_acpi: sinceHotremove(read('drivers/acpi/sysfs.c', 'enabled_store'), read('drivers/acpi/sysfs.c', 'hotplug_enabled_store')),
  file_oom: everywhere(read('fs/proc/base.c', 'oom_score_adj_write')),
  file_other: everywhere(read('fs/read_write.c', 'vfs_write')),
} as const satisfies Readonly<Record<string, Rule>>;
export type RuleId = keyof typeof RULES;
