/** The library of scenarios: each is in its layout, says what it teaches, and comes out as it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { playScenario } from '../host/lab/run.ts';
import { diagnosticLine } from '../scenario/diagnostic.ts';
import { parseScenario } from '../scenario/parse.ts';
import { printScenario } from '../scenario/print.ts';
import { lastOf, noteOf, stepsOf, titleOf } from '../scenario/scenario.ts';

const FOLDER = fileURLToPath(new URL('../../public/scenarios/', import.meta.url));
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.scn')).sort();

it('has something to choose from', () => { expect(files.length).toBeGreaterThanOrEqual(25); });

describe.each(files)('%s', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const parsed = parseScenario(text);

  it('can be read, and stands in its layout', () => {
    expect(parsed.ok ? parsed.warnings : parsed.errors.map(diagnosticLine)).toEqual([]);
    if (parsed.ok) expect(printScenario(parsed.scenario)).toBe(text);
  });
  it('says what it teaches: a title of a line, a note of a paragraph, tags, and at least one expectation', () => {
    if (!parsed.ok) throw new Error('unread');
    const { scenario } = parsed;
    expect(titleOf(scenario).length).toBeGreaterThan(5);
    expect(titleOf(scenario).length).toBeLessThan(60);
    expect(noteOf(scenario).length).toBeGreaterThan(120);
    expect(noteOf(scenario).length).toBeLessThan(700);
    expect(lastOf(scenario, 'tags')).toBeDefined();
    expect(stepsOf(scenario).some(({ type }) => type === 'expect')).toBe(true);
  });
  it('comes out as it says', () => {
    if (!parsed.ok) throw new Error('unread');
    const said: string[] = [];
    const { failed, met } = playScenario(parsed.scenario, (step) => `step ${step}`, (line) => { if (line.startsWith('step ')) said.push(line); });
    expect({ failed, said }).toEqual({ failed: 0, said: [] });
    expect(met).toBe(stepsOf(parsed.scenario).filter(({ type }) => type === 'expect').length);
  });
});
