/** bzip2, unpacked: the format util-linux packs its dumps with. Block sums are checked, so that a damaged file is noticed. */
import { Problem, shown } from './problem.ts';

export const isBzip2 = (bytes: Uint8Array): boolean => bytes.length > 4 && bytes[0] === 0x42 && bytes[1] === 0x5a && bytes[2] === 0x68 && (bytes[3] as number) >= 0x31 && (bytes[3] as number) <= 0x39;

const BLOCK_MAGIC = [0x314159, 0x265359] as const;
const END_MAGIC = [0x177245, 0x385090] as const;
const GROUP = 50;
const MAX_CODE = 20;

const CRC = Uint32Array.from({ length: 256 }, (_, i) => {
  let c = i << 24;
  for (let bit = 0; bit < 8; bit++) c = (c & 0x80000000) === 0 ? c << 1 : (c << 1) ^ 0x04c11db7;
  return c >>> 0;
});

/** The unpacked bytes. Throws a Problem for damage and for more than `limit` bytes. */
export function bunzip2(bytes: Uint8Array, limit: number, name: string): Uint8Array {
  const damaged = (): Problem => new Problem(`${shown(name)} is damaged: it does not unpack as bzip2.`, 'every block of a bzip2 file carries a checksum', 'copy or download it again');
  let at = 4;
  let held = 0;
  let nheld = 0;
  const bits = (n: number): number => {
    while (nheld < n) {
      if (at >= bytes.length) throw damaged();
      held = ((held & 0xffff) << 8) | (bytes[at++] as number);
      nheld += 8;
    }
    nheld -= n;
    return (held >>> nheld) & ((1 << n) - 1);
  };
  const word = (): number => ((bits(16) << 16) | bits(16)) >>> 0;
  const most = ((bytes[3] as number) - 0x30) * 100_000;
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const magic = [(bits(12) << 12) | bits(12), (bits(12) << 12) | bits(12)] as const;
    if (magic[0] === END_MAGIC[0] && magic[1] === END_MAGIC[1]) break;
    if (magic[0] !== BLOCK_MAGIC[0] || magic[1] !== BLOCK_MAGIC[1]) throw damaged();
    const sum = word();
    if (bits(1) !== 0) throw damaged();
    const { tt, length, start } = readBlock(bits, most, damaged);
    const plain = undo(tt, length, start, limit - total, () => new Problem(`${shown(name)} unpacks to more than ${limit / 2 ** 20} MiB.`, 'a description of a machine is smaller than its memory', 'give the dump of a smaller machine'));
    let crc = 0xffffffff;
    for (let i = 0; i < plain.length; i++) crc = ((crc << 8) ^ (CRC[((crc >>> 24) ^ (plain[i] as number)) & 255] as number)) >>> 0;
    if ((~crc >>> 0) !== sum) throw damaged();
    parts.push(plain);
    total += plain.length;
  }
  const all = new Uint8Array(total);
  let to = 0;
  for (const part of parts) {
    all.set(part, to);
    to += part.length;
  }
  return all;
}

