/** A look at the machine as the recordings' captures take it: the same files, read through the same nodes as any program reads them. */
import { walk, rootPlace } from '../kernel/vfs.ts';
import type { DirNode, VNode } from '../kernel/vnode.ts';
import type { Kernel } from '../mm/kernel.ts';

export interface Capture {
  readonly blocks?: Record<string, Record<string, string>>;
  readonly memory?: Record<string, string>;
  readonly nodes?: Record<string, string | Record<string, string>>;
  readonly errors?: Record<string, string>;
  readonly files?: Record<string, string>;
}
const MEMORY = '/sys/devices/system/memory';
const NODE = '/sys/devices/system/node';
/** What `blocks` reads of each block; `full` reads every file. */
const SOME = ['state', 'removable', 'valid_zones', 'phys_index'];
const READ = 0o444;

interface Taken {
  readonly files: Record<string, string>;
  readonly links: Record<string, string>;
  readonly errors: Record<string, string>;
}

/** kind: `full`, `blocks` (blocks, nodes, zoneinfo) or `zones` (reports only). `files`: paths of reports to read. */
export function capture(kernel: Kernel, kind: string, files: readonly string[]): Capture {
  const { root } = kernel;
  const at = (path: string): VNode | undefined => {
    const found = walk(root, rootPlace(root), path, 0, false);
    return typeof found === 'number' ? undefined : found.node;
  };
  const taken: Taken = { files: {}, links: {}, errors: {} };
  const take = (path: string): void => {
    const node = at(path);
    if (node?.kind === 'link') taken.links[path] = node.target();
    else if (node?.kind === 'file') takeFile(taken, path, node);
  };
  const names = (path: string): string[] => {
    const node = at(path);
    return node?.kind === 'dir' ? [...(node as DirNode).list()].sort(byVersion) : [];
  };
  if (kind !== 'zones') {
    const full = kind === 'full';
    for (const name of names(MEMORY)) {
      const path = `${MEMORY}/${name}`;
      if (!/^memory\d/.test(name)) take(path);
      else for (const entry of names(path)) if (full || SOME.includes(entry) || entry.startsWith('node')) take(`${path}/${entry}`);
    }
    for (const name of names(NODE)) {
      const path = `${NODE}/${name}`;
      if (!name.startsWith('node')) take(path);
      else for (const entry of names(path)) if (entry.startsWith('memory') || (full && ['meminfo', 'cpulist', 'distance'].includes(entry))) takeNode(entry, `${path}/${entry}`);
    }
  }
  /** memory3 is a link, meminfo a file: both start alike. */
  function takeNode(entry: string, path: string): void {
    if (/^memory\d/.test(entry) || entry === 'meminfo' || entry === 'cpulist' || entry === 'distance') take(path);
  }
  for (const path of files) take(path);
  return sortOut(taken);
}

function takeFile(taken: Taken, path: string, node: Extract<VNode, { kind: 'file' }>): void {
  if ((node.mode & READ) === 0) {
    taken.errors[path] = `mode ${node.mode.toString(8)}`;
    return;
  }
  let text = '';
  for (;;) {
    const part = node.read(text.length, CHUNK);
    if (typeof part === 'number') {
      taken.errors[path] = `read ${-part}`;
      return;
    }
    text += part;
    if (part.length < CHUNK) break;
  }
  taken.files[path] = text;
}
const CHUNK = 1 << 20;
/** strverscmp(3), as far as names with one number need it. */
const byVersion = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** Files and links by block, node and the rest, as the recorder sorts them; empty groups are left out. */
function sortOut({ files, links, errors }: Taken): Capture {
  const blocks: Record<string, Record<string, string>> = {};
  const memory: Record<string, string> = {};
  const nodes: Record<string, string | Record<string, string>> = {};
  const other: Record<string, string> = {};
  for (const [path, text] of [...Object.entries(files), ...Object.entries(links).map(([p, target]) => [p, `-> ${target}`] as const)]) {
    const [base, group] = path.startsWith(`${MEMORY}/`) ? [MEMORY, blocks] : path.startsWith(`${NODE}/`) ? [NODE, nodes] : ['', undefined];
    if (group === undefined) {
      other[path] = text;
      continue;
    }
    const [first = '', second] = path.slice(base.length + 1).split('/');
    if (second === undefined) (base === MEMORY ? memory : nodes)[first] = text;
    else {
      const entry = (group[first] ?? {}) as Record<string, string>;
      entry[second] = text;
      group[first] = entry;
    }
  }
  const result: Record<string, object> = { blocks, memory, nodes, errors, files: other };
  return Object.fromEntries(Object.entries(result).filter(([, group]) => Object.keys(group).length > 0)) as Capture;
}
