import { describe, expect, it } from 'vitest';
import { describeMachine } from './firmware.ts';

/** The usable and reserved ranges from 4 GiB on, in GiB. */
function above4G(args: readonly string[]): string[] {
  const described = describeMachine({ qemu_args: args });
  if (!described.ok) throw new Error(described.reason);
  return described.description.memory.filter((r) => r.start >= 2 ** 32).map((r) => `${r.start / 2 ** 30}-${r.end / 2 ** 30} ${r.type}`);
}

describe('memory above 4 GiB on a board of QEMU', () => {
  it('begins at 4 GiB, and below a TiB are the addresses AMD keeps', () => {
    expect(above4G(['-m', '8G'])).toEqual(['4-10 usable', '1012-1024 reserved']);
  });
  it('keeps nothing for AMD where the processor is Intel\'s', () => {
    expect(above4G(['-m', '8G', '-cpu', 'Skylake-Server,phys-bits=46'])).toEqual(['4-10 usable']);
    expect(above4G(['-m', '1T', '-cpu', 'Skylake-Server,phys-bits=46'])).toEqual(['4-1026 usable']);
  });
  it('moves to 1 TiB as soon as memory and 32 GiB for PCI would reach what AMD keeps', () => {
    expect(above4G(['-m', '978G'])).toEqual(['4-980 usable', '1012-1024 reserved']);
    expect(above4G(['-m', '979G'])).toEqual(['1012-1024 reserved', '1024-2001 usable']);
    expect(above4G(['-m', '1T'])).toEqual(['1012-1024 reserved', '1024-2046 usable']);
  });
  it('counts the sockets, and a GiB for each to align in', () => {
    expect(above4G(['-m', '900G,slots=4,maxmem=974G'])).toEqual(['4-902 usable', '1012-1024 reserved']);
    expect(above4G(['-m', '900G,slots=5,maxmem=974G'])).toEqual(['1012-1024 reserved', '1024-1922 usable']);
  });
  it('leaves 2 GiB for PCI on the board of 1996', () => {
    const described = describeMachine({ edition: '3.11', qemu_args: ['-m', '1008G'] });
    expect(described.ok && described.description.memory.at(-1)).toEqual({ start: 0xfd00000000, end: 2 ** 40, type: 'reserved' });
  });
});
