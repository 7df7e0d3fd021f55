/** dd. Records as busybox reports them (without the line about bytes and seconds): that is what the recorded machines have. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { program, type Tool, writeAll } from './io.ts';

const UNITS: Readonly<Record<string, number>> = { c: 1, w: 2, b: 512, k: 1024, K: 1024, kB: 1000, KB: 1000, KiB: 1024, M: 1024 ** 2, MB: 1e6, MiB: 1024 ** 2,
  G: 1024 ** 3, GB: 1e9, GiB: 1024 ** 3 };

const OPERANDS = ['if', 'of', 'bs', 'ibs', 'obs', 'count', 'skip', 'seek', 'conv', 'status', 'iflag', 'oflag'];

/** '4k', '2x512' → a number. */
function* sizeOf(tool: Tool, text: string): Kthread<number> {
  let product = 1;
  for (const part of text.split('x')) {
    const m = /^(\d+)([A-Za-z]*)$/.exec(part);
    const unit = m?.[2] === '' ? 1 : UNITS[m?.[2] ?? ''];
    if (!m || unit === undefined) return yield* tool.die(`invalid number '${text}'`);
    product *= Number(m[1]) * unit;
  }
  return product;
}

export const dd = program(function* (tool) {
  const given = new Map<string, string>();
  for (const arg of tool.args) {
    const eq = arg.indexOf('=');
    const key = arg.slice(0, Math.max(eq, 0));
    if (eq < 0 || !OPERANDS.includes(key)) yield* tool.die(`unrecognized operand '${arg}'`);
    given.set(key, arg.slice(eq + 1));
  }
  const size = function* (key: string, otherwise: number): Kthread<number> {
    const text = given.get(key);
    return text === undefined ? otherwise : yield* sizeOf(tool, text);
  };
  const bs = yield* size('bs', 512);
  const ibs = given.has('bs') ? bs : yield* size('ibs', 512);
  const obs = given.has('bs') ? bs : yield* size('obs', 512);
  const count = yield* size('count', Number.POSITIVE_INFINITY);
  const [skip, seek] = [yield* size('skip', 0), yield* size('seek', 0)];
  const flags = (given.get('conv') ?? '').split(',').filter((f) => f !== '');
  const unknown = flags.find((f) => !['notrunc', 'noerror', 'sync', 'fsync', 'fdatasync', 'ucase', 'lcase', 'swab', 'excl', 'nocreat'].includes(f));
  if (unknown !== undefined) yield* tool.die(`invalid conversion: '${unknown}'`);
  const inputFlags = (given.get('iflag') ?? '').split(',');
  const countBytes = inputFlags.includes('count_bytes');
  const skipBytes = inputFlags.includes('skip_bytes') ? skip : skip * ibs;
  const seekBytes = (given.get('oflag') ?? '').split(',').includes('seek_bytes') ? seek : seek * obs;

  const input = given.has('if') ? tool.sys.open(given.get('if') as string, { read: true }) : 0;
  if (input < 0) yield* tool.die(`can't open '${given.get('if')}': ${strerror(input)}`);
  const truncate = !flags.includes('notrunc') && seek === 0;
  const output = given.has('of') ? tool.sys.open(given.get('of') as string, { write: true, create: !flags.includes('nocreat'), truncate }, 0o666) : 1;
  if (output < 0) yield* tool.die(`can't open '${given.get('of')}': ${strerror(output)}`);
  if (given.has('of') && !flags.includes('notrunc') && seek > 0) tool.sys.truncate(given.get('of') as string, seekBytes);
  if (skipBytes > 0 && tool.sys.lseek(input, skipBytes) < 0) {
    for (let left = skipBytes; left > 0; ) {
      const got = yield* tool.sys.read(input, Math.min(left, 65536));
      if (typeof got === 'number' || got === '') break;
      left -= got.length;
    }
  }
  if (seekBytes > 0 && tool.sys.lseek(output, seekBytes) < 0) yield* tool.die(`${given.get('of') ?? 'standard output'}: cannot seek: Illegal seek`);

  const records = { full: 0, part: 0, outFull: 0, outPart: 0, bytes: 0 };
  let failed = 0;
  let buffer = '';
  const write = function* (bytes: string): Kthread<boolean> {
    const error = yield* writeAll(tool.sys, output, bytes);
    if (error < 0) {
      yield* tool.stderr(`dd: error writing '${given.get('of') ?? 'standard output'}': ${strerror(error)}\n`);
      failed = 1;
      return false;
    }
    if (bytes.length === obs) records.outFull++;
    else records.outPart++;
    records.bytes += bytes.length;
    return true;
  };
  for (let done = 0; done < count && failed === 0; ) {
    const got = yield* tool.sys.read(input, countBytes ? Math.min(ibs, count - done) : ibs);
    if (typeof got === 'number') {
      yield* tool.stderr(`dd: ${given.get('if') ?? 'standard input'}: ${strerror(got)}\n`);
      failed = 1;
      if (!flags.includes('noerror')) break;
      done += 1;
      continue;
    }
    if (got === '') break;
    if (got.length === ibs) records.full++;
    else records.part++;
    done += countBytes ? got.length : 1;
    const bytes = converted(flags.includes('sync') ? got.padEnd(ibs, '\0') : got, flags);
    if (given.has('bs') || ibs === obs) yield* write(bytes);
    else {
      buffer += bytes;
      while (buffer.length >= obs && (yield* write(buffer.slice(0, obs)))) buffer = buffer.slice(obs);
    }
  }
  if (buffer !== '' && failed === 0) yield* write(buffer);
  if (given.get('status') !== 'none') yield* tool.stderr(`${records.full}+${records.part} records in\n${records.outFull}+${records.outPart} records out\n`);
  return failed;
});

function converted(bytes: string, flags: readonly string[]): string {
  let out = bytes;
  if (flags.includes('swab')) out = out.replace(/([\s\S])([\s\S])/g, '$2$1');
  if (flags.includes('ucase')) out = out.replace(/[a-z]/g, (c) => c.toUpperCase());
  if (flags.includes('lcase')) out = out.replace(/[A-Z]/g, (c) => c.toLowerCase());
  return out;
}
