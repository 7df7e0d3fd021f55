/** What of a machine the fuzzer may reach for: its writable files, blocks and devices. */
import { rootPlace, walk } from '../../kernel/vfs.ts';
import type { DirNode } from '../../kernel/vnode.ts';
import type { Machine } from '../../machine/types.ts';
import { MEM_ABSENT } from '../../uapi/memory_block.ts';
import { PAGE_SIZE } from '../../uapi/units.ts';
import type { Terrain } from './generate.ts';

/** Trees whose files are written to. Devices and consoles take whatever comes, /proc/sysrq-trigger and its kin do not exist. */
const TREES = ['sys', 'proc'];
const WRITABLE = 0o222;
/** Blocks look alike: a few of them stand for all. */
const BLOCKS_SHOWN = 5;

function collect(dir: DirNode, path: string, depth: number, into: string[]): void {
  let shown = 0;
  for (const name of dir.list()) {
    if (/^memory\d+$/.test(name) && ++shown > BLOCKS_SHOWN) continue;
    const node = dir.lookup(name);
    if (node?.kind === 'dir' && depth < 8) collect(node, `${path}/${name}`, depth + 1, into);
    else if (node?.kind === 'file' && (node.mode & WRITABLE) !== 0 && node.special === undefined) into.push(`${path}/${name}`);
  }
}

export function terrainOf(machine: Machine): Terrain {
  const { mm, root } = machine.kernel;
  const { state } = mm.t.memory_block;
  let files: string[] = [];
  let seen = '';
  const blocks = (): number[] => [...state.keys()].filter((id) => state[id] !== MEM_ABSENT);
  return {
    blocks,
    files() {
      const now = blocks().join();
      if (now === seen && files.length > 0) return files;
      seen = now;
      files = [];
      for (const name of TREES) {
        const found = walk(root, rootPlace(root), `/${name}`, 0, true);
        if (typeof found !== 'number' && found.node?.kind === 'dir') collect(found.node, `/${name}`, 0, files);
      }
      return files;
    },
    virtio: machine.qemu.virtioMem.map(({ id }) => id),
    balloon: machine.qemu.balloon !== undefined,
    nodes: mm.description.numa.reduce((most, { nid }) => Math.max(most, nid + 1), 1),
    blockBytes: PAGE_SIZE * 2 ** mm.PFN_BLOCK_SHIFT,
  };
}
