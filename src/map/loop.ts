/** The page's one requestAnimationFrame: runs only when something asked for a picture, and never in a hidden tab. */

export interface Loop {
  /** Asks for a picture in the next animation frame; any number of calls make one picture. */
  invalidate(): void;
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

  function schedule(): void {
    if (request === 0 && wanted && !stopped && !source.document.hidden) request = source.requestAnimationFrame(frame);
  }
  function frame(): void {
    request = 0;
    wanted = false;
    if (stopped) return;
    if (draw()) wanted = true;
    schedule();
  }
  source.document.addEventListener('visibilitychange', schedule);

  return {
    invalidate() {
      wanted = true;
      schedule();
    },
    stop() {
      stopped = true;
      if (request !== 0) source.cancelAnimationFrame(request);
      source.document.removeEventListener('visibilitychange', schedule);
    },
  };
}
