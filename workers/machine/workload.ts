/** What mh asks of the kernel (usr/bin/mem/mh-kernel.ts), answered by the memory of this machine's processes. */
import type { Kernel } from '../kernel/kernel.ts';
import { mapped, type ProcessVm } from '../mm/process_vm.ts';
import { ERRNO } from '../uapi/errno.ts';
import { page_size } from '../mm/mm.ts';
import type { WorkloadApi } from '../usr/bin/mem/mh-kernel.ts';

/** @param current the process whose system call runs now, and a way to end it */
export function createWorkload(k: Kernel, vm: ProcessVm, current: () => { readonly pid: number; readonly name: string; kill(): void }): WorkloadApi {
  return {
    *anon(pid, bytes, { thp, hugetlb, shared, mlock, pin, splice }) {
      const huge = thp === 'always' || (thp === 'default' && k.mm.options.thp);
      const made = vm.mmap(pid, Math.ceil(bytes / page_size(k.mm)), { shared, hugetlb, thp: huge });
      yield;
      if (typeof made === 'number') return { failed: 'mmap', errno: -made };
      const area = mapped(made);
      if (area === undefined) return made as { signal: number };
      if (mlock) vm.mlock(area);
      if (pin) {
        const ret = yield* vm.pin(area);
        if (ret < 0) return { failed: 'io_uring_register', errno: -ret };
      }
      if (splice) vm.hold(area);
      return { address: area.address };
    },
    *atomic(pid, order, count) {
      yield;
      return vm.atomic(pid, order, count);
    },
    *where(pid) {
      yield;
      if (!vm.has(pid)) return -ERRNO.ENOENT;
      const area = vm.area(pid);
      if (area === undefined) return null;
      const entries = vm.pagemap(area);
      const lost = entries.find((entry) => entry < 0 && k.mm.t.section.state[-entry >>> k.mm.PFN_SECTION_SHIFT] === 0);
      const reader = current();
      if (k.mm.edition.pagemap_read(k.mm, -(lost ?? 1), reader)) {
        reader.kill();
        yield;
      }
      return { pages: entries.length, pfns: entries.filter((entry) => entry > 0), swapped: entries.filter((entry) => entry < 0).length };
    },
  };
}
