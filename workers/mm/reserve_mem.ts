/**
 * Mirrors: init_user_reserve(), init_admin_reserve(), reserve_mem_notifier() of mm/mmap.c (6.1): what strict overcommit keeps back for a user's and for root's recovery, at most a 32nd of
 * what is free. Memory that comes may raise them, as long as they are as the kernel set them; memory that goes lowers them when they are more than is left.
 * Left out: overcommit itself. Why: the recorded kernels run without it; the numbers and lines are what can be seen.
 */
import { MEM_OFFLINE, MEM_ONLINE } from '../uapi/memory_block.ts';
import { NOTIFY_OK } from '../uapi/notifiers.ts';
import type { Kernel } from './kernel.ts';
import { M_ADMIN_RESERVE_KBYTES, M_USER_RESERVE_KBYTES, type Mm, page_size } from './mm.ts';
import { registerListener } from './memory_listeners.ts';

const INFO = 6;
/** Name, word, and the most the kernel itself sets, kB. */
const RESERVES = [['user', M_USER_RESERVE_KBYTES, 1 << 17], ['admin', M_ADMIN_RESERVE_KBYTES, 1 << 13]] as const;

const free_kbytes = (mm: Mm): number => mm.t.zone.nr_free_pages.reduce((sum, pages) => sum + pages, 0) * (page_size(mm) / 1024);
/** @param prefix of its lines in the log: `mmap: ` since 3.15 */
export function register_reserve_mem_notifier({ mm, memory_chain }: Kernel, prefix = 'mmap: '): void {
  const { word } = mm.t.misc;
  const init = (at: number, most: number): number => {
    word[at] = Math.min(Math.floor(free_kbytes(mm) / 32), most);
    return word[at] as number;
  };
  for (const [, at, most] of RESERVES) init(at, most);
  registerListener(memory_chain, 'reserve_mem_notifier', (action) => {
    for (const [name, at, most] of RESERVES) {
      const kbytes = word[at] as number;
      if (action === MEM_ONLINE && kbytes > 0 && kbytes < most) init(at, most);
      else if (action === MEM_OFFLINE && kbytes > free_kbytes(mm)) mm.printk(INFO, `${prefix}vm.${name}_reserve_kbytes reset to ${init(at, most)}`);
    }
    return NOTIFY_OK;
  });
}
