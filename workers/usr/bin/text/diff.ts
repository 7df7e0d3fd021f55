/** diff of two text files (normal and unified form) and cmp. Left out: directories, -y. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { getopt } from './getopt.ts';
import { program, splitLines, type Tool } from './io.ts';

/** Lines a[from..to) were replaced by b[otherFrom..otherTo). */
interface Hunk {
  from: number;
  to: number;
  otherFrom: number;
  otherTo: number;
}

/** Shortest edit (Myers): greedy furthest-reaching paths, then walked back. */
export function hunksOf(a: readonly string[], b: readonly string[]): Hunk[] {
  const trace: Map<number, number>[] = [];
  let v = new Map([[1, 0]]);
  let depth = 0;
  search: for (; depth <= a.length + b.length; depth++) {
    trace.push(new Map(v));
    for (let k = -depth; k <= depth; k += 2) {
      const down = k === -depth || (k !== depth && (v.get(k - 1) ?? -1) < (v.get(k + 1) ?? -1));
      let x = down ? (v.get(k + 1) ?? 0) : (v.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      v.set(k, x);
      if (x >= a.length && x - k >= b.length) break search;
    }
    v = new Map(v);
  }
  const hunks: Hunk[] = [];
  let [x, y] = [a.length, b.length];
  for (let d = depth; d > 0; d--) {
    const row = trace[d] as Map<number, number>;
    const k = x - y;
    const down = k === -d || (k !== d && (row.get(k - 1) ?? -1) < (row.get(k + 1) ?? -1));
    const previous = down ? k + 1 : k - 1;
    const px = row.get(previous) ?? 0;
    const py = px - previous;
    const step = { from: px, to: down ? px : px + 1, otherFrom: py, otherTo: down ? py + 1 : py };
    const next = hunks[0];
    if (next && next.from === step.to && next.otherFrom === step.otherTo) {
      next.from = step.from;
      next.otherFrom = step.otherFrom;
    } else hunks.unshift(step);
    [x, y] = [px, py];
  }
  return hunks;
}

const span = (from: number, to: number): string => (to - from <= 1 ? String(Math.max(from, to)) : `${from + 1},${to}`);
const unifiedSpan = (from: number, to: number): string => (to - from === 1 ? String(to) : `${to > from ? from + 1 : from},${to - from}`);

interface Side {
  readonly name: string;
  readonly lines: readonly string[];
  readonly terminated: boolean;
}
const shown = (mark: string, side: Side, i: number): string =>
  `${mark}${side.lines[i]}\n${i === side.lines.length - 1 && !side.terminated ? '\\ No newline at end of file\n' : ''}`;

function normal(a: Side, b: Side, hunks: readonly Hunk[]): string {
  let out = '';
  for (const h of hunks) {
    const kind = h.from === h.to ? 'a' : h.otherFrom === h.otherTo ? 'd' : 'c';
    out += `${span(h.from, h.to)}${kind}${span(h.otherFrom, h.otherTo)}\n`;
    for (let i = h.from; i < h.to; i++) out += shown('< ', a, i);
    if (kind === 'c') out += '---\n';
    for (let i = h.otherFrom; i < h.otherTo; i++) out += shown('> ', b, i);
  }
  return out;
}
function unified(a: Side, b: Side, hunks: readonly Hunk[], context: number): string {
  let out = `--- ${a.name}\n+++ ${b.name}\n`;
  for (let i = 0; i < hunks.length; ) {
    let j = i + 1;
    while (j < hunks.length && (hunks[j] as Hunk).from - (hunks[j - 1] as Hunk).to <= 2 * context) j++;
    const group = hunks.slice(i, j);
    const [first, last] = [group[0] as Hunk, group.at(-1) as Hunk];
    const from = Math.max(0, first.from - context);
    const to = Math.min(a.lines.length, last.to + context);
    const otherFrom = first.otherFrom - (first.from - from);
    const otherTo = last.otherTo + (to - last.to);
    out += `@@ -${unifiedSpan(from, to)} +${unifiedSpan(otherFrom, otherTo)} @@\n`;
    let at = from;
    for (const h of group) {
      for (; at < h.from; at++) out += shown(' ', a, at);
      for (; at < h.to; at++) out += shown('-', a, at);
      for (let k = h.otherFrom; k < h.otherTo; k++) out += shown('+', b, k);
    }
    for (; at < to; at++) out += shown(' ', a, at);
    i = j;
  }
  return out;
}

function* side(tool: Tool, path: string): Kthread<Side & { raw: string }> {
  if (path !== '-') {
    const stat = tool.sys.stat(path);
    if (typeof stat === 'number') yield* tool.die(`can't stat '${path}': ${strerror(stat)}`, 2);
  }
  const raw = (yield* tool.slurp(path, 2)) ?? (yield* tool.die(`can't read '${path}'`, 2));
  return { name: path, raw, ...splitLines(raw) };
}

const TABLE = { short: 'uU:qbBiwsNaL:', long: { unified: { key: 'u' }, brief: { key: 'q' }, 'ignore-space-change': { key: 'b' },
  'ignore-all-space': { key: 'w' }, 'ignore-case': { key: 'i' }, label: { key: 'L', arg: 'required' }, 'report-identical-files': { key: 's' } } } as const;

export const diff = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'diff [OPTION]... FILE1 FILE2', 2);
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const [one, two] = operands;
  if (one === undefined || two === undefined) return yield* tool.die(`missing operand after '${one ?? 'diff'}'\nTry 'diff --help' for more information.`, 2);
  const [a, b] = [yield* side(tool, one), yield* side(tool, two)];
  const key = (line: string): string => {
    let k = line;
    if (has('w')) k = k.replace(/\s+/g, '');
    if (has('b')) k = k.replace(/\s+/g, ' ').trimEnd();
    return has('i') ? k.toLowerCase() : k;
  };
  const keys = (s: Side): string[] => s.lines.map((line, i) => (i === s.lines.length - 1 && !s.terminated ? `${key(line)}\0` : key(line)));
  const hunks = hunksOf(keys(a), keys(b));
  if (hunks.length === 0) {
    if (has('s')) tool.put(`Files ${one} and ${two} are identical\n`);
    return 0;
  }
  const labels = options.filter(([k]) => k === 'L').map(([, v]) => v ?? '');
  if (has('q')) tool.put(`Files ${one} and ${two} differ\n`);
  else if (has('u') || has('U')) tool.put(unified({ ...a, name: labels[0] ?? a.name }, { ...b, name: labels[1] ?? b.name }, hunks,
    Number(options.findLast(([k]) => k === 'U')?.[1] ?? 3)));
  else tool.put(normal(a, b, hunks));
  return 1;
});

