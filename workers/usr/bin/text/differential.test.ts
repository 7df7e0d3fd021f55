import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TmpfsDir } from '../../../fs/tmpfs.ts';
import { type Ran, runProgram } from '../../../testing/run-program.ts';
import type { Program } from '../../program.ts';
import { type Case, CORPUS } from './corpus.ts';
import { TEXT_PROGRAMS } from './index.ts';
import { program } from './io.ts';

/**
 * Every command line of the corpus, run here and by the real program: the same output, status and files. stderr is compared only as "said something or not":
 * the words differ between GNU, busybox and mawk. Where a program is missing its cases are skipped and say so. awk is held against gawk where there is one, else against mawk.
 */
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
const AWK = ['gawk', 'mawk', 'original-awk'].find(has);
const realName = (name: string): string => (name === 'awk' ? (AWK ?? 'awk') : name);
/** What another awk than gawk answers differently, and is right to. */
const ONLY_GAWK = /1>2\?|1234567\.5|RS="";FS|length\(\)|1e16|0x1A|017|123456789012345678|%c%c%c|substr\("hello",0|%\*d/;
/** Known and wanted differences, with the reason. */
const DIFFERENT: readonly [RegExp, string][] = [
  [/"0x1A"/, 'hexadecimal input counts as a number, as in busybox'],
  [/print 017/, 'gawk reads octal source numbers'],
  [/^grep -E \*$/, 'GNU grep warns of a stray star'],
  [/^sed .* nosuch/, 'a missing file is status 1, as in busybox, not 2'],
  [/printf "%s\\n"}/, 'gawk ends with an error where arguments are missing; busybox and mawk print nothing for them'],
];

let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'text-tools-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome { stdout: string; status: number; complains: boolean; files: Record<string, string> }
const sorted = (text: string, end: string): string => text.split(end).sort().join(end);

function real(c: Case, n: number): Outcome {
  const cwd = join(folder, String(n));
  mkdirSync(cwd);
  for (const [path, data] of Object.entries(c.files ?? {})) {
    mkdirSync(path.endsWith('/') ? join(cwd, path) : dirname(join(cwd, path)), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(join(cwd, path), bytes(data));
  }
  const { PATH } = process.env;
  const ran = spawnSync(realName(c.argv[0] as string), c.argv.slice(1), { cwd, input: bytes(c.stdin ?? ''), env: { PATH, LC_ALL: 'C', TZ: 'UTC' } });
  const files: Record<string, string> = {};
  const walk = (dir: string, prefix: string): void => {
    for (const name of readdirSync(dir)) {
      if (statSync(join(dir, name)).isDirectory()) walk(join(dir, name), `${prefix}${name}/`);
      else files[prefix + name] = readFileSync(join(dir, name), 'latin1');
    }
  };
  walk(cwd, '');
  return { stdout: ran.stdout.toString('latin1'), status: ran.status ?? -1, complains: ran.stderr.length > 0, files };
}
/** The few programs that xargs, find and awk of the corpus run. A shell of four words, so that nothing else is tested here. */
const echo: Program = program(function* (tool) { yield* tool.settle(); tool.put(`${tool.args.join(' ')}\n`); return 0; });
const cat: Program = program(function* (tool) { tool.put((yield* tool.slurp('-')) ?? ''); return 0; });
const shell: Program = program(function* (tool) {
  const [, text = '', zero = ''] = tool.args;
  for (const part of text.split('; ')) {
    const [word, ...rest] = part.split(' ');
    if (word === 'echo') tool.put(`${rest.join(' ').replace('$0', zero)}\n`);
    else if (word === 'exit') return Number(rest[0]);
    else if (word === 'date') tool.put('2026\n');
    else if (word === 'cat') tool.put((yield* tool.slurp('-')) ?? '');
    else if (word === 'sort') tool.put(((yield* tool.slurp('-')) ?? '').split('\n').slice(0, -1).sort().map((l) => `${l}\n`).join(''));
    else return 127;
  }
  return 0;
});
const programs: Record<string, Program> = {
  echo, cat, sh: shell, true: program(function* (tool) { yield* tool.flush(); return 0; }), false: program(function* (tool) { yield* tool.flush(); return 1; }),
};
function here(c: Case): Outcome {
  const given = Object.fromEntries(Object.entries(c.files ?? {}).map(([k, v]) => [`w/${k}`, v]));
  const program = TEXT_PROGRAMS[c.argv[0] as string] as Program;
  const ran: Ran = runProgram(program, c.argv, { files: { 'w/': '', 'tmp/': '', ...given }, cwd: '/w', stdin: c.stdin ?? '', programs });
  const files: Record<string, string> = {};
  const walk = (dir: TmpfsDir, prefix: string): void => {
    for (const [name, node] of dir.entries) {
      if (node.kind === 'dir') walk(node, `${prefix}${name}/`);
      else if (node.kind === 'file') files[prefix + name] = node.data;
    }
  };
  walk(ran.tree.entries.get('w') as TmpfsDir, '');
  return { stdout: ran.stdout, status: ran.status, complains: ran.stderr !== '', files };
}

let count = 0;
for (const [group, cases] of Object.entries(CORPUS)) {
  describe(group, () => {
    for (const c of cases) {
      const line = c.argv.join(' ').replaceAll('\n', '\\n');
      const program = c.argv[0] as string;
      const n = count++;
      const skipped = !has(realName(program)) || DIFFERENT.some(([pattern]) => pattern.test(line))
        || (program === 'awk' && AWK !== 'gawk' && ONLY_GAWK.test(line));
      test.skipIf(skipped)(`${n} ${line.slice(0, 120)}`, () => {
        const [ours, theirs] = [here(c), real(c, n)];
        if (program === 'find') {
          const end = line.includes('-print0') ? '\0' : '\n';
          ours.stdout = sorted(ours.stdout, end);
          theirs.stdout = sorted(theirs.stdout, end);
        }
        expect(ours).toEqual(theirs);
      });
    }
  });
}
