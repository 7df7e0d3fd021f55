/** page-types of the kernel's tools (6.1): counts or lists /proc/kpageflags by flags. Left out: -p and -f (memory of a process or file), -X and -x. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { ERRNO, strerror } from '../../../uapi/errno.ts';
import { getopt } from '../text/getopt.ts';
import { program, stop, type Tool } from '../text/io.ts';

/** Bit → "letter:name". */
const FLAGS: ReadonlyMap<number, string> = new Map([
  ...['L:locked', 'E:error', 'R:referenced', 'U:uptodate', 'D:dirty', 'l:lru', 'A:active', 'S:slab', 'W:writeback', 'I:reclaim', 'B:buddy', 'M:mmap',
    'a:anonymous', 's:swapcache', 'b:swapbacked', 'H:compound_head', 'T:compound_tail',
    'G:huge', 'u:unevictable', 'X:hwpoison', 'n:nopage', 'x:ksm', 't:thp', 'o:offline', 'z:zero_page', 'i:idle_page',
    'g:pgtable'].map((name, bit): [number, string] => [bit, name]),
  ...['r:reserved', 'm:mlocked', 'd:mappedtodisk', 'P:private', 'p:private_2', 'O:owner_private', 'h:arch', 'c:uncached', 'f:softdirty',
    'H:arch_2'].map((name, i): [number, string] => [32 + i, name]),
  [47, 'd:anon_exclusive'], [48, 'I:readahead'], [49, 'P:slob_free'], [50, 'A:slub_frozen'], [51, 'E:slub_debug'], [61, 'F:file'], [62, 'w:swap'],
  [63, '1:mmap_exclusive'],
]);
const bit = (name: string): bigint => 1n << BigInt([...FLAGS].find(([, n]) => n.slice(2) === name)?.[0] ?? 0);
const ALL = (1n << 64n) - 1n;
const HACKERS = 0xffffn << 32n;
const COMPOUND = bit('compound_head') | bit('compound_tail');
const SLOTS = 8192;
const ENTRY = 8;
const BATCH = 8192;
const PAGES_PER_MB = 256;

const shortName = (flags: bigint): string => [...FLAGS].map(([n, name]) => ((flags >> BigInt(n)) & 1n ? name[0] : '_')).join('');
const longName = (flags: bigint): string => [...FLAGS].filter(([n]) => (flags >> BigInt(n)) & 1n).map(([, name]) => name.slice(2)).join(',');
const hex = (flags: bigint): string => `0x${flags.toString(16).padStart(16, '0')}`;

/** Flags that mean two things are told apart; without -r what only kernel hackers want is hidden. */
function shownFlags(flags: bigint, raw: boolean): bigint {
  if (!raw) {
    const known = flags & ~HACKERS;
    return (known & COMPOUND) !== 0n && (known & bit('huge')) === 0n ? known & ~COMPOUND : known;
  }
  let out = flags;
  const swap = (when: boolean, from: string, to: string): void => {
    if (when && (out & bit(from)) !== 0n) out ^= bit(from) | bit(to);
  };
  swap((out & bit('anonymous')) !== 0n, 'mappedtodisk', 'anon_exclusive');
  const slab = (out & bit('slab')) !== 0n;
  swap(slab, 'private', 'slob_free');
  swap(slab, 'active', 'slub_frozen');
  swap(slab, 'error', 'slub_debug');
  swap((out & bit('writeback')) === 0n, 'reclaim', 'readahead');
  return out;
}

interface Filter {
  readonly mask: bigint;
  readonly bits: bigint;
}
function* number(tool: Tool, text: string): Kthread<bigint> {
  const m = /^(0x[0-9a-f]+|\d+)/i.exec(text);
  if (m) return BigInt(m[0]);
  yield* tool.stderr(`invalid name or number: ${text}\n`);
  return yield* stop(1);
}
/** @param all bits with ~ count as well */
function* names(tool: Tool, text: string, all: boolean): Kthread<bigint> {
  let flags = 0n;
  for (const word of text.split(',')) {
    if (word === '' || (word.startsWith('~') && !all)) continue;
    const name = word.replace(/^~/, '');
    const found = [...FLAGS].find(([, n]) => n.slice(2).startsWith(name));
    flags |= 'compound'.startsWith(name) ? COMPOUND : found ? 1n << BigInt(found[0]) : yield* number(tool, name);
  }
  return flags;
}
function* filterOf(tool: Tool, spec: string): Kthread<Filter> {
  const eq = spec.indexOf('=');
  if (eq === 0) return { mask: ALL, bits: yield* names(tool, spec.slice(1), false) };
  if (eq > 0) return { mask: yield* names(tool, spec.slice(0, eq), false), bits: yield* names(tool, spec.slice(eq + 1), false) };
  if (spec.includes('~')) return { mask: yield* names(tool, spec, true), bits: yield* names(tool, spec, false) };
  return { mask: yield* names(tool, spec, false), bits: ALL };
}
/** N, N+M, N,M  N,  ,M → [first, count]. */
function* rangeOf(tool: Tool, spec: string): Kthread<readonly [number, number]> {
  const at = spec.search(/[,+]/);
  if (at < 0) return [Number(yield* number(tool, spec)), 1];
  const first = at === 0 ? 0 : Number(yield* number(tool, spec.slice(0, at)));
  if (at === spec.length - 1) return [first, Number.POSITIVE_INFINITY];
  const second = Number(yield* number(tool, spec.slice(at + 1)));
  if (spec[at] === '+' || at === 0) return [first, second];
  if (second < first) {
    yield* tool.stderr(`invalid range: ${first},${second}\n`);
    yield* stop(1);
  }
  return [first, second - first];
}

