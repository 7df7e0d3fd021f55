/**
 * DOM screenshots and the browser that made them. A browser draws letters and edges its own way, and another build of it another way: pictures are compared, pixel by pixel, with those of
 * the same version, if that draws a card of ours here as it did there (fonts, processor). The folder of a version holds the card and, for each scene, a picture named after the scene and
 * the machine's digest: where the kernel has changed since, the picture says nothing about the page.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'pages');
/** Environment: make baselines instead of comparing with them. */
export const renewing = Boolean(process.env.RENEW);
const CARD = 'card.png';

/** Versions that there are pictures of. */
export const versions = (): string[] => (existsSync(FOLDER) ? readdirSync(FOLDER) : []);
const filesOf = (version: string): string[] => (versions().includes(version) ? readdirSync(join(FOLDER, version)) : []);

/** Why nothing can be compared in this browser; undefined: it can. Keeps the card where baselines are made, and drops those of other versions. */
export function whyNot(version: string, card: Buffer): string | undefined {
  const file = join(FOLDER, version, CARD);
  if (renewing) {
    for (const other of versions()) if (other !== version) rmSync(join(FOLDER, other), { recursive: true });
    mkdirSync(join(FOLDER, version), { recursive: true });
    writeFileSync(file, card);
    return undefined;
  }
  if (!existsSync(file)) return `pictures are of Chromium ${versions().join(', ') || 'no version'}, this is ${version}`;
  return readFileSync(file).equals(card) ? undefined : `this Chromium ${version} draws the reference card otherwise: other fonts or another processor`;
}

/** A scene's picture by the digest it is to be of; why it cannot be compared, if it cannot. Another picture of the scene goes where baselines are made. */
export function pictureOf(version: string, scene: string, digest: string): { readonly path: string[]; readonly stale?: string } {
  const path = [version, `${scene}.${digest}.png`];
  const others = filesOf(version).filter((name) => name.startsWith(`${scene}.`) && name !== path[1]);
  if (renewing) for (const other of others) rmSync(join(FOLDER, version, other));
  else if (others[0] !== undefined && !existsSync(join(FOLDER, ...path))) return { path, stale: `the machine's digest was ${others[0].split('.')[1]} and is ${digest}` };
  return { path };
}
