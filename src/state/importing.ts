/** The import of a machine: whether its dialog is open, and how far the reading of somebody's files has come. */
import { create } from 'zustand';
import type { Refusal } from '../../workers/uapi/command.ts';
import type { ImportSummary } from '../../workers/uapi/engine.ts';
import type { BootRequest } from '../../workers/uapi/machine_description.ts';

export type ImportStage =
  | { readonly at: 'choose' }
  | { readonly at: 'reading'; readonly files: number; readonly bytes: number; readonly read: number }
  | { readonly at: 'parsing' }
  | { readonly at: 'found'; readonly request: BootRequest; readonly summary: ImportSummary }
  | { readonly at: 'failed'; readonly refusal: Pick<Refusal, 'reason' | 'rule' | 'remedy'> };
export interface ImportState {
  readonly open: boolean;
  readonly stage: ImportStage;
}
export const useImport = create<ImportState>()(() => ({ open: false, stage: { at: 'choose' } }));
export const showImport = (open: boolean): void => { useImport.setState({ open, stage: { at: 'choose' } }); };
export const setStage = (stage: ImportStage): void => { useImport.setState({ stage }); };
