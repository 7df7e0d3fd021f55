/** Scores a part of a folder of recordings and holds it above the floors written down beside them. Parts, so that two processors share the work. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { longRuns } from './bundled.ts';
import { conformance, documentsAt, dropsBelow, type Floors, groupLines, type Score, summaryLines } from './conformance.ts';

/** Groups by test file: the zone rules and the offlines take as long as all the rest. */
export const SHARDS: Readonly<Record<'conformance' | 'conformance-zones' | 'conformance-offline', readonly number[]>> = {
  conformance: [1, 2, 5, 6, 7, 10, 11, 12, 13],
  'conformance-zones': [3],
  'conformance-offline': [4, 8, 9],
};
const LONGEST_MS = 600_000;

/** `more`: further tests over the score. `groups` absent: the whole folder. */
export function holdFloors(name: 'linux-6.1' | 'linux-3.11', groups: readonly number[] | undefined, more?: (score: () => Score) => void): void {
  const folder = new URL(`./${name}/`, import.meta.url);
  describe(`conformance with the recordings of ${name}${groups === undefined ? '' : `, groups ${groups.join(', ')}`}`, () => {
    let score: Score;
    beforeAll(async () => {
      const { answer } = await longRuns();
      score = conformance(fileURLToPath(folder), answer, { groups });
      for (const line of [...groupLines(score), ...summaryLines(score)]) console.log(line);
    }, LONGEST_MS);

    it(`falls in no figure below what it was (renew the floors: ${name}/README.md)`, () => {
      expect(dropsBelow(JSON.parse(readFileSync(new URL('floors.json', folder), 'utf8')) as Floors, score)).toEqual([]);
    });
    more?.(() => score);
  });
}

/** Every group that has recordings is scored by some test file, and every such file is there. */
export function expectShardsToCover(): void {
  const here = fileURLToPath(new URL('./', import.meta.url));
  expect(readdirSync(here)).toEqual(expect.arrayContaining(Object.keys(SHARDS).map((file) => `${file}.test.ts`)));
  const groups = new Set(documentsAt(fileURLToPath(new URL('./linux-6.1/', import.meta.url))).map(({ json }) => json.group));
  expect(Object.values(SHARDS).flat().toSorted((a, b) => a - b)).toEqual([...groups].toSorted((a = 0, b = 0) => a - b));
}
