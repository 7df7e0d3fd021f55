/** What `file` (from the project's root) exports, bundled with all of the project it imports. Throws where it does not build. */
export function importBundled(file: string): Promise<unknown>;
