/** free(1) of procps 4.0.2. On a kernel without MemAvailable (3.11) the output is busybox's, which the recorded 3.11 guest had: with the -/+ line. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { readFile } from '../../program.ts';
import { getopt } from '../text/getopt.ts';
import { program, type Tool } from '../text/io.ts';

/** kB by name. */
export type Meminfo = ReadonlyMap<string, number>;
export function* readMeminfo(tool: Tool): Kthread<Meminfo> {
  const text = yield* readFile(tool.sys, '/proc/meminfo');
  if (typeof text === 'number') return yield* tool.die('Unable to create meminfo structure');
  return new Map([...text.matchAll(/^([^:\n]+):\s+(\d+)/gm)].map((m): [string, number] => [m[1] as string, Number(m[2])]));
}

const TABLE = {
  short: 'bkmghltvc:ws:V',
  long: {
    bytes: { key: 'b' }, kibi: { key: 'k' }, mebi: { key: 'm' }, gibi: { key: 'g' }, tebi: { key: 'tebi' }, pebi: { key: 'pebi' }, kilo: { key: 'kilo' },
    mega: { key: 'mega' }, giga: { key: 'giga' }, tera: { key: 'tera' }, peta: { key: 'peta' },
    human: { key: 'h' }, si: { key: 'si' }, lohi: { key: 'l' }, total: { key: 't' }, committed: { key: 'v' }, seconds: { key: 's', arg: 'required' },
    count: { key: 'c', arg: 'required' }, wide: { key: 'w' }, version: { key: 'V' },
  },
} as const;
const POWERS: Readonly<Record<string, number>> = { b: 0, k: 1, m: 2, g: 3, tebi: 4, pebi: 5 };
const DECIMAL: Readonly<Record<string, number>> = { kilo: 1, mega: 2, giga: 3, tera: 4, peta: 5 };

/** How a size in kB is shown. */
function scaleOf(options: readonly (readonly [string, string | undefined])[]): (kb: number) => string {
  const has = (key: string): boolean => options.some(([k]) => k === key);
  const base = has('si') ? 1000 : 1024;
  if (has('h')) return (kb) => human(kb * 1024, base);
  const decimal = options.findLast(([k]) => k in DECIMAL)?.[0];
  if (decimal !== undefined) return (kb) => String(Math.floor((kb * 1024) / 1000 ** (DECIMAL[decimal] as number)));
  const power = POWERS[options.findLast(([k]) => k in POWERS)?.[0] ?? 'k'] as number;
  return (kb) => String(Math.floor((kb * 1024) / base ** power));
}
/** The first unit in which the number fits four characters (five with 'i'), with one decimal if that fits as well. */
function human(bytes: number, base: number): string {
  const mark = base === 1024 ? 'i' : '';
  const room = 4 + mark.length;
  if (`${bytes}B`.length <= room) return `${bytes}B`;
  for (const [i, unit] of [...'KMGTP'].entries()) {
    const value = bytes / base ** (i + 1);
    for (const text of [`${value.toFixed(1)}${unit}${mark}`, `${Math.floor(value)}${unit}${mark}`]) if (text.length <= room) return text;
  }
  return String(bytes);
}
const row = (label: string, cells: readonly string[], width: number): string => `${label.padEnd(width)}${cells.map((c) => c.padStart(12)).join('')}\n`;

export const free = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'free [options]');
  if (operands.length > 0) return yield* tool.die(`bad usage`);
  const has = (key: string): boolean => options.some(([k]) => k === key);
  if (has('V')) {
    tool.put('free from procps-ng 4.0.2\n');
    return 0;
  }
  const value = (key: string): string | undefined => options.findLast(([k]) => k === key)?.[1];
  const seconds = Number(value('s') ?? 1);
  const times = value('c') === undefined ? (has('s') ? Number.POSITIVE_INFINITY : 1) : Number(value('c'));
  const scale = scaleOf(options);
  for (let i = 0; i < times; i++) {
    if (i > 0) {
      tool.put('\n');
      yield* tool.flush();
      if ((yield* tool.sys.nanosleep(seconds * 1e9)) < 0) break;
    }
    const info = yield* readMeminfo(tool);
    tool.put(info.has('MemAvailable') ? procps(info, scale, has) : busybox(info, scale));
  }
  return 0;
});

function procps(info: Meminfo, scale: (kb: number) => string, has: (key: string) => boolean): string {
  const kb = (name: string): number => info.get(name) ?? 0;
  const [total, free, available] = [kb('MemTotal'), kb('MemFree'), Math.min(kb('MemAvailable'), kb('MemTotal'))];
  const used = total - available;
  const cache = kb('Cached') + kb('SReclaimable');
  const swap = { total: kb('SwapTotal'), free: kb('SwapFree'), used: kb('SwapTotal') - kb('SwapFree') };
  const caches = has('w') ? [kb('Buffers'), cache] : [kb('Buffers') + cache];
  const line = (label: string, values: readonly number[]): string => row(label, values.map(scale), 8);
  let out = row('', ['total', 'used', 'free', 'shared', ...(has('w') ? ['buffers', 'cache'] : ['buff/cache']), 'available'], 8);
  out += line('Mem:', [total, used, free, kb('Shmem'), ...caches, available]);
  if (has('l')) out += line('Low:', [total, total - free, free]) + line('High:', [0, 0, 0]);
  out += line('Swap:', [swap.total, swap.used, swap.free]);
  if (has('t')) out += line('Total:', [total + swap.total, used + swap.used, free + swap.free]);
  if (has('v')) out += line('Comm:', [kb('CommitLimit'), kb('Committed_AS'), kb('CommitLimit') - kb('Committed_AS')]);
  return out;
}
function busybox(info: Meminfo, scale: (kb: number) => string): string {
  const kb = (name: string): number => info.get(name) ?? 0;
  const [total, free] = [kb('MemTotal'), kb('MemFree')];
  const cached = kb('Buffers') + kb('Cached') + kb('SReclaimable');
  const line = (label: string, values: readonly number[]): string => row(label, values.map(scale), 7);
  return row('', ['total', 'used', 'free', 'shared', 'buff/cache', 'available'], 7)
    + line('Mem:', [total, total - free - cached, free, kb('Shmem'), cached, 0])
    + row('-/+ buffers/cache:', [scale(total - free - cached), scale(free + cached)], 19)
    + line('Swap:', [kb('SwapTotal'), kb('SwapTotal') - kb('SwapFree'), kb('SwapFree')]);
}
