/**
 * Mirrors: reserve_crashkernel() of arch/x86/kernel/setup.c and the parser of kernel/crash_core.c (6.1; 3.11: kernel/kexec.c). Bytes in the text, pfns in the result.
 * Source: spec crashkernel-kdump.md §1-§3: every recorded placement of 6.1 recomputed without a difference; for 3.11 its columns and vectors.
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

/** What editions differ in. */
export interface CrashRules {
  /** Total RAM is rounded up to this before ranges are compared with it, bytes. */
  readonly ram_rounding: number;
  /** Where a size without a place may lie, in this order: ends, pages. */
  readonly limits: readonly number[];
  /** What the log says when no range matched. */
  readonly no_range: string | undefined;
  /** Without `,low`: bytes. */
  readonly default_low: number;
  /** Lowest start of the low part, pages, by its size. */
  readonly low_start: (pages: number) => number;
  /** No room for the low part: is the high one given back, and what is said; undefined: nothing, as nobody asked. */
  readonly low_fails: (mb: number, asked: boolean) => { readonly keeps: boolean; readonly line?: string };
  readonly low_limit: (total_mb: number) => string;
  /** The low part's line comes before the other. */
  readonly low_first: boolean;
}
/** Without `,low`: swiotlb and 8 MiB, at least 256 MiB. */
export const CRASH_6_1: CrashRules = {
  ram_rounding: 128 * MiB, limits: [FOUR_GIB, Number.MAX_SAFE_INTEGER], no_range: 'crashkernel size resulted in zero bytes', default_low: 256 * MiB, low_start: () => 1, low_first: true,
  low_fails: (mb) => ({ keeps: false, line: `Cannot reserve ${mb}MB crashkernel low memory, please try smaller size.` }), low_limit: (total) => `low RAM limit: ${total}MB`,
};
/** What lies above 896 MiB could not be reached; swiotlb and 8 MiB below 4 GiB. */
export const CRASH_3_11: CrashRules = {
  ram_rounding: 1, limits: [(896 * MiB) / PAGE_SIZE], no_range: undefined, default_low: 72 * MiB, low_start: (pages) => pages, low_first: false,
  low_fails: (_, asked) => ({ keeps: true, ...(asked && { line: 'crashkernel low reservation failed - No suitable area found.' }) }), low_limit: (total) => `System low RAM: ${total}MB`,
};

interface Parsed {
  readonly size: number;
  readonly base: number;
  readonly line?: string;
}

