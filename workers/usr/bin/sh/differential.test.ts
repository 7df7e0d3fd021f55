import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createHarness, type Outcome } from './harness.ts';

/**
 * Every script of the corpus (corpus/TOPIC.txt, scripts parted by ----) is run by the real bash in an empty directory and by the shell here:
 * the same output, messages and status, byte for byte. Messages are those of bash 5.2.
 */
const BASH = '/bin/bash';
const corpus = new URL('corpus/', import.meta.url);
const version = existsSync(BASH) ? spawnSync(BASH, ['-c', 'echo $BASH_VERSION'], { encoding: 'utf8' }).stdout.trim() : '';
const usable = version.startsWith('5.2');
/** Runs every script N.sh of its directory as `bash -c` in a directory N.d, with nothing on stdin. */
const DRIVER = `for s in *.sh; do n=\${s%.sh}; cd $n.d || exit
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C SHLVL=1 bash -c "$(<../$s)" > ../$n.out 2> ../$n.err < /dev/null
  echo $? > ../$n.status; chmod -R u+rwx . 2> /dev/null; cd ..; done`;

/** What the real bash makes of scripts, in their order. */
function realBash(scripts: readonly string[]): Outcome[] {
  const base = mkdtempSync(join(tmpdir(), 'shell-'));
  try {
    scripts.forEach((script, i) => {
      writeFileSync(join(base, `${i}.sh`), script, 'latin1');
      mkdirSync(join(base, `${i}.d`));
    });
    spawnSync(BASH, ['-c', DRIVER], { cwd: base, timeout: 100_000 });
    const read = (i: number, what: string): string => readFileSync(join(base, `${i}.${what}`), 'latin1').replaceAll(join(base, `${i}.d`), '/w');
    return scripts.map((_, i) => ({ stdout: read(i, 'out'), stderr: read(i, 'err'), status: Number(read(i, 'status')) }));
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

for (const file of readdirSync(corpus)) {
  const scripts = readFileSync(new URL(file, corpus), 'latin1').replace(/\n$/, '').split('\n----\n');
  describe.skipIf(!usable)(`${file.replace('.txt', '')}, as bash ${version || '5.2 (not here: skipped)'} does it`, () => {
    let real: Outcome[] = [];
    beforeAll(() => {
      real = realBash(scripts);
    });
    test.each(scripts.map((script, i) => [script, i] as const))('%s', (script, i) => {
      expect(createHarness().run(script)).toEqual(real[i]);
    });
  });
}
