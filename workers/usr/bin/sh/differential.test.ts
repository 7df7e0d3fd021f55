import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createHarness, type Outcome } from './harness.ts';

/**
 * Every script of the corpus (corpus/TOPIC.txt, scripts parted by ----) is run by the real bash in an empty directory and by the shell here:
 * the same output, messages and status, byte for byte. Messages are those of bash 5.2.
 */
const BASH = '/bin/bash';
const corpus = new URL('corpus/', import.meta.url);
const version = existsSync(BASH) ? spawnSync(BASH, ['-c', 'echo $BASH_VERSION'], { encoding: 'utf8' }).stdout : '';
const usable = version.startsWith('5.2');

function realBash(script: string): Outcome {
  const dir = mkdtempSync(join(tmpdir(), 'shell-'));
  try {
    const ran = spawnSync(BASH, ['--norc', '-c', script], {
      argv0: 'bash',
      cwd: dir,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LC_ALL: 'C' },
      input: '',
      timeout: 20_000,
      encoding: 'latin1',
    });
    const plain = (text: string): string => text.replaceAll(dir, '/w');
    return { stdout: plain(ran.stdout), stderr: plain(ran.stderr), status: ran.status ?? undefined };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

for (const file of readdirSync(corpus)) {
  describe.skipIf(!usable)(`${file.replace('.txt', '')}, as bash ${version.trim() || '(not here: skipped)'} does it`, () => {
    const scripts = readFileSync(new URL(file, corpus), 'latin1').replace(/\n$/, '').split('\n----\n');
    test.each(scripts)('%s', (script) => {
      expect(createHarness().run(script)).toEqual(realBash(script));
    });
  });
}
