/**
 * Random commands from a seed: near-valid and random writes to random files, DIMMs and device sizes, processes, onlining and offlining, module parameters, signals.
 * Each session leaves some kinds out (swarm testing), so that what is rare together is tried together as well.
 */
import type { Prng } from '../../lib/prng.ts';
import { printfFormat, type Step } from './step.ts';

const MEMORY = '/sys/devices/system/memory';
const PARAMETERS = '/sys/module/memory_hotplug/parameters';
const INJECT = '/sys/kernel/debug/notifier-error-inject/memory/actions';
const MIB = 2 ** 20;

export interface Terrain {
  /** Files that can be written, by path; asked anew for every step, because files come and go. */
  files(): readonly string[];
  /** Blocks there are. */
  blocks(): readonly number[];
  /** Ids of virtio-mem devices. */
  readonly virtio: readonly string[];
  readonly balloon: boolean;
  readonly nodes: number;
  readonly blockBytes: number;
}
type Make = (random: Prng, terrain: Terrain) => Step;

const shell = (line: string): Step => ({ command: { type: 'shell', line } });
const host = (execute: string, args: Readonly<Record<string, unknown>>): Step => ({ command: { type: 'qmp', execute, arguments: args } });
const oneOf = <T>(random: Prng, from: readonly T[]): T => from[random.below(from.length)] as T;

/** Words that some file of this kernel takes. */
const WORDS = [
  'online', 'offline', 'online_kernel', 'online_movable', '0', '1', 'Y', 'N', 'on', 'off', '301', '-1', '-12', '-4095', '-4096', '0x10000000', '4294967296', '18446744073709551616',
  'contig-zones', 'auto-movable', 'add', 'remove', 'change', 'move', '', ' ', '00', '1.5', '1e3', '999999999999',
];
/** A valid word with something wrong about it, or right after all. */
function nearValid(random: Prng): string {
  const word = oneOf(random, WORDS);
  switch (random.below(12)) {
    case 0: return word.slice(0, random.below(word.length + 1));
    case 1: return word + oneOf(random, WORDS);
    case 2: return word.toUpperCase();
    case 3: return ` ${word}`;
    case 4: return `${word} `;
    case 5: return `${word}\n\n`;
    case 6: return `${word}\0${oneOf(random, WORDS)}`;
    case 7: return `${word}\r\n`;
    case 8: return word.repeat(1 + random.below(3000));
    default: return `${word}\n`;
  }
}
const randomBytes = (random: Prng): string => Array.from({ length: random.below(40) }, () => String.fromCharCode(random.below(256))).join('');
const write = (path: string, bytes: string): Step => shell(`printf '${printfFormat(bytes)}' > ${path}`);

const word = (random: Prng): string => oneOf(random, ['online', 'online_kernel', 'online_movable', 'offline', 'offline', 'offline']);
const address = (random: Prng, terrain: Terrain): string => {
  const block = oneOf(random, terrain.blocks());
  const page = random.below(terrain.blockBytes / 4096);
  return `0x${(block * terrain.blockBytes + page * 4096 + random.below(2) * random.below(4096)).toString(16)}`;
};
const sizes = [32, 64, 127, 128, 128, 128, 256, 256, 384, 512];
const device = (random: Prng): string => `d${random.below(6)}`;

