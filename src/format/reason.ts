/** Why a block would not go offline, or has no way to a lane: one line, in the words of the language that is shown. */
import { stateWord } from '../../workers/uapi/memory_block.ts';
import type { OfflineReason } from '../../workers/uapi/offline_reason.ts';
import type { Never } from '../gestures/plan.ts';
import { t } from '../strings/later.ts';
import type { LaterStrings } from '../strings/strings.ts';
import { count, hex } from './numbers.ts';

/** '' without a reason: the block would go. */
export function reasonLine(reason: OfflineReason | undefined, words: LaterStrings['reasons'] = t.reasons): string {
  if (reason === undefined) return '';
  switch (reason.code) {
    case 'not_configured': return words.not_configured(`CONFIG_${reason.option}`);
    case 'state': return words.state(stateWord(reason.state));
    case 'isolate': return words.isolate(hex(reason.pfn));
    case 'no_lru': return words.no_lru(hex(reason.pfn));
    case 'capture': return words.capture(hex(reason.pfn), words.uncaptured[reason.is]);
    case 'referenced': return words.referenced(count(reason.pages), words.stuck[reason.how]);
    case 'no_room': return words.no_room(count(reason.pages), count(reason.room), words.stuck[reason.how]);
    default: return words[reason.code];
  }
}

/** Why no command asks for a move. */
export function neverLine(why: Never, words: LaterStrings['never'] = t.never): string {
  switch (why.rule) {
    case 'node_fixed': return words.node_fixed(why.nid);
    case 'to_kernel': return words.to_kernel(hex(why.pfn), why.zone);
    default: return words[why.rule];
  }
}
