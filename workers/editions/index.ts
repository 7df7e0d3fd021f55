/** The editions there are. A further one is a folder beside this file and a line here. */
import type { Edition as EditionName } from '../uapi/machine_description.ts';
import { linux_2_6_12 } from './2.6.12/edition.ts';
import { linux_3_11 } from './3.11/edition.ts';
import { linux_6_1 } from './6.1/edition.ts';
import type { BootEdition } from '../init/edition.ts';

export const EDITIONS: readonly BootEdition[] = [linux_2_6_12, linux_3_11, linux_6_1];

/** The edition of that name; undefined: this build has none. */
export const editionNamed = (name: EditionName): BootEdition | undefined => EDITIONS.find((e) => e.name === name);
export const editionNames = (): readonly EditionName[] => EDITIONS.map((e) => e.name);
