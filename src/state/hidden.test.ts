import { afterEach, expect, it } from 'vitest';
import { HIDEABLE, isShown, readHidden, setPanel, useHidden } from './hidden.ts';

afterEach(() => { useHidden.setState({ hidden: [] }); });

it('each panel can be hidden and shown again, twice is once', () => {
  for (const name of HIDEABLE) setPanel(name, false);
  setPanel('events', false);
  expect(useHidden.getState().hidden).toEqual(HIDEABLE);
  setPanel('terminal', true);
  setPanel('terminal', true);
  expect(HIDEABLE.filter(isShown)).toEqual(['terminal']);
});

it.each([
  ['["terminal","timeline"]', ['terminal', 'timeline']], ['["map","side","terminal","__proto__"]', ['terminal']], ['{"terminal":true}', []], ['"terminal"', []], ['[', []], ['null', []], [null, []],
])('what storage holds (%s): panels that exist, anything odd is ignored', (text, hidden) => { expect(readHidden(text)).toEqual(hidden); });
