/** Memory blocks: a copy of /sys/devices/system/memory, or what lsmem prints (--json, or its table). */
import { type BlockList, type BlockReport, MAX_PFN } from './evidence.ts';
import { textOf, type ImportFile } from './files.ts';
import { Problem, shown } from './problem.ts';
import { nodeNumbered, zoneNamed } from './zones.ts';

const MAX_BLOCKS = 1 << 16;
const SIZES: Readonly<Record<string, number>> = { '': 1, B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
/** One section of x86_64, and sixteen of them. */
const SMALLEST = 2 ** 27;

function blockSize(bytes: number, file: string): number {
  if (!(bytes >= SMALLEST && bytes <= 2 ** 40 && Number.isInteger(Math.log2(bytes)))) {
    throw new Problem(`${file} says that memory blocks have ${shown(String(bytes))} bytes.`, 'a memory block is a power of two of bytes, from 128 MiB on', 'give the files as the kernel printed them; block sizes below 128 MiB are not modelled');
  }
  return bytes;
}
/** The zone an online block is in: "Normal", "none", or the first of a list (kernels before 4.13 went on with those it could move to). */
function zoneOf(words: string, file: string): number | undefined {
  const names = words.trim().split(/[\s/,]+/);
  if (/^none$/i.test(names[0] ?? '')) return -1;
  return names[0] === '' ? undefined : zoneNamed(names[0] as string, file);
}
function report(id: number, online: boolean, nid: number | undefined, zone: number | undefined): BlockReport {
  if (!(Number.isInteger(id) && id >= 0 && id < MAX_BLOCKS)) throw new Problem(`Memory block ${shown(String(id))} cannot be.`, `blocks are numbered from 0 to ${MAX_BLOCKS - 1}`, 'give the files of a smaller machine');
  return { id, online, ...(nid === undefined ? {} : { nid }), ...(zone === undefined || !online ? {} : { zone }) };
}
function sorted(size: number | undefined, blocks: readonly BlockReport[], file: string): BlockList {
  const list = blocks.toSorted((a, b) => a.id - b.id);
  const twice = list.find((b, i) => b.id === list[i - 1]?.id);
  if (twice) throw new Problem(`${file} has memory block ${twice.id} twice.`, 'each block is there once', 'give the files of one machine');
  const last = list.at(-1);
  if (last === undefined) throw new Problem(`${file} has no memory block.`, 'a machine has at least one', 'give the whole folder, or the whole output of lsmem --json');
  if ((last.id + 1) * ((size ?? SMALLEST) / 4096) > MAX_PFN) throw new Problem(`${file}: block ${last.id} lies above 4 TiB.`, 'frames are numbered below 2^30', 'give the files of a smaller machine');
  return { size, blocks: list };
}

const STATES: Readonly<Record<string, boolean>> = { online: true, 'going-offline': true, offline: false };
/** `files`: names below …/sys/devices/system/, such as memory/memory7/state and node/node1/memory7. undefined: no memory block among them. */
export function readSysfs(files: readonly ImportFile[]): BlockList | undefined {
  const attributes = new Map<string, string>();
  const nodes = new Map<number, number>();
  for (const { name, bytes } of files) {
    const node = /(?:^|\/)memory\/memory(\d+)\/node(\d+)(?:\/|$)/.exec(name) ?? undefined;
    const member = /(?:^|\/)node\/node(\d+)\/memory(\d+)(?:\/|$)/.exec(name) ?? undefined;
    if (node) nodes.set(Number(node[1]), nodeNumbered(node[2] as string, 'memory'));
    else if (member) nodes.set(Number(member[2]), nodeNumbered(member[1] as string, 'node'));
    const own = /(?:^|\/)memory\/((?:memory\d+\/)?(?:state|online|valid_zones|block_size_bytes))$/.exec(name);
    // tar packs a file of sysfs with the size of a page, and zeroes behind its text.
    if (own && bytes.length > 65536) throw new Problem(`${shown(name)} has ${bytes.length} bytes.`, 'a file of sysfs has a line or two', 'give a copy of the folder as the kernel has it');
    if (own) attributes.set(own[1] as string, textOf(bytes).replace(/\0+$/, '').trim());
  }
  const text = attributes.get('block_size_bytes');
  if (text !== undefined && !/^[0-9a-f]{1,12}$/.test(text)) throw new Problem(`block_size_bytes says "${shown(text)}".`, 'it is a number in hexadecimal', 'give a copy of the folder as the kernel has it');
  const size = text === undefined ? undefined : blockSize(Number.parseInt(text, 16), 'block_size_bytes');
  const blocks: BlockReport[] = [];
  for (const [path, value] of attributes) {
    const id = /^memory(\d+)\/(state|online)$/.exec(path);
    if (!id || (id[2] === 'online' && attributes.has(`memory${id[1]}/state`))) continue;
    const online = id[2] === 'state' ? STATES[value] : value === '1' ? true : value === '0' ? false : undefined;
    if (online === undefined) throw new Problem(`memory${id[1]}/${id[2]} says "${shown(value)}".`, 'a memory block is online, offline or going-offline', 'give a copy of the folder as the kernel has it');
    const zones = attributes.get(`memory${id[1]}/valid_zones`);
    blocks.push(report(Number(id[1]), online, nodes.get(Number(id[1])), zones === undefined || !online ? undefined : zoneOf(zones, 'valid_zones')));
  }
  return blocks.length === 0 && size === undefined ? undefined : sorted(size, blocks, 'The folder of memory blocks');
}

interface Row {
  readonly range?: unknown;
  readonly size?: unknown;
  readonly state?: unknown;
  readonly block?: unknown;
  readonly node?: unknown;
  readonly zones?: unknown;
}
const word = (value: unknown): string | undefined => (typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined);

export function readLsmemJson(text: string): BlockList {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Problem(`The output of lsmem is not JSON: ${shown((error as Error).message)}.`, 'lsmem --json prints one object', 'give the whole output');
  }
  const rows = (value as { memory?: unknown } | null)?.memory;
  if (!Array.isArray(rows) || !rows.every((row) => typeof row === 'object' && row !== null)) {
    throw new Problem('The JSON has no list called "memory".', 'lsmem --json prints { "memory": [ … ] }', 'give the output of lsmem --json -o +NODE,ZONES');
  }
  return fromRows(rows as Row[]);
}
/** The table of lsmem: a row of names, rows of values, then the summary. */
export function readLsmemTable(text: string): BlockList {
  const lines = text.split('\n').map((line) => line.trim());
  const at = lines.findIndex((line) => /^RANGE\s/.test(line));
  const names = (lines[at] ?? '').toLowerCase().split(/\s+/);
  const rows: Row[] = [];
  for (const line of lines.slice(at + 1)) {
    if (!/^0x/.test(line)) break;
    const words = line.split(/\s+/);
    rows.push(Object.fromEntries(names.map((name, i) => [name, words[i]])));
  }
  const size = /^Memory block size: +(\d+)([KMGT]?)/m.exec(text);
  return fromRows(rows, size ? blockSize(Number(size[1]) * (SIZES[size[2] as string] as number), 'lsmem') : undefined);
}

