import type { BlockId } from '../../workers/uapi/units.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STREAM_INPUT, STREAM_KERNEL, STREAM_STDERR, STREAM_STDOUT, textToBytes } from '../../workers/uapi/text.ts';
import { EV } from '../../workers/uapi/trace.ts';
import { describeEvent } from '../format/event.ts';
import { addEvents, filterBlock, filterText, resetEvents, shownEvent, toggleEventKind, useEvents } from './events.ts';
import { clampSize, PANELS, readSizes } from './layout.ts';
import { addLine, addOutput, CHUNK, clearTerminal, linesOf, MAX_LINES, readHistory, readLook, remember, searchHistory, takeAhead, typeAhead, useTerminal } from './terminal.ts';
import { addBookmark, type Bookmark, MAX_NAME, removeBookmark, renameBookmark, useTime } from './time.ts';
import { markOf } from './timeline.ts';
import { selectBlock, selectBlocks, toggleBlock, useView } from './view.ts';
import { tally } from './verdicts.ts';

let nextText = 0;
const row = (stream: number, text: string) => ({ id: nextText++, seq: 0, time: 0, stream, level: 6, text: textToBytes(text) });
const printed = (): string[] => linesOf(useTerminal.getState()).map(({ kind, text }) => `${kind}: ${text}`);

describe('the terminal', () => {
  beforeEach(clearTerminal);
  it('joins writes into lines, stream by stream', () => {
    addOutput([row(STREAM_INPUT, 'echo -n a; echo b'), row(STREAM_STDOUT, 'a'), row(STREAM_STDOUT, 'b\nc'), row(STREAM_STDERR, 'bash: no\n')]);
    expect(printed()).toEqual(['input: echo -n a; echo b', 'out: ab', 'out: c', 'err: bash: no']);
  });
  it('leaves the kernel log to the event list', () => {
    addOutput([row(STREAM_KERNEL, 'Built 1 zonelists\n')]);
    expect(printed()).toEqual([]);
  });
  it('prints text beyond ASCII', () => {
    addOutput([row(STREAM_STDOUT, 'größer 4 GiB\n')]);
    expect(printed()).toEqual(['out: größer 4 GiB']);
  });
  it('remembers a line once in a row', () => {
    for (const line of ['lsmem', 'lsmem', 'ls', 'lsmem']) remember(line);
    expect(useTerminal.getState().history.slice(-3)).toEqual(['lsmem', 'ls', 'lsmem']);
  });
  it('keeps full runs as they are and drops the oldest', () => {
    addOutput([row(STREAM_STDOUT, 'x\n'.repeat(CHUNK + 1))]);
    const [first] = useTerminal.getState().chunks;
    addOutput([row(STREAM_STDOUT, 'y\n')]);
    expect(useTerminal.getState().chunks[0]).toBe(first);
    expect(linesOf(useTerminal.getState())).toHaveLength(CHUNK + 2);
    addOutput([row(STREAM_STDOUT, 'z\n'.repeat(MAX_LINES))]);
    expect(linesOf(useTerminal.getState()).length).toBeLessThanOrEqual(MAX_LINES);
    expect(printed().at(-1)).toBe('out: z');
  });
  it('begins a line of the page anew', () => {
    addOutput([row(STREAM_STDERR, 'no newline')]);
    addLine('err', 'Error: Device \'x\' not found');
    expect(printed()).toEqual(['err: no newline', 'err: Error: Device \'x\' not found']);
  });
  it('searches the history backwards', () => {
    const history = ['lsmem', 'cat /proc/buddyinfo', 'lsmem -a', 'free'];
    expect([searchHistory(history, 'lsmem', 3), searchHistory(history, 'lsmem', 1), searchHistory(history, 'nothing', 3)]).toEqual([2, 0, -1]);
  });
  it('hands out what was typed ahead in order', () => {
    typeAhead('a');
    typeAhead('b');
    expect([takeAhead(), takeAhead(), takeAhead()]).toEqual(['a', 'b', undefined]);
  });
  it('ignores what is odd in storage', () => {
    expect(readHistory(['ls', 3, null, 'free'])).toEqual(['ls', 'free']);
    expect(readHistory({ length: 2 })).toEqual([]);
    expect(readLook({ size: 1000, wrap: 'no' })).toEqual({ size: 12, wrap: true });
    expect(readLook({ size: 16, wrap: false })).toEqual({ size: 16, wrap: false });
  });
});

