/** Opens another scenario in the place of the one that is shown: back leads to that, and it stays in its own record. */
import type { Session } from '../engine/session.ts';
import { leaveMark, tellAddress } from './address.ts';
import { newRecord } from './keep.ts';
import type { Opened } from './link.ts';
import { openScenario } from './open.ts';

/** What cannot be opened leaves everything as it is; the page says why. */
export async function begin(session: Session, opened: Opened): Promise<void> {
  if (opened.ok) {
    await leaveMark();
    newRecord();
  }
  // At once: back, a moment later, has to find an address that is not the last one's.
  if (await openScenario(session, opened)) await tellAddress();
}
