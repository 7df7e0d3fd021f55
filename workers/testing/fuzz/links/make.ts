/** Links nobody in their right mind would make: texts that were good once, texts that are good and ask for too much, bytes, and bombs. */
import { constants, deflateRawSync } from 'node:zlib';
import { toBase64Url, wholeFragment } from '../../../../src/scenario/fragment.ts';
import type { Prng } from '../../../lib/prng.ts';
import { MAX_LINE, MAX_TEXT } from '../../../scenario/limits.ts';

const MIB = 2 ** 20;

/** A scenario of the library and what stands in it: links name it. */
export const LIBRARY = { name: 'lesson', text: 'scenario 1\ntitle A lesson\nnote Two lines\nmemory 1G\nsockets 4 maxmem=8G\nboot movablecore=256M\n\nplug d0 128M node=0 addr=0x100000000\n$ echo online > /sys/devices/system/memory/memory32/state\n  expect exit 0\n' } as const;
const GOOD = [
  LIBRARY.text,
  'scenario 1\nrecorded 4G\n$ cat <<EOF\n> one\n> EOF\nwait 20 events\nsignal SIGINT\nwait end\n  expect EINTR "signal backoff"\nview block=6 at=0x0-0x100 theme=light lang=de side=420 tab=inspector\nstart end\nmoment 3+120 settled digest=00c0ffee\n',
  'scenario 1\nedition 3.11\nmemory 2G\nnode 0 1G\nnode 1 1G\nqemu object-add qom-type=memory-backend-ram id=m0 size=128M list=[1,{"a":null}]\nworkload 4K nothp splice\n',
];
const MARKUP = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', '\'><iframe srcdoc=x>', 'javascript:alert(1)', '[x](javascript:alert(1))', '![](//x)', '{{7*7}}', '&lt;b&gt;', '</pre>', '-->',
  '\u202e', '\0', '\ud800', '\u2028', '__proto__', 'constructor', 'toString', '`id`', '$(reboot)', '../../../etc/passwd',
];
const WORDS = ['memory', 'node', 'sockets', 'range', 'srat', 'expect', 'wait', 'view', 'qemu', 'plug', '$', '>', 'scenario', '1', '99999999999999999999', '-1', '0x', '4096P', 'maxmem=', '[', '{"', '"', '=', '\n', '\t', ' ', '\r\n', '\u00a0', '#'];
const SIZES = ['0', '1', '4K', '2M', '128M', '1G', '4G', '64G', '1T', '4T', '4095G', '8P', '9007199254740991', '0xfffffffffffff', '12345', '130M'];
/** What a shell could be kept busy with for ever, or made to hold much. */
const LOOPS = ['while :; do :; done', 'yes', 'f() { f; }; f', ':(){ :|:& };:', 'cat /dev/zero', 'seq 1 999999999', 'x=x; while :; do x=$x$x; done', 'sleep 1e9', 'for i in $(seq 1 99999); do mh anon 1 & done', 'cat <(yes)', 'echo {1..9999999}'];

export const pick = <T>(rng: Prng, from: readonly T[]): T => from[rng.below(from.length)] as T;
/** Cheap to make, as a link's own deflate would be: what matters is how it is unpacked. */
export const packed = (text: string): string => wholeFragment(deflateRawSync(Buffer.from(text, 'utf8'), { level: 1, memLevel: 1, strategy: constants.Z_FIXED }));

/** A text that was good once. */
function spoiled(rng: Prng): string {
  let text: string = pick(rng, GOOD);
  for (let n = 1 + rng.below(4); n > 0; n--) {
    const at = rng.below(text.length + 1);
    const to = at + rng.below(12);
    switch (rng.below(6)) {
      case 0: text = text.slice(0, at) + text.slice(to); break;
      case 1: text = text.slice(0, at) + pick(rng, MARKUP) + text.slice(at); break;
      case 2: text = text.slice(0, at) + pick(rng, WORDS) + text.slice(at); break;
      case 3: text = text.slice(0, at) + text.slice(at, to).repeat(1 + rng.below(40)) + text.slice(to); break;
      case 4: text = text.slice(0, at) + String.fromCharCode(rng.below(0x10000)) + text.slice(at); break;
      default: text = text.replace(/\d+/g, (digits) => (rng.below(4) === 0 ? String(rng.below(2 ** 30)).repeat(1 + rng.below(3)) : digits));
    }
  }
  return text;
}

