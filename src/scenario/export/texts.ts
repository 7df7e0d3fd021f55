/** A session in the words of other tools. */
import { monitorLine } from '../../../workers/scenario/monitor.ts';
import { commandsOf } from '../../../workers/scenario/commands.ts';
import { noteOf, type Scenario, titleOf } from '../../../workers/scenario/scenario.ts';

export const NAMELESS = 'A session of Hotplug Lab';
const nameOf = (scenario: Scenario): string => titleOf(scenario) || NAMELESS;
/** A file name without anything a file system minds. */
export const slug = (scenario: Scenario): string => nameOf(scenario).toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'session';

const inMarkdown = (text: string): string => text.replace(/[\\`*_{}[\]<>#+|!-]/g, '\\$&');
/** A picture that leads to the session. The picture is a file beside the text. */
export const markdown = (scenario: Scenario, url: string): string => `[![${inMarkdown(nameOf(scenario))}](${slug(scenario)}.png)](${url})\n`;

const attribute = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** The address with a parameter in front of its fragment. */
export function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const full = new URL(url);
  for (const [key, value] of Object.entries(parameters)) full.searchParams.set(key, value);
  return full.href;
}
export const iframe = (scenario: Scenario, url: string): string => `<iframe src="${attribute(withParameters(url, { embed: '1' }))}" title="${attribute(nameOf(scenario))}" width="960" height="420" loading="lazy" allow="fullscreen" style="border: 0"></iframe>\n`;

/** What was typed, for a real machine's shell. What the host did stands as comments: it is another machine's shell that does it. */
export function shellScript(scenario: Scenario): string {
  const lines = scenario.statements.flatMap((s): string[] => {
    if (s.type === 'caption') return ['', ...[s.text].map((text) => `# ${text}`)];
    if (s.type === 'shell') return s.fresh ? [`bash -c '${s.line.replaceAll('\'', '\'\\\'\'')}'`] : [s.line];
    if (s.type === 'wait' && 'ns' in s) return [`sleep ${s.ns / 1e9}`];
    if (s.type === 'signal') return [`# ${s.signal} to what runs in the foreground`];
    if (s.type === 'qemu' || s.type === 'plug' || s.type === 'unplug') return commandsOf(s as Parameters<typeof commandsOf>[0]).flatMap((command) => (command.type === 'qmp' ? [`# host: (qemu) ${monitorLine(command)}`] : []));
    if (s.type === 'workload') return commandsOf(s as Parameters<typeof commandsOf>[0]).flatMap((command) => (command.type === 'shell' ? [`# a workload of the lab: ${command.line}`] : []));
    return [];
  });
  const note = noteOf(scenario);
  return ['#!/bin/bash', `# ${nameOf(scenario)}`, ...(note === '' ? [] : [`# ${note}`]), ...lines, ''].join('\n');
}

/** A test that opens the session and pins what it comes to. @param size of the window, CSS pixels */
export function playwrightTest(scenario: Scenario, url: string, pinned: { readonly digest: string; readonly pixels: string | undefined; readonly width: number; readonly height: number }): string {
  return `import { expect, test } from '@playwright/test';

test(${JSON.stringify(nameOf(scenario))}, async ({ page }) => {
  await page.setViewportSize({ width: ${pinned.width}, height: ${pinned.height} });
  await page.goto(${JSON.stringify(withParameters(url, { test: '1' }))});
  await page.waitForFunction(() => 'lab' in window);
  await page.evaluate(() => window.lab.idle());
  expect(await page.evaluate(() => window.lab.digest())).toBe(${JSON.stringify(pinned.digest)});
${pinned.pixels === undefined ? '' : `  expect(await page.evaluate(() => window.lab.pixelHash())).toBe(${JSON.stringify(pinned.pixels)});\n`}});
`;
}

/** What somebody else needs to see the same: the session, the moment, what the machine was then, and where that was. */
export interface Report {
  readonly url: string;
  readonly edition: string;
  /** Event number, and digest of the whole state there, as eight hex digits. */
  readonly seq: number;
  readonly digest: string;
  readonly transport: string;
  readonly browser: string;
  /** The window in CSS pixels, and device pixels per CSS pixel. */
  readonly window: readonly [width: number, height: number, dpr: number];
  /** The last lines of the event list, oldest first. */
  readonly events: readonly string[];
}
export const bugReport = ({ url, edition, seq, digest, transport, browser, window: [width, height, dpr], events }: Report): string => [
  'What I did, what I expected, what I saw:', '', '', '', `Session: ${url}`, `Linux ${edition}, event ${seq}, digest ${digest}`, `${browser}`, `${width} × ${height} at ${dpr}, ${transport}`,
  ...(events.length > 0 ? ['Last events:', ...events.map((line) => `  ${line}`)] : []), '',
].join('\n');
