import { expect, it } from 'vitest';
import { rehearse } from './rehearse.ts';

it('puts back what was there, whether anybody marked it or not, on tables of nobody\'s', () => {
  expect(rehearse()).toBe(true);
});
