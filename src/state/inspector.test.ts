import { expect, test } from 'vitest';
import { differing, pin, resetPins, type Subject, unpin, useInspector } from './inspector.ts';

const zone = (free: string, boost?: string): Subject => ({
  kind: 'zone', title: 'Zone Normal', rows: [{ name: 'Managed', value: '65 536' }, { name: 'Free', value: free }, ...(boost === undefined ? [] : [{ name: 'Boost', value: boost }])],
});

test('two states of a zone differ in what changed, and in what only one of them has', () => {
  expect([...differing(zone('4 096'), zone('4 096'))]).toEqual([]);
  expect([...differing(zone('4 096'), zone('32'))]).toEqual([['Free', '32']]);
  expect([...differing(zone('4 096'), zone('4 096', '512'))]).toEqual([['Boost', '512']]);
  expect([...differing(zone('4 096', '512'), zone('4 096'))]).toEqual([['Boost', '']]);
});

test('pins stay in order, six at most, and go one by one', () => {
  resetPins();
  for (let seq = 0; seq < 8; seq++) pin(zone(String(seq)), seq);
  expect(useInspector.getState().pins.map(({ seq }) => seq)).toEqual([2, 3, 4, 5, 6, 7]);
  unpin(useInspector.getState().pins[1]?.id ?? -1);
  expect(useInspector.getState().pins.map(({ seq }) => seq)).toEqual([2, 4, 5, 6, 7]);
  resetPins();
});
