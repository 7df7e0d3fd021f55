/**
 * `file` (from the project's root) and all of the project it imports as one module in `dir`; its path. Throws where it does not build.
 * @param whole with the packages it imports, too: it runs anywhere, in a browser's worker as well
 */
export function bundle(file: string, dir: string, whole?: boolean): Promise<string>;
/** What `file` exports, bundled; its packages are the project's. */
export function importBundled(file: string): Promise<unknown>;
