import { describe, expect, it } from 'vitest';
import { commonPrefix, replaceWord } from './completion.ts';

describe('completion', () => {
  it('goes as far as all words agree', () => {
    expect(commonPrefix(['memory40/', 'memory41/'])).toBe('memory4');
    expect(commonPrefix(['lsmem'])).toBe('lsmem');
    expect(commonPrefix([])).toBe('');
    expect(commonPrefix(['a', 'b'])).toBe('');
  });
  it('replaces the word at the cursor and keeps what follows', () => {
    expect(replaceWord('cat /sys/de | head', 4, 11, '/sys/devices/')).toEqual({ text: 'cat /sys/devices/ | head', cursor: 17 });
  });
});
