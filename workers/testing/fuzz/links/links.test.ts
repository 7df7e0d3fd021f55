import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../lib/prng.ts';
import { attempt, play } from './attempt.ts';
import { BOMBS, makeLink, packed } from './make.ts';

describe('hostile links', () => {
  it('none throws, none is refused without a sentence, none becomes markup (seed 7; `lab fuzz-links` goes on for a million)', async () => {
    const rng = createPrng(7);
    let opened = 0;
    for (let n = 0; n < 5000; n++) {
      const hash = makeLink(rng);
      const result = await attempt(hash, n % 64 === 0);
      expect({ hash: result.wrong === undefined ? '' : hash, wrong: result.wrong }).toEqual({ hash: '', wrong: undefined });
      if (result.opened) opened++;
    }
    // Enough get past the reader to say something about what comes after it.
    expect(opened).toBeGreaterThan(500);
  });
  it.each(BOMBS.map((bomb, n) => [n, bomb] as const))('bomb %i stays below its bounds, unpacked as the page does', async (_, bomb) => { expect((await attempt(bomb(), true)).wrong).toBeUndefined(); });
  it('output without end is played and left', async () => {
    const link = await attempt(packed('scenario 1\nmemory 1G\nsockets 4 maxmem=8G\n$ yes\n$ cat /dev/zero\nstart end\nmoment 1+999999999\n'));
    expect(link.opened).toBe(true);
    expect(play(link)).toBeUndefined();
  });
});

it('a sentence names what cannot be seen instead of showing it', async () => {
  const { openText } = await import('../../../../src/scenario/link.ts');
  const { readScenario } = await import('../../../scenario/read.ts');
  expect(await openText('scen\u202eario 1\n', async (text) => readScenario(text))).toMatchObject({ ok: false, reason: 'The text begins with "scen\\u202eario 1"; expected "scenario 1" on the first line.' });
});
