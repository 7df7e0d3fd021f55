/** WCAG 2.5.7: whatever is dragged can be done without dragging. WCAG 2.5.8: what is pressed is 24 pixels large, or alone in a circle of 24. By mouse and by fingers. */
import { type CDPSession, expect, type Page, test } from '@playwright/test';
import { Lab } from '../lab.ts';

/** Targets that are too small and too near to others, by the rule's own words. In a sentence, or as large as the browser makes them, they may be small. */
const tooSmall = (page: Page): Promise<string[]> => page.evaluate(() => {
  const LEAST = 24;
  const shown = [...document.querySelectorAll<HTMLElement>('a[href], button, input:not([type=hidden]), select, textarea, summary, [role=separator], [role=slider], [role=option], [role=treeitem], [role=tab]')]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.matches(':disabled') && !node.closest('[inert]'))
    .filter((node) => !node.closest('dialog:not([open])') && (document.querySelector('dialog:modal') === null || node.closest('dialog:modal') !== null))
    .map((node) => ({ node, box: node.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 1 && box.height > 1);
  if (shown.length === 0) throw new Error('no target found: the test looks for the wrong things');
  const small = shown.filter(({ node, box }) => (box.width < LEAST || box.height < LEAST) && node.getAttribute('role') !== 'separator'
    // Links in the shell's text, and boxes whose label is the target.
    && !node.closest('[role=log]') && !(node.matches('input[type=checkbox], input[type=radio]') && node.closest('label') !== null));
  const middle = ({ box }: (typeof shown)[number]) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  return small.flatMap((one) => {
    const { x, y } = middle(one);
    const near = shown.find((other) => {
      if (other.node === one.node || other.node.contains(one.node) || one.node.contains(other.node)) return false;
      if (small.includes(other)) return Math.hypot(middle(other).x - x, middle(other).y - y) < LEAST;
      const dx = Math.max(other.box.left - x, 0, x - other.box.right);
      const dy = Math.max(other.box.top - y, 0, y - other.box.bottom);
      return Math.hypot(dx, dy) < LEAST / 2;
    });
    const name = (node: HTMLElement): string => `${node.tagName.toLowerCase()} ${node.getAttribute('aria-label') ?? node.textContent?.slice(0, 30) ?? ''}`;
    return near ? [`${name(one.node)}: ${one.box.width.toFixed(0)} × ${one.box.height.toFixed(0)}, beside ${name(near.node)}`] : [];
  });
});

test('targets are large enough: the page, what a refusal shows, inspector, marks and branches, each dialog', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  expect(await tooSmall(page)).toEqual([]);
  await lab.type('echo offline > /sys/devices/system/memory/memory7/state');
  await page.getByRole('button', { name: 'Mark this place' }).click();
  await page.getByRole('button', { name: /^Undo/ }).click();
  await lab.type('echo offline > /sys/devices/system/memory/memory0/state');
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await page.getByRole('button', { name: /^Pin to compare/ }).first().click();
  // Refused on a branch that begins with it: said all the same.
  await expect(page.getByRole('button', { name: 'Dismiss' })).toBeVisible();
  expect(await tooSmall(page)).toEqual([]);
  for (const button of ['Share', 'Scenarios', 'Listeners…', 'Plug a DIMM…', 'Import…', 'Compare']) {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await tooSmall(page), button).toEqual([]);
    await page.keyboard.press('Escape');
  }
});

