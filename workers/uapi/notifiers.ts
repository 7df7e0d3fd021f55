/** In-tree listeners of the memory notifier chain, of every edition: which of them a kernel has, and in which order they register, is the edition's. Index = `callback` of sim_notifier_call; append only. */
export interface NotifierInfo {
  /** The C function. */
  readonly name: string;
  readonly file: string;
  readonly priority: number;
  /** One plain sentence. */
  readonly what: string;
}
export const NOTIFIERS: readonly NotifierInfo[] = [
  { name: 'ksm_memory_callback', file: 'mm/ksm.c', priority: 100, what: 'Parks ksmd while memory goes offline, so that it does not hold pages of the range.' },
  { name: 'memtier_hotplug_callback', file: 'mm/memory-tiers.c', priority: 100, what: 'Works out demotion targets anew when a node gains its first or loses its last memory.' },
  { name: 'cpuset_track_online_nodes', file: 'kernel/cgroup/cpuset.c', priority: 10, what: 'Has the allowed nodes of cpusets looked at again.' },
  { name: 'mm_compute_batch_notifier', file: 'mm/mm_init.c', priority: 10, what: 'Sizes the per-cpu batch of committed memory to the new total.' },
  { name: 'hmat_callback', file: 'drivers/acpi/numa/hmat.c', priority: 2, what: 'Registers access characteristics of a new node.' },
  { name: 'slab_memory_callback', file: 'mm/slub.c', priority: 1, what: 'Allocates per-node slab structures for a new node; shrinks caches before memory goes offline.' },
  { name: 'reserve_mem_notifier', file: 'mm/mmap.c', priority: 0, what: 'Adjusts the user and admin reserves to the new total.' },
  { name: 'kcore_callback', file: 'fs/proc/kcore.c', priority: 0, what: 'Marks the list of ranges in /proc/kcore as out of date.' },
  { name: 'ipc_memory_callback', file: 'ipc/util.c', priority: 10, what: 'Has the limit of message queues worked out anew for the new total.' },
  { name: 'node_memory_callback', file: 'drivers/base/node.c', priority: 2, what: 'Adds or removes the huge page files of a node that gains or loses memory.' },
  { name: 'page_cgroup_callback', file: 'mm/page_cgroup.c', priority: 0, what: 'Allocates the memory controller\'s table for each section that comes online; without it the online is refused.' },
  { name: 'prevent_bootmem_remove_notifier', file: 'arch/arm64/mm/mmu.c', priority: 0, what: 'Refuses to let memory go that was there at boot.' },
  { name: 's390_cma_mem_notifier', file: 'arch/s390/mm/init.c', priority: 0, what: 'Refuses to let memory go that is set aside for devices.' },
  { name: 'sclp_mem_notifier', file: 'drivers/s390/char/sclp_cmd.c', priority: 0, what: 'Asks the hypervisor for the storage increments of a block that comes online, and gives them back when it is offline.' },
  { name: 'iommu_mem_notifier', file: 'arch/powerpc/platforms/pseries/iommu.c', priority: 0, what: 'Maps memory that comes online for devices, and unmaps what went.' },
  { name: 'kdump_mem_notifier', file: 'arch/s390/kernel/setup.c', priority: 0, what: 'Refuses to let memory go that a crash kernel would be exchanged with.' },
];
/** Callback numbers from here on belong to listeners registered at run time. */
export const NOTIFIER_USER_BASE = 64;

export const NOTIFY_DONE = 0;
export const NOTIFY_OK = 1;
export const NOTIFY_STOP_MASK = 0x8000;
export const NOTIFY_BAD = NOTIFY_STOP_MASK | 2;
/** 'OK', 'DONE', 'BAD', or the errno name a notifier_from_errno() value carries. */
export const notifyWord = (ret: number): string => (ret === NOTIFY_DONE ? 'DONE' : ret === NOTIFY_OK ? 'OK' : ret === NOTIFY_BAD ? 'BAD' : `errno ${(ret & ~NOTIFY_STOP_MASK) - 1}`);
