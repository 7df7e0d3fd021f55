/** What a visit has to load before it shows memory: bytes of scripts, as gzip -9 makes them, on the page's thread, in the kernel's worker and in the painter's. Asked for are 150, 120 embedded and 200 for the worker; another language comes beside English, whose words every page loads. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, type Page, type Request, test } from '@playwright/test';

const KB = 1000;
const DIST = join(import.meta.dirname, '../../dist/assets');
const weigh = (names: readonly string[]): number => names.reduce((sum, name) => sum + gzipSync(readFileSync(join(DIST, name)), { level: 9 }).length, 0);

interface Loaded {
  /** Scripts that the page's own thread asked for before the first picture, those of the kernel's worker and of the painter's, by name. */
  readonly page: readonly string[];
  readonly worker: readonly string[];
  readonly painter: readonly string[];
  /** Milliseconds from the navigation to the first picture: told, not held to anything here. */
  readonly after: number;
}
async function load(page: Page, address: string): Promise<Loaded> {
  const asked: Request[] = [];
  page.on('request', (request) => { if (request.url().endsWith('.js')) asked.push(request); });
  await page.goto(address);
  await page.waitForFunction(() => performance.getEntriesByName('first picture').length > 0);
  const { names, after } = await page.evaluate(() => {
    const picture = performance.getEntriesByName('first picture')[0]?.startTime ?? 0;
    const scripts = performance.getEntriesByType('resource').filter(({ name, startTime }) => name.endsWith('.js') && startTime <= picture);
    return { names: scripts.map(({ name }) => name), after: picture };
  });
  const requests = [...asked];
  // What is still on its way has no entry yet: without one it would count as a worker's.
  await Promise.all(requests.map(async (request) => (await request.response())?.finished()));
  const soFar = [...new Set(requests.map((request) => basename(new URL(request.url()).pathname)))];
  const known = names.map((name) => basename(new URL(name).pathname));
  const all = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  const later = new Set(all.map((name) => basename(new URL(name).pathname)).filter((name) => !known.includes(name)));
  const ours = known.filter((name) => !/worker/.test(name));
  // Programs and the shell are fetched behind the kernel, once a machine is there (workers/usr/user_space.ts), and what the painter paints beside the picture when that is there
  // (src/map/studio.ts): the picture does not wait for them.
  const others = soFar.filter((name) => !ours.includes(name) && !later.has(name) && !/^(user_space|beside)-/.test(name));
  const painter = others.filter((name) => name.startsWith('painter.worker-'));
  return { page: ours, worker: others.filter((name) => !painter.includes(name)), painter, after };
}

/** The rasteriser and what places it. */
const MOST_OF_PAINTER = 15;

test.use({ serviceWorkers: 'block' });
for (const [what, address, most, mostOfWorker] of [['the page', './', 145, 190], ['the page in German', './?lang=de', 150, 190], ['a page opened by a link', './#s=first-offline', 150, 200], ['an embedded page', './?embed=1#s=first-offline', 80, 200]] as const) {
  test(`${what} loads at most ${most} kB of scripts before its first picture, and its worker ${mostOfWorker} kB`, async ({ page }) => {
    const { page: ours, worker, painter, after } = await load(page, address);
    const [own, other, painters] = [weigh(ours) / KB, weigh(worker) / KB, weigh(painter) / KB];
    console.log(`${what}: ${own.toFixed(1)} kB in ${ours.length} scripts before the first picture, worker ${other.toFixed(1)} kB, painter ${painters.toFixed(1)} kB, first picture after ${after.toFixed(0)} ms`);
    // Scripts were found at all: the heaviest parts have to be among them.
    expect(ours.some((name) => name.startsWith('session-'))).toBe(true);
    const kernel = worker.find((name) => name.startsWith('engine.worker-'));
    expect(kernel).toBeDefined();
    expect(readFileSync(join(DIST, kernel ?? ''), 'utf8')).not.toMatch(/(from|import)\s*["']\.\/user_space-/);
    expect(own).toBeLessThan(most);
    expect(other).toBeLessThan(mostOfWorker);
    expect(painter.length).toBe(1);
    expect(painters).toBeLessThan(MOST_OF_PAINTER);
  });
}
