import { expect, it } from 'vitest';
import { liveServer } from './fragmentation_fleet.ts';

it('bursts of connections leave pages that cannot move in movable pageblocks where memory is full of page cache, and hardly where it is not: web tier, 512 MiB, an hour, seed 1', () => {
  const polluted = (cache: number): number => {
    const { measured } = liveServer({ memory: '512M', tier: 'web', hours: 1, seed: 1, marks: 'server', words: [`cache=${cache}`] });
    return measured.polluted / measured.movableBlocks;
  };
  expect([polluted(100) > 0.05, polluted(0) < 0.02]).toEqual([true, true]);
});
