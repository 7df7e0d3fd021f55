/** The session for components that act on the machine. */
import { createContext, useContext } from 'react';
import type { Session } from '../engine/session.ts';

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('a panel was rendered outside the session');
  return session;
}
