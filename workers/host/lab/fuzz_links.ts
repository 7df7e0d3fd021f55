/** Links nobody in their right mind would make: opened one after the other, as the page opens them. */
import process from 'node:process';
import { deflateRawSync } from 'node:zlib';
import { openFragment } from '../../../src/scenario/link.ts';
import { toBase64Url, wholeFragment } from '../../../src/scenario/fragment.ts';
import { createPrng, type Prng } from '../../lib/prng.ts';
import { describeScenario } from '../../machine/describe.ts';
import { MAX_LINE, MAX_TEXT } from '../../scenario/limits.ts';
import { printScenario } from '../../scenario/print.ts';
import { type LabCommand, readArguments, wholeNumber } from './command.ts';

const MIB = 2 ** 20;
/** A link that takes longer hangs the page (ms). Generous: this may run on a busy computer. */
const TOO_LONG = 2000;
/** What may be allocated above the start at any time: unpacked text, its statements, and garbage that waits for the collector. */
const TOO_MUCH = 512 * MIB;
/** Links between two looks at the memory in use. */
const LOOK_EVERY = 512;

const SEEDS = [
  'scenario 1\ntitle A lesson\nnote Two lines\nmemory 1G\nsockets 4 maxmem=8G\nboot movablecore=256M\n\nplug d0 128M node=0 addr=0x100000000\n$ echo online > /sys/devices/system/memory/memory32/state\n  expect exit 0\n',
  'scenario 1\nrecorded 4G\n$ cat <<EOF\n> one\n> EOF\nwait 20 events\nsignal SIGINT\nwait end\n  expect EINTR "signal backoff"\nview block=6 at=0x0-0x100\nstart end\nmoment 3+120 settled digest=00c0ffee\n',
  'scenario 1\nedition 3.11\nmemory 2G\nnode 0 1G\nnode 1 1G\nqemu object-add qom-type=memory-backend-ram id=m0 size=128M list=[1,{"a":null}]\nworkload 4K nothp splice\n',
];
const MARKUP = ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', 'javascript:alert(1)', '{{7*7}}', '&lt;b&gt;', '\u202e', '\0', '\ud800', '__proto__', 'constructor'];
const WORDS = ['memory', 'node', 'sockets', 'range', 'srat', 'expect', 'wait', 'view', 'qemu', 'plug', '$', '>', 'scenario', '1', '99999999999999999999', '-1', '0x', '4096P', 'maxmem=', '[', '{"', '"', '=', '\n', '\t', ' ', '\r\n', '\u00a0', '#'];

const pick = <T>(rng: Prng, from: readonly T[]): T => from[rng.below(from.length)] as T;

/** A text that was good once. */
function spoiled(rng: Prng): string {
  let text = pick(rng, SEEDS);
  for (let n = 1 + rng.below(6); n > 0; n--) {
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
const packed = (text: string): string => wholeFragment(deflateRawSync(Buffer.from(text, 'utf8')));
/** Fragments that unpack to far more than they are. Made once: packing them takes longer than refusing them. */
const BOMBS = [
  packed(`scenario 1\n#${' '.repeat(64 * MIB)}`), packed('scenario 1\n'.repeat(MIB)), packed(`scenario 1\ntitle ${'a'.repeat(MAX_TEXT - 32)}`), packed(`scenario 1\n${'x\n'.repeat(MAX_TEXT / 2 - 16)}`),
  packed(`scenario 1\nmemory 1G\n${'$ while :; do :; done\n'.repeat(4000)}`), packed(`scenario 1\nqemu a b=${'['.repeat(MAX_LINE - 64)}`), packed(`scenario 1\nmemory 1G\n$ x\nexpect stdout is "${'\\\\'.repeat(MAX_LINE / 2 - 64)}`),
];

function link(rng: Prng): string {
  switch (rng.below(64)) {
    case 0: return pick(rng, BOMBS);
    case 1: case 2: return `#v${rng.below(2 ** 20)};AAAA`;
    case 3: return `#s=${pick(rng, [...MARKUP, '../../x', 'first-offline', 'a'.repeat(100)])}`;
    default:
  }
  const good = packed(spoiled(rng));
  switch (rng.below(8)) {
    case 0: return good.slice(0, rng.below(good.length));
    case 1: {
      const bytes = Uint8Array.from({ length: rng.below(300) }, () => rng.below(256));
      return `#v1;${toBase64Url(bytes)}`;
    }
    case 2: {
      const at = 4 + rng.below(good.length - 4);
      return good.slice(0, at) + pick(rng, ['A', '-', '_', '<', '%00', '=']) + good.slice(at + 1);
    }
    case 3: return `#s=first-offline;${good.slice(1)}`;
    default: return good;
  }
}

const library = async (name: string): Promise<string | undefined> => (name === 'first-offline' ? SEEDS[0] : undefined);

/** Opens a link as far as the page does before a machine is booted. A sentence: something is wrong with us. */
async function tryLink(hash: string): Promise<{ readonly opened: boolean; readonly wrong?: string }> {
  const opened = await openFragment(hash, library);
  if (opened === undefined) return { opened: false };
  if (!opened.ok) {
    const said = [opened.reason, ...opened.details];
    if (opened.reason === '') return { opened: false, wrong: 'refused without a sentence' };
    return said.some((line) => line.length > 4000) ? { opened: false, wrong: 'refused with a sentence nobody can read' } : { opened: false };
  }
  const again = await openFragment(packed(printScenario(opened.scenario)), library);
  if (!again?.ok || printScenario(again.scenario) !== printScenario(opened.scenario)) return { opened: true, wrong: 'opens, but its own text does not' };
  const described = describeScenario(opened.scenario);
  return !described.ok && described.reason === '' ? { opened: true, wrong: 'the machine is refused without a sentence' } : { opened: true };
}

export const fuzzLinksCommand: LabCommand = {
  usage: '[--seed N] [--count N]',
  about: 'Opens a million hostile links as the page does: none may throw, hang, or take more memory than its bound. Exits with 1 at the first that does, and prints it.',
  async run(argv) {
    const { values } = readArguments(argv, { seed: { type: 'string' }, count: { type: 'string' } }, { min: 0, max: 0, what: '' });
    const seed = wholeNumber('--seed', values.seed, 1);
    const count = wholeNumber('--count', values.count, 1_000_000);
    const rng = createPrng(seed);
    const start = process.memoryUsage().rss;
    let opened = 0;
    let longest = 0;
    let most = 0;
    for (let n = 0; n < count; n++) {
      const hash = link(rng);
      const begun = performance.now();
      let wrong: string | undefined;
      try {
        const result = await tryLink(hash);
        if (result.opened) opened++;
        wrong = result.wrong;
      } catch (error) {
        wrong = error instanceof Error ? error.stack : String(error);
      }
      const ms = performance.now() - begun;
      longest = Math.max(longest, ms);
      if (ms > TOO_LONG) wrong ??= `took ${Math.round(ms)} ms`;
      if (n % LOOK_EVERY === 0) most = Math.max(most, process.memoryUsage().rss - start);
      if (most > TOO_MUCH) wrong ??= `${Math.round(most / MIB)} MiB more memory than at the start`;
      if (wrong !== undefined) {
        console.error(`link ${n} of seed ${seed}: ${wrong}\n${hash.slice(0, 2000)}`);
        return 1;
      }
    }
    console.log(`${count} links of seed ${seed}: ${opened} opened, ${count - opened} refused with a sentence; longest ${Math.round(longest)} ms, at most ${Math.round(most / MIB)} MiB more than at the start`);
    return 0;
  },
};
