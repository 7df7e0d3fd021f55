/** vmstat(8) of procps 4.0.2: the default table and -s, from /proc/meminfo, /proc/vmstat and, where there is one, /proc/stat. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { readFile } from '../../program.ts';
import { getopt } from '../text/getopt.ts';
import { program, type Tool } from '../text/io.ts';
import { type Meminfo, readMeminfo } from './free.ts';

const TABLE = { short: 'answS:tdDfmp:V', long: { stats: { key: 's' }, wide: { key: 'w' }, unit: { key: 'S', arg: 'required' }, active: { key: 'a' },
  'one-header': { key: 'n' }, version: { key: 'V' } } } as const;
/** kB or pages of 4 KiB per unit letter, in kB. */
const UNITS: Readonly<Record<string, number>> = { k: 1000 / 1024, K: 1, m: 1e6 / 1024, M: 1024 };
const HEADERS = 22;

interface Sample {
  readonly seconds: number;
  readonly memory: Meminfo;
  readonly vmstat: ReadonlyMap<string, number>;
  /** user nice system idle iowait irq softirq steal guest guest_nice, in ticks. */
  readonly cpu: readonly number[];
  readonly stat: ReadonlyMap<string, number>;
}
function* sample(tool: Tool): Kthread<Sample> {
  const text = function* (path: string): Kthread<string> {
    const got = yield* readFile(tool.sys, path);
    return typeof got === 'string' ? got : '';
  };
  const pairs = (source: string): ReadonlyMap<string, number> =>
    new Map([...source.matchAll(/^(\w+) (\d+)/gm)].map((m): [string, number] => [m[1] as string, Number(m[2])]));
  const stat = yield* text('/proc/stat');
  return {
    seconds: tool.sys.clock_monotonic() / 1e9, memory: yield* readMeminfo(tool), vmstat: pairs(yield* text('/proc/vmstat')), stat: pairs(stat),
    cpu: (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').filter((w) => w !== '').map(Number),
  };
}

export const vmstat = program(function* (tool) {
  const { options, operands } = yield* getopt(tool, TABLE, 'vmstat [options] [delay [count]]');
  const has = (key: string): boolean => options.some(([k]) => k === key);
  if (has('V')) {
    tool.put('vmstat from procps-ng 4.0.2\n');
    return 0;
  }
  const missing = options.find(([k]) => 'dDfmpt'.includes(k))?.[0];
  if (missing !== undefined) return yield* tool.die(`option -${missing} is not here`);
  const unit = UNITS[options.findLast(([k]) => k === 'S')?.[1] ?? 'K'];
  if (unit === undefined) return yield* tool.die('-S requires k, K, m or M (default is KiB)');
  if (has('s')) {
    tool.put(statistics(yield* sample(tool), unit, options.findLast(([k]) => k === 'S')?.[1] ?? 'K'));
    return 0;
  }
  const [delay, count] = operands.map(Number);
  if ([delay, count].some((n) => n !== undefined && !(n > 0))) return yield* tool.die('failed to parse argument');
  const times = delay === undefined ? 1 : (count ?? Number.POSITIVE_INFINITY);
  let before: Sample | undefined;
  for (let i = 0; i < times; i++) {
    if (i > 0 && (yield* tool.sys.nanosleep((delay as number) * 1e9)) < 0) break;
    if (i === 0 || (i % HEADERS === 0 && !has('n'))) tool.put(header(has('a'), has('w')));
    const after = yield* sample(tool);
    tool.put(line(before, after, unit, has('a'), has('w')));
    before = after;
    yield* tool.flush();
  }
  return 0;
});

function header(active: boolean, wide: boolean): string {
  if (!wide) {
    return `procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n r  b   swpd   free  ${active ? 'inact active' : ' buff  cache'}   si   so    bi    bo   in   cs us sy id wa st\n`;
  }
  return '--procs-- -----------------------memory---------------------- ---swap-- -----io---- -system-- ----------cpu----------\n'
    + `   r    b         swpd         free ${active ? '       inact       active' : '        buff        cache'}   si   so    bi    bo   in   cs  us  sy  id  wa  st  gu\n`;
}
/** Rates are since boot in the first line, then since the line before. */
function line(before: Sample | undefined, after: Sample, unit: number, active: boolean, wide: boolean): string {
  const seconds = Math.max(after.seconds - (before?.seconds ?? 0), 1);
  const kb = (name: string): number => after.memory.get(name) ?? 0;
  const rate = (map: 'vmstat' | 'stat', name: string, factor = 1): number => Math.floor((((after[map].get(name) ?? 0) - (before?.[map].get(name) ?? 0)) * factor + seconds / 2) / seconds);
  const size = (n: number): number => Math.floor(n / unit);
  const ticks = after.cpu.map((n, i) => n - (before?.cpu[i] ?? 0));
  const all = ticks.slice(0, 8).reduce((a, b) => a + b, 0);
  const share = (...which: number[]): number => (all === 0 ? 0 : Math.floor((100 * which.reduce((n, i) => n + (ticks[i] ?? 0), 0) + all / 2) / all));
  const cpu = [share(0, 1), share(2, 5, 6), all === 0 ? 100 : share(3), share(4), share(7), ...(wide ? [0] : [])];
  const memory = [kb('SwapTotal') - kb('SwapFree'), kb('MemFree'),
    ...(active ? [kb('Inactive'), kb('Active')] : [kb('Buffers'), kb('Cached') + kb('SReclaimable')])].map(size);
  const numbers = [
    after.stat.get('procs_running') ?? 0, after.stat.get('procs_blocked') ?? 0, ...memory, rate('vmstat', 'pswpin', 4), rate('vmstat', 'pswpout', 4),
    rate('vmstat', 'pgpgin'), rate('vmstat', 'pgpgout'),
    rate('stat', 'intr'), rate('stat', 'ctxt'), ...cpu,
  ];
  const widths = wide ? [4, 4, 12, 12, 12, 12, 4, 4, 5, 5, 4, 4, 3, 3, 3, 3, 3, 3] : [2, 2, 6, 6, 6, 6, 4, 4, 5, 5, 4, 4, 2, 2, 2, 2, 2];
  return `${numbers.map((n, i) => String(n).padStart(widths[i] as number)).join(' ')}\n`;
}
function statistics(s: Sample, unit: number, letter: string): string {
  const kb = (name: string): number => s.memory.get(name) ?? 0;
  const sizes: readonly (readonly [number, string])[] = [
    [kb('MemTotal'), 'total memory'], [kb('MemTotal') - Math.min(kb('MemAvailable'), kb('MemTotal')), 'used memory'], [kb('Active'), 'active memory'],
    [kb('Inactive'), 'inactive memory'], [kb('MemFree'), 'free memory'],
    [kb('Buffers'), 'buffer memory'], [kb('Cached') + kb('SReclaimable'), 'swap cache'], [kb('SwapTotal'), 'total swap'],
    [kb('SwapTotal') - kb('SwapFree'), 'used swap'], [kb('SwapFree'), 'free swap'],
  ];
  const ticks = ['non-nice user', 'nice user', 'system', 'idle', 'IO-wait', 'IRQ', 'softirq', 'stolen', 'non-nice guest', 'nice guest'];
  const counts: readonly (readonly [number, string])[] = [
    [s.vmstat.get('pswpin') ?? 0, 'pages swapped in'], [s.vmstat.get('pswpout') ?? 0, 'pages swapped out'], [s.stat.get('intr') ?? 0, 'interrupts'],
    [s.stat.get('ctxt') ?? 0, 'CPU context switches'],
    [s.stat.get('btime') ?? 0, 'boot time'], [s.stat.get('processes') ?? 0, 'forks'],
  ];
  const number = (n: number): string => String(n).padStart(13);
  return sizes.map(([n, text]) => `${number(Math.floor(n / unit))} ${letter} ${text}\n`).join('') + ticks.map((text,
    i) => `${number(s.cpu[i] ?? 0)} ${text} cpu ticks\n`).join('')
    + [['pgpgin', 'in'], ['pgpgout', 'out']].map(([key, text]) => `${number(s.vmstat.get(key as string) ?? 0)} K paged ${text}\n`).join('') + counts.map(([n,
      text]) => `${number(n)} ${text}\n`).join('');
}
