/** What can lie over the page: keys and palette, importing, plugging, comparing. Each is loaded when it is asked for. */
import { lazy } from 'react';
import { useGesture } from '../state/gesture.ts';
import { useImport } from '../state/importing.ts';
import { useSource } from '../state/source.ts';
import { useTime } from '../state/time.ts';
import { Asked } from './later.tsx';
import { Commands } from './Palette/Commands.tsx';

const Compare = lazy(async () => ({ default: (await import('./Compare/Compare.tsx')).Compare }));
const ImportDialog = lazy(async () => ({ default: (await import('./ImportDialog/ImportDialog.tsx')).ImportDialog }));
const SourceCard = lazy(async () => ({ default: (await import('./Source/SourceCard.tsx')).SourceCard }));
const PlugDialog = lazy(async () => ({ default: (await import('./PlugDialog/PlugDialog.tsx')).PlugDialog }));

export function Dialogs() {
  const importing = useImport((s) => s.open);
  const board = useGesture((s) => s.dialog !== undefined);
  const source = useSource((s) => s.asked !== undefined);
  const comparing = useTime((s) => s.comparison !== undefined);
  return (
    <>
      <Commands />
      <Asked wanted={importing} of={ImportDialog} />
      <Asked wanted={board} of={PlugDialog} />
      <Asked wanted={comparing} of={Compare} />
      <Asked wanted={source} of={SourceCard} />
    </>
  );
}
