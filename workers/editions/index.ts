/** The editions there are. A further one is a folder beside this file and a line here, or in older.ts. */
import type { Edition as EditionName } from '../uapi/machine_description.ts';
import { linux_6_1 } from './6.1/edition.ts';
import type { BootEdition } from '../init/edition.ts';

const present: BootEdition[] = [linux_6_1];
/** Those that are loaded: the page fetches the older ones (older.ts) when a machine wants one, tests and Node have all. */
export const EDITIONS: readonly BootEdition[] = present;
/** Called once, by older.ts when it is imported. */
export function provideEditions(editions: readonly BootEdition[]): void {
  present.unshift(...editions);
}

export const editionNames = (): readonly EditionName[] => EDITIONS.map((e) => e.name);
