/** What has just been said: the live region's text, and the last refusal, shown beside its block until something else happens. */
import { create } from 'zustand';

export interface RefusalNotice {
  readonly block: number | undefined;
  /** 'EBUSY' */
  readonly errno: string;
  readonly reason: string;
  /** The command that was refused. */
  readonly command: string;
  readonly seq: number;
}
export interface NoticeState {
  /** For the live region; the number makes equal texts count as new. */
  readonly spoken: { readonly text: string; readonly n: number };
  readonly refusal: RefusalNotice | undefined;
}
export const useNotice = create<NoticeState>()(() => ({ spoken: { text: '', n: 0 }, refusal: undefined }));

/** At most this often, so that a screen reader can finish a sentence. */
const QUIET_MS = 900;
let queued: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function speak(text: string): void {
  useNotice.setState((s) => ({ spoken: { text, n: s.spoken.n + 1 } }));
  timer = setTimeout(() => {
    timer = undefined;
    const next = queued;
    queued = undefined;
    if (next !== undefined) speak(next);
  }, QUIET_MS);
}

/** Says a sentence in the live region. While another is being read only the latest waits. */
export function announce(text: string): void {
  if (timer === undefined) speak(text);
  else queued = text;
}
export const refuse = (refusal: RefusalNotice | undefined): void => { useNotice.setState({ refusal }); };
