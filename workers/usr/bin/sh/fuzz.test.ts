// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the expansions of a shell
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createHarness } from './harness.ts';

/** Random scripts of the grammar that people use, run by bash and here: the same output, messages and status. A seed that fails is a script to look at. */
const BASH = '/bin/bash';
const usable = existsSync(BASH) && spawnSync(BASH, ['-c', 'echo $BASH_VERSION'], { encoding: 'utf8' }).stdout.startsWith('5.2');
const SEEDS = 5;
const SCRIPTS = 40;

/** Park and Miller's generator. */
function scriptsOf(seed: number): string[] {
  let state = seed * 7919 + 1;
  const below = (n: number): number => {
    state = (state * 48271) % 2147483647;
    return Math.floor((state / 2147483647) * n);
  };
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const times = (least: number, most: number, make: () => string, by: string): string => Array.from({ length: least + below(most - least + 1) }, make).join(by);
  const name = (): string => pick(['a', 'b', 'x', 'y', 'n', 's']);
  const operators = ['', '%%o*', '%o*', '#h', '##*o', '/o/0', '//o/0', ':1', ':1:2', ': -2', ':-d', '-d', ':+p', '+p', '^', '^^', ',,', '@Q', '/#h/J', '/%o/O', '%%[aeiou]*'];
  function arith(depth: number): string {
    const kind = depth > 2 ? 0 : below(8);
    if (kind < 3) return pick(['0', '1', '2', '7', '-3', '16', '0x1f', 'n', 'x']);
    if (kind === 3) return `(${arith(depth + 1)})`;
    if (kind === 4) return `(${arith(depth + 1)} ? ${arith(depth + 1)} : ${arith(depth + 1)})`;
    if (kind === 5) return pick(['n++', '++n', '(n += 2)', 'n--', '!n', '~n', '-n']);
    return `${arith(depth + 1)} ${pick(['+', '-', '*', '<', '>', '==', '!=', '&&', '||', '&', '|', '^', '<=', '>='])} ${arith(depth + 1)}`;
  }
  function word(depth: number): string {
    switch (below(18)) {
      case 0: return pick(['hello', 'abc', '1', '10', '*', '?', '[ab]', 'a*', '~', 'x=y', 'a\\ b']);
      case 1: return `"$${name()}"`;
      case 2: return `$${name()}`;
      case 3: return `'q ${pick(['x', '$a', '"'])}'`;
      case 4: case 5: return `${pick(['', '"'])}\${${name()}${pick(operators)}}`.replace(/^"(.*)$/, '"$1"');
      case 6: return `\${#${name()}}`;
      case 7: return `$((${arith(0)}))`;
      case 8: return depth < 2 ? `$(${simple(depth + 1)})` : 'w9';
      case 9: return `"a \${${name()}} b"`;
      case 10: return pick(['{1..3}', 'p{a,b}q', '{a,b}{1,2}', '{3..1}', 'x{,y}']);
      case 11: return pick(['$#', '"$@"', '$*', '"$*"', '$?', '"$1"', '${2:-none}', '"${@:1}"']);
      case 12: return `\${arr[${pick(['0', '1', '@', '*', '-1', 'n'])}]}`;
      case 13: return pick(['"${arr[@]}"', '${#arr[@]}', '"${arr[*]}"', '"${arr[@]:1}"', '${!arr[@]}', '"${arr[@]/o/0}"']);
      case 14: return pick(["$'t\\tx'", '"`echo bq`"', '${m[k]}', '"${m[@]}"', '${#m[@]}']);
      default: return pick(['w1', 'w2', 'w3']);
    }
  }
  function simple(depth: number): string {
    const words = (least: number, most: number): string => times(least, most, () => word(depth), ' ');
    switch (below(18)) {
      case 0: return `printf '%s|' ${words(1, 3)}`;
      case 1: return `${name()}=${word(depth)}`;
      case 2: return `arr+=(${words(1, 2)})`;
      case 3: return `arr[${below(5)}]=${word(depth)}`;
      case 4: return `[ ${word(depth)} ${pick(['=', '!='])} ${word(depth)} ]`;
      case 5: return `[[ ${pick(['$a', '"$b"', '$x', 'hello', '"${arr[@]}"', '${#b}'])} ${pick(['==', '!=', '=~', '<'])} ${pick(['a*', 'h.*', '"$a"', 'w1', '[0-9]'])} ]]`;
      case 6: return `(( ${arith(0)} ))`;
      case 7: return pick(['true', 'false', ':', '! true', '! false', 'shift', 'let n=2', 'unset x', 'unset "arr[1]"', 'unset n']);
      case 8: return `set -- ${words(0, 3)}`;
      case 9: return `read ${pick(['a b', 'x', '-r y s', '-a arr'])} <<< ${word(depth)}`;
      case 10: return `f ${word(depth)}`;
      case 11: return `m[${pick(['k', 'z'])}]=${word(depth)}`;
      case 12: return `test ${below(5)} ${pick(['-lt', '-ge', '-eq'])} ${below(5)}`;
      case 13: return `v=${below(9)} eval 'echo $v'`;
      default: return `echo ${words(1, 3)}`;
    }
  }
  const FILTERS = ['cat', 'tr a-z A-Z', 'sort', 'wc -l', 'head -1', 'tac', 'while read -r l; do echo "<$l>"; done', 'sed s/a/A/', 'grep -c .', '{ read l; echo "[$l]"; }', "awk '{ print NF, $1 }'"];
  const pipe = (depth: number): string => simple(depth) + (below(4) === 0 ? ` | ${pick(FILTERS)}` : '');
  const list = (depth: number): string => times(1, 2, () => command(depth), '; ');
  function command(depth: number): string {
    const inner = (): string => list(depth + 1);
    switch (depth > 2 ? 0 : below(20)) {
      case 9: return `if ${pipe(depth + 1)}; then ${inner()}; ${below(3) === 0 ? `elif ${pipe(depth + 1)}; then ${inner()}; ` : ''}else ${inner()}; fi`;
      case 10: return `for i${depth} in ${times(1, 3, () => word(depth), ' ')}; do ${inner()}${pick(['', '; continue', '; break', `; [ "$i${depth}" = 2 ] && break`])}; done`;
      case 11: return `case ${word(depth)} in a*|${pick(['w1', '"$a"'])}) ${inner()};; [0-9]) ${inner()}${pick([';;', ';&', ';;&'])} *) ${inner()};; esac`;
      case 12: return `{ ${inner()}; }`;
      case 13: return `( ${inner()} )`;
      case 14: return `${pipe(depth + 1)} && ${pipe(depth + 1)}`;
      case 15: return `${pipe(depth + 1)} || ${pipe(depth + 1)}`;
      case 16: return `c${depth}=0; while (( c${depth}++ < ${1 + below(3)} )); do ${inner()}; done`;
      case 17: return `for ((d${depth} = 0; d${depth} < ${1 + below(3)}; d${depth}++)); do ${inner()}; done`;
      case 18: return `${simple(depth)} > f1; cat f1`;
      default: return pipe(depth);
    }
  }
  return Array.from({ length: SCRIPTS }, () => {
    const lines = ['a=hello b="foo bar" n=3 arr=(one "t w o" three); declare -A m=([k]=v); f() { echo "f:$# $1"; return ${2:-0}; }; set -- p1 "p 2"'];
    const sometimes = (share: number, line: string): void => { if (below(100) < share) lines.push(line); };
    sometimes(15, 'set -e');
    sometimes(10, 'set -u');
    sometimes(10, 'set -o pipefail');
    sometimes(15, "trap 'echo bye $?' EXIT");
    sometimes(10, "trap 'echo err $?' ERR");
    sometimes(10, `IFS=${pick([':', 'o', "$' \\n'", "''"])}`);
    for (let i = 2 + below(4); i > 0; i--) lines.push(command(0));
    sometimes(15, `cat <<EOT\n${word(0)} ${word(0)}\n\tz\nEOT`);
    lines.push('echo "st $? ${PIPESTATUS[*]} $# ${arr[*]}"');
    return lines.join('\n');
  });
}
/** Each script by `bash -c` in an empty directory, ended after a while. */
const DRIVER = `for s in *.sh; do n=\${s%.sh}; cd $n.d || exit
  env -i PATH=/usr/bin:/bin HOME=/root LC_ALL=C SHLVL=1 timeout 5 bash -c "$(<../$s)" > ../$n.out 2> ../$n.err < /dev/null; echo $? > ../$n.status; cd ..; done`;

describe.skipIf(!usable)(`random scripts${usable ? '' : ' (skipped: no bash 5.2 here)'}`, () => {
  test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))('seed %i', (seed) => {
    const scripts = scriptsOf(seed);
    const base = mkdtempSync(join(tmpdir(), 'shell-fuzz-'));
    try {
      scripts.forEach((script, i) => {
        writeFileSync(join(base, `${i}.sh`), script, 'latin1');
        mkdirSync(join(base, `${i}.d`));
      });
      spawnSync(BASH, ['-c', DRIVER], { cwd: base });
      const read = (i: number, what: string): string => readFileSync(join(base, `${i}.${what}`), 'latin1').replaceAll(join(base, `${i}.d`), '/w');
      const real = scripts.map((script, i) => ({ script, stdout: read(i, 'out'), stderr: read(i, 'err'), status: Number(read(i, 'status')) })).filter(({ status }) => status !== 124);
      expect(real.length).toBeGreaterThan(SCRIPTS / 2);
      expect(real.map(({ script }) => ({ script, ...createHarness().run(script) }))).toEqual(real);
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  });
});
