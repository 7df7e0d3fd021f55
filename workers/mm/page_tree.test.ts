import { expect, it } from 'vitest';
import type { FilePages } from '../kernel/vnode.ts';
import { guest } from '../testing/guest.ts';
import { createPageTrees } from './page_tree.ts';

/** Nodes by level that a file's pages of these numbers need; then what is left of them when only the first `kept` pages are. */
function nodesFor(indices: readonly number[], kept: number): (readonly number[])[] {
  let made = 0;
  const trees = createPageTrees({ slab: { alloc: () => ++made, free() {}, report: () => [] } });
  const file: FilePages = { slots: [], nodes: [] };
  for (const index of indices) {
    expect(trees.insert(file, index)).toBe(true);
    file.slots[index] = 1;
  }
  const counted = (): readonly number[] => file.nodes.map((row) => row.filter((node) => node > 0).length);
  const before = counted();
  trees.truncate(file, kept);
  return [before, counted()];
}
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

it.each([
  ['one page stands in the inode itself', [0], 1, [], []],
  ['64 pages in a node', upTo(64), 2, [1], [1]],
  ['the 65th needs a second node, and one above both', upTo(65), 64, [2, 1], [1]],
  ['a page far behind takes its own path, and the first page gets one', [0, 4096], 1, [2, 2, 1], []],
  ['38400 pages, 150 MiB: 600 nodes, 10 above them, and the root', upTo(38400), 0, [600, 10, 1], []],
])('%s', (_, indices, kept, before, after) => expect(nodesFor(indices, kept)).toEqual([before, after]));

it('nodes are slab: a file of 20 MiB in memory takes 83, and gives them back', () => {
  const g = guest('1G');
  const nodes = (): number => Number(/^radix_tree_node +(\d+)/m.exec(g.file('/proc/slabinfo'))?.[1] ?? 0);
  expect(nodes()).toBe(0);
  g.run('dd if=/dev/zero of=/tmp/big bs=1M count=20 2>/dev/null');
  expect(nodes()).toBe(80 + 2 + 1);
  g.run('rm /tmp/big');
  expect(nodes()).toBe(0);
});
