import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../workers/scenario/parse.ts';
import { BLANK, textOf, WORKLOADS } from './blank.ts';

describe('a machine of one\'s own', () => {
  it.each(Object.keys(WORKLOADS) as (keyof typeof WORKLOADS)[])('with the workload %s is a scenario without a complaint', (workload) => {
    expect(parseScenario(textOf({ ...BLANK, workload }))).toMatchObject({ ok: true, warnings: [] });
  });
});
