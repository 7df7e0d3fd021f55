/**
 * What a program costs in frames before it does anything: heap, libraries' data and stack. Without it a machine on which a shell runs would look empty, and offlining the block
 * the shell sits in would move nothing.
 * Sizes are those of the recorded guest's programs: offlining an otherwise empty Movable block moved about 66 pages when bash did it, 16 more for each program it had started.
 */
import { runToEnd } from '../kernel/kthread.ts';
import type { ProcessVm } from '../mm/process_vm.ts';

const ANON_PAGES: Readonly<Record<string, number>> = { bash: 66, sh: 66 };
const ANON_PAGES_OTHER = 16;

/** A process has started to run a program (execve). */
export function startProgram(vm: ProcessVm, pid: number, name: string): void {
  vm.exit(pid);
  vm.start(pid, name);
  runToEnd(vm.mmap(pid, ANON_PAGES[name] ?? ANON_PAGES_OTHER));
}
