/** Whatever somebody drops: a machine that boots and holds its invariants, or one refusal that says what is wrong. Never an exception, never a hang. */
import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpack } from '../host/unpack.ts';
import { describeMachine } from '../init/firmware.ts';
import { checkInvariants } from '../machine/invariants.ts';
import { createMachine } from '../machine/machine.ts';
import { bunzip2 } from './bunzip2.ts';
import { collectionOf, filesOf, tarOf } from './export.ts';
import { bytesOf, type ImportFile, textOf } from './files.ts';
import { importMachine } from './import.ts';

const files: readonly ImportFile[] = (() => {
  const described = describeMachine({ title: 'small', qemu_args: ['-m', '256M'] });
  const booted = described.ok ? createMachine(described) : described;
  if (!booted.ok) throw new Error(booted.reason);
  return filesOf(booted.machine.kernel.root);
})();
const without = (...names: RegExp[]): ImportFile[] => files.filter(({ name }) => !names.some((n) => n.test(name)));
const texts = without(/kpage/);
const named = (name: string, text: string): ImportFile => ({ name, bytes: bytesOf(text) });
/** undefined: it is a sound machine; else why it was refused. */
function outcome(given: readonly ImportFile[]): string | undefined {
  const answer = importMachine(given);
  if (!answer.ok) {
    for (const words of [answer.reason, answer.rule, answer.remedy]) expect(words).toMatch(/^[ -~\u2264\u2026]{3,400}$/);
    return answer.reason;
  }
  const booted = createMachine(answer.request);
  if (!booted.ok) throw new Error(`imported, but does not boot: ${booted.reason}`);
  expect(checkInvariants(booted.machine.kernel.mm)).toEqual([]);
  return undefined;
}

describe('what a broken file is answered', () => {
  const [iomem = '', zoneinfo = '', buddyinfo = ''] = ['proc/iomem', 'proc/zoneinfo', 'proc/buddyinfo'].map((path) => textOf(files.find(({ name }) => name === path)?.bytes ?? new Uint8Array(0)));
  it.each<[string, readonly ImportFile[], RegExp]>([
    ['nothing', [], /^None of the 0 files/],
    ['a picture of a cat', [{ name: 'cat.png', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3) }], /^cat\.png is nothing that describes/],
    ['an empty iomem', [named('iomem', '')], /^\/proc\/iomem is empty/],
    ['iomem as a reader without rights sees it', [named('iomem', '00000000-00000000 : System RAM\n')], /are 0\.$/],
    ['iomem with a line out of order', [named('iomem', `${iomem}00001000-00001fff : System RAM\n`)], /^Line \d+ of \/proc\/iomem cannot be read/],
    ['iomem of another machine', [named('iomem', '00001000-7fffffffff : System RAM\n'), ...without(/iomem/, /kpage/)], /no memory block 2\.$/],
    ['zoneinfo without its zones', [named('zoneinfo', 'Node 0, zone Normal\n  pages free 1\n')], /zoneinfo has (no zone|the number)/],
    ['zoneinfo of a zone that is all free and more', [named('zoneinfo', zoneinfo.replace(/managed +\d+/g, 'managed  1'))], /larger than its span/],
    ['zoneinfo with 10^15 pages', [named('zoneinfo', zoneinfo.replace(/spanned +\d+/g, 'spanned  1000000000000000'))], /1000000000000000/],
    ['buddyinfo with more than there is', [named('buddyinfo', buddyinfo.replace(/ \d+ $/gm, ' 99999 ')), ...without(/buddyinfo/, /kpage/)], /^The free lists of zone/],
    ['a zone of another architecture', [named('buddyinfo', 'Node 0, zone  HighMem      1      1      1\n')], /names the zone "HighMem"/],
    ['block sizes that are none', [named('sys/devices/system/memory/block_size_bytes', 'fffffff\n')], /memory blocks have 268435455 bytes/],
    ['a state that is none', [named('sys/devices/system/memory/memory3/state', 'perhaps\n')], /^memory3\/state says "perhaps"/],
    ['all blocks offline', [named('sys/devices/system/memory/memory3/state', 'offline\n')], /^All memory of the machine is offline/],
    ['block number 99999999', [named('sys/devices/system/memory/memory99999999/state', 'online\n')], /^Memory block 99999999 cannot be/],
    ['lsmem that is not JSON', [named('', '{"memory": [')], /not JSON/],
    ['lsmem with a range that is none', [named('', '{"memory":[{"range":"0x10-0x0","state":"online"}]}')], /^lsmem lists the range 0x10-0x0/],
    ['lsmem with 10^9 blocks', [named('', '{"memory":[{"range":"0x0000000000000000-0xffffffffffff","state":"online","block":"0-999999"}]}')], /^lsmem lists/],
    ['lsmem as a prototype trick', [named('', '{"memory":[{"range":"0x0-0x7ffffff","state":"constructor","__proto__":{"state":"online"}}]}')], /^lsmem lists the state "constructor"/],
    ['an odd number of bytes of kpageflags', [{ name: 'kpageflags', bytes: new Uint8Array(13) }], /^kpageflags has 13 bytes/],
    ['kpageflags that end too soon', [{ name: 'kpageflags', bytes: new Uint8Array(800) }, ...texts], /^\/proc\/kpageflags describes 100 frames/],
    ['a collection that breaks off in a file', [{ name: 'machine.txt', bytes: brokenOff(' MemFree:', 12) }], /breaks off before its end/],
    ['a collection that breaks off in a heading', [{ name: 'machine.txt', bytes: brokenOff('== /proc/zoneinfo', 4) }], /breaks off before its end/],
    ['a collection with foreign lines', [named('machine.txt', 'hotplug-lab collection 1\n== /proc/meminfo\nMemTotal: 1 kB\n== end\n')], /stands outside of any file/],
    ['an archive that climbs', [{ name: 'a.tar', bytes: tarOf([named('../../etc/passwd', 'x')]) }], /names a file outside its archive/],
    ['an archive from the root', [{ name: 'a.tar', bytes: tarOf([named('/etc/passwd', 'x')]) }], /names a file outside its archive/],
    ['an archive that breaks off', [{ name: 'a.tar', bytes: tarOf(files).subarray(0, 700) }], /not a whole tar archive/],
    ['an archive whose file is longer than it', [{ name: 'a.tar', bytes: lie(tarOf(texts)) }], /not a whole tar archive/],
    ['an xz file', [{ name: 'a.xz', bytes: Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0) }], /cannot be opened here/],
    ['a bzip2 file that is none', [named('a.bz2', 'BZh91AY&SYabcdefgh')], /does not unpack as bzip2/],
    ['colours of a terminal in a name', [named('\u001b[31miomem', '\u001b[2J')], /^\?\[31miomem is nothing/],
  ])('%s', (_, given, reason) => { expect(outcome(given)).toMatch(reason); });
});

