/**
 * Mirrors: mm/swapfile.c (6.1): areas of swap: swapon(2), swapoff(2), which place a page gets, /proc/swaps. A place keeps what the page holds (its content tag) and what kind it was.
 * Left out: swap files, discard, clusters, read-ahead. Why: the file system here is in memory and has no blocks to swap to; the rest is about disks.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import { ERRNO } from '../uapi/errno.ts';
import type { Kernel } from './kernel.ts';
import { M_NR_PTES, type Mm } from './mm.ts';
import { do_swap_page } from './swap_in.ts';
import { is_swap_pte, MAX_SWAP_PAGES, MAX_SWAPFILES, setSwapSpace, swp_entry, swp_offset, swp_type } from './swap.ts';

const ERR = 3;
const INFO = 6;
const PAGE_BYTES = 4096;
const KB_PER_PAGE = 4;
/** union swap_header: bytes of the first page. */
const MAGIC_AT = 4086;
const MAGIC = 'SWAPSPACE2';
const VERSION_AT = 1024;
const LAST_PAGE_AT = 1028;
/** swapon(2): the low bits are a priority. */
const SWAP_FLAG_PREFER = 0x8000;
const SWAP_FLAG_PRIO_MASK = 0x7fff;

/** First line of /proc/swaps. */
export const SWAPS_HEADER = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n';
/** struct swap_info_struct. */
interface SwapInfo {
  readonly path: string;
  readonly prio: number;
  /** Places, the first of which is the header's. */
  readonly max: number;
  /** By place: 1 in use; what the page holds, and its kind. */
  readonly used: Uint8Array;
  readonly tags: Uint16Array;
  readonly kinds: Uint8Array;
  inuse_pages: number;
  /** SWP_WRITEOK: pages may go there. Not while the area is being emptied. */
  writeok: boolean;
  /** Where the last place was given. */
  cluster_next: number;
}

/** What there is to read of a disk. */
interface Disk {
  size(): number;
  read(offset: number, count: number): string | number;
}
export interface Swapfile {
  /** 0; -EINVAL (no disk, or no header of swap on it), -EBUSY (swapped to already), -EPERM (no room for another). `disk`: what is at the path, undefined: no block device. */
  swapon(disk: Disk | undefined, path: string, flags: number): number;
  /** All pages come back: 0; -EINVAL (not swapped to), -ENOMEM (they do not fit), -EINTR. */
  swapoff(path: string): Kthread<number>;
  /** /proc/swaps. */
  swaps_show(): string;
  /** Is something swapped to this device? */
  inUse(path: string): boolean;
}

const le32 = (bytes: string, at: number): number => ((bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8) | (bytes.charCodeAt(at + 2) << 16) | (bytes.charCodeAt(at + 3) << 24)) >>> 0);

