/** gzip (RFC 1952) with stored blocks: a file any reader of gzip takes, not a smaller one. Bytes as strings of chars 0 to 255. */

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = (c & 1) !== 0 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c;
});
export function crc32(bytes: string): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = (CRC_TABLE[(c ^ bytes.charCodeAt(i)) & 0xff] as number) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
const little = (n: number, bytes: number): string => String.fromCharCode(...Array.from({ length: bytes }, (_, i) => (n >>> (8 * i)) & 0xff));

const MAX_STORED = 0xffff;
/** Made by Unix, no time, no name. */
const HEADER = '\x1f\x8b\x08\0\0\0\0\0\0\x03';
export function gzip(bytes: string): string {
  let blocks = '';
  for (let at = 0; at === 0 || at < bytes.length; at += MAX_STORED) {
    const part = bytes.slice(at, at + MAX_STORED);
    const last = at + MAX_STORED >= bytes.length ? 1 : 0;
    blocks += String.fromCharCode(last) + little(part.length, 2) + little(~part.length & 0xffff, 2) + part;
  }
  return HEADER + blocks + little(crc32(bytes), 4) + little(bytes.length, 4);
}
