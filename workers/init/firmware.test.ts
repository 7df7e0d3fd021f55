import { describe, expect, it } from 'vitest';
import { guest } from '../testing/guest.ts';
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

describe('the board that QEMU is told to be', () => {
  const low = (machine: string): string[] => {
    const described = describeMachine({ qemu_args: ['-machine', machine, '-m', '3G'] });
    if (!described.ok) throw new Error(described.reason);
    return described.description.memory.filter((r) => r.start >= 2 ** 20 && (r.type === 'usable' || r.start === 0xb0000000)).map((r) => `${(r.start / 2 ** 20).toFixed()}-${(r.end / 2 ** 20).toFixed(2)} ${r.type}`);
  };
  it.each(['q35', 'q35,memory-backend=big', 'pc-q35-7.2', 'type=q35'])('%s: 2 GiB of RAM stay below PCI\'s configuration space', (machine) => {
    expect(low(machine)).toEqual(['1-2047.88 usable', '2816-3072.00 reserved', '4096-5120.00 usable']);
  });
  it.each(['pc', 'pc-i440fx-7.2', 'type=pc,usb=off'])('%s: up to 3.5 GiB in one piece, and no configuration space', (machine) => { expect(low(machine)).toEqual(['1-3071.88 usable']); });
  it('is seen in blocks, in /proc/iomem and in the boot log', () => {
    const g = guest('3G', { qemu: ['-machine', 'pc'] });
    expect(g.run('ls -d /sys/devices/system/memory/memory* | tail -1; ls -d /sys/devices/system/memory/memory* | wc -l')).toBe('/sys/devices/system/memory/memory9\n24');
    expect(g.file('/proc/iomem')).toContain('c0000000-febfffff : PCI Bus 0000:00\nfec00000-fec003ff : IOAPIC 0\n');
    expect(g.log().filter((line) => /MMCONFIG|MCFG|pnp|system 00/.test(line))).toEqual([]);
  });
});
