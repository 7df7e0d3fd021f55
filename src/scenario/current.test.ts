import { describe, expect, it } from 'vitest';
import type { SessionReport } from '../../workers/scenario/engine.ts';
import { parseScenario } from '../../workers/scenario/parse.ts';
import { printScenario } from '../../workers/scenario/print.ts';
import type { Step } from '../../workers/scenario/scenario.ts';
import { usePicture } from '../state/picture.ts';
import { type Current, tellSession, viewStatement } from './current.ts';

const LESSON = 'scenario 1\nmemory 1G\n\n$ one\n  expect exit 0\n$ two\n$ three\nview block=7\nstart step\n';
const parsed = parseScenario(LESSON);
if (!parsed.ok) throw new Error('unread');
const from: Current = { scenario: parsed.scenario, library: { name: 'lesson', text: LESSON, scenario: parsed.scenario }, start: 'step' };
const typed = (line: string): Step => ({ type: 'shell', line, fresh: false });
const told = (report: Omit<SessionReport, 'moment'>, position: number, done: boolean) => {
  const { scenario, added } = tellSession(from, { ...report, moment: { type: 'moment', command: 2, events: 9, settled: true } }, { position, done });
  return { text: printScenario(scenario).replace(/^scenario 1\nmemory 1G\n\n?/, ''), added: added?.statements.length };
};
const END = 'moment 2+9 settled\n';

describe('a session as a scenario', () => {
  it('played to its end: its own text, then what was typed', () => {
    expect(told({ added: [typed('more')], all: [] }, 4, true)).toEqual({ text: `$ one\n  expect exit 0\n$ two\n$ three\n$ more\nstart end\n${END}`, added: 3 });
  });
  it('half-way, with nothing typed: the steps to come are still to come', () => {
    expect(told({ added: [], all: [typed('one')] }, 2, false)).toEqual({ text: `$ one\n  expect exit 0\n$ two\n$ three\nstart step\n${END}`, added: 2 });
  });
  it('half-way, with something typed: it stands where it was typed', () => {
    expect(told({ added: [typed('typed')], all: [typed('one'), typed('typed')] }, 2, false)).toEqual({ text: `$ one\n  expect exit 0\n$ typed\n$ two\n$ three\nstart step\n${END}`, added: undefined });
  });
  it('of the library, opened with something added: that is added again', () => {
    const opened = parseScenario(LESSON.replace('view', '$ added before\nview'));
    if (!opened.ok) throw new Error('unread');
    const { added } = tellSession({ ...from, scenario: opened.scenario }, { added: [typed('more')], all: [], moment: { type: 'moment', command: 5, events: 9, settled: true } }, { position: 5, done: true });
    expect(printScenario({ statements: added?.statements ?? [] })).toBe('scenario 1\n$ added before\n$ more\nstart end\nmoment 5+9 settled\n');
  });
  it('with steps after that, too: all that was done, in its order, then the rest', () => {
    expect(told({ added: undefined, all: [typed('one'), typed('typed'), typed('two')] }, 3, false)).toEqual({ text: `$ one\n$ typed\n$ two\n$ three\nstart step\n${END}`, added: undefined });
  });
});

it('the place in the map is said without the margins it is fitted with', () => {
  usePicture.setState({ range: { from: 1000 - 80, to: 9000 + 80, end: 100_000 }, width: 816, top: 42.3 });
  expect(viewStatement()).toEqual({ type: 'view', values: { at: '0x3e8-0x2328', top: '42' } });
  usePicture.setState(usePicture.getInitialState());
});
