import { describe, expect, test } from 'vitest';
import { runProgram } from '../../../testing/run-program.ts';
import { grep } from './grep.ts';
import { sed } from './sed.ts';

describe('grep', () => {
  const run = (args: string[], stdin: string) => runProgram(grep, ['grep', ...args], { stdin });
  test('alternation in an extended expression', () => {
    expect(run(['-E', 'MemFree|MemAvail'], 'MemTotal: 1 kB\nMemFree: 2 kB\nMemAvailable: 3 kB\n')).toMatchObject({ stdout: 'MemFree: 2 kB\nMemAvailable: 3 kB\n', status: 0 });
  });
  test('no match: status 1, nothing printed', () => {
    expect(run(['x'], 'abc\n')).toMatchObject({ stdout: '', status: 1 });
  });
  test('context after a match', () => {
    expect(run(['-A1', 'b'], 'a\nb\nc\nd\nb\ne\n').stdout).toBe('b\nc\n--\nb\ne\n');
  });
});
test('sed joins two expressions and leaves the rest', () => {
  expect(runProgram(sed, ['sed', '-n', '-e', 's/a/b/p', '-e', '$p'], { stdin: 'a\nc\n' }).stdout).toBe('b\nc\n');
});
