/** date: the simulated wall clock. */
import { ERRNO, strerror } from '../../uapi/errno.ts';
import { quoteaf, quotef } from './quotef.ts';
import { getopt } from './text/getopt.ts';
import { program } from './text/io.ts';
import { daysSinceEpoch, strftime } from './text/strftime.ts';

/** '@123', '2026-01-02 03:04:05', 'now' → seconds since 1970; undefined: no date this reads. */
function parseDate(text: string, now: number): number | undefined {
  if (/^@-?\d+(\.\d+)?$/.test(text)) return Number(text.slice(1));
  if (text === 'now' || text === '') return now;
  if (text === 'today') return now;
  if (text === 'yesterday') return now - 86400;
  if (text === 'tomorrow') return now + 86400;
  const m = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?(?:Z| ?UTC)?$/.exec(text);
  if (!m) return undefined;
  const [, y, mo, d, h = 0, mi = 0, s = 0] = m.map(Number) as number[];
  return daysSinceEpoch(y as number, mo as number, d as number) * 86400 + (h || 0) * 3600 + (mi || 0) * 60 + (s || 0);
}
export const date = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'd:uRI::s:r:',
      long: {
        date: { key: 'd', arg: 'required' },
        utc: { key: 'u' },
        universal: { key: 'u' },
        'rfc-email': { key: 'R' },
        'iso-8601': { key: 'I', arg: 'optional' },
        reference: { key: 'r', arg: 'required' },
      },
    },
    'date [OPTION]... [+FORMAT]',
  );
  const now = tool.sys.clock_realtime();
  let seconds = now;
  for (const [key, value = ''] of options) {
    if (key === 'd') {
      const parsed = parseDate(value, now);
      if (parsed === undefined) return yield* tool.die(`invalid date ${quoteaf(value)}`);
      seconds = parsed;
    } else if (key === 'r') {
      const s = tool.sys.stat(value);
      if (typeof s === 'number') return yield* tool.die(`${quotef(value)}: ${strerror(s)}`);
      seconds = s.mtime;
    } else if (key === 's') return yield* tool.die(`cannot set date: ${strerror(ERRNO.EPERM)}`);
  }
  const whole = Math.floor(seconds);
  const nanos = String(Math.round((seconds - whole) * 1e9)).padStart(9, '0');
  const [format] = operands;
  if (format !== undefined && !format.startsWith('+')) return yield* tool.die(`invalid date ${quoteaf(format)}`);
  const iso = options.find(([k]) => k === 'I');
  const pattern =
    format?.slice(1) ??
    (options.some(([k]) => k === 'R')
      ? '%a, %d %b %Y %H:%M:%S +0000'
      : iso
        ? iso[1] === 'seconds' || iso[1] === 's'
          ? '%Y-%m-%dT%H:%M:%S+00:00'
          : '%Y-%m-%d'
        : '%a %b %e %H:%M:%S UTC %Y');
  const text = pattern
    .replace(/%(\d*)N/g, (_, width: string) => nanos.slice(0, width === '' ? 9 : Number(width)))
    .replace(/%s/g, String(whole))
    .replace(/%-([dmHMSjeIlk])/g, (_, c: string) => String(Number(strftime(`%${c}`, whole).trim())))
    .replace(/%:z/g, '+00:00')
    .replace(/%z/g, '+0000')
    .replace(/%Z/g, 'UTC');
  tool.put(`${strftime(text, whole)}\n`);
  return 0;
});
