/** The page as a test holds it: boots a machine, moves blocks, waits for the machine to rest. Never for time. */
import { inflateRawSync } from 'node:zlib';
import { expect, type Locator, type Page } from '@playwright/test';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
/** src/engine/test_handle.ts, as far as tests use it. */
interface Handle {
  idle(): Promise<void>;
  seq(): number;
  digest(): Promise<string>;
  heading(seq: number): void;
  pictures(seq: number, block: number, lenses: readonly string[]): Promise<Record<string, string>>;
  pixelHash(): Promise<string | undefined>;
  block(id: number): Box | undefined;
  lane(name: string): Box | undefined;
}
declare global {
  interface Window { lab?: Handle }
}
const handle = (name: string): never => { throw new Error(`window.lab has no ${name}`); };

export class Lab {
  readonly page: Page;
  readonly grid: Locator;
  readonly terminal: Locator;
  readonly prompt: Locator;
  readonly events: Locator;
  readonly status: Locator;

  constructor(page: Page) {
    this.page = page;
    this.grid = page.getByRole('grid');
    this.terminal = page.getByRole('log');
    this.prompt = page.getByLabel('Shell command');
    this.events = page.getByRole('listbox', { name: /Events of the kernel/ });
    this.status = page.getByRole('status');
  }

  /** Opens the page with a machine and waits until it stands still. */
  static async open(page: Page, machine: string, query: Readonly<Record<string, string>> = {}): Promise<Lab> {
    const lab = new Lab(page);
    await page.goto(`./?${new URLSearchParams({ test: '1', machine, ...query })}`);
    await expect(lab.grid).toBeVisible();
    await lab.idle();
    return lab;
  }

  /** Opens the page by a link. @param hash its fragment, with the # */
  static async openLink(page: Page, hash: string): Promise<Lab> {
    const lab = new Lab(page);
    await page.goto(`./?test=1${hash}`);
    await page.waitForFunction(() => window.lab !== undefined);
    await expect(lab.grid).toBeVisible();
    return lab;
  }

  async idle(): Promise<void> {
    await this.page.evaluate(() => window.lab?.idle());
  }
  /** Event number, digest and pixels: what two machines that are the same have in common. The pointer leaves the map first: what it hovers over is outlined. */
  async fingerprint(): Promise<{ seq: number; digest: string; pixels: string | undefined }> {
    await this.page.mouse.move(1, 1);
    return this.page.evaluate(async () => {
      const { lab } = window;
      if (!lab) throw new Error('no window.lab: the page was opened without ?test=1');
      await lab.idle();
      return { seq: lab.seq(), digest: await lab.digest(), pixels: await lab.pixelHash() };
    });
  }

  /** The scenario's text, or what is added to the library's, as the address tells it. */
  async addressText(): Promise<string> {
    const packed = /v1;(.*)$/.exec(await this.page.evaluate(() => location.hash))?.[1] ?? '';
    return packed === '' ? '' : inflateRawSync(Buffer.from(packed, 'base64url')).toString();
  }
  /** Waits until the address tells of the machine as it is now: before, it may tell of a moment that is over. */
  async told(): Promise<string> {
    const digest = await this.page.evaluate(() => window.lab?.digest()) ?? '';
    await expect.poll(() => this.addressText()).toContain(`digest=${digest}`);
    return digest;
  }

  async block(id: number): Promise<Box> {
    return await this.page.evaluate((n) => window.lab?.block(n), id) ?? handle(`block ${id}`);
  }
  async lane(name: string): Promise<Box> {
    return await this.page.evaluate((n) => window.lab?.lane(n), name) ?? handle(`lane ${name}`);
  }

  async select(id: number): Promise<void> {
    const { x, y, width, height } = await this.block(id);
    await this.page.mouse.click(x + width / 2, y + height / 2);
    await expect(this.page.getByRole('heading', { name: `memory${id} ` })).toBeVisible();
  }
  /** Holds a block over a lane; the caller drops it with the mouse button. */
  async hold(id: number, over: string): Promise<void> {
    const from = await this.block(id);
    const to = await this.lane(over);
    const x = from.x + from.width / 2;
    await this.page.mouse.move(x, from.y + from.height / 2);
    await this.page.mouse.down();
    await this.page.mouse.move(x, (from.y + to.y) / 2, { steps: 3 });
    await this.page.mouse.move(x, to.y + to.height / 2, { steps: 3 });
  }
  async drag(id: number, over: string): Promise<void> {
    await this.hold(id, over);
    await this.page.mouse.up();
    await this.idle();
  }

  async type(line: string): Promise<void> {
    await this.prompt.fill(line);
    await this.prompt.press('Enter');
    // The shell is asked first whether the line is whole: until then nothing has been submitted, and the machine would be found idle.
    await expect(this.prompt).not.toHaveValue(line);
    await this.idle();
  }
  /** Value beside a name in the line of facts, with plain spaces. */
  async fact(name: string): Promise<string> {
    const text = await this.page.locator('dl[aria-label="Memory of the machine"] > div', { has: this.page.getByText(name, { exact: true }) }).locator('dd').first().textContent() ?? '';
    return text.replace(/[\u00a0\u202f]/g, ' ');
  }
  /** Frames of a kind, as the legend counts them. */
  async frames(kind: string): Promise<number> {
    const text = await this.page.getByRole('button', { name: new RegExp(`^${kind} ?[\\d–]`) }).textContent() ?? '';
    return Number(text.replace(kind, '').replace(/[\s\u202f]/g, '').replace('–', '0'));
  }
}
