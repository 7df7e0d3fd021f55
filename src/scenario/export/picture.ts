/** The map's canvas as a file: PNG as it is, SVG as rectangles that stay sharp. */

export const canvasOf = (): HTMLCanvasElement | undefined => document.querySelector<HTMLCanvasElement>('canvas[data-picture="map"]') ?? undefined;

export function png(): Promise<Blob | undefined> {
  const canvas = canvasOf();
  return new Promise((resolve) => {
    if (!canvas) resolve(undefined);
    else canvas.toBlob((blob) => { resolve(blob ?? undefined); }, 'image/png');
  });
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
export function svg(): string | undefined {
  const canvas = canvasOf();
  const context = canvas?.getContext('2d');
  if (!canvas || !context) return undefined;
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  return svgOf(new Uint32Array(data.buffer), width, height);
}
