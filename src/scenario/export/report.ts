/** A bug report of this very moment: the session's link, event, digest, browser, window, the last events. */
import type { Session } from '../../engine/session.ts';
import { describeEvent } from '../../format/event.ts';
import { word } from '../../format/numbers.ts';
import { eventContext, keptEvents } from '../../state/events.ts';
import { useMachine } from '../../state/machine.ts';
import { addressOf, sessionNow } from '../address.ts';
import { download } from './download.ts';
import { bugReport } from './texts.ts';

/** Events in a report. */
const REPORTED = 12;

/** The report; undefined before there is a machine. */
export async function reportNow(session: Session): Promise<string | undefined> {
  const told = await sessionNow(session);
  if (!told) return undefined;
  const [hash, digest] = await Promise.all([addressOf(told), session.digest()]);
  const { edition, seq, transport = '' } = useMachine.getState();
  const events = keptEvents().slice(-REPORTED).map((event) => `${event.seq} ${describeEvent(event, eventContext).text}`);
  return bugReport({ url: location.href.replace(/[?#].*$/, '') + hash, edition, seq, digest: word(digest), transport, browser: navigator.userAgent, window: [innerWidth, innerHeight, devicePixelRatio], events });
}

/** Copies it, or saves it as a file where the clipboard is not allowed. */
export async function copyReport(session: Session): Promise<'copied' | 'saved' | undefined> {
  const text = await reportNow(session);
  if (text === undefined) return undefined;
  try {
    await navigator.clipboard.writeText(text);
    return 'copied';
  } catch {
    download('bug-report.txt', new Blob([text], { type: 'text/plain' }));
    return 'saved';
  }
}
