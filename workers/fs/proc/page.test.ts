import { expect, it } from 'vitest';
import { guest } from '../../testing/guest.ts';

it('/proc/kpageflags: pages of tmpfs are dirty and go to swap, those of a disk do neither', () => {
  const g = guest('1G');
  const pages = (flags: string): number => Number(new RegExp(`^\\S+\\s+(\\d+)\\s+\\d+\\s+\\S+\\s+${flags}$`, 'm').exec(g.run('page-types'))?.[1] ?? 0);
  // Of the initramfs, 3461 pages, some are active, and some mapped and locked by the first program.
  const tmpfs = (): number => ['', ',active', ',active,mmap'].reduce((sum, more) => sum + pages(`uptodate,dirty,lru${more},swapbacked`), pages('uptodate,dirty,lru,active,mmap,swapbacked,unevictable'));
  expect([tmpfs(), pages('referenced,uptodate,lru')]).toEqual([3461, 0]);
  g.run('cat /srv/tree/d000/f00 > /dev/null');
  expect([tmpfs(), pages('referenced,uptodate,lru')]).toEqual([3461, 7]);
});
