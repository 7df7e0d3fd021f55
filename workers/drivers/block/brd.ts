/**
 * Mirrors: drivers/block/brd.c (6.1): disks in memory, /dev/ram0 to /dev/ram15. A page of the disk that was written to takes a frame the kernel cannot move, and keeps it.
 * Left out: which page of a file lies on which page of the disk. Why: nothing here can see it; a file system says how many it has in use (`grow`).
 */
import type { FileNode } from '../../kernel/vnode.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { remember } from '../../lib/remember.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { page_size } from '../../mm/mm.ts';
import { addOwner, ownKernelPage } from '../../mm/rmap.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { MIGRATE_UNMOVABLE, ZONE_NORMAL } from '../../uapi/mmzone.ts';
import { KIND_KERNEL } from '../../uapi/page_kind.ts';

export interface RamDisk {
  readonly name: string;
  /** /dev/ramN. */
  readonly node: FileNode;
  /** So many pages of it hold something: 0, or -ENOMEM. */
  grow(pages: number): number;
  /** The driver goes, and its memory with it. */
  free(): void;
}

/** @param kb size of the disk */
export function brd_alloc(k: Kernel, name: string, kb: number): RamDisk {
  const { mm, buddy } = k;
  const PAGE = page_size(mm);
  const size = kb * 1024;
  /** Contents of pages that are not all zero; frames, and how many of them pages written through the device took. */
  const pages = remember(new Map<number, string>());
  const frames = remember<number[]>([]);
  const written = remember(new Set<number>());
  const of = remember({ owner: 0, used: 0 });
  function take(count: number): number {
    of.owner ||= addOwner(mm, KIND_KERNEL, `brd: ${name}`, 0);
    while (frames.length < count) {
      const pfn = buddy.alloc_pages({ order: 0, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_KERNEL });
      if (pfn < 0) return -ERRNO.ENOMEM;
      ownKernelPage(mm, of.owner, pfn);
      frames.push(pfn);
    }
    return 0;
  }
  const node: FileNode = {
    kind: 'file', mode: 0o660, special: 'block', size: () => size,
    read(offset, count) {
      let text = '';
      for (let at = offset, end = Math.min(size, offset + count); at < end; ) {
        const part = Math.min(PAGE - (at % PAGE), end - at);
        text += (pages.get(Math.floor(at / PAGE)) ?? '').slice(at % PAGE, (at % PAGE) + part).padEnd(part, '\0');
        at += part;
      }
      return text;
    },
    *write(data, offset): Kthread<number> {
      const bytes = data.slice(0, Math.max(0, size - offset));
      if (bytes === '' && data !== '') return -ERRNO.ENOSPC;
      for (let done = 0; done < bytes.length; ) {
        const nr = Math.floor((offset + done) / PAGE);
        const at = (offset + done) % PAGE;
        const part = bytes.slice(done, done + PAGE - at);
        const old = (pages.get(nr) ?? '').padEnd(PAGE, '\0');
        written.add(nr);
        pages.set(nr, old.slice(0, at) + part + old.slice(at + part.length));
        done += part.length;
      }
      return take(of.used + written.size) || bytes.length;
    },
    truncate: () => 0,
  };
  return {
    name, node,
    grow(count) {
      of.used = Math.max(of.used, count);
      return take(of.used + written.size);
    },
    free() {
      for (const pfn of frames.splice(0)) buddy.free_pages(pfn, 0);
      pages.clear();
    },
  };
}
