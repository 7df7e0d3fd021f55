/** The same moments in a browser: event, digest and pixels as in Node (workers/host/pictures.test.ts, which renews them), so that a difference says kernel or paint. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Lab } from '../lab.ts';
import { differences, lensesOf, type Moment } from '../../src/map/moments.ts';

const moments = JSON.parse(readFileSync(join(import.meta.dirname, '../../src/map/moments.json'), 'utf8')) as Moment[];

for (const scenario of new Set(moments.map((moment) => moment.scenario))) {
  test(`${scenario}: canvas and digest are what they are in Node @both`, async ({ page }) => {
    const lab = await Lab.openLink(page, `#s=${scenario}`);
    // Played to its end: the moments lie behind it.
    const rest = page.getByRole('button', { name: 'Play the rest' });
    await lab.idle();
    if (await rest.isVisible()) await rest.click();
    await expect(page.getByText(/\d+ as expected/)).toBeVisible();
    const here = moments.filter((moment) => moment.scenario === scenario);
    await expect.poll(() => page.evaluate(() => window.lab?.seq())).toBeGreaterThanOrEqual(Math.max(...here.map(({ seq }) => seq)));
    await lab.idle();
    for (const was of here) {
      const is = await page.evaluate(async ({ seq, block, lenses }) => {
        const { lab: handle } = window;
        if (!handle) throw new Error('no window.lab');
        const pictures = await handle.pictures(seq, block, lenses);
        return { seq: handle.seq(), digest: await handle.digest(), pictures };
      }, { seq: was.seq, block: was.block, lenses: lensesOf(was) });
      const found = differences(was, is);
      for (const { fault, what } of found) test.info().annotations.push({ type: `picture: ${fault}`, description: what });
      expect.soft(found).toEqual([]);
    }
  });
}
