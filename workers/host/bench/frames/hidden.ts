/**
 * What a hidden tab costs. Playwright keeps every tab it drives visible, so this drives a browser by hand: CDP over a pipe, a second tab in front of the page's.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

export interface HiddenFigures {
  /** What the page itself says it is: 'hidden', or the figures mean nothing. */
  readonly state: string;
  /** Milliseconds of processor time of the main thread a second. */
  readonly msPerSecond: number;
  /** Animation frames that the page was given meanwhile. */
  readonly pictures: number;
}
interface Reply {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}
type Send = (method: string, params?: object, sessionId?: string) => Promise<Readonly<Record<string, unknown>>>;

/** Commands go out on descriptor 3 of the browser and answers come back on 4, each ended by a zero. */
function talk(out: Duplex, back: Duplex): Send {
  const waiting = new Map<number, (reply: Reply) => void>();
  let text = '';
  let last = 0;
  back.on('data', (chunk: Buffer) => {
    const parts = (text + chunk.toString()).split('\0');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const reply = JSON.parse(part) as Reply;
      if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
    }
  });
  return (method, params = {}, sessionId) => new Promise((resolve, reject) => {
    const id = ++last;
    waiting.set(id, ({ result, error }) => {
      waiting.delete(id);
      if (error) reject(new Error(`${method}: ${error.message}`));
      else resolve(result ?? {});
    });
    out.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
  });
}
const sleep = (ms: number): Promise<unknown> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Opens `url`, sets the worker going with `start` (a script), puts another tab in front and looks for two seconds. */
export async function hiddenTab(browser: string, url: string, start: string): Promise<HiddenFigures> {
  const profile = mkdtempSync(join(tmpdir(), 'hotplug-hidden-'));
  const child = spawn(browser, ['--headless=new', '--disable-gpu', '--no-sandbox', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${profile}`, '--window-size=1920,1080', 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => { child.on('exit', resolve); });
  try {
    const send = talk(child.stdio[3] as Duplex, child.stdio[4] as Duplex);
    const { targetId } = await send('Target.createTarget', { url });
    const sessionId = (await send('Target.attachToTarget', { targetId, flatten: true })).sessionId as string;
    const evaluate = async (expression: string): Promise<unknown> => ((await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId)).result as { readonly value?: unknown }).value;
    // A tab that has just been made has no page to ask yet.
    const drawn = (): Promise<unknown> => evaluate("performance.getEntriesByName('first picture').length").catch(() => 0);
    for (let tries = 0; tries < 100 && (await drawn()) !== 1; tries++) await sleep(100);
    await send('Performance.enable', { timeDomain: 'threadTicks' }, sessionId);
    const busy = async (): Promise<number> => ((await send('Performance.getMetrics', {}, sessionId)).metrics as { name: string; value: number }[]).find(({ name }) => name === 'TaskDuration')?.value ?? 0;
    await evaluate(`${start}; window.pictures = 0; (function count() { requestAnimationFrame(() => { window.pictures++; count(); }); })()`);
    await send('Target.createTarget', { url: 'about:blank' });
    await sleep(1000);
    const state = String(await evaluate('window.pictures = 0, document.visibilityState'));
    const before = await busy();
    await sleep(2000);
    const msPerSecond = ((await busy()) - before) * 500;
    return { state, msPerSecond, pictures: Number(await evaluate('window.pictures')) };
  } finally {
    child.kill();
    await exited;
    rmSync(profile, { recursive: true, force: true });
  }
}
