/**
 * The page inside somebody else's: the picture, what is said about it, play and pause, and the way to the whole thing. Plain elements: an article that shows one picture
 * is not made to load what the whole page is built with.
 */
import { type IconName, pathOf } from '../components/Icon/paths.ts';
import iconStyles from '../components/Icon/Icon.module.css';
import type { Session } from '../engine/session.ts';
import { clock } from '../format/numbers.ts';
import { useMachine } from '../state/machine.ts';
import { captionOf, useScenario } from '../state/scenario.ts';
import { t } from '../strings/index.ts';
import styles from './Embed.module.css';
import type { EmbedParameters } from './parameters.ts';
import { createView } from './view.ts';

type Props<K extends keyof HTMLElementTagNameMap> = Partial<Pick<HTMLElementTagNameMap[K], 'className' | 'textContent' | 'hidden'>> & { readonly attributes?: Readonly<Record<string, string>> };

function element<K extends keyof HTMLElementTagNameMap>(name: K, { attributes = {}, ...props }: Props<K> = {}, ...children: readonly Node[]): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), props);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';
function icon(name: IconName): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of [['class', iconStyles.icon ?? ''], ['viewBox', '0 0 16 16'], ['aria-hidden', 'true']] as const) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, 'path');
  const { d, line } = pathOf(name);
  path.setAttribute('d', d);
  if (line) path.setAttribute('class', 'line');
  svg.append(path);
  return svg;
}
function label(button: HTMLButtonElement, name: IconName, words: string): void {
  if (button.getAttribute('aria-label') === words) return;
  button.setAttribute('aria-label', words);
  button.replaceChildren(icon(name));
}
function say(node: HTMLElement, words: string): void {
  if (node.textContent !== words) node.textContent = words;
  node.hidden = words === '';
}

function transport(session: Session): { readonly node: HTMLElement; show(): void } {
  const play = element('button', { attributes: { type: 'button' } });
  const step = element('button', { attributes: { type: 'button' } });
  const time = element('output', { attributes: { 'aria-live': 'off' } });
  const progress = element('progress', { hidden: true });
  label(step, 'step', t.top.step);
  play.addEventListener('click', () => void (useMachine.getState().pace.mode === 'playing' ? session.pause() : session.play()));
  step.addEventListener('click', () => void session.step());
  return {
    node: element('div', { className: styles.transport ?? '', attributes: { role: 'group', 'aria-label': t.top.controls } }, play, step, time, progress),
    show() {
      const { pace, time: ns } = useMachine.getState();
      const { report } = useScenario.getState();
      if (pace.mode === 'playing') label(play, 'pause', t.top.pause);
      else label(play, 'play', t.top.play);
      time.textContent = clock(ns);
      progress.hidden = report === undefined || report.of === 0;
      if (!report || report.of === 0) return;
      progress.max = report.of;
      progress.value = report.position;
      progress.setAttribute('aria-label', t.scenario.step(report.position, report.of));
    },
  };
}

/** Fills the container and keeps it up to date. */
export function showFrame(container: HTMLElement, session: Session, { panels, readonly }: EmbedParameters): void {
  const title = element('h1');
  const link = element('a', { textContent: t.embed.full, attributes: { target: '_blank', rel: 'noopener' } });
  const canvas = element('canvas', { attributes: { 'data-picture': 'map', role: 'img', 'aria-label': t.map.label } });
  const names = element('div', { className: styles.names ?? '', attributes: { 'aria-hidden': 'true' } });
  const waiting = element('p', { className: styles.over ?? '', attributes: { role: 'status' } });
  const trouble = element('p', { className: styles.over ?? '', hidden: true, attributes: { role: 'alert' } });
  const caption = element('p', { className: styles.caption ?? '', hidden: true, attributes: { 'aria-live': 'polite' } });
  const bar = transport(session);
  const frame = element('main', { className: styles.embed ?? '' });
  if (panels.has('title') || panels.has('link')) frame.append(element('header', { className: styles.head ?? '' }, ...(panels.has('title') ? [title] : []), ...(panels.has('link') ? [link] : [])));
  frame.append(element('div', { className: styles.stage ?? '' }, names, element('div', { className: styles.picture ?? '' }, canvas), waiting, trouble));
  if (panels.has('caption')) frame.append(caption);
  if (panels.has('transport')) frame.append(bar.node);
  container.replaceChildren(frame);

  function show(): void {
    const { failure, phase } = useMachine.getState();
    const scenario = useScenario.getState();
    const { title: name, note, notice, address } = scenario;
    say(title, name || t.name);
    link.href = (address ?? location.href).replace(/\?[^#]*/, '');
    say(waiting, phase === 'ready' || phase === 'failed' ? '' : t.phase[phase]);
    say(trouble, failure?.sentence ?? notice?.sentence ?? '');
    say(caption, captionOf(scenario) ?? note);
    bar.show();
  }
  show();
  useMachine.subscribe(show);
  useScenario.subscribe(show);
  createView(canvas, names, session, readonly);
}
