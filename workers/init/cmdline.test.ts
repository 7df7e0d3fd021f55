import { describe, expect, it } from 'vitest';
import { lastValue, memparse, parseCmdline } from './cmdline.ts';
import { applyMemoryOptions, parseParameters } from './parameters.ts';

describe('parseCmdline', () => {
  it('keeps order, quotes and repeated names; a dash is an underscore; -- ends it', () => {
    const parameters = parseCmdline('quiet mem=700M  memory-hotplug.online_policy="auto-movable" mem=1G -- mem=2G');
    expect(parameters.map((p) => p.name)).toEqual(['quiet', 'mem', 'memory_hotplug.online_policy', 'mem']);
    expect(lastValue(parameters, 'mem')).toBe('1G');
    expect(lastValue(parameters, 'memory_hotplug.online_policy')).toBe('auto-movable');
    expect(lastValue(parameters, 'quiet')).toBeUndefined();
  });
});
describe('memparse', () => {
  it.each([['64M', 64 * 2 ** 20, ''], ['0x1000000', 2 ** 24, ''], ['010', 8, ''], ['1G@4G', 2 ** 30, '@4G'], ['2T', 2 ** 41, ''], ['foo', 0, 'foo'], ['25%', 25, '%']])(
    '%s', (text, value, rest) => expect(memparse(text)).toEqual({ value, rest }),
  );
});

describe('boot parameters', () => {
  it('sizes, percentages and mirror', () => {
    expect(parseParameters('kernelcore=512M movablecore=25%').core).toEqual({ kernelcore: { pages: 131072 }, movablecore: { percent: 25 } });
    expect(parseParameters('kernelcore=mirror').core).toEqual({ kernelcore: 'mirror' });
  });
  it('a value Linux does not know leaves the default', () => {
    const p = parseParameters('memhp_default_state=bogus memory_hotplug.online_policy=foo memory_hotplug.auto_movable_ratio=x');
    expect([p.memhp_default_state, p.online_policy, p.auto_movable_ratio, p.auto_movable_numa_aware]).toEqual([0, 0, 301, true]);
  });
  it('memmap_on_memory takes 1 and Y, and stands alone', () => {
    for (const text of ['=1', '=Y', '']) expect(parseParameters(`memory_hotplug.memmap_on_memory${text}`).memmap_on_memory).toBe(true);
    expect(parseParameters('memory_hotplug.memmap_on_memory=0').memmap_on_memory).toBe(false);
  });
});

describe('mem= and memmap=', () => {
  const map = [{ start: 0, end: 0x40000000, type: 'usable' }] as const;
  const apply = (cmdline: string): string[] => applyMemoryOptions(map, parseParameters(cmdline).all).map((r) => `${r.start.toString(16)}-${r.end.toString(16)} ${r.type}`);
  it('mem= cuts', () => expect(apply('mem=700M')).toEqual(['0-2bc00000 usable']));
  it('memmap=…$… makes a hole', () => expect(apply('memmap=100M$0x18000000')).toEqual(['0-18000000 usable', '18000000-1e400000 reserved', '1e400000-40000000 usable']));
  it('memmap=exactmap starts anew', () => expect(apply('memmap=exactmap memmap=640K@0 memmap=255M@1M')).toEqual(['0-a0000 usable', '100000-10000000 usable']));
  it('nothing asked, nothing changed', () => expect(apply('mem=nopentium memmap=x')).toEqual(['0-40000000 usable']));
});
