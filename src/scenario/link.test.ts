import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readScenario } from '../../workers/scenario/read.ts';
import { printScenario } from '../../workers/scenario/print.ts';
import { arbitraryScenario } from '../../workers/scenario/arbitrary.ts';
import { deflate } from './deflate.ts';
import { fromBase64Url, toBase64Url, wholeFragment } from './fragment.ts';
import { openFragment, openText, type Read } from './link.ts';
import { fragmentOf, libraryFragmentOf } from './tell_link.ts';

const none = async (): Promise<undefined> => undefined;
const LESSON = 'scenario 1\ntitle A lesson\nmemory 1G\n\n$ echo one\nview block=3\n';
const library = async (name: string): Promise<string | undefined> => (name === 'lesson' ? LESSON : undefined);
const read: Read = async (text, added) => readScenario(text, added);
const reasonOf = async (hash: string): Promise<string> => {
  const opened = await openFragment(hash, library, read);
  return opened === undefined ? 'nothing' : opened.ok ? opened.text : opened.reason;
};

describe('a link', () => {
  it('holds a whole scenario (seed 11)', async () => {
    await fc.assert(fc.asyncProperty(arbitraryScenario, async (scenario) => {
      const opened = await openFragment(await fragmentOf(scenario), none, read);
      expect(opened).toMatchObject({ ok: true, text: printScenario(scenario) });
    }), { seed: 11, numRuns: 200 });
  });
  it('names a scenario of the library, and what was changed', async () => {
    expect(await libraryFragmentOf('lesson', [])).toBe('#s=lesson');
    const hash = await libraryFragmentOf('lesson', [{ type: 'shell', line: 'echo two', fresh: false }, { type: 'view', values: { block: '5' } }]);
    expect(await openFragment(hash, library, read)).toMatchObject({ ok: true, text: 'scenario 1\ntitle A lesson\nmemory 1G\n\n$ echo one\n$ echo two\nview block=5\n', library: { name: 'lesson', text: LESSON } });
  });
  it('is short: a lesson of 400 characters', async () => {
    const text = `${LESSON}${'$ echo offline > /sys/devices/system/memory/memory6/state\n  expect EBUSY "failure to isolate range"\n'.repeat(4)}`;
    const opened = await openText(text.replace('view block=3\n', ''), read);
    if (!opened.ok) throw new Error(opened.reason);
    expect((await fragmentOf(opened.scenario)).length).toBeLessThan(300);
  });
  it('survives base64url both ways', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => { expect(fromBase64Url(toBase64Url(bytes))).toEqual(new Uint8Array(bytes)); }), { seed: 3 });
  });

  /** Made by version 1 and kept for ever: every later version opens it. */
  it('golden: version 1', async () => {
    const golden = '#v1;PY6xagMxEET7_YrBpEtxnO02gQRCPsC4SClLo1hE0gZp7xL_vWUwrmaKN7zpntW1pJjFkmXirUJjzKkSdnaG1NEYl84gjV5bYMD-U-QJ9Gd9sK-Y-qVPgWvy7LduLFNh0Xa5x247dXNGAfj_S2_4eD8evrCJLuWlDZ8Om-aBoLn6zY2siX84ZfU_L7utjHUzsAYpWlgN8_M8o9PG7yBX';
    expect(await openFragment(golden, none, read)).toMatchObject({ ok: true, scenario: { statements: [
      { type: 'title', text: 'An offline that is refused' }, { type: 'recorded', name: '4G' }, { type: 'blank' },
      { type: 'shell', line: 'echo offline > /sys/devices/system/memory/memory32/state', fresh: false },
      { type: 'expect', expectation: { what: 'errno', errno: 'EBUSY', reason: 'failure to isolate range' } },
      { type: 'view', values: { block: '32' } }, { type: 'start', mode: 'end' }, { type: 'moment', command: 1, events: 11, settled: true },
    ] } });
  });
  it('golden: version 1, with every part of a view', async () => {
    const golden = '#v1;JcpBTsMwEEbhvU8xC3YFadKCQEhedMUBOIFj_0mG2p7InrTN7VFh9_T09YgamigNzsQy6ExXwY1uYgvhirbbInV2BUXbTsOXeyJrG9yfGrPGi3-jdaqe78fAzBTskR_M_ML3Ez9W1Kxb677oKFlsp4vU5L9zGMnC6KX2FdG00RoqcvcZ0baG5y4Jn69HJltQ4NemP_8uhzr7BNctNCPU5IoWVKPh8E5JZnTzzJGnCXC_';
    expect(await openFragment(golden, none, read)).toMatchObject({ ok: true, warnings: [], scenario: { statements: [
      { type: 'title', text: 'A view with everything' }, { type: 'memory', size: 2 ** 30 }, { type: 'shell', line: 'true' },
      { type: 'view', values: { block: '5', pfn: '0x2a000', at: '0x28000-0x30000', colours: 'mobility', kind: 'Slab', tab: 'inspector', panels: 'lecture,side:420', theme: 'projector', lang: 'de' } },
      { type: 'start', mode: 'end' }, { type: 'moment', command: 1, events: 7, settled: false, digest: 0x00c0ffee },
    ] } });
  });
});

