/**
 * `npm run bench -- frames`: the built page in headless Chromium without a GPU, 1920 × 1080, while frames change at five million a second (one trace record each) and a script
 * zooms and pans. Busy time is the main thread's own task time as the browser counts it, scripts, layout and paint together; a frame is one that the page was asked to draw.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import type { CDPSession, Page } from '@playwright/test';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const RATE = 5_000_000;
const SECONDS = 6;
const MACHINES = [['4 M', '16G'], ['64 M', '256G'], ['268 M', '1T']] as const;

export interface FrameFigures {
  readonly frames: string;
  /** Milliseconds: the main thread's work per frame, at rest and while frames change, and what lies between two frames. */
  readonly restMs: number;
  readonly busyMs: number;
  readonly median: number;
  readonly p99: number;
  /** Milliseconds from a key press to the frame that shows it (the browser's own count, in steps of 8). */
  readonly input: number;
  /** Frames changed a second, and the main thread's time per event beyond what zooming costs alone. */
  readonly rate: number;
  readonly nsPerEvent: number;
  /** Milliseconds a second of a hidden tab's main thread, and pictures it drew. */
  readonly hiddenMs: number;
  readonly firstPictureMs: number;
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.woff2': 'font/woff2', '.png': 'image/png', '.gz': 'application/octet-stream' };
function serve(dist: string): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').replace(/[?#].*$/, '')).replace(/\/$/, '/index.html');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    try {
      const body = readFileSync(join(dist, path));
      response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/` });
    });
  });
}

async function workerScript(dir: string): Promise<string> {
  await build({
    root, configFile: false, logLevel: 'error', publicDir: false, ssr: { noExternal: true },
    build: { ssr: 'workers/host/bench/frames/worker.ts', outDir: dir, emptyOutDir: false, target: 'es2022', rollupOptions: { output: { codeSplitting: false } } },
  });
  return readFileSync(join(dir, 'worker.js'), 'utf8');
}

const taskSeconds = async (cdp: CDPSession): Promise<number> => (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;

interface Watched {
  readonly intervals: readonly number[];
  readonly inputs: readonly number[];
  readonly busy: number;
  readonly seconds: number;
}
/** Zooms in and out and pans for a while, at most once a frame; a key is pressed ten times a second. */
async function watch(page: Page, cdp: CDPSession): Promise<Watched> {
  await page.locator('#map [role="grid"]').focus();
  const before = await taskSeconds(cdp);
  const watching = page.evaluate((ms) => new Promise<{ intervals: number[]; inputs: number[] }>((resolve) => {
    const canvas = document.querySelector('canvas[data-picture="map"]') as HTMLCanvasElement;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const intervals: number[] = [];
    const inputs: number[] = [];
    const observer = new PerformanceObserver((list) => { for (const { name, duration } of list.getEntries()) if (name === 'keydown') inputs.push(duration); });
    observer.observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
    let begun = 0;
    let last = 0;
    const turn = (now: number): void => {
      if (begun === 0) begun = now;
      else intervals.push(now - last);
      last = now;
      const phase = (now - begun) / 1000;
      const at = { clientX: left + width * (0.5 + 0.4 * Math.sin(phase)), clientY: top + height / 2, bubbles: true, cancelable: true };
      // In for two seconds, out for two; sideways in between.
      canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: phase % 4 < 2 ? -30 : 30, deltaX: 0 }));
      canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX: 6 * Math.cos(phase * 2), deltaY: 0 }));
      if (now - begun < ms) requestAnimationFrame(turn);
      else {
        observer.disconnect();
        resolve({ intervals, inputs });
      }
    };
    requestAnimationFrame(turn);
  }), SECONDS * 1000);
  let over = false;
  void watching.then(() => { over = true; });
  while (!over) {
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(100);
  }
  const { intervals, inputs } = await watching;
  return { intervals, inputs, busy: ((await taskSeconds(cdp)) - before) * 1000, seconds: SECONDS };
}

const at = (numbers: readonly number[], share: number): number => numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN;
/** Sets the rate; 0 stops, and answers with how many frames changed a second. */
const tell = (page: Page, rate: number): Promise<number> => page.evaluate((n) => new Promise<number>((resolve) => {
  const channel = new BroadcastChannel('frames');
  channel.onmessage = ({ data }: MessageEvent<{ changed: number; ms: number }>) => { resolve((data.changed * 1000) / data.ms); };
  channel.postMessage(n);
  if (n > 0) resolve(0);
}), rate);

async function one(page: Page, url: string, frames: string, memory: string): Promise<FrameFigures> {
  const scenario = `scenario 1\ntitle ${memory}\nedition 6.1\nmemory ${memory}\n`;
  await page.goto(`${url}?test=1#v1;${deflateRawSync(scenario).toString('base64url')}`);
  await page.getByRole('heading', { name: memory, exact: true }).waitFor({ timeout: 60_000 });
  await page.evaluate(() => (window as unknown as { readonly lab?: { idle(): Promise<void> } }).lab?.idle());
  const firstPictureMs = await page.evaluate(() => performance.getEntriesByName('first picture')[0]?.startTime ?? Number.NaN);
  const cdp = await page.context().newCDPSession(page);
  // Processor time, not time on the wall: other programs on the computer are not the page's.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await watch(page, cdp);
  const rest = await watch(page, cdp);
  await tell(page, RATE);
  const busy = await watch(page, cdp);
  const rate = await tell(page, 0);
  await tell(page, RATE);
  // Another tab in front: this one is hidden.
  const front = await page.context().newPage();
  await front.bringToFront();
  await front.waitForTimeout(500);
  const before = await taskSeconds(cdp);
  await front.waitForTimeout(2000);
  const hiddenMs = (((await taskSeconds(cdp)) - before) * 1000) / 2;
  await front.close();
  await tell(page, 0);
  const per = ({ busy: ms, intervals }: Watched): number => ms / Math.max(1, intervals.length);
  return {
    frames, restMs: per(rest), busyMs: per(busy), median: at(busy.intervals, 0.5), p99: at(busy.intervals, 0.99), input: at(busy.inputs, 0.95), rate,
    nsPerEvent: ((busy.busy - (rest.busy * busy.intervals.length) / rest.intervals.length) * 1e6) / (rate * busy.seconds), hiddenMs, firstPictureMs,
  };
}

