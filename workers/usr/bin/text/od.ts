/** od: bytes in octal and other forms. Formats as GNU od; default `-t o2`. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { getopt } from './getopt.ts';
import { program, type Tool } from './io.ts';

/** One `-t` form: how many bytes an item takes and how it is written, right-aligned in `width` after one space. */
interface Form {
  readonly size: number;
  readonly width: number;
  readonly show: (bytes: string) => string;
  /** The z suffix: printable characters at the end of the line. */
  readonly text: boolean;
}
const TABLE = {
  short: 'A:j:N:t:vw::abcdfhiloxsS:',
  long: { 'address-radix': { key: 'A', arg: 'required' }, 'skip-bytes': { key: 'j', arg: 'required' }, 'read-bytes': { key: 'N', arg: 'required' },
    format: { key: 't', arg: 'required' },
    'output-duplicates': { key: 'v' }, width: { key: 'w', arg: 'optional' } },
} as const;
const OLD: Readonly<Record<string, string>> = { a: 'a', b: 'o1', c: 'c', d: 'u2', h: 'x2', x: 'x2', i: 'd4', l: 'd8', o: 'o2', s: 'd2', f: 'f8' };
const NAMES = ['nul', 'soh', 'stx', 'etx', 'eot', 'enq', 'ack', 'bel', 'bs', 'ht', 'nl', 'vt', 'ff', 'cr', 'so', 'si', 'dle', 'dc1', 'dc2', 'dc3', 'dc4',
  'nak', 'syn', 'etb', 'can', 'em', 'sub', 'esc', 'fs', 'gs', 'rs', 'us', 'sp'];
const MARKS: Readonly<Record<number, string>> = { 0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' };

/** Little endian. */
export function unsigned(bytes: string): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  return value;
}
const character = (bytes: string): string => {
  const b = bytes.charCodeAt(0);
  return MARKS[b] ?? (b >= 32 && b < 127 ? bytes : b.toString(8).padStart(3, '0'));
};
const name = (bytes: string): string => {
  const b = bytes.charCodeAt(0) & 127;
  return b === 127 ? 'del' : (NAMES[b] ?? String.fromCharCode(b));
};
function floating(bytes: string, size: number): string {
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < size; i++) view.setUint8(i, bytes.charCodeAt(i));
  return size === 4 ? String(Number(view.getFloat32(0, true).toPrecision(8))) : String(view.getFloat64(0, true));
}

/** 'x8', 'c', 'o1x4z' … → forms; undefined for a wrong one. */
function formsOf(spec: string): Form[] | undefined {
  const forms: Form[] = [];
  const item = /([acdfoux])(\d+|[CSILFD])?(z?)/y;
  const letters: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8, F: 4, D: 8 };
  while (item.lastIndex < spec.length) {
    const m = item.exec(spec);
    if (!m) return undefined;
    const kind = m[1] as string;
    const size = 'ac'.includes(kind) ? 1 : m[2] === undefined ? (kind === 'f' ? 8 : 4) : (letters[m[2]] ?? Number(m[2]));
    const text = m[3] === 'z';
    if (![1, 2, 4, 8].includes(size) || (kind === 'f' && size < 4)) return undefined;
    const bits = BigInt(8 * size);
    const widths: Readonly<Record<string, number>> = { a: 3, c: 3, x: 2 * size, o: Math.ceil((8 * size) / 3), u: String(2n ** bits - 1n).length,
      d: String(-(2n ** (bits - 1n))).length, f: size === 4 ? 15 : 24 };
    const width = widths[kind] as number;
    const show: Form['show'] = kind === 'a' ? name : kind === 'c' ? character
      : kind === 'x' ? (b) => unsigned(b).toString(16).padStart(width, '0')
      : kind === 'o' ? (b) => unsigned(b).toString(8).padStart(width, '0')
      : kind === 'u' ? (b) => String(unsigned(b))
      : kind === 'd' ? (b) => String(BigInt.asIntN(Number(bits), unsigned(b)))
      : (b) => floating(b, size);
    forms.push({ size, width, show, text });
    if (item.lastIndex === 0) return undefined;
  }
  return forms;
}
/** '16', '0x10', '1k' → bytes. */
export function byteCount(text: string): number | undefined {
  const m = /^(0x[0-9a-f]+|\d+)(?:([bKkMG])B?)?$/i.exec(text);
  if (!m) return undefined;
  const digits = m[1] as string;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  const units: Readonly<Record<string, number>> = { b: 512, K: 1024, k: 1024, M: 1024 ** 2, G: 1024 ** 3 };
  return value * (m[2] === undefined ? 1 : (units[m[2]] ?? 1));
}

