// One rule for which Chromium the tests use: CHROMIUM_PATH, else Playwright's own build, else the system's.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

export const noBrowser = 'The end-to-end tests need Chromium and none was found or could be installed. Install one (Debian: apt-get install chromium), '
  + 'or set CHROMIUM_PATH to the program file of Chromium or Chrome, and try again.';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const ELSEWHERE = {
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe'],
};

/** { path, source } or undefined. Throws where CHROMIUM_PATH names nothing: what was asked for by name is never replaced silently. */
export async function findChromium() {
  const asked = process.env.CHROMIUM_PATH;
  if (asked) {
    if (existsSync(asked)) return { path: asked, source: 'CHROMIUM_PATH' };
    throw new Error(`CHROMIUM_PATH is ${asked}, and there is no such file.`);
  }
  const { chromium } = await import('@playwright/test');
  const own = chromium.executablePath();
  if (own && existsSync(own)) return { path: own, source: 'playwright' };
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const path = [...onPath, ...(ELSEWHERE[process.platform] ?? [])].find((file) => existsSync(file));
  return path ? { path, source: 'system' } : undefined;
}

/** Playwright drives Debian's Firefox over BiDi from this version on (measured: 153 works, 140 stops at an unknown command). */
const FIREFOX_FROM = 153;

/** Firefox for the smoke tests, where the system has one that Playwright can drive; says so where it has an older one. */
export function findFirefox() {
  const found = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((file) => existsSync(file));
  if (found === undefined) return undefined;
  const { stdout = '' } = spawnSync(found, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  const major = Number(/(\d+)\./.exec(stdout)?.[1] ?? 0);
  if (major >= FIREFOX_FROM) return found;
  // The configuration is read by every worker of the runner: said once.
  if (process.env.TEST_WORKER_INDEX === undefined) console.log(`Firefox ${major || 'of unknown version'} found; its smoke test needs ${FIREFOX_FROM} or newer and is skipped.`);
  return undefined;
}