function fromRows(rows: readonly Row[], known?: number): BlockList {
  if (rows.length > MAX_BLOCKS) throw new Problem(`lsmem lists ${rows.length} ranges.`, `at most ${MAX_BLOCKS} blocks are modelled`, 'give the output of a smaller machine');
  const parsed = rows.map((row) => {
    const range = /^0x([0-9a-f]{1,16})-0x([0-9a-f]{1,16})$/i.exec(word(row.range) ?? '');
    const ids = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(word(row.block) ?? '');
    const start = Number.parseInt(range?.[1] ?? '', 16);
    const end = Number.parseInt(range?.[2] ?? '', 16) + 1;
    if (range && !(Number.isSafeInteger(end) && start < end && end <= MAX_PFN * 4096)) throw new Problem(`lsmem lists the range ${shown(word(row.range) ?? '')}.`, 'addresses lie below 4 TiB, the end above the start', 'give the output of a smaller machine');
    if (!range && row.range !== undefined && row.range !== null) throw new Problem(`lsmem lists the range "${shown(word(row.range) ?? '')}".`, 'a range is two hexadecimal addresses: 0x0-0x7ffffff', 'give the output of lsmem --json');
    return { row, range: range ? { start, end } : undefined, ids: ids ? { first: Number(ids[1]), last: Number(ids[2] ?? ids[1]) } : undefined };
  });
  const sizes = parsed.flatMap(({ range, ids }) => (range && ids ? [(range.end - range.start) / (ids.last - ids.first + 1)] : []));
  const bytes = parsed.flatMap(({ row, ids }) => {
    const m = /^(\d+)([KMGT]?)$/.exec(word(row.size) ?? '');
    return m && ids ? [(Number(m[1]) * (SIZES[m[2] as string] as number)) / (ids.last - ids.first + 1)] : [];
  });
  const given = known ?? sizes[0] ?? bytes[0];
  if (sizes.some((s) => s !== sizes[0])) throw new Problem('The ranges and block numbers of lsmem do not go together.', 'every block has the same size', 'give the output as lsmem printed it');
  const smallest = Math.min(...parsed.flatMap(({ range }) => (range ? [range.end - range.start] : [])));
  if (given === undefined && !Number.isFinite(smallest)) throw new Problem('lsmem lists neither ranges nor block numbers.', 'a block is known by its address', 'give the output of lsmem --json -o RANGE,SIZE,STATE,BLOCK,NODE,ZONES');
  const size = given === undefined ? undefined : blockSize(given, 'lsmem');
  const unit = size ?? SMALLEST;
  const blocks = parsed.flatMap(({ row, range, ids }) => {
    const from = ids?.first ?? (range?.start ?? Number.NaN) / unit;
    const to = ids?.last ?? (range?.end ?? Number.NaN) / unit - 1;
    if (!Number.isInteger(from) || !Number.isInteger(to) || to < from || to >= MAX_BLOCKS) throw new Problem(`lsmem lists blocks ${from} to ${to}.`, 'a range holds whole memory blocks, in ascending order', 'give the output as lsmem printed it');
    const state = word(row.state) ?? 'online';
    const online = Object.hasOwn(STATES, state) ? STATES[state] : undefined;
    if (online === undefined) throw new Problem(`lsmem lists the state "${shown(state)}".`, 'a memory block is online, offline or going-offline', 'give the output as lsmem printed it');
    const node = word(row.node);
    const zones = word(row.zones);
    const nid = node === undefined || !/^\d+$/.test(node) ? undefined : nodeNumbered(node, 'lsmem');
    return Array.from({ length: to - from + 1 }, (_, i) => report(from + i, online, nid, zones === undefined || !online ? undefined : zoneOf(zones, 'lsmem')));
  });
  return sorted(size, blocks, 'lsmem');
}
