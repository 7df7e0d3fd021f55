/**
 * `npm run bench -- frames`: the built page in headless Chromium without a GPU, 1920 × 1080, while frames change at five million a second (one trace record each) and a script
 * zooms and pans. Busy time is the main thread's own task time as the browser counts it, scripts, layout and paint together, as processor time (other programs on the computer
 * are not the page's) and on the wall; a frame is one that the page was asked to draw. Beside it stands what the painter's thread has run, which copies and counts frames and paints.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import type { Browser, CDPSession, Page } from '@playwright/test';
import { type HiddenFigures, hiddenTab } from './hidden.ts';
import { type ListFigures, listBench, printList } from './list.ts';
import { type Site, startSite } from './site.ts';
import { painterClock } from './threads.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const RATE = 5_000_000;
/** Few enough to cost next to nothing, enough that the page's facts are renewed as they are under load: what an event costs is the difference. */
const TRICKLE = 200_000;
const SECONDS = 6;
/** Visits of which the first picture is the median's, and stretches of time of which an event's cost is. */
const VISITS = 3;
const WINDOWS = 3;
const SIXTIETH = 1000 / 60;
const MACHINES = [['4 M', '16G'], ['64 M', '256G'], ['268 M', '1T']] as const;

/** Milliseconds of work per frame: the main thread's, and the painter's. */
interface Busy {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly painterMs: number;
}
export interface FrameFigures {
  readonly frames: string;
  /** Zooming and panning a machine that stands still, and one whose frames change. */
  readonly rest: Busy;
  readonly busy: Busy;
  /** Milliseconds between two frames while they change, and how many sixtieths of a second went by without one, of how many. */
  readonly median: number;
  readonly p99: number;
  readonly dropped: number;
  readonly of: number;
  /** Milliseconds from a key press to the first frame that begins when the painter has painted what it did. */
  readonly inputMedian: number;
  readonly inputP95: number;
  readonly keys: number;
  /** Frames changed a second. */
  readonly rate: number;
  /** The main thread's processor time per event: records alone, the picture at rest; and with the frames they stand for, their copy, count and redrawing. */
  readonly nsPerEvent: number;
  readonly nsPerFrame: number;
  readonly firstPictureMs: number;
}

interface Clocks {
  readonly sessions: readonly [cpu: CDPSession, wall: CDPSession];
  /** Milliseconds of the painter's thread. */
  readonly painter: () => number;
}
/** Seconds of tasks so far, by each clock. */
const taskSeconds = ({ sessions }: Clocks): Promise<number[]> => Promise.all(sessions.map(async (cdp) => (await cdp.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0));

interface Watched {
  readonly intervals: readonly number[];
  /** Durations of key presses, and how many there were. */
  readonly inputs: readonly number[];
  readonly keys: number;
  readonly cpu: number;
  readonly wall: number;
  readonly painter: number;
}
/** Counts frames for a while; with `zooming`, zooms in and out and pans, at most once a frame, and a key is pressed ten times a second. */
async function watch(page: Page, clocks: Clocks, seconds: number, zooming: boolean): Promise<Watched> {
  await page.locator('#map [role="grid"]').focus();
  const before = await taskSeconds(clocks);
  const painted = clocks.painter();
  const watching = page.evaluate(([ms, zooms]) => new Promise<{ intervals: number[]; inputs: number[] }>((resolve) => {
    const canvas = document.querySelector('canvas[data-picture="map"]') as HTMLCanvasElement;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const intervals: number[] = [];
    const inputs: number[] = [];
    const { lab } = window as unknown as { readonly lab: { painted(): Promise<void> } };
    // Whoever hears of the key has asked for the picture, the painter paints it, and the next frame shows it.
    const keyed = ({ timeStamp }: KeyboardEvent): void => { void lab.painted().then(() => { requestAnimationFrame(() => { inputs.push(performance.now() - timeStamp); }); }); };
    addEventListener('keydown', keyed);
    let begun = 0;
    let last = 0;
    const turn = (now: number): void => {
      if (begun === 0) begun = now;
      else intervals.push(now - last);
      last = now;
      const phase = (now - begun) / 1000;
      const at = { clientX: left + width * (0.5 + 0.4 * Math.sin(phase)), clientY: top + height / 2, bubbles: true, cancelable: true };
      // In for two seconds, out for two; sideways in between.
      if (zooms) {
        canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: phase % 4 < 2 ? -30 : 30, deltaX: 0 }));
        canvas.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX: 6 * Math.cos(phase * 2), deltaY: 0 }));
      }
      if (now - begun < ms) requestAnimationFrame(turn);
      else {
        removeEventListener('keydown', keyed);
        resolve({ intervals, inputs });
      }
    };
    requestAnimationFrame(turn);
  }), [seconds * 1000, zooming] as const);
  let over = false;
  let keys = 0;
  void watching.then(() => { over = true; });
  while (!over && zooming) {
    await page.keyboard.press('ArrowRight');
    keys++;
    await page.waitForTimeout(100);
  }
  const { intervals, inputs } = await watching;
  const [cpu, wall] = (await taskSeconds(clocks)).map((after, i) => (after - (before[i] as number)) * 1000) as [number, number];
  return { intervals, inputs, keys, cpu, wall, painter: clocks.painter() - painted };
}

