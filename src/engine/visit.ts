/** What every visit begins with, whichever page is shown: theme, session, and for tests a hold on it. */
import { startTheme } from '../state/theme.ts';
import type { Engine } from './connect.ts';
import { type Session, startSession } from './session.ts';
import { installTestHandle } from './test_handle.ts';

/** What the address asks for. */
export interface Visit {
  /** Id of the machine to boot; null: the first. */
  readonly machine: string | null;
  /** Full speed, nothing kept, window.lab. */
  readonly test: boolean;
  /** Patches although memory could be shared. */
  readonly forceCopy: boolean;
}

export function beginVisit(engine: Engine, { test, forceCopy }: Visit): Session {
  startTheme(document.documentElement, new URLSearchParams(location.search).get('theme'));
  const session = startSession(engine, { forceCopy, ...(test && { speed: Number.POSITIVE_INFINITY }) });
  if (test) installTestHandle(session);
  return session;
}
