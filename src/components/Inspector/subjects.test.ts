import { expect, it } from 'vitest';
import { ZONE_DMA, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../../../workers/uapi/mmzone.ts';
import { KIND_HUGETLB } from '../../../workers/uapi/page_kind.ts';
import { X86_64 } from '../../../workers/uapi/arch.ts';
import type { Snapshot } from '../../engine/snapshot.ts';
import { failedSubject } from './subjects.ts';

it('a failed allocation says of each zone what refused it: the mark, or the order', () => {
  const zones = [
    { row: zoneRow(0, ZONE_MOVABLE), free: 5000, min: 1000, reserve: 0, chunk: false }, { row: zoneRow(0, ZONE_NORMAL), free: 1400, min: 1000, reserve: 0, chunk: true },
    { row: zoneRow(1, ZONE_DMA), free: 3000, min: 10, reserve: 2968, chunk: true },
  ];
  const { title, rows } = failedSubject({ n: 3, order: 9, migratetype: 1, highest_zoneidx: ZONE_MOVABLE, kind: KIND_HUGETLB, nid: 0, nodemask: -1, seq: 4711, zones }, { geometry: X86_64 } as Snapshot);
  expect(title).toBe('Last failed allocation (3 since boot)');
  expect(rows.map(({ name, value }) => `${name}: ${value}`.replace(/(\d)\s(?=\d{3})/g, '$1,'))).toEqual([
    'Asked for: 512 pages (order 9), HugeTLB', 'Migrate type: Movable', 'After event: 4,711', 'Movable 0: 5,000 − 511 free, above min 1,000 + reserve 0; no chunk of order 9',
    'Normal 0: 1,400 − 511 free, not above min 1,000 + reserve 0', 'DMA 1: 3,000 − 511 free, not above min 10 + reserve 2,968',
  ]);
});