/** Bytes of all files together, `skip` left out, at most `count`. */
export function* input(tool: Tool, files: readonly string[], skip: number, count: number): Kthread<string> {
  let all = '';
  for (const file of files) {
    const fd = yield* tool.open(file);
    if (fd < 0) continue;
    let toSkip = skip - all.length;
    // A file that can be positioned is not read from its beginning: /proc/kpageflags of a large machine is long.
    if (files.length === 1 && skip > 0 && tool.sys.lseek(fd, skip) === skip) toSkip = -1;
    while (all.length < (toSkip < 0 ? count : skip + count)) {
      const got = yield* tool.sys.read(fd, Math.min(65536, (toSkip < 0 ? count : skip + count) - all.length));
      if (typeof got === 'number' || got === '') break;
      all += got;
    }
    tool.close(fd);
    if (toSkip < 0) return all;
  }
  return all.slice(skip, skip + count);
}

export const od = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'od [OPTION]... [FILE]...');
  const value = (letter: string): string | undefined => options.findLast(([k]) => k === letter)?.[1];
  const forms: Form[] = [];
  for (const [key, text] of options) {
    const spec = key === 't' ? (text ?? '') : OLD[key];
    if (spec === undefined) continue;
    const found = formsOf(spec);
    if (!found) return yield* tool.die(`invalid type string '${spec}'`);
    forms.push(...found);
  }
  if (forms.length === 0) forms.push(...(formsOf('o2') as Form[]));
  const radix = value('A') ?? 'o';
  if (!'doxn'.includes(radix) || radix === '') return yield* tool.die(`invalid output address radix '${radix}'; it must be one character from [doxn]`);
  const skip = byteCount(value('j') ?? '0') ?? (yield* tool.die(`invalid -j argument '${value('j')}'`));
  const limit = value('N') === undefined ? Number.POSITIVE_INFINITY : (byteCount(value('N') ?? '') ?? (yield* tool.die(`invalid -N argument '${value('N')}'`)));
  const width = options.some(([k]) => k === 'w') ? Number(value('w') ?? 32) : 16;
  const all = options.some(([k]) => k === 'v');
  const data = yield* input(tool, operands.length > 0 ? operands : ['-'], skip, limit);
  const address = (n: number): string => (radix === 'n' ? '' : n.toString({ d: 10, o: 8, x: 16 }[radix as 'd']).padStart(radix === 'x' ? 6 : 7, '0'));
  // Every form's line is as wide as the widest, so that columns stand under each other.
  const perByte = Math.max(...forms.map((f) => (f.width + 1) / f.size));
  let last: string | undefined;
  let starred = false;
  for (let at = 0; at < data.length; at += width) {
    const row = data.slice(at, at + width);
    if (!all && row.length === width && row === last) {
      if (!starred) tool.put('*\n');
      starred = true;
      continue;
    }
    last = row;
    starred = false;
    for (const [i, form] of forms.entries()) tool.put(`${i === 0 ? address(skip + at) : ' '.repeat(address(0).length)}${line(row, form, width, perByte)}\n`);
    yield* tool.settle();
  }
  if (radix !== 'n') tool.put(`${address(skip + data.length)}\n`);
  return 0;
});

function line(row: string, form: Form, width: number, perByte: number): string {
  const cell = Math.floor(perByte * form.size);
  let out = '';
  for (let i = 0; i < row.length; i += form.size) out += form.show(row.slice(i, i + form.size).padEnd(form.size, '\0')).padStart(cell);
  if (!form.text) return out;
  return `${out.padEnd((cell * width) / form.size)}  >${row.replace(/[^ -~]/g, '.')}<`;
}