const at = (numbers: readonly number[], share: number): number => numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN;
const perFrame = ({ cpu, wall, painter, intervals: { length } }: Watched): Busy => ({ cpuMs: cpu / Math.max(1, length), wallMs: wall / Math.max(1, length), painterMs: painter / Math.max(1, length) });

/** Tells the bench's worker what to do. Rate 0 answers with how many records a second there were. */
const TELL = (rate: number, frames: boolean): string => `new Promise((resolve) => {
  const channel = new BroadcastChannel('frames');
  channel.onmessage = ({ data }) => { resolve((data.changed * 1000) / data.ms); };
  channel.postMessage({ rate: ${rate}, frames: ${frames} });
  if (${rate} > 0) resolve(0);
})`;
const tell = (page: Page, rate: number, frames = true): Promise<number> => page.evaluate<number>(TELL(rate, frames));

/** A machine as a scenario in the address. */
const addressOf = (url: string, memory: string): string => `${url}?test=1#v1;${deflateRawSync(`scenario 1\ntitle ${memory}\nedition 6.1\nmemory ${memory}\n`).toString('base64url')}`;

/** Milliseconds from a navigation to the first picture of the site as it was built, nothing cached: the median of several visits. */
async function firstPicture(browser: Browser, address: string): Promise<number> {
  const visits: number[] = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, serviceWorkers: 'block' });
    const page = await context.newPage();
    await page.goto(address);
    await page.waitForFunction(() => performance.getEntriesByName('first picture').length > 0, undefined, { timeout: 60_000 });
    visits.push(await page.evaluate(() => performance.getEntriesByName('first picture')[0]?.startTime ?? Number.NaN));
    await context.close();
  }
  return at(visits, 0.5);
}

async function one(browser: Browser, page: Page, { url, built }: Site, frames: string, memory: string): Promise<FrameFigures> {
  const firstPictureMs = await firstPicture(browser, addressOf(built, memory));
  await page.goto(addressOf(url, memory));
  await page.getByRole('heading', { name: memory, exact: true }).waitFor({ timeout: 60_000 });
  await page.evaluate(() => (window as unknown as { readonly lab?: { idle(): Promise<void> } }).lab?.idle());
  const sessions = [await page.context().newCDPSession(page), await page.context().newCDPSession(page)] as const;
  await sessions[0].send('Performance.enable', { timeDomain: 'threadTicks' });
  await sessions[1].send('Performance.enable', { timeDomain: 'timeTicks' });
  const clocks: Clocks = { sessions, painter: await painterClock(browser) };
  // Once without looking: what runs for the first time is not compiled yet.
  await tell(page, RATE);
  await watch(page, clocks, SECONDS, true);
  await tell(page, 0);
  // At rest the page asks for the state's digest: of all that has just changed that takes the kernel's worker seconds, which are none of what is measured.
  await page.evaluate(() => (window as unknown as { readonly lab?: { digest(): Promise<string> } }).lab?.digest());
  const rest = await watch(page, clocks, SECONDS, true);
  await tell(page, RATE);
  const busy = await watch(page, clocks, SECONDS, true);
  const rate = await tell(page, 0);
  const still = async (load: number, changes: boolean): Promise<{ readonly cpu: number; readonly records: number }> => {
    await tell(page, load, changes);
    await page.waitForTimeout(500);
    const { cpu, intervals } = await watch(page, clocks, SECONDS / WINDOWS, false);
    return { cpu, records: (await tell(page, 0)) * (intervals.reduce((sum, ms) => sum + ms, 0) / 1000) };
  };
  // One beside the other, and the median of several: what else the page does in a second is not the same each time.
  const [ofRecords, ofChanges]: [number[], number[]] = [[], []];
  for (let window = 0; window < WINDOWS; window++) {
    const trickle = await still(TRICKLE, false);
    for (const [list, changes] of [[ofRecords, false], [ofChanges, true]] as const) {
      const load = await still(RATE, changes);
      list.push(((load.cpu - trickle.cpu) * 1e6) / (load.records - trickle.records));
    }
  }
  return {
    frames, rest: perFrame(rest), busy: perFrame(busy), median: at(busy.intervals, 0.5), p99: at(busy.intervals, 0.99),
    dropped: busy.intervals.reduce((sum, ms) => sum + Math.max(0, Math.round(ms / SIXTIETH) - 1), 0), of: Math.round((SECONDS * 1000) / SIXTIETH),
    inputMedian: at(busy.inputs, 0.5), inputP95: at(busy.inputs, 0.95), keys: busy.inputs.length, rate, nsPerEvent: at(ofRecords, 0.5), nsPerFrame: at(ofChanges, 0.5), firstPictureMs,
  };
}

