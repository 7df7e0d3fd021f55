/** chmem(8) of util-linux: sets a size, an address range or blocks online or offline. Exit 0 all, 1 nothing, 64 a part. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { type OptionTable, parseOptions } from '../text/getopt.ts';
import { program, stop, type Tool, writeAll } from '../text/io.ts';
import { CHMEM_ZONES, chmemUsage } from './usage.ts';
import { humanSize, parseSize, parseU64 } from './sizes.ts';
import { attribute, blockNames, blockSize, exclusive, fatal, MEMORY_DIR, tryHelp, type UtilLinux, utilLinux } from './util-linux.ts';

const SOME_OK = 64;
/** A state is compared by this many letters: online_movable is online. */
const STATE_LETTERS = 6;
const TABLE: OptionTable = {
  short: 'bdehvVz:', long: { blocks: { key: 'b' }, disable: { key: 'd' }, enable: { key: 'e' }, help: { key: 'h' }, verbose: { key: 'v' },
    version: { key: 'V' }, zone: { key: 'z', arg: 'required' } },
};
const NEW_TABLE: OptionTable = {
  short: 'bcdeghm:s:vVz:',
  long: { ...TABLE.long, configure: { key: 'c' }, deconfigure: { key: 'g' }, 'memmap-on-memory': { key: 'm', arg: 'required' },
    sysroot: { key: 's', arg: 'required' } },
};
type Verb = 'enable' | 'disable';
type Target = { readonly kind: 'size'; readonly blocks: bigint } | { readonly kind: 'range'; readonly from: bigint; readonly to: bigint };

interface Request {
  readonly tool: Tool;
  readonly directory: string;
  readonly names: readonly string[];
  readonly blockSize: bigint;
  readonly verb: Verb;
  readonly verbose: boolean;
  readonly zone: string | undefined;
  readonly haveZones: boolean;
}

export const chmem = program(function* (tool) {
  const release = yield* utilLinux(tool);
  const table = release.old ? TABLE : NEW_TABLE;
  const { options, operands, error } = parseOptions(tool.args, table);
  const value = (letter: string): string | undefined => options.findLast(([k]) => k === letter)?.[1];
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  yield* exclusive(tool, options, release.old ? [['d', 'e']] : [['d', 'e', 'g', 'm'], ['c', 'd', 'e', 'g']], table);
  yield* information(tool, release, options);
  if (error !== undefined) yield* tryHelp(tool, error);
  const command = options.findLast(([k]) => 'decg'.includes(k))?.[0];
  const [parameter] = operands;
  if (command === undefined || parameter === undefined || operands.length > 1) return yield* tryHelp(tool, 'bad usage');

  const sysroot = (value('s') ?? '').replace(/\/+$/, '');
  const directory = sysroot + MEMORY_DIR;
  const stat = tool.sys.stat(directory);
  if (typeof stat === 'number') return yield* fatal(tool, release.old ? `Failed to read ${MEMORY_DIR}` : `cannot open ${MEMORY_DIR}`, stat);
  const names = blockNames(tool.sys, directory);
  const size = blockSize((yield* attribute(tool.sys, `${directory}/block_size_bytes`)) ?? '');
  if (typeof names === 'number' || names.length === 0 || size === undefined) return yield* fatal(tool, `Failed to read ${MEMORY_DIR}`,
    typeof names === 'number' ? names : -2);
  const target = yield* targetOf(tool, parameter, size, has('b'));
  const first = release.old ? 'memory0' : (names[0] as string);
  const haveZones = typeof tool.sys.stat(`${directory}/${first}/valid_zones`) !== 'number';
  const zone = yield* zoneOf(tool, value('z'), haveZones);
  if (command === 'c' || command === 'g') {
    // Only s390 has /sys/firmware/memory.
    tool.put(command === 'c' ? 'Cannot configure. Use -e instead.\n' : 'Cannot deconfigure. Use -d instead.\n');
    return 1;
  }
  const request: Request = { tool, directory, names, blockSize: size, verb: command === 'e' ? 'enable' : 'disable', verbose: has('v'), zone, haveZones };
  return target.kind === 'size' ? yield* bySize(request, target.blocks) : yield* byRange(request, target.from, target.to);
});

function* information(tool: Tool, release: UtilLinux, options: readonly (readonly [string, string | undefined])[]): Kthread<void> {
  const asked = options.find(([k]) => k === 'h' || k === 'V')?.[0];
  if (asked === undefined) return;
  tool.put(asked === 'h' ? chmemUsage(release.old) : `${tool.name} from util-linux ${release.version}\n`);
  yield* stop(0);
}
function* zoneOf(tool: Tool, name: string | undefined, haveZones: boolean): Kthread<string | undefined> {
  if (name === undefined) return undefined;
  if (!haveZones) {
    yield* tool.stderr(`${tool.name}: zone ignored, no valid_zones sysfs attribute present\n`);
    return undefined;
  }
  return CHMEM_ZONES.find((z) => z.toLowerCase() === name.toLowerCase()) ?? (yield* tryHelp(tool, `unknown memory zone: ${name}`));
}

