/** Everything the page can be told to do, by name: what the palette lists and keys are bound to. Moves of blocks are among them while a block is selected. */
import { flushSync } from 'react-dom';
import { LENSES } from '../../../workers/uapi/lens.ts';
import { PALETTE_CHORD } from '../../commands/early.ts';
import type { Session } from '../../engine/session.ts';
import { blockById, carryOut, nameOfLane, planFor } from '../moves.ts';
import { laneOf, sameLane } from '../../gestures/lanes.ts';
import { openList, toggleLecture } from '../../state/chrome.ts';
import { showDialog } from '../../state/gesture.ts';
import { HIDEABLE, type Hideable, isShown, setPanel } from '../../state/hidden.ts';
import { chooseLens, useLens } from '../../state/lens.ts';
import { useMachine } from '../../state/machine.ts';
import { announce } from '../../state/notice.ts';
import type { MapControls } from '../../state/picture.ts';
import { chooseTheme, THEME_NAMES, useTheme } from '../../state/theme.ts';
import { selectBlock, useView } from '../../state/view.ts';
import { shownLanguage } from '../../strings/index.ts';
import { t } from '../../strings/later.ts';
import { chooseLanguage } from '../../strings/language.ts';
import { LANGUAGE_NAMES, LANGUAGES } from '../../strings/strings.ts';
import { stepLit } from '../Detail/LitSteps.tsx';
import { markHere } from '../Timeline/Timeline.tsx';

export interface PageCommand {
  /** Stable: what keys are remembered by. */
  readonly id: string;
  readonly title: string;
  /** Default keys, '' for none. */
  readonly chord: string;
  readonly run: () => void;
}
const ZOOM = 1.6;

const focus = (selector: string): void => { document.querySelector<HTMLElement>(selector)?.focus(); };
/** What is hidden is shown first. */
function show(panel: Hideable): void {
  flushSync(() => { setPanel(panel, true); });
}
function togglePanel(panel: Hideable): void {
  const shown = !isShown(panel);
  setPanel(panel, shown);
  announce(t.panels[shown ? 'shown' : 'hidden'](t.panels.names[panel]));
}
const PANEL_CHORDS = { detail: 'Shift+d', terminal: 'Shift+t', calls: 'Shift+c', events: 'Shift+e', timeline: 'Shift+l' } as const satisfies Record<Hideable, string>;

