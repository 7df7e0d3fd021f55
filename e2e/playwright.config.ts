import { defineConfig, devices } from '@playwright/test';
import { findChromium, findFirefox, noBrowser } from '../scripts/chromium.mjs';

/** The built page, as a visitor gets it, behind the same headers (vite preview). */
const port = Number(process.env.E2E_PORT ?? 4173);
const chromium = await findChromium();
if (!chromium) throw new Error(noBrowser);
const firefox = findFirefox();
/** Pixels are compared at this size and scale only. */
const viewport = { width: 1280, height: 720 };

/** What is drawn again is drawn whole, and letters without regard to the screen: the same page gives the same pixels (pictures/page.spec.ts). */
const EXACT = ['--disable-partial-raster', '--disable-lcd-text', '--font-render-hinting=none'];

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  // RENEW=1 makes baselines; nothing else writes one.
  updateSnapshots: process.env.RENEW ? 'all' : 'none',
  snapshotPathTemplate: '{testDir}/{testFileDir}/{testFileName}-snapshots/{arg}-{projectName}{ext}',
  // Two cores are shared with the server and the browser's own processes; a machine is a CPU-bound worker. More than two would only wait for each other.
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // On a machine that others load, too: what passes only then is counted and said (scripts/test.mjs).
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 15_000, toHaveScreenshot: { pathTemplate: '{testDir}/pictures/pages/{arg}{ext}' } },
  reporter: [['list'], ['./pictures/reporter.ts'], ...(process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [['json'] as ['json']] : [])],
  // A trace of every test would take a fifth of the time; by hand: --trace on.
  use: { baseURL: `http://localhost:${port}`, viewport, deviceScaleFactor: 1, trace: 'on-first-retry' },
  projects: [
    { name: 'chromium', grepInvert: /@firefox/, use: { ...devices['Desktop Chrome'], viewport, deviceScaleFactor: 1, launchOptions: { executablePath: chromium.path, args: EXACT } } },
    // Where the system has a Firefox: a smoke test (@firefox) and what is run in either (@both). Playwright drives Debian's over BiDi.
    ...(firefox
      ? [{ name: 'firefox', grep: /@firefox|@both/, use: { ...devices['Desktop Firefox'], viewport, channel: 'moz-firefox', launchOptions: { executablePath: firefox } } }]
      : []),
  ],
  webServer: { command: `npm run -s preview -- --port ${port}`, url: `http://localhost:${port}`, cwd: '..', reuseExistingServer: false, timeout: 60_000 },
});