const n = (rng: Prng, most: number): string => String(rng.below(most));
/** Each makes a line that can be read; what it asks for is another matter. */
const SETTINGS: readonly ((rng: Prng) => string)[] = [
  (rng) => `title ${pick(rng, MARKUP)}`, (rng) => `note ${pick(rng, MARKUP)}`, (rng) => `boot ${pick(rng, MARKUP)} mem=${pick(rng, SIZES)} movablecore=${pick(rng, SIZES)} memmap=${pick(rng, SIZES)}$${pick(rng, SIZES)}`,
  (rng) => `edition ${pick(rng, ['6.1', '3.11', '2.6.12-mhp'])}`, (rng) => `node ${n(rng, 64)} ${pick(rng, SIZES)}`, (rng) => `sockets ${n(rng, 257)} maxmem=${pick(rng, SIZES)}`, (rng) => `cpus ${n(rng, 8193)}`,
  (rng) => `range 0x${n(rng, 2 ** 30)}-0x${n(rng, 2 ** 30)}fffff ${pick(rng, ['usable', 'reserved', 'persistent'])}`, (rng) => `arch ${pick(rng, ['arm64', 's390x', 'ia64', 'ppc64', 'i386', 'pdp11'])}`, (rng) => `profile ${pick(rng, ['bare', 'debian-6.1-q35', '__proto__'])}`,
  (rng) => `virtio-mem v${n(rng, 3)} memdev=m${n(rng, 3)} size=${pick(rng, SIZES)} block=${pick(rng, SIZES)} requested=${pick(rng, SIZES)} node=${n(rng, 64)}`, (rng) => `config ${pick(rng, ['NUMA', 'MEMORY_HOTREMOVE', '__PROTO__'])}=${pick(rng, ['y', 'n'])}`,
  (rng) => `initrd 0x0-0x${n(rng, 2 ** 30)}`, (rng) => `release ${pick(rng, MARKUP)}`, (rng) => `balloon b${n(rng, 9)}`,
];
const STEPS: readonly ((rng: Prng) => string)[] = [
  (rng) => `$ ${pick(rng, LOOPS)}`, (rng) => `$ echo '${pick(rng, MARKUP)}'`, (rng) => `fresh $ ${pick(rng, MARKUP)}`, (rng) => `$ echo ${pick(rng, ['online', 'offline', 'online_movable'])} > /sys/devices/system/memory/memory${n(rng, 40)}/state`,
  (rng) => `plug d${n(rng, 9)} ${pick(rng, SIZES)} addr=${pick(rng, ['0x100000000', '0x1', '0x3ffffffffff'])}`, (rng) => `unplug d${n(rng, 9)}`, () => 'signal SIGKILL', (rng) => `workload ${pick(rng, ['4K', '64M', '4G', '1T'])} thp`,
  (rng) => `qemu ${pick(rng, ['device_add', 'qom-set', 'quit', 'object-add'])} id="${n(rng, 9)}" size=${pick(rng, SIZES)} deep=${'['.repeat(rng.below(20))}`, (rng) => `caption ${pick(rng, MARKUP)}`,
  (rng) => `  expect stdout has "${pick(rng, ['x', '<b>', '\\\\'])}"`, (rng) => `  expect /proc/${pick(rng, ['meminfo', 'kmsg', 'self/../..', 'kpageflags'])} present`, (rng) => `wait ${n(rng, 3_000_000)} events`, (rng) => `wait ${n(rng, 700)}s`,
  (rng) => `view block=${n(rng, 2 ** 30)} pfn=0x${n(rng, 2 ** 30)} at=0x${n(rng, 2 ** 30)}-0x${n(rng, 2 ** 30)} theme=${pick(rng, ['dark', 'blink'])} side=${n(rng, 2 ** 30)} lang=${pick(rng, ['de', 'xx'])} ${pick(rng, ['zoom', 'x', 'tab'])}=${n(rng, 9)}`,
  (rng) => `moment ${n(rng, 999_999)}+${n(rng, 999_999_999)} digest=${'0'.repeat(8)}`, (rng) => `start ${pick(rng, ['play', 'step', 'end'])}`,
];
/** A text whose lines can all be read. */
function written(rng: Prng): string {
  const lines = ['scenario 1', `memory ${pick(rng, SIZES)}`];
  for (let k = rng.below(4); k > 0; k--) lines.push(pick(rng, SETTINGS)(rng));
  for (let k = rng.below(6); k > 0; k--) lines.push(pick(rng, STEPS)(rng));
  return `${lines.join('\n')}\n`;
}

