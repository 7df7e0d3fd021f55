/** Mirrors: pagemap_read() of fs/proc/task_mmu.c (3.11): the first reader of a page map is told of a change to come. */
import { M_PAGEMAP_READ, type Mm } from '../../mm/mm.ts';

const WARN = 4;

export function pagemap_read(mm: Mm): boolean {
  const { word } = mm.t.misc;
  if (word[M_PAGEMAP_READ] === 0) mm.printk(WARN, 'Bits 55-60 of /proc/PID/pagemap entries are about to stop being page-shift some time soon. See the linux/Documentation/vm/pagemap.txt for details.');
  word[M_PAGEMAP_READ] = 1;
  return false;
}
