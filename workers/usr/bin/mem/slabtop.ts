/** slabtop(1) of procps, one screen: caches by size, from /proc/slabinfo. */
import { strerror } from '../../../uapi/errno.ts';
import { readFile } from '../../program.ts';
import { getopt } from '../text/getopt.ts';
import { program } from '../text/io.ts';

interface Cache {
  readonly name: string;
  readonly active: number;
  readonly objects: number;
  /** Bytes. */
  readonly size: number;
  readonly perSlab: number;
  readonly slabs: number;
  readonly activeSlabs: number;
  /** Bytes. */
  readonly bytes: number;
}
const PAGE = 4096;
/** What -s sorts by; names upwards, numbers downwards. */
const KEYS: Readonly<Record<string, (c: Cache) => number | string>> = {
  a: (c) => c.active, b: (c) => c.perSlab, c: (c) => c.bytes, l: (c) => c.slabs, v: (c) => c.activeSlabs, n: (c) => c.name, o: (c) => c.objects, p: (c) => c.bytes / Math.max(1, c.slabs),
  s: (c) => c.size, u: (c) => c.active / Math.max(1, c.objects),
};
export const slabtop = program(function* (tool) {
  const { options } = yield* getopt(tool, { short: 'od:s:V', long: { once: { key: 'o' }, delay: { key: 'd', arg: 'required' }, sort: { key: 's', arg: 'required' } } }, 'slabtop [options]');
  const order = KEYS[options.findLast(([k]) => k === 's')?.[1] ?? 'o'] ?? (KEYS.o as (c: Cache) => number);
  const text = yield* readFile(tool.sys, '/proc/slabinfo');
  if (typeof text === 'number') return yield* tool.die(`Unable to create slabinfo structure: ${strerror(text)}`);
  const caches: Cache[] = [...text.matchAll(/^([^#\s]\S*) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) : tunables.*: slabdata +(\d+) +(\d+)/gm)].map((m) => {
    const [active = 0, objects = 0, size = 0, perSlab = 0, pages = 0, activeSlabs = 0, slabs = 0] = m.slice(2).map(Number);
    return { name: m[1] as string, active, objects, size, perSlab, slabs, activeSlabs, bytes: slabs * pages * PAGE };
  });
  const sum = (of: (c: Cache) => number): number => caches.reduce((n, c) => n + of(c), 0);
  const percent = (part: number, all: number): string => `${(all > 0 ? (100 * part) / all : 0).toFixed(1)}%`;
  const kib = (bytes: number): string => `${(bytes / 1024).toFixed(2)}K`;
  const used = caches.filter((c) => c.active > 0).length;
  const activeBytes = sum((c) => c.active * c.size);
  const sizes = caches.map((c) => c.size);
  const head = (label: string, value: string): void => tool.put(` ${label.padEnd(35)}: ${value}\n`);
  head('Active / Total Objects (% used)', `${sum((c) => c.active)} / ${sum((c) => c.objects)} (${percent(sum((c) => c.active), sum((c) => c.objects))})`);
  head('Active / Total Slabs (% used)', `${sum((c) => c.activeSlabs)} / ${sum((c) => c.slabs)} (${percent(sum((c) => c.activeSlabs), sum((c) => c.slabs))})`);
  head('Active / Total Caches (% used)', `${used} / ${caches.length} (${percent(used, caches.length)})`);
  head('Active / Total Size (% used)', `${kib(activeBytes)} / ${kib(sum((c) => c.bytes))} (${percent(activeBytes, sum((c) => c.bytes))})`);
  head('Minimum / Average / Maximum Object', `${kib(Math.min(...sizes))} / ${kib(sum((c) => c.size * c.objects) / Math.max(1, sum((c) => c.objects)))} / ${kib(Math.max(...sizes))}`);
  tool.put('\n  OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME                   \n');
  const sorted = caches.toSorted((a, b) => {
    const [x, y] = [order(a), order(b)];
    return typeof x === 'string' ? (x < y ? -1 : 1) : Number(y) - Number(x);
  });
  for (const c of sorted) {
    const use = c.objects > 0 ? Math.floor((100 * c.active) / c.objects) : 0;
    tool.put(`${String(c.objects).padStart(6)} ${String(c.active).padStart(6)} ${`${use}%`.padStart(4)} ${kib(c.size).padStart(8)} ${String(c.slabs).padStart(6)} ${String(c.perSlab).padStart(8)} ${`${c.bytes / 1024}K`.padStart(10)} ${c.name.padEnd(23)}\n`);
  }
  return 0;
});
