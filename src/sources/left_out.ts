/** What the model leaves out, by what an answer is about. Told from the `Left out:` lines of workers/; the words are in src/strings/rules.*.ts. */
import type { FunctionName } from '../../workers/uapi/functions.ts';
import type { Edition } from '../../workers/uapi/machine_description.ts';

export const TOPICS = [
  'passed', 'hotplug', 'hotplug2005', 'isolation', 'isolation3', 'migration', 'allocator', 'buddy2005', 'hugetlb', 'locks', 'acpi', 'reclaim', 'compaction', 'oom', 'cma', 'poison', 'virtio', 'tracing', 'zram', 'thp', 'uevents', 'log', 'flags', 'listeners', 'memmap', 'capture', 'files',
] as const;
export type Topic = (typeof TOPICS)[number];

/** By the kernel's file. Editions differ where the second has an entry of its own. */
const BY_FILE: readonly (readonly [file: RegExp, topic: Topic, editions?: Partial<Record<Edition, Topic>>])[] = [
  [/^mm\/memory_hotplug\.c$/, 'hotplug', { '2.6.12-mhp': 'hotplug2005' }], [/^mm\/page_isolation\.c$/, 'isolation', { '3.11': 'isolation3' }], [/^mm\/migrate\.c$/, 'migration', { '2.6.12-mhp': 'capture' }],
  [/^mm\/(page_alloc|swap)\.c$/, 'allocator', { '2.6.12-mhp': 'buddy2005' }], [/^mm\/hugetlb\.c$/, 'hugetlb'], [/^drivers\/acpi\//, 'acpi'], [/^mm\/vmscan\.c$/, 'reclaim'], [/^mm\/(compaction|page-writeback)\.c$/, 'compaction'],
  [/^mm\/oom_kill\.c$/, 'oom'], [/^(mm\/cma.*|drivers\/base\/dma-contiguous)\.c$/, 'cma'], [/^mm\/memory-failure\.c$/, 'poison'], [/^drivers\/virtio\//, 'virtio'], [/^kernel\/trace\//, 'tracing'],
  [/^drivers\/block\/zram\//, 'zram'], [/^mm\/(khugepaged|huge_memory)\.c$/, 'thp'], [/^lib\/kobject_uevent\.c$/, 'uevents'], [/^kernel\/printk/, 'log'], [/^(fs\/proc\/page\.c|include\/linux\/)/, 'flags'],
  [/^(mm\/sparse\.c|arch\/)/, 'memmap'], [/^(drivers\/base|lib)\//, 'locks'], [/./, 'files'],
];
/** Functions whose work nobody can see here. */
export const PASSED: readonly FunctionName[] = [
  'writeback_set_ratelimit', 'kcompactd_run', 'kcompactd_stop', 'lru_cache_enable', 'mem_hotplug_begin', 'mem_hotplug_done', 'register_memory_blocks_under_node', 'memory_group_register_static',
  'acpi_memory_get_device_resources',
];

export function leftOutAt(edition: Edition, file: string): Topic {
  const [, topic, editions] = BY_FILE.find(([pattern]) => pattern.test(file)) ?? [/./, 'files' as const];
  return editions?.[edition] ?? topic;
}
