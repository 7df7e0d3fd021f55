/** Asks the worker for a sign of life: one that the browser has ended gives no other notice. */
import type { EngineApi } from '../../workers/uapi/engine.ts';

/** Between two questions, and how many go by without an answer before it is said: a long command of the machine's answers in between. */
const ASK_MS = 2000;
const PATIENCE = 4;
/** A command nobody submitted: the answer is that there is none. */
const NOBODY = -1;

/** Calls back when the worker has fallen silent, and when it is heard again. A hidden tab asks nothing. */
export function watchEngine(api: Pick<EngineApi, 'answer'>, hear: (silent: boolean) => void): void {
  let waiting = 0;
  setInterval(() => {
    if (document.hidden) return;
    waiting++;
    if (waiting === PATIENCE) hear(true);
    if (waiting > 1) return;
    const answered = (): void => {
      if (waiting >= PATIENCE) hear(false);
      waiting = 0;
    };
    // A refusal is an answer, too.
    void api.answer(NOBODY).then(answered, answered);
  }, ASK_MS);
}
