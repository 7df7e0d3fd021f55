/** What the frames' colours mean. */
import { type Lens, LENSES } from '../../../workers/uapi/lens.ts';
import { chooseLens, useLens } from '../../state/lens.ts';
import { t } from '../../strings/index.ts';
import styles from './Whereabouts.module.css';

export function ColourBy() {
  const chosen = useLens((s) => s.chosen);
  return (
    <label className={styles.colour}>
      <span>{t.lens.label}</span>
      <select value={chosen} onChange={(event) => { chooseLens(event.target.value as Lens); }}>
        {LENSES.map((lens) => <option key={lens} value={lens}>{t.lens.names[lens]}</option>)}
      </select>
    </label>
  );
}
