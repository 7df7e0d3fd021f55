/** A blank machine: what is chosen is written down as a scenario, and the text can be edited before it is opened. */
import { useState } from 'react';
import { diagnosticLine } from '../../../workers/scenario/diagnostic.ts';
import { parseScenario } from '../../../workers/scenario/parse.ts';
import { EDITIONS } from '../../../workers/scenario/settings.ts';
import { t } from '../../strings/later.ts';
import { BLANK, type Blank, textOf, WORKLOADS } from './blank.ts';
import styles from './Gallery.module.css';

const MEMORY = ['512M', '1G', '2G', '4G', '8G', '64G'] as const;
const DIMMS = ['128M', '256M', '512M', '1G'] as const;

export function Builder({ onOpen }: { onOpen: (text: string) => void }) {
  const [blank, setBlank] = useState<Blank>(BLANK);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const set = <K extends keyof Blank>(key: K, value: Blank[K]): void => {
    setBlank({ ...blank, [key]: value });
    setTyped(undefined);
  };
  const text = typed ?? textOf(blank);
  const parsed = parseScenario(text);
  const told = parsed.ok ? parsed.warnings : parsed.errors;
  const choose = <K extends 'edition' | 'memory' | 'dimmSize' | 'zone' | 'workload'>(key: K, label: string, values: readonly Blank[K][]) => (
    <label>{label}<select value={blank[key]} onChange={(event) => { set(key, event.target.value as Blank[K]); }}>{values.map((value) => <option key={value} value={value}>{t.build.words[value] ?? value}</option>)}</select></label>
  );
  const number = (key: 'nodes' | 'dimms', label: string, min: number, max: number) => (
    <label>{label}<input type="number" min={min} max={max} value={blank[key]} onChange={(event) => { set(key, Math.min(max, Math.max(min, Math.round(Number(event.target.value)) || min))); }} /></label>
  );
  return (
    <div className={styles.builder}>
      <form onSubmit={(event) => { event.preventDefault(); }}>
        {choose('edition', t.build.edition, EDITIONS)}
        {choose('memory', t.build.memory, MEMORY)}
        {number('nodes', t.build.nodes, 1, 4)}
        {number('dimms', t.build.dimms, 0, 16)}
        {choose('dimmSize', t.build.dimmSize, DIMMS)}
        {choose('zone', t.build.zone, ['none', 'online', 'online_kernel', 'online_movable'])}
        <label>{t.build.movablecore}<input type="text" inputMode="text" placeholder="256M, 25%" value={blank.movablecore} onChange={(event) => { set('movablecore', event.target.value); }} /></label>
        <label>{t.build.boot}<input type="text" placeholder="movable_node" value={blank.boot} onChange={(event) => { set('boot', event.target.value); }} /></label>
        {choose('workload', t.build.workload, Object.keys(WORKLOADS) as Blank['workload'][])}
      </form>
      <div className={styles.text}>
        <label>{t.build.text}<textarea spellCheck={false} rows={16} value={text} onChange={(event) => { setTyped(event.target.value); }} /></label>
        {told.length > 0 && <ul className={styles.told} role="status">{told.map((d) => <li key={`${d.line}:${d.column}:${d.message}`}>{diagnosticLine(d)}</li>)}</ul>}
        <button type="button" className={styles.primary} disabled={!parsed.ok} onClick={() => { onOpen(text); }}>{t.build.open}</button>
      </div>
    </div>
  );
}
