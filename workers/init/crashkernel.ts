/**
 * Mirrors: reserve_crashkernel() of arch/x86/kernel/setup.c and the parser of kernel/crash_core.c (6.1). Bytes in the text, pfns in the result.
 * Source: spec crashkernel-kdump.md §1-§3: every recorded placement recomputed without a difference.
 */
import { KIND_CRASHKERNEL } from '../uapi/page_kind.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import { memparse, type Parameter } from './cmdline.ts';
import type { Memblock } from './memblock.ts';

export interface CrashReservation {
  /** What the kernel log says, level info. */
  readonly lines: readonly string[];
  /** Reserved ranges, pfns, end exclusive. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Bytes of the main range: kexec_crash_size. */
  readonly size: number;
}

const MiB = 2 ** 20;
/** CRASH_ALIGN, and the lowest start; in pages. */
const CRASH_ALIGN = (16 * MiB) / PAGE_SIZE;
const FOUR_GIB = 2 ** 32 / PAGE_SIZE;
/** Total RAM is rounded up to this before ranges are compared with it. */
const RAM_ROUNDING = 128 * MiB;
/** Without `,low`: swiotlb and 8 MiB, at least 256 MiB. */
const DEFAULT_LOW = 256 * MiB;

interface Parsed {
  readonly size: number;
  readonly base: number;
  readonly line?: string;
}

/** `a-b:X,c-:Y[@Z]` */
function parseRanges(text: string, ram: number): Parsed {
  const fail = (line: string): Parsed => ({ size: 0, base: 0, line });
  let rest = text;
  for (;;) {
    const start = memparse(rest);
    if (start.rest === rest) return fail('crashkernel: Memory value expected');
    if (!start.rest.startsWith('-')) return fail("crashkernel: '-' expected");
    let end = Number.POSITIVE_INFINITY;
    rest = start.rest.slice(1);
    if (!rest.startsWith(':')) {
      const stop = memparse(rest);
      if (stop.rest === rest) return fail('crashkernel: Memory value expected');
      end = stop.value;
      if (end <= start.value) return fail('crashkernel: end <= start');
      rest = stop.rest;
    }
    if (!rest.startsWith(':')) return fail("crashkernel: ':' expected");
    const size = memparse(rest.slice(1));
    if (size.rest === rest.slice(1)) return fail('Memory value expected');
    if (size.value >= ram) return fail('crashkernel: invalid size');
    if (ram >= start.value && ram < end) {
      const at = size.rest.indexOf('@');
      if (at < 0) return { size: size.value, base: 0 };
      const base = memparse(size.rest.slice(at + 1));
      return base.rest === size.rest.slice(at + 1) ? fail("Memory value expected after '@'") : { size: size.value, base: base.value };
    }
    if (!size.rest.startsWith(',')) return fail('crashkernel size resulted in zero bytes');
    rest = size.rest.slice(1);
  }
}
/** `X[@Y]` */
function parseSimple(text: string): Parsed {
  const size = memparse(text);
  if (size.rest === text) return { size: 0, base: 0, line: 'crashkernel: memory value expected' };
  if (size.rest.startsWith('@')) return { size: size.value, base: memparse(size.rest.slice(1)).value };
  return size.rest === '' ? { size: size.value, base: 0 } : { size: 0, base: 0, line: `crashkernel: unrecognized char: ${size.rest.charAt(0)}` };
}
/** `X,high` or `X,low` → bytes; undefined: none, or not a number. */
function parseSuffix(values: readonly string[], suffix: string): { size: number } | undefined {
  const text = values.findLast((v) => v.endsWith(suffix));
  if (text === undefined) return undefined;
  const size = memparse(text);
  return size.rest === suffix ? { size: size.value } : undefined;
}

const mb = (bytes: number): number => Math.floor(bytes / MiB);

/** Reserves what the command line asks for, and says what the kernel log says. */
export function reserve_crashkernel(memory: Memblock, parameters: readonly Parameter[]): CrashReservation {
  const none = (line?: string): CrashReservation => ({ lines: line === undefined ? [] : [line], ranges: [], size: 0 });
  const values = parameters.flatMap((p) => (p.name === 'crashkernel' && p.value !== undefined ? [p.value] : []));
  if (values.length === 0) return none();
  const total = memory.present(0, memory.max_pfn) * PAGE_SIZE;
  const ram = Math.ceil(total / RAM_ROUNDING) * RAM_ROUNDING;
  const plain = values.findLast((v) => !/,(high|low)$/.test(v));
  let wanted: Parsed = plain === undefined ? { size: 0, base: 0 } : plain.includes(':') ? parseRanges(plain, ram) : parseSimple(plain);
  const high = wanted.size > 0 ? undefined : parseSuffix(values, ',high');
  if (high) wanted = { size: high.size, base: 0 };
  if (wanted.size === 0) return none(wanted.line);

  const pages = Math.ceil(wanted.size / PAGE_SIZE);
  let start: number;
  if (wanted.base > 0) {
    const at = wanted.base / PAGE_SIZE;
    start = wanted.base % MiB === 0 && memory.free(at, at + pages).some((f) => f.start === at && f.end === at + pages) ? at : -1;
    if (start < 0) return none('crashkernel reservation failed - memory is in use.');
  } else {
    start = high ? -1 : memory.find(pages, CRASH_ALIGN, CRASH_ALIGN, FOUR_GIB);
    if (start < 0) start = memory.find(pages, CRASH_ALIGN, CRASH_ALIGN);
    if (start < 0) return none('crashkernel reservation failed - No suitable area found.');
  }
  const lines: string[] = [];
  const ranges: { start: number; end: number }[] = [];
  memory.reserve(start, start + pages, KIND_CRASHKERNEL, 'crash kernel');
  const low = parseSuffix(values, ',low')?.size ?? DEFAULT_LOW;
  if (start >= FOUR_GIB && low > 0) {
    const lowPages = Math.ceil(low / PAGE_SIZE);
    const at = memory.find(lowPages, CRASH_ALIGN, 1, FOUR_GIB);
    if (at < 0) {
      memory.release(start, start + pages);
      return none(`Cannot reserve ${mb(low)}MB crashkernel low memory, please try smaller size.`);
    }
    memory.reserve(at, at + lowPages, KIND_CRASHKERNEL, 'crash kernel, low');
    ranges.push({ start: at, end: at + lowPages });
    lines.push(`Reserving ${mb(low)}MB of low memory at ${mb(at * PAGE_SIZE)}MB for crashkernel (low RAM limit: ${mb(Math.min(total, 2 ** 32))}MB)`);
  }
  ranges.push({ start, end: start + pages });
  lines.push(`Reserving ${mb(wanted.size)}MB of memory at ${mb(start * PAGE_SIZE)}MB for crashkernel (System RAM: ${mb(total)}MB)`);
  return { lines, ranges, size: wanted.size };
}
