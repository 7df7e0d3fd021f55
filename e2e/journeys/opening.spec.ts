/** However a scenario comes: dropped or pasted, as a file, a text or a link. */
import { expect, type Page, test } from '@playwright/test';
import { deflateRawSync } from 'node:zlib';
import { Lab } from '../lab.ts';

const text = (title: string, more = ''): string => `# made by hand\nscenario 1\ntitle ${title}\nmemory 512M\n${more}`;
const link = (title: string, more = ''): string => `https://elsewhere.example/lab/?x=1#v1;${deflateRawSync(Buffer.from(text(title, more))).toString('base64url')}`;

interface Carried {
  readonly file?: { readonly name: string; readonly text: string };
  readonly data?: readonly [type: string, text: string];
}
const carry = (page: Page, how: 'drop' | 'paste', what: Carried): Promise<void> => page.evaluate(([event, { file, data }]) => {
  const held = new DataTransfer();
  if (file) held.items.add(new File([file.text], file.name));
  if (data) held.setData(data[0], data[1]);
  document.body.dispatchEvent(event === 'drop' ? new DragEvent('drop', { dataTransfer: held, bubbles: true, cancelable: true }) : new ClipboardEvent('paste', { clipboardData: held, bubbles: true, cancelable: true }));
}, [how, what] as const);

test('a file, a text and a link are dropped or pasted; what is none of these is left alone', async ({ page }) => {
  const lab = await Lab.open(page, '512M');
  // What back leads to is what the address told: the next one comes when this one stands there.
  const opened = async (title: string): Promise<void> => {
    await expect(page.getByRole('heading', { name: title, exact: true })).toBeVisible();
    await expect.poll(() => lab.addressText()).toContain(`title ${title}\n`);
  };
  await carry(page, 'drop', { file: { name: 'lesson.scn', text: text('A dropped file') } });
  await opened('A dropped file');
  await carry(page, 'drop', { data: ['text/uri-list', link('A dropped link')] });
  await opened('A dropped link');
  await carry(page, 'drop', { data: ['text/plain', text('A dropped text')] });
  await opened('A dropped text');
  await carry(page, 'paste', { data: ['text/plain', text('A pasted text')] });
  await opened('A pasted text');
  await carry(page, 'paste', { data: ['text/plain', `see ${link('A pasted link')}`] });
  await opened('A pasted link');
  await carry(page, 'paste', { file: { name: 'lesson.scn', text: text('A pasted file') } });
  await opened('A pasted file');
  await carry(page, 'paste', { data: ['text/plain', 'only words'] });
  await carry(page, 'drop', { file: { name: 'lesson.scn', text: 'scenario 1\nmemroy 1G\n' } });
  await expect(page.getByRole('alert')).toContainText('Did you mean "memory"?');
  await opened('A pasted file');
  // Each was a step that back undoes.
  await page.goBack();
  await opened('A pasted link');
});

test('a link shows the page as it was: theme, language, panels, colours, place and selection', async ({ page }) => {
  const view = 'view block=2 at=0x8000-0x18000 colours=mobility tab=inspector panels=side:420 theme=projector lang=de\nstart end\n';
  await page.goto(`./?test=1${new URL(link('Eine Ansicht', view)).hash}`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'projector');
  await expect(page.getByRole('heading', { name: 'Eine Ansicht' })).toBeVisible();
  // The address says the same again: it is what reloads and what is sent on.
  await expect(page.getByRole('separator', { name: 'Breite der Seitenleiste' })).toHaveAttribute('aria-valuenow', '420');
  await page.getByRole('button', { name: 'Teilen' }).click();
  await expect(page.getByRole('dialog')).toContainText('view block=2 at=0x8000-0x18000 colours=mobility tab=inspector panels=side:420 theme=projector lang=de');
  // The reader's own choice is as it was.
  await page.goto('./?test=1&machine=512M');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', 'projector');
});
