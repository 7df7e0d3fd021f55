/** md5sum, sha256sum, cksum and base64, over bytes. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { getopt } from './getopt.ts';
import { program, type Tool } from './io.ts';

/** RFC 1321. */
function md5(bytes: string): string {
  const s = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
  const k = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);
  const m = padded(bytes, true);
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
  for (let at = 0; at < m.length; at += 16) {
    let [a, b, c, d] = [a0, b0, c0, d0];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const f = round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const g = round === 0 ? i : round === 1 ? (5 * i + 1) & 15 : round === 2 ? (3 * i + 5) & 15 : (7 * i) & 15;
      const sum = (a + f + (k[i] as number) + (m[at + g] as number)) | 0;
      const turn = s[round * 4 + (i & 3)] as number;
      [a, d, c, b] = [d, c, b, (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0];
    }
    [a0, b0, c0, d0] = [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0];
  }
  return [a0, b0, c0, d0].map((w) => [0, 8, 16, 24].map((shift) => ((w >>> shift) & 255).toString(16).padStart(2, '0')).join('')).join('');
}
/** Message words of 32 bits with their padding; little endian for MD5, big for SHA. */
function padded(bytes: string, little: boolean): Int32Array {
  const words = new Int32Array(((bytes.length + 8) >> 6) * 16 + 16);
  const put = (i: number, byte: number): void => {
    words[i >> 2] = (words[i >> 2] as number) | (byte << (8 * (little ? i & 3 : 3 - (i & 3))));
  };
  for (let i = 0; i < bytes.length; i++) put(i, bytes.charCodeAt(i));
  put(bytes.length, 0x80);
  const bits = bytes.length * 8;
  words[words.length - (little ? 2 : 1)] = bits | 0;
  words[words.length - (little ? 1 : 2)] = Math.floor(bits / 2 ** 32);
  return words;
}
/** The first 32 bits of the fractional parts of roots of primes: SHA-2's constants. */
function rootBits(count: number, root: number): number[] {
  const out: number[] = [];
  for (let n = 2; out.length < count; n++) {
    let prime = true;
    for (let i = 2; i * i <= n; i++) if (n % i === 0) prime = false;
    if (prime) out.push(((n ** (1 / root) % 1) * 2 ** 32) | 0);
  }
  return out;
}
/** FIPS 180-4. */
function sha256(bytes: string): string {
  const k = rootBits(64, 3);
  const h = rootBits(8, 2);
  const m = padded(bytes, false);
  const turn = (x: number, n: number): number => (x >>> n) | (x << (32 - n));
  const w = new Int32Array(64);
  for (let at = 0; at < m.length; at += 16) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = m[at + i] as number;
      else {
        const [x, y] = [w[i - 15] as number, w[i - 2] as number];
        w[i] = ((w[i - 16] as number) + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (w[i - 7] as number) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) | 0;
      }
    }
    let [a, b, c, d, e, f, g, x] = h as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const t1 = (x + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + (k[i] as number) + (w[i] as number)) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [x, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    for (const [i, v] of [a, b, c, d, e, f, g, x].entries()) h[i] = ((h[i] as number) + v) | 0;
  }
  return h.map((v) => (v >>> 0).toString(16).padStart(8, '0')).join('');
}
/** CRC of POSIX: the length comes after the bytes. */
function posixCrc(bytes: string): number {
  let crc = 0;
  const put = (byte: number): void => {
    crc ^= byte << 24;
    for (let i = 0; i < 8; i++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  };
  for (let i = 0; i < bytes.length; i++) put(bytes.charCodeAt(i));
  for (let n = bytes.length; n > 0; n = Math.floor(n / 256)) put(n & 255);
  return ~crc >>> 0;
}

const sum = (digest: (bytes: string) => string) =>
  program(function* (tool) {
    const { options, operands } = yield* getopt(tool, { short: 'bctwz', long: { binary: { key: 'b' }, check: { key: 'c' }, text: { key: 't' }, quiet: { key: 'quiet' }, status: { key: 'status' } } }, `${tool.name} [OPTION]... [FILE]...`);
    const files = operands.length > 0 ? operands : ['-'];
    if (!options.some(([k]) => k === 'c')) {
      for (const file of files) {
        const text = yield* tool.slurp(file);
        if (text !== undefined) tool.put(`${digest(text)} ${options.some(([k]) => k === 'b') ? '*' : ' '}${file}\n`);
      }
      return tool.status;
    }
    let failed = 0;
    for (const list of files) {
      for (const [, wanted = '', name = ''] of ((yield* tool.slurp(list)) ?? '').matchAll(/^([0-9a-f]+) [ *](.+)$/gm)) {
        const text = yield* tool.slurp(name);
        const ok = text !== undefined && digest(text) === wanted;
        if (!ok) failed++;
        tool.put(`${name}: ${ok ? 'OK' : text === undefined ? 'FAILED open or read' : 'FAILED'}\n`);
      }
    }
    if (failed > 0) yield* tool.warn(`WARNING: ${failed} computed checksum${failed === 1 ? '' : 's'} did NOT match`);
    return tool.status;
  });
export const md5sum = sum(md5);
export const sha256sum = sum(sha256);
export const cksum = program(function* (tool) {
  for (const file of tool.args.length > 0 ? tool.args : ['-']) {
    const text = yield* tool.slurp(file);
    if (text !== undefined) tool.put(`${posixCrc(text)} ${text.length}${tool.args.length > 0 ? ` ${file}` : ''}\n`);
  }
  return tool.status;
});

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
function encode(bytes: string): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const n = (bytes.charCodeAt(i) << 16) | ((bytes.charCodeAt(i + 1) || 0) << 8) | (bytes.charCodeAt(i + 2) || 0);
    const left = bytes.length - i;
    out += [18, 12, 6, 0].map((shift, j) => (j > left ? '=' : ALPHABET.charAt((n >> shift) & 63))).join('');
  }
  return out;
}
function* decode(tool: Tool, text: string): Kthread<string> {
  let out = '';
  const clean = text.replace(/\s/g, '').replace(/=+$/, '');
  if (/[^A-Za-z0-9+/]/.test(clean)) {
    yield* tool.warn('invalid input');
    return out;
  }
  for (let i = 0; i < clean.length; i += 4) {
    let n = 0;
    for (let j = 0; j < 4; j++) n = (n << 6) | Math.max(0, ALPHABET.indexOf(clean.charAt(i + j) || 'A'));
    out += String.fromCharCode((n >> 16) & 255, (n >> 8) & 255, n & 255).slice(0, Math.min(4, clean.length - i) - 1);
  }
  return out;
}
export const base64 = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, { short: 'diw:', long: { decode: { key: 'd' }, 'ignore-garbage': { key: 'i' }, wrap: { key: 'w', arg: 'required' } } }, 'base64 [OPTION]... [FILE]');
  const text = yield* tool.slurp(operands[0] ?? '-');
  if (text === undefined) return tool.status;
  if (options.some(([k]) => k === 'd')) {
    tool.put(yield* decode(tool, text));
    return tool.status;
  }
  const wrap = Number(options.findLast(([k]) => k === 'w')?.[1] ?? 76);
  const whole = encode(text);
  if (wrap === 0) tool.put(whole);
  else for (let i = 0; i < whole.length; i += wrap) tool.put(`${whole.slice(i, i + wrap)}\n`);
  return tool.status;
});
