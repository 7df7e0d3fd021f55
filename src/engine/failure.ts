/** What the page says when it cannot go on: one sentence for everybody, and the technical detail below it. */
export class Failure extends Error {
  readonly detail: string;
  constructor(sentence: string, cause?: unknown) {
    super(sentence);
    this.name = 'Failure';
    this.detail = cause instanceof Error ? cause.message : cause === undefined ? '' : String(cause);
  }
}
