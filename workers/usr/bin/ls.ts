/** ls and stat: what a directory holds. One name a line (no terminal: as in scripts), or columns where stdout is a terminal. */
import type { Kthread } from '../../kernel/kthread.ts';
import { strerror } from '../../uapi/errno.ts';
import { readFile, type Stat } from '../program.ts';
import { modeString } from './mode.ts';
import { quoteaf, quotef } from './quotef.ts';
import { getopt } from './text/getopt.ts';
import { program, type Tool } from './text/io.ts';
import { strftime } from './text/strftime.ts';
import { versionCompare } from './text/version.ts';

const TERMINAL_WIDTH = 80;
const HALF_YEAR = 31556952 / 2;

/** Names of users or groups by number, from /etc/passwd or /etc/group. */
function* ids(tool: Tool, file: string): Kthread<Map<number, string>> {
  const text = yield* readFile(tool.sys, file);
  const names = new Map<number, string>();
  if (typeof text === 'string')
    for (const line of text.split('\n')) {
      const [name, , id] = line.split(':');
      if (name && id) names.set(Number(id), name);
    }
  return names;
}
interface Row {
  readonly name: string;
  readonly path: string;
  readonly stat: Stat;
}
const human = (size: number): string => {
  let n = size;
  let unit = 0;
  for (; n >= 1024 && unit < 5; unit++) n /= 1024;
  if (unit === 0) return String(size);
  return `${n < 10 ? (Math.ceil(n * 10) / 10).toFixed(1) : Math.ceil(n)}${'KMGTP'.charAt(unit - 1)}`;
};
/** Size in a listing: directories of sysfs and proc have none, others a page. */
const sizeOf = (stat: Stat): number => (stat.kind === 'dir' && stat.size === 0 ? 0 : stat.size);

