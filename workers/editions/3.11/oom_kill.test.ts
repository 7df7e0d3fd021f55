import { expect, it } from 'vitest';
import { oom_badness } from './oom_kill.ts';

it('oom_badness(): present memory and page tables, of which root is forgiven three percent of memory: the recorded process of 1000 MiB had a score of 692 of 1000', () => {
  // [   75]     0    75   256597   256131     505, on a machine of 355192 pages.
  expect(Math.floor((1000 * oom_badness(256131, 505, 355192)) / 355192)).toBe(692);
  // Nobody who may be killed has none.
  expect(oom_badness(50, 3, 355192)).toBe(1);
});
