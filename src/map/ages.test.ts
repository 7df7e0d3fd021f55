import { expect, it } from 'vitest';
import type { TraceEvent } from '../../workers/uapi/trace.ts';
import { stampAges } from './ages.ts';

const at = (seq: number, event: object): TraceEvent => ({ seq, time: 0, task: 0, ...event }) as TraceEvent;

it('reads off the log when each pageblock last changed: both ends of a migration, a range that a notifier names, nothing of what failed', () => {
  const log = [
    at(7, { type: 'notify', action: 4, start_pfn: 1024, nr_pages: 1024 }),
    at(9, { type: 'sim_isolate_pageblock', pfn: 1536, ret: -16 }),
    at(11, { type: 'sim_migrate_page', from: 1024, to: 5, order: 0, owner: 1 }),
    at(12, { type: 'sim_migrate_page', from: 1536, to: 2048, order: 9, owner: 1 }),
    at(13, { type: 'offline_pages_ret', ret: 0, reason: 0 }),
  ];
  //                                                                  pageblock  0   1   2   3   4   5
  expect([...stampAges(new Uint32Array(6), log)]).toEqual([11, 0, 11, 12, 12, 0]);
});
