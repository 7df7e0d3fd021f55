import { expect, it } from 'vitest';
import { webm } from './webm.ts';

/** Elements that hold others. */
const MASTERS: Readonly<Record<string, string>> = { '1a45dfa3': 'EBML', '18538067': 'Segment', '1549a966': 'Info', '1654ae6b': 'Tracks', ae: 'TrackEntry', e0: 'Video', '1c53bb6b': 'Cues', bb: 'CuePoint', b7: 'CueTrackPositions', '1f43b675': 'Cluster' };
const VALUES: Readonly<Record<string, string>> = { '4282': 'DocType', '86': 'CodecID', '4489': 'Duration', b0: 'PixelWidth', ba: 'PixelHeight', e7: 'Timestamp', a3: 'SimpleBlock', b3: 'CueTime', f1: 'CueClusterPosition' };
/** Reads a file back: `Name` or `Name=value`, indented by depth; a block as its time, flags and content. */
function outline(bytes: Uint8Array, depth = 0): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const idLength = Math.clz32(bytes[at] as number) - 23;
    const id = [...bytes.subarray(at, at + idLength)].map((b) => b.toString(16).padStart(2, '0')).join('');
    at += idLength;
    expect(bytes[at]).toBe(1);
    const length = [...bytes.subarray(at + 1, at + 8)].reduce((n, b) => n * 256 + b, 0);
    const content = bytes.subarray(at + 8, at + 8 + length);
    expect(content.length).toBe(length);
    at += 8 + length;
    const indent = '  '.repeat(depth);
    const name = VALUES[id];
    const whole = [...content].reduce((n, b) => n * 256 + b, 0);
    if (MASTERS[id]) lines.push(`${indent}${MASTERS[id]}`, ...outline(content, depth + 1));
    else if (name === 'SimpleBlock') lines.push(`${indent}block ${(content[1] as number) * 256 + (content[2] as number)} ms, flags ${content[3]}, ${content.length - 4} bytes`);
    else if (name === 'Duration') lines.push(`${indent}Duration=${new DataView(content.buffer, content.byteOffset).getFloat64(0)}`);
    else if (name === 'DocType' || name === 'CodecID') lines.push(`${indent}${name}=${new TextDecoder().decode(content)}`);
    else if (name) lines.push(`${indent}${name}=${whole}`);
  }
  return lines;
}
const picture = (at: number, key: boolean) => ({ data: new Uint8Array(key ? 300 : 20), at, key });
const file = webm([picture(0, true), picture(66, false), picture(133, true), picture(500, false)], { codec: 'V_VP8', width: 640, height: 200, last: 1000 });

it('a film has one track, a cluster from each key picture on, and times of its own', () => {
  expect(outline(file).join('\n')).toBe(`EBML
  DocType=webm
Segment
  Info
    Duration=1500
  Tracks
    TrackEntry
      CodecID=V_VP8
      Video
        PixelWidth=640
        PixelHeight=200
  Cues
    CuePoint
      CueTime=0
      CueTrackPositions
        CueClusterPosition=${clusterAt(0)}
    CuePoint
      CueTime=133
      CueTrackPositions
        CueClusterPosition=${clusterAt(1)}
  Cluster
    Timestamp=0
    block 0 ms, flags 128, 300 bytes
    block 66 ms, flags 0, 20 bytes
  Cluster
    Timestamp=133
    block 0 ms, flags 128, 300 bytes
    block 367 ms, flags 0, 20 bytes`);
});
/** Where a cluster begins in the segment's content, found by its ID. */
function clusterAt(n: number): number {
  const find = (id: readonly number[], from: number): number => {
    for (let at = from; at < file.length; at++) if (id.every((b, i) => file[at + i] === b)) return at;
    throw new Error('not there');
  };
  const segment = find([0x18, 0x53, 0x80, 0x67], 0) + 12;
  let at = find([0x1f, 0x43, 0xb6, 0x75], segment);
  for (let k = 0; k < n; k++) at = find([0x1f, 0x43, 0xb6, 0x75], at + 1);
  return at - segment;
}
