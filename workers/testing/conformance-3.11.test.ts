/** The score against the recorded 3.11. */
import { expect, it } from 'vitest';
import { holdFloors } from './hold-floors.ts';

holdFloors('linux-3.11', undefined, (score) => {
  it('is as high as it was asked to be: 95 % in the mean, no recording below 80 %', () => {
    expect(score().mean).toBeGreaterThanOrEqual(0.95);
    expect(score().lowest.share).toBeGreaterThanOrEqual(0.8);
  });
});
