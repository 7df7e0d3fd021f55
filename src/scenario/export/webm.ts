/** Encoded pictures → a WebM file (a subset of Matroska): one video track, each picture with its own time, so that a film lasts what it should however long it took to make. */

export interface EncodedPicture {
  readonly data: Uint8Array;
  /** ms from the beginning. */
  readonly at: number;
  /** Can be decoded without those before it. */
  readonly key: boolean;
}
export interface WebmTrack {
  readonly codec: 'V_VP8' | 'V_VP9';
  readonly width: number;
  readonly height: number;
  /** ms that the last picture is shown. */
  readonly last: number;
}

/** Element IDs, as the Matroska specification has them (RFC 9559). */
const ID = {
  EBML: 0x1a45dfa3, EBMLVersion: 0x4286, EBMLReadVersion: 0x42f7, EBMLMaxIDLength: 0x42f2, EBMLMaxSizeLength: 0x42f3, DocType: 0x4282, DocTypeVersion: 0x4287, DocTypeReadVersion: 0x4285,
  Segment: 0x18538067, Info: 0x1549a966, TimestampScale: 0x2ad7b1, MuxingApp: 0x4d80, WritingApp: 0x5741, Duration: 0x4489,
  Tracks: 0x1654ae6b, TrackEntry: 0xae, TrackNumber: 0xd7, TrackUID: 0x73c5, FlagLacing: 0x9c, CodecID: 0x86, TrackType: 0x83, Video: 0xe0, PixelWidth: 0xb0, PixelHeight: 0xba,
  Cues: 0x1c53bb6b, CuePoint: 0xbb, CueTime: 0xb3, CueTrackPositions: 0xb7, CueTrack: 0xf7, CueClusterPosition: 0xf1,
  Cluster: 0x1f43b675, Timestamp: 0xe7, SimpleBlock: 0xa3,
} as const;
/** Times are in ms: the scale is in ns. */
const SCALE = 1_000_000;
/** Times within a cluster have 16 bits. */
const MAX_CLUSTER_MS = 30_000;
const NAME = 'Hotplug Lab';
const KEYFRAME = 0x80;

type Bytes = readonly number[] | Uint8Array;

/** Big-endian, as many bytes as it takes. */
function number(n: number): number[] {
  const bytes: number[] = [];
  let rest = n;
  do {
    bytes.unshift(rest % 256);
    rest = Math.floor(rest / 256);
  } while (rest > 0);
  return bytes;
}
function double(n: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, n);
  return bytes;
}
/** A size of eight bytes: the first bit says so. */
const size = (n: number): number[] => [1, ...Array.from({ length: 7 }, (_, i) => Math.floor(n / 256 ** (6 - i)) % 256)];
function joined(parts: readonly Bytes[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
const element = (id: number, ...content: readonly Bytes[]): Uint8Array => joined([number(id), size(content.reduce((sum, part) => sum + part.length, 0)), ...content]);
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

function clusters(pictures: readonly EncodedPicture[]): { readonly at: number; readonly bytes: Uint8Array }[] {
  const groups: EncodedPicture[][] = [];
  for (const picture of pictures) {
    const open = groups.at(-1);
    if (!open || picture.key || picture.at - (open[0] as EncodedPicture).at > MAX_CLUSTER_MS) groups.push([picture]);
    else open.push(picture);
  }
  return groups.map((group) => {
    const [{ at }] = group as [EncodedPicture];
    const blocks = group.map((p) => {
      const relative = p.at - at;
      return element(ID.SimpleBlock, [0x81, relative >> 8, relative & 255, p.key ? KEYFRAME : 0], p.data);
    });
    return { at, bytes: element(ID.Cluster, element(ID.Timestamp, number(at)), ...blocks) };
  });
}

/** @param pictures in their order, the first a key picture; times are whole ms */
export function webm(pictures: readonly EncodedPicture[], { codec, width, height, last }: WebmTrack): Uint8Array {
  const head = element(ID.EBML, element(ID.EBMLVersion, [1]), element(ID.EBMLReadVersion, [1]), element(ID.EBMLMaxIDLength, [4]), element(ID.EBMLMaxSizeLength, [8]), element(ID.DocType, text('webm')), element(ID.DocTypeVersion, [4]), element(ID.DocTypeReadVersion, [2]));
  const info = element(ID.Info, element(ID.TimestampScale, number(SCALE)), element(ID.MuxingApp, text(NAME)), element(ID.WritingApp, text(NAME)), element(ID.Duration, double((pictures.at(-1)?.at ?? 0) + last)));
  const tracks = element(ID.Tracks, element(ID.TrackEntry, element(ID.TrackNumber, [1]), element(ID.TrackUID, [1]), element(ID.FlagLacing, [0]), element(ID.CodecID, text(codec)), element(ID.TrackType, [1]), element(ID.Video, element(ID.PixelWidth, number(width)), element(ID.PixelHeight, number(height)))));
  const made = clusters(pictures);
  // Where each cluster begins, from the segment's content on: players go to any of them. Their own table comes first, so its length must not depend on what is in it.
  const cuesWith = (first: number): Uint8Array => {
    let at = first;
    return element(ID.Cues, ...made.map((cluster) => {
      const point = element(ID.CuePoint, element(ID.CueTime, number(cluster.at)), element(ID.CueTrackPositions, element(ID.CueTrack, [1]), element(ID.CueClusterPosition, fixed(at))));
      at += cluster.bytes.length;
      return point;
    }));
  };
  const before = info.length + tracks.length;
  const cues = cuesWith(before + cuesWith(0).length);
  return joined([head, element(ID.Segment, info, tracks, cues, ...made.map(({ bytes }) => bytes))]);
}
/** Six bytes, whatever the number: a table of such numbers has a length that is known before them. */
function fixed(n: number): number[] {
  const bytes = number(n);
  return [...Array.from({ length: 6 - bytes.length }, () => 0), ...bytes];
}