interface Block {
  readonly tt: Uint32Array;
  readonly length: number;
  readonly start: number;
}
/** One block up to the Burrows-Wheeler transform: Huffman codes, move to front, runs. */
function readBlock(bits: (n: number) => number, most: number, damaged: () => Problem): Block {
  const origin = (bits(12) << 12) | bits(12);
  const used = bits(16);
  const symbols: number[] = [];
  for (let i = 0; i < 16; i++) {
    if (((used >> (15 - i)) & 1) === 0) continue;
    const row = bits(16);
    for (let j = 0; j < 16; j++) if (((row >> (15 - j)) & 1) !== 0) symbols.push(i * 16 + j);
  }
  const groups = bits(3);
  const selectorCount = bits(15);
  if (symbols.length === 0 || groups < 2 || groups > 6 || selectorCount === 0) throw damaged();
  const order = [0, 1, 2, 3, 4, 5];
  const selectors = new Uint8Array(selectorCount);
  for (let i = 0; i < selectorCount; i++) {
    let j = 0;
    while (bits(1) === 1) if (++j >= groups) throw damaged();
    const [picked] = order.splice(j, 1) as [number];
    order.unshift(picked);
    selectors[i] = picked;
  }
  const alphabet = symbols.length + 2;
  const trees = Array.from({ length: groups }, () => readTree(bits, alphabet, damaged));
  const front = symbols.slice();
  const tt = new Uint32Array(most);
  const counts = new Int32Array(256);
  let length = 0;
  let run = 0;
  let weight = 1;
  const flush = (): void => {
    const byte = front[0] as number;
    if (length + run > most) throw damaged();
    counts[byte] = (counts[byte] as number) + run;
    tt.fill(byte, length, length + run);
    length += run;
    run = 0;
    weight = 1;
  };
  for (let n = 0, tree = trees[0] as Tree; ; n++) {
    if (n % GROUP === 0) {
      const selector = selectors[n / GROUP];
      if (selector === undefined) throw damaged();
      tree = trees[selector] as Tree;
    }
    const symbol = decode(bits, tree, damaged);
    if (symbol <= 1) {
      run += weight << symbol;
      weight <<= 1;
      if (run > most) throw damaged();
      continue;
    }
    if (run > 0) flush();
    if (symbol === alphabet - 1) break;
    const [byte] = front.splice(symbol - 1, 1) as [number];
    front.unshift(byte);
    if (length >= most) throw damaged();
    counts[byte] = (counts[byte] as number) + 1;
    tt[length++] = byte;
  }
  if (origin >= length) throw damaged();
  let before = 0;
  for (let i = 0; i < 256; i++) {
    const n = counts[i] as number;
    counts[i] = before;
    before += n;
  }
  for (let i = 0; i < length; i++) {
    const byte = (tt[i] as number) & 255;
    const to = counts[byte] as number;
    counts[byte] = to + 1;
    tt[to] = ((tt[to] as number) | (i << 8)) >>> 0;
  }
  return { tt, length, start: (tt[origin] as number) >>> 8 };
}

interface Tree {
  /** By code length: the largest code, the number of symbols before, and the symbols. */
  readonly limit: Int32Array;
  readonly base: Int32Array;
  readonly symbols: number[];
}
function readTree(bits: (n: number) => number, alphabet: number, damaged: () => Problem): Tree {
  const lengths: number[] = [];
  let length = bits(5);
  for (let i = 0; i < alphabet; i++) {
    while (bits(1) === 1) length += bits(1) === 1 ? -1 : 1;
    if (length < 1 || length > MAX_CODE) throw damaged();
    lengths.push(length);
  }
  const limit = new Int32Array(MAX_CODE + 1).fill(-1);
  const base = new Int32Array(MAX_CODE + 1);
  const symbols: number[] = [];
  let code = 0;
  for (let bitsOf = 1; bitsOf <= MAX_CODE; bitsOf++) {
    const own = lengths.flatMap((l, symbol) => (l === bitsOf ? [symbol] : []));
    base[bitsOf] = code - symbols.length;
    symbols.push(...own);
    code += own.length;
    if (own.length > 0) limit[bitsOf] = code - 1;
    code <<= 1;
  }
  return { limit, base, symbols };
}
function decode(bits: (n: number) => number, tree: Tree, damaged: () => Problem): number {
  let code = 0;
  for (let n = 1; n <= MAX_CODE; n++) {
    code = (code << 1) | bits(1);
    if (code <= (tree.limit[n] as number)) {
      const symbol = tree.symbols[code - (tree.base[n] as number)];
      if (symbol === undefined) throw damaged();
      return symbol;
    }
  }
  throw damaged();
}

/** The transform undone, and the first run-length coding: four equal bytes are followed by how many more there are. */
function undo(tt: Uint32Array, length: number, start: number, room: number, tooMuch: () => Problem): Uint8Array {
  let out = new Uint8Array(length * 2);
  let to = 0;
  let at = start;
  let same = 0;
  let last = -1;
  const put = (byte: number, n: number): void => {
    if (to + n > room) throw tooMuch();
    if (to + n > out.length) {
      const larger = new Uint8Array(Math.max(out.length * 2, to + n));
      larger.set(out);
      out = larger;
    }
    out.fill(byte, to, to + n);
    to += n;
  };
  for (let i = 0; i < length; i++) {
    const entry = tt[at] as number;
    const byte = entry & 255;
    at = entry >>> 8;
    if (same === 4) {
      put(last, byte);
      same = 0;
      last = -1;
      continue;
    }
    same = byte === last ? same + 1 : 1;
    last = byte;
    put(byte, 1);
  }
  return out.subarray(0, to);
}