export function createSwapfile(k: Kernel): Swapfile {
  const { mm } = k;
  /** By type; a place that is free again is undefined. */
  const areas = remember<(SwapInfo | undefined)[]>([]);
  const least = remember({ priority: -1 });
  const live = (): SwapInfo[] => areas.filter((area) => area !== undefined);
  /** Pages that areas take; `left`: that they could still take. Asked for every page that is looked at. */
  function places(left: boolean): number {
    let sum = 0;
    for (let type = 0; type < areas.length; type++) {
      const area = areas[type];
      if (area?.writeok) sum += area.max - 1 - (left ? area.inuse_pages : 0);
    }
    return sum;
  }
  /** Type of the area with the highest priority that has room, the first of several; -1: none has. */
  function firstWithRoom(): number {
    let best = -1;
    let prio = 0;
    for (let type = 0; type < areas.length; type++) {
      const area = areas[type];
      if (!area?.writeok || area.inuse_pages >= area.max - 1 || (best >= 0 && area.prio <= prio)) continue;
      best = type;
      prio = area.prio;
    }
    return best;
  }

  /** A page that is swapped out keeps its slot, and its frame may be mapped again: each frame there could be is left one. */
  const swapped = (): number => areas.reduce((sum, at) => sum + (at?.inuse_pages ?? 0), 0);
  const swapped_at_most = mm.t.pte.pfn.length - 1 - mm.t.sizes.max_pfn;

  setSwapSpace(mm, {
    nr_swap_pages: () => places(true),
    total_swap_pages: () => places(false),
    get_swap_page(tag, kind) {
      const type = firstWithRoom();
      const area = areas[type];
      if (area === undefined || swapped() >= swapped_at_most) return 0;
      let offset = area.cluster_next;
      while (area.used[offset] !== 0) offset = offset + 1 < area.max ? offset + 1 : 1;
      area.used[offset] = 1;
      area.tags[offset] = tag;
      area.kinds[offset] = kind;
      area.inuse_pages++;
      area.cluster_next = offset + 1 < area.max ? offset + 1 : 1;
      return swp_entry(type, offset);
    },
    read(entry) {
      const area = areas[swp_type(entry)] as SwapInfo;
      return { tag: area.tags[swp_offset(entry)] as number, kind: area.kinds[swp_offset(entry)] as number };
    },
    free(entry) {
      const area = areas[swp_type(entry)] as SwapInfo;
      area.used[swp_offset(entry)] = 0;
      area.inuse_pages--;
    },
  });

  /** Pages in the area by its header, 0: there is none. Source: read_swap_header(). */
  function read_swap_header(disk: Disk): number {
    const page = disk.read(0, PAGE_BYTES);
    if (typeof page === 'number' || page.slice(MAGIC_AT, MAGIC_AT + MAGIC.length) !== MAGIC || le32(page, VERSION_AT) !== 1) return 0;
    return Math.min(le32(page, LAST_PAGE_AT) + 1, Math.floor(disk.size() / PAGE_BYTES), MAX_SWAP_PAGES);
  }
  const typeOf = (path: string): number => areas.findIndex((area) => area?.path === path);
  return {
    swapon(disk, path, flags) {
      if (disk === undefined) return -ERRNO.EINVAL;
      if (typeOf(path) >= 0) return -ERRNO.EBUSY;
      const free = areas.indexOf(undefined);
      const type = free >= 0 ? free : areas.length;
      if (type >= MAX_SWAPFILES) return -ERRNO.EPERM;
      const max = read_swap_header(disk);
      if (max < 2) {
        mm.printk(ERR, max === 0 ? 'Unable to find swap-space signature' : 'Empty swap-file');
        return -ERRNO.EINVAL;
      }
      const prio = (flags & SWAP_FLAG_PREFER) !== 0 ? flags & SWAP_FLAG_PRIO_MASK : --least.priority;
      const area: SwapInfo = remember({ path, prio, max, used: new Uint8Array(max), tags: new Uint16Array(max), kinds: new Uint8Array(max), inuse_pages: 0, writeok: true, cluster_next: 1 });
      areas[type] = area;
      const kB = KB_PER_PAGE * (max - 1);
      mm.printk(INFO, `Adding ${kB}k swap on ${path}.  Priority:${prio} extents:1 across:${kB}k SSFS`);
      return 0;
    },
    *swapoff(path) {
      const type = typeOf(path);
      if (type < 0) return -ERRNO.EINVAL;
      const area = areas[type] as SwapInfo;
      area.writeok = false;
      const ret = yield* try_to_unuse(k, type);
      if (ret === 0) areas[type] = undefined;
      else area.writeok = true;
      return ret;
    },
    swaps_show: () => `${SWAPS_HEADER}${live().map(({ path, prio, max, inuse_pages }) => {
      const column = (kB: number): string => `${kB}${kB < 10_000_000 ? '\t' : ''}`;
      return `${path}${' '.repeat(path.length < 40 ? 40 - path.length : 1)}partition\t${column(KB_PER_PAGE * (max - 1))}\t${column(KB_PER_PAGE * inuse_pages)}\t${prio}\n`;
    }).join('')}`,
    inUse: (path) => typeOf(path) >= 0,
  };
}
/** Every page that lies in the area is read back. Source: try_to_unuse(). */
function* try_to_unuse(k: Kernel, type: number): Kthread<number> {
  const { mm } = k;
  const { pte } = mm.t;
  for (let slot = 1; slot <= nrPtes(mm); slot++) {
    const entry = pte.pfn[slot] as number;
    if (!is_swap_pte(entry) || swp_type(entry) !== type) continue;
    if (do_swap_page(mm, k.buddy, slot) < 0) return -ERRNO.ENOMEM;
    if (mm.signal_pending()) return -ERRNO.EINTR;
    if (mm.cond_resched()) yield;
  }
  return 0;
}
const nrPtes = (mm: Mm): number => mm.t.misc.word[M_NR_PTES] as number;
