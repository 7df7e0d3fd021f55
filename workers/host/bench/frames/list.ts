/** The event list with a million records in it: what a filter by words, one by kind, scrolling and growing cost a reader. */
import type { Page } from '@playwright/test';

export interface ListFigures {
  readonly records: number;
  /** Milliseconds until a filter by words has seen all of them, and the longest time without a frame meanwhile. */
  readonly wordsMs: number;
  readonly wordsGap: number;
  /** Milliseconds that a click on a kind takes, its filter done and drawn. */
  readonly kindMs: number;
  /** 99th percentile of the time between two frames, ms: jumping through the list, and while it grows under a filter by words. */
  readonly scrollP99: number;
  readonly growP99: number;
}

/** Fills the list, with `tell` to set the load, and measures. The list is left without a filter. */
export async function listBench(page: Page, tell: (rate: number) => Promise<unknown>, rate: number): Promise<ListFigures> {
  const records = async (): Promise<number> => Number((await page.locator('#events header span').first().textContent())?.split(',')[0]?.replace(/\D/g, ''));
  // Moved pages are not shown unless they are asked for.
  await page.locator('#events [role="group"] button', { hasText: /^pages$/ }).click();
  await tell(rate);
  for (let tries = 0; tries < 120 && (await records()) < 1_000_000; tries++) await page.waitForTimeout(500);
  await tell(0);
  const kept = await records();
  const figures = await page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => { requestAnimationFrame(resolve); });
    const list = document.querySelector('#events [role="listbox"]') as HTMLElement;
    const looking = (): boolean => document.querySelector('#events header span')?.textContent?.includes('…') === true;
    const filter = (text: string): void => {
      const input = document.querySelector('#events input[type="search"]') as HTMLInputElement;
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, text);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    /** Frames until `done`: how long, and the longest and 99th of a hundred gaps. */
    const watch = async (done: (ms: number) => boolean, each?: () => void): Promise<{ ms: number; gap: number; p99: number }> => {
      const gaps: number[] = [];
      const begun = performance.now();
      for (let last = await frame(); !done(performance.now() - begun);) {
        each?.();
        const now = await frame();
        gaps.push(now - last);
        last = now;
      }
      gaps.sort((a, b) => a - b);
      return { ms: performance.now() - begun, gap: gaps.at(-1) ?? 0, p99: gaps[Math.floor(gaps.length * 0.99)] ?? 0 };
    };
    const scroll = await watch((ms) => ms > 3000, () => { list.scrollTop = Math.random() * list.scrollHeight; });
    const kind = document.querySelector('#events [role="group"] button[aria-pressed="true"]') as HTMLElement;
    const before = performance.now();
    kind.click();
    await frame();
    await frame();
    const kindMs = performance.now() - before - 1000 / 60;
    kind.click();
    filter('ff');
    const words = await watch((ms) => ms > 100 && !looking());
    return { wordsMs: words.ms, wordsGap: words.gap, kindMs, scrollP99: scroll.p99 };
  });
  await tell(rate);
  const growP99 = await page.evaluate(() => new Promise<number>((resolve) => {
    const gaps: number[] = [];
    let last = 0;
    const turn = (now: number): void => {
      if (last > 0) gaps.push(now - last);
      last = now;
      if (gaps.length < 240) requestAnimationFrame(turn);
      else resolve(gaps.sort((a, b) => a - b)[237] as number);
    };
    requestAnimationFrame(turn);
  }));
  await tell(0);
  return { records: kept, ...figures, growP99 };
}

export function printList(f: ListFigures): void {
  console.log(`event list  ${(f.records / 1e6).toFixed(2)} million records: words found in all of them after ${f.wordsMs.toFixed(0)} ms (longest time without a frame ${f.wordsGap.toFixed(0)} ms), a kind in ${f.kindMs.toFixed(0)} ms; `
    + `frames apart, 99th percentile: jumping through it ${f.scrollP99.toFixed(1)} ms, growing under a filter by words ${f.growP99.toFixed(1)} ms`);
}
