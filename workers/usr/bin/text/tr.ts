/** tr: bytes translated, squeezed or deleted. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { getopt } from './getopt.ts';
import { program, type Tool } from './io.ts';
import { classBytes } from './regex/ast.ts';

const TABLE = { short: 'cCdst', long: { complement: { key: 'c' }, delete: { key: 'd' }, 'squeeze-repeats': { key: 's' }, 'truncate-set1': { key: 't' } },
  inOrder: true } as const;
const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };

/** A set in order. `size`: what [x*] fills up to (string 2 only). */
function* expand(tool: Tool, text: string, size: number | undefined): Kthread<number[]> {
  const out: number[] = [];
  let fill: { at: number; byte: number } | undefined;
  for (let i = 0; i < text.length; ) {
    const named = /^\[:(\w+):\]/.exec(text.slice(i));
    if (named) {
      const bytes = classBytes(named[1] as string);
      if (!bytes) return yield* tool.die(`invalid character class '${named[1]}'`);
      out.push(...bytes);
      i += named[0].length;
      continue;
    }
    const equal = /^\[=(.)=\]/s.exec(text.slice(i));
    if (equal) {
      out.push((equal[1] as string).charCodeAt(0));
      i += 5;
      continue;
    }
    const repeat = /^\[(\\[0-7]{1,3}|\\.|[^\\])\*([0-9]*)\]/s.exec(text.slice(i));
    if (repeat && size !== undefined) {
      const [byte] = element(repeat[1] as string, 0);
      const digits = repeat[2] as string;
      const count = digits.startsWith('0') ? Number.parseInt(digits, 8) : Number(digits || 0);
      if (count === 0) fill = { at: out.length, byte };
      else for (let n = 0; n < count; n++) out.push(byte);
      i += repeat[0].length;
      continue;
    }
    const [from, next] = element(text, i);
    if (text[next] === '-' && next + 1 < text.length) {
      const [to, after] = element(text, next + 1);
      if (to < from) yield* tool.die(`range-endpoints of '${text.slice(i, after)}' are in reverse collating sequence order`);
      for (let b = from; b <= to; b++) out.push(b);
      i = after;
    } else {
      out.push(from);
      i = next;
    }
  }
  if (fill && size !== undefined) out.splice(fill.at, 0, ...new Array<number>(Math.max(0, size - out.length)).fill(fill.byte));
  return out;
}
/** One byte of a set, escapes taken: [byte, next index]. */
function element(text: string, i: number): [number, number] {
  if (text[i] !== '\\' || i + 1 >= text.length) return [text.charCodeAt(i), i + 1];
  const octal = /^[0-7]{1,3}/.exec(text.slice(i + 1))?.[0];
  if (octal !== undefined) return [Number.parseInt(octal, 8) & 255, i + 1 + octal.length];
  const c = text[i + 1] as string;
  return [ESCAPES[c] ?? c.charCodeAt(0), i + 2];
}

export const tr = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'tr [OPTION]... STRING1 [STRING2]');
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const [text1, text2] = operands;
  const complement = has('c') || has('C');
  const needsTwo = (!has('d') && !has('s')) || (has('d') && has('s'));
  if (text1 === undefined || (needsTwo && text2 === undefined)) {
    return yield* tool.die(`missing operand${text1 === undefined ? '' : ` after '${text1}'`}\nTry 'tr --help' for more information.`);
  }
  let set1 = yield* expand(tool, text1, undefined);
  if (complement) set1 = Array.from({ length: 256 }, (_, b) => b).filter((b) => !set1.includes(b));
  const set2 = text2 === undefined ? [] : yield* expand(tool, text2, set1.length);
  const map = new Map<number, number>();
  if (!has('d') && text2 !== undefined) {
    if (set2.length === 0) yield* tool.die('when not truncating set1, string2 must be non-empty');
    if (has('t')) set1 = set1.slice(0, set2.length);
    for (const [i, b] of set1.entries()) map.set(b, set2[Math.min(i, set2.length - 1)] as number);
  }
  const removed = new Set(has('d') ? set1 : []);
  const squeezed = new Set(has('s') ? (text2 === undefined ? set1 : set2) : []);
  let last = -1;
  for (;;) {
    const got = yield* tool.sys.read(0, 65536);
    if (typeof got === 'number') return yield* tool.die(`read error: ${strerror(got)}`);
    if (got === '') return 0;
    let out = '';
    for (let i = 0; i < got.length; i++) {
      const c = got.charCodeAt(i);
      if (removed.has(c)) continue;
      const b = map.get(c) ?? c;
      if (b === last && squeezed.has(b)) continue;
      out += String.fromCharCode(b);
      last = b;
    }
    tool.put(out);
    yield* tool.settle();
  }
});
