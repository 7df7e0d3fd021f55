import { expect, test } from 'vitest';
import { readKeys, resetKeys, setChord, useKeys } from './keys.ts';

const ALL = [{ id: 'play', chord: 'k' }, { id: 'step', chord: '.' }];

test('a chord belongs to one command: giving it to another takes it away', () => {
  resetKeys();
  setChord('step', 'k', ALL);
  expect(useKeys.getState().changed).toEqual({ step: 'k', play: '' });
  setChord('play', 'k', ALL);
  expect(useKeys.getState().changed).toEqual({ step: '', play: 'k' });
  resetKeys();
  expect(useKeys.getState().changed).toEqual({});
});

test('what storage holds is taken only as far as it makes sense', () => {
  expect(readKeys('{"bareOff":true,"changed":{"play":"p","step":7}}')).toEqual({ bareOff: true, changed: { play: 'p' } });
  for (const odd of [null, '', 'x', '[]', '{"changed":null}', '{"bareOff":"yes"}']) expect(readKeys(odd)).toEqual({ bareOff: false, changed: {} });
});
