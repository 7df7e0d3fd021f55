/**
 * Workloads by name: what each does and its parameters. The program `workload`, the scenario statement, completion and the page's builder read the same table.
 * A value is a text; `readParameters` says what it means, or in one sentence why it means nothing.
 */
interface Parameter {
  /** `size`: bytes, whole pages. `count`: a whole number. A list: one of these words. */
  readonly unit: 'size' | 'count' | readonly string[];
  readonly usual: string;
  readonly least: number;
  readonly most: number;
}
export interface WorkloadKind {
  /** What it does, for man page and menu: half a line. */
  readonly about: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
}
const GIB = 2 ** 30;
const size = (usual: string, most = 1024 * GIB): Parameter => ({ unit: 'size', usual, least: 4096, most });
const count = (usual: string, most: number, least = 0): Parameter => ({ unit: 'count', usual, least, most });
const one = (...words: readonly [string, ...string[]]): Parameter => ({ unit: words, usual: words[0], least: 0, most: 0 });
/** Every workload has these: where its random numbers begin, and ms between two rounds. */
const COMMON = { seed: count('1', 2 ** 31 - 1), every: count('100', 3_600_000) } as const;
const kind = (about: string, parameters: Readonly<Record<string, Parameter>>): WorkloadKind => ({ about, parameters: { ...parameters, ...COMMON } });
/**
 * One that lives by the hour. All in percent: of memory, the share its heaps have, what is read from the disk in an hour, and what the kernel takes at the top of a burst of connections;
 * of a burst's connections, how many stay.
 */
const tier = (about: string, share: string, cache: string, burst: string, survivors: string): WorkloadKind => ({
  about, parameters: { share: count(share, 95, 5), cache: count(cache, 10_000), burst: count(burst, 40), survivors: count(survivors, 100), hours: count('24', 1000, 1), seed: COMMON.seed },
});
/**
 * Percent of memory that the kernel takes at the top of a burst: what waits in sockets grows to a sixteenth of memory, where Linux begins to press (tcp_mem[1]), and is 56 % of what a connection takes
 * (BUSY_BYTES of workload-tiers.ts). Source: tcp_init_mem() of net/ipv4/tcp.c (6.1).
 */
const TCP_BURST = '11';
const rounds = (usual: string): Parameter => count(usual, 100_000);

export const WORKLOADS = {
  anon: kind('anonymous memory, touched and kept', { size: size('64M'), locked: one('no', 'yes') }),
  heap: kind('a heap that grows and shrinks, between a quarter and all of size', { size: size('64M'), rounds: rounds('20') }),
  fork: kind('children that share memory until they write to percent of it, and end', { size: size('16M'), children: count('4', 200, 1), write: count('25', 100), rounds: rounds('5') }),
  file: kind('a mapped file', { size: size('64M', 4 * GIB) }),
  read: kind('reads files of /srv/tree: page cache', { files: count('500', 50_000, 1), rounds: rounds('1') }),
  write: kind('writes files: dirty page cache, written back later', { size: size('32M', GIB), files: count('8', 1000, 1), rounds: rounds('2') }),
  walk: kind('looks at the names of files, as find does: dentries and inodes', { files: count('10000', 50_000, 1), rounds: rounds('1') }),
  threads: kind('threads: kernel stacks and task structures', { count: count('200', 30_000, 1) }),
  tables: kind('one page in each 2 MiB of size: page tables', { size: size('8G') }),
  sockets: kind('packets that wait in sockets: slab that cannot be given back', { count: count('2000', 1_000_000, 1), rounds: rounds('10') }),
  shared: kind('shared memory (tmpfs pages)', { size: size('64M') }),
  thp: kind('transparent huge pages wherever 2 MiB fit', { size: size('64M') }),
  hugealloc: kind('huge pages taken, given back, and taken again', { size: size('82M'), rounds: rounds('20') }),
  purge: kind('huge pages of which percent of the pages are given back one by one: they stay whole until memory is short', { size: size('64M'), percent: count('50', 100), rounds: rounds('1') }),
  hugetlb: kind('pages of the huge page pool (set its size first: vm.nr_hugepages)', { size: size('32M') }),
  io_uring: kind('buffers registered with io_uring: a long-term pin', { size: size('16M') }),
  rdma: kind('a memory region registered for RDMA: a long-term pin', { size: size('16M') }),
  vfio: kind('a guest\'s memory mapped for a device: all of it pinned', { size: size('128M') }),
  web: tier('a web tier: many small heaps, files read, connections', '60', '200', TCP_BURST, '4'),
  cache: tier('a cache tier: one large heap of small pieces, many connections', '75', '60', TCP_BURST, '10'),
  batch: tier('a batch tier: jobs that fork, fill memory, write files and end', '60', '300', TCP_BURST, '3'),
  builds: {
    about: 'builds of a kernel in a loop (minutes=0: one build): compilers of size at most',
    parameters: { jobs: count('8', 64, 1), size: size('160M', GIB), objects: count('2700', 20_000, 1), files: count('78000', 78_400), unpack: one('yes', 'no'), others: count('52', 80), minutes: count('20', 1440), seed: COMMON.seed },
  },
} as const satisfies Readonly<Record<string, WorkloadKind>>;
export type WorkloadName = keyof typeof WORKLOADS;
export const WORKLOAD_NAMES = Object.keys(WORKLOADS) as readonly WorkloadName[];
export const isWorkload = (name: string): name is WorkloadName => Object.hasOwn(WORKLOADS, name);

