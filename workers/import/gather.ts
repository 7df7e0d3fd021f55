/** Which file is what: by its path, else by what it contains. */
import { isCollection, splitCollection, type CollectedFile } from './collection.ts';
import type { Evidence } from './evidence.ts';
import { bytesOf, type ImportFile, textOf } from './files.ts';
import { readLsmemJson, readLsmemTable, readSysfs } from './parse_blocks.ts';
import { readDump, readOd } from './parse_dump.ts';
import { readBuddyinfo, readIomem, readMeminfo, readPagetypeinfo, readZoneinfo } from './parse_proc.ts';
import { Problem, shown } from './problem.ts';

type What = 'iomem' | 'zoneinfo' | 'buddyinfo' | 'pagetypeinfo' | 'meminfo' | 'kpageflags' | 'kpagecount' | 'cmdline' | 'version' | 'uname' | 'lsmem' | 'lsmem-table' | 'sysfs' | 'unused';

const NAMED: readonly (readonly [RegExp, What])[] = [
  [/(?:^|\/)devices\/system\/(?:memory|node)\/|(?:^|\/)memory\/(?:memory\d+\/|block_size_bytes$|auto_online_blocks$)|(?:^|\/)node\/node\d+\//, 'sysfs'],
  [/(?:^|[/.\-_])iomem(?:\.txt)?$/, 'iomem'], [/(?:^|[/.\-_])zoneinfo(?:\.txt)?$/, 'zoneinfo'], [/(?:^|[/.\-_])buddyinfo(?:\.txt)?$/, 'buddyinfo'],
  [/(?:^|[/.\-_])pagetypeinfo(?:\.txt)?$/, 'pagetypeinfo'], [/(?:^|[/.\-_])meminfo(?:\.txt)?$/, 'meminfo'], [/kpageflags(?:\.bin|\.raw)?$/, 'kpageflags'], [/kpagecount(?:\.bin|\.raw)?$/, 'kpagecount'],
  [/(?:^|\/)cmdline$/, 'cmdline'], [/(?:^|\/)version$/, 'version'], [/(?:^|\/)uname$/, 'uname'],
];
/** By the first lines of a text. */
const CONTAINED: readonly (readonly [RegExp, What])[] = [
  [/^\s*\{[\s\S]*"memory"\s*:/, 'lsmem'], [/^RANGE\s.*\bSTATE\b/m, 'lsmem-table'], [/^\s*[0-9a-f]{8,16}-[0-9a-f]{8,16} : /, 'iomem'],
  [/^Page block order: /m, 'pagetypeinfo'], [/^Node +\d+, zone +\w+\s*\n/, 'zoneinfo'], [/^Node +\d+, zone +\w+[ \d]+$/m, 'buddyinfo'], [/^MemTotal: /m, 'meminfo'],
];
function kindOf({ name, bytes }: ImportFile): What {
  const named = NAMED.find(([pattern]) => pattern.test(name));
  if (named) return named[1];
  const start = textOf(bytes, 0, Math.min(bytes.length, 4096));
  return CONTAINED.find(([pattern]) => pattern.test(start))?.[1] ?? 'unused';
}

/** `head -n 999999 /proc/iomem /proc/zoneinfo` prints a heading before each file. */
function splitHeaded(file: ImportFile): ImportFile[] {
  if (textOf(file.bytes, 0, 4) !== '==> ') return [file];
  return textOf(file.bytes).split(/^==> (?=[^\n]* <==$)/m).slice(1).map((part) => {
    const eol = part.indexOf('\n');
    return { name: part.slice(0, eol - ' <=='.length).replace(/^\/+/, ''), bytes: bytesOf(part.slice(eol + 1)) };
  });
}

/** Reads what is known of the machine. Problem: nothing is, or a file is not what it seems. */
export function gather(given: readonly ImportFile[]): Evidence {
  const evidence: Evidence = { sources: new Map(), notes: [] };
  const files: CollectedFile[] = [];
  for (const file of given) {
    if (!isCollection(file.bytes)) {
      files.push(...splitHeaded(file));
      continue;
    }
    const { files: parts, unreadable } = splitCollection(file.bytes);
    files.push(...parts);
    if (unreadable.length > 0) evidence.notes.push(`The collector could not read ${unreadable.join(', ')}.`);
  }
  const sysfs: ImportFile[] = [];
  let unused = 0;
  for (const file of files) {
    const what = kindOf(file);
    if (what === 'sysfs') sysfs.push(file);
    else if (what === 'unused') unused += file.name.endsWith('/') ? 0 : 1;
    else take(evidence, what, file);
  }
  const blocks = readSysfs(sysfs);
  if (blocks !== undefined) {
    if (evidence.blocks !== undefined) evidence.notes.push('lsmem\'s output was not used: the folder of memory blocks says more.');
    evidence.blocks = blocks;
    evidence.sources.set('blocks', 'sys/devices/system/memory');
  }
  if (evidence.sources.size === 0) {
    const [first] = given;
    throw new Problem(
      given.length === 1 && first ? `${first.name === '' ? 'The text' : shown(first.name)} is nothing that describes a machine's memory.` : `None of the ${given.length} files describes a machine's memory.`,
      'known are lsmem --json, sys/devices/system/memory, iomem, zoneinfo, buddyinfo, pagetypeinfo, meminfo, kpageflags, kpagecount, and what the collector script prints',
      'name the files as they are named under /proc, or run the collector script',
    );
  }
  if (unused > 0) evidence.notes.push(`${unused} ${unused === 1 ? 'file was' : 'files were'} not used.`);
  return evidence;
}

/** Parts of the evidence by what they were read from. */
const KEYS: Partial<Record<What, keyof Evidence>> = {
  iomem: 'iomem', zoneinfo: 'zoneinfo', buddyinfo: 'buddyinfo', pagetypeinfo: 'pagetypeinfo', meminfo: 'meminfo', kpageflags: 'kpageflags', kpagecount: 'kpagecount', lsmem: 'blocks', 'lsmem-table': 'blocks',
};
const MAX_TEXT = 2 ** 26;
function take(evidence: Evidence, what: What, file: CollectedFile): void {
  const { name, bytes, od } = file;
  const key = KEYS[what];
  if (key !== undefined && evidence.sources.has(key)) {
    evidence.notes.push(`${shown(name)} was not used: ${evidence.sources.get(key)} came first.`);
    return;
  }
  if (what === 'kpageflags' || what === 'kpagecount') evidence[what] = od ? readOd(name, bytes, od.start, od.end) : readDump(name, bytes);
  else {
    if (bytes.length > MAX_TEXT) throw new Problem(`${shown(name)} has ${bytes.length} bytes.`, 'such a file has some thousand lines', 'give the file as the kernel printed it');
    const text = textOf(bytes);
    if (what === 'iomem') evidence.iomem = readIomem(text);
    else if (what === 'zoneinfo') evidence.zoneinfo = readZoneinfo(text);
    else if (what === 'buddyinfo') evidence.buddyinfo = readBuddyinfo(text);
    else if (what === 'pagetypeinfo') evidence.pagetypeinfo = readPagetypeinfo(text);
    else if (what === 'meminfo') evidence.meminfo = readMeminfo(text);
    else if (what === 'lsmem') evidence.blocks = readLsmemJson(text);
    else if (what === 'lsmem-table') evidence.blocks = readLsmemTable(text);
    else takeWords(evidence, what, text.trim());
  }
  if (key !== undefined) evidence.sources.set(key, name === '' ? 'the text' : shown(name));
}
const PRINTABLE = /^[ -~]{0,4096}$/;
function takeWords(evidence: Evidence, what: What, text: string): void {
  if (!PRINTABLE.test(text)) throw new Problem(`/proc/${what} is not a line of text.`, 'it has one line of printable characters', 'give the file as the kernel printed it');
  if (what === 'cmdline') evidence.cmdline = text;
  else if (what === 'version') {
    const m = /^Linux version (\S+) (?:.* )?(#\d+ .*)$/.exec(text);
    if (m) {
      evidence.release ??= m[1] as string;
      evidence.version ??= m[2] as string;
    }
  } else if (what === 'uname') {
    const [, release, arch] = text.split(/\s+/);
    if (release !== undefined && arch !== undefined) {
      evidence.release = release;
      evidence.arch = arch;
    }
  }
}
