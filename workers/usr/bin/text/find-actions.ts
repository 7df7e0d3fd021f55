/** What find does with what it found. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import type { Stat } from '../../program.ts';
import type { Expression } from './find-tests.ts';
import type { Tool } from './io.ts';

export function* runCommand(tool: Tool, argv: readonly string[], options: { cwd?: string } = {}): Kthread<number> {
  yield* tool.flush();
  const status = tool.proc.spawn ? yield* tool.proc.spawn(argv, options) : -2;
  if (status < 0) yield* tool.warn(`${argv[0]}: ${strerror(status)}`);
  return status;
}
export const typeLetter = (stat: Stat): string => (stat.kind === 'dir' ? 'd' : stat.kind === 'link' ? 'l' : stat.special === 'fifo' ? 'p'
  : stat.special === 'char' ? 'c' : stat.special === 'block' ? 'b' : 'f');
export const print = (end: string): Expression => ({
  *eval(entry, { tool }) {
    tool.put(entry.path + end);
    yield* tool.settle();
    return true;
  },
});
export const remove: Expression = {
  *eval(entry, { tool }) {
    const error = entry.stat.kind === 'dir' ? tool.sys.rmdir(entry.path) : tool.sys.unlink(entry.path);
    if (error < 0) yield* tool.warn(`cannot delete '${entry.path}': ${strerror(error)}`);
    return error === 0;
  },
};

const modeText = (stat: Stat): string => {
  const type = stat.kind === 'file' && stat.special === undefined ? '-' : typeLetter(stat);
  return type + [6, 3, 0].map((shift) => ['r', 'w', 'x'].map((c, i) => ((stat.mode >> shift) & (4 >> i) ? c : '-')).join('')).join('');
};
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', 0: '\0' };

/** -printf of GNU find: the directives that files here have an answer for. */
export function printf(format: string): Expression {
  return {
    *eval(entry, { tool }) {
      const { stat } = entry;
      const directory = entry.path.includes('/') ? entry.path.replace(/\/[^/]*$/, '') || '/' : '.';
      const values: Readonly<Record<string, () => string>> = {
        p: () => entry.path, f: () => entry.name, h: () => directory,
        P: () => (entry.depth === 0 ? '' : entry.path.slice(entry.start.length).replace(/^\//, '')), H: () => entry.start,
        s: () => String(stat.size), m: () => (stat.mode & 0o7777).toString(8), M: () => modeText(stat), d: () => String(entry.depth),
        y: () => typeLetter(stat), u: () => (stat.uid === 0 ? 'root' : String(stat.uid)),
        g: () => (stat.gid === 0 ? 'root' : String(stat.gid)), U: () => String(stat.uid), G: () => String(stat.gid), n: () => String(stat.nlink),
        T: () => String(stat.mtime), '%': () => '%',
        l: () => {
          const target = stat.kind === 'link' ? tool.sys.readlink(entry.path) : '';
          return typeof target === 'number' ? '' : target;
        },
      };
      tool.put(format.replace(/%([-0-9]*)(T@|[a-zA-Z%])|\\(.)/g, (whole, width: string, letter: string | undefined, mark: string | undefined) => {
        if (mark !== undefined) return ESCAPES[mark] ?? whole;
        const text = values[(letter as string)[0] as string]?.() ?? whole;
        const size = Math.abs(Number(width || 0));
        return width.startsWith('-') ? text.padEnd(size) : text.padStart(size);
      }));
      yield* tool.settle();
      return true;
    },
  };
}
