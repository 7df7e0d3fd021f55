/**
 * Mirrors: lib/radix-tree.c, lib/xarray.c (3.11, 6.1), as far as memory can tell: the nodes that hold where a file's pages are, 64 entries each, are slab of the kernel's.
 * A file of one page needs none. A node stays while its file has pages beyond it in memory or had some: since 3.15 the shadows of reclaimed pages stand in it; until then it went with the
 * last of its pages, which is left out. Why: who takes a page away knows its row of PTE, and not its file.
 */
import type { FilePages } from '../kernel/vnode.ts';
import type { Kernel } from './kernel.ts';

/** Entries of a node: 2^6. */
const RADIX_TREE_MAP_SHIFT = 6;
const NODE = 'radix_tree_node';

/** Levels of nodes that a tree needs for a page of this index. Source: xas_expand(), radix_tree_extend(). */
function heightFor(index: number): number {
  let height = 0;
  for (let left = index; left > 0; left = Math.floor(left / 2 ** RADIX_TREE_MAP_SHIFT)) height++;
  return height;
}

export interface PageTrees {
  /** Nodes for the page of this index are there after this. False: there is no memory for one. Source: xas_create(). */
  insert(file: FilePages, index: number): boolean;
  /** Nodes that are only for pages from `from` on go. Source: xas_delete_node(), xas_shrink(). */
  truncate(file: FilePages, from: number): void;
}

export function createPageTrees(k: Pick<Kernel, 'slab'>): PageTrees {
  function truncate({ nodes }: FilePages, from: number): void {
    const height = from === 0 ? 0 : heightFor(from - 1);
    for (const [level, row] of nodes.entries()) {
      const kept = level < height ? Math.ceil(from / 2 ** (RADIX_TREE_MAP_SHIFT * (level + 1))) : 0;
      for (const node of row.splice(kept)) if (node > 0) k.slab?.free(NODE, node);
    }
    nodes.length = Math.min(nodes.length, height);
  }
  /** The node of a level, counted from the pages upwards. */
  function have(nodes: number[][], level: number, at: number): boolean {
    const row = nodes[level] ?? [];
    nodes[level] = row;
    if ((row[at] ?? 0) > 0) return true;
    const node = k.slab?.alloc(NODE) ?? 0;
    if (node < 0) return false;
    while (row.length < at) row.push(0);
    row[at] = node;
    return true;
  }
  return {
    truncate,
    insert(file, index) {
      const { nodes, slots } = file;
      const before = nodes.length;
      const height = Math.max(before, heightFor(index));
      // A tree that grows gets new nodes over what it had: over its first page, where that was all.
      const first = before > 0 || (slots[0] ?? 0) > 0;
      for (let level = before; level < height; level++) if (first && !have(nodes, level, 0)) return false;
      for (let level = 0; level < height; level++) if (!have(nodes, level, Math.floor(index / 2 ** (RADIX_TREE_MAP_SHIFT * (level + 1))))) return false;
      return true;
    },
  };
}
