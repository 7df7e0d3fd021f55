/** Which name the keyboard's main modifier has. */
export const isMac = (): boolean => /Mac|iP(hone|ad|od)/.test(navigator.platform);
