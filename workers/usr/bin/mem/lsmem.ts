/** lsmem(1) of util-linux: 2.43 by default, 2.38 where the machine says so. s390's configuration columns are absent here as they are on every machine without /sys/firmware/memory. */
import type { Kthread } from '../../../kernel/kthread.ts';
import type { OptionTable } from '../text/getopt.ts';
import { parseOptions } from '../text/getopt.ts';
import { program, stop, type Tool } from '../text/io.ts';
import { type Memory, type Range, readMemory, type SplitColumn } from './lsmem-blocks.ts';
import { lsmemUsage } from './usage.ts';
import { humanSize } from './sizes.ts';
import { type Cell, type Column, type Format, formatTable } from './table.ts';
import { attribute, exclusive, fatal, MEMORY_DIR, tryHelp, type UtilLinux, utilLinux } from './util-linux.ts';

const NAMES = ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'BLOCK', 'NODE', 'ZONES', 'CONFIGURED', 'MEMMAP-ON-MEMORY'] as const;
type Name = (typeof NAMES)[number];
/** Shown only with /sys/firmware/memory. */
const CONFIGURATION: readonly Name[] = ['CONFIGURED', 'MEMMAP-ON-MEMORY'];
const OLD_NAMES = NAMES.filter((n) => !CONFIGURATION.includes(n));
const DEFAULT: readonly Name[] = ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'BLOCK'];
const SPLITS: readonly string[] = ['STATE', 'REMOVABLE', 'NODE', 'ZONES'];
const TABLE: OptionTable = {
  short: 'abhJno:PrS:s:V',
  long: {
    all: { key: 'a' }, bytes: { key: 'b' }, help: { key: 'h' }, json: { key: 'J' }, noheadings: { key: 'n' }, output: { key: 'o', arg: 'required' },
    'output-all': { key: 'output-all' }, pairs: { key: 'P' },
    raw: { key: 'r' }, sysroot: { key: 's', arg: 'required' }, split: { key: 'S', arg: 'required' }, version: { key: 'V' },
    summary: { key: 'summary', arg: 'optional' },
  },
};
const NEW_TABLE: OptionTable = { ...TABLE, long: { ...TABLE.long, annotate: { key: 'annotate', arg: 'optional' } } };

interface Settings {
  all: boolean;
  bytes: boolean;
  noheadings: boolean;
  format: Format;
  table: boolean;
  summary: boolean;
  sysroot: string;
  columns: Name[];
  output: string | undefined;
  split: string | undefined;
}

export const lsmem = program(function* (tool) {
  const release = yield* utilLinux(tool);
  const s = yield* settingsOf(tool, release);
  const directory = tool.sys.stat(s.sysroot + MEMORY_DIR);
  if (typeof directory === 'number') return yield* fatal(tool, `cannot open ${MEMORY_DIR}`, directory);
  if (!s.table) {
    yield* summary(tool, s, release, yield* readMemory(tool, s.sysroot, new Set(), true, release.old));
    return 0;
  }
  const output = s.output ?? (release.old ? undefined : tool.proc.env.get('LSMEM_COLUMNS'));
  if (output !== undefined) {
    const added = yield* columnsOf(tool, output.replace(/^\+/, ''), release);
    s.columns = output.startsWith('+') ? [...s.columns, ...added] : added;
  }
  const split = s.split === undefined ? s.columns : s.split.toLowerCase() === 'none' ? [] : yield* columnsOf(tool, s.split, release);
  const memory = yield* readMemory(tool, s.sysroot, new Set(split.filter((n) => SPLITS.includes(n)) as SplitColumn[]), s.all, release.old);
  const shown = s.columns.filter((n) => !CONFIGURATION.includes(n));
  const rows = memory.ranges.map((range) => shown.map((name) => cell(name, range, memory, s.bytes)));
  tool.put(formatTable(shown.map((name) => columnOf(name, s)), rows, { format: s.format, noheadings: s.noheadings, name: 'memory', oldWidths: release.old }));
  if (!s.summary) return 0;
  tool.put('\n');
  yield* summary(tool, s, release, memory);
  return 0;
});

