/** ImageData for tests of what is painted: Node has none; a painter only hands it on. */
import { afterAll, beforeAll } from 'vitest';

class Image {
  readonly data: Uint8ClampedArray;
  constructor(data: Uint8ClampedArray) { this.data = data; }
}
/** There is an ImageData while the tests of this file run. */
export function withImageData(): void {
  const scope = globalThis as { ImageData?: unknown };
  const before = scope.ImageData;
  beforeAll(() => { scope.ImageData = Image; });
  afterAll(() => { scope.ImageData = before; });
}
