/** uname, hostname, id, whoami: which machine, which user. */
import type { Kthread } from '../../kernel/kthread.ts';
import { readFile, type Sys } from '../program.ts';
import { quoteaf } from './quotef.ts';
import { getopt } from './text/getopt.ts';
import { program } from './text/io.ts';

/** First line of a file, or what to say instead. */
function* line(sys: Sys, path: string, otherwise: string): Kthread<string> {
  const text = yield* readFile(sys, path);
  return typeof text === 'string' ? (text.split('\n')[0] as string) : otherwise;
}
export const uname = program(function* (tool) {
  const { options, operands } = yield* getopt(
    tool,
    {
      short: 'asnrvmpio',
      long: {
        all: { key: 'a' },
        'kernel-name': { key: 's' },
        nodename: { key: 'n' },
        'kernel-release': { key: 'r' },
        'kernel-version': { key: 'v' },
        machine: { key: 'm' },
        'operating-system': { key: 'o' },
      },
    },
    'uname [OPTION]...',
  );
  if (operands.length > 0) yield* tool.die(`extra operand ${quoteaf(operands[0] as string)}\nTry 'uname --help' for more information.`);
  const version = yield* line(tool.sys, '/proc/version', '');
  const m = /^Linux version (\S+) .*?(#\d.*)$/.exec(version);
  const parts: Record<string, string> = {
    s: 'Linux',
    n: yield* line(tool.sys, '/proc/sys/kernel/hostname', yield* line(tool.sys, '/etc/hostname', 'localhost')),
    r: yield* line(tool.sys, '/proc/sys/kernel/osrelease', m?.[1] ?? 'unknown'),
    v: yield* line(tool.sys, '/proc/sys/kernel/version', m?.[2] ?? 'unknown'),
    m: tool.sys.uname_machine?.() ?? 'x86_64',
    o: 'GNU/Linux',
  };
  const wanted = options.map(([k]) => k);
  const shown = [...'snrvmo'].filter((k) => wanted.includes('a') || wanted.includes(k) || (wanted.length === 0 && k === 's'));
  tool.put(`${shown.map((k) => parts[k]).join(' ')}${wanted.some((k) => 'pi'.includes(k)) ? `${shown.length > 0 ? ' ' : ''}unknown` : ''}\n`);
  return 0;
});
export const hostname = program(function* (tool) {
  tool.put(`${yield* line(tool.sys, '/proc/sys/kernel/hostname', yield* line(tool.sys, '/etc/hostname', 'localhost'))}\n`);
  return 0;
});
const userName = (uid: number): string => (uid === 0 ? 'root' : uid === 65534 ? 'nobody' : '');
export const id = program(function* (tool) {
  const { options } = yield* getopt(
    tool,
    { short: 'ugGnr', long: { user: { key: 'u' }, group: { key: 'g' }, groups: { key: 'G' }, name: { key: 'n' } } },
    'id [OPTION]... [USER]',
  );
  const uid = tool.sys.getuid();
  const has = (letter: string): boolean => options.some(([k]) => k === letter);
  const group = uid === 65534 ? 'nogroup' : userName(uid);
  const number = (name: string): string => (has('n') ? name || String(uid) : String(uid));
  if (has('u')) tool.put(`${number(userName(uid))}\n`);
  else if (has('g') || has('G')) tool.put(`${number(group)}\n`);
  else {
    const named = (name: string): string => `${uid}${name === '' ? '' : `(${name})`}`;
    tool.put(`uid=${named(userName(uid))} gid=${named(group)} groups=${named(group)}\n`);
  }
  return 0;
});
export const whoami = program(function* (tool) {
  const uid = tool.sys.getuid();
  if (userName(uid) === '') yield* tool.die(`cannot find name for user ID ${uid}`);
  tool.put(`${userName(uid)}\n`);
  return 0;
});
