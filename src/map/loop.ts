/** When pictures are drawn: in the page's one requestAnimationFrame, or at once for what somebody did; only when something asked for one, and never in a hidden tab. */

export interface Loop {
  /** Asks for a picture in the next animation frame; any number of calls make one picture. */
  invalidate(): void;
  /** Asks for one when the running task is over: whoever paints has a frame's time more, and what somebody did is seen a frame sooner. Calls of one task make one picture. */
  hurry(): void;
  stop(): void;
}

/** What the loop needs of a browser, so that a test can hand it another clock. */
export interface FrameSource {
  requestAnimationFrame(callback: () => void): number;
  cancelAnimationFrame(id: number): void;
  readonly document: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;
}

/** `draw` returns true if it wants another frame right after. */
export function createLoop(draw: () => boolean, source: FrameSource): Loop {
  let request = 0;
  let wanted = false;
  let stopped = false;
  let hurried = false;

  function schedule(): void {
    if (request === 0 && wanted && !stopped && !source.document.hidden) request = source.requestAnimationFrame(frame);
  }
  /** One picture for all who have asked so far. */
  function turn(): void {
    if (!wanted || stopped || source.document.hidden) return;
    wanted = false;
    if (draw()) wanted = true;
    schedule();
  }
  function frame(): void {
    request = 0;
    turn();
  }
  source.document.addEventListener('visibilitychange', schedule);

  return {
    invalidate() {
      wanted = true;
      schedule();
    },
    hurry() {
      wanted = true;
      if (hurried) return;
      hurried = true;
      queueMicrotask(() => {
        hurried = false;
        turn();
      });
    },
    stop() {
      stopped = true;
      if (request !== 0) source.cancelAnimationFrame(request);
      source.document.removeEventListener('visibilitychange', schedule);
    },
  };
}
