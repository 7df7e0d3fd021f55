/** Text ⇄ deflate-raw by the browser's own streams. What is unpacked is counted as it comes: a few bytes can stand for gigabytes. */
import { t } from '../strings/index.ts';

type Piece = Uint8Array<ArrayBuffer>;
const source = (bytes: Piece): ReadableStream<Piece> => new ReadableStream({
  start(controller) {
    controller.enqueue(bytes);
    controller.close();
  },
});

/** Undefined: more than `most` bytes came out. Throws what the stream throws for damaged input. */
async function gathered(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array | undefined> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      // Nobody waits for the rest; that it ends early is meant.
      void reader.cancel().catch(() => undefined);
      return undefined;
    }
    pieces.push(value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

export async function deflate(text: string): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return (await gathered(source(bytes).pipeThrough(new CompressionStream('deflate-raw')), Number.POSITIVE_INFINITY)) as Uint8Array;
}

export type Inflated = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };
/** Never throws. @param most bytes of text that are taken */
export type Unpack = (bytes: Piece, most: number) => Promise<Inflated>;
export const inflate: Unpack = async (bytes, most) => {
  let plain: Uint8Array | undefined;
  try {
    plain = await gathered(source(bytes).pipeThrough(new DecompressionStream('deflate-raw')), most);
  } catch {
    return { ok: false, reason: t.link.damaged };
  }
  if (plain === undefined) return { ok: false, reason: t.link.bomb(most) };
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(plain) };
  } catch {
    return { ok: false, reason: t.link.notText };
  }
};