/** Fragments that unpack to far more than they are. Made when one is asked for, and once: packing them takes longer than refusing them, and the command line reads this file for every command. */
function bomb(text: () => string): () => string {
  const made: string[] = [];
  return () => {
    made[0] ??= wholeFragment(deflateRawSync(Buffer.from(text(), 'utf8')));
    return made[0];
  };
}
export const BOMBS = [
  bomb(() => `scenario 1\n#${' '.repeat(64 * MIB)}`), bomb(() => 'scenario 1\n'.repeat(MIB)), bomb(() => `scenario 1\ntitle ${'a'.repeat(MAX_TEXT - 32)}`), bomb(() => `scenario 1\n${'x\n'.repeat(MAX_TEXT / 2 - 16)}`),
  bomb(() => `scenario 1\nmemory 1G\n${'$ while :; do :; done\n'.repeat(4000)}`), bomb(() => `scenario 1\nqemu a b=${'['.repeat(MAX_LINE - 64)}`), bomb(() => `scenario 1\nmemory 1G\n$ x\nexpect stdout is "${'\\\\'.repeat(MAX_LINE / 2 - 64)}`),
  bomb(() => `scenario 1\nmemory 1G\n$ x\n${'> y\n'.repeat(8000)}`), bomb(() => `scenario 1\nview ${'a=b '.repeat(2000)}`), bomb(() => `scenario 1\n${'srat 0 0x0-0xfff\n'.repeat(8000)}`), bomb(() => `scenario 1\nmemory 1G\nconfig ${Array.from({ length: 700 }, (_, i) => `A${i}=y`).join(' ')}`),
];

/** The next link. Bombs are rare: each costs as much as a hundred others. */
export function makeLink(rng: Prng): string {
  switch (rng.below(256)) {
    case 0: return pick(rng, BOMBS)();
    case 1: return `#v${rng.below(2 ** 20)};AAAA`;
    case 2: return `#s=${pick(rng, [...MARKUP, '../../x', LIBRARY.name, 'a'.repeat(100)])}`;
    case 3: return `#${pick(rng, MARKUP)}`;
    default:
  }
  const good = packed(rng.below(2) === 0 ? written(rng) : spoiled(rng));
  switch (rng.below(12)) {
    case 0: return good.slice(0, rng.below(good.length));
    case 1: {
      const bytes = Uint8Array.from({ length: rng.below(300) }, () => rng.below(256));
      return `#v1;${toBase64Url(bytes)}`;
    }
    case 2: {
      const at = 4 + rng.below(good.length - 4);
      return good.slice(0, at) + pick(rng, ['A', '-', '_', '<', '%00', '=']) + good.slice(at + 1);
    }
    case 3: return `#s=${LIBRARY.name};${good.slice(1)}`;
    default: return good;
  }
}
