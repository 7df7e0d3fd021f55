/** wc: lines, words, bytes. */
import type { Kthread } from '../../kernel/kthread.ts';
import { strerror } from '../../uapi/errno.ts';
import { quotef } from './quotef.ts';
import { BLOCK, openInput } from './streams.ts';
import { getopt } from './text/getopt.ts';
import { program, type Tool } from './text/io.ts';

type Counts = Record<'l' | 'w' | 'm' | 'c' | 'L', number>;

/** Counts an open file to its end. 0 or -errno of the read that failed. */
function* count(tool: Tool, fd: number, counts: Counts): Kthread<number> {
  let inWord = false;
  let column = 0;
  for (;;) {
    const got = yield* tool.sys.read(fd, BLOCK);
    if (typeof got === 'number') return got;
    if (got === '') break;
    counts.c += got.length;
    for (let i = 0; i < got.length; i++) {
      const code = got.charCodeAt(i);
      const space = code === 32 || (code >= 9 && code <= 13);
      if (!space && !inWord) counts.w++;
      inWord = !space;
      if (code === 10) {
        counts.l++;
        counts.L = Math.max(counts.L, column);
        column = 0;
      } else column++;
    }
    yield;
  }
  counts.m = counts.c;
  counts.L = Math.max(counts.L, column);
  return 0;
}

export const wc = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'clmwL', long: { bytes: { key: 'c' }, chars: { key: 'm' }, lines: { key: 'l' }, words: { key: 'w' }, 'max-line-length': { key: 'L' } } },
    'wc [OPTION]... [FILE]...',
  );
  const chosen = options.map(([k]) => k);
  const wanted = (chosen.length > 0 ? ['l', 'w', 'm', 'c', 'L'].filter((k) => chosen.includes(k)) : ['l', 'w', 'c']) as ('l' | 'w' | 'm' | 'c' | 'L')[];
  const rows: { counts: number[]; name: string }[] = [];
  const total = wanted.map(() => 0);
  let largest = 0;
  for (const path of operands.length > 0 ? operands : ['-']) {
    const fd = yield* openInput(tool, path, (e) => `${quotef(path)}: ${strerror(e)}`);
    if (fd < 0) continue;
    const stat = tool.sys.fstat(fd);
    const counts = { l: 0, w: 0, m: 0, c: 0, L: 0 };
    const failed = yield* count(tool, fd, counts);
    tool.close(fd);
    if (failed < 0) yield* tool.warn(`${quotef(path)}: ${strerror(failed)}`);
    if (typeof stat !== 'number' && !stat.special) largest += Math.max(stat.size, counts.c);
    else largest = Math.max(largest, 1e6);
    const row = wanted.map((k) => counts[k]);
    row.forEach((v, i) => {
      total[i] = wanted[i] === 'L' ? Math.max(total[i] as number, v) : (total[i] as number) + v;
    });
    rows.push({ counts: row, name: operands.length > 0 ? path : '' });
  }
  const single = wanted.length === 1 && operands.length <= 1;
  const width = single ? 1 : Math.max(operands.length === 0 ? 7 : 1, String(largest).length);
  if (operands.length > 1) rows.push({ counts: total, name: 'total' });
  for (const { counts, name } of rows) tool.put(`${counts.map((v) => String(v).padStart(width)).join(' ')}${name === '' ? '' : ` ${name}`}\n`);
  return 0;
});
