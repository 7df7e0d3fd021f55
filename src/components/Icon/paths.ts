/** The page's few signs on a 16 × 16 grid: shapes to fill, and below them lines to stroke. */
export const FILLED = {
  play: 'M4.5 3v10l8-5z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  step: 'M3.4 3v10L10.8 8zM11.2 3H13v10h-1.8z',
  stepBack: 'M12.6 3v10L5.2 8zM4.8 3H3v10h1.8z',
  finish: 'M2 3v10l5.4-5zM7.6 3v10L13 8zM13 3h1.6v10H13z',
} as const;
export const LINES = {
  stepOut: 'M8 9.2v-7M4.8 5.1 8 1.9l3.2 3.2M8 13h.01',
  undo: 'M5.5 2.5 2.5 5.5l3 3M2.8 5.5h6.4a4 4 0 0 1 0 8H6',
  over: 'M2.5 9a5.5 5.5 0 0 1 10.4-2M13.5 3v4.2H9.4M8 13h.01',
  backOver: 'M13.5 9A5.5 5.5 0 0 0 3.1 7M2.5 3v4.2h4.1M8 13h.01',
  backOut: 'M8 2.2v7M4.8 6.3 8 9.5l3.2-3.2M8 13h.01',
  pencil: 'M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2zM9.4 4.4l2.2 2.2',
  bookmark: 'M4.5 2.5h7v11L8 10.6 4.5 13.5z',
  sun: 'M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  moon: 'M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7z',
  projector: 'M2 3h12M3 3v7h10V3M8 10v2M5 14l3-2 3 2',
  pin: 'M5.5 2h5M6.5 2v5L4 9.5h8L9.5 7V2M8 9.5V14',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3',
  gallery: 'M2.5 3h4.5v4H2.5zM9 3h4.5v4H9zM2.5 9.5H7v4H2.5zM9 9.5h4.5v4H9z',
  view: 'M2 3h12v10H2zM10 3v10M2 9h8',
  share: 'M8 10V2M5 4.8 8 1.9l3 2.9M3 8.5V14h10V8.5',
  smaller: 'M2.5 12 6 4l3.5 8M3.6 9.5h4.8M11 11h3',
  larger: 'M2.5 12 6 4l3.5 8M3.6 9.5h4.8M11 8h4M13 6v4',
  wrap: 'M2 4h12M2 8h9.5a2 2 0 0 1 0 4H8M9.8 10.2 8 12l1.8 1.8M2 12h3',
  save: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.3h11',
  scenario: 'M4 2.5h6l2.5 2.5v8.5H4zM6.3 7.2 8.5 9l-2.2 1.8M8.8 11h1.8',
  clear: 'M3 4.3h10M6.3 4V2.7h3.4V4M4.3 4.3l.6 9h6.2l.6-9M6.8 6.8v4M9.2 6.8v4',
  bug: 'M5 6.5a3 3 0 0 1 6 0v3a3 3 0 0 1-6 0zM5 8h6M8 8v4.5M5.8 4.3 4.3 2.8M10.2 4.3l1.5-1.5M5 7 2.3 5.8M11 7l2.7-1.2M5 10l-2.7 1.4M11 10l2.7 1.4',
  done: 'M2.8 8.6 6.3 12l7-8',
  close: 'M4 4l8 8M12 4l-8 8',
} as const;
export type IconName = keyof typeof FILLED | keyof typeof LINES;

/** The path of a sign, and whether it is a line. */
export const pathOf = (name: IconName): { readonly d: string; readonly line: boolean } =>
  (name in FILLED ? { d: FILLED[name as keyof typeof FILLED], line: false } : { d: LINES[name as keyof typeof LINES], line: true });