/** `a-b:X,c-:Y[@Z]` */
function parseRanges(text: string, ram: number, no_range: string | undefined): Parsed {
  const fail = (line?: string): Parsed => ({ size: 0, base: 0, ...(line !== undefined && { line }) });
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
    if (!size.rest.startsWith(',')) return fail(no_range);
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

const valuesOf = (parameters: readonly Parameter[]): string[] => parameters.flatMap((p) => (p.name === 'crashkernel' && p.value !== undefined ? [p.value] : []));
/** The last value without a suffix. Size 0: none, or one that cannot be read. `ram`: bytes. */
function parse_crashkernel(values: readonly string[], ram: number, { no_range }: CrashRules): Parsed {
  const plain = values.findLast((v) => !/,(high|low)$/.test(v));
  return plain === undefined ? { size: 0, base: 0 } : plain.includes(':') ? parseRanges(plain, ram, no_range) : parseSimple(plain);
}

/** KEXEC_CRASH_MEM_ALIGN of s390x, pages. */
const S390_ALIGN = MiB / PAGE_SIZE;
/** The same on s390x: anywhere above what the crash kernel will be exchanged with, [0, its size). Source: reserve_crashkernel() of arch/s390/kernel/setup.c, 6.1. */
export function reserve_crashkernel_s390(memory: Memblock, parameters: readonly Parameter[]): CrashReservation {
  const values = valuesOf(parameters);
  const ram = memory.max_pfn * PAGE_SIZE;
  const { size: bytes, base, line } = parse_crashkernel(values, Math.ceil(ram / CRASH_6_1.ram_rounding) * CRASH_6_1.ram_rounding, CRASH_6_1);
  const failed = (why?: string): CrashReservation => ({ lines: why === undefined ? [] : [why], ranges: [], size: 0 });
  if (values.length === 0 || bytes === 0) return failed(line);
  const pages = Math.ceil(bytes / MiB) * S390_ALIGN;
  const at = Math.ceil(base / MiB) * S390_ALIGN;
  const first = memory.memory[0];
  if (first === undefined || first.end - first.start < pages) return failed('setup: crashkernel reservation failed: first memory chunk must be at least crashkernel size');
  if (at > 0 && at < pages) return failed('setup: crashkernel reservation failed: crash_base too low');
  const start = memory.find(pages, S390_ALIGN, Math.max(at, pages), at > 0 ? at + pages : undefined);
  if (start < 0) return failed('setup: crashkernel reservation failed: no suitable area found');
  memory.reserve(start, start + pages, KIND_CRASHKERNEL, 'crash kernel');
  // Memory comes in whole MiB, page 0 with it.
  const left = Math.ceil(((memory.present(0, memory.max_pfn) - pages) * PAGE_SIZE) / MiB);
  return { lines: [`setup: Reserving ${mb(pages * PAGE_SIZE)}MB of memory at ${mb(start * PAGE_SIZE)}MB for crashkernel (System RAM: ${left}MB)`], ranges: [{ start, end: start + pages }], size: pages * PAGE_SIZE };
}

/** Reserves what the command line asks for, and says what the kernel log says. */
export function reserve_crashkernel(memory: Memblock, parameters: readonly Parameter[], rules: CrashRules = CRASH_6_1): CrashReservation {
  const none = (line?: string): CrashReservation => ({ lines: line === undefined ? [] : [line], ranges: [], size: 0 });
  const values = valuesOf(parameters);
  if (values.length === 0) return none();
  const total = memory.present(0, memory.max_pfn) * PAGE_SIZE;
  const ram = Math.ceil(total / rules.ram_rounding) * rules.ram_rounding;
  let wanted = parse_crashkernel(values, ram, rules);
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
    start = -1;
    for (const limit of high ? [Number.MAX_SAFE_INTEGER] : rules.limits) if (start < 0) start = memory.find(pages, CRASH_ALIGN, CRASH_ALIGN, limit);
    if (start < 0) return none('crashkernel reservation failed - No suitable area found.');
  }
  const lines: string[] = [];
  const ranges: { start: number; end: number }[] = [];
  memory.reserve(start, start + pages, KIND_CRASHKERNEL, 'crash kernel');
  const asked = parseSuffix(values, ',low')?.size;
  const low = asked ?? rules.default_low;
  if (start >= FOUR_GIB && low > 0) {
    const lowPages = Math.ceil(low / PAGE_SIZE);
    const at = memory.find(lowPages, CRASH_ALIGN, rules.low_start(lowPages), FOUR_GIB);
    if (at < 0) {
      const { keeps, line } = rules.low_fails(mb(low), asked !== undefined);
      if (!keeps) {
        memory.release(start, start + pages);
        return none(line);
      }
      if (line !== undefined) lines.push(line);
    } else {
      memory.reserve(at, at + lowPages, KIND_CRASHKERNEL, 'crash kernel, low');
      ranges.push({ start: at, end: at + lowPages });
      lines.push(`Reserving ${mb(low)}MB of low memory at ${mb(at * PAGE_SIZE)}MB for crashkernel (${rules.low_limit(mb(Math.min(total, 2 ** 32)))})`);
    }
  }
  ranges.push({ start, end: start + pages });
  const main = `Reserving ${mb(wanted.size)}MB of memory at ${mb(start * PAGE_SIZE)}MB for crashkernel (System RAM: ${mb(total)}MB)`;
  if (rules.low_first) lines.push(main);
  else lines.unshift(main);
  return { lines, ranges, size: wanted.size };
}
