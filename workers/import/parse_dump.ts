/** Dumps of /proc/kpageflags and /proc/kpagecount: 64-bit words, little endian, or what od -A x -t x8 makes of them. */
import { MAX_PFN } from './evidence.ts';
import { Problem, shown } from './problem.ts';

const WORD = 8;

export function readDump(name: string, bytes: Uint8Array): Uint32Array {
  if (bytes.length === 0 || bytes.length % WORD !== 0) throw new Problem(`${shown(name)} has ${bytes.length} bytes.`, 'it is a row of 64-bit words, one for each page frame', 'copy it again: cat /proc/kpageflags > kpageflags');
  if (bytes.length / WORD > MAX_PFN) throw new Problem(`${shown(name)} describes more than 4 TiB.`, 'frames are numbered below 2^30', 'give the dump of a smaller machine');
  const words = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < words.length; i++) {
    const at = i * 4;
    words[i] = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
  }
  return words;
}

const isHex = (c: number): boolean => (c >= 0x30 && c <= 0x39) || (c >= 0x61 && c <= 0x66);
const digit = (c: number): number => (c <= 0x39 ? c - 0x30 : c - 0x57);

/**
 * `od -A x -t x8`: an address and two words in each line; a line of `*` stands for repetitions of the one before, up to the next address; the last line is the length.
 * `start` to `end`: where the lines lie in `bytes`, each after one blank.
 */
export function readOd(name: string, bytes: Uint8Array, start: number, end: number): Uint32Array {
  const broken = (at: number): Problem => new Problem(`The dump of ${shown(name)} is damaged near byte ${at}.`, 'it is what od -A x -t x8 prints: an address and up to two words in each line', 'run the collector script again, and give all that it printed');
  let words = new Uint32Array(1 << 16);
  let length = 0;
  let starred = false;
  let finished = false;
  const room = (n: number): void => {
    if (n / 2 > MAX_PFN) throw new Problem(`The dump of ${shown(name)} describes more than 4 TiB.`, 'frames are numbered below 2^30', 'give the dump of a smaller machine');
    if (n <= words.length) return;
    const larger = new Uint32Array(Math.max(n, words.length * 2));
    larger.set(words);
    words = larger;
  };
  for (let at = start; at < end; ) {
    const stop = bytes.indexOf(0x0a, at);
    const eol = stop < 0 || stop > end ? end : stop;
    let i = at;
    const blank = (): void => { while (i < eol && bytes[i] === 0x20) i++; };
    blank();
    if (i === eol) {
      at = eol + 1;
      continue;
    }
    if (finished) throw broken(at);
    if (bytes[i] === 0x2a) {
      if (length < 4) throw broken(at);
      starred = true;
      at = eol + 1;
      continue;
    }
    let address = 0;
    for (; i < eol && isHex(bytes[i] as number); i++) address = address * 16 + digit(bytes[i] as number);
    const target = address / 4;
    if (address % WORD !== 0 || target < length || target / 2 > MAX_PFN || (target > length && !starred)) throw broken(at);
    if (starred) {
      room(target);
      const low0 = words[length - 4] as number;
      const high0 = words[length - 3] as number;
      const low1 = words[length - 2] as number;
      const high1 = words[length - 1] as number;
      for (; length + 4 <= target; length += 4) {
        words[length] = low0;
        words[length + 1] = high0;
        words[length + 2] = low1;
        words[length + 3] = high1;
      }
      if (length !== target) throw broken(at);
      starred = false;
    }
    let count = 0;
    for (blank(); i < eol; blank()) {
      let high = 0;
      let low = 0;
      const from = i;
      for (; i < eol && isHex(bytes[i] as number); i++) {
        high = (high << 4) | (low >>> 28);
        low = ((low << 4) | digit(bytes[i] as number)) >>> 0;
      }
      if (i - from !== 16 || ++count > 2) throw broken(i);
      room(length + 2);
      words[length++] = low;
      words[length++] = high;
    }
    finished = count === 0;
    at = eol + 1;
  }
  if (!finished) throw broken(end);
  return words.slice(0, length);
}