function* settingsOf(tool: Tool, release: UtilLinux): Kthread<Settings> {
  const s: Settings = { all: false, bytes: false, noheadings: false, format: 'human', table: true, summary: true, sysroot: '', columns: [], output: undefined,
    split: undefined };
  const table = release.old ? TABLE : NEW_TABLE;
  const { options, operands, error } = parseOptions(tool.args, table);
  yield* exclusive(tool, options, [['J', 'P', 'r'], ['S', 'a']], table);
  for (const [key, value = ''] of options) {
    switch (key) {
      case 'a': s.all = true; break;
      case 'b': s.bytes = true; break;
      case 'n': s.noheadings = true; break;
      case 'J': s.format = 'json'; s.summary = false; break;
      case 'P': s.format = 'pairs'; s.summary = false; break;
      case 'r': s.format = 'raw'; s.summary = false; break;
      case 'o': s.output = value; break;
      case 'output-all': s.columns = release.old ? [...OLD_NAMES] : [...NAMES]; break;
      case 's': s.sysroot = value.replace(/\/+$/, ''); break;
      case 'S': s.split = value; break;
      case 'summary':
        if (value === 'never') s.summary = false;
        else if (value === 'always') s.summary = true;
        else if (value === 'only' || value === '') s.table = false;
        else yield* tool.die('unsupported --summary argument');
        break;
      case 'h': tool.put(lsmemUsage(release.old)); yield* stop(0); break;
      case 'V': tool.put(`${tool.name} from util-linux ${release.version}\n`); yield* stop(0); break;
      default:
    }
  }
  if (error !== undefined) yield* tryHelp(tool, error);
  if (operands.length > 0) yield* tryHelp(tool, 'bad usage');
  if (!s.table && !s.summary) yield* tool.die('options --{raw,json,pairs} and --summary=only are mutually exclusive');
  if (s.columns.length === 0) s.columns = [...DEFAULT];
  return s;
}

function* columnsOf(tool: Tool, list: string, release: UtilLinux): Kthread<Name[]> {
  const out: Name[] = [];
  for (const text of list.split(',')) {
    const name = (release.old ? OLD_NAMES : NAMES).find((n) => n === text.toUpperCase());
    if (name === undefined) return yield* tool.die(`unknown column: ${list.slice(list.split(',').slice(0, out.length).reduce((n, t) => n + t.length + 1, 0))}`);
    out.push(name);
  }
  return out;
}
function columnOf(name: Name, s: Settings): Column {
  const json = name === 'NODE' || (name === 'SIZE' && s.bytes) ? 'number' : name === 'REMOVABLE' ? 'boolean' : undefined;
  return { name, right: name !== 'RANGE', ...(name === 'SIZE' && { hint: 5 }), ...(json && { json }) };
}
const address = (n: bigint): string => `0x${n.toString(16).padStart(16, '0')}`;

function cell(name: Name, r: Range, memory: Memory, bytes: boolean): Cell {
  const size = r.count * memory.blockSize;
  const start = r.index * memory.blockSize;
  switch (name) {
    case 'RANGE': return `${address(start)}-${address(start + size - 1n)}`;
    case 'SIZE': return bytes ? String(size) : humanSize(size);
    case 'STATE': return r.state;
    case 'REMOVABLE': return r.state === 'online' ? (r.removable ? 'yes' : 'no') : undefined;
    case 'BLOCK': return r.count === 1n ? String(r.index) : `${r.index}-${r.index + r.count - 1n}`;
    case 'NODE': return memory.haveNodes ? String(r.node) : undefined;
    case 'ZONES': return memory.haveZones && r.zones.length > 0 ? r.zones.join('/') : undefined;
    default: return undefined;
  }
}

function* summary(tool: Tool, s: Settings, release: UtilLinux, memory: Memory): Kthread<void> {
  const line = (label: string, value: string): void => tool.put(`${label.padEnd(release.old ? 23 : 32)} ${value.padStart(s.bytes ? 15 : 5)}\n`);
  const size = (n: bigint): string => (s.bytes ? String(n) : humanSize(n));
  line('Memory block size:', size(memory.blockSize));
  line('Total online memory:', size(memory.online));
  line('Total offline memory:', size(memory.offline));
  if (release.old) return;
  const mode = (yield* attribute(tool.sys, `${s.sysroot}/sys/module/memory_hotplug/parameters/memmap_on_memory`)) ?? '';
  const word = mode.startsWith('Y') ? 'yes' : mode.startsWith('N') ? 'no' : mode.startsWith('force') ? 'force' : undefined;
  if (word !== undefined) line('Memmap on memory parameter:', word);
}
