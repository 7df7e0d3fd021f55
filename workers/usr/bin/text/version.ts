/** strverscmp-like orders: names with numbers in them, and plain bytes. */

/** Byte by byte. */
export const fromBytesOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `sort -V`, and the order in which util-linux walks memory0, memory1, memory10: runs of digits count as numbers. */
export function versionCompare(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p = '', q = ''] = [x[i], y[i]];
    const order = i % 2 === 1 ? number(p, q) : text(p, q);
    if (order !== 0) return order;
  }
  return fromBytesOrder(a, b);
}
/** Alternating: text, digits, text … */
const parts = (s: string): string[] => s.split(/(\d+)/);
function number(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return x.length - y.length || fromBytesOrder(x, y);
}
/** Letters sort before other bytes, ~ before everything, even the end. */
function text(a: string, b: string): number {
  const rank = (c: string | undefined): number => (c === undefined ? 0 : c === '~' ? -1 : /[A-Za-z]/.test(c) ? c.charCodeAt(0) : c.charCodeAt(0) + 256);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const order = rank(a[i]) - rank(b[i]);
    if (order !== 0) return order;
  }
  return 0;
}
