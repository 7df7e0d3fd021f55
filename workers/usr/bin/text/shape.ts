/** fold, expand, unexpand, join: programs that change how lines are laid out. */
import { quoteaf } from '../quotef.ts';
import { getopt } from './getopt.ts';
import { Lines, program, type Tool } from './io.ts';
import type { Kthread } from '../../../kernel/kthread.ts';

/** Calls `each` for every line of the files; false after a file that could not be read. */
function* forLines(tool: Tool, files: readonly string[], each: (line: string, terminated: boolean) => string): Kthread<number> {
  for (const file of files.length > 0 ? files : ['-']) {
    const fd = yield* tool.open(file);
    if (fd < 0) continue;
    const input = new Lines(tool.sys, fd);
    for (let line = yield* input.next(); line !== undefined; line = yield* input.next()) {
      tool.put(each(line, input.terminated));
      yield* tool.settle();
    }
    tool.close(fd);
  }
  return tool.status;
}
export const fold = program(function* (tool) {
  const args = tool.args.map((a) => a.replace(/^-(\d+)$/, '-w$1'));
  const { options, operands } = yield* getopt(Object.assign(Object.create(tool) as Tool, { args }), { short: 'bsw:', long: { bytes: { key: 'b' }, spaces: { key: 's' }, width: { key: 'w', arg: 'required' } } }, 'fold [OPTION]... [FILE]...');
  const text = options.findLast(([k]) => k === 'w')?.[1] ?? '80';
  const width = Number(text);
  if (!/^\d+$/.test(text) || width < 1) return yield* tool.die(`invalid number of columns: ${quoteaf(text)}`);
  const atSpaces = options.some(([k]) => k === 's');
  return yield* forLines(tool, operands, (line, terminated) => {
    let rest = line;
    let out = '';
    while (rest.length > width) {
      const space = atSpaces ? rest.slice(0, width).lastIndexOf(' ') + 1 : 0;
      const cut = space > 0 ? space : width;
      out += `${rest.slice(0, cut)}\n`;
      rest = rest.slice(cut);
    }
    return out + rest + (terminated ? '\n' : '');
  });
});
const tabOf = (options: readonly (readonly [string, string | undefined])[]): number => Number(options.findLast(([k]) => k === 't')?.[1] ?? 8) || 8;
export const expand = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'it:', long: { initial: { key: 'i' }, tabs: { key: 't', arg: 'required' } } }, 'expand [OPTION]... [FILE]...');
  const tab = tabOf(options);
  const initial = options.some(([k]) => k === 'i');
  return yield* forLines(tool, operands, (line, terminated) => {
    let out = '';
    let text = false;
    for (const c of line) {
      if (c === '\t' && !(initial && text)) out += ' '.repeat(tab - (out.length % tab));
      else out += c;
      text ||= c !== ' ' && c !== '\t';
    }
    return out + (terminated ? '\n' : '');
  });
});
export const unexpand = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'at:', long: { all: { key: 'a' }, tabs: { key: 't', arg: 'required' }, 'first-only': { key: 'first' } } }, 'unexpand [OPTION]... [FILE]...');
  const tab = tabOf(options);
  const everywhere = options.some(([k]) => k === 'a' || k === 't') && !options.some(([k]) => k === 'first');
  return yield* forLines(tool, operands, (line, terminated) => {
    let out = '';
    let blanks = '';
    let at = 0;
    let text = false;
    for (const c of line) {
      if ((c === ' ' || c === '\t') && (everywhere || !text)) {
        blanks += c;
        at = c === '\t' ? (Math.floor(at / tab) + 1) * tab : at + 1;
        if (at % tab === 0) {
          out += blanks.length > 1 || c === '\t' || !text ? '\t' : blanks;
          blanks = '';
        }
        continue;
      }
      out += blanks + c;
      blanks = '';
      text = true;
      at++;
    }
    return out + blanks + (terminated ? '\n' : '');
  });
});

export const join = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 't:1:2:j:a:v:o:e:i', long: { 'ignore-case': { key: 'i' }, 'check-order': { key: 'order' }, 'nocheck-order': { key: 'noorder' }, header: { key: 'header' } } }, 'join [OPTION]... FILE1 FILE2');
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  if (operands.length !== 2) return yield* tool.die(operands.length < 2 ? `missing operand${operands.length === 1 ? ` after ${quoteaf(operands[0] as string)}` : ''}\nTry 'join --help' for more information.` : `extra operand ${quoteaf(operands[2] as string)}\nTry 'join --help' for more information.`);
  const separator = value('t');
  const key1 = Number(value('1') ?? value('j') ?? 1) - 1;
  const key2 = Number(value('2') ?? value('j') ?? 1) - 1;
  const read = function* (file: string): Kthread<string[][]> {
    const text = yield* tool.slurp(file);
    if (text === undefined) return yield* tool.die(`${file}: cannot be read`);
    return text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined).map((line) => (separator === undefined ? line.trim().split(/[ \t]+/) : line.split(separator)));
  };
  const left = yield* read(operands[0] as string);
  const right = yield* read(operands[1] as string);
  const fold = (s: string): string => (options.some(([k]) => k === 'i') ? s.toLowerCase() : s);
  const keyOf = (row: readonly string[], at: number): string => fold(row[at] ?? '');
  const lists = (key: string): boolean => options.some(([k, v]) => (k === 'a' || k === 'v') && v === key);
  const paired = !options.some(([k]) => k === 'v');
  const empty = value('e') ?? '';
  const form = value('o')?.split(/[ ,]+/);
  const show = (a: readonly string[] | undefined, b: readonly string[] | undefined): string => {
    const key = (a?.[key1] ?? b?.[key2]) as string;
    const cells = form
      ? form.map((f) => (f === '0' ? key : ((f.startsWith('1') ? a : b)?.[Number(f.slice(2)) - 1] ?? empty)))
      : [key, ...(a?.filter((_, i) => i !== key1) ?? []), ...(b?.filter((_, i) => i !== key2) ?? [])];
    return `${cells.join(separator ?? ' ')}\n`;
  };
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i];
    const b = right[j];
    const order = a === undefined ? 1 : b === undefined ? -1 : keyOf(a, key1) < keyOf(b, key2) ? -1 : keyOf(a, key1) > keyOf(b, key2) ? 1 : 0;
    if (order < 0) {
      if (lists('1')) tool.put(show(a, undefined));
      i++;
    } else if (order > 0) {
      if (lists('2')) tool.put(show(undefined, b));
      j++;
    } else {
      const key = keyOf(a as string[], key1);
      let endA = i;
      let endB = j;
      while (endA < left.length && keyOf(left[endA] as string[], key1) === key) endA++;
      while (endB < right.length && keyOf(right[endB] as string[], key2) === key) endB++;
      if (paired) for (let x = i; x < endA; x++) for (let y = j; y < endB; y++) tool.put(show(left[x], right[y]));
      i = endA;
      j = endB;
    }
    yield* tool.settle();
  }
  return tool.status;
});
