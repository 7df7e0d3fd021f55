/** The map's picture as a file: PNG as it is, SVG as rectangles that stay sharp. */
import { mapControls } from '../../state/picture.ts';

export async function png(): Promise<Blob | undefined> {
  const picture = await mapControls()?.capture();
  if (!picture) return undefined;
  const { pixels, width, height } = picture;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return new Promise((resolve) => { canvas.toBlob((blob) => { resolve(blob ?? undefined); }, 'image/png'); });
}

/** Runs of one colour, rows that are alike as one: a path for each colour. Pixels are RGBA as numbers. */
export function svgOf(pixels: Uint32Array, width: number, height: number): string {
  const paths = new Map<number, string[]>();
  const alike = (a: number, b: number): boolean => {
    for (let x = 0; x < width; x++) if (pixels[a * width + x] !== pixels[b * width + x]) return false;
    return true;
  };
  for (let y = 0; y < height;) {
    let rows = 1;
    while (y + rows < height && alike(y, y + rows)) rows++;
    for (let x = 0; x < width;) {
      const colour = pixels[y * width + x] as number;
      let run = 1;
      while (x + run < width && pixels[y * width + x + run] === colour) run++;
      const path = paths.get(colour) ?? [];
      paths.set(colour, path);
      path.push(`M${x} ${y}h${run}v${rows}h-${run}z`);
      x += run;
    }
    y += rows;
  }
  const hex = (colour: number): string => `#${[colour & 255, (colour >>> 8) & 255, (colour >>> 16) & 255].map((n) => n.toString(16).padStart(2, '0')).join('')}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" shape-rendering="crispEdges">\n${[...paths].map(([colour, path]) => `<path fill="${hex(colour)}" d="${path.join('')}"/>`).join('\n')}\n</svg>\n`;
}
export async function svg(): Promise<string | undefined> {
  const picture = await mapControls()?.capture();
  return picture && svgOf(new Uint32Array(picture.pixels.buffer), picture.width, picture.height);
}