test('whatever is dragged can be pressed instead: a panel’s edge, the time line, the part that is in sight, a frame, a DIMM', async ({ page }) => {
  const lab = await Lab.open(page, '1G-two-processes');
  // The edge of a panel: pressed, and then put where the next press is.
  const edge = page.getByRole('separator', { name: 'Width of the side panel' });
  const before = Number(await edge.getAttribute('aria-valuenow'));
  const at = await edge.boundingBox();
  if (!at) throw new Error('no separator');
  await page.mouse.click(at.x, at.y + 420);
  await page.mouse.click(at.x - 100, at.y + 420);
  await expect(edge).toHaveAttribute('aria-valuenow', String(before + 100));
  // A double click gives the first size back, and holds nothing.
  await page.mouse.dblclick(at.x - 100, at.y + 420);
  await expect(edge).toHaveAttribute('aria-valuenow', String(before));
  await page.mouse.click(at.x - 60, at.y + 420);
  await expect(edge).toHaveAttribute('aria-valuenow', String(before));

  await lab.type('echo offline > /sys/devices/system/memory/memory6/state');
  const slider = page.getByRole('slider', { name: /Time line/ });
  const end = Number(await slider.getAttribute('aria-valuenow'));
  await slider.click({ position: { x: 5, y: 10 } });
  await expect.poll(async () => Number(await slider.getAttribute('aria-valuenow'))).toBeLessThan(end / 2);
  await page.getByRole('button', { name: 'Now', exact: true }).click();
  await expect(slider).toHaveAttribute('aria-valuenow', String(end));

  // The map: nearer and along by buttons and the strip above it, back by one more.
  const first = await lab.block(6);
  for (let times = 0; times < 3; times++) await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(async () => (await lab.block(6)).width).toBeGreaterThan(first.width * 3);
  await page.getByRole('button', { name: 'Show the whole machine' }).click();
  await expect.poll(async () => (await lab.block(6)).width).toBeLessThan(first.width * 1.1);
});

test.describe('with fingers', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

  interface Finger { readonly x: number; readonly y: number }
  /** Fingers that go from place to place, all at once, and leave. */
  async function touch(client: CDPSession, ...ways: readonly (readonly Finger[])[]): Promise<void> {
    const points = (step: number): { x: number; y: number; id: number }[] => ways.map((way, id) => ({ ...(way[step] as Finger), id }));
    await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: points(0) });
    for (let step = 1; step < (ways[0]?.length ?? 0); step++) await client.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: points(step) });
    await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }

  test('a phone: the map opens in sight, two fingers pinch it, one moves it, two taps move a block, and time is stepped', async ({ page, context }) => {
    const lab = await Lab.open(page, '1G-two-processes');
    expect(await page.evaluate(() => scrollY)).toBe(0);
    const client = await context.newCDPSession(page);
    const map = await lab.lane('Normal');
    const [x, y] = [map.x + map.width / 2, map.y + map.height / 2];
    const away = (n: number): Finger => ({ x: x + n, y });
    const first = await lab.block(4);
    // On tiles, which one finger would take with it.
    const tiles = await lab.lane('Movable');
    const onTiles = (n: number): Finger => ({ x: x + n, y: tiles.y + tiles.height / 2 });
    await touch(client, [onTiles(-20), onTiles(-50), onTiles(-90)], [onTiles(20), onTiles(50), onTiles(90)]);
    const near = await lab.block(4);
    expect(near.width).toBeGreaterThan(first.width * 3);
    await touch(client, [away(80), away(20), away(-40)]);
    expect((await lab.block(4)).x).toBeCloseTo(near.x - 120, -1);
    await touch(client, [away(-100), away(-20)], [away(100), away(20)]);
    expect((await lab.block(4)).width).toBeLessThan(near.width);
    await page.getByRole('button', { name: 'Show the whole machine' }).tap();

    const block = await lab.block(6);
    await page.touchscreen.tap(block.x + block.width / 2, block.y + block.height / 2);
    await page.getByRole('group', { name: 'Move to' }).getByRole('button', { name: 'Offline' }).tap();
    await lab.idle();
    expect(await lab.fact('Offline')).toBe('128 MiB');
    const seq = (): Promise<number> => page.evaluate(() => window.lab?.seq() ?? -1);
    const end = await seq();
    await page.getByRole('button', { name: 'Step back one event' }).tap();
    await expect.poll(seq).toBeLessThan(end);
    await page.getByRole('button', { name: /^Undo/ }).tap();
    await expect.poll(seq).toBe(0);
    await expect.poll(() => lab.fact('Offline')).toBe('0 B');
  });
});
