import { describe, expect, it } from 'vitest';
import { Memblock } from './memblock.ts';

/** `10-20` = frames 0x10 to 0x1f taken. */
const taken = (mb: Memblock): string[] => mb.reserved.map((r) => `${r.start.toString(16)}-${r.end.toString(16)} ${r.name}`);
const two = (): Memblock => new Memblock([{ start: 0x10, end: 0x100, nid: 0 }, { start: 0x200, end: 0x300, nid: 1 }]);

describe('Memblock', () => {
  it('allocates from the top down, aligned, and goes on below what is taken', () => {
    const mb = two();
    expect(mb.alloc(0x10, 1, 0, 'a')).toBe(0x2f0);
    expect(mb.alloc(0x40, 0x80, 0, 'b')).toBe(0x280);
    expect(mb.alloc(0x30, 1, 0, 'c')).toBe(0x2c0);
    expect(taken(mb)).toEqual(['280-2c0 b', '2c0-2f0 c', '2f0-300 a']);
  });
  it('prefers the node asked for, and takes another when that is full', () => {
    const mb = two();
    expect(mb.alloc(0xe0, 1, 0, 'on node 0', 0)).toBe(0x20);
    expect(mb.alloc(0x20, 1, 0, 'no room on node 0', 0)).toBe(0x2e0);
  });
  it('keeps below a limit, and says when there is no room at all', () => {
    const mb = two();
    expect(mb.alloc(8, 1, 0, 'low', undefined, 0x100)).toBe(0xf8);
    expect(mb.alloc(0x1000, 1, 0, 'too big')).toBe(-1);
  });
  it('reserves only RAM that is free, and gives parts back', () => {
    const mb = two();
    expect(mb.reserve(0xf0, 0x210, 0, 'across the hole')).toBe(0x20);
    expect(mb.reserve(0xf0, 0x210, 0, 'again')).toBe(0);
    mb.release(0xf8, 0x208);
    expect(mb.free(0xf0, 0x210)).toEqual([{ start: 0xf8, end: 0x100 }, { start: 0x200, end: 0x208 }]);
    expect(mb.present(0, 0x1000)).toBe(0x1f0);
  });
});
