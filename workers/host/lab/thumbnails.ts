/** What the gallery shows of each scenario of the library: title, note, tags, and the map as it stands when all is done. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { createPicture, drawPicture } from '../../../src/map/map.ts';
import { createPlayer } from '../../machine/player.ts';
import { allOf, lastOf, noteOf, stepsOf, titleOf } from '../../scenario/scenario.ts';
import { bootScenario, readScenario, recordedMachine } from './scenario_file.ts';

const WIDTH = 640;
const HEIGHT = 200;
/** Events between two looks whether it is done. */
const SLICE = 4096;

export interface LibraryEntry {
  readonly name: string;
  readonly title: string;
  readonly note: string;
  readonly tags: readonly string[];
  readonly edition: string;
}

export const libraryNames = (folder: string): string[] => readdirSync(folder).filter((file) => file.endsWith('.scn')).map((file) => file.slice(0, -4)).sort();

/** Where to begin comes first, of it what a real kernel was seen to do; then the newest kernel's; then by title. */
function rank({ tags, edition }: LibraryEntry): number {
  const start = tags.includes('start-here');
  return (start ? 4 : 0) + (edition === '6.1' ? 2 : 0) + (start && tags.includes('recorded') ? 1 : 0);
}
export function libraryIndex(folder: string): LibraryEntry[] {
  const entries = libraryNames(folder).map((name): LibraryEntry => {
    const { scenario } = readScenario(join(folder, `${name}.scn`));
    return {
      name, title: titleOf(scenario), note: noteOf(scenario), tags: allOf(scenario, 'tags').flatMap(({ words }) => words),
      edition: lastOf(scenario, 'edition')?.edition ?? recordedMachine(scenario)?.description.edition ?? '6.1',
    };
  });
  return entries.sort((a, b) => rank(b) - rank(a) || (a.title < b.title ? -1 : 1));
}

/** Length, type, data and checksum of a PNG chunk. */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
/** RGBA bytes → a PNG in colours without transparency. */
function png(rgba: Uint8ClampedArray, width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0, to = 0; y < height; y++) {
    rows[to++] = 0;
    for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) rows[to++] = rgba[(y * width + x) * 4 + c] as number;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

/** Themes a picture is made for; a projector shows the light one. */
const THEMES = ['dark', 'light'] as const;
/** Where the pictures of a scenario are, below the library. */
export const thumbnailFiles = (name: string): string[] => THEMES.map((theme) => `${theme}/${name}.png`);

/** The map of a scenario after its last step, as a PNG for each of thumbnailFiles(). */
export function thumbnails(folder: string, name: string): Buffer[] {
  const { scenario } = readScenario(join(folder, `${name}.scn`));
  const machine = bootScenario(scenario);
  const player = createPlayer(machine, stepsOf(scenario));
  while (!player.done()) {
    player.run(SLICE);
    player.take();
  }
  return THEMES.map((theme) => {
    const picture = createPicture(machine.kernel.mm.t, [], { width: WIDTH, height: HEIGHT, dpr: 1 }, { name: theme });
    drawPicture(picture);
    return png(picture.fb.bytes, WIDTH, HEIGHT);
  });
}
