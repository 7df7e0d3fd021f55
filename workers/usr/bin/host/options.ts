/** Option strings of QEMU: `pc-dimm,id=d0,memdev=m0`, sizes with suffixes, values of properties. */

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };
/** '1G', '128M', '0x8000000', '134217728' → bytes; undefined: no size. */
export function bytesOf(text: string): number | undefined {
  const m = /^(0x[0-9a-f]+|\d+(?:\.\d+)?)(?:([bkmgtp])(?:i?b)?)?$/i.exec(text);
  if (!m) return undefined;
  const bytes = Number(m[1]) * (UNITS[(m[2] ?? '').toLowerCase()] as number);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
/** A property's value: numbers and sizes as numbers, on and off as booleans, anything else as text. */
export function scalarOf(text: string): unknown {
  const bytes = bytesOf(text);
  if (bytes !== undefined) return bytes;
  return text === 'on' || text === 'true' ? true : text === 'off' || text === 'false' ? false : text;
}
/** Names stay text, whatever they look like. */
const NAMES = new Set(['id', 'memdev', 'qom-type', 'driver', 'bus']);
/** `first,key=value,…`: the first word is the value of `implied`. ',,' is a comma inside a value. */
export function objectOf(text: string, implied: string): Readonly<Record<string, unknown>> {
  const parts = text.split(/(?<!,),(?!,)/).map((part) => part.replaceAll(',,', ','));
  const pairs = parts.map((part, i): [string, unknown] => {
    const at = part.indexOf('=');
    if (at < 0) return i === 0 ? [implied, part] : [part, true];
    const key = part.slice(0, at);
    const value = part.slice(at + 1);
    return [key, NAMES.has(key) ? value : scalarOf(value)];
  });
  return Object.fromEntries(pairs);
}
