/** Lengths of time as sleep and timeout take them. */

const UNIT: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400 };
/** '0.5', '2m', '1h', 'inf' → ns; NaN: no time. */
export function durationOf(text: string): number {
  const m = /^(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|inf(?:inity)?)([smhd]?)$/i.exec(text);
  if (!m) return Number.NaN;
  return (/^inf/i.test(m[1] as string) ? Number.POSITIVE_INFINITY : Number(m[1])) * (UNIT[(m[2] ?? '').toLowerCase()] as number) * 1e9;
}
