/** The scenario that is open: what it is, how far it is, and what could not be opened. */
import { create } from 'zustand';
import type { ScriptReport } from '../../workers/scenario/engine.ts';

/** Said above the map until it is dismissed. */
export interface ScenarioNotice {
  readonly kind: 'problem' | 'warning' | 'differs' | 'news';
  readonly sentence: string;
  readonly details: readonly string[];
}
export interface ScenarioState {
  readonly title: string;
  readonly note: string;
  /** Steps that it has; 0: a machine alone. */
  readonly steps: number;
  readonly report: ScriptReport | undefined;
  /** Captions in the page's language, by the scenario's own words; those that are not there are shown as they were written. */
  readonly captions: Readonly<Record<string, string>>;
  readonly notice: ScenarioNotice | undefined;
  /** The address that opens what is shown, as far as it is known. */
  readonly address: string | undefined;
  /** The machine that was chosen last, without a scenario. */
  readonly chosen: { readonly id: string; readonly name: string } | undefined;
  /** Why nothing can be kept in this browser; undefined: it can, or nothing was tried. */
  readonly unkept: string | undefined;
  /** The worker has fallen silent: busy, or ended by the browser. */
  readonly silent: boolean;
  /** The session that was under way when the page was left. */
  readonly resume: { readonly id: string; readonly title: string; readonly text: string } | undefined;
  /** The dialog over the page. */
  readonly dialog: 'gallery' | 'share' | undefined;
}
export const NO_SCENARIO: Pick<ScenarioState, 'title' | 'note' | 'steps' | 'report' | 'captions' | 'address'> = { title: '', note: '', steps: 0, report: undefined, captions: {}, address: undefined };
export const useScenario = create<ScenarioState>()(() => ({ ...NO_SCENARIO, notice: undefined, dialog: undefined, chosen: undefined, unkept: undefined, silent: false, resume: undefined }));

/** The caption that holds now, in the page's language if it is known there. */
export function captionOf({ report, captions }: Pick<ScenarioState, 'report' | 'captions'>): string | undefined {
  const caption = report?.caption;
  return caption === undefined ? undefined : captions[caption] ?? caption;
}

/** It has steps to take and waits for nobody. */
export function scenarioBusy(): boolean {
  const { steps, report } = useScenario.getState();
  return steps > 0 && (report === undefined || !(report.done || report.held));
}
/** A machine was chosen instead; whoever makes links of what is shown hears of it. */
export function leaveScenario(machine: { readonly id: string; readonly name: string }): void {
  useScenario.setState({ ...NO_SCENARIO, chosen: machine });
}

export const tellScenario = (notice: ScenarioNotice | undefined): void => { useScenario.setState({ notice }); };
export const showScenarioDialog = (dialog: ScenarioState['dialog']): void => { useScenario.setState({ dialog }); };