describe('a hostile or broken link is refused with a sentence', () => {
  it.each([
    ['', 'nothing'],
    ['#', 'nothing'],
    ['#hello', 'The link is not one of Hotplug Lab\'s: after # stands v1; and a scenario, or s= and a name.'],
    ['#v2;AAAA', 'The link is written in encoding 2; this page reads encoding 1. A newer Hotplug Lab opens it.'],
    ['#v0;AAAA', 'There is no encoding 0: the first was 1.'],
    ['#v1;A', 'The link is damaged: what follows v1; is not base64url. It may have been cut off when it was copied.'],
    ['#v1;<script>', 'The link is damaged: what follows v1; is not base64url. It may have been cut off when it was copied.'],
    ['#v1;AAAA', 'The link is damaged: it cannot be unpacked. It may have been cut off when it was copied.'],
    ['#s=../../etc/passwd', 'The link names no scenario of the library: a name has small letters, digits and hyphens.'],
    ['#s=nosuch', 'The library has no scenario "nosuch".'],
    [`#v1;${'A'.repeat(200_000)}`, 'The link has 200003 characters; at most 131072 are read.'],
  ])('%.60s', async (hash, sentence) => { expect(await reasonOf(hash)).toBe(sentence); });

  const packed = async (text: string): Promise<string> => wholeFragment(await deflate(text));
  it('a bomb: a link of 1 kB that unpacks to a MB', async () => {
    const bomb = await packed(`scenario 1\n#${'0'.repeat(1_000_000)}`);
    expect(bomb.length).toBeLessThan(2000);
    expect(await reasonOf(bomb)).toBe('The link unpacks to more than 262144 bytes and is not opened.');
  });
  it('a newer form', async () => { expect(await reasonOf(await packed('scenario 7\nteleport memory6\n'))).toMatch(/^This scenario is written in form 7; .* A newer Hotplug Lab opens it\.$/); });
  it('a word it does not know, which would be lost', async () => { expect(await reasonOf(await packed('scenario 1\nmemory 1G\nteleport memory6\n'))).toMatch(/^"teleport" is not a statement\./); });
  it('but a part of the view it does not know loses nothing', async () => {
    const opened = await openFragment(await packed('scenario 1\nmemory 1G\nview hologram=on\n'), none, read);
    expect(opened).toMatchObject({ ok: true, warnings: [{ severity: 'warning' }], scenario: { statements: [{}, { type: 'view', values: { hologram: 'on' } }] } });
  });
  it('a machine beyond all bounds', async () => { expect(await reasonOf(await packed('scenario 1\nmemory 4096T\n'))).toMatch(/^4P is more than a machine can have here/); });
});
