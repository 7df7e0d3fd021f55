/** cat and tee: files as streams of bytes. */
import type { Kthread } from '../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../uapi/errno.ts';
import { quotef } from './quotef.ts';
import { BLOCK, openInput } from './streams.ts';
import { getopt } from './text/getopt.ts';
import { Exit, program, type Tool, writeAll } from './text/io.ts';

function* writeOut(tool: Tool, bytes: string): Kthread<void> {
  const error = yield* writeAll(tool.sys, 1, bytes);
  if (error === 0) return;
  if (error === -ERRNO.EPIPE) throw new Exit(141);
  yield* tool.die(`write error: ${strerror(error)}`);
}

export const cat = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'AbeEnstTuv',
      long: {
        'show-all': { key: 'A' },
        number: { key: 'n' },
        'number-nonblank': { key: 'b' },
        'show-ends': { key: 'E' },
        'show-tabs': { key: 'T' },
        'squeeze-blank': { key: 's' },
        'show-nonprinting': { key: 'v' },
      },
    },
    'cat [OPTION]... [FILE]...',
  );
  const has = (...letters: string[]): boolean => options.some(([k]) => letters.includes(k));
  const ends = has('A', 'E', 'e');
  const tabs = has('A', 'T', 't');
  const visible = has('A', 'v', 'e', 't');
  const plain = !(ends || tabs || visible || has('n', 'b', 's'));
  let number = 0;
  let blank = 0;
  let open_line = '';
  const show = (line: string): string => {
    let out = line;
    if (visible) {
      out = [...out]
        .map((c) => {
          const code = c.charCodeAt(0);
          const low = code & 127;
          if (c === '\t' || (code >= 32 && code < 127)) return c;
          return (code > 127 ? 'M-' : '') + (low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? '^?' : String.fromCharCode(low));
        })
        .join('');
    }
    return tabs ? out.replace(/\t/g, '^I') : out;
  };
  const emit = (line: string, terminated: boolean): string => {
    if (line === '' && terminated) {
      if (++blank > 1 && has('s')) return '';
    } else blank = 0;
    const numbered = has('b') ? line !== '' : has('n');
    return (numbered ? `${String(++number).padStart(6)}\t` : '') + show(line) + (terminated ? `${ends ? '$' : ''}\n` : '');
  };
  for (const path of operands.length > 0 ? operands : ['-']) {
    const fd = yield* openInput(tool, path, (e) => `${quotef(path)}: ${strerror(e)}`);
    if (fd < 0) continue;
    for (;;) {
      const got = yield* tool.sys.read(fd, BLOCK);
      if (typeof got === 'number') {
        yield* tool.warn(`${quotef(path)}: ${strerror(got)}`);
        break;
      }
      if (got === '') break;
      if (plain) {
        yield* writeOut(tool, got);
        continue;
      }
      const lines = (open_line + got).split('\n');
      open_line = lines.pop() as string;
      yield* writeOut(tool, lines.map((l) => emit(l, true)).join(''));
    }
    tool.close(fd);
  }
  if (open_line !== '') yield* writeOut(tool, emit(open_line, false));
  return 0;
});

export const tee = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    { short: 'aip', long: { append: { key: 'a' }, 'ignore-interrupts': { key: 'i' } } },
    'tee [OPTION]... [FILE]...',
  );
  const append = options.some(([k]) => k === 'a');
  const outputs: { fd: number; name: string }[] = [{ fd: 1, name: "'standard output'" }];
  for (const path of operands) {
    const fd = tool.sys.open(path, append ? { write: true, create: true, append } : { write: true, create: true, truncate: true });
    if (fd < 0) yield* tool.warn(`${quotef(path)}: ${strerror(fd)}`);
    else outputs.push({ fd, name: quotef(path) });
  }
  const failed = new Set<number>();
  for (;;) {
    const got = yield* tool.sys.read(0, BLOCK);
    if (typeof got === 'number') {
      yield* tool.warn(`read error: ${strerror(got)}`);
      break;
    }
    if (got === '') break;
    for (const { fd, name } of outputs) {
      if (failed.has(fd)) continue;
      const error = yield* writeAll(tool.sys, fd, got);
      if (error === 0) continue;
      failed.add(fd);
      if (error === -ERRNO.EPIPE && fd === 1) return 141;
      yield* tool.warn(`${name}: ${strerror(error)}`);
    }
  }
  return 0;
});