const TABLE = {
  short: 'rp:f:a:b:d:lLNXxh', long: { raw: { key: 'r' }, addr: { key: 'a', arg: 'required' }, bits: { key: 'b', arg: 'required' },
    describe: { key: 'd', arg: 'required' }, list: { key: 'l' }, 'list-each': { key: 'L' }, 'no-summary': { key: 'N' } },
} as const;

export const page_types = program(function* (tool) {
  const { options } = yield* getopt(tool, TABLE, 'page-types [-r] [-a ADDR-SPEC] [-b BITS-SPEC] [-d FLAGS] [-l] [-L] [-N]');
  const has = (key: string): boolean => options.some(([k]) => k === key);
  const absent = options.find(([k]) => 'pfXx'.includes(k))?.[0];
  if (absent !== undefined) return yield* tool.die(`option -${absent} is not here`);
  const filters: Filter[] = [];
  const ranges: (readonly [number, number])[] = [];
  for (const [key, value = ''] of options) {
    if (key === 'b') filters.push(yield* filterOf(tool, value));
    if (key === 'a') ranges.push(yield* rangeOf(tool, value));
    if (key === 'd') {
      const flags = yield* names(tool, value, false);
      tool.put(`${hex(flags)}\t${shortName(flags)}\t${longName(flags)}\n`);
      return 0;
    }
  }
  const list = has('L') ? 'each' : has('l') ? 'ranges' : 'none';
  if (list !== 'none') tool.put(list === 'each' ? 'offset\tflags\n' : 'offset\tlen\tflags\n');
  const fd = tool.sys.open('/proc/kpageflags', { read: true });
  if (fd < 0) {
    yield* tool.stderr(`/proc/kpageflags: ${strerror(fd)}\n`);
    return 1;
  }
  const census = new Census();
  for (const [first, count] of ranges.length > 0 ? ranges : [[0, Number.POSITIVE_INFINITY] as const]) {
    yield* walk(tool, fd, first, count, (pfn, entry) => {
      const flags = shownFlags(entry, has('r'));
      if (!filters.every((f) => (f.bits === ALL ? (flags & f.mask) !== 0n : (flags & f.mask) === f.bits))) return;
      census.add(flags);
      if (list === 'each') tool.put(`${pfn.toString(16)}\t${shortName(flags)}\n`);
      if (list === 'ranges') census.range(tool, pfn, flags);
    });
  }
  census.flush(tool);
  if (has('N')) return 0;
  tool.put(`${list === 'none' ? '' : '\n\n'}${census.summary()}`);
  return 0;
});

function* walk(tool: Tool, fd: number, first: number, count: number, use: (pfn: number, flags: bigint) => void): Kthread<void> {
  const placed = tool.sys.lseek(fd, first * ENTRY);
  if (placed < 0) yield* tool.die(`/proc/kpageflags: ${strerror(placed)}`);
  for (let done = 0; done < count; ) {
    const got = yield* tool.sys.read(fd, Math.min(count - done, BATCH) * ENTRY);
    if (typeof got === 'number' && got !== -ERRNO.EINVAL) yield* tool.die(`/proc/kpageflags: ${strerror(got)}`);
    if (typeof got === 'number' || got === '') return;
    for (let i = 0; i + ENTRY <= got.length; i += ENTRY, done++) {
      let [low, high] = [0, 0];
      for (let b = 3; b >= 0; b--) {
        low = low * 256 + got.charCodeAt(i + b);
        high = high * 256 + got.charCodeAt(i + 4 + b);
      }
      use(first + done, (BigInt(high) << 32n) | BigInt(low));
    }
    yield* tool.settle();
  }
}

/** Counts by flags, in the order of the original's hash table, and runs of equal neighbours. */
class Census {
  readonly #slots = new Map<number, bigint>([[0, 0n]]);
  readonly #slotOf = new Map<bigint, number>([[0n, 0]]);
  readonly #counts = new Map<number, number>();
  #total = 0;
  #run: { flags: bigint; first: number; count: number } | undefined;
  add(flags: bigint): void {
    let slot = this.#slotOf.get(flags);
    if (slot === undefined) {
      slot = Number(flags & BigInt(SLOTS - 1));
      while (slot === 0 || slot >= SLOTS || this.#slots.has(slot)) slot = slot === 0 || slot >= SLOTS ? 1 : slot + 1;
      this.#slots.set(slot, flags);
      this.#slotOf.set(flags, slot);
    }
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1);
    this.#total++;
  }
  range(tool: Tool, pfn: number, flags: bigint): void {
    const run = this.#run;
    if (run && run.flags === flags && run.first + run.count === pfn) {
      run.count++;
      return;
    }
    this.flush(tool);
    this.#run = { flags, first: pfn, count: 1 };
  }
  flush(tool: Tool): void {
    const run = this.#run;
    if (run) tool.put(`${run.first.toString(16)}\t${run.count.toString(16)}\t${shortName(run.flags)}\n`);
    this.#run = undefined;
  }
  summary(): string {
    const count = (n: number): string => `${String(n).padStart(10)} ${String(Math.floor(n / PAGES_PER_MB)).padStart(8)}`;
    const rows = [...this.#counts].sort(([a], [b]) => a - b).map(([slot, n]) => {
      const flags = this.#slots.get(slot) ?? 0n;
      return `${hex(flags)}\t${count(n)}  ${shortName(flags)}\t${longName(flags)}\n`;
    });
    return `             flags\tpage-count       MB  symbolic-flags\t\t\tlong-symbolic-flags\n${rows.join('')}             total\t${count(this.#total)}\n`;
  }
}