export interface FramesReport {
  readonly machines: readonly FrameFigures[];
  readonly list: ListFigures;
  readonly hidden: HiddenFigures;
}
/** Builds the site, opens it, and measures each size. Throws where there is no Chromium. */
export async function framesBench(): Promise<FramesReport> {
  const { chromium } = await import('@playwright/test');
  const { findChromium } = (await import(join(root, 'scripts/chromium.mjs'))) as { findChromium(): Promise<{ readonly path: string } | undefined> };
  const found = await findChromium();
  if (found === undefined) throw new Error('no Chromium on this computer');
  const dir = mkdtempSync(join(tmpdir(), 'hotplug-frames-'));
  const site = await startSite(root, dir);
  const machines: FrameFigures[] = [];
  let list: ListFigures | undefined;
  try {
    const browser = await chromium.launch({ executablePath: found.path, args: ['--disable-gpu'] });
    try {
      for (const [frames, memory] of MACHINES) {
        const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, serviceWorkers: 'block' });
        const page = await context.newPage();
        const figure = await one(browser, page, site, frames, memory);
        printFrames(figure);
        machines.push(figure);
        if (list === undefined) {
          list = await listBench(page, (rate) => tell(page, rate, false), RATE);
          printList(list);
        }
        await context.close();
      }
    } finally {
      await browser.close();
    }
    const hidden = await hiddenTab(found.path, addressOf(site.url, MACHINES[0][1]), TELL(RATE, true));
    printHidden(hidden);
    return { machines, list: list as ListFigures, hidden };
  } finally {
    site.stop();
    rmSync(dir, { recursive: true });
  }
}

/** Busy is what the main thread does: scripts, layout and paint. The painter's thread works beside it. */
const told = ({ cpuMs, wallMs, painterMs }: Busy): string => `main thread busy ${cpuMs.toFixed(2)} ms a frame (processor time; ${wallMs.toFixed(2)} ms on the wall), painter's thread ${Number.isNaN(painterMs) ? 'not measured' : `${painterMs.toFixed(2)} ms`}`;

function printFrames(f: FrameFigures): void {
  const say = (line: string): void => { console.log(`${' '.repeat(12)}${line}`); };
  console.log(`${`${f.frames} frames`.padEnd(13)}${(f.rate / 1e6).toFixed(1)} million changed a second, zoomed and panned: ${told(f.busy)}`);
  say(`standing still, zoomed and panned: ${told(f.rest)}`);
  say(`frames ${f.median.toFixed(1)} ms apart, 99th percentile ${f.p99.toFixed(1)} ms, ${f.dropped} of ${f.of} sixtieths without one`);
  say(`key to picture, until the frame that can show it begins: median ${f.inputMedian.toFixed(0)} ms, 95th percentile ${f.inputP95.toFixed(0)} ms of ${f.keys}`);
  say(`an event ${f.nsPerEvent.toFixed(1)} ns, with the frame that changed ${f.nsPerFrame.toFixed(1)} ns; first picture ${f.firstPictureMs.toFixed(0)} ms after the address, with the site's own worker`);
  if (f.rate < 0.95 * RATE) say(`the load was starved: ${cpus().length} processors gave its worker time for ${(f.rate / 1e6).toFixed(1)} of ${RATE / 1e6} million a second`);
  if (f.busy.wallMs > 1.3 * f.busy.cpuMs) say(`the main thread waited for a processor ${(100 - (100 * f.busy.cpuMs) / f.busy.wallMs).toFixed(0)} % of its time: frames come later, and then bring more each`);
}
function printHidden({ state, msPerSecond, pictures }: HiddenFigures): void {
  console.log(state === 'hidden'
    ? `hidden tab  ${msPerSecond.toFixed(1)} ms a second of its main thread, ${pictures} pictures, while ${RATE / 1e6} million frames change a second`
    : `hidden tab  not measured: this browser says that a tab behind another one is ${state}`);
}
