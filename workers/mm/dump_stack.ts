/**
 * Mirrors: lib/dump_stack.c and the stack unwinder's output (6.1): who was running, on what, and how the kernel came there.
 * Addresses are those of the recorded Debian image; what lies on a stack by accident ("? name") differs from run to run and is left out, but for the worker's own.
 */
import { hasMmconfig } from '../uapi/machine_description.ts';
import { M_TAINTED, type Mm } from './mm.ts';

const LEVEL_WARNING = 4;
const BOARD = { q35: 'Q35 + ICH9, 2009', pc: 'i440FX + PIIX, 1996' };
const BIOS = 'BIOS 1.16.2-debian-1.16.2-1 04/01/2014';

/** The process or worker that the kernel was working for. */
export interface Running {
  readonly pid: number;
  readonly comm: string;
  /** Of a worker: queue and function. */
  readonly workqueue?: string;
  readonly oom_score_adj?: number;
}
export const KACPI_HOTPLUG: Running = { pid: 20, comm: 'kworker/u2:1', workqueue: 'kacpi_hotplug acpi_hotplug_work_fn' };

/** How execution came to an allocation, outermost call last. */
export const CALL_TRACES = {
  /** A DIMM is added, from sparse_add_section() on: what is above depends on what failed. */
  acpi_hotplug: [
    'add_memory_resource+0x1a8/0x2e0', 'trace_clock_x86_tsc+0x20/0x20', 'acpi_memory_device_add+0x1bb/0x320', 'acpi_bus_attach+0x149/0x260', 'acpi_bus_scan+0x54/0x100',
    'acpi_device_hotplug+0x3c0/0x420', 'acpi_hotplug_work_fn+0x1a/0x30', 'process_one_work+0x1c7/0x380', 'worker_thread+0x4d/0x380', '? rescuer_thread+0x3a0/0x3a0',
    'kthread+0xda/0x100', '? kthread_complete_and_exit+0x20/0x20', 'ret_from_fork+0x22/0x30',
  ],
  vmemmap_alloc_block: [
    'warn_alloc+0x151/0x170', 'vmemmap_alloc_block+0x80/0xd5', 'vmemmap_populate+0x119/0x32d', '__populate_section_memmap+0x1f5/0x217', 'sparse_add_section+0x13d/0x1f2',
    '__add_pages+0x9d/0x120', 'add_pages+0x2c/0x90',
  ],
  /** A write of "offline" wants a frame for a page that has to move. */
  alloc_migration_target: [
    'warn_alloc+0x151/0x170', '? unreserve_highatomic_pageblock+0x1e9/0x230', '__alloc_pages_slowpath.constprop.0+0xd04/0xe70', '__alloc_pages+0x305/0x330', '__folio_alloc+0x17/0x50',
    'alloc_migration_target+0xb8/0x160', 'migrate_pages_batch+0x2fb/0xc70', '? do_pages_stat+0x360/0x360', '? filemap_migrate_folio+0xb0/0xb0', 'migrate_pages+0xb1e/0xc00',
    '? do_pages_stat+0x360/0x360', 'do_migrate_range.isra.0+0x2c3/0x750', 'offline_pages+0x629/0x7a8', 'trace_clock_x86_tsc+0x20/0x20', 'device_offline+0xc7/0x120', 'state_store+0x65/0xa0',
    'kernfs_fop_write_iter+0x12e/0x200', 'vfs_write+0x235/0x3f0', 'ksys_write+0x6b/0xf0', 'do_syscall_64+0x5d/0xb0', 'entry_SYSCALL_64_after_hwframe+0x6e/0xd8',
  ],
  /** The OOM killer is called by an allocation that found nothing. */
  out_of_memory: [
    'dump_header+0x4c/0x22b', 'oom_kill_process.cold+0xb/0x10', 'out_of_memory+0x1fd/0x4c0', '__alloc_pages_slowpath.constprop.0+0x67f/0xe70', '__alloc_pages+0x305/0x330',
  ],
  /** A child that was just forked touches a page it shares with its parent. */
  copy_on_write: [
    '__folio_alloc+0x17/0x50', '? policy_node+0x51/0x70', 'vma_alloc_folio+0x9c/0x370', 'wp_page_copy+0x80/0x720', '__handle_mm_fault+0x97b/0xfa0', 'handle_mm_fault+0xdb/0x2d0',
    'do_user_addr_fault+0x191/0x570', 'exc_page_fault+0x70/0x170', 'asm_exc_page_fault+0x22/0x30', 'schedule_tail+0x3f/0x50', 'ret_from_fork+0x8/0x30',
  ],
  page_fault: ['__folio_alloc+0x17/0x50', '? policy_node+0x51/0x70', 'vma_alloc_folio+0x9c/0x370', '__handle_mm_fault+0x97b/0xfa0', 'handle_mm_fault+0xdb/0x2d0', 'do_user_addr_fault+0x191/0x570', 'exc_page_fault+0x70/0x170', 'asm_exc_page_fault+0x22/0x30'],
  /** fork(2) wants the top level of the child's page tables. */
  pgd_alloc: [
    '__get_free_pages+0xd/0x40', 'pgd_alloc+0x33/0x230', 'mm_init+0x1a6/0x300', 'copy_process+0x1930/0x1ae0', 'kernel_clone+0xbf/0x430', '__do_sys_clone+0x7b/0xb0',
    'do_syscall_64+0x5d/0xb0', 'entry_SYSCALL_64_after_hwframe+0x6e/0xd8',
  ],
} as const;

/** Letters of taint flags stand in their columns; only 'W' (a warning was printed) can be set here. Source: print_tainted(). */
const tainted = (mm: Mm): string => (mm.t.misc.word[M_TAINTED] === 0 ? 'Not tainted' : `Tainted: G${' '.repeat(8)}W${' '.repeat(9)}`);

/** Source: dump_stack_print_info(). */
export function dump_stack_print_info(mm: Mm, { pid, comm, workqueue }: Running): string[] {
  const { description: d } = mm;
  const version = d.kernelVersion ?? '';
  const build = [/^#\d+/.exec(version)?.[0] ?? '', /Debian \S+/.exec(version)?.[0] ?? ''].filter((part) => part !== '').join('  ');
  return [
    `CPU: 0 PID: ${pid} Comm: ${comm} ${tainted(mm)} ${d.release ?? mm.edition.release} ${build}`.trimEnd(), `Hardware name: QEMU Standard PC (${BOARD[hasMmconfig(d.memory) ? 'q35' : 'pc']}), ${BIOS}`,
    ...(workqueue === undefined ? [] : [`Workqueue: ${workqueue}`]),
  ];
}
export const callTrace = (frames: readonly string[]): string[] => ['Call Trace:', ' <TASK>', ...frames.map((frame) => ` ${frame}`), ' </TASK>'];

/** Only the recorded image's addresses are known: another kernel says nothing here. */
export function dump_stack(mm: Mm, who: Running, frames: readonly string[]): void {
  if (mm.description.profile !== 'debian-6.1-q35') return;
  for (const line of [...dump_stack_print_info(mm, who), ...callTrace(['dump_stack_lvl+0x44/0x5c', ...frames])]) mm.printk(LEVEL_WARNING, line);
}