const UNITS = ['', 'K', 'M', 'G'] as const;
function readValue({ unit, least, most }: Parameter, text: string): number | string | undefined {
  if (typeof unit !== 'string') return unit.includes(text) ? text : undefined;
  const [, digits = '', suffix = ''] = (unit === 'size' ? /^(\d{1,13})([KMG]?)$/i : /^(\d{1,10})()$/).exec(text) ?? [];
  const value = Number(digits) * 1024 ** UNITS.indexOf(suffix.toUpperCase() as (typeof UNITS)[number]);
  return digits === '' || value < least || value > most || (unit === 'size' && value % 4096 !== 0) ? undefined : value;
}
/** What a value of a parameter has to be. */
function wanted({ unit, least, most }: Parameter): string {
  if (typeof unit !== 'string') return unit.join(' or ');
  return unit === 'size' ? `whole pages from 4K to ${most / GIB}G, such as 64M` : `a whole number from ${least} to ${most}`;
}
/** Values of all parameters of a workload; `refused` says which word was not understood, by its index, and why. */
export function readParameters(name: WorkloadName, words: readonly string[]): { readonly values: Readonly<Record<string, number | string>> } | { readonly refused: number; readonly reason: string; readonly known: readonly string[]; readonly word: string } {
  const parameters: Readonly<Record<string, Parameter>> = WORKLOADS[name].parameters;
  const known = Object.keys(parameters);
  const values: Record<string, number | string> = {};
  for (const [key, parameter] of Object.entries(parameters)) values[key] = readValue(parameter, parameter.usual) as number | string;
  const seen = new Set<string>();
  for (const [refused, word] of words.entries()) {
    const [, key = word, text = ''] = /^([^=]*)=(.*)$/.exec(word) ?? [];
    const parameter = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
    if (parameter === undefined) return { refused, reason: `${name} has no parameter ${JSON.stringify(key.slice(0, 40))}: it has ${known.join(', ')}.`, known, word: key };
    if (seen.has(key)) return { refused, reason: `${key}= stands twice.`, known: [], word: key };
    seen.add(key);
    const value = readValue(parameter, text);
    if (value === undefined) return { refused, reason: `${key}= takes ${wanted(parameter)}.`, known: typeof parameter.unit === 'string' ? [] : parameter.unit, word: text };
    values[key] = value;
  }
  return { values };
}