describe('the event filter', () => {
  /** Three events of memory32, memory33, memory34 each: a uevent, a notifier call and a page that moved. */
  const words = Int32Array.from([32, 33, 34].flatMap((id, i) => [
    [3 * i + 1, 0, EV.uevent, 4, 0, id, 0, 0], [3 * i + 2, 0, EV.notify, 4, id * 32768, 32768, -1, -1], [3 * i + 3, 0, EV.sim_migrate_page, id * 32768, 7, 0, 0, 0],
  ].flat()));
  const shown = (): number[] => Array.from({ length: useEvents.getState().shown }, (_, i) => shownEvent(i)?.seq ?? -1);
  beforeEach(() => {
    resetEvents(32768);
    addEvents(words, [], 0);
  });
  afterEach(() => { filterText('', describeEvent); });
  it('hides pages that move until they are asked for', () => {
    expect(shown()).toEqual([1, 2, 4, 5, 7, 8]);
    toggleEventKind('page');
    expect(shown().length).toBe(9);
    toggleEventKind('page');
    expect(shown().length).toBe(6);
  });
  it('finds events by what they say and by the block they name', () => {
    filterText('MEM_OFFLINE', describeEvent);
    expect(shown()).toEqual([2, 5, 8]);
    filterText('memory33', describeEvent);
    expect(shown()).toEqual([4, 5]);
  });
  it('finds what is about one block, and about frames of it', () => {
    toggleEventKind('page');
    filterBlock(33, describeEvent);
    expect(shown()).toEqual([4, 5, 6]);
    filterBlock(undefined, describeEvent);
    toggleEventKind('page');
    expect(shown().length).toBe(6);
  });
  it('applies to events that come later', () => {
    filterText('memory34', describeEvent);
    addEvents(words, [], 3);
    expect(shown()).toEqual([7, 8, 7, 8]);
    expect(useEvents.getState().lost).toBe(3);
  });
});

describe('the time line', () => {
  const base = { seq: 1, time: 0, task: 0 };
  it('marks failures, not successes', () => {
    expect(markOf({ ...base, type: 'offline_pages_ret', ret: -16, reason: 3 })).toBe('failure');
    expect(markOf({ ...base, type: 'offline_pages_ret', ret: 0, reason: 0 })).toBeUndefined();
  });
});

describe('remembered panel sizes', () => {
  it('take what is sound and ignore the rest', () => {
    const first = readSizes(null, 900);
    expect(readSizes('{"map":400,"side":"wide","calls":null,"other":1}', 900)).toEqual({ ...first, map: 400 });
    expect(readSizes('not json', 900)).toEqual(first);
    expect(readSizes('{"terminal":99999}', 900).terminal).toBe(PANELS.terminal.max);
  });
  it('stay inside their bounds', () => {
    expect(clampSize('side', 1)).toBe(PANELS.side.min);
  });
});

describe('verdicts', () => {
  it('are counted for the blocks that are there', () => {
    const facts = (verdict: 'yes' | 'likely' | 'no', block: number) => ({ block: block as BlockId, offline: { verdict, errno: 0 }, holders: [], kinds: [], toMigrate: 0 });
    const known = new Map<number, ReturnType<typeof facts>>([facts('yes', 1), facts('no', 2), facts('no', 3)].map((f) => [f.block, f]));
    expect(tally({ facts: known, doubted: new Set() }, [1, 2, 9])).toEqual({ yes: 1, likely: 0, no: 1, sure: 2 });
  });
  it('of a state that is gone count as they were, and not as sure', () => {
    const facts = new Map([[2, { block: 2 as BlockId, offline: { verdict: 'no' as const, errno: 16 }, holders: [], kinds: [], toMigrate: 0 }]]);
    expect(tally({ facts, doubted: new Set([2]) }, [2])).toEqual({ yes: 0, likely: 0, no: 1, sure: 0 });
  });
});

describe('several blocks selected', () => {
  const selected = () => [useView.getState().block, ...useView.getState().also];
  afterEach(() => { selectBlock(undefined); });
  it('come one by one and go one by one; the last that is left is looked at', () => {
    toggleBlock(4);
    toggleBlock(6);
    toggleBlock(7);
    expect(selected()).toEqual([4, 6, 7]);
    toggleBlock(6);
    toggleBlock(4);
    expect(selected()).toEqual([7]);
  });
  it('end with the choice of a single one', () => {
    selectBlocks(5, [4, 5, 6]);
    expect(selected()).toEqual([5, 4, 6]);
    selectBlock(2);
    expect(selected()).toEqual([2]);
  });
});

describe('marked places', () => {
  afterEach(() => { useTime.setState({ bookmarks: [] }); });
  const names = () => useTime.getState().bookmarks.map(({ name, seq }) => `${name}@${seq}`);
  const named = (name: string) => useTime.getState().bookmarks.find((mark) => mark.name === name) as Bookmark;
  it('are named anew, keep their name for an empty one, and go one by one', () => {
    addBookmark({ branch: 0, seq: 20, name: 'Mark 1' });
    addBookmark({ branch: 0, seq: 5, name: 'Mark 2' });
    renameBookmark(named('Mark 1'), '  before it failed  ');
    expect(names()).toEqual(['Mark 2@5', 'before it failed@20']);
    renameBookmark(named('Mark 2'), '   ');
    renameBookmark(named('before it failed'), 'x'.repeat(100));
    expect(names()).toEqual(['Mark 2@5', `${'x'.repeat(MAX_NAME)}@20`]);
    removeBookmark(named('Mark 2'));
    expect(names()).toHaveLength(1);
  });
});
