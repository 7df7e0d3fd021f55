/** inflate (RFC 1951) and the gzip frame around it (RFC 1952). Bytes as strings of chars 0 to 255. */

/** Codes by length and value: symbols in canonical order. */
interface Huffman {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}
const MAX_BITS = 15;
function huffman(lengths: readonly number[]): Huffman {
  const counts = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  counts[0] = 0;
  const symbols = new Uint16Array(lengths.length);
  let at = 0;
  for (let length = 1; length <= MAX_BITS; length++) lengths.forEach((l, symbol) => { if (l === length) symbols[at++] = symbol; });
  return { counts, symbols };
}
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const repeat = (n: number, value: number): number[] => new Array<number>(n).fill(value);
const FIXED = huffman([...repeat(144, 8), ...repeat(112, 9), ...repeat(24, 7), ...repeat(8, 8)]);
const FIXED_DISTANCES = huffman(repeat(30, 5));

class Broken extends Error {}

/** Reads bits from `at` on; throws Broken where the data end or make no sense. */
function inflateFrom(data: string, start: number): { readonly text: string; readonly end: number } {
  let at = start;
  let hold = 0;
  let held = 0;
  const out: number[] = [];
  function bits(n: number): number {
    while (held < n) {
      if (at >= data.length) throw new Broken('unexpected end of file');
      hold |= data.charCodeAt(at++) << held;
      held += 8;
    }
    const value = hold & ((1 << n) - 1);
    hold >>>= n;
    held -= n;
    return value;
  }
  function symbol({ counts, symbols }: Huffman): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      code |= bits(1);
      const count = counts[length] as number;
      if (code - first < count) return symbols[index + code - first] as number;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new Broken('invalid compressed data--format violated');
  }
  function codes(literals: Huffman, distances: Huffman): void {
    for (let s = symbol(literals); s !== 256; s = symbol(literals)) {
      if (s < 256) {
        out.push(s);
        continue;
      }
      const length = (LENGTHS[s - 257] ?? 0) + bits(LENGTH_BITS[s - 257] ?? 0);
      const d = symbol(distances);
      const back = (DISTANCES[d] ?? 0) + bits(DISTANCE_BITS[d] ?? 0);
      if (length === 0 || back === 0 || back > out.length) throw new Broken('invalid compressed data--format violated');
      for (let i = 0; i < length; i++) out.push(out[out.length - back] as number);
    }
  }
  function dynamic(): void {
    const [nlen, ndist, ncode] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    const order = repeat(19, 0);
    for (let i = 0; i < ncode; i++) order[ORDER[i] as number] = bits(3);
    const lengthCode = huffman(order);
    const lengths: number[] = [];
    while (lengths.length < nlen + ndist) {
      const s = symbol(lengthCode);
      if (s < 16) lengths.push(s);
      else if (s === 16) lengths.push(...repeat(3 + bits(2), lengths.at(-1) ?? 0));
      else lengths.push(...repeat(s === 17 ? 3 + bits(3) : 11 + bits(7), 0));
    }
    codes(huffman(lengths.slice(0, nlen)), huffman(lengths.slice(nlen, nlen + ndist)));
  }
  for (let last = 0; last === 0; ) {
    last = bits(1);
    const type = bits(2);
    if (type === 1) codes(FIXED, FIXED_DISTANCES);
    else if (type === 2) dynamic();
    else if (type === 3) throw new Broken('invalid compressed data--format violated');
    else {
      hold = held = 0;
      const length = bits(16);
      bits(16);
      for (let i = 0; i < length; i++) out.push(bits(8));
    }
  }
  // In pieces: a call takes so many arguments and no more.
  let text = '';
  for (let i = 0; i < out.length; i += 8192) text += String.fromCharCode(...out.slice(i, i + 8192));
  return { text, end: at };
}

const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const HEADER_CRC = 2;
/** The contents of a gzip file; undefined: it is none; an error in gzip's words for a broken one. */
export function gunzip(data: string): { readonly text: string } | { readonly error: string } | undefined {
  if (!data.startsWith('\x1f\x8b\x08')) return undefined;
  const flags = data.charCodeAt(3);
  let at = 10;
  if ((flags & EXTRA) !== 0) at += 2 + data.charCodeAt(at) + 256 * data.charCodeAt(at + 1);
  for (const field of [NAME, COMMENT]) if ((flags & field) !== 0) at = data.indexOf('\0', at) + 1;
  if ((flags & HEADER_CRC) !== 0) at += 2;
  try {
    return { text: inflateFrom(data, at).text };
  } catch (error) {
    if (error instanceof Broken) return { error: error.message };
    throw error;
  }
}
