/** What lsmem and chmem share: the version they imitate, the memory directory, option errors. Source: util-linux 2.38 and 2.43-devel. */
import type { Kthread } from '../../../kernel/kthread.ts';
import { strerror } from '../../../uapi/errno.ts';
import { readFile, type Sys } from '../../program.ts';
import type { OptionTable } from '../text/getopt.ts';
import { stop, type Tool } from '../text/io.ts';
import { versionCompare } from '../text/version.ts';

export const MEMORY_DIR = '/sys/devices/system/memory';
const VERSION_FILE = '/etc/util-linux-version';
const NEWEST = '2.43';

export interface UtilLinux {
  /** As `--version` prints it. */
  readonly version: string;
  /** Older than 2.41: the output of Debian 12. */
  readonly old: boolean;
}
/** The version is part of the machine: the environment's UTIL_LINUX_VERSION, else /etc/util-linux-version ("2.38.1"), else the newest. */
export function* utilLinux(tool: Tool): Kthread<UtilLinux> {
  const fromFile = yield* readFile(tool.sys, VERSION_FILE);
  const version = tool.proc.env.get('UTIL_LINUX_VERSION') ?? (typeof fromFile === 'string' ? fromFile.trim() : '');
  const known = /^2\.\d+/.test(version) ? version : NEWEST;
  return { version: known, old: versionCompare(known, '2.41') < 0 };
}

/** Contents without the newline at the end; undefined if there is no such file or it cannot be read. */
export function* attribute(sys: Sys, path: string): Kthread<string | undefined> {
  const text = yield* readFile(sys, path);
  return typeof text === 'string' ? text.replace(/\n$/, '') : undefined;
}
/** memoryN entries in the order of their numbers. */
export function blockNames(sys: Sys, directory: string): string[] | number {
  const names = sys.readdir(directory);
  return typeof names === 'number' ? names : names.filter((n) => /^memory\d+$/.test(n)).sort(versionCompare);
}
/** block_size_bytes: hexadecimal without prefix. */
export const blockSize = (text: string): bigint | undefined => (/^\s*(0x)?[0-9a-fA-F]+/.test(text)
  ? BigInt(`0x${(/[0-9a-fA-F]+$/.exec(text.trim().replace(/^0x/, '')) as RegExpExecArray)[0]}`) : undefined);

/** err(3): message and the error's text. */
export function* fatal(tool: Tool, message: string, errno: number): Kthread<never> {
  return yield* tool.die(`${message}: ${strerror(errno)}`);
}
export function* tryHelp(tool: Tool, message: string): Kthread<never> {
  yield* tool.stderr(`${tool.name}: ${message}\nTry '${tool.name} --help' for more information.\n`);
  return yield* stop(1);
}
/** Two different options of one group. The message names the whole group, by long names. */
export function* exclusive(tool: Tool, options: readonly (readonly [string, string | undefined])[], groups: readonly (readonly string[])[],
  table: OptionTable): Kthread<void> {
  const first = new Map<readonly string[], string>();
  for (const [key] of options) {
    for (const group of groups) {
      if (!group.includes(key)) continue;
      const before = first.get(group) ?? key;
      first.set(group, before);
      if (before === key) continue;
      const long = (letter: string): string => Object.entries(table.long ?? {}).find(([, o]) => o.key === letter)?.[0] ?? letter;
      yield* tool.die(`mutually exclusive arguments: ${group.map((letter) => `--${long(letter)}`).join(' ')}`);
    }
  }
}
