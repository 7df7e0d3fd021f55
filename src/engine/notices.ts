/** Which events are said aloud, and which are refusals to be shown beside their block. */
import { ERESTARTNOINTR, errnoName, strerror } from '../../workers/uapi/errno.ts';
import { OFFLINE_REASONS, type TraceEvent, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../../workers/uapi/trace.ts';
import { blockOfPath, type EventContext } from '../format/event_kind.ts';
import { t } from '../strings/index.ts';
import type { RefusalNotice } from '../state/notice.ts';

export interface Notice {
  readonly spoken?: string;
  readonly refusal?: RefusalNotice;
}

/** Reads events in order: the reason of a failed offline comes before the failed write, which carries only the errno. */
export function createNotices(): (event: TraceEvent, context: EventContext) => Notice | undefined {
  let reason = '';
  return (event, context) => {
    switch (event.type) {
      case 'offline_pages_ret':
        reason = event.ret < 0 ? OFFLINE_REASONS[event.reason] ?? '' : '';
        return undefined;
      case 'sim_command':
        reason = '';
        return undefined;
      case 'write_error': {
        // The call begins anew, as it does in Linux: nobody is told.
        if (event.errno === ERESTARTNOINTR) return undefined;
        const path = context.text(event.text);
        const why = reason || strerror(event.errno);
        reason = '';
        return { spoken: t.announce.refused(errnoName(event.errno), why), refusal: { block: blockOfPath(path).block, errno: errnoName(event.errno), reason: why, command: path, seq: event.seq } };
      }
      case 'uevent': {
        const subsystem = UEVENT_SUBSYSTEMS[event.subsystem] ?? '';
        return subsystem === 'memory' ? { spoken: t.announce.uevent(`memory${event.id}`, UEVENT_ACTIONS[event.action] ?? '') } : undefined;
      }
      default: return undefined;
    }
  };
}
