/** Scenarios: chosen from the gallery, played, shared by address, gone on with after a reload. */
import { expect, type Page, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { deflateRawSync } from 'node:zlib';
import { Lab } from '../lab.ts';

const linkOf = (text: string): string => `#v1;${deflateRawSync(Buffer.from(text)).toString('base64url')}`;
const addressHas = (page: Page, pattern: RegExp): Promise<void> => expect.poll(() => page.evaluate(() => location.hash)).toMatch(pattern);

test('a scenario is found in the gallery and played step by step', async ({ page }) => {
  const lab = await Lab.open(page, '1G');
  await page.getByRole('button', { name: 'Scenarios' }).click();
  await page.getByRole('searchbox', { name: 'Search the library' }).fill('unmovable EBUSY recorded');
  await page.getByRole('button', { name: /^One unmovable page stops it/ }).click();
  await expect(page.getByRole('heading', { name: 'One unmovable page stops it' })).toBeVisible();
  const next = page.getByRole('button', { name: 'Next step' });
  await next.click();
  await expect(lab.terminal).toContainText('cd /sys/devices/system/memory');
  await next.click();
  await expect(lab.terminal).toContainText('Device or resource busy');
  await page.getByRole('button', { name: 'Play the rest' }).click();
  await expect(page.getByText('8 as expected')).toBeVisible();
  await addressHas(page, /^#s=unmovable-page;v1;/);
  await page.goBack();
  await expect(page.getByRole('heading', { name: '1 GiB, as booted' })).toBeVisible();
});

test('the address is the session: a reload goes on where it was', async ({ page }) => {
  const lab = await Lab.openLink(page, '#s=first-offline');
  await lab.idle();
  await expect(page.getByText('7 as expected')).toBeVisible();
  await lab.type('echo beyond the scenario');
  const before = await lab.told();
  await page.reload();
  await page.waitForFunction(() => window.lab !== undefined);
  await lab.idle();
  expect(await page.evaluate(() => window.lab?.digest())).toBe(before);
  await expect(lab.terminal).toContainText('beyond the scenario');
});

test('a long way to a link\'s moment says how far it is, and can be stopped: the page is there, and what runs can be ended', async ({ page }) => {
  const endless = 'scenario 1\nmemory 512M\nsockets 1 maxmem=2G\nplug d0 128M\n$ echo online_movable > /sys/devices/system/memory/memory32/state\nworkload 4K nothp splice\n'
    + '$ echo offline > /sys/devices/system/memory/memory32/state\nwait 1900000 events\nsignal SIGINT\nstart end\n';
  const lab = await Lab.openLink(page, linkOf(endless));
  const status = lab.status.filter({ hasText: /^To the link's moment: step \d of \d/ });
  const events = async (): Promise<number> => Number((/([\d\u202f]+) events/.exec(await status.textContent() ?? '')?.[1] ?? '0').replaceAll('\u202f', ''));
  await expect(status).toBeVisible();
  const first = await events();
  await expect.poll(events).toBeGreaterThan(first);
  await status.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Stopped on the way to the moment that the link names')).toBeVisible();
  await expect(status).toHaveCount(0);
  const there = await page.evaluate(() => window.lab?.seq() ?? 0);
  expect(there).toBeLessThan(1_900_000);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await page.getByRole('button', { name: 'Interrupt (Ctrl+C)' }).click();
  await lab.type('echo the page answers');
  await expect(lab.terminal).toContainText('the page answers\n');
});

test('a link whose outcome differs says so and shows both', async ({ page }) => {
  await Lab.openLink(page, linkOf('scenario 1\nmemory 512M\n$ echo one\nstart end\nmoment 1+0 settled digest=00c0ffee\n'));
  await expect(page.getByRole('alert')).toContainText('is not the one it was made from');
  await expect(page.getByRole('alert')).toContainText('then: digest 00c0ffee');
});

for (const [what, hash, sentence] of [
  ['damaged', '#v1;AAAA', /damaged/],
  ['with a word that is not known', linkOf('scenario 1\nmemory 1G\nteleport memory6\n'), /"teleport" is not a statement/],
  ['to a machine beyond all bounds', linkOf('scenario 1\nmemory 4T\n'), /./],
] as const) {
  test(`a link ${what} is refused with a sentence, and a machine is there all the same`, async ({ page }) => {
    const lab = await Lab.openLink(page, hash);
    await expect(page.getByRole('alert')).toContainText(sentence);
    await expect(lab.grid).toBeVisible();
  });
}

test('markup in a link stays text', async ({ page }) => {
  let alarmed = false;
  page.on('dialog', (dialog) => {
    alarmed = true;
    void dialog.dismiss();
  });
  const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
  await Lab.openLink(page, linkOf(`scenario 1\ntitle ${evil}\nnote ${evil}\nmemory 512M\ncaption ${evil}\n$ echo '${evil}'\n  expect stdout is "${evil}!"\nstart play\n`));
  await expect(page.getByRole('heading', { name: evil })).toBeVisible();
  await expect(page.getByText('1 otherwise')).toBeVisible();
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(alarmed).toBe(false);
});

test('a newcomer builds a machine; by mouse: a block does not go, the page in the way is found and freed, it goes, and the link leads there', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const lab = await Lab.open(page, '1G');
  await page.getByRole('button', { name: 'Scenarios' }).click();
  await page.getByRole('tab', { name: 'Blank machine' }).click();
  await page.getByRole('combobox', { name: /^Memory/ }).selectOption('512M');
  await page.getByRole('combobox', { name: /^Workload/ }).selectOption({ label: 'a page in a pipe' });
  const text = page.getByLabel(/The scenario as text/);
  await expect(text).toHaveValue(/memory 512M/);
  await text.fill(`${await text.inputValue()}nod 1\n`);
  await expect(page.getByText('"nod" is not a statement. Did you mean "node"?')).toBeVisible();
  await text.fill((await text.inputValue()).replace('nod 1\n', ''));
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'A machine of my own' })).toBeVisible();
  await lab.idle();
  await expect(page.getByRole('gridcell', { name: /^memory32, online, could likely go/ })).toBeAttached();

  // The kernel tries without end; not as fast as it can, or the link has as long a way.
  await page.getByLabel('Speed').selectOption('10000');
  await lab.select(32);
  await lab.hold(32, 'Offline');
  await page.mouse.up();
  await page.getByRole('button', { name: 'Interrupt (Ctrl+C)' }).click();
  await lab.idle();
  await expect(page.getByText('EINTR signal backoff')).toBeVisible();
  const holds = page.getByRole('region', { name: 'What holds this block' });
  await holds.getByRole('button', { name: /Select its frames/ }).click();
  await holds.getByRole('button', { name: /^Run in the terminal: kill -9/ }).click();
  await lab.idle();
  await expect(holds).toContainText('Nothing: every page of it is free.');
  await page.getByRole('group', { name: 'Move to' }).getByRole('button', { name: 'Offline' }).click();
  await lab.idle();
  expect(await lab.fact('Offline')).toBe('128 MiB');
  const digest = await lab.told();

  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('dialog', { name: 'Share' }).getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText('Copy link: done.')).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  const there = await Lab.openLink(other, new URL(link).hash);
  await there.idle();
  expect(await other.evaluate(() => window.lab?.digest())).toBe(digest);
  await expect(other.getByRole('alert')).toHaveCount(0);
});