/** The collection up to so many bytes behind the beginning of a line. */
function brokenOff(line: string, more: number): Uint8Array {
  const whole = collectionOf(files);
  const at = new TextDecoder('latin1').decode(whole).indexOf(`\n${line}`);
  expect(at).toBeGreaterThan(0);
  return whole.subarray(0, at + 1 + more);
}

/** The first header's size made larger than the archive, its checksum corrected. */
function lie(archive: Uint8Array): Uint8Array {
  const out = archive.slice();
  out.set(bytesOf('77777777777'), 124);
  let sum = 0;
  for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 32 : (out[i] as number);
  out.set(bytesOf(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return out;
}

describe('gzip around it', () => {
  it('is undone, also inside an archive', async () => {
    const packed = tarOf(files.map(({ name, bytes }) => (/kpage/.test(name) ? { name: `${name}.gz`, bytes: gzipSync(bytes) } : { name, bytes })));
    const plain = await unpack([{ name: 'machine.tar.gz', bytes: gzipSync(packed) }]);
    expect(plain.ok && plain.files.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
    expect(plain.ok && outcome(plain.files)).toBeUndefined();
  });
  it('is refused where it is damaged', async () => {
    const whole = gzipSync(bytesOf('MemTotal: 1024 kB\n'));
    for (const bytes of [whole.subarray(0, whole.length - 5), whole.map((b, i) => (i === 14 ? b ^ 0xff : b))]) expect(await unpack([{ name: 'meminfo.gz', bytes }])).toMatchObject({ ok: false, reason: 'meminfo.gz is damaged: it does not unpack as gzip.' });
  });
  it('is refused where it unpacks to more than a machine needs', async () => {
    const bomb = gzipSync(new Uint8Array(1 << 22));
    expect(bomb.length).toBeLessThan(8192);
    expect(await unpack([{ name: 'bomb.gz', bytes: bomb }], 1 << 20)).toMatchObject({ ok: false, reason: expect.stringMatching(/^bomb\.gz unpacks to more than/) });
  });
});

const bzip2 = spawnSync('bzip2', ['--help']).status === 0;
describe('bzip2', () => {
  it.skipIf(!bzip2)('unpacks what bzip2 packed (property, seed 1)', () => {
    const content = fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.array(fc.tuple(fc.nat(255), fc.nat(700)), { maxLength: 30 }).map((runs) => Uint8Array.from(runs.flatMap(([byte, n]) => new Array<number>(n).fill(byte)))));
    fc.assert(fc.property(content, (bytes) => {
      const packed = spawnSync('bzip2', ['-c'], { input: bytes, maxBuffer: 1 << 26 }).stdout;
      expect([...bunzip2(new Uint8Array(packed), 1 << 24, 'x')]).toEqual([...bytes]);
    }), { seed: 1, numRuns: 40 });
  });
  it.skipIf(!bzip2)('unpacks more than one block, and no more than it may', () => {
    const bytes = Uint8Array.from({ length: 2_500_000 }, (_, i) => (i * 7919 + (i >> 9)) & 255);
    const packed = new Uint8Array(spawnSync('bzip2', ['-1', '-c'], { input: bytes, maxBuffer: 1 << 26 }).stdout);
    expect(bunzip2(packed, 1 << 24, 'x').every((b, i) => b === bytes[i])).toBe(true);
    expect(() => bunzip2(packed, 1 << 20, 'x')).toThrow(/more than 1 MiB/);
  });
});

describe('anything at all', () => {
  const paths = fc.constantFrom('', 'x', ...new Set(files.map(({ name }) => name.replace(/memory\d+/, 'memory1'))));
  it('made of bytes (property, seed 2)', () => {
    fc.assert(fc.property(fc.array(fc.record({ name: paths, bytes: fc.uint8Array({ maxLength: 600 }) }), { maxLength: 4 }), (given) => { outcome(given); }), { seed: 2, numRuns: 150 });
  });
  /** Cuts, doubles, swaps digits, puts large numbers: what happens to text on its way. */
  const damage = fc.record({ file: fc.nat(1000), at: fc.double({ min: 0, max: 1, noNaN: true }), how: fc.constantFrom('cut', 'drop', 'double', 'digit', 'huge', 'byte'), byte: fc.nat(255) });
  function damaged(given: readonly ImportFile[], { file, at, how, byte }: { file: number; at: number; how: string; byte: number }): ImportFile[] {
    return given.map((f, i) => {
      if (i !== file % given.length) return f;
      const text = textOf(f.bytes);
      const pos = Math.floor(at * text.length);
      const eol = text.indexOf('\n', pos) + 1 || text.length;
      const next = text.indexOf('\n', eol) + 1 || text.length;
      const changed = how === 'cut' ? text.slice(0, pos) : how === 'drop' ? text.slice(0, eol) + text.slice(next) : how === 'double' ? text.slice(0, next) + text.slice(eol)
        : how === 'digit' ? text.slice(0, pos) + text.slice(pos).replace(/\d/, (d) => String((Number(d) + 1 + (byte % 9)) % 10)) : how === 'huge' ? text.slice(0, pos) + text.slice(pos).replace(/\d+/, '9'.repeat(3 + (byte % 18)))
        : text.slice(0, pos) + String.fromCharCode(byte) + text.slice(pos + 1);
      return { name: f.name, bytes: bytesOf(changed) };
    });
  }
  it('that was a machine once: its texts (property, seed 3)', () => {
    fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.subarray([/iomem/, /zoneinfo/, /buddyinfo/, /pagetypeinfo/, /meminfo/, /sys\//]), (damages, left) => {
      outcome(damages.reduce<ImportFile[]>(damaged, without(/kpage/, ...left)));
    }), { seed: 3, numRuns: 120 });
  });
  it('that was a machine once: as a collection (property, seed 4)', () => {
    const whole = [{ name: 'machine.txt', bytes: collectionOf(files) }];
    fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 2 }), (damages) => { outcome(damages.reduce<ImportFile[]>(damaged, whole)); }), { seed: 4, numRuns: 40 });
  });
  it('that was a machine once: as an archive (property, seed 5)', () => {
    const whole = [{ name: 'machine.tar', bytes: tarOf(texts) }];
    fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 2 }), (damages) => { outcome(damages.reduce<ImportFile[]>(damaged, whole)); }), { seed: 5, numRuns: 60 });
  });
});
