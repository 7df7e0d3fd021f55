/** window.lab: what end-to-end tests hold on to. Only with ?test=1. */
import { seqOf } from './snapshot.ts';
import type { Session } from './session.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
/** What the map can tell about its picture. Boxes in CSS pixels of the window. */
export interface Probe {
  pixelHash(): string | undefined;
  block(id: number): Box | undefined;
  lane(name: string): Box | undefined;
}
export interface TestHandle extends Probe {
  /** Resolves when all of the page is loaded, every command has ended and the page shows what it did. */
  idle(): Promise<void>;
  /** Event number of the machine as the page has it. */
  seq(): number;
  /** Of the whole machine, as eight hex digits. */
  digest(): Promise<string>;
}
declare global {
  interface Window { lab?: TestHandle }
}

let probe: Probe | undefined;
/** The map tells here how to read its picture. */
export const setProbe = (next: Probe | undefined): void => { probe = next; };

let tellWhole: () => void = () => undefined;
/** What comes after the picture is there, too: keys, panels, what is dropped. Before, a test would be faster than any hand. */
const whole = new Promise<void>((resolve) => { tellWhole = resolve; });
export const pageIsWhole = (): void => { tellWhole(); };

export const pictureHash = (): string | undefined => probe?.pixelHash();

export function installTestHandle(session: Session): void {
  const frame = (): Promise<unknown> => new Promise((resolve) => { requestAnimationFrame(resolve); });
  window.lab = {
    async idle() {
      await whole;
      await session.idle();
      // Two frames: one in which the stores draw, one in which the canvas has been drawn.
      await frame();
      await frame();
    },
    seq: () => seqOf(session.mirror()?.tables),
    digest: async () => (await session.digest() >>> 0).toString(16).padStart(8, '0'),
    pixelHash: pictureHash,
    block: (id) => probe?.block(id),
    lane: (name) => probe?.lane(name),
  };
}