export const ls = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: '1aAbBcCdfFghHiklLmnNopqQrRsStTuUvwxXZ',
      long: {
        all: { key: 'a' },
        'almost-all': { key: 'A' },
        directory: { key: 'd' },
        classify: { key: 'F', arg: 'optional' },
        'human-readable': { key: 'h' },
        inode: { key: 'i' },
        recursive: { key: 'R' },
        reverse: { key: 'r' },
        size: { key: 's' },
        color: { key: 'color', arg: 'optional' },
        'full-time': { key: 'full' },
        'time-style': { key: 'style', arg: 'required' },
        sort: { key: 'sort', arg: 'required' },
        dereference: { key: 'L' },
        'group-directories-first': { key: 'first' },
        'no-group': { key: 'G' },
        'numeric-uid-gid': { key: 'n' },
      },
    },
    'ls [OPTION]... [FILE]...',
    2,
  );
  const has = (...letters: string[]): boolean => options.some(([k]) => letters.includes(k));
  const { sys } = tool;
  const long = has('l', 'n', 'g', 'o', 'full');
  const users = long && !has('n') ? yield* ids(tool, '/etc/passwd') : new Map<number, string>();
  const groups = long && !has('n') ? yield* ids(tool, '/etc/group') : new Map<number, string>();
  const terminal = sys.isatty?.(1) ?? false;
  const columns = !long && !has('1') && (has('C', 'x') || terminal);
  const statRow = (name: string, path: string, follow: boolean): Row | number => {
    const stat = follow ? sys.stat(path) : sys.lstat(path);
    return typeof stat === 'number' ? stat : { name, path, stat };
  };
  const byName = (a: Row, b: Row): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const order = (a: Row, b: Row): number =>
    has('S')
      ? b.stat.size - a.stat.size || byName(a, b)
      : has('t')
        ? b.stat.mtime - a.stat.mtime || byName(a, b)
        : has('v')
          ? versionCompare(a.name, b.name)
          : byName(a, b);
  const sorted = (rows: Row[]): Row[] => {
    const all = has('U', 'f') ? rows : rows.sort(order);
    return has('r') ? all.reverse() : all;
  };
  const shown = (name: string): string =>
    terminal && !has('N')
      ? quotef(name).replace(/^'(.*):(.*)'$/, (w, a: string, b: string) => (/[ \t\n!"$&'()*;<=>?[\\\]^`|]/.test(a + b) ? w : `${a}:${b}`))
      : name;
  const mark = ({ stat }: Row): string =>
    has('F')
      ? stat.kind === 'dir'
        ? '/'
        : stat.kind === 'link'
          ? long
            ? ''
            : '@'
          : stat.special === 'fifo'
            ? '|'
            : (stat.mode & 0o111) !== 0
              ? '*'
              : ''
      : has('p') && stat.kind === 'dir'
        ? '/'
        : '';
  const date = (stat: Stat): string => {
    if (has('full')) return strftime('%Y-%m-%d %H:%M:%S.000000000 +0000', stat.mtime);
    if (options.some(([k, v]) => k === 'style' && v === 'long-iso')) return strftime('%Y-%m-%d %H:%M', stat.mtime);
    const age = sys.clock_realtime() - stat.mtime;
    return strftime(age > HALF_YEAR || age < 0 ? '%b %e  %Y' : '%b %e %H:%M', stat.mtime);
  };
  function list(rows: readonly Row[]): void {
    if (!long) {
      const names = rows.map((r) => shown(r.name) + mark(r));
      if (has('m')) tool.put(names.length > 0 ? `${names.join(', ')}\n` : '');
      else if (columns) tool.put(inColumns(names));
      else tool.put(names.map((n) => `${n}\n`).join(''));
      return;
    }
    const cells = rows.map((r) => [
      modeString(r.stat.kind, r.stat.mode, r.stat.special),
      String(r.stat.nlink),
      users.get(r.stat.uid) ?? String(r.stat.uid),
      groups.get(r.stat.gid) ?? String(r.stat.gid),
      r.stat.special === 'char' ? '1, 3' : has('h') ? human(sizeOf(r.stat)) : String(sizeOf(r.stat)),
      date(r.stat),
    ]);
    const width = (i: number): number => Math.max(0, ...cells.map((c) => (c[i] as string).length));
    const widths = [0, 1, 2, 3, 4, 5].map(width) as [number, number, number, number, number, number];
    rows.forEach((r, i) => {
      const [mode = '', links = '', user = '', group = '', size = '', time = ''] = cells[i] as string[];
      const target = r.stat.kind === 'link' ? sys.readlink(r.path) : undefined;
      const who = `${has('g') ? '' : `${user.padEnd(widths[2])} `}${has('o', 'G') ? '' : `${group.padEnd(widths[3])} `}`;
      tool.put(
        `${mode} ${links.padStart(widths[1])} ${who}${size.padStart(widths[4])} ${time} ` +
          `${shown(r.name)}${typeof target === 'string' ? ` -> ${target}` : ''}${mark(r)}\n`,
      );
    });
  }
  function* directory(path: string, title: boolean, first: boolean): Kthread<void> {
    const names = sys.readdir(path);
    if (typeof names === 'number') {
      yield* tool.warn(`cannot open directory ${quoteaf(path)}: ${strerror(names)}`, 2);
      return;
    }
    if (title) tool.put(`${first ? '' : '\n'}${path}:\n`);
    const visible = has('a', 'f') ? ['.', '..', ...names] : has('A') ? names : names.filter((n) => !n.startsWith('.'));
    const rows: Row[] = [];
    for (const name of visible) {
      const at = path.endsWith('/') ? path + name : `${path}/${name}`;
      const row = statRow(name, at, has('L'));
      if (typeof row === 'number') yield* tool.warn(`cannot access ${quoteaf(at)}: ${strerror(row)}`, 1);
      else rows.push(row);
    }
    const all = sorted(rows);
    if (long || has('s')) tool.put(`total ${all.reduce((sum, r) => sum + kilobytes(r.stat), 0)}\n`);
    list(all);
    yield* tool.settle();
    if (!has('R')) return;
    for (const r of all) if (r.stat.kind === 'dir' && r.name !== '.' && r.name !== '..') yield* directory(r.path, true, false);
  }
  const files: Row[] = [];
  const dirs: Row[] = [];
  for (const path of operands.length > 0 ? operands : ['.']) {
    // A link named on the command line is followed, unless it is listed itself.
    let row = statRow(path, path, !(long || has('d', 'F')) || has('L', 'H'));
    if (typeof row === 'number') row = statRow(path, path, false);
    if (typeof row === 'number') {
      yield* tool.warn(`cannot access ${quoteaf(path)}: ${strerror(row)}`, 2);
      continue;
    }
    (row.stat.kind === 'dir' && !has('d') ? dirs : files).push(row);
  }
  if (files.length > 0) list(sorted(files));
  const titles = operands.length > 1 || has('R');
  let first = files.length === 0;
  for (const d of sorted(dirs)) {
    yield* directory(d.path, titles, first);
    first = false;
  }
  return 0;
});
/** KiB of whole pages; files whose text is made when it is read occupy none. */
const kilobytes = (stat: Stat): number => (stat.kind !== 'file' || stat.special || isVirtual(stat) ? 0 : Math.ceil(stat.size / 4096) * 4);
const isVirtual = (stat: Stat): boolean => 'snapshot' in stat.node;

function inColumns(names: readonly string[]): string {
  if (names.length === 0) return '';
  for (let rows = 1; rows <= names.length; rows++) {
    const columns = Math.ceil(names.length / rows);
    const widths = Array.from({ length: columns }, (_, c) => Math.max(...names.slice(c * rows, (c + 1) * rows).map((n) => n.length)));
    if (rows < names.length && widths.reduce((a, b) => a + b + 2, -2) > TERMINAL_WIDTH) continue;
    let text = '';
    for (let r = 0; r < rows; r++) {
      const line = widths.map((w, c) => (names[c * rows + r] ?? '').padEnd(c === columns - 1 ? 0 : w + 2)).join('');
      text += `${line.trimEnd()}\n`;
    }
    return text;
  }
  return '';
}

const KINDS = { dir: 'directory', file: 'regular file', link: 'symbolic link' } as const;
export const stat = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'c:Lft', long: { format: { key: 'c', arg: 'required' }, printf: { key: 'printf', arg: 'required' }, dereference: { key: 'L' } } },
    'stat [OPTION]... FILE...',
  );
  if (operands.length === 0) yield* tool.die("missing operand\nTry 'stat --help' for more information.");
  const users = yield* ids(tool, '/etc/passwd');
  const groups = yield* ids(tool, '/etc/group');
  const printf = options.findLast(([k]) => k === 'printf')?.[1];
  const format = options.findLast(([k]) => k === 'c')?.[1];
  for (const path of operands) {
    const s = options.some(([k]) => k === 'L') ? tool.sys.stat(path) : tool.sys.lstat(path);
    if (typeof s === 'number') {
      yield* tool.warn(`cannot statx ${quoteaf(path)}: ${strerror(s)}`);
      continue;
    }
    const target = s.kind === 'link' ? tool.sys.readlink(path) : '';
    const time = strftime('%Y-%m-%d %H:%M:%S.000000000 +0000', s.mtime);
    const kind =
      s.special === 'fifo'
        ? 'fifo'
        : s.special === 'char'
          ? 'character special file'
          : s.kind === 'file' && s.size === 0
            ? 'regular empty file'
            : KINDS[s.kind];
    const one = (letter: string): string => {
      switch (letter) {
        case 'a':
          return (s.mode & 0o7777).toString(8);
        case 'A':
          return modeString(s.kind, s.mode, s.special);
        case 'b':
          return String(Math.ceil(s.size / 4096) * 8);
        case 'B':
          return '512';
        case 'F':
          return kind;
        case 'g':
          return String(s.gid);
        case 'G':
          return groups.get(s.gid) ?? 'UNKNOWN';
        case 'h':
          return String(s.nlink);
        case 'n':
          return path;
        case 'N':
          return quoteaf(path) + (s.kind === 'link' ? ` -> ${quoteaf(String(target))}` : '');
        case 's':
          return String(s.size);
        case 'u':
          return String(s.uid);
        case 'U':
          return users.get(s.uid) ?? 'UNKNOWN';
        case 'x':
        case 'y':
        case 'z':
          return time;
        case 'X':
        case 'Y':
        case 'Z':
          return String(Math.floor(s.mtime));
        case '%':
          return '%';
        default:
          return '?';
      }
    };
    const fill = (text: string): string =>
      text.replace(/%(-?\d*)([A-Za-z%])/g, (_, width: string, letter: string) =>
        width.startsWith('-') ? one(letter).padEnd(Number(width.slice(1))) : one(letter).padStart(Number(width)),
      );
    if (printf !== undefined) tool.put(fill(printf).replace(/\\n/g, '\n').replace(/\\t/g, '\t'));
    else if (format !== undefined) tool.put(`${fill(format)}\n`);
    else {
      tool.put(
        fill(
          `  File: %n${s.kind === 'link' ? ` -> ${target}` : ''}\n  Size: %-10s\tBlocks: %-10b IO Block: 4096   %F\n` +
            'Access: (0%a/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: -\n',
        ),
      );
    }
  }
  return 0;
});
