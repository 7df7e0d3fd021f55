import { expect, it } from 'vitest';
import { guest } from '../testing/guest.ts';
import { calculate_order } from './slub.ts';

it.each([
  // size, objects in a slab of a machine with two CPUs, and its pages: as /proc/slabinfo of one has them
  ['dentry', 192, 21, 1], ['filp', 256, 16, 1], ['ext4_inode_cache', 1176, 27, 8], ['task_struct', 9792, 3, 8], ['kmalloc-512', 512, 16, 2], ['kmalloc-2k', 2048, 16, 8],
])('%s, %d bytes: %d objects in %d pages', (_, size, objects, pages) => {
  const order = calculate_order(size, 2);
  expect([Math.floor((4096 << order) / size), 1 << order]).toEqual([objects, pages]);
});
it('with one CPU slabs are smaller', () => expect([512, 2048].map((size) => calculate_order(size, 1))).toEqual([0, 2]));
it('/proc/slabinfo counts objects, and slabtop sums them up', () => {
  const g = guest('1G');
  g.run('workload walk files=1000');
  const [, active, all, size, perSlab, pages, slabs] = (/^dentry +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) : tunables +0 +0 +0 : slabdata +(\d+)/m.exec(g.run('cat /proc/slabinfo')) ?? []).map(Number) as [number, number, number, number, number, number, number];
  expect([size, perSlab, pages]).toEqual([192, 21, 1]);
  expect(all).toBe(slabs * perSlab);
  expect(active).toBeGreaterThan(1000);
  expect(active).toBeLessThanOrEqual(all);
  expect(g.run('slabtop -o')).toMatch(new RegExp(`^ *${all} +${active} +\\d+% +0\\.19K +${slabs} +21 `, 'm'));
});
