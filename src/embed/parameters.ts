/** What an embedding page may ask for, as plain words in the address before its fragment. */

/** Parts of the frame that can be left out. */
const PANELS = ['title', 'caption', 'transport', 'link'] as const;
export type Panel = (typeof PANELS)[number];

export interface EmbedParameters {
  /** Where it begins and where it stops: command and events after it, as a link's moment. */
  readonly start: At | undefined;
  readonly end: At | undefined;
  readonly loop: boolean;
  readonly autoplay: boolean;
  readonly panels: ReadonlySet<Panel>;
  readonly theme: 'dark' | 'light' | undefined;
  /** Asked for; what is shown, and named on the document, src/strings decides. */
  readonly lang: string;
  /** Nothing can be selected or zoomed. */
  readonly readonly: boolean;
  /** Origins whose messages are answered; empty: whoever embeds it. */
  readonly origins: readonly string[];
}
export interface At {
  readonly command: number;
  readonly events: number;
}

/** `3+120` or `3`. */
export function parseAt(text: string | null): At | undefined {
  const match = /^(\d{1,6})(?:[+ ](\d{1,9}))?$/.exec(text ?? '');
  return match ? { command: Number(match[1]), events: Number(match[2] ?? 0) } : undefined;
}
const yes = (text: string | null): boolean => text !== null && !['0', 'no', 'false', 'off'].includes(text);
function origin(text: string): string[] {
  try {
    const url = new URL(text);
    return url.protocol === 'https:' || url.protocol === 'http:' ? [url.origin] : [];
  } catch {
    return [];
  }
}

/** Undefined: the page is not embedded. Words it does not know are passed over. */
export function embedParameters(query: URLSearchParams): EmbedParameters | undefined {
  if (!yes(query.get('embed'))) return undefined;
  const words = query.get('panels')?.split(',');
  const theme = query.get('theme');
  return {
    start: parseAt(query.get('start')), end: parseAt(query.get('end')), loop: yes(query.get('loop')), autoplay: yes(query.get('autoplay')),
    panels: new Set(words === undefined ? PANELS : PANELS.filter((panel) => words.includes(panel))),
    theme: theme === 'dark' || theme === 'light' ? theme : undefined, lang: query.get('lang') ?? 'en', readonly: yes(query.get('readonly')),
    origins: (query.get('origins') ?? '').split(',').flatMap(origin),
  };
}
