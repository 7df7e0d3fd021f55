import { describe, expect, it } from 'vitest';
import { bytes, clock, count, duration, percent, range, seconds, shortBytes, word } from './numbers.ts';

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

describe('numbers on the page', () => {
  it('prints sizes in binary units', () => {
    expect([4096, 128 * 2 ** 20, 5.5 * 2 ** 30, 2 ** 40, 0].map((n) => plain(bytes(n)))).toEqual(['4 KiB', '128 MiB', '5.50 GiB', '1 TiB', '0 B']);
  });
  it('goes on to the next unit where rounding gets there', () => {
    expect([1023.96 * 2 ** 20, 1023.94 * 2 ** 20, 2 ** 40 - 1].map((n) => plain(bytes(n)))).toEqual(['1.00 GiB', '1023.9 MiB', '1.00 TiB']);
  });
  it('has three digits where there is little room', () => {
    expect([511.9 * 2 ** 20, 15.62 * 2 ** 20, 1.98 * 2 ** 30, 2 ** 31, 0, 1000].map((n) => plain(shortBytes(n)))).toEqual(['512 MiB', '15.6 MiB', '1.98 GiB', '2 GiB', '0 B', '1000 B']);
  });
  it('groups thousands', () => {
    expect([7, 1000, 18402, 1048576].map((n) => plain(count(n)))).toEqual(['7', '1 000', '18 402', '1 048 576']);
  });
  it('prints the last address of a range, not the one behind it', () => {
    expect(range(0x148000000, 0x150000000)).toBe('0x148000000–0x14fffffff');
  });
  it('prints simulated time to the microsecond', () => {
    expect(plain(clock(4_218_337_900))).toBe('00:04.218 337');
    expect(plain(clock(61_000_001_000))).toBe('01:01.000 001');
    expect(plain(seconds(4_218_337_900))).toBe('4.218 337');
  });
  it('prints durations in the unit that fits', () => {
    expect([999, 8200, 820_000, 4_100_000, 1_200_000_000].map((n) => plain(duration(n)))).toEqual(['999 ns', '8.2 µs', '820 µs', '4.1 ms', '1.20 s']);
  });
  it('has no percentage of nothing', () => {
    expect(plain(percent(1, 0))).toBe('0 %');
    expect(plain(percent(22, 100))).toBe('22 %');
  });
  it('prints a digest as eight digits', () => {
    expect(word(-1)).toBe('ffffffff');
    expect(word(0x8bb6)).toBe('00008bb6');
  });
});
