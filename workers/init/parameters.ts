/** Boot parameters of 6.1 that shape memory, read from the command line. Values that Linux would not accept leave the default, as there. */
import { kstrtobool } from '../drivers/base/memory.ts';
import type { BootFunctions } from './edition.ts';
import type { CoreSizes, CoreSize } from '../mm/mm_init.ts';
import { MMOP_OFFLINE, MMOP_WORDS } from '../uapi/memory_block.ts';
import type { FirmwareRange } from '../uapi/machine_description.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import { hasFlag, lastValue, memparse, type Parameter, parseCmdline } from './cmdline.ts';

export interface BootParameters {
  readonly all: readonly Parameter[];
  readonly core: CoreSizes;
  /** mem=: bytes from which on memory is left out; Infinity: none. */
  readonly mem: number;
  readonly movable_node: boolean;
  /** MMOP_*. */
  readonly memhp_default_state: number;
  /** 0 contig-zones, 1 auto-movable. */
  readonly online_policy: number;
  readonly auto_movable_ratio: number;
  readonly auto_movable_numa_aware: boolean;
  readonly memmap_on_memory: boolean;
  /** numa=fake=: text behind it. */
  readonly numa_fake: string | undefined;
  readonly numa_off: boolean;
  /** transparent_hugepage=: when processes get huge pages. */
  readonly thp: 'always' | 'madvise' | 'never';
}

/** Default of memory_hotplug.auto_movable_ratio, percent. */
const AUTO_MOVABLE_RATIO = 301;

/** cmdline_parse_core(): `mirror`, `N%`, or a size. */
function coreSize(text: string | undefined, pageSize: number): CoreSize | 'mirror' | undefined {
  if (text === undefined) return undefined;
  if (text.startsWith('mirror')) return 'mirror';
  const percent = /^(\d+)%/.exec(text);
  if (percent) return { percent: Number(percent[1]) };
  return { pages: Math.floor(memparse(text).value / pageSize) };
}

/** kernelcore= and movablecore= of 6.1. */
export function coreSizes(values: { readonly kernelcore: string | undefined; readonly movablecore: string | undefined }, pageSize: number): CoreSizes {
  const kernelcore = coreSize(values.kernelcore, pageSize);
  const movablecore = coreSize(values.movablecore, pageSize);
  return { ...(kernelcore === undefined ? {} : { kernelcore }), ...(movablecore === undefined || movablecore === 'mirror' ? {} : { movablecore }) };
}

/** Another word leaves it as it was configured. */
const thpOf = (word: string | undefined): BootParameters['thp'] => (word === 'never' || word === 'madvise' ? word : 'always');

/** `core`: how the edition reads the sizes of the zones. `default_state`: MMOP_*, what the kernel was configured for. */
export function parseParameters(cmdline: string, core: BootFunctions['core'] = coreSizes, default_state = MMOP_OFFLINE, pageSize = PAGE_SIZE): BootParameters {
  const all = parseCmdline(cmdline);
  const hotplug = (name: string): string | undefined => lastValue(all, `memory_hotplug.${name}`);
  const state = MMOP_WORDS.indexOf((lastValue(all, 'memhp_default_state') ?? MMOP_WORDS[default_state]) as (typeof MMOP_WORDS)[number]);
  const ratio = Number(hotplug('auto_movable_ratio') ?? AUTO_MOVABLE_RATIO);
  const numa = lastValue(all, 'numa') ?? '';
  const memmap = all.some((p) => p.name === 'memory_hotplug.memmap_on_memory' && (p.value === undefined || kstrtobool(p.value) === true));
  return {
    all,
    core: core({ kernelcore: lastValue(all, 'kernelcore'), movablecore: lastValue(all, 'movablecore') }, pageSize),
    mem: memparse(lastValue(all, 'mem') ?? '').value || Number.POSITIVE_INFINITY,
    movable_node: hasFlag(all, 'movable_node'),
    memhp_default_state: state < 0 ? default_state : state,
    online_policy: hotplug('online_policy') === 'auto-movable' ? 1 : 0,
    auto_movable_ratio: Number.isInteger(ratio) && ratio >= 0 ? ratio : AUTO_MOVABLE_RATIO,
    auto_movable_numa_aware: kstrtobool(hotplug('auto_movable_numa_aware') ?? 'Y') ?? true,
    memmap_on_memory: memmap,
    numa_fake: numa.startsWith('fake=') ? numa.slice('fake='.length) : undefined,
    numa_off: numa === 'off',
    thp: thpOf(lastValue(all, 'transparent_hugepage')),
  };
}

/** parse_memopt() and parse_memmap_opt(): the firmware's map as changed by mem= and memmap=, in the order they were given. Bytes, end exclusive. */
export function applyMemoryOptions(memory: readonly FirmwareRange[], parameters: readonly Parameter[]): FirmwareRange[] {
  let map = [...memory].sort((a, b) => a.start - b.start);
  for (const { name, value } of parameters) {
    if (value === undefined) continue;
    if (name === 'mem') map = limit(map, memparse(value).value);
    if (name === 'memmap') {
      for (const part of value.split(',')) map = memmapOption(map, part);
    }
  }
  return map;
}

/** Everything usable from `end` on is taken out of the map. 0 (also `nopentium`): no limit. */
const limit = (map: readonly FirmwareRange[], end: number): FirmwareRange[] => (end === 0 ? [...map] : replaceRange(map, end, Number.MAX_SAFE_INTEGER, undefined, 'usable'));

const TYPE_OF: Readonly<Record<string, FirmwareRange['type']>> = { '@': 'usable', '#': 'ACPI data', $: 'reserved', '!': 'persistent' };
function memmapOption(map: FirmwareRange[], text: string): FirmwareRange[] {
  if (text === 'exactmap') return [];
  const { value: size, rest } = memparse(text);
  if (size === 0) return map;
  const type = TYPE_OF[rest.charAt(0)];
  if (type === undefined) return rest === '' ? limit(map, size) : map;
  const start = memparse(rest.slice(1)).value;
  return replaceRange(map, start, start + size, type);
}

/** Cuts [start, end) out of the map (of entries of `only` type, if given) and puts `type` there, if given. */
function replaceRange(map: readonly FirmwareRange[], start: number, end: number, type?: FirmwareRange['type'], only?: FirmwareRange['type']): FirmwareRange[] {
  const kept = map.flatMap((r) => {
    if (r.end <= start || r.start >= end || (only !== undefined && r.type !== only)) return [r];
    return [{ ...r, end: Math.min(r.end, start) }, { ...r, start: Math.max(r.start, end) }].filter((p) => p.start < p.end);
  });
  if (type !== undefined) kept.push({ start, end, type });
  return kept.sort((a, b) => a.start - b.start);
}
