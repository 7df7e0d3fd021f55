/** Processor time of single threads of a browser, as Linux counts it; elsewhere it is not known. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Browser } from '@playwright/test';

/** Threads of workers in the process that has most of them, oldest first: of the page, the kernel's and the painter's. Paths in /proc. */
async function workersOf(browser: Browser): Promise<string[]> {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
  await cdp.detach();
  const threads = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => {
    const tasks = `/proc/${id}/task`;
    return readdirSync(tasks).map(Number).sort((a, b) => a - b).map((tid) => `${tasks}/${tid}`).filter((path) => readFileSync(`${path}/comm`, 'utf8').startsWith('DedicatedWorker'));
  });
  return threads.sort((a, b) => b.length - a.length)[0] ?? [];
}

/** Milliseconds that the painter's thread has run so far; NaN where that is not told. */
export async function painterClock(browser: Browser): Promise<() => number> {
  try {
    const painter = (await workersOf(browser))[1];
    if (painter !== undefined) return () => Number(readFileSync(`${painter}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    // No /proc, or one that says less.
  }
  return () => Number.NaN;
}
