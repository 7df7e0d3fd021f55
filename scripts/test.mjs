#!/usr/bin/env node
// npm test: set-up, then everything that can fail. Every stage runs even when an earlier one failed; the last line is "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { npm, root } from './npm.mjs';

const setup = spawnSync(process.execPath, [join(root, 'scripts', 'setup.mjs'), '--browser'], { stdio: 'inherit' });
if (setup.status !== 0) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'hotplug-lab-test-'));
const report = (name) => join(folder, `${name}.json`);

/** Counts of a report in Vitest's and in Playwright's JSON; undefined if the runner did not get as far as writing one. */
const COUNT = {
  vitest: (r) => ({ passed: r.numPassedTests, failed: r.numFailedTests, skipped: r.numPendingTests + (r.numTodoTests ?? 0) }),
  playwright: ({ stats }) => ({ passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped, again: stats.flaky }),
};
function counts(runner) {
  try {
    return COUNT[runner](JSON.parse(readFileSync(report(runner), 'utf8')));
  } catch {
    return undefined;
  }
}

const STAGES = [
  { name: 'types', args: ['run', '-s', 'typecheck'] },
  { name: 'lint', args: ['run', '-s', 'lint'] },
  { name: 'dead code', args: ['run', '-s', 'deadcode'] },
  { name: 'unit and conformance', args: ['run', '-s', 'test:unit', '--', '--reporter=default', '--reporter=json', `--outputFile.json=${report('vitest')}`], runner: 'vitest' },
  { name: 'build', args: ['run', '-s', 'build'] },
  { name: 'end to end', args: ['run', '-s', 'test:e2e'], env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report('playwright') }, runner: 'playwright' },
];

const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
for (const { name, args, env, runner } of STAGES) {
  console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 76 - name.length))}`);
  const begun = Date.now();
  const ok = npm(args, env);
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  const tests = runner ? counts(runner) : undefined;
  if (tests) for (const key of Object.keys(total)) total[key] += tests[key];
  // A stage that failed without a failing test of its own (types, a crash of the runner) counts as one failure: the last line never looks green when it is not.
  if (!ok && !tests?.failed) total.failed++;
  summary.push(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(22)} ${seconds.padStart(6)} s${tests ? `   ${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped${tests.again ? `, ${tests.again} of the passed only at the second go` : ''}` : ''}`);
}
rmSync(folder, { recursive: true, force: true });

console.log(`\n${summary.join('\n')}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
