/** The files somebody dropped, as names and bytes; archives among them are opened. Formats: POSIX ustar with GNU and pax long names. */
import type { GivenFile } from '../uapi/engine.ts';
import { bunzip2, isBzip2 } from './bunzip2.ts';
import { Problem, shown } from './problem.ts';

export type ImportFile = GivenFile;
/** More than this, unpacked, is refused: the dumps of a machine with 128 GiB need half of it. */
export const MAX_BYTES = 2 ** 30;
const MAX_FILES = 500_000;
const BLOCK = 512;

export const tooLarge = (name: string): Problem => new Problem(
  `${shown(name) || 'The text'} unpacks to more than ${MAX_BYTES / 2 ** 30} GiB.`, 'a description of a machine is smaller than its memory', 'give the dumps of a smaller machine, or leave kpagecount out',
);

/** latin1: every byte is a character. */
export function textOf(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const parts: string[] = [];
  for (let at = start; at < end; at += CHUNK) parts.push(String.fromCharCode(...bytes.subarray(at, Math.min(end, at + CHUNK))));
  return parts.join('');
}
const CHUNK = 8192;
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A name inside an archive or a folder must stay inside it. */
function checkName(name: string): string {
  if (name.startsWith('/') || name.split('/').includes('..') || name.includes('\0')) {
    throw new Problem(`"${shown(name)}" names a file outside its archive.`, 'names in an archive are relative and do not climb', 'pack the folder again with tar -C / -cf dump.tar sys/devices/system/memory');
  }
  return name;
}

const cString = (bytes: Uint8Array, at: number, length: number): string => {
  const end = bytes.indexOf(0, at);
  return textOf(bytes, at, end < 0 || end > at + length ? at + length : end);
};
const octal = (bytes: Uint8Array, at: number, length: number): number => {
  const text = cString(bytes, at, length).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
};
/** Sum of a header's bytes with its checksum field read as blanks. */
function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] as number);
  return sum;
}
export const isTar = (bytes: Uint8Array): boolean => bytes.length >= BLOCK && octal(bytes, 148, 8) === checksum(bytes.subarray(0, BLOCK));

/** Files of a tar archive; folders, links and devices give their name and no bytes. */
export function untar(archive: string, bytes: Uint8Array): ImportFile[] {
  const files: ImportFile[] = [];
  const broken = (why: string): Problem => new Problem(`${shown(archive)} is not a whole tar archive: ${why}.`, 'a tar archive is a row of 512-byte headers and contents', 'pack or download it again');
  let longName: string | undefined;
  for (let at = 0; ; ) {
    // Two empty headers are the end of an archive: without them nobody knows what is missing.
    if (at + BLOCK > bytes.length) throw broken(`it breaks off at byte ${bytes.length}`);
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((b) => b === 0)) return files;
    if (octal(header, 148, 8) !== checksum(header)) throw broken(`the header at byte ${at} has a wrong checksum`);
    const size = octal(header, 124, 12);
    if (!Number.isSafeInteger(size) || at + BLOCK + size > bytes.length) throw broken(`the file at byte ${at} says it has more bytes than there are`);
    const type = String.fromCharCode(header[156] as number);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (type === 'L') longName = cString(content, 0, content.length);
    else if (type === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(textOf(content))?.[1] ?? longName;
    else if (type !== 'g') {
      const prefix = cString(header, 257, 5) === 'ustar' ? cString(header, 345, 155) : '';
      const name = longName ?? (prefix === '' ? '' : `${prefix}/`) + cString(header, 0, 100);
      longName = undefined;
      files.push({ name: checkName(name), bytes: type === '0' || type === '\0' || type === '7' ? content : new Uint8Array(0) });
      if (files.length > MAX_FILES) throw new Problem(`${shown(archive)} holds more than ${MAX_FILES} files.`, 'a memory block has about 20 files, a machine at most some thousand blocks', 'pack sys/devices/system/memory alone');
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** How xz, Zstandard and zip begin. */
const UNKNOWN_PACKING = [[0xfd, 0x37, 0x7a, 0x58, 0x5a], [0x28, 0xb5, 0x2f, 0xfd], [0x50, 0x4b, 3, 4]] as const;

/** Opens archives (tar, and bzip2 around it); gzip is opened by the host, which has a stream for it. */
export function openArchives(given: readonly ImportFile[]): ImportFile[] {
  const files: ImportFile[] = [];
  for (const { name, bytes } of given) {
    const plain = isBzip2(bytes) ? bunzip2(bytes, MAX_BYTES, name) : bytes;
    if (UNKNOWN_PACKING.some((magic) => magic.every((byte, i) => plain[i] === byte))) throw new Problem(`${shown(name)} is packed in a way that cannot be opened here.`, 'gzip, bzip2 and tar are opened', 'unpack it first, or pack it with tar -czf');
    if (isTar(plain)) files.push(...untar(name, plain));
    else files.push({ name: checkName(name.replace(/^\/+/, '')), bytes: plain });
  }
  const total = files.reduce((sum, f) => sum + f.bytes.length, 0);
  if (total > MAX_BYTES) throw tooLarge('What was given');
  return files;
}
