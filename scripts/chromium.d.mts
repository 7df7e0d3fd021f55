export declare const noBrowser: string;
export declare function findChromium(): Promise<{ path: string; source: 'CHROMIUM_PATH' | 'playwright' | 'system' } | undefined>;
export declare function findFirefox(): string | undefined;
