/** Events as lines, in the language that is shown. What is exported (reports, traces, what an embedded page tells) stays English. */
import type { TraceEvent } from '../../../workers/uapi/trace.ts';
import { describeEvent, type EventLine } from '../../format/event.ts';
import type { EventContext } from '../../format/event_kind.ts';
import { eventContext } from '../../state/events.ts';
import { shownLanguage } from '../../strings/index.ts';

const words = shownLanguage === 'de' ? (await import('../../strings/events.de.ts')).eventWords : undefined;
const context: EventContext = words ? { get blockPages() { return eventContext.blockPages; }, text: eventContext.text, words } : eventContext;

export const lineOf = (event: TraceEvent): EventLine => describeEvent(event, context);
