/** What mh and workload ask of the kernel (usr/bin/mem/mh-kernel.ts), answered by the memory of this machine's processes. */
import { rootPlace, walk } from '../kernel/vfs.ts';
import type { DirNode, FileNode } from '../kernel/vnode.ts';
import type { Kernel } from '../mm/kernel.ts';
import type { Kthread } from '../kernel/kthread.ts';
import { CACHE_NAMES, type CacheName } from '../mm/slub.ts';
import type { Area } from '../mm/mm_types.ts';
import { mapped, type ProcessVm } from '../mm/process_vm.ts';
import { ERRNO } from '../uapi/errno.ts';
import { page_size } from '../mm/mm.ts';
import { is_hwpoison_entry } from '../mm/swap.ts';
import type { MemoryCalls, WorkloadApi } from '../usr/bin/mem/mh-kernel.ts';

/** The process that runs. */
interface Current {
  readonly pid: number;
  readonly name: string;
  kill(): void;
  /** A system call of it that may wait. */
  syscall<T>(path: Kthread<T>): Kthread<T>;
}
function createCalls(k: Kernel, vm: ProcessVm, root: () => DirNode, current: () => Current): MemoryCalls {
  const pagesOf = (bytes: number): number => Math.ceil(bytes / page_size(k.mm));
  function fileAt(path: string): FileNode | number {
    const found = walk(root(), rootPlace(root()), path, 0, true);
    if (typeof found === 'number') return found;
    return found.node === undefined ? -ERRNO.ENOENT : found.node.kind === 'file' && found.node.mapping ? found.node : -ERRNO.ENODEV;
  }
  return {
    *mmap(pid, bytes, options) {
      const made = yield* vm.mmap(pid, pagesOf(bytes), { ...options, madvised: options.thp === true });
      yield;
      if (typeof made === 'number') return made;
      const area = mapped(made);
      if (area === undefined) {
        current().kill();
        yield;
        return -ERRNO.ENOMEM;
      }
      return area;
    },
    *mmapFile(pid, path, bytes) {
      yield;
      const file = fileAt(path);
      return typeof file === 'number' ? file : vm.mmapFile(pid, (file.mapping as NonNullable<FileNode['mapping']>)(), 0, Math.min(pagesOf(bytes), pagesOf(file.size())));
    },
    dontneed: (pid, mapping, from, pages) => vm.dontneed(pid, mapping as Area, from, pages),
    munmap: (pid, mapping) => vm.munmap(pid, mapping as Area),
    fork: (pid, child) => vm.fork(pid, child),
    write: (pid, mapping, index) => vm.write(pid, mapping as Area, index),
    pages: (mapping) => (mapping as Area).slots.length,
    mlock: (pid, mapping) => vm.mlock(pid, mapping as Area),
    pin: (pid, mapping, driver) => current().syscall(vm.pin(pid, mapping as Area, driver)),
    threads: (pid, count) => vm.threads(pid, count),
    objects: (pid, cache, count, pick) => (CACHE_NAMES.includes(cache as CacheName) ? vm.objects(pid, cache as CacheName, count, pick) : -ERRNO.EINVAL),
    *readahead(path) {
      yield;
      const file = fileAt(path);
      if (typeof file === 'number') return file;
      const mapping = (file.mapping as NonNullable<FileNode['mapping']>)();
      for (let index = 0; index < pagesOf(file.size()); index++) if ((k.filemap?.read(mapping, index) ?? -1) < 0) return -ERRNO.ENOMEM;
      return 0;
    },
    rss: (pid) => vm.rss(pid),
  };
}
/**
 * @param current the process whose system call runs now, and a way to end it
 * @param root '/', once there is one
 */
export function createWorkload(k: Kernel, vm: ProcessVm, current: () => Current, root: () => DirNode): WorkloadApi {
  return {
    calls: createCalls(k, vm, root, current),
    *anon(pid, bytes, { thp, hugetlb, gigantic = false, shared, mlock, pin, splice }) {
      const madvised = thp === 'always';
      const made = yield* vm.mmap(pid, Math.ceil(bytes / page_size(k.mm)), { shared, hugetlb, gigantic, thp: thp !== 'never', madvised });
      yield;
      if (typeof made === 'number') return { failed: 'mmap', errno: -made };
      const area = mapped(made);
      if (area === undefined) return made as { signal: number };
      const locked = mlock ? vm.mlock(pid, area) : 0;
      if (locked < 0) return { failed: 'mlock', errno: -locked };
      if (pin) {
        const ret = yield* current().syscall(vm.pin(pid, area));
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
      const lost = entries.find((entry) => is_hwpoison_entry(entry) && k.mm.t.section.state[-entry >>> k.mm.PFN_SECTION_SHIFT] === 0);
      const reader = current();
      if (k.mm.edition.pagemap_read(k.mm, -(lost ?? 1), reader)) {
        reader.kill();
        yield;
      }
      return { pages: entries.length, pfns: entries.filter((entry) => entry > 0), swapped: entries.filter((entry) => entry < 0).length, page_size: page_size(k.mm) };
    },
  };
}
