/** The page in other people's pages and under its content policy. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, type Page, test } from '@playwright/test';

/** A page of another origin: a server of its own, on another port. */
const served = new Map<string, { readonly body: string; readonly headers: Readonly<Record<string, string>> }>();
const server = createServer((request, response) => {
  const found = served.get(request.url ?? '');
  response.writeHead(found ? 200 : 404, { 'Content-Type': 'text/html', ...found?.headers }).end(found?.body);
});
let origin = '';
test.beforeAll(async () => {
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
test.afterAll(() => { server.close(); });
async function blog(page: Page, body: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const path = `/${served.size}`;
  served.set(path, { body: `<!doctype html><title>A blog</title><body>${body}`, headers });
  await page.goto(origin + path);
}
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

for (const [how, headers] of [['without isolation', {}], ['with isolation', ISOLATED]] as const) {
  test(`a frame in a page of another origin, ${how}: shakes hands, plays, tells @both`, async ({ page, baseURL }) => {
    await blog(page, `<iframe id=f width=800 height=400 src="${baseURL}/?embed=1&test=1&theme=light&origins=${origin}#s=first-offline"></iframe>
      <script>
        window.heard = [];
        addEventListener('message', ({ data, origin }) => { if (origin === ${JSON.stringify(new URL(baseURL ?? '').origin)}) heard.push(data); });
        window.say = (message) => document.getElementById('f').contentWindow.postMessage({ hotplugLab: 1, ...message }, '*');
      </script>`, headers);
    const say = (message: Readonly<Record<string, unknown>>): Promise<void> => page.evaluate((m) => { (window as unknown as { say(m: unknown): void }).say(m); }, message);
    const heard = (): Promise<readonly Record<string, unknown>[]> => page.evaluate(() => (window as unknown as { heard: Record<string, unknown>[] }).heard);
    await expect(page.frameLocator('#f').getByRole('heading', { name: 'A block goes offline' })).toBeVisible();
    await expect.poll(async () => {
      await say({ type: 'ping', id: 1 });
      return (await heard()).some((m) => m.type === 'pong' && m.ready === true);
    }).toBe(true);
    // It has not moved since: everything that follows is heard.
    await say({ type: 'state', id: 5 });
    await expect.poll(async () => (await heard()).find((m) => m.id === 5)?.step).toBe(0);
    await say({ type: 'play', id: 2 });
    await expect.poll(async () => (await heard()).find((m) => m.type === 'done' && m.met !== undefined)?.met).toBe(7);
    // Events are told some times a second: the last may come behind the end.
    await expect.poll(async () => (await heard()).some((m) => m.type === 'event' && String(m.text).includes('MEM_OFFLINE'))).toBe(true);
    expect((await heard()).some((m) => m.type === 'caption')).toBe(true);
    await say({ type: 'seek', id: 3, command: 2, events: 20 });
    await expect.poll(async () => (await heard()).find((m) => m.id === 3)?.playing).toBe(false);
    await say({ type: 'load', id: 4, text: 'scenario 1\nteleport\n' });
    await expect.poll(async () => (await heard()).find((m) => m.id === 4)?.reason).toMatch(/"teleport" is not a statement/);
  });
}

test('plain words in its address: where it begins and ends, what is shown, in which theme and language @both', async ({ page, baseURL }) => {
  await blog(page, `<iframe id=f width=800 height=400 src="${baseURL}/?embed=1&test=1&start=1%2B2&end=2&autoplay=1&loop=1&panels=title,caption&theme=light&lang=de&readonly=1#s=first-offline"></iframe>
    <script>
      window.heard = [];
      addEventListener('message', ({ data }) => { if (data?.type === 'state') heard.push(data); });
      window.ask = () => document.getElementById('f').contentWindow.postMessage({ hotplugLab: 1, type: 'state' }, '*');
    </script>`);
  const frame = page.frameLocator('#f');
  await expect(frame.locator('html[data-theme=light][lang=de]')).toBeVisible();
  await expect(frame.getByRole('heading', { name: 'Ein Block geht offline' })).toBeVisible();
  await expect(frame.getByRole('group')).toHaveCount(0);
  await expect(frame.getByRole('link')).toHaveCount(0);
  // It plays to its end, shows that for a while, and begins again: the event number falls.
  const seen: number[] = [];
  await expect.poll(async () => {
    await page.evaluate(() => { (window as unknown as { ask(): void }).ask(); });
    const states = await page.evaluate(() => (window as unknown as { heard: { seq: number; playing: boolean }[] }).heard);
    seen.push(...states.slice(seen.length).map(({ seq }) => seq));
    return seen.some((seq, i) => i > 0 && seq < (seen[i - 1] as number));
    // It is back at its end after some hundredths of a second.
  }, { intervals: [30], timeout: 40_000 }).toBe(true);
});

test('a page that is not in the list of origins hears nothing', async ({ page, baseURL }) => {
  await blog(page, `<iframe id=f width=800 height=400 src="${baseURL}/?embed=1&origins=https://elsewhere.example#s=memory0"></iframe><script>window.heard = []; addEventListener('message', ({ data }) => { if (data?.hotplugLab) heard.push(data); });</script>`);
  await expect(page.frameLocator('#f').getByRole('heading', { name: 'memory0 never goes' })).toBeVisible();
  await page.evaluate(() => { (document.getElementById('f') as HTMLIFrameElement).contentWindow?.postMessage({ hotplugLab: 1, type: 'ping' }, '*'); });
  await page.frameLocator('#f').getByRole('button', { name: 'Step one event' }).click();
  expect(await page.evaluate(() => (window as unknown as { heard: unknown[] }).heard)).toEqual([]);
});

test('the examples of README.md work as they stand', async ({ page, baseURL }) => {
  // They play at the pace of a person who watches.
  test.slow();
  const examples = [...readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8').matchAll(/```html\n([\s\S]*?)```/g)].map(([, html = '']) => html.replaceAll('https://example.org/lab/', `${baseURL}/`));
  expect(examples).toHaveLength(2);
  for (const [n, example] of examples.entries()) {
    const told: string[] = [];
    page.on('console', (message) => { told.push(message.text()); });
    await blog(page, example);
    // The element plays the lesson and tells its state at the end; the messages load and play a text.
    await expect.poll(() => told.some((line) => (n === 0 ? line.includes('A block goes offline') || line.includes('state') : /^\d+ /.test(line))), { timeout: 40_000 }).toBe(true);
    expect(told.filter((line) => /error|refused/i.test(line))).toEqual([]);
    page.removeAllListeners('console');
  }
});

test('the custom element, from another origin', async ({ page, baseURL }) => {
  await blog(page, `<script type="module" src="${baseURL}/embed.js"></script><hotplug-lab id=lab scenario="memory0" panels="title,caption"></hotplug-lab>
    <script>document.getElementById('lab').addEventListener('ready', () => { document.title = 'ready'; });</script>`);
  await expect(page).toHaveTitle('ready');
  const state = await page.evaluate(async () => {
    const lab = document.getElementById('lab') as HTMLElement & { play(): Promise<unknown>; state(): Promise<{ title: string }> };
    await lab.play();
    return lab.state();
  });
  expect(state.title).toBe('memory0 never goes');
});

test('no page breaks its content policy or asks a foreign origin', async ({ page, baseURL }) => {
  const foreign: string[] = [];
  const broken: string[] = [];
  page.on('request', (request) => { if (!request.url().startsWith(baseURL ?? '') && !/^(data|blob|about):/.test(request.url())) foreign.push(request.url()); });
  page.on('console', (message) => { if (/Content Security Policy|TrustedScript|Trusted Type/i.test(message.text())) broken.push(message.text()); });
  page.on('pageerror', (error) => { broken.push(error.message); });
  for (const address of ['./?test=1&machine=1G', './?test=1#s=first-offline', './?embed=1&test=1#s=memory0']) {
    await page.goto('about:blank');
    await page.goto(address);
    expect(await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content')).toContain("require-trusted-types-for 'script'");
    await page.waitForFunction(() => window.lab !== undefined);
    await page.evaluate(() => window.lab?.idle());
    if (address.includes('embed')) continue;
    for (const name of ['Scenarios', 'Share']) {
      await page.getByRole('button', { name, exact: true }).click();
      await expect(page.getByRole('dialog', { name })).toBeVisible();
      await page.keyboard.press('Escape');
    }
  }
  expect({ foreign, broken }).toEqual({ foreign: [], broken: [] });
});
