/** window.lab: what end-to-end tests hold on to. Only with ?test=1. */
import { H_REPLAY } from '../../workers/uapi/layout.ts';
import type { Lens } from '../../workers/uapi/lens.ts';
import { eventsBetween } from '../state/events.ts';
import { chooseLens } from '../state/lens.ts';
import { pageSize, useMachine } from '../state/machine.ts';
import { useTime } from '../state/time.ts';
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
  /** When everything asked for has been painted. */
  pixelHash(): Promise<string | undefined>;
  /** Resolves when the canvas shows what has been asked for. */
  painted(): Promise<void>;
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
  /** Shows the page as it is on the way to an event, until one is gone: a real way is over before anybody has looked at it. */
  heading(seq: number): void;
  /** Goes to an event, and tells the picture of that moment in every way it can be looked at (src/map/pictures.ts). */
  pictures(seq: number, block: number, lenses: readonly Lens[]): Promise<Record<string, string>>;
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

/** Panels that were asked for and do not stand in the document yet. */
const coming = new Set<object>();
/** One has been asked for. Call what is returned when it stands there. */
export function panelComes(): () => void {
  const panel = {};
  coming.add(panel);
  return () => { coming.delete(panel); };
}
/** Of a page that failed, or that nobody sees, none come any more. */
const waitsForPanels = (): boolean => coming.size > 0 && !document.hidden && useMachine.getState().phase !== 'failed';

export const pictureHash = async (): Promise<string | undefined> => probe?.pixelHash();

export function installTestHandle(session: Session): void {
  const frame = (): Promise<unknown> => new Promise((resolve) => { requestAnimationFrame(resolve); });
  window.lab = {
    async idle() {
      await whole;
      while (waitsForPanels()) await frame();
      await session.idle();
      // Two frames: one in which the stores draw, one in which the picture is asked for; and two until a painter's canvas and the text over it are on the screen.
      await frame();
      await frame();
      await probe?.painted();
      await frame();
      await frame();
    },
    seq: () => seqOf(session.mirror()?.tables),
    digest: async () => (await session.digest() >>> 0).toString(16).padStart(8, '0'),
    heading(seq) {
      const tables = session.mirror()?.tables;
      if (tables) tables.header[H_REPLAY] = seq;
      // A machine at rest tells nothing by itself.
      useTime.setState({ heading: seq });
    },
    async pictures(seq, block, lenses) {
      const { picturesOf } = await import('../map/pictures.ts');
      await session.seek(seq);
      // In the middle of a command the machine does not rest. What was read on the way there may be torn: the next patch is whole.
      while (seqOf(session.mirror()?.tables) !== seq) await frame();
      for (let looks = 0; looks < 3; looks++) await frame();
      const holes = useMachine.getState().booted?.holes.map(({ start, end, kind }) => ({ start: start / pageSize(), end: end / pageSize(), kind })) ?? [];
      let lines: Record<string, string> = {};
      for (const lens of lenses) {
        // Classes come from the kernel's worker, as they do for whoever chooses the lens.
        const through = lens === 'age' ? 'kind' : lens;
        chooseLens(through);
        while (session.drawn()?.lens !== through) await frame();
        const machine = session.drawn()?.mirror;
        if (machine) lines = { ...lines, ...picturesOf(machine, lens, holes, block, { now: seq, log: eventsBetween(0, seq) }) };
      }
      return lines;
    },
    pixelHash: pictureHash,
    painted: async () => probe?.painted(),
    block: (id) => probe?.block(id),
    lane: (name) => probe?.lane(name),
  };
}
