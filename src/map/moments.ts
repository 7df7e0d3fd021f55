/** Named events of named scenarios at which machine and picture are held to what they were: every state a lane's blocks can be in. */
import { type Lens, LENSES } from '../../workers/uapi/lens.ts';

export interface Place {
  readonly scenario: string;
  /** The block that is selected and looked at. */
  readonly block: number;
  readonly name: string;
  /** In every colour mode, which takes time; else by page kind. */
  readonly modes?: 'all';
  /** The event: the `nth` (1: first, -1: last) whose line has these words; none: boot. */
  readonly event?: { readonly words: string; readonly nth: number };
}
/** A moment as it was when baselines were made. */
export interface Moment extends Place {
  readonly seq: number;
  /** Of the machine: eight hex digits. */
  readonly digest: string;
  /** src/map/pictures.ts */
  readonly pictures: Readonly<Record<string, string>>;
}

export const PLACES: readonly Place[] = [
  { scenario: 'first-offline', block: 6, name: 'recorded, as booted' },
  { scenario: 'first-offline', block: 6, name: 'isolated, half of its pages gone', modes: 'all', event: { words: 'sim_migrate_page', nth: 9 } },
  { scenario: 'first-offline', block: 6, name: 'offline', event: { words: 'MEM_OFFLINE', nth: 1 } },
  { scenario: 'first-offline', block: 6, name: 'online again', event: { words: 'MEM_ONLINE', nth: 1 } },
  { scenario: 'dimm-cycle', block: 32, name: 'added, offline, behind the PCI hole', modes: 'all', event: { words: 'uevent add', nth: -1 } },
  { scenario: 'dimm-cycle', block: 32, name: 'online in Movable', event: { words: 'MEM_ONLINE', nth: 2 } },
  { scenario: 'dimm-cycle', block: 33, name: 'one block offline, one on its way', event: { words: 'MEM_GOING_OFFLINE', nth: 2 } },
];

/** Colour modes in which a place is looked at. */
export const lensesOf = ({ modes }: Place): readonly Lens[] => (modes === 'all' ? LENSES : ['kind']);

export interface Difference {
  /** What differs, and with it what is at fault: the model, or the rasteriser. */
  readonly fault: 'kernel' | 'paint';
  readonly moment: string;
  readonly what: string;
}

/** What came out otherwise. A picture of another machine says nothing: it is not compared. */
export function differences(was: Moment, is: Pick<Moment, 'seq' | 'digest' | 'pictures'>): Difference[] {
  const moment = `${was.scenario}: ${was.name}`;
  if (is.seq !== was.seq || is.digest !== was.digest) return [{ fault: 'kernel', moment, what: `event ${was.seq} digest ${was.digest}, now event ${is.seq} digest ${is.digest}` }];
  return Object.keys({ ...was.pictures, ...is.pictures }).filter((line) => was.pictures[line] !== is.pictures[line])
    .map((line) => ({ fault: 'paint', moment, what: `${line}: ${was.pictures[line] ?? 'not there'}, now ${is.pictures[line] ?? 'not there'}` }));
}
