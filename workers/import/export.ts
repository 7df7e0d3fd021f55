/** A machine as files that can be imported again: what the collector script would print on it, a tar archive of the same files, or the output of lsmem --json. */
import type { VNode } from '../kernel/vnode.ts';
import { rootPlace, walk } from '../kernel/vfs.ts';
import type { DirNode } from '../kernel/vnode.ts';
import { COLLECTION } from './collection.ts';
import { bytesOf, textOf, type ImportFile } from './files.ts';

/** What the collector script reads, in its order. */
const TEXTS = ['/proc/version', '/proc/cmdline', '/proc/iomem', '/proc/zoneinfo', '/proc/buddyinfo', '/proc/pagetypeinfo', '/proc/meminfo'] as const;
const DUMPS = ['/proc/kpageflags', '/proc/kpagecount'] as const;
const MEMORY = '/sys/devices/system/memory';
const NODE = '/sys/devices/system/node';
const BLOCK_FILES = ['state', 'valid_zones', 'removable', 'phys_index'];
const READ = 1 << 20;

/** The files of a machine that describe its memory: paths without the leading slash. Links (memory7/node0) have no content. */
export function filesOf(root: DirNode): ImportFile[] {
  const at = (path: string): VNode | undefined => {
    const found = walk(root, rootPlace(root), path, 0, false);
    return typeof found === 'number' ? undefined : found.node;
  };
  const files: ImportFile[] = [];
  const take = (path: string): void => {
    const node = at(path);
    if (node?.kind === 'link') files.push({ name: path.slice(1), bytes: new Uint8Array(0) });
    if (node?.kind !== 'file') return;
    const parts: string[] = [];
    for (let offset = 0; ; ) {
      const part = node.read(offset, READ);
      if (typeof part === 'number' || part === '') break;
      parts.push(part);
      offset += part.length;
      if (part.length < READ) break;
    }
    files.push({ name: path.slice(1), bytes: bytesOf(parts.join('')) });
  };
  const list = (path: string): string[] => {
    const node = at(path);
    return node?.kind === 'dir' ? [...node.list()] : [];
  };
  for (const path of TEXTS) take(path);
  take(`${MEMORY}/block_size_bytes`);
  take(`${MEMORY}/auto_online_blocks`);
  for (const block of list(MEMORY).filter((name) => /^memory\d+$/.test(name))) {
    for (const name of list(`${MEMORY}/${block}`)) if (BLOCK_FILES.includes(name) || /^node\d+$/.test(name)) take(`${MEMORY}/${block}/${name}`);
  }
  for (const name of ['online', 'possible', 'has_memory', 'has_normal_memory', 'has_cpu']) take(`${NODE}/${name}`);
  for (const path of DUMPS) take(path);
  return files;
}

/** As the collector script writes it (collection.ts). */
export function collectionOf(files: readonly ImportFile[]): Uint8Array {
  const isDump = (name: string): boolean => (DUMPS as readonly string[]).includes(`/${name}`);
  const text = files.filter(({ name }) => !isDump(name)).map(({ name, bytes }) =>
    `== /${name}${bytes.length === 0 ? ' link' : ''}\n${textOf(bytes).replace(/^(?=.|\n.)/gm, ' ').replace(/([^\n])$/, '$1\n')}`).join('');
  const dumps = files.filter(({ name }) => isDump(name)).map(({ name, bytes }) => `== /${name} od\n${od(bytes)}`).join('');
  return bytesOf(`${COLLECTION}\n${text}${dumps}== end\n`);
}
/** od -A x -t x8, each line behind a blank. */
function od(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: string[] = [];
  const word = (at: number): string => ` ${view.getUint32(at + 4, true).toString(16).padStart(8, '0')}${view.getUint32(at, true).toString(16).padStart(8, '0')}`;
  let starred = false;
  let last = '';
  for (let at = 0; at + 8 <= bytes.length; at += 16) {
    const row = word(at) + (at + 16 <= bytes.length ? word(at + 8) : '');
    if (row === last) {
      if (!starred) lines.push(' *\n');
      starred = true;
      continue;
    }
    starred = false;
    last = row;
    lines.push(` ${at.toString(16).padStart(6, '0')}${row}\n`);
  }
  lines.push(` ${bytes.length.toString(16).padStart(6, '0')}\n`);
  return lines.join('');
}

const BLOCK = 512;
/** A ustar archive, all files of 1970, owned by root. */
export function tarOf(files: readonly ImportFile[]): Uint8Array {
  const size = files.reduce((sum, { bytes }) => sum + BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK, 2 * BLOCK);
  const out = new Uint8Array(size);
  let at = 0;
  for (const { name, bytes } of files) {
    const field = (offset: number, text: string): void => { out.set(bytesOf(text), at + offset); };
    field(0, name);
    field(100, ['0000644', '0000000', '0000000', bytes.length.toString(8).padStart(11, '0'), '00000000000', `        ${bytes.length === 0 ? '5' : '0'}`].join('\0'));
    field(257, 'ustar\x0000');
    let sum = 0;
    for (let i = 0; i < BLOCK; i++) sum += out[at + i] as number;
    field(148, `${sum.toString(8).padStart(6, '0')}\0 `);
    out.set(bytes, at + BLOCK);
    at += BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK;
  }
  return out;
}