/** By name, so that a session can say which it has left out. */
export const KINDS: Readonly<Record<string, Make>> = {
  'near-valid write': (random, terrain) => write(oneOf(random, terrain.files()), nearValid(random)),
  'random bytes': (random, terrain) => write(oneOf(random, terrain.files()), randomBytes(random)),
  state: (random, terrain) => shell(`echo ${word(random)} > ${MEMORY}/memory${oneOf(random, terrain.blocks())}/state`),
  'online file': (random, terrain) => shell(`echo ${random.below(2)} > ${MEMORY}/memory${oneOf(random, terrain.blocks())}/online`),
  'state of a block that may not be there': (random) => shell(`echo ${word(random)} > ${MEMORY}/memory${random.below(80)}/state`),
  'two writers': (random, terrain) => {
    const [a, b] = [oneOf(random, terrain.blocks()), oneOf(random, terrain.blocks())];
    return shell(`echo ${word(random)} > ${MEMORY}/memory${a}/state & echo ${word(random)} > ${MEMORY}/memory${b}/state; wait`);
  },
  plug: (random, terrain) => {
    const id = device(random);
    const size = oneOf(random, sizes) * MIB;
    return random.below(3) > 0
      ? host('object-add', { 'qom-type': 'memory-backend-ram', id: `m${id}`, size })
      : host('device_add', { driver: 'pc-dimm', id, memdev: `m${id}`, ...(random.below(2) > 0 && { node: random.below(terrain.nodes + 1) }), ...(random.below(6) === 0 && { slot: random.below(5) }) });
  },
  'plug whole': (random, terrain) => host('device_add', { driver: 'pc-dimm', id: device(random), memdev: `m${device(random)}`, node: random.below(terrain.nodes) }),
  unplug: (random) => host('device_del', { id: device(random) }),
  'object gone': (random) => host('object-del', { id: `m${device(random)}` }),
  'virtio-mem': (random, terrain) => host('qom-set', { path: oneOf(random, [...terrain.virtio, 'vm9']), property: 'requested-size', value: random.below(200) * 2 * MIB + (random.below(8) === 0 ? 4096 : 0) }),
  balloon: (random) => host('balloon', { value: random.below(700) * MIB }),
  'process grows': (random) => shell(`mh anon ${1 + random.below(16)}${oneOf(random, ['', '', ' thp', ' nothp', ' mlock', ' shared', ' pin', ' splice', ' hugetlb'])}`),
  'process ends': (random) => shell(`set -- /tmp/mh.*; shift $((${random.below(50)} % $#)); kill \${1#/tmp/mh.} && rm -f $1`),
  'workload runs': (random) => shell(`workload ${oneOf(random, [
    'heap size=8M rounds=3', 'fork size=4M children=2 rounds=2', 'file size=4M', 'read files=40', 'write size=2M files=2', 'walk files=400', 'threads count=20', 'tables size=64M', 'sockets count=200 rounds=2', 'shared size=2M', 'rdma size=2M',
  ])} every=1 seed=${random.below(1000)}`),
  'workloads end': (random) => shell(oneOf(random, ['kill $(pgrep workload)', 'rm -f /srv/data.* /srv/mapped.*', 'echo 1 > /proc/sys/vm/drop_caches', 'echo 3 > /proc/sys/vm/drop_caches', 'sync'])),
  'memory runs short': (random) => shell(random.below(8) === 0 ? `mh anon ${200 + random.below(400)}` : `for f in /tmp/mh.*; do kill \${f#/tmp/mh.} && rm -f $f; done`),
  parameter: (random) => shell(oneOf(random, [
    `echo ${oneOf(random, ['contig-zones', 'auto-movable'])} > ${PARAMETERS}/online_policy`, `echo ${random.below(500)} > ${PARAMETERS}/auto_movable_ratio`,
    `echo ${random.below(2)} > ${PARAMETERS}/auto_movable_numa_aware`, `echo ${word(random)} > ${MEMORY}/auto_online_blocks`,
  ])),
  'poison softly': (random, terrain) => shell(`echo ${address(random, terrain)} > ${MEMORY}/soft_offline_page`),
  'poison hard': (random, terrain) => shell(`echo ${address(random, terrain)} > ${MEMORY}/hard_offline_page`),
  'huge pages': (random) => shell(`echo ${random.below(60)} > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages`),
  'injected error': (random) => shell(random.below(3) === 0 ? 'modprobe memory-notifier-error-inject' : `echo ${oneOf(random, [0, 0, -1, -12, -16])} > ${INJECT}/${oneOf(random, ['MEM_GOING_ONLINE', 'MEM_GOING_OFFLINE'])}/error`),
  probe: (random, terrain) => shell(`echo ${oneOf(random, [address(random, terrain), `0x${((random.below(60) * terrain.blockBytes) / 1).toString(16)}`])} > ${MEMORY}/probe`),
  reports: (random) => shell(`cat ${oneOf(random, ['/proc/zoneinfo', '/proc/buddyinfo', '/proc/pagetypeinfo', '/proc/meminfo', '/proc/iomem', '/proc/vmstat', `${MEMORY}/memory*/valid_zones`, '/sys/devices/system/node/node*/meminfo'])} > /dev/null`),
  signal: () => ({ command: { type: 'signal', signal: 'SIGINT' } }),
};

/** Kinds a session of this seed has: each is left out with a chance of one in four. */
export function swarm(random: Prng): readonly string[] {
  const chosen = Object.keys(KINDS).filter(() => random.below(4) > 0);
  return chosen.length > 0 ? chosen : Object.keys(KINDS);
}
export function generate(random: Prng, kinds: readonly string[], terrain: Terrain): Step {
  const step = (KINDS[oneOf(random, kinds)] as Make)(random, terrain);
  return random.below(10) === 0 && step.command.type !== 'signal' ? { ...step, after: random.below(2000) } : step;
}
