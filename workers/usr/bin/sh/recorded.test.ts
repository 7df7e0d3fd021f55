import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseScript } from './ast.ts';

/** Every script that was run in the recorded machines is one that the parser understands. */
const folder = new URL('../../../testing/linux-6.1/', import.meta.url);
interface Recording {
  readonly steps?: readonly { readonly run?: string }[];
}
const scripts = new Set<string>();
for (const file of readdirSync(folder).filter((f) => f.endsWith('.json'))) {
  const { steps } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recording;
  for (const step of steps ?? []) if (step.run !== undefined) scripts.add(step.run);
}

describe('scripts of the recordings', () => {
  test('there are some', () => {
    expect(scripts.size).toBeGreaterThan(200);
  });
  test('all parse', () => {
    expect([...scripts].filter((script) => parseScript(script).error !== undefined)).toEqual([]);
  });
});
