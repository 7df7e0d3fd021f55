/** The built site where nobody set anything up: some path of some host, no headers, then no network, then a newer version. */
import { expect, test } from '@playwright/test';
import { bareHost, type Host } from '../host.ts';

let host: Host;
test.beforeAll(async () => { host = await bareHost('/~teacher/lab/'); });
test.afterAll(() => { host.close(); });

test('under a sub-path of a host without headers it works, without a network too, and a new version waits its turn', async ({ page, context }) => {
  await page.goto(`${host.address}#s=memory0`);
  await expect(page.getByRole('heading', { name: 'memory0 never goes' })).toBeVisible();
  // No isolation: the kernel's memory comes as copies.
  await expect(page.getByText('copied memory')).toBeVisible();
  await page.evaluate(async () => { await navigator.serviceWorker.ready; });

  await context.setOffline(true);
  await page.goto(`${host.address}?again=1#s=unmovable-page`);
  await expect(page.getByRole('heading', { name: 'One unmovable page stops it' })).toBeVisible();
  await page.getByRole('button', { name: 'Next step' }).click();
  await expect(page.getByRole('log')).toContainText('cd /sys/devices/system/memory');
  await context.setOffline(false);

  host.change('sw.js', (text) => text.replace(/'hotplug-lab [0-9a-f]+'/, '\'hotplug-lab next\''));
  await page.evaluate(async () => { await (await navigator.serviceWorker.ready).update(); });
  await expect(page.getByRole('alert')).toHaveText(/A new version is there/);
  // The open session goes on as it was, from the files it began with.
  await page.getByRole('button', { name: 'Play the rest' }).click();
  await expect(page.getByText('8 as expected')).toBeVisible();
  expect(await page.evaluate(async () => (await caches.keys()).length)).toBe(2);
  // Once no page of the old version is open, the new one takes over and clears up.
  await page.goto('about:blank');
  await page.goto(host.address);
  await expect.poll(() => page.evaluate(() => caches.keys())).toEqual(['hotplug-lab next']);
});
