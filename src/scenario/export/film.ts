/** A film of a stretch of the machine's past: each picture is the machine as it stood at an event, gone to and drawn, so that the film does not depend on how fast this computer is. */
import type { Capture } from '../../map/index.ts';
import type { EncodedPicture } from './webm.ts';
import { webm } from './webm.ts';

/** Events, both inclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}
/** Pictures of a film at most, and ms that one is shown: few events are shown longer. */
const MAX_PICTURES = 300;
const SHORTEST = 66;
const LONGEST = 500;
const WHOLE = 3000;
/** ms that the end is shown. */
const LAST = 1500;
/** Pictures between two that can be decoded alone. */
const KEY_EVERY = 30;
const BITS_PER_SECOND = 6_000_000;
const CODECS = [['vp8', 'V_VP8'], ['vp09.00.31.08', 'V_VP9']] as const;

/** The events shown, in order, and ms for each. */
export function picturesOf({ from, to }: Stretch): { readonly at: readonly number[]; readonly each: number } {
  const n = Math.min(to - from + 1, MAX_PICTURES);
  return { at: Array.from({ length: n }, (_, i) => (n === 1 ? to : from + Math.round((i * (to - from)) / (n - 1)))), each: Math.round(Math.min(LONGEST, Math.max(SHORTEST, WHOLE / n))) };
}

export interface Filming {
  /** Goes to an event and resolves with its picture; undefined: there is none. */
  show(seq: number): Promise<Capture | undefined>;
  /** Called after each picture. True: it is enough. */
  progress(done: number, of: number): boolean;
}
/** Undefined: this browser cannot encode a film, or it was stopped before the first picture. Throws what the encoder reports. */
export async function film(stretch: Stretch, { show, progress }: Filming): Promise<Uint8Array | undefined> {
  const begun = typeof VideoEncoder === 'undefined' ? undefined : await show(stretch.from);
  if (!begun) return undefined;
  const { width, height } = begun;
  const base = { width, height, bitrate: BITS_PER_SECOND, latencyMode: 'quality' } as const;
  const supported = async (codec: string): Promise<boolean> => (await VideoEncoder.isConfigSupported({ ...base, codec }).catch(() => undefined))?.supported === true;
  const chosen = await supported(CODECS[0][0]) ? CODECS[0] : await supported(CODECS[1][0]) ? CODECS[1] : undefined;
  if (!chosen) return undefined;
  const pictures: EncodedPicture[] = [];
  let failed: unknown;
  const encoder = new VideoEncoder({
    output(chunk) {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      pictures.push({ data, at: Math.round(chunk.timestamp / 1000), key: chunk.type === 'key' });
    },
    error(error) { failed = error; },
  });
  encoder.configure({ ...base, codec: chosen[0] });
  const { at, each } = picturesOf(stretch);
  for (const [i, seq] of at.entries()) {
    const shown = await show(seq);
    if (failed !== undefined) throw failed;
    // Pictures of another size would be another film.
    if (shown?.width !== width || shown.height !== height) break;
    const picture = new VideoFrame(shown.pixels, { format: 'RGBX', codedWidth: width, codedHeight: height, timestamp: i * each * 1000 });
    encoder.encode(picture, { keyFrame: i % KEY_EVERY === 0 });
    picture.close();
    if (progress(i + 1, at.length)) break;
  }
  await encoder.flush();
  encoder.close();
  if (failed !== undefined) throw failed;
  return pictures.length === 0 ? undefined : webm(pictures, { codec: chosen[1], width, height, last: LAST });
}