/** SIZE, 0xA-0xB, or with -b N and N-M. */
function* targetOf(tool: Tool, parameter: string, size: bigint, blocks: boolean): Kthread<Target> {
  const parts = parameter.split('-').filter((part, _, all) => part !== '' || all.length === 1);
  if (parts.length < 1 || parts.length > 2) return yield* tool.die(`Invalid parameter: ${parameter}`);
  const number = function* (text: string, base: 10 | 16, message: string): Kthread<bigint> {
    return parseU64(text, base) ?? (yield* tool.die(`${message}: '${text}'`));
  };
  const [one = '', two] = parts;
  if (two === undefined) {
    if (blocks) {
      const block = yield* number(one, 10, 'Failed to parse block number');
      return { kind: 'range', from: block, to: block };
    }
    let bytes = parseSize(one) ?? (yield* tool.die(`Failed to parse size: '${one}': Invalid argument`));
    if (bytes >= 1n << 64n) yield* tool.die(`Failed to parse size: '${one}': Numerical result out of range`);
    if (/\d$/.test(one)) bytes *= 1024n * 1024n;
    if (bytes % size !== 0n) yield* tool.die(`Size must be aligned to memory block size (${humanSize(size)})`);
    return { kind: 'size', blocks: bytes / size };
  }
  let [from, to] = [0n, 0n];
  if (blocks) {
    from = yield* number(one, 10, 'Failed to parse start');
    to = yield* number(two, 10, 'Failed to parse end');
  } else {
    if (one[1] !== 'x') yield* tool.die(`Invalid start address format: ${one}`);
    if (two[1] !== 'x') yield* tool.die(`Invalid end address format: ${two}`);
    from = yield* number(one, 16, 'Failed to parse start address');
    to = yield* number(two, 16, 'Failed to parse end address');
    if (from % size !== 0n || (to + 1n) % size !== 0n) yield* tool.die(`Start address and (end address + 1) must be aligned to memory block size (${humanSize(size)})`);
    from /= size;
    to /= size;
  }
  if (from > to) yield* tool.die(`Invalid range: ${parameter}`);
  return { kind: 'range', from, to };
}

const label = (r: Request, index: bigint): string => {
  const address = (n: bigint): string => `0x${n.toString(16).padStart(16, '0')}`;
  return `Memory Block ${index} (${address(index * r.blockSize)}-${address((index + 1n) * r.blockSize - 1n)})`;
};
/** What to write to a block's state, 'wanted' if it is already so, 'mismatch' if the zone does not fit. */
function* wordFor(r: Request, name: string): Kthread<string> {
  const state = yield* attribute(r.tool.sys, `${r.directory}/${name}/state`);
  const plain = r.verb === 'enable' ? 'online' : 'offline';
  if (state?.slice(0, STATE_LETTERS) === plain.slice(0, STATE_LETTERS)) return 'wanted';
  const valid = r.haveZones ? ((yield* attribute(r.tool.sys, `${r.directory}/${name}/valid_zones`)) ?? '').toLowerCase() : '';
  if (r.zone === undefined) return r.verb === 'enable' && valid.includes('movable') ? 'online_movable' : plain;
  const zone = r.zone.toLowerCase();
  if (r.verb === 'enable' ? !valid.includes(zone) : !valid.startsWith(zone)) return 'mismatch';
  return r.verb === 'disable' ? plain : zone === 'movable' ? 'online_movable' : 'online_kernel';
}
/** One write(2) of the word without a newline. 0 or -errno. */
function* writeState(r: Request, name: string, word: string): Kthread<number> {
  const fd = r.tool.sys.open(`${r.directory}/${name}/state`, { write: true });
  if (fd < 0) return fd;
  const error = yield* writeAll(r.tool.sys, fd, word);
  r.tool.sys.close(fd);
  return error;
}

/** Ascending to enable, descending to disable, until as many blocks as wanted have changed; a block that refuses is passed over. */
function* bySize(r: Request, wanted: bigint): Kthread<number> {
  let left = wanted;
  for (const name of r.verb === 'enable' ? r.names : r.names.toReversed()) {
    if (left === 0n) break;
    const word = yield* wordFor(r, name);
    if (word === 'wanted' || word === 'mismatch') continue;
    const error = yield* writeState(r, name, word);
    if (r.verbose) r.tool.put(`${label(r, BigInt(name.slice(6)))} ${r.verb}${error === 0 ? 'd' : ' failed'}\n`);
    if (error === 0) left -= 1n;
  }
  if (left === 0n) return 0;
  yield* r.tool.stderr(`${r.tool.name}: Could only ${r.verb} ${humanSize((wanted - left) * r.blockSize)} of memory\n`);
  return left === wanted ? 1 : SOME_OK;
}
function* byRange(r: Request, from: bigint, to: bigint): Kthread<number> {
  let left = to - from + 1n;
  for (const name of r.names) {
    const index = BigInt(name.slice(6));
    if (index < from || index > to) continue;
    const text = label(r, index);
    const word = yield* wordFor(r, name);
    if (word === 'mismatch') {
      yield* r.tool.stderr(`${r.tool.name}: ${text} ${r.verb} failed: Zone mismatch\n`);
      continue;
    }
    const error = word === 'wanted' ? 0 : yield* writeState(r, name, word);
    if (error < 0) yield* r.tool.stderr(`${r.tool.name}: ${text} ${r.verb} failed: ${strerror(error)}\n`);
    else {
      left -= 1n;
      if (r.verbose) r.tool.put(`${text} ${word === 'wanted' ? 'already ' : ''}${r.verb}d\n`);
    }
  }
  return left === 0n ? 0 : left === to - from + 1n ? 1 : SOME_OK;
}