/** The commands that are always there: these have keys. */
export function fixedCommands(session: Session, map: () => MapControls | undefined): PageCommand[] {
  const c = t.commands;
  return [
    { id: 'palette', title: c.palette, chord: PALETTE_CHORD, run: () => { openList('palette'); } },
    { id: 'keys', title: c.keys, chord: '?', run: () => { openList('keys'); } },
    { id: 'play', title: c.play, chord: 'k', run: () => void (useMachine.getState().pace.mode === 'playing' ? session.pause() : session.play()) },
    { id: 'step', title: t.top.step, chord: '.', run: () => void session.step() },
    { id: 'stepOut', title: t.top.stepOut, chord: '>', run: () => void session.stride('out', 1) },
    { id: 'stepOver', title: t.time.over, chord: 'o', run: () => void session.stride('over', 1) },
    { id: 'stepBack', title: t.time.back, chord: ',', run: () => void session.stride('event', -1) },
    { id: 'backOver', title: t.time.backOver, chord: 'Shift+o', run: () => void session.stride('over', -1) },
    { id: 'backOut', title: t.time.backOut, chord: '<', run: () => void session.stride('out', -1) },
    { id: 'undo', title: t.time.undo, chord: 'z', run: () => void session.undo() },
    { id: 'nextFailure', title: t.time.strides.failure, chord: ']', run: () => void session.stride('failure', 1) },
    { id: 'lastFailure', title: t.time.strides.backFailure, chord: '[', run: () => void session.stride('failure', -1) },
    { id: 'nextNotifier', title: t.time.strides.notifier, chord: '}', run: () => void session.stride('notifier', 1) },
    { id: 'lastNotifier', title: t.time.strides.backNotifier, chord: '{', run: () => void session.stride('notifier', -1) },
    { id: 'bookmark', title: t.timeline.bookmark, chord: 'b', run: markHere },
    { id: 'finish', title: t.top.finish, chord: 'e', run: () => void session.finish() },
    { id: 'lecture', title: c.lecture, chord: 'l', run: toggleLecture },
    { id: 'theme', title: c.theme, chord: 't', run: () => { chooseTheme(THEME_NAMES[(THEME_NAMES.indexOf(useTheme.getState().theme) + 1) % THEME_NAMES.length] ?? 'dark'); } },
    { id: 'lens', title: c.lens, chord: 'c', run: () => { chooseLens(LENSES[(LENSES.indexOf(useLens.getState().chosen) + 1) % LENSES.length] ?? 'kind'); } },
    { id: 'fit', title: t.map.fit, chord: '0', run: () => { map()?.fit(); } },
    { id: 'zoomIn', title: t.map.zoomIn, chord: '+', run: () => { map()?.zoomBy(ZOOM); } },
    { id: 'zoomOut', title: t.map.zoomOut, chord: '-', run: () => { map()?.zoomBy(1 / ZOOM); } },
    { id: 'plug', title: t.map.plug, chord: '', run: () => { showDialog({ kind: 'plug' }); } },
    { id: 'report', title: t.foot.report, chord: '', run: () => void import('../../scenario/export/report.ts').then(({ copyReport }) => copyReport(session)).then((how) => { if (how) announce(t.foot.reported[how]); }) },
    { id: 'goMap', title: c.go(t.map.label), chord: 'm', run: () => { focus('#map [role="grid"]'); } },
    { id: 'goTerminal', title: c.go(t.terminal.title), chord: '/', run() {
      show('terminal');
      focus('#terminal textarea');
    } },
    { id: 'goEvents', title: c.go(t.events.title), chord: 'v', run() {
      show('events');
      focus('#events [role="listbox"]');
    } },
    { id: 'goCalls', title: c.go(t.side.calls), chord: '', run() {
      show('calls');
      useView.setState({ tab: 'calls' });
    } },
    { id: 'goInspector', title: c.go(t.side.inspector), chord: 'i', run() {
      show('calls');
      useView.setState({ tab: 'inspector' });
    } },
    { id: 'nextLit', title: t.detail.nextLit, chord: 'n', run: () => { stepLit(1); } },
    { id: 'lastLit', title: t.detail.lastLit, chord: 'Shift+n', run: () => { stepLit(-1); } },
    ...HIDEABLE.map((panel) => ({ id: `panel ${panel}`, title: t.panels.toggle(t.panels.names[panel]), chord: PANEL_CHORDS[panel], run: () => { togglePanel(panel); } })),
  ];
}

/** Commands that follow from the machine and from what is selected. */
export function currentCommands(session: Session, map: () => MapControls | undefined): PageCommand[] {
  const { snapshot, machines, machine } = useMachine.getState();
  const c = t.commands;
  const found: PageCommand[] = LENSES.map((lens) => ({ id: `lens ${lens}`, title: c.colourBy(t.lens.names[lens]), chord: '', run: () => { chooseLens(lens); } }));
  for (const language of LANGUAGES) if (language !== shownLanguage) found.push({ id: `language ${language}`, title: c.speak(LANGUAGE_NAMES[language]), chord: '', run: () => { chooseLanguage(language); } });
  for (const entry of machines) if (entry.id !== machine) found.push({ id: `machine ${entry.id}`, title: c.machine(entry.name), chord: '', run: () => void session.choose(entry) });
  const block = blockById(snapshot, useView.getState().block);
  if (snapshot && block) {
    const here = laneOf(block, snapshot.blockBytes / 2 ** snapshot.geometry.page_shift, snapshot.geometry);
    for (const lane of snapshot.lanes) {
      if (sameLane(lane, here)) continue;
      const plan = planFor(block.id, lane);
      if (plan?.kind === 'move') found.push({ id: `move ${lane.kind} ${lane.nid} ${lane.zone}`, title: c.move(block.id, lane.kind === 'slots' ? t.move.toSlots : nameOfLane(lane), t.map.andThen(plan.says)), chord: '', run: () => { carryOut(session, plan); } });
    }
  }
  for (const { id } of snapshot?.blocks ?? []) {
    found.push({
      id: `block ${id}`, title: c.select(id), chord: '',
      run() {
        selectBlock(id);
        map()?.reveal(id);
      },
    });
  }
  return found;
}
