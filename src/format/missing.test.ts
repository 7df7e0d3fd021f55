import { describe, expect, it } from 'vitest';
import { missingIn } from './missing.ts';

const USUAL = { edition: '6.1', arch: 'x86_64' } as const;
const found = (line: string): string | undefined => {
  const missing = missingIn(line, USUAL);
  return missing && `${missing.path} ${missing.option.name}`;
};
const PROBE = '/sys/devices/system/memory/probe';

describe('a file that is not there', () => {
  it.each([
    [`cat: ${PROBE}: No such file or directory`, `${PROBE} ARCH_MEMORY_PROBE`],
    [`bash: ${PROBE}: Permission denied`, `${PROBE} ARCH_MEMORY_PROBE`],
    ["ls: cannot access '/proc/config.gz': No such file or directory", '/proc/config.gz IKCONFIG_PROC'],
    ["stat: cannot statx 'probe': No such file or directory", 'probe ARCH_MEMORY_PROBE'],
    ['cat: /proc/nothing: No such file or directory', undefined],
    ['bash: line 1: echo: write error: Invalid argument', undefined],
    [`# ${PROBE}: No such file or directory, says the manual`, undefined],
  ])('%s', (line, option) => { expect(found(line)).toBe(option); });
});
