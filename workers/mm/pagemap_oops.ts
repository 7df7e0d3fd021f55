/**
 * Mirrors: pagemap_pmd_range() of fs/proc/task_mmu.c and arch/x86/mm/fault.c (6.1.192), for the one bug of theirs that was recorded: a hwpoison entry of a page table names a
 * frame, and reading the page map looks at its struct page even when the memory map it was in is gone. Left out: registers, code bytes. Why: they differ from run to run.
 */
import { dump_stack_print_info } from './dump_stack.ts';
import type { Mm } from './mm.ts';

/** struct page of frame 0 in the virtual memory map (five-level page tables, no KASLR), and the offset of the member that is read. */
const VMEMMAP_START = 0xffd4000000000000n;
const STRUCT_PAGE_BYTES = 64n;
const COMPOUND_HEAD_OFFSET = 8n;
const LEVEL_ALERT = 1;
const LEVEL_WARNING = 4;
/** Return addresses of read(2) on a page map in the recorded kernel's image. */
const CALL_TRACE = [
  'walk_pgd_range+0x629/0xa90', '__walk_page_range+0x182/0x190', 'walk_page_range+0x153/0x180', 'pagemap_read+0x15e/0x300', 'vfs_read+0xa5/0x310',
  '__x64_sys_pread64+0x94/0xc0', 'do_syscall_64+0x5d/0xb0', 'entry_SYSCALL_64_after_hwframe+0x6e/0xd8',
];
const RIP = 'RIP: 0010:pagemap_pmd_range+0x507/0x8c0';

/** The kernel log of the fault; the reader is killed by it, nobody else is harmed. `pfn`: the frame whose struct page is gone. */
export function pagemap_oops(mm: Mm, pfn: number, reader: { readonly pid: number; readonly name: string }): void {
  const address = (VMEMMAP_START + BigInt(pfn) * STRUCT_PAGE_BYTES + COMPOUND_HEAD_OFFSET).toString(16);
  const fault = [
    `BUG: unable to handle page fault for address: ${address}`, '#PF: supervisor read access in kernel mode', '#PF: error_code(0x0000) - not-present page',
  ];
  for (const line of fault) mm.printk(LEVEL_ALERT, line);
  for (const line of [
    'Oops: 0000 [#1] PREEMPT SMP NOPTI', ...dump_stack_print_info(mm, { pid: reader.pid, comm: reader.name }), RIP, 'Call Trace:', ' <TASK>', ...CALL_TRACE.map((f) => ` ${f}`), ' </TASK>',
    'Modules linked in:', `CR2: ${address}`, '---[ end trace 0000000000000000 ]---', RIP,
    `note: ${reader.name}[${reader.pid}] exited with irqs disabled`, `note: ${reader.name}[${reader.pid}] exited with preempt_count 1`,
  ]) mm.printk(LEVEL_WARNING, line);
}
