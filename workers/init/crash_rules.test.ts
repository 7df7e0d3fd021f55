/** Spec crashkernel-kdump.md, "Test vectors", both columns, and what seed 004 asks of the syntax, in the edition nearest to it. RAM 0–0xBFFFFFFF and from 4 GiB, nothing reserved. */
import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../testing/guest.ts';
import type { Edition } from '../uapi/machine_description.ts';
import { CRASH_3_11, CRASH_6_1, reserve_crashkernel } from './crashkernel.ts';
import { Memblock } from './memblock.ts';

const PAGES_MB = 256;
const GiB = 1024;
/** Ranges reserved, in MiB, and what the log says; RAM in MiB, below and above 4 GiB. */
function reserved(edition: Edition, text: string, low: number, high: number): string {
  const mb = new Memblock([{ start: 0, end: low * PAGES_MB, nid: 0 }, ...(high > 0 ? [{ start: 4 * GiB * PAGES_MB, end: (4 * GiB + high) * PAGES_MB, nid: 0 }] : [])]);
  const { ranges } = reserve_crashkernel(mb, text.split(' ').map((value) => ({ name: 'crashkernel', value })) as never, edition === '3.11' ? CRASH_3_11 : CRASH_6_1);
  return ranges.map(({ start, end }) => `${(end - start) / PAGES_MB}M@${start / PAGES_MB}M`).sort().join(' ') || 'fails';
}

describe('test vectors', () => {
  it.each([
    ['256M', 3 * GiB, 5 * GiB, '256M@640M', '256M@2816M'], ['1G', 3 * GiB, 5 * GiB, 'fails', '1024M@2048M'], ['4G', 3 * GiB, 5 * GiB, 'fails', '256M@2816M 4096M@5120M'],
    ['512M,high', 3 * GiB, 5 * GiB, '512M@8704M 72M@2992M', '256M@2816M 512M@8704M'], ['512M,high', 2 * GiB, 0, '512M@1536M', '512M@1536M'], ['1G-2G:128M,2G-:256M', 2047, 0, '128M@768M', '256M@1776M'],
    // "0,low = skip", "exactly Y".
    ['512M,high 0,low', 3 * GiB, 5 * GiB, '512M@8704M', '512M@8704M'], ['512M,high 128M,low', 3 * GiB, 5 * GiB, '128M@2944M 512M@8704M', '128M@2944M 512M@8704M'],
  ])('%s, %i + %i MiB: 3.11 %s, 6.1 %s', (text, low, high, old, now) => { expect([reserved('3.11', text, low, high), reserved('6.1', text, low, high)]).toEqual([old, now]); });
});

describe('seed 004: "crashkernel=X@Y"', () => {
  const boot = (edition: Edition, text: string): Guest => guest('1G', { edition, cmdline: `crashkernel=${text}` });
  const said = (g: Guest): string | undefined => g.log().find((line) => /for crashkernel|^crashkernel/.test(line));
  it('3.11: "allocate X amount of memory at location Y"; "we might not have physical RAM at location Y"; X@0 is the same as X', () => {
    const g = boot('3.11', '64M@256M');
    expect([said(g), g.run('grep Crash /proc/iomem; cat /sys/kernel/kexec_crash_size')]).toEqual(['Reserving 64MB of memory at 256MB for crashkernel (System RAM: 1023MB)', '  10000000-13ffffff : Crash kernel\n67108864']);
    expect(said(boot('3.11', '64M@2G'))).toBe('crashkernel reservation failed - memory is in use.');
    expect(said(boot('3.11', '64M@0'))).toBe(said(boot('3.11', '64M')));
  });
  it('"DEFAULT_BZIMAGE_ADDR_MAX": 3.11 puts it below 896 MiB, 6.1 where there is room below 4 GiB', () => {
    expect([said(boot('3.11', '64M')), said(boot('6.1', '64M'))]).toEqual(['Reserving 64MB of memory at 832MB for crashkernel (System RAM: 1023MB)', 'Reserving 64MB of memory at 944MB for crashkernel (System RAM: 1023MB)']);
  });
  it('"#BU" was never merged: what follows the place is not read', () => { expect([said(boot('3.11', '64M@256M#BU')), said(boot('6.1', '64M@256M#BU'))]).toEqual([expect.stringContaining('at 256MB'), expect.stringContaining('at 256MB')]); });
  it('the memory is gone from what is free, and MemTotal says so', () => {
    const total = (g: Guest): number => Number(/MemTotal: +(\d+)/.exec(g.file('/proc/meminfo'))?.[1]);
    expect(total(guest('1G', { edition: '3.11' })) - total(boot('3.11', '64M'))).toBe(65536);
  });
});