/** The exported test's own code, run as it stands: its import and its test() are ours. */
async function runExported(code: string, page: Page): Promise<void> {
  const body = code.replace(/^import .*\n/, '');
  let exported: ((fixtures: { page: Page }) => Promise<void>) | undefined;
  new Function('test', 'expect', body)((_: string, run: typeof exported) => { exported = run; }, expect);
  await exported?.({ page });
}

test('everything that can be taken along works where it is taken to', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const lab = await Lab.openLink(page, '#s=first-offline');
  await lab.idle();
  await page.getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog', { name: 'Share' });
  const saved = async (name: string): Promise<{ name: string; bytes: Buffer }> => {
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name }).click()]);
    const parts: Buffer[] = [];
    for await (const part of await download.createReadStream()) parts.push(part as Buffer);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(parts) };
  };
  const copied = async (name: string): Promise<string> => {
    await dialog.getByRole('button', { name, exact: true }).click();
    await expect(dialog.getByText(`${name}: done.`)).toBeVisible();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  await expect(dialog.getByLabel(/^Link, \d+ characters/)).toHaveValue(/#s=first-offline/);

  const scn = await saved('Save .scn file');
  expect(scn.name).toBe('a-block-goes-offline.scn');
  expect(scn.bytes.toString()).toMatch(/^scenario 1\ntitle A block goes offline\n/);
  const trace = JSON.parse((await saved('Save trace for Perfetto')).bytes.toString()) as { traceEvents: { ph: string; name: string }[] };
  expect(trace.traceEvents.some(({ ph, name }) => ph === 'B' && name === 'offline_pages')).toBe(true);
  // Both pictures are the canvas, dot for dot.
  const svg = (await saved('Save picture as SVG')).bytes.toString();
  const png = (await saved('Save picture as PNG')).bytes.toString('base64');
  expect(await page.evaluate(async ([vector, raster]) => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas[data-picture="map"]') as HTMLCanvasElement;
    const { width, height } = canvas;
    const dots = (source: CanvasImageSource): string => {
      const context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d') as CanvasRenderingContext2D;
      context.drawImage(source, 0, 0);
      return String(context.getImageData(0, 0, width, height).data);
    };
    const [a, b] = await Promise.all([`data:image/svg+xml;charset=utf-8,${encodeURIComponent(vector)}`, `data:image/png;base64,${raster}`].map(async (src) => {
      const image = Object.assign(new Image(), { src });
      await image.decode();
      return image;
    })) as [HTMLImageElement, HTMLImageElement];
    return [a.width === width, dots(a) === dots(canvas), dots(b) === dots(canvas)];
  }, [svg, png] as const)).toEqual([true, true, true]);

  await dialog.getByLabel('from event').fill('0');
  await dialog.getByLabel('to event').fill('40');
  const film = await saved('Make the film');
  await expect(dialog.getByText('Events 0 to 40 are filmed.')).toBeVisible();
  expect(await page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const video = document.createElement('video');
    video.src = URL.createObjectURL(new Blob([bytes], { type: 'video/webm' }));
    await new Promise((resolve, reject) => { video.onloadeddata = resolve; video.onerror = () => { reject(new Error(video.error?.message)); }; });
    const canvas = document.querySelector('canvas[data-picture="map"]') as HTMLCanvasElement;
    return { seconds: Math.round(video.duration * 10) / 10, width: video.videoWidth === canvas.width };
  }, film.bytes.toString('base64'))).toEqual({ seconds: 4.4, width: true });

  expect(await copied('Copy link')).toBe(await dialog.getByLabel(/^Link, /).inputValue());
  expect(await copied('Copy iframe')).toMatch(/^<iframe src="http:[^"<>]*embed=1[^"<>]*#s=first-offline[^"<>]*" title="A block goes offline"/);
  const [markdown] = await Promise.all([copied('Copy Markdown with picture'), page.waitForEvent('download')]);
  expect(markdown).toMatch(/^\[!\[A block goes offline\]\(a-block-goes-offline\.png\)\]\(http:.*#s=first-offline/);
  const script = await copied('Copy shell script');
  expect(execFileSync('bash', ['-n'], { input: script }).toString()).toBe('');
  expect(script).toContain('echo offline > memory6/state');
  await runExported(await copied('Copy Playwright test'), await context.newPage());
});