export const cmp = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'slb' }, 'cmp [OPTION]... FILE1 [FILE2]', 2);
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const [one, two = '-'] = operands;
  if (one === undefined) return yield* tool.die("missing operand after 'cmp'", 2);
  const a = (yield* tool.slurp(one, 2)) ?? '';
  const b = tool.status === 0 ? ((yield* tool.slurp(two, 2)) ?? '') : '';
  if (tool.status !== 0) return 2;
  const common = Math.min(a.length, b.length);
  let differ = false;
  for (let i = 0; i < common; i++) {
    if (a[i] === b[i]) continue;
    differ = true;
    if (has('s')) return 1;
    if (!has('l')) {
      tool.put(`${one} ${two} differ: char ${i + 1}, line ${a.slice(0, i).split('\n').length}\n`);
      return 1;
    }
    tool.put(`${String(i + 1).padStart(String(common).length)} ${a.charCodeAt(i).toString(8).padStart(3)} ${b.charCodeAt(i).toString(8).padStart(3)}\n`);
  }
  if (a.length === b.length) return differ ? 1 : 0;
  if (!has('s')) yield* tool.stderr(`cmp: EOF on ${a.length < b.length ? one : two}${common === 0 ? ' which is empty' : has('l') ? ` after byte ${common}` : ` after byte ${common}`}\n`);
  return 1;
});