/** Builds the site, opens it, and measures each size. Throws where there is no Chromium. */
export async function framesBench(): Promise<readonly FrameFigures[]> {
  const { chromium } = await import('@playwright/test');
  const { findChromium } = (await import(join(root, 'scripts/chromium.mjs'))) as { findChromium(): Promise<{ readonly path: string } | undefined> };
  const found = await findChromium();
  if (found === undefined) throw new Error('no Chromium on this computer');
  const dir = mkdtempSync(join(tmpdir(), 'hotplug-frames-'));
  const dist = join(dir, 'site');
  // A process of its own: what runs this file has set up another environment than a visitor's build has.
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error', '--outDir', dist], { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } });
  if (status !== 0) throw new Error(stderr);
  const script = await workerScript(dir);
  const { server, url } = await serve(dist);
  const kernel = readdirSync(join(dist, 'assets')).find((name) => name.startsWith('engine.worker-') && name.endsWith('.js')) ?? '';
  const browser = await chromium.launch({ executablePath: found.path, args: ['--disable-gpu'] });
  const figures: FrameFigures[] = [];
  try {
    for (const [frames, memory] of MACHINES) {
      const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, serviceWorkers: 'block' });
      const page = await context.newPage();
      await context.route(`**/${kernel}`, (route) => route.fulfill({ body: script, contentType: 'text/javascript', headers: { 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' } }));
      const figure = await one(page, url, frames, memory);
      printFrames(figure);
      figures.push(figure);
      await context.close();
    }
  } finally {
    await browser.close();
    server.close();
    rmSync(dir, { recursive: true });
  }
  return figures;
}

function printFrames(f: FrameFigures): void {
  console.log(`${f.frames} frames, ${(f.rate / 1e6).toFixed(1)} million changed a second: main thread ${f.busyMs.toFixed(2)} ms a frame (${(f.busyMs / f.restMs).toFixed(2)} × zooming and panning alone, ${f.restMs.toFixed(2)} ms), `
    + `${(100 * f.busyMs / 16.7).toFixed(0)} % of a sixtieth of a second\n${' '.repeat(12)}frames ${f.median.toFixed(1)} ms apart, 99th percentile ${f.p99.toFixed(1)} ms, key to paint ${f.input.toFixed(0)} ms, ${f.nsPerEvent.toFixed(1)} ns an event, hidden tab ${f.hiddenMs.toFixed(1)} ms a second, first picture ${f.firstPictureMs.toFixed(0)} ms after the address`);
}
